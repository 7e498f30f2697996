"""Spreadsheets (xlsx, xlsm, xls, ods) as rows of text, by python-calamine."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from typing import Any, BinaryIO, NamedTuple

from ckanext.budget.totem.tables import header as headers
from ckanext.budget.totem.tables.errors import MissingReader, NotScdl
from ckanext.budget.totem.tables.header import Header

MAX_BYTES = 200_000_000
"""Of a workbook once unzipped; also of an xls."""

_MAX_SHEETS = 50
_OLD = b"\xd0\xcf\x11\xe0"
_SHEETS = ("xl/workbook.xml", "xl/workbook.bin", "content.xml")
_DAMAGED = (
    "Ce classeur est endommagé ou protégé : ouvrez-le dans un tableur, puis enregistrez la feuille "
    "en CSV (UTF-8)."
)


class Sheet(NamedTuple):
    """The first sheet that looks like a budget: its number, its header, its rows after it."""

    number: int
    header: Header
    rows: Iterator[tuple[int, list[str]]]


def is_workbook(stream: BinaryIO) -> bool:
    """Whether the bytes are those of a spreadsheet; the stream is left at its beginning."""
    stream.seek(0)
    head = stream.read(4)
    try:
        if head[:2] != b"PK":
            return head == _OLD
        with zipfile.ZipFile(stream) as archive:
            return any(name in _SHEETS for name in archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False
    finally:
        stream.seek(0)


def open_sheet(stream: BinaryIO) -> Sheet:
    """Raises NotScdl, or MissingReader without python-calamine."""
    _guard(stream)
    book = _book(stream)
    for number in range(min(len(book.sheet_names), _MAX_SHEETS)):
        rows = _rows(book, number)
        first = list(islice(rows, headers.LOOKED_AT))
        header = _header(first)
        if header is not None:
            rest = _chained(first[header.line :], rows)
            return Sheet(number + 1, header, enumerate(rest, start=header.line + 1))
    raise NotScdl(
        "Aucune feuille de ce classeur n'est un budget au format SCDL : il faut une ligne avec les "
        "noms des colonnes (BGT_NATDEC, BGT_ANNEE…)."
    )


def holds_budget(stream: BinaryIO) -> bool:
    """Whether a sheet of the workbook is a budget, as far as can be told here."""
    try:
        return headers.is_of_a_budget(open_sheet(stream).header)
    except (NotScdl, MissingReader):
        return False


def _guard(stream: BinaryIO) -> None:
    """A zip says what it holds before it is opened: bombs stay shut."""
    size = stream.seek(0, 2)
    stream.seek(0)
    if stream.read(2) == b"PK":
        with zipfile.ZipFile(stream) as archive:
            size = sum(item.file_size for item in archive.infolist())
    stream.seek(0)
    if size > MAX_BYTES:
        raise NotScdl("Ce classeur est trop grand : enregistrez la feuille en CSV (UTF-8).")


def _book(stream: BinaryIO) -> Any:
    try:
        import python_calamine
    except ImportError:
        raise MissingReader(
            "La lecture d'un classeur demande python-calamine : "
            "pip install 'ckanext-budget[check]'. Sinon, enregistrez la feuille en CSV (UTF-8)."
        ) from None
    try:
        return python_calamine.CalamineWorkbook.from_filelike(stream)
    except Exception:
        raise NotScdl(_DAMAGED) from None


def _rows(book: Any, number: int) -> Iterator[list[str]]:
    try:
        sheet = book.get_sheet_by_index(number)
        above = sheet.start[0] if sheet.start else 0
        before = sheet.start[1] if sheet.start else 0
        yield from ([] for _ in range(above))
        for row in sheet.iter_rows():
            yield [""] * before + [_text(cell) for cell in row]
    except Exception:
        raise NotScdl(_DAMAGED) from None


def _header(rows: list[list[str]]) -> Header | None:
    best, most = None, 2
    for number, cells in enumerate(rows, start=1):
        places = headers.places_of(cells)
        if len(places) > most:
            best, most = Header(number, "", tuple(c.strip() for c in cells), places), len(places)
    if best:
        return headers.with_mistyped(best)
    return headers.in_order("") if rows and headers.is_row(rows[0]) else None


def _chained(first: list[list[str]], rows: Iterator[list[str]]) -> Iterator[list[str]]:
    yield from first
    yield from rows


def _text(cell: object) -> str:
    """As a CSV would have it: whole numbers without decimals, dates as ISO."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return str(cell)
