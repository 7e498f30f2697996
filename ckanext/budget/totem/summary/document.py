"""The summary of a TOTEM document, without writing anything: lines, debt, printed ratios."""

from __future__ import annotations

from typing import BinaryIO

from ckanext.budget.totem.checks.checker import Checker
from ckanext.budget.totem.model import Header
from ckanext.budget.totem.reader import Document
from ckanext.budget.totem.scdl import ScdlWriter
from ckanext.budget.totem.summary.payload import Summary, summarise_document
from ckanext.budget.totem.summary.ratios import Beside
from ckanext.budget.totem.totals import Totals


class _Nowhere:
    """Rows are added up, not kept."""

    def write(self, data: bytes) -> int:
        return len(data)


def beside_of(stream: BinaryIO) -> tuple[Header, Beside]:
    """What a document tells beside its lines: a masked one tells it as well as its original.

    Raises ``TotemError`` with a sentence when it is none."""
    document = Document(stream)
    checker = Checker(document, privacy=False)
    for segment in document:
        checker.feed(segment)
    return document.header, Beside(checker.facts.debt, checker.facts.information)


def summarise_totem(stream: BinaryIO) -> tuple[Header, Summary]:
    """Read a document once. Raises ``TotemError`` with a sentence when it is none."""
    document, totals = Document(stream), Totals()
    writer = ScdlWriter(document, _Nowhere(), observe=totals)  # type: ignore[arg-type]
    checker = Checker(document, privacy=False)
    for segment in document:
        writer(segment)
        checker.feed(segment)
    facts = checker.facts
    beside = Beside(facts.debt, facts.information, facts.consolidation)
    return document.header, summarise_document(totals, writer.rows, document.header, beside)
