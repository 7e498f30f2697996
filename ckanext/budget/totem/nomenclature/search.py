"""Where a code is looked for: this year, other years, other variants, its beginnings."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from .folders import Layers
from .rules import THIRD_PARTY
from .table import Row, Table, distance, open_table
from .variants import VariantYears

ACCOUNTS = ("account", "function-account")
CHAPTERS = ("chapter", "function-chapter")
FUNCTIONS = ("function", "function-account")
LONGEST_CODE = 30  # Base_ChaineNum30, the longest code of the XSD
LONGEST_BEGINNING = 10  # no plan has a longer code (a test holds it)


class Found(NamedTuple):
    """A row, the origin of the answers it gives, and the variant it belongs to."""

    row: Row
    origin: str
    variant: VariantYears


class Search:
    """Looks a code up in the tables of one norm.

    ``variants``: those of the norm, in the order in which they are trusted; ``year``: the year that
    answers; ``requested``: the (variant, year) of the document, which names the origins, and whose
    year is the one that codes are looked for nearest to;
    ``within``: the folders of the tables.
    """

    def __init__(
        self,
        variants: tuple[VariantYears, ...],
        year: int,
        requested: tuple[str, int],
        within: Layers,
    ) -> None:
        self._variants = variants
        self._year = year
        self._requested = requested
        self._within = within

    def known(self, kinds: tuple[str, ...], code: str) -> Iterator[Found]:
        """Rows of this code, the most trusted first: the plan's own variant, then the others.

        Documents append the operation's number to third-party accounts (4581001, 45411): for those
        the plan's own 4581 goes before a code of another variant.
        """
        yield from self._in(self._variants[:1], kinds, code)
        if code.startswith(THIRD_PARTY) and kinds is not FUNCTIONS:
            yield from self._beginnings(self._variants[:1], kinds, code, len(THIRD_PARTY) + 1)
        yield from self._in(self._variants[1:], kinds, code)

    def beginnings(self, kinds: tuple[str, ...], code: str) -> Iterator[Found]:
        """The known beginnings of a code, the longest first."""
        return self._beginnings(self._variants, kinds, code, 1)

    def best(self, kinds: tuple[str, ...], code: str) -> Found | None:
        """The code itself, else its longest known beginning."""
        known = next(self.known(kinds, code), None)
        return known or next(self.beginnings(kinds, code), None)

    def below(self, found: Found) -> Iterator[Row]:
        """The rows of this year under a found heading, in the heading's own table."""
        table = self._table(found.variant)
        return table.below(found.row.kind, found.row.code, found.row.year)

    def all(self, kind: str) -> Iterator[Found]:
        """Every row of one kind in the plan that answers."""
        for variant in self._variants[:1]:
            for row in self._table(variant).below(kind, "", self._year):
                yield Found(row, self._origin(variant, row), variant)

    def labels(self, found: Found) -> Iterator[tuple[str, dict[int, str]]]:
        """Each variant of the norm, and the labels of a found code in its years."""
        kind, code, *_ = found.row
        for known in self._variants:
            yield known.variant, dict(self._table(known).labels(kind, code))

    def _table(self, variant: VariantYears) -> Table:
        return open_table(variant.norm, variant.variant, self._within)

    def _in(
        self, variants: tuple[VariantYears, ...], kinds: tuple[str, ...], code: str
    ) -> Iterator[Found]:
        if not (code.isascii() and code.isalnum() and len(code) <= LONGEST_CODE):
            return
        for variant in variants:
            for row in _rows(self._table(variant), kinds, code, self._requested[1]):
                yield Found(row, self._origin(variant, row), variant)

    def _beginnings(
        self, variants: tuple[VariantYears, ...], kinds: tuple[str, ...], code: str, shortest: int
    ) -> Iterator[Found]:
        longest = min(len(code) - 1, LONGEST_BEGINNING)
        for length in range(longest, shortest - 1, -1):
            found = next(self._in(variants, kinds, code[:length]), None)
            if found:
                where = found.origin.removeprefix("plan")
                yield found._replace(origin=f"prefix:{found.row.code}{where}")

    def _origin(self, variant: VariantYears, row: Row) -> str:
        if (variant.variant, row.year) == self._requested:
            return "plan"
        if variant.variant == self._requested[0]:
            return f"plan-{row.year}"
        return f"plan-{variant.variant}-{row.year}"


@lru_cache(maxsize=50_000)  # unknown codes have the same few beginnings
def _rows(table: Table, kinds: tuple[str, ...], code: str, year: int) -> tuple[Row, ...]:
    """The rows of this code in one table, the nearest in time first."""
    rows = [row for kind in kinds for row in table.rows(kind, code, year)]
    return tuple(sorted(rows, key=lambda row: distance(row.year, year)))
