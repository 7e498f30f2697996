"""A file in, its report out."""

from __future__ import annotations

import shutil
from io import BufferedReader
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO

from ckanext.budget.totem.checks.checker import Checker
from ckanext.budget.totem.checks.families import rules
from ckanext.budget.totem.checks.model import Collector, Hit
from ckanext.budget.totem.checks.report import Report
from ckanext.budget.totem.checks.scdl import check_scdl
from ckanext.budget.totem.errors import TotemError, unquoted
from ckanext.budget.totem.reader import Document
from ckanext.budget.totem.seal import Sealer


def check(stream: BinaryIO, *, seal: str | None = None) -> Report:
    """Check a TOTEM document. Never raises on a bad document: that is finding ``T-DOC-001``.

    ``seal``: status of the original's, for an anonymised document, whose own is always broken.
    """
    sealer = Sealer(stream) if seal is None else None
    document = Document(sealer or stream)
    checker = Checker(document)
    try:
        with unquoted():
            for segment in document:
                checker.feed(segment)
                if sealer:
                    sealer(segment)
            status = sealer.status if sealer else seal or ""
            findings = checker.finish(status)
    except TotemError as error:
        collector = Collector(rules("file"))
        collector.add("T-DOC-001", Hit(str(error)))
        return Report("totem", collector.findings())
    return Report("totem", findings, document.header, status, checker.facts.line_count)


def check_file(path: Path) -> Report:
    """Check a file: SCDL rules for ``.csv``, TOTEM rules otherwise. ``OSError`` if unreadable."""
    if path.suffix.lower() == ".csv":
        return check_scdl(path)
    with path.open("rb") as stream:
        return check(stream)


def check_input(stream: BufferedReader) -> Report:
    """As ``check_file`` for a stream without a name: its first bytes tell a table from XML."""
    if b"BGT_" not in stream.peek(512)[:512]:
        return check(stream)
    with NamedTemporaryFile(prefix=".totem-", suffix=".csv") as copy:
        shutil.copyfileobj(stream, copy)
        copy.flush()
        return check_scdl(Path(copy.name))
