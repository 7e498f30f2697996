"""Choices of the portal and of each view: first tab, hidden tabs, colours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

TABS = (
    "essentiel", "flux", "repartition", "execution", "dette", "subventions", "personnel", "impots",
    "programmes", "bilan", "ratios", "evolution", "comparer", "annexes", "tableau",
)  # fmt: skip
PALETTES = ("default", "contrast", "mono")

_PREFIX = "ckanext.budget.view."


def budget_view_tab(value: Any) -> Any:
    """One of the tabs."""
    if value not in TABS:
        raise tk.Invalid(tk._("Unknown tab; choose one of: {tabs}").format(tabs=", ".join(TABS)))
    return value


def budget_view_tabs(value: Any) -> list[str]:
    """A list of tabs, from a form, JSON or text; never all of them."""
    words = value.replace(",", " ").split() if isinstance(value, str) else list(value or ())
    hidden = [budget_view_tab(word) for word in words if word]
    if set(hidden) >= set(TABS):
        raise tk.Invalid(tk._("Leave at least one tab"))
    return hidden


def budget_view_palette(value: Any) -> Any:
    """One of the palettes."""
    if value not in PALETTES:
        raise tk.Invalid(
            tk._("Unknown colours; choose one of: {palettes}").format(palettes=", ".join(PALETTES))
        )
    return value


VALIDATORS = {
    "budget_view_tab": budget_view_tab,
    "budget_view_tabs": budget_view_tabs,
    "budget_view_palette": budget_view_palette,
}


def view_schema() -> dict[str, Any]:
    """Fields of a view's form, beside CKAN's own title and description."""
    absent = tk.get_validator("ignore_empty")
    return {
        "first_tab": [absent, budget_view_tab],
        "hidden_tabs": [tk.get_validator("ignore_missing"), budget_view_tabs],
        "palette": [absent, budget_view_palette],
    }


def settings_of(view: Mapping[str, Any]) -> dict[str, Any]:
    """``tabs`` (visible ones, the first is where to start) and ``palette`` of a view.

    ``view`` may come from the address of a preview: what is not a choice counts for nothing.
    """
    hidden = hidden_tabs(view)
    visible = [tab for tab in TABS if tab not in hidden] or list(TABS[:1])
    first = view.get("first_tab") or tk.config.get(_PREFIX + "first_tab")
    palette = view.get("palette") or tk.config.get(_PREFIX + "palette")
    return {
        "tabs": sorted(visible, key=lambda tab: tab != first),
        "palette": palette if palette in PALETTES else PALETTES[0],
    }


def hidden_tabs(view: Mapping[str, Any]) -> list[str]:
    """Those of the view, or the portal's when the view was never saved."""
    chosen = view.get("hidden_tabs")
    if chosen is None:
        chosen = tk.config.get(_PREFIX + "hidden_tabs") or []
    words = chosen.split() if isinstance(chosen, str) else chosen
    return [tab for tab in TABS if isinstance(words, list) and tab in words]
