"""A file in, its report out."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, BinaryIO

from ckanext.budget.totem.checks.checker import Checker
from ckanext.budget.totem.checks.model import RULES_VERSION, Collector, Finding, Hit, tally
from ckanext.budget.totem.errors import TotemError, unquoted
from ckanext.budget.totem.model import Header
from ckanext.budget.totem.reader import Document
from ckanext.budget.totem.seal import Sealer

#: Rules that say: nothing could be read.
_UNREADABLE = ("T-DOC-001", "C-TAB-003")


@dataclass(frozen=True)
class Report:
    """The findings on one file, gravest first.

    ``kind``: ``totem`` (XML) or ``scdl`` (CSV); ``header`` is None when it could not be read.
    """

    kind: str
    findings: list[Finding]
    header: Header | None = None
    seal: str = ""
    rows: int = 0
    rules_version: str = field(default=RULES_VERSION)

    @property
    def counts(self) -> dict[str, int]:
        """Number of findings of each severity, those beyond the cap included."""
        return tally(self.findings).by_severity

    @property
    def is_valid(self) -> bool:
        """True when there is no error."""
        return not self.counts["error"]

    @property
    def refusal(self) -> str:
        """Why the file could not be read, one sentence; empty when it could."""
        refusals = (f.message for f in self.findings if f.code in _UNREADABLE)
        return next(refusals, "")

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "kind": self.kind,
            "rules_version": self.rules_version,
            "valid": self.is_valid,
            "counts": self.counts,
            "rows": self.rows,
            "seal": self.seal,
            "header": self.header.as_dict() if self.header else None,
            "findings": [finding.as_dict() for finding in self.findings],
        }


def check(stream: BinaryIO) -> Report:
    """Check a TOTEM document. Never raises on a bad document: that is finding ``T-DOC-001``."""
    sealer = Sealer(stream)
    document = Document(sealer)
    checker = Checker(document)
    try:
        with unquoted():
            for segment in document:
                checker.feed(segment)
                sealer(segment)
            findings = checker.finish(sealer.status)
    except TotemError as error:
        collector = Collector()
        collector.add("T-DOC-001", Hit(str(error)))
        return Report("totem", collector.findings())
    return Report("totem", findings, document.header, sealer.status, checker.facts.line_count)


def check_file(path: Path) -> Report:
    """Check a file: SCDL rules for ``.csv``, TOTEM rules otherwise. ``OSError`` if unreadable."""
    if path.suffix.lower() == ".csv":
        from ckanext.budget.totem.checks.scdl import check_scdl

        return check_scdl(path)
    with path.open("rb") as stream:
        return check(stream)


def check_input(stream: BufferedReader) -> Report:
    """As ``check_file`` for a stream without a name: its first bytes tell a table from XML."""
    if b"BGT_" not in stream.peek(512)[:512]:
        return check(stream)
    from ckanext.budget.totem.checks.scdl import check_scdl

    with NamedTemporaryFile(prefix=".totem-", suffix=".csv") as copy:
        shutil.copyfileobj(stream, copy)
        copy.flush()
        return check_scdl(Path(copy.name))
