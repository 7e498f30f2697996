"""The one reader of tables: any file that holds budget lines -> rows of the 22 columns, in order.

What deviates without ambiguity is put right on the way, and noted in ``log``; the check, the charts
and the repair all read these rows, so that they never disagree.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain, islice
from operator import itemgetter
from typing import BinaryIO, cast

from ckanext.budget.totem.scdl import COLUMNS
from ckanext.budget.totem.tables import encodings, sheets
from ckanext.budget.totem.tables import header as headers
from ckanext.budget.totem.tables.cells import Mender
from ckanext.budget.totem.tables.errors import NotScdl
from ckanext.budget.totem.tables.filling import AHEAD, Filler
from ckanext.budget.totem.tables.header import Header
from ckanext.budget.totem.tables.lines import Records, physical_lines
from ckanext.budget.totem.tables.log import Log
from ckanext.budget.totem.tables.rows import Widths, noise_of

Row = tuple[int, list[str]]

# First bytes of what is no table -> what it is, and what to do.
_OTHERS = (
    (
        b"%PDF",
        "Ce fichier est un PDF : il faut le document TOTEM (XML), ou un CSV au format SCDL budget.",
    ),
    (b"\x1f\x8b", "Ce fichier est compressé (gzip) : décompressez-le d'abord."),
    (
        b"<",
        "Ce fichier est du XML ou une page web, même si son nom dit autre chose : ouvrez-le dans "
        "un tableur, puis enregistrez la table en CSV (UTF-8).",
    ),
    (b"{", "Ce fichier est du JSON : donnez la table en CSV."),
    (b"[", "Ce fichier est du JSON : donnez la table en CSV."),
    (b"PK", "Ce fichier est une archive : donnez la table (CSV, xlsx ou ods) qu'elle contient."),
)
_EMPTY = "Le fichier est vide : il faut un CSV au format SCDL budget."
_NO_HEADER = (
    "Ce fichier n'est pas un budget au format SCDL : aucune de ses premières lignes n'a les noms "
    "des colonnes (BGT_NATDEC, BGT_ANNEE, BGT_SIRET…)."
)


class Table:
    """A table being read: iterate once over (line of the file, 22 cells).

    ``stream`` is seekable and read in place. ``header`` and ``log`` are known at once for what
    concerns the file; the log is whole at the end. Raises NotScdl, at once or at a damaged line.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.log = Log()
        self.is_sheet = sheets.is_workbook(stream)
        self.header, self._records = self._sheet(stream) if self.is_sheet else self._text(stream)
        headers.tell(self.header, self.log)
        if self.header.line > 1 and not (self.header.line == 2 and ("sep-line", "") in self.log):
            self.log.met("title-lines", self.header.line, fill=str(self.header.line))

    @property
    def missing(self) -> tuple[str, ...]:
        """Columns that the file lacks."""
        return tuple(column for column in COLUMNS if column not in self.header.places)

    def __iter__(self) -> Iterator[Row]:
        rows = self._mended()
        first = list(islice(rows, AHEAD))
        fill = Filler([cells for _, cells, _ in first], self.missing, self.log)
        for line, cells, is_aligned in chain(first, rows):
            if is_aligned:
                fill(line, cells)
            yield line, cells

    def _mended(self) -> Iterator[tuple[int, list[str], bool]]:
        """Rows, and whether every cell is surely in its column: of others, only that is told."""
        mend = Mender(self.log, is_sheet=self.is_sheet)
        quiet = Mender(Log())  # whose a row is, though its other cells may be out of place
        pick = self._picker()
        widths = Widths(self.header, self.log)
        width = self.header.width
        blanks: list[int] = []
        twice = self._twice()
        line, cells, former = 0, [""], [""]
        for line, cells in self._records:
            if not any(cells):
                blanks.append(line)
                continue
            for blank in blanks:
                self.log.met("blank-row", blank)
            blanks.clear()
            is_aligned = True
            if len(cells) != width:
                cells, is_aligned = widths(line, cells)
            if twice and any(cells[one] != cells[other] for one, other in twice):
                self._tell_different(line)
            row = pick(cells)
            noise = noise_of(row, cells)
            if noise:
                self.log.met(noise, line)
                continue
            former = row
            mended = mend(line, row) if is_aligned else [*quiet(line, row)[:4], *row[4:]]
            yield line, mended, is_aligned
        self._tell_last(blanks)
        if isinstance(self._records, Records) and self._records.is_cut:
            self._tell_cut(line, cells, former)

    def _twice(self) -> list[tuple[int, int]]:
        """Places of the columns that have one name, two by two."""
        found = [(headers.column_of(name), at) for at, name in enumerate(self.header.names)]
        return [
            (self.header.places[column], at)
            for column, at in found
            if column and self.header.places[column] != at
        ]

    def _tell_different(self, line: int) -> None:
        """Two columns of one name that disagree: which one is right would be a guess."""
        told = self.log.pop(("same-column", ""), None)
        if told:
            self.log["repeated-column", ""] = told

    def _tell_cut(self, line: int, cells: Sequence[str], former: Sequence[str]) -> None:
        """The last line has no end: it is cut when it alone lacks cells, or is the beginning of a
        row and no note."""
        last = next((name for name, at in self.header.places.items() if at == len(cells) - 1), "")
        is_beginning = bool(cells) and former[0].startswith(cells[0])
        for kind, column in (
            ("short-row", ""),
            ("lost-cells", ""),
            *[("note-row", "")] * is_beginning,
            ("unknown-word", last),
            ("list-synonym", last),
        ):
            met = self.log.get((kind, column))
            if met and met.last == line and met.count == 1:
                del self.log[kind, column]
                self.log.met("truncated", line)

    def _tell_last(self, blanks: Sequence[int]) -> None:
        """Empty lines at the end: a spreadsheet has them, a CSV should not."""
        if not self.is_sheet:
            for blank in blanks:
                self.log.met("blank-row", blank)

    def _picker(self) -> Callable[[list[str]], list[str]]:
        places = [self.header.places.get(column, self.header.width) for column in COLUMNS]
        if places == list(range(len(COLUMNS))) == list(range(self.header.width)):
            return lambda cells: cells
        chosen = itemgetter(*places)
        return lambda cells: list(chosen([*cells[: self.header.width], ""]))

    def _sheet(self, stream: BinaryIO) -> tuple[Header, Iterable[Row]]:
        sheet = sheets.open_sheet(stream)
        self.log.met("sheet", sheet.header.line, fill=str(sheet.number))
        return sheet.header, sheet.rows

    def _text(self, stream: BinaryIO) -> tuple[Header, Iterable[Row]]:
        _refuse_others(stream)
        encoding = encodings.detect(stream)
        text = io.TextIOWrapper(
            cast(BinaryIO, _Kept(stream)), encoding.codec, encoding.errors, newline=""
        )
        lines = physical_lines(text)
        first = list(islice(lines, headers.LOOKED_AT))
        header = headers.find(first)
        if header is None:
            raise NotScdl(_NO_HEADER if any(map(str.strip, first)) else _EMPTY)
        self._tell_form(encoding, header, first)
        rest = chain(first[header.line :], lines)
        return header, Records(rest, header, self.log)

    def _tell_form(self, encoding: encodings.Encoding, header: Header, first: list[str]) -> None:
        log, line = self.log, max(header.line, 1)
        if encoding.kind:
            log.met(encoding.kind, line)
        if header.delimiter != ",":
            kind = "delimiter" if header.delimiter == ";" else "odd-delimiter"
            log.met(kind, line, fill=headers.DELIMITERS[header.delimiter])
        if header.is_wrapped:
            log.met("wrapped-row", line)
        if first[0].strip("\ufeff\"' \r\n\t").lower().startswith("sep="):
            log.met("sep-line", 1)
        if first[0].endswith("\r"):
            log.met("line-ends", 1)


class _Kept(io.BufferedIOBase):
    """A stream that a text wrapper may not close: it belongs to the caller."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        return self._stream.read(-1 if size is None else size)

    def read1(self, size: int = -1) -> bytes:
        return self._stream.read(size)


def _refuse_others(stream: BinaryIO) -> None:
    stream.seek(0)
    head = stream.read(400).lstrip(b"\xef\xbb\xbf \t\r\n")
    stream.seek(0)
    for mark, sentence in _OTHERS:
        if head.startswith(mark):
            raise NotScdl(sentence)


def looks_like_table(stream: BinaryIO) -> bool:
    """Whether :class:`Table` can read it; the stream is left at its beginning."""
    found = False
    with suppress(NotScdl):
        Table(stream)
        found = True
    stream.seek(0)
    return found
