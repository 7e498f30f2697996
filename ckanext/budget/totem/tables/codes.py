"""Codes that a spreadsheet took for numbers: 011 became 11, which is another account.

The label beside the code says which one it was, when a chart of accounts (any norm, any year) gives
that label to the code with zeros and not to the code without.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import chain

from ckanext.budget.totem.nomenclature import rules
from ckanext.budget.totem.nomenclature.search import ACCOUNTS, CHAPTERS, FUNCTIONS
from ckanext.budget.totem.nomenclature.table import open_table, read_index
from ckanext.budget.totem.tables.text import fits_lost, folded

_KINDS = {
    "BGT_CONTNAT": (*CHAPTERS, *ACCOUNTS),
    "BGT_NATURE": (*ACCOUNTS, *CHAPTERS),
    "BGT_FONCTION": FUNCTIONS,
    "chapter": CHAPTERS,
}
_LONGEST = 3
"""Digits of the longest code that begins with a zero."""

_SHORTEST = 12
"""Letters of a label that was cut and still tells something."""


def restored(column: str, code: str, label: str) -> tuple[str, str]:
    """(code, kind): ``lost-zeros`` with the code found, ``maybe-lost-zeros`` with the code as it
    is, or no kind when nothing is wrong."""
    if not (code.isascii() and code.isdigit()) or code[0] == "0" or len(code) >= _LONGEST:
        return code, ""
    longer = [code.zfill(length) for length in range(len(code) + 1, _LONGEST + 1)]
    label = folded(label)
    for agree in (str.__eq__, _is_cut) if label else ():
        if _is_named(column, code, label, agree):
            return code, ""
        named = [other for other in longer if _is_named(column, other, label, agree)]
        if len(named) == 1:
            return named[0], "lost-zeros"
    return code, "maybe-lost-zeros" if _cannot_be(column, code, longer) else ""


def restored_label(column: str, code: str, damaged: str) -> str:
    """The only label of the charts that the damaged one can have been; empty when none or many."""
    found = {label for label in _labels(column, code) if fits_lost(damaged, label)}
    return found.pop() if len(found) == 1 else ""


@lru_cache(maxsize=5_000)
def _is_named(column: str, code: str, label: str, agree: Callable[[str, str], bool]) -> bool:
    return any(agree(label, folded(known)) for known in _labels(column, code))


def _is_cut(label: str, known: str) -> bool:
    """The label is the beginning of a known one: some programs cut them."""
    return len(label) >= _SHORTEST and known.startswith(label)


def _cannot_be(column: str, code: str, longer: list[str]) -> bool:
    """The code is in no chart, and the same with zeros is."""
    if column == "BGT_FONCTION":
        return False
    column = "chapter" if column == "BGT_CONTNAT" else column
    return not _labels(column, code) and any(_labels(column, other) for other in longer)


@lru_cache(maxsize=5_000)
def _labels(column: str, code: str) -> frozenset[str]:
    """Every label that a chart gives to this code."""
    tables = (open_table(known.norm, known.variant) for known in read_index())
    rows = chain.from_iterable(
        table.rows(kind, code, 0) for table in tables for kind in _KINDS[column]
    )
    labels = {row.label for row in rows}
    special = rules.SPECIAL_CHAPTERS.get(code)
    if special and special[1] and column != "BGT_FONCTION":
        labels.add(special[1])
    return frozenset(labels)
