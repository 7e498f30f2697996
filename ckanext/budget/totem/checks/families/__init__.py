"""The rules, family by family; importing this package declares them all."""

from __future__ import annotations

from ckanext.budget.totem.checks.families import (
    accounts,
    arithmetic,
    completeness,
    figures,
    identity,
    nomenclature,
    privacy,
    structure,
    table,
)
from ckanext.budget.totem.checks.model import Rule, declared


def rules(scope: str = "") -> tuple[Rule, ...]:
    """Every rule by code, or those of one scope."""
    return tuple(rule for rule in declared() if not scope or rule.scope == scope)
