"""Answers as readers see them: labels, amounts in their language, the bars of a chart."""

from __future__ import annotations

import csv
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

import ckan.plugins.toolkit as tk

from ckanext.budget.core.formats import locale
from ckanext.budget.opendata.questions import FOLDER, Answer, Question
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
    label, value = (answer.columns.index(name) for name in (question.label, question.value))
    values = [Decimal(row[value] or 0) for row in answer.rows[:BARS]]
    most = max(values)
    if most <= 0 or min(values) < 0:
        return []
    return [
        Bar(row[label].text, row[value].text, round(float(100 * amount / most), 1))
        for row, amount in zip(rows, values, strict=False)
    ]


def _text(value: Any) -> str:
    return "–" if value is None else str(value)


def _number(value: Any) -> str:
    from babel.numbers import format_decimal

    return "–" if value is None else format_decimal(value, locale=locale(), format="#,##0")


def _decimal(value: Any) -> str:
    from babel.numbers import format_decimal

    return "–" if value is None else format_decimal(value, locale=locale(), format="#,##0.##")


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
    "decimal": _decimal,
    "euros": _euros,
    "category": _category,
    "kind": _kind,
}
_NUMBERS = ("number", "decimal", "euros")
