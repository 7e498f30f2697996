"""Which rules a report was made with: the checks' own version and the charts of accounts."""

from __future__ import annotations

from ckanext.budget.totem import nomenclature
from ckanext.budget.totem.checks.model import RULES_VERSION


def rules_version() -> str:
    """``1.0-3f2a9c01``: changes with the rules and with any official plan, and only then. A plan
    added to the portal's folder counts: what was published is checked again."""
    return f"{RULES_VERSION}-{charts_version()}"


def charts_version() -> str:
    """The part of it that changes with the charts of accounts alone."""
    return nomenclature.fingerprint()[:8]
