"""SCDL budget CSV files, wherever they were made: Table Schema first, then the rules on sums."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

from ckanext.budget.totem import columns
from ckanext.budget.totem.amounts import cents
from ckanext.budget.totem.checks.facts import Lines, Occurrences
from ckanext.budget.totem.checks.families import rules
from ckanext.budget.totem.checks.model import Collector
from ckanext.budget.totem.checks.report import Report
from ckanext.budget.totem.checks.table import CellProblem, Table, TableFacts
from ckanext.budget.totem.columns import DESCRIPTOR
from ckanext.budget.totem.errors import TotemError
from ckanext.budget.totem.scdl import AMOUNTS

LIMIT = 1000
"""Problems of cells that are looked for; beyond, the file is wrong enough."""

_AMOUNTS = dict(zip(columns.AMOUNTS, AMOUNTS, strict=True))
_SIDES = {"dépense": "D", "recette": "R"}
_ORDERS = {"réel": "0", "ordre": "1"}
_SECTIONS = {"fonctionnement": "F", "investissement": "I"}
_CODES = ("BGT_CONTNAT", "BGT_NATURE", "BGT_CODRD", "BGT_OPBUDG", "BGT_SECTION")


class MissingDependency(TotemError):
    """frictionless is not installed; the message says how to install it."""


def check_scdl(path: Path) -> Report:
    """Check a CSV. Raises ``OSError``, or ``MissingDependency`` without frictionless."""
    table = Table(problems=_problems(path))
    try:
        for number, row in enumerate(_rows(path), start=2):
            _add(table, row, number)
    except (UnicodeDecodeError, csv.Error):
        # Already told by frictionless; what was read before is not worth summing.
        table.identities.clear()
        table.facts.lines.clear()
    collector = Collector(rules("table"))
    collector.apply("table", table)
    return Report("scdl", collector.findings(), rows=table.rows)


def _problems(path: Path) -> list[CellProblem]:
    try:
        import frictionless
        from frictionless.formats.csv import CsvControl
    except ImportError:
        raise MissingDependency(
            "Le contrôle d'un CSV demande frictionless : pip install 'ckanext-budget[check]'."
        ) from None
    resource = frictionless.Resource(
        path=path.name,
        basepath=str(path.parent),
        format="csv",
        encoding="utf-8",
        schema=frictionless.Schema.from_descriptor(deepcopy(DESCRIPTOR)),
        dialect=frictionless.Dialect(controls=[CsvControl(delimiter=",")]),
    )
    report = frictionless.validate(resource, limit_errors=LIMIT)
    errors = [*report.errors, *(error for task in report.tasks for error in task.errors)]
    return [_problem(error) for error in errors]


def _problem(error: Any) -> CellProblem:
    kind = error.type
    if kind == "constraint-error":
        parts = error.note.split('"')
        kind = parts[1] if len(parts) > 1 else kind
    column = getattr(error, "field_name", "") or getattr(error, "label", "")
    return CellProblem(kind, getattr(error, "row_number", 0), column)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as source:
        for row in csv.DictReader(source):
            yield {
                name: value or ""
                for name, value in row.items()
                if isinstance(name, str) and not isinstance(value, list)
            }


def _add(table: Table, row: dict[str, str], number: int) -> None:
    table.rows += 1
    identity = (row.get("BGT_SIRET", ""), row.get("BGT_ANNEE", ""), row.get("BGT_NATDEC", ""))
    table.identities.setdefault(identity, Occurrences()).met(number)
    facts = table.facts
    facts.stage = facts.stage or identity[2]
    facts.line_count += 1
    lines = _group(facts, row)
    lines.tally.met(number)
    for column, name in _AMOUNTS.items():
        amount = row.get(column, "")
        if amount:
            lines.totals[name] += cents(amount) or 0


def _group(facts: TableFacts, row: dict[str, str]) -> Lines:
    key = tuple(row.get(column, "") for column in _CODES)
    group = facts.groups.get(key)
    if group is None:
        chapter, nature, rd, order, section = key
        group = Lines(
            nature,
            chapter,
            _SIDES.get(rd, ""),
            _ORDERS.get(order, ""),
            "",
            _SECTIONS.get(section, ""),
            "document",
            "document",
            chapter,
        )
        facts.groups[key] = group
        facts.lines.append(group)
    return group
