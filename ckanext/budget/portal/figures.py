"""Key figures beside each budget of a list, from the stored summaries: none is computed here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.budget.totem.model import Stage

__all__ = ["key_figures"]

_SHOWN = ("operating_receipts", "operating_expenditure", "gross_saving", "equipment_spending")
_PREFERRED = ("CFU", "CA", "BP", "BS", "DM")


def key_figures(packages: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """By dataset id: ``stage`` (French), and ``figures``, a list of ``label`` and ``cents``."""
    if not tk.h.plugin_loaded("budget_view"):
        return {}
    from ckanext.budget.summaries import store
    from ckanext.budget.summaries.texts import figures

    mains = {package["id"]: main for package in packages if (main := _main(package))}
    found = store.figures_of(main["id"] for main in mains.values())
    labels = {identifier: text["label"] for identifier, text in figures().items()}
    return {
        package_id: {
            "stage": Stage[main["stage"]].title,
            "figures": _figures(found[main["id"]]["figures"], labels),
        }
        for package_id, main in mains.items()
        if main["id"] in found
    }


def _main(package: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The table of the most telling stage: what was spent, else what was voted first."""
    tables = [item for item in package["resources"] if item.get("role") == "scdl"]
    ranked = [item for item in tables if item.get("stage") in _PREFERRED]
    return min(ranked, key=lambda item: _PREFERRED.index(item["stage"]), default=None)


def _figures(values: Any, labels: Mapping[str, str]) -> list[dict[str, Any]]:
    """Figures that are known, in cents."""
    return [
        {"label": labels.get(name, name), "cents": values[name]}
        for name in _SHOWN
        if isinstance(values.get(name), int)
    ]
