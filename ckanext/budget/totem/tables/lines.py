"""Records of a CSV, one at a time, each with the line of the file where it begins.

A quote that nothing closes would swallow every line to the end of the file: a line that leaves a
quote open is looked at with the next one, and mended when the next one is a row by itself.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import TextIO

from ckanext.budget.totem.tables.errors import NotScdl
from ckanext.budget.totem.tables.header import Header, cut
from ckanext.budget.totem.tables.log import Log, Met

MAX_LINE = 1 << 20
"""Characters of a line; a real one has some hundreds."""

_MAX_CELL_LINES = 50


def physical_lines(stream: TextIO) -> Iterator[str]:
    """Lines with their ends. Raises NotScdl for one that is too long."""
    for line in iter(lambda: stream.readline(MAX_LINE), ""):
        if len(line) >= MAX_LINE:
            raise NotScdl("Une ligne du fichier est trop longue : ce n'est pas une table.")
        yield line


class Records:
    """Iterate over (line, cells) after the header. ``is_cut``: the last line has no end."""

    def __init__(self, lines: Iterator[str], header: Header, log: Log) -> None:
        self._lines = lines
        self._header = header
        self._log = log
        self._read = header.line
        self._begins = 0
        self._waiting: list[str] = []
        self.is_cut = False
        self._open: tuple[Met | None, int] = (None, 0)

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        reader = csv.reader(self._whole(), delimiter=self._header.delimiter)
        try:
            for cells in reader:
                yield self._begins, cells
        except csv.Error:
            raise NotScdl(
                f"La ligne {self._begins} n'est pas celle d'un CSV : enregistrez de nouveau le "
                "fichier en CSV, encodage UTF-8."
            ) from None
        self._swallow(self._read)

    def _whole(self) -> Iterator[str]:
        """Records as text: one line, or several when a cell holds line ends."""
        while True:
            line = self._next()
            if line is None:
                return
            self._begins = self._read
            if "\0" in line:
                self._log.met("nul", self._begins)
                line = line.replace("\0", "")
            yield self._closed(line) if '"' in line else line

    def _next(self) -> str | None:
        line = self._waiting.pop(0) if self._waiting else next(self._lines, None)
        if line is not None:
            self._read += 1
            self.is_cut = line[-1:] not in ("\n", "\r")
        return line

    def _closed(self, line: str) -> str:
        self._swallow(self._begins)
        if not self._is_open(line):
            return line if line.count('"') % 2 == 0 or self._is_row(line) else self._mended(line)
        more: list[str] = []
        while len(more) < _MAX_CELL_LINES:
            following = self._next()
            if following is None or self._is_row(following):
                break
            more.append(following)
            if not self._is_open(line + "".join(more)):
                return line + "".join(more)
        else:
            following = None
        self._give_back(more, following)
        return self._mended(line)

    def _give_back(self, more: list[str], following: str | None) -> None:
        back = [*more, following] if following is not None else more
        self._read -= len(back)
        self._waiting[:0] = back

    def _is_open(self, text: str) -> bool:
        """Whether a quoted cell goes on after the end: it then keeps the line's end."""
        cells = next(csv.reader([text.rstrip("\r\n") + "\n"], delimiter=self._header.delimiter), [])
        return bool(cells) and cells[-1].endswith("\n")

    def _is_row(self, line: str) -> bool:
        cells = cut(line, self._header.delimiter)
        return len(cells) == self._header.width and (not self._is_open(line) or len(cells) > 3)

    def _mended(self, line: str) -> str:
        """The line without the quote that nothing closes, when there is one way to choose it."""
        text = line.rstrip("\r\n")
        marks = [place for place, char in enumerate(text) if char == '"']
        ways = {
            tuple(cut(way, self._header.delimiter)): way
            for place in marks
            for way in (text[:place] + text[place + 1 :],)
            if not self._is_open(way)
        }
        right = [way for cells, way in ways.items() if len(cells) == self._header.width]
        kind = "open-quote" if len(right) == 1 else "lost-quote"
        self._log.met(kind, self._begins, fill=str(self._begins))
        if self._is_open(line):
            self._open = (self._log[kind, ""], self._begins)
        return right[0] if len(right) == 1 else text.replace('"', "")

    def _swallow(self, last: int) -> None:
        """A reader that trusts the open quote takes all up to the next one, or to the end."""
        entry, since = self._open
        if entry is not None and last > since:
            entry.tail = f"lignes {since + 1} à {last}"
        self._open = (None, 0)
