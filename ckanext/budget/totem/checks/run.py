"""A file in, its report out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from ckanext.budget.totem.checks.checker import Checker
from ckanext.budget.totem.checks.families import rules
from ckanext.budget.totem.checks.model import Collector, Hit
from ckanext.budget.totem.checks.report import Report
from ckanext.budget.totem.checks.scdl import check_table
from ckanext.budget.totem.errors import NotTotem, TotemError, unquoted
from ckanext.budget.totem.files import seekable
from ckanext.budget.totem.limits import Budget
from ckanext.budget.totem.reader import Document
from ckanext.budget.totem.recognise import explained
from ckanext.budget.totem.seal import Sealer
from ckanext.budget.totem.tables import is_workbook, looks_like_table

#: Names of files that are tables, whatever they begin with.
TABLES = (".csv", ".tsv", ".xlsx", ".xlsm", ".xls", ".ods")


def check(stream: BinaryIO, *, seal: str | None = None, budget: Budget | None = None) -> Report:
    """Check a TOTEM document. Never raises on a bad document: that is finding ``T-DOC-001``.

    ``seal``: status of the original's, for an anonymised document, whose own is always broken.
    ``budget``: processor time that it may take, ``limits.DEFAULT_BUDGET`` if not given.
    """
    sealer = Sealer(stream) if seal is None else None
    document = Document(sealer or stream, budget)
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
        if isinstance(error, NotTotem):
            error = explained(error, stream)
        collector = Collector(rules("file"))
        collector.add("T-DOC-001", Hit(str(error)))
        return Report("totem", collector.findings())
    return Report("totem", findings, document.header, status, checker.facts.line_count)


def check_file(path: Path, reference: Mapping[str, int] | None = None) -> Report:
    """Check a file: a TOTEM document when it begins as XML or is called so, else a table, whose
    totals are compared with ``reference`` (see ``check_scdl``).

    Raises ``OSError`` if it cannot be opened.
    """
    with path.open("rb") as stream:
        return check_input(stream, reference, is_table=path.suffix.lower() in TABLES)


def check_input(
    stream: BinaryIO, reference: Mapping[str, int] | None = None, *, is_table: bool = False
) -> Report:
    """As ``check_file`` for a stream without a name: its first bytes tell a table from XML."""
    with seekable(stream) as source:
        if is_table or is_workbook(source) or looks_like_table(source):
            return check_table(source, reference)
        # What is neither is told as a TOTEM document would be.
        return check(source)
