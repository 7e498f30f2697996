"""Template helpers of the pages about budgets."""

from __future__ import annotations

from pathlib import Path

import ckan.plugins.toolkit as tk

from ckanext.budget.helpers import choice_labels

__all__ = ["budget_choice_label", "budget_map_is_built", "budget_money"]

_MAP = Path(__file__).parent.parent / "assets" / "build" / "budget-map.js"


def budget_map_is_built() -> bool:
    """Whether the front end has been built; without it the page still has its tables."""
    return _MAP.exists()


def budget_choice_label(field: str, value: str) -> str:
    """Label of a choice of the sheet in the reader's language."""
    return choice_labels(field).get(value, value or "")


def budget_money(cents: int) -> str:
    """Whole euros, as in ``1 234 567 €``."""
    from babel.numbers import format_currency

    euros = (cents + (50 if cents >= 0 else -50)) // 100
    return format_currency(
        euros,
        "EUR",
        locale=tk.h.lang(),
        format="#,##0 ¤" if tk.h.lang() == "fr" else "¤#,##0",
        currency_digits=False,
    )
