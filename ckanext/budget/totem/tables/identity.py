"""Whose every row is: SIRET, year and stage, with the lines of the file; and what the same reading
tells besides."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import BinaryIO

from ckanext.budget.totem.scdl import COLUMNS
from ckanext.budget.totem.tables.log import Log
from ckanext.budget.totem.tables.reader import Table

_MAX_SPANS = 20
MAX_IDENTITIES = 1_000
"""Different identities kept apart; the rest counts as one, named by nothing."""

Key = tuple[str, str, str]


@dataclass
class Rows:
    """The rows of one identity; ``stage`` is the word of the schema (BGT_NATDEC), as mended;
    ``name`` is the budget's (BGT_NOM) in the first of them."""

    siret: str
    year: str
    stage: str
    name: str = ""
    count: int = 0
    spans: list[list[int]] = field(default_factory=list)
    _is_cut: bool = False

    def add(self, line: int) -> None:
        """One more row."""
        self.count += 1
        if self.spans and self.spans[-1][1] in (line, line - 1):
            self.spans[-1][1] = line
        elif len(self.spans) < _MAX_SPANS:
            self.spans.append([line, line])
        else:
            self._is_cut = True

    @property
    def lines(self) -> str:
        """``4 à 17, 20``; ends with ``…`` when there are too many pieces to name."""
        pieces = [f"{a} à {b}" if a < b else str(a) for a, b in self.spans]
        return ", ".join(pieces) + ("…" if self._is_cut else "")


class Identities(dict[Key, Rows]):
    """(SIRET, year, stage) -> its rows, in the order of the file."""

    def met(self, cells: list[str], line: int) -> None:
        """One row of 22 cells."""
        key = (cells[2], cells[1], cells[0])
        rows = self.get(key)
        if rows is None:
            if len(self) >= MAX_IDENTITIES:
                key = ("", "", "")
            rows = self.setdefault(key, Rows(*key, name=cells[3]))
        rows.add(line)


@dataclass
class Survey:
    """What one reading of a table tells before anything is made of it.

    ``rows``: every identity, in the order of the file; ``accounts``: the first label of each
    account (BGT_NATURE); ``log``: what deviated; ``form``: kinds of it that were known before the
    first row, of the file itself and its header.
    """

    rows: list[Rows]
    accounts: dict[str, str]
    log: Log
    form: frozenset[str]


_NATURE, _LABEL = COLUMNS.index("BGT_NATURE"), COLUMNS.index("BGT_NATURE_LABEL")


def survey(stream: BinaryIO) -> Survey:
    """Read the table once, without keeping its rows. Raises NotScdl."""
    table, found, accounts = Table(stream), Identities(), dict[str, str]()
    form = frozenset(kind for kind, _ in table.log)
    for line, cells in table:
        found.met(cells, line)
        accounts.setdefault(cells[_NATURE], cells[_LABEL])
    return Survey(list(found.values()), accounts, table.log, form)


def identities(stream: BinaryIO) -> list[Rows]:
    """Every identity of a table, in the order of the file. Raises NotScdl."""
    return survey(stream).rows


def strangers(rows: list[Rows], *, siret: str = "", year: str = "", stage: str = "") -> list[Rows]:
    """The rows that are not of this budget, exercise or stage; an empty argument accepts all."""
    wanted = (siret, year, stage)
    return [
        found
        for found in rows
        if any(
            expected and value != expected
            for expected, value in zip(wanted, (found.siret, found.year, found.stage), strict=True)
        )
    ]
