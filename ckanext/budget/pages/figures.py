"""Key figures beside each budget of a list, from the stored summaries: none is computed here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.budget.totem.model import Stage
from ckanext.budget.totem.summary.figures import debt_figure, divided

OF_ITS_OWN = frozenset(("commune", "epci", "departement", "region"))
"""Kinds of bodies whose population is their own: a CCAS or a syndicat prints somebody else's."""

_SHOWN = ("current_operating_revenue", "real_operating_expenditure", "gross_saving")
"""Figures that subtract: receipts less expenditure are the saving. The debt follows."""
_PREFERRED = ("CFU", "CA", "BP")
"""A vote that changes a budget has no figure of a whole one."""
_CHANGES = 40
"""Votes that change a budget, told on one page."""


def people_of(kind: str, budget_type: str, population: int | None) -> int | None:
    """Inhabitants that a budget's amounts may be divided by: None when they are not its own."""
    return population if kind in OF_ITS_OWN and budget_type != "annexe" else None


def key_figures(packages: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """By dataset id: ``stage`` (French, empty when only changes are published), ``figures`` (list
    of ``label``, ``cents``, ``per_inhabitant``) and ``changes``: votes that changed the budget,
    unless its account is there, as ``stage``, ``number``, ``moved``, ``receipts``, ``expenditure``.
    """
    if not tk.h.plugin_loaded("budget_view"):
        return {}
    from ckanext.budget.charts import store
    from ckanext.budget.charts.texts import figures

    found = {package["id"]: (package, _tables(package)) for package in packages}
    rows = store.figures_of(table["id"] for _, some in found.values() for table in some)
    labels = {identifier: text["label"] for identifier, text in figures().items()}
    told = {}
    for identifier, (package, tables) in found.items():
        known = [(table, rows[table["id"]]) for table in tables if table["id"] in rows]
        first = next((one for one in known if one[0]["stage"] in _PREFERRED), None)
        told[identifier] = {
            "stage": Stage[first[0]["stage"]].title if first else "",
            "figures": list(_figures(package, *first, labels)) if first else [],
            "changes": [one for one in known if _changes(one[0])] if not _is_account(first) else [],
        }
    _tell_changes(told.values())
    return {identifier: one for identifier, one in told.items() if one["stage"] or one["changes"]}


def _tables(package: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Its tables, the most telling first: what was spent, what was voted first, what changed it."""
    known = [*_PREFERRED, "BS", "DM"]
    tables = [
        item
        for item in package["resources"]
        if item.get("role") == "scdl" and item.get("stage") in known
    ]
    return sorted(tables, key=lambda item: known.index(item["stage"]))


def _changes(table: Mapping[str, Any]) -> bool:
    return Stage[table["stage"]].kind == "change"


def _is_account(first: tuple[Mapping[str, Any], Any] | None) -> bool:
    return first is not None and Stage[first[0]["stage"]].kind == "account"


def _figures(
    package: Mapping[str, Any],
    table: Mapping[str, Any],
    row: Mapping[str, Any],
    labels: Mapping[str, str],
) -> Iterator[dict[str, Any]]:
    """Figures that are known, in cents."""
    kind, budget_type = package.get("body_kind") or "", package.get("budget_type") or ""
    people = people_of(kind, budget_type, row["population"])
    for name in (*_SHOWN, debt_figure(Stage[table["stage"]].kind)):
        cents = row["figures"].get(name)
        if cents is not None:
            per_inhabitant = divided(cents, people) if people else None
            yield {
                "id": name,
                "label": labels.get(name, name),
                "cents": cents,
                "per_inhabitant": per_inhabitant,
            }


def _tell_changes(told: Iterable[dict[str, Any]]) -> None:
    """What each vote moves or adds stands in its whole summary only."""
    from ckanext.budget.charts import store

    told = list(told)
    keys = [row["key"] for one in told for _table, row in one["changes"]][:_CHANGES]
    summaries = store.told(keys) if keys else {}
    for one in told:
        one["changes"] = [
            {"stage": table["stage"], "number": table.get("number") or "", **changes}
            for table, row in one["changes"]
            if (changes := (summaries.get(row["key"]) or {}).get("changes"))
        ]
