"""Lines added up by what distinguishes them in a chart: the cube every picture is cut from."""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from ckanext.budget.totem.amounts import ZEROS, read, usual
from ckanext.budget.totem.columns import AMOUNTS

if TYPE_CHECKING:
    from ckanext.budget.totem.model import Header
    from ckanext.budget.totem.totals import Totals


KINDS = tuple(name.removeprefix("BGT_") for name in AMOUNTS)
"""The seven amounts of SCDL without their prefix ``BGT_``, in the order of the columns."""

_SECTIONS = {"f": "F", "i": "I"}
_DIRECTIONS = {"r": "R", "d": "D"}
_ORDERS = {"r": "0", "0": "0", "o": "1", "1": "1"}
UNKNOWN = "?"
REAL, ORDER, CARRIED = "0", "1", "2"

CARRIED_OVER = ("001", "002")
"""Results of former years, taken over: nobody cashes or pays them in the year."""

TRANSFERS = ("021", "023")
"""What one section hands to the other: voted, never carried out, never money."""


class Cell(NamedTuple):
    """Coordinates. ``section`` F or I; ``direction`` R or D; ``order``: see :func:`movement`; ``?``
    where the line does not tell. ``chapter``, ``nature``, ``function``: codes, may be empty."""

    section: str
    direction: str
    order: str
    chapter: str
    nature: str
    function: str


class Identity(NamedTuple):
    """Which document the lines are of; ``stage`` is the SCDL word (BGT_NATDEC)."""

    siret: str = ""
    name: str = ""
    year: str = ""
    stage: str = ""


def add(sums: list[int], amounts: Sequence[str | bytes], irregular: Counter[str]) -> None:
    """Add seven written amounts to seven sums in cents; count what cannot be read exactly."""
    for index, written in enumerate(amounts):
        if written in ZEROS:
            continue
        cents = usual(written)
        if cents is not None:
            sums[index] += cents
            continue
        amount = read(written)
        if amount is None:
            irregular["unreadable-amount"] += 1
            continue
        sums[index] += amount.cents
        if amount.lost:
            irregular["rounded-amount"] += 1


def total(some: Sequence[int], others: Sequence[int]) -> list[int]:
    """Two rows of sums, added kind by kind."""
    return list(map(operator.add, some, others))


@dataclass
class Cube:
    """Cells with their seven sums in cents, labels by code, and what had to be tolerated."""

    identity: Identity = field(default_factory=Identity)
    rows: int = 0
    cells: dict[Cell, list[int]] = field(default_factory=dict)
    chapters: dict[str, str] = field(default_factory=dict)
    natures: dict[str, str] = field(default_factory=dict)
    functions: dict[str, str] = field(default_factory=dict)
    irregular: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, totals: Totals, rows: int, header: Header) -> Cube:
        """What :func:`~ckanext.budget.totem.summary.read` would tell of the CSV of a document."""
        name = (header.name or header.budget_name).strip()
        cube = cls(Identity(header.siret, name, str(header.fiscal_year), header.stage.label), rows)
        if totals.rounded:
            cube.irregular["rounded-amount"] = totals.rounded
        for codes, function, sums in totals:
            cube.put(
                (codes.section, codes.direction, codes.order),
                (codes.chapter, codes.nature, function.code),
                (codes.chapter_label, codes.nature_label, function.label),
                sums,
            )
        return cube

    def put(
        self, words: Iterable[str], codes: Sequence[str], labels: Sequence[str], sums: list[int]
    ) -> None:
        """Add sums at (section, direction, order as SCDL words) x (chapter, nature, function)."""
        cell = cell_of(words, codes)
        chapter, nature, function = cell.chapter, cell.nature, cell.function
        known = self.cells.get(cell)
        self.cells[cell] = list(sums) if known is None else total(known, sums)
        if not self.chapters.get(chapter):
            self.chapters[chapter] = labels[0].strip()
        if not self.natures.get(nature):
            self.natures[nature] = labels[1].strip()
        if not self.functions.get(function):
            self.functions[function] = labels[2].strip()


def cell_of(words: Iterable[str], codes: Sequence[str]) -> Cell:
    """Of a line: its section, direction and order as SCDL words; chapter, nature, function."""
    chapter, nature, function = codes[0].strip(), codes[1].strip(), codes[2].strip()
    section, direction, order = _coordinates(*words)
    return Cell(section, direction, movement(order, chapter, nature), chapter, nature, function)


def movement(order: str, chapter: str, nature: str) -> str:
    """What "real" means, here and nowhere else: ``0`` real, money of the year; ``1`` order, book
    entries, the transfers 021 and 023 always among them; ``2`` results of former years (001, 002),
    neither received nor paid in the year although documents mark them as real; ``?`` not told.

    ``order``: what the line says, ``0``, ``1`` or ``?``.
    """
    codes = (chapter, nature[:3])
    if codes[0] in CARRIED_OVER or codes[1] in CARRIED_OVER:
        return CARRIED
    return ORDER if codes[0] in TRANSFERS or codes[1] in TRANSFERS else order


@lru_cache(maxsize=1024)
def _coordinates(section: str, direction: str, order: str) -> tuple[str, str, str]:
    """``("fonctionnement", "dépense", "réel")`` -> ``("F", "D", "0")``."""
    return (
        _SECTIONS.get(section[:1].lower(), UNKNOWN),
        _DIRECTIONS.get(direction[:1].lower(), UNKNOWN),
        _ORDERS.get(order[:1].lower(), UNKNOWN),
    )
