"""The rules, family by family; importing this package declares them all."""

from __future__ import annotations

from ckanext.budget.totem.checks.families import (
    accounts,
    arithmetic,
    completeness,
    identity,
    nomenclature,
    privacy,
    structure,
    table,
)
