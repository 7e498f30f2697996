"""Rows that are no budget line, and rows that do not have the right number of cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ckanext.budget.totem.scdl import COLUMNS
from ckanext.budget.totem.tables import money
from ckanext.budget.totem.tables.header import Header, column_of, cut
from ckanext.budget.totem.tables.log import Log
from ckanext.budget.totem.tables.text import folded
from ckanext.budget.totem.tables.values import AMOUNTS, LISTS, NOTHING, meant

_CHAPTER, _NATURE, _SECTION, _SIDE = map(
    COLUMNS.index, ("BGT_CONTNAT", "BGT_NATURE", "BGT_SECTION", "BGT_CODRD")
)
_SIDES = frozenset(LISTS["BGT_CODRD"])
_TOTALS = ("total", "sous total", "s total", "totaux", "ensemble")
_FEW = 3
_WORDS = ("BGT_NATDEC", "BGT_SECTION", "BGT_OPBUDG", "BGT_CODRD")
_LABELS = tuple(column for column in COLUMNS if column.endswith("_LABEL") or column == "BGT_NOM")


def noise_of(row: Sequence[str], cells: Sequence[str]) -> str:
    """The kind of a row that is no budget line: header, total, note; empty for a line."""
    if row[_SIDE] in _SIDES and row[_NATURE]:
        return ""
    filled = [cell for cell in cells if cell.strip() and cell.casefold() not in NOTHING]
    if not filled:
        return "blank-row"
    columns = [column_of(cell) for cell in filled]
    if len(columns) > 2 and sum(map(bool, columns)) > len(columns) // 2 and column_of(row[_SIDE]):
        return "repeated-header"
    has_code, has_side = (row[at] in filled for at in (_NATURE, _SIDE))
    if not has_code and any(folded(cell).startswith(_TOTALS) for cell in filled[:50]):
        return "total-row"
    is_note = len(filled) < _FEW and not any(map(_holds_amount, row[14:21]))
    return "note-row" if is_note and not has_code and not has_side else ""


def _holds_amount(cell: str) -> bool:
    return bool(cell.strip()) and money.mend(cell)[1] != "not-amount"


class Widths:
    """Gives a row its right number of cells when there is one way to do it, and notes it."""

    def __init__(self, header: Header, log: Log) -> None:
        self._header = header
        self._log = log

    def __call__(self, line: int, cells: list[str]) -> tuple[list[str], bool]:
        """The cells, as many as the header has, and whether each is surely in its column."""
        width = self._header.width
        if len(cells) == 1 and self._header.delimiter in cells[0]:
            inner = cut(cells[0], self._header.delimiter)
            if len(inner) == width:
                self._log.met("wrapped-row", line)
                return inner, True
        if len(cells) < width:
            return self._short(line, cells)
        return self._long(line, cells)

    def _short(self, line: int, cells: list[str]) -> tuple[list[str], bool]:
        """A spreadsheet leaves the empty cells of the end out."""
        padded = cells + [""] * (self._header.width - len(cells))
        is_note = sum(map(bool, map(str.strip, cells))) < _FEW
        is_aligned = is_note or self._is_aligned(padded)
        if not is_note:
            self._log.met("short-row" if is_aligned else "lost-cells", line)
        return padded, is_aligned

    def _long(self, line: int, cells: list[str]) -> tuple[list[str], bool]:
        width = self._header.width
        if not any(map(str.strip, cells[width:])) and self._is_aligned(cells):
            self._log.met("long-row", line)
            return cells[:width], True
        ways = [way for way in self._joined(cells) if self._is_aligned(way)]
        is_sure = len(ways) == 1
        self._log.met("split-cell" if is_sure else "extra-cells", line)
        return ways[0] if is_sure else cells[:width], is_sure

    def _joined(self, cells: list[str]) -> Iterator[list[str]]:
        """The ways to join neighbours into one label, so that the row has its width."""
        extra = len(cells) - self._header.width
        for column in _LABELS:
            place = self._header.places.get(column)
            if place is not None and extra < 10:
                joined = self._header.delimiter.join(cells[place : place + extra + 1])
                yield [*cells[:place], joined, *cells[place + extra + 1 :]]

    def _is_aligned(self, cells: list[str]) -> bool:
        """Words where words are, amounts where amounts are, codes where codes are."""
        places = self._header.places
        words = (cells[places[column]] for column in _WORDS if column in places)
        known = [
            word in LISTS[column] or bool(meant(column, folded(word)))
            for column, word in zip((c for c in _WORDS if c in places), words, strict=True)
        ]
        amounts = (cells[places[column]] for column in AMOUNTS if column in places)
        codes = (cells[places[c]] for c in ("BGT_CONTNAT", "BGT_NATURE") if c in places)
        return (
            all(known)
            and all(money.mend(cell)[1] != "not-amount" for cell in amounts)
            and all(code[:1].isdigit() or not code for code in codes)
        )
