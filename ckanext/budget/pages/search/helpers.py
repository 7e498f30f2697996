"""Template helpers of the pages about budgets."""

from __future__ import annotations

from ckanext.budget.config import PACKAGE

_MAP = PACKAGE / "assets" / "build" / "budget-map.js"


def budget_map_is_built() -> bool:
    """Whether the front end has been built; without it the page still has its tables."""
    return _MAP.exists()


HELPERS = {"budget_map_is_built": budget_map_is_built}
"""Those of templates, by name."""
