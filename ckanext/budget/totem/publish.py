"""One document in, what may be published out: SCDL CSV, anonymised XML, report. One parse."""

from __future__ import annotations

import json
import tempfile
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from ckanext.budget.totem.checks import RULES_VERSION
from ckanext.budget.totem.checks.checker import Checker
from ckanext.budget.totem.errors import unquoted
from ckanext.budget.totem.files import HashingReader, open_input
from ckanext.budget.totem.model import Header
from ckanext.budget.totem.privacy import Masker, masking_report
from ckanext.budget.totem.reader import Document
from ckanext.budget.totem.scdl import AMOUNTS, COLUMNS, Combination, ScdlWriter
from ckanext.budget.totem.seal import Sealer

__all__ = ["Published", "Sums", "publish"]


@dataclass(frozen=True)
class Published:
    """The three files of one document; ``sha256`` is that of the original bytes."""

    header: Header
    sha256: str
    csv: Path
    xml: Path
    json: Path
    report: dict[str, Any]


class Sums:
    """Totals of the seven amounts, in euros, by direction (CODRD) and order (OPBUDG)."""

    def __init__(self) -> None:
        self._totals: dict[tuple[str, str], list[Decimal]] = defaultdict(
            lambda: [Decimal(0)] * len(AMOUNTS)
        )

    def __call__(self, combination: Combination, amounts: tuple[bytes, ...]) -> None:
        """Add one row."""
        totals = self._totals[combination.codes.direction, combination.codes.order]
        for index, amount in enumerate(amounts):
            if amount and amount != b"0.00":
                totals[index] += Decimal(amount.decode("ascii"))

    def as_list(self) -> list[dict[str, str]]:
        """JSON-ready rows: ``{"BGT_CODRD", "BGT_OPBUDG", "BGT_MTREAL": "12.30", …}``."""
        names = COLUMNS[14:21]
        return [
            {"BGT_CODRD": direction, "BGT_OPBUDG": order}
            | {name: f"{total:.2f}" for name, total in zip(names, totals, strict=True)}
            for (direction, order), totals in sorted(self._totals.items())
        ]


def publish(source: Path | str | BinaryIO, out_dir: Path, *, policy: str = "strict") -> Published:
    """Write ``<slug>.csv``, ``<slug>.xml`` and ``<slug>.json`` in ``out_dir``, all or none.

    Raises ``TotemError`` with a sentence for the publisher; ``OSError`` when the disk refuses.
    """
    with unquoted(), ExitStack() as stack:
        is_path = isinstance(source, str | Path)
        stream = stack.enter_context(open_input(source)) if is_path else source
        return _publish(stream, Path(out_dir), policy)


def _publish(stream: BinaryIO, out_dir: Path, policy: str) -> Published:
    with tempfile.TemporaryDirectory(prefix=".totem-", dir=out_dir) as private:
        work = Path(private)
        report, header = _convert(stream, work, policy)
        text = json.dumps(report, ensure_ascii=False, indent=1)
        (work / "json").write_text(text + "\n", encoding="utf-8")
        paths = [out_dir / f"{header.slug}.{kind}" for kind in ("csv", "xml", "json")]
        for path in paths:
            (work / path.suffix[1:]).replace(path)
    return Published(header, report["sha256"], *paths, report)


def _convert(stream: BinaryIO, work: Path, policy: str) -> tuple[dict[str, Any], Header]:
    reader, masker, sums = HashingReader(stream), Masker(policy), Sums()
    sealer = Sealer(reader)
    document = Document(sealer)
    with open(work / "csv", "wb") as csv_file, open(work / "xml", "wb") as xml_file:
        scdl = ScdlWriter(document, csv_file, observe=sums)
        checker = Checker(document, privacy=False)
        for segment in document:
            scdl(segment)
            checker.feed(segment)
            sealer(segment)
            xml_file.write(masker(segment))
    header = document.header
    report = {
        "header": header.as_dict(),
        "slug": header.slug,
        "sha256": reader.sha256,
        "size": reader.size,
        "seal": sealer.status,
        "rows": scdl.rows,
        "sums": sums.as_list(),
        "origins": [
            {"column": column, "origin": origin, "cells": cells}
            for (column, origin), cells in sorted(scdl.origins.items())
        ],
        "missing": [cell._asdict() for cell in [*scdl.missing, *scdl.unreadable]],
        "masked": masking_report(masker),
        "rules_version": RULES_VERSION,
        "findings": [finding.as_dict() for finding in checker.finish(sealer.status)],
    }
    return report, header
