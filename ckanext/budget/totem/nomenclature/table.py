"""One table file, opened lazily: sorted lines and a binary search, nothing parsed before need."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from .facts import parse_years

TABLES_DIR = Path(__file__).parent / "tables"


class Row(NamedTuple):
    """One line of a table. ``year``: the year, among those of the row, nearest to the asked one."""

    kind: str
    code: str
    year: int
    label: str
    facts: str


class VariantYears(NamedTuple):
    """One line of the index: a variant that has a table, and its years."""

    norm: str
    variant: str
    years: tuple[int, ...]


class Table:
    """The rows of one variant, all years together."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")[1:-1]

    def rows(self, kind: str, code: str, year: int) -> list[Row]:
        """Rows of exactly this code, the nearest in time to ``year`` first."""
        found = [_row(line, year) for line in self._starting(f"{kind}\t{code}\t")]
        return sorted(found, key=lambda row: distance(row.year, year))

    def below(self, kind: str, prefix: str, year: int) -> Iterator[Row]:
        """Rows that hold for ``year`` and whose code begins with ``prefix``."""
        for line in self._starting(f"{kind}\t{prefix}"):
            row = _row(line, year)
            if row.year == year:
                yield row

    def _starting(self, start: str) -> Iterator[str]:
        lines = self._lines
        for position in range(bisect_left(lines, start), len(lines)):
            line = lines[position]
            if not line.startswith(start):
                return
            yield line


def distance(year: int, wanted: int) -> tuple[int, int]:
    """Sort key: nearest first; between two as near, the earlier one (a code kept too long is
    commoner than one used before its time)."""
    return abs(year - wanted), year


def _row(line: str, year: int) -> Row:
    kind, code, years, label, facts = line.split("\t")
    nearest = min(parse_years(years), key=lambda held: distance(held, year))
    return Row(kind, code, nearest, label, facts)


@lru_cache(maxsize=32)
def open_table(norm: str, variant: str) -> Table:
    """The committed table of a variant that the index names."""
    return Table((TABLES_DIR / f"{norm}-{variant}.tsv").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def read_index() -> tuple[VariantYears, ...]:
    """The variants that have a table."""
    lines = (TABLES_DIR / "index.tsv").read_text(encoding="utf-8").split("\n")[1:-1]
    cells = (line.split("\t") for line in lines)
    return tuple(
        VariantYears(norm, variant, parse_years(years)) for norm, variant, years, _ in cells
    )
