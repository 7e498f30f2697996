"""One document in, what may be published out: SCDL CSV, anonymised XML, annexes, report, what the
charts need. One parse."""

from __future__ import annotations

import json
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from ckanext.budget.totem.annexes import AnnexFile, Exporter, archive, grants_table
from ckanext.budget.totem.checks import RULES_VERSION
from ckanext.budget.totem.checks.checker import Checker
from ckanext.budget.totem.errors import NotTotem, unquoted
from ckanext.budget.totem.files import HashingReader, open_input
from ckanext.budget.totem.limits import Budget
from ckanext.budget.totem.maker import MAKER
from ckanext.budget.totem.model import Header
from ckanext.budget.totem.privacy import Confirmations, Masker, masking_report
from ckanext.budget.totem.reader import Document
from ckanext.budget.totem.recognise import explained
from ckanext.budget.totem.scdl import ScdlWriter
from ckanext.budget.totem.seal import Sealer
from ckanext.budget.totem.summary import Beside, summarise_document
from ckanext.budget.totem.totals import Totals

_KINDS = ("csv", "xml", "json", "summary.json.gz", "annexes.zip", "subventions.csv")


@dataclass(frozen=True)
class Published:
    """The files of one document; ``sha256`` is that of the original bytes, and in none of them.

    ``summary``: what charts need (see ``totem.summary``), as gzipped JSON. ``annexes``: a zip of
    their CSVs (see ``totem.annexes``), without entries when the document has none. ``grants``:
    those paid, as an SCDL table, without rows when the document has none.
    """

    header: Header
    sha256: str
    csv: Path
    xml: Path
    json: Path
    summary: Path
    annexes: Path
    grants: Path
    report: dict[str, Any]


def publish(
    source: Path | str | BinaryIO,
    out_dir: Path,
    *,
    policy: str = "strict",
    budget: Budget | None = None,
    confirmations: Confirmations | None = None,
) -> Published:
    """Write ``<slug>.csv``, ``.xml``, ``.json``, ``.summary.json.gz``, ``.annexes.zip`` and
    ``.subventions.csv``, or none.

    ``budget``: processor time that the document may take, ``limits.DEFAULT_BUDGET`` if not given.
    ``confirmations``: which beneficiaries are known to be bodies.
    Raises ``TotemError`` with a sentence for the publisher; ``OSError`` when the disk refuses.
    """
    with unquoted(), ExitStack() as stack:
        stream = (
            stack.enter_context(open_input(source)) if isinstance(source, str | Path) else source
        )
        try:
            return _publish(stream, Path(out_dir), Masker(policy, confirmations), budget)
        except NotTotem as error:
            raise explained(error, stream) from None


def _publish(stream: BinaryIO, out_dir: Path, masker: Masker, budget: Budget | None) -> Published:
    with tempfile.TemporaryDirectory(prefix=".totem-", dir=out_dir) as private:
        work = Path(private)
        report, header, sha256 = _convert(stream, work, masker, budget)
        text = json.dumps(report, ensure_ascii=False, indent=1)
        (work / "json").write_text(text + "\n", encoding="utf-8")
        paths = [out_dir / f"{header.slug}.{kind}" for kind in _KINDS]
        for kind, path in zip(_KINDS, paths, strict=True):
            (work / kind).replace(path)
    table, document, told, summary, annexes, grants = paths
    return Published(header, sha256, table, document, told, summary, annexes, grants, report)


def _convert(
    stream: BinaryIO, work: Path, masker: Masker, budget: Budget | None
) -> tuple[dict[str, Any], Header, str]:
    """The report, which tells neither size nor digest of the raw bytes; the header; the digest."""
    reader, totals = HashingReader(stream), Totals()
    sealer = Sealer(reader)
    document = Document(sealer, budget)
    with (
        open(work / "csv", "wb") as csv_file,
        open(work / "xml", "wb") as xml_file,
        Exporter(document, work / "annexes") as exporter,
    ):
        scdl = ScdlWriter(document, csv_file, observe=totals)
        checker = Checker(document, privacy=False)
        for segment in document:
            scdl(segment)
            checker.feed(segment)
            sealer(segment)
            masked = masker(segment)
            xml_file.write(masked)
            exporter.feed(segment._replace(data=masked))
        annexes = exporter.close()
        if not document.is_blanked:
            masker.restore_seal(xml_file)
    header = document.header
    facts = checker.facts
    beside = Beside(facts.debt, facts.information, facts.consolidation)
    summary = summarise_document(totals, scdl.rows, header, beside)
    (work / "summary.json.gz").write_bytes(summary.body)
    archive(annexes, work / "annexes.zip")
    grants_table(annexes, work / "subventions.csv")
    report = {
        "header": header.as_dict(),
        "slug": header.slug,
        "seal": sealer.status,
        "sealed_on": sealer.sealed_on,
        "rows": scdl.rows,
        "sums": totals.as_list(),
        "origins": [
            {"column": column, "origin": origin, "cells": cells}
            for (column, origin), cells in sorted(scdl.origins.items())
        ],
        "missing": [cell._asdict() for cell in [*scdl.missing, *scdl.unreadable]],
        "annexes": [_told(annex) for annex in annexes],
        "masked": masking_report(masker),
        "rules_version": RULES_VERSION,
        "maker": MAKER,
        "findings": [finding.as_dict() for finding in checker.finish(sealer.status)],
    }
    return report, header, reader.sha256


def _told(annex: AnnexFile) -> dict[str, Any]:
    return {"name": annex.name, "title": annex.title, "rows": annex.rows}
