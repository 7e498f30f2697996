"""Key figures beside each budget of a list, from the stored summaries: none is computed here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.budget.totem.model import Stage

_SHOWN = (
    "current_operating_revenue",
    "real_operating_expenditure",
    "gross_saving",
    "debt_outstanding",
)
"""Figures that subtract: receipts less expenditure are the saving."""
_PREFERRED = ("CFU", "CA", "BP")
"""A vote that changes a budget has no figure of a whole one."""


def key_figures(packages: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """By dataset id: ``stage`` (French), and ``figures``, a list of ``label`` and ``cents``."""
    if not tk.h.plugin_loaded("budget_view"):
        return {}
    from ckanext.budget.charts import store
    from ckanext.budget.charts.texts import figures

    tables = {package["id"]: _tables(package) for package in packages}
    found = store.figures_of(table["id"] for some in tables.values() for table in some)
    labels = {identifier: text["label"] for identifier, text in figures().items()}
    shown: dict[str, dict[str, Any]] = {}
    for package_id, some in tables.items():
        table = next((one for one in some if one["id"] in found), None)
        if table:
            values = _figures(found[table["id"]]["figures"], labels)
            shown[package_id] = {"stage": Stage[table["stage"]].title, "figures": values}
    return shown


def _tables(package: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Its tables, the most telling first: what was spent, else what was voted first."""
    tables = [
        item
        for item in package["resources"]
        if item.get("role") == "scdl" and item.get("stage") in _PREFERRED
    ]
    return sorted(tables, key=lambda item: _PREFERRED.index(item["stage"]))


def _figures(values: Any, labels: Mapping[str, str]) -> list[dict[str, Any]]:
    """Figures that are known, in cents."""
    return [
        {"label": labels.get(name, name), "cents": values[name]}
        for name in _SHOWN
        if isinstance(values.get(name), int)
    ]
