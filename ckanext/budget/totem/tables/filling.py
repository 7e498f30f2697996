"""Mandatory cells that are empty: what the chart of accounts gives is the chart's, as in the
conversion of TOTEM documents; what it does not give for sure stays empty.

A table does not name its norm: its accounts and labels do (``nomenclature.guess_plan``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from operator import itemgetter

from ckanext.budget.totem.columns import COLUMNS, MANDATORY
from ckanext.budget.totem.nomenclature import Plan, guess_plan, rules
from ckanext.budget.totem.tables.log import Log

_YEAR = re.compile(r"[12][0-9]{3}")
_AT = {column: place for place, column in enumerate(COLUMNS)}
_ORDERS = {"réel": "0", "ordre": "1"}
_SECTIONS = {"F": "fonctionnement", "I": "investissement"}
_SIDES = {"recette": "R", "dépense": "D"}
_CHAPTER, _CHAPTER_LABEL, _NATURE, _NATURE_LABEL, _SECTION, _ORDER, _SIDE = (
    _AT[f"BGT_{name}"]
    for name in ("CONTNAT", "CONTNAT_LABEL", "NATURE", "NATURE_LABEL", "SECTION", "OPBUDG", "CODRD")
)
_WHOSE = range(4)
"""Stage, exercise, SIRET and name: the same in every row."""
AHEAD = 1_000
"""Rows from which the chart of accounts is recognised."""


class Filler:
    """Completes rows in place. ``first``: the first rows; ``missing``: columns that the file lacks,
    which are told once and stay empty."""

    def __init__(self, first: Iterable[list[str]], missing: Iterable[str], log: Log) -> None:
        self._first = list(first)
        self._log = log
        self._columns = [c for c in COLUMNS if c in MANDATORY and c not in set(missing)]
        places = [_AT[column] for column in self._columns]
        self._cells_of = itemgetter(*places) if len(places) > 1 else lambda row: ("?",)
        # A column without any value is missing, whatever its header says.
        void = (place for place in range(len(COLUMNS)) if not any(r[place] for r in self._first))
        self._missing = frozenset((*map(_AT.__getitem__, missing), *void))

    def __call__(self, line: int, row: list[str]) -> None:
        """Complete one row, and note what was completed and what stays empty."""
        if "" not in self._cells_of(row):
            return
        empty = [column for column in self._columns if not row[_AT[column]]]
        for place, value in self._answers(row):
            if value and not row[place] and place not in self._missing:
                row[place] = value
        for column in empty:
            if row[_AT[column]]:
                self._log.met("filled", line, column, fill=self._name)
            else:
                is_hole = _AT[column] in _WHOSE and _AT[column] not in self._missing
                self._log.met("merged" if is_hole else "empty", line, column)

    def _answers(self, row: list[str]) -> Iterable[tuple[int, str]]:
        """Chapter, labels and section, each from those before it."""
        plan = self._plan
        chapter = row[_CHAPTER]
        if plan is not None and plan.is_known:
            chapter = chapter or self._chapter(plan, row)
            known = plan.chapter(chapter) if chapter else None
            account = plan.nature(row[_NATURE]) if row[_NATURE] else None
            yield _CHAPTER, chapter
            yield _CHAPTER_LABEL, known.label if known else ""
            yield _NATURE_LABEL, account.label if account else ""
            yield _SECTION, _SECTIONS.get(plan.section_of(chapter, row[_NATURE]).value, "")
        yield _SECTION, _SECTIONS.get(rules.section(chapter, row[_NATURE]), "")

    def _chapter(self, plan: Plan, row: list[str]) -> str:
        """The chapter when the chart has one answer, whether inside a section or between two."""
        side, order = _SIDES.get(row[_SIDE], ""), _ORDERS.get(row[_ORDER], "")
        if not side or not order or not row[_NATURE]:
            return ""
        types = ("1", "2") if order == "1" else ("",)
        found = {plan.chapter_of(row[_NATURE], side, order, kind).value for kind in types}
        return found.pop() if len(found) == 1 else ""

    @cached_property
    def _plan(self) -> Plan | None:
        labels: dict[str, str] = {}
        years: list[str] = []
        for row in self._first:
            labels.setdefault(row[_NATURE], row[_NATURE_LABEL])
            years.append(row[1])
        year = next((int(year) for year in years if _YEAR.fullmatch(year)), 0)
        return guess_plan(labels, year)

    @property
    def _name(self) -> str:
        return f"{self._plan.variant} {self._plan.year}" if self._plan else "de l'instruction"
