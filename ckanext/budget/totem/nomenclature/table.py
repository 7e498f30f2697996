"""The tables: sorted lines and a binary search, nothing parsed before need."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from ..errors import TotemError
from .facts import format_years, parse_years
from .folders import INDEX, TABLES_DIR, Layer, Layers, layers

HEADER = "kind\tcode\tyears\tlabel\tfacts"
INDEX_HEADER = "norm\tvariant\tyears\tstated"
NAME = re.compile(r"[A-Z]\w{0,40}", re.ASCII)
"""Norms and variants: they name files."""

Rows = dict[tuple[str, str, str, str], set[int]]
"""(kind, code, label, facts) -> the years for which it holds."""


class PlansError(TotemError):
    """Plans of accounts, or tables made from them, that cannot be used."""


class Row(NamedTuple):
    """One line of a table. ``year``: the year, among those of the row, nearest to the asked one."""

    kind: str
    code: str
    year: int
    label: str
    facts: str


class VariantYears(NamedTuple):
    """One line of the index: a variant that has a table, its years, and the headers that say
    another year or variant than the folder (``2022=M57/2020``)."""

    norm: str
    variant: str
    years: tuple[int, ...]
    stated: tuple[str, ...] = ()


class Table:
    """The rows of one variant, all years together."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def rows(self, kind: str, code: str, year: int) -> list[Row]:
        """Rows of exactly this code, the nearest in time to ``year`` first."""
        found = [_row(line, year) for line in self._starting(f"{kind}\t{code}\t")]
        return sorted(found, key=lambda row: distance(row.year, year))

    def labels(self, kind: str, code: str) -> Iterator[tuple[int, str]]:
        """(year, label) of this code, for every year that has it."""
        for line in self._starting(f"{kind}\t{code}\t"):
            _, _, years, label, _ = line.split("\t")
            yield from ((year, label) for year in parse_years(years))

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


def read_rows(lines: list[str]) -> Rows:
    """Lines of a table as rows. Raises ``ValueError`` on a line that is none."""
    rows: Rows = {}
    for line in lines:
        kind, code, years, label, facts = line.split("\t")
        rows.setdefault((kind, code, label, facts), set()).update(parse_years(years))
    return rows


def write_rows(rows: Rows) -> list[str]:
    """The inverse of :func:`read_rows`, in code point order: what look-ups rely on."""
    return sorted(
        "\t".join((kind, code, format_years(years), label, facts))
        for (kind, code, label, facts), years in rows.items()
    )


def replace_years(rows: Rows, newer: Rows, years: set[int]) -> Rows:
    """``rows``, where the ``years`` are those of ``newer`` and nothing else."""
    kept = {key: held - years for key, held in rows.items() if held - years}
    for key, held in newer.items():
        kept[key] = kept.get(key, set()) | held
    return kept


@lru_cache(maxsize=32)
def _open(norm: str, variant: str, within: Layers) -> Table:
    lines: list[str] = []
    rows: Rows | None = None  # parsed only when a second folder has the variant too
    for layer in within:
        known = read_layer(layer).get((norm, variant))
        if known is None:
            continue
        own = _table_lines(layer.folder / f"{norm}-{variant}.tsv")
        if lines or layer.folder != TABLES_DIR:
            rows = replace_years(rows or _parsed(lines), _parsed(own), set(known.years))
            own = write_rows(rows)
        lines = own
    return Table(lines)


def open_table(norm: str, variant: str, within: Layers | None = None) -> Table:
    """The table of a variant that the index names; ``within``: the folders, those of now."""
    return _open(norm, variant, layers() if within is None else within)


@lru_cache(maxsize=16)
def read_layer(layer: Layer) -> Mapping[tuple[str, str], VariantYears]:
    """The index of one folder, by norm and variant."""
    found: dict[tuple[str, str], VariantYears] = {}
    try:
        for line in _table_lines(layer.folder / INDEX):
            norm, variant, years, stated = line.split("\t")
            if not (NAME.fullmatch(norm) and NAME.fullmatch(variant)):
                raise ValueError("a norm or variant that cannot name a file")
            entry = VariantYears(norm, variant, parse_years(years), tuple(stated.split()))
            found[norm, variant] = entry
    except ValueError:
        raise PlansError(_UNREADABLE) from None
    return found


@lru_cache(maxsize=16)
def _index(within: Layers) -> tuple[VariantYears, ...]:
    entries: dict[tuple[str, str], VariantYears] = {}
    for layer in within:
        for key, entry in read_layer(layer).items():
            years = {*entry.years, *(entries[key].years if key in entries else ())}
            entries[key] = entry._replace(years=tuple(sorted(years)))
    return tuple(entries[key] for key in sorted(entries))


def read_index(within: Layers | None = None) -> tuple[VariantYears, ...]:
    """The variants that have a table, with the years of all the folders."""
    return _index(layers() if within is None else within)


@lru_cache(maxsize=4)
def _fingerprint(within: Layers) -> str:
    digest = hashlib.sha256()
    for path in (path for layer in within for path in sorted(layer.folder.glob("*.tsv"))):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def fingerprint() -> str:
    """A hash of every table that answers now: reports made with others are not comparable."""
    return _fingerprint(layers())


_UNREADABLE = (
    "Le dossier des plans de comptes ajoutés est illisible : refaites-le "
    "(totem-budget nomenclature import PLANS -o DOSSIER), ou retirez-le de la configuration."
)


def _table_lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").split("\n")[1:-1]
    except (OSError, UnicodeDecodeError):
        raise PlansError(_UNREADABLE) from None


def _parsed(lines: list[str]) -> Rows:
    try:
        return read_rows(lines)
    except ValueError:
        raise PlansError(_UNREADABLE) from None
