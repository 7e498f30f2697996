"""Answers as readers see them: labels, amounts in their language, the bars of a chart."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

import ckan.plugins.toolkit as tk

from ckanext.budget.core.formats import amount, locale, percent, years
from ckanext.budget.opendata.questions import EVERY, FOLDER, Answer, Question
from ckanext.budget.opendata.region import size_end
from ckanext.budget.sheet.helpers import choice_labels
from ckanext.budget.totem.summary.categories import categories

BARS = 15
"""Of a chart; the table has every row."""


class Cell(NamedTuple):
    """``is_number``: to the right of its column."""

    text: str
    is_number: bool


class Bar(NamedTuple):
    """``width``: percent of the largest absolute value."""

    label: str
    text: str
    width: float


class Shown(NamedTuple):
    """A table of cells, its titles, and the bars of its chart (none when a value is negative)."""

    titles: list[str]
    rows: list[list[Cell]]
    bars: list[Bar]


@lru_cache(maxsize=1)
def columns() -> dict[str, dict[str, str]]:
    """Format and labels of each column of an answer."""
    with (FOLDER / "columns.tsv").open(encoding="utf-8", newline="") as stream:
        return {row["name"]: row for row in csv.DictReader(stream, delimiter="\t")}


def shown(question: Question, answer: Answer) -> Shown:
    """The answer in the reader's language."""
    language = locale()
    told = [columns()[name] for name in answer.columns]
    writers = [_WRITERS[one["format"]] for one in told]
    rows = [
        [Cell(write(value), one["format"] in _NUMBERS) for write, one, value in
         zip(writers, told, row, strict=True)]
        for row in answer.rows
    ]  # fmt: skip
    return Shown([one[f"label_{language}"] for one in told], rows, _bars(question, answer, rows))


def _bars(question: Question, answer: Answer, rows: list[list[Cell]]) -> list[Bar]:
    if not answer.rows:
        return []
    labels = [answer.columns.index(name) for name in question.label.split()]
    value = answer.columns.index(question.value)
    values = [Decimal(row[value] or 0) for row in answer.rows[:BARS]]
    most = max(values)
    if most <= 0 or min(values) < 0:
        return []
    return [
        Bar(
            " · ".join(row[label].text for label in labels),
            row[value].text,
            round(float(100 * one / most), 1),
        )
        for row, one in zip(rows, values, strict=False)
    ]


def _text(value: Any) -> str:
    return "–" if value is None else str(value)


def _number(value: Any) -> str:
    from babel.numbers import format_decimal

    return "–" if value is None else format_decimal(value, locale=locale(), format="#,##0")


def _years(value: Any) -> str:
    return "–" if value is None else tk._("{number} years").format(number=years(_hundredths(value)))


def _percent(value: Any) -> str:
    return "–" if value is None else percent(_hundredths(value))


def _money(value: Any) -> str:
    return "–" if value is None else amount(_hundredths(value))


def _hundredths(value: Any) -> int:
    return round(Decimal(str(value)) * 100)


def size(start: int) -> str:
    """Inhabitants of the communes of a size, which begins at ``start``."""
    end = size_end(start)
    if end is None:
        return tk._("{number} and more").format(number=_number(start))
    if not start:
        return tk._("Under {number}").format(number=_number(end + 1))
    return tk._("{start} to {end}").format(start=_number(start), end=_number(end))


def _euros(value: Any) -> str:
    return "–" if value is None else tk.h.budget_money(int(value * 100))


def _category(value: Any) -> str:
    labels = {one.id: one.label for one in categories(locale())}
    return labels.get(value, _text(value))


def _kind(value: Any) -> str:
    return choice_labels("body_kind").get(value, _text(value))


_WRITERS: dict[str, Callable[[Any], str]] = {
    "text": _text,
    "number": _number,
    "years": _years,
    "percent": _percent,
    "money": _money,
    "size": size,
    "euros": _euros,
    "category": _category,
    "kind": _kind,
}
_NUMBERS = ("number", "years", "percent", "money", "euros")
_CODED = ("category", "kind", "size")
"""A code of the dataset, which readers see as a label."""


def exported(answer: Answer) -> list[list[Any]]:
    """The answer as a table with its titles: exact numbers, each code with its label beside."""
    titles: list[Any] = []
    for name in answer.columns:
        titles += [name, f"{name}_libelle"] if columns()[name]["format"] in _CODED else [name]
    return [titles, *([*_exported(answer.columns, row)] for row in answer.rows)]


def _exported(names: list[str], row: tuple[Any, ...]) -> Iterator[Any]:
    for name, value in zip(names, row, strict=True):
        yield "" if value is None else value
        if columns()[name]["format"] in _CODED:
            yield _WRITERS[columns()[name]["format"]](value)


def stages(names: str) -> str:
    """The stages that a question or page counts, in a reader's words."""
    return {
        "execute": tk._("executed accounts (CA and CFU, spent)"),
        "vote": tk._("initial budgets (planned)"),
        "vote execute": tk._("initial budgets (planned) and executed accounts (CA and CFU, spent)"),
        EVERY: tk._("all stages (BP, BS, DM, CA and CFU)"),
    }[names]


def scope(question: Question) -> str:
    """One line: stages, budgets and bodies that a question counts."""
    budgets = {
        "principal": tk._("main budgets only"),
        EVERY: tk._("main and annex budgets"),
    }
    bodies = {
        EVERY: tk._("all bodies: communes, intercommunal bodies, départements, région and others"),
        "commune": tk._("communes only (no intercommunal body, département nor région)"),
        "commune epci": tk._("communes and intercommunal bodies (no département nor région)"),
    }
    return tk._("Counted here: {stages}; {budgets}; {bodies}.").format(
        stages=stages(question.stages),
        budgets=budgets[question.budgets],
        bodies=bodies[question.bodies],
    )
