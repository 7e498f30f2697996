"""Plain categories: what money is, and what it is for, in some words that everybody knows.

Two axes, each a partition: every line is in one category and one only. ``nature``: what is paid or
received. ``policy``: what it is for, by the function of the line; debt, and taxes that are handed
over, are cut out of the policies wherever a document writes them. Book entries and results of
former years are categories of their own on both.

``categories.tsv`` names them and says each in a sentence of ours; ``category_codes.tsv`` maps
codes: by the longest beginning of the account (of the chapter where a line has no account), and of
the function by norm. Sources: official charts of accounts of M14, M57, M4, M52, M61 and M71
(classes 1, 2, 6, 7 mean the same in all six) and their functional references.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from ckanext.budget.totem.summary.cube import CARRIED, KINDS, ORDER, Cell
from ckanext.budget.totem.summary.words import table

AXES = ("nature", "policy")
BOOK_ENTRIES, FORMER_YEARS = "book_entries", "former_years"
UNTOLD, NO_POLICY = "untold", "no_policy"
_WITHOUT_POLICY = frozenset(("loans_repaid", "loans_taken", "interest", "handed_over"))
_USUAL_NORM = "M57"


class Category(NamedTuple):
    """What is said of a category; ``axis`` and ``direction``: ``*`` when both."""

    axis: str
    id: str
    direction: str
    label: str
    meaning: str


@lru_cache(maxsize=2)
def categories(language: str = "fr") -> tuple[Category, ...]:
    """In the order in which they are told."""
    return tuple(
        Category(
            row["axis"],
            row["id"],
            row["direction"],
            row[f"label_{language}"],
            row[f"meaning_{language}"],
        )
        for row in table("categories")
    )


@lru_cache(maxsize=1)
def _codes() -> dict[tuple[str, ...], dict[str, str]]:
    """(axis, norm, direction, section) -> beginning of code -> category."""
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for row in table("category_codes"):
        key = (row["axis"], row["norm"], row["direction"], row["section"])
        found.setdefault(key, {})[row["code"]] = row["category"]
    return found


@lru_cache(maxsize=100_000)
def category_of(axis: str, norm: str, cell: Cell) -> str:
    """The one category of a cell. ``norm``: M14, M57…; another one, or none, is read as M57."""
    if cell.order == CARRIED:
        return FORMER_YEARS
    if cell.order == ORDER:
        return BOOK_ENTRIES
    nature = _longest(("nature", "*", cell.direction, cell.section), cell.nature or cell.chapter)
    if axis == "nature":
        return nature
    if nature in _WITHOUT_POLICY:
        return NO_POLICY
    known = ("policy", norm, "*", "*")
    return _longest(known if known in _codes() else ("policy", _USUAL_NORM, "*", "*"),
                    cell.function)  # fmt: skip


def _longest(key: tuple[str, ...], code: str) -> str:
    found = _codes().get(key, {})
    lengths = range(len(code), -1, -1)
    return next((found[code[:length]] for length in lengths if code[:length] in found), UNTOLD)


def plain_of(cells: Mapping[Cell, list[int]], basis: str | None, norm: str) -> dict[str, Any]:
    """JSON-ready sums of one amount, in cents, by axis: ``id``, ``direction``, ``section``,
    ``amount``; those of a direction add up to the lines' own. No ``policy`` without functions."""
    if basis is None:
        return {axis: [] for axis in AXES}
    has_policies = any(cell.function for cell in cells)
    axes = AXES if has_policies else AXES[:1]
    found = {axis: _sums(axis, norm, cells.items(), KINDS.index(basis)) for axis in axes}
    return {axis: found.get(axis, []) for axis in AXES}


def _sums(
    axis: str, norm: str, cells: Iterable[tuple[Cell, list[int]]], kind: int
) -> list[dict[str, Any]]:
    sums: dict[tuple[str, str, str], int] = {}
    for cell, amounts in cells:
        key = (category_of(axis, norm, cell), cell.direction, cell.section)
        sums[key] = sums.get(key, 0) + amounts[kind]
    names = ("id", "direction", "section")
    order = [category.id for category in categories()]
    return [
        dict(zip(names, key, strict=True)) | {"amount": amount}
        for key, amount in sorted(sums.items(), key=lambda item: (order.index(item[0][0]), item[0]))
        if amount
    ]
