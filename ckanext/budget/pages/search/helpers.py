"""Template helpers of the pages about budgets."""

from __future__ import annotations

from ckanext.budget.config import PLUGIN


def budget_is_built(script: str) -> bool:
    """Whether the front end has this script; every page does its work without one."""
    return (PLUGIN / "assets" / "build" / f"{script}.js").exists()


HELPERS = {"budget_is_built": budget_is_built}
"""Those of templates, by name."""
