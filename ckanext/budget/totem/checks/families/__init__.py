"""The rules, family by family; importing this package declares them all."""

from __future__ import annotations

import logging
from functools import cache
from importlib.metadata import entry_points

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

log = logging.getLogger(__name__)

GROUP = "ckanext.budget.rules"


@cache
def foreign() -> tuple[Rule, ...]:
    """Rules that other distributions declare: each entry point of the group is a module of theirs,
    whose ``@rule`` are declared by its import. One that cannot be loaded is logged."""
    own = declared()
    for point in entry_points(group=GROUP):
        try:
            point.load()
        except Exception as error:
            log.error("rules %s (%s) are not used: %s", point.name, point.value, error)
    return tuple(rule for rule in declared() if rule not in own)


def rules(scope: str = "") -> tuple[Rule, ...]:
    """Every rule by code, or those of one scope; those of other distributions among them."""
    foreign()
    return tuple(rule for rule in declared() if not scope or rule.scope == scope)
