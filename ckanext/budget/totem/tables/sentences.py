"""The log of a table as facts to tell: causes first, one for each kind of defect."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from ckanext.budget.totem.scdl import COLUMNS
from ckanext.budget.totem.tables.kinds import KINDS, LOST, Kind, form_of
from ckanext.budget.totem.tables.log import Log, Met
from ckanext.budget.totem.tables.values import AMOUNTS, LISTS

_RANKS = {name: rank for rank, name in enumerate(KINDS)}


class Told(NamedTuple):
    """One fact. ``column``: the only one, or the first; ``lines``: how many; ``sentence``: French,
    with the lines and the right form; ``subject``: its column when it is the only one."""

    kind: str
    severity: str
    line: int
    column: str
    lines: int
    sentence: str
    subject: str = ""

    @property
    def whole(self) -> str:
        """The sentence where no place stands beside it."""
        return f"{self.subject} : {self.sentence}" if self.subject else self.sentence


def told(log: Log) -> Iterator[Told]:
    """Every fact of a log, causes (the file, the header) before effects (the cells)."""
    entries = sorted(log.items(), key=lambda item: (_RANKS[item[0][0]], _place(item[0][1])))
    for name, group in groupby(entries, key=lambda item: item[0][0]):
        met = [(column, entry) for (_, column), entry in group]
        if KINDS[name].is_shared:
            yield _fact(name, met)
        else:
            yield from (_fact(name, [one]) for one in met)


def _place(column: str) -> int:
    return COLUMNS.index(column) if column in COLUMNS else -1


def _fact(name: str, met: list[tuple[str, Met]]) -> Told:
    kind = KINDS[name]
    column, first = min(met, key=lambda item: (item[1].first[0], _place(item[0])))
    widest = max((entry for _, entry in met), key=lambda entry: entry.count)
    parts = [_cause(kind, met, widest)]
    form = form_of(kind, column)
    if form:
        label = "Valeurs admises" if column in LISTS and not kind.form else "Attendu"
        parts.append(f"{label} : {form}.")
    severity = _severity(kind, met)
    subject = column if len(met) == 1 else ""
    return Told(name, severity, first.first[0], column, widest.count, " ".join(parts), subject)


def _severity(kind: Kind, met: list[tuple[str, Met]]) -> str:
    """An error is what the national schema refuses, or digits that are lost."""
    if kind.severity != "error" or kind.rule == LOST or any(entry.is_refused for _, entry in met):
        return kind.severity
    return "info" if all(column in AMOUNTS for column, _ in met) else "warning"


def _cause(kind: Kind, met: list[tuple[str, Met]], widest: Met) -> str:
    cause = kind.sentence.format(fill=widest.fill)
    if cause.endswith("."):
        return cause
    columns = [column for column, _ in met if column]
    where = f" dans {', '.join(columns)}" if len(columns) > 1 else ""
    return f"{cause}{where} ({widest.tail or widest.lines})."
