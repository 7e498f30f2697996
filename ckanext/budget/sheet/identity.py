"""Stable names and identifiers: the same budget always has the same addresses.

A document is (SIRET, exercise, stage, number), written as the slug of its header; a dataset is
one budget (SIRET) for one exercise. Identifiers are UUID version 5 (RFC 9562), so that any
process on any machine finds the same ones without asking a database.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Hashable, Iterable
from typing import Any, TypeVar

from ckanext.budget.totem.model import Header

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "ckanext-budget")

_T = TypeVar("_T")


OPEN_DATASET = "budgets-toutes-les-lignes"
"""Address of the one dataset of all budgets: see ``opendata``."""


def open_dataset_id(path: str = "") -> str:
    """UUID of the one dataset of all budgets, or of its file at ``path``."""
    return str(uuid.uuid5(_NAMESPACE, f"opendata/{path}"))


def dataset_key(header: Header, per: str = "exercise") -> str:
    """What a dataset groups: one ``exercise`` of a budget, one ``budget``, or one ``document``."""
    if per == "document":
        return header.slug
    return header.siret if per == "budget" else f"{header.siret}-{header.fiscal_year}"


def dataset_name(header: Header, per: str = "exercise") -> str:
    """Address of the dataset: ``budget-21560046100010-2022``."""
    return f"budget-{dataset_key(header, per)}"


def dataset_id(header: Header, per: str = "exercise") -> str:
    """UUID of the dataset of this document."""
    return str(uuid.uuid5(_NAMESPACE, f"dataset/{dataset_key(header, per)}"))


def resource_id(slug: str, role: str) -> str:
    """UUID of one resource of one document; ``role`` is a choice of the sheet (scdl, xml…)."""
    return str(uuid.uuid5(_NAMESPACE, f"document/{slug}/{role}"))


def is_reserved(identifier: Any) -> bool:
    """Ids made from names (RFC 9562, version 5): ours. CKAN's own are drawn at random."""
    try:
        return uuid.UUID(str(identifier)).version == 5
    except ValueError:
        return False


def speaking(tables: Iterable[_T], told: Callable[[_T], tuple[Hashable, str, str]]) -> list[_T]:
    """The tables that may stand beside each other as those of one public body.

    A table added by hand to a sheet says whose budget it is, and nobody checked it: it leaves the
    place to the published documents of that budget and exercise when another organisation has them.
    ``told``: budget and exercise, id of the resource, id of the organisation.
    """
    tables = list(tables)
    published: dict[Hashable, set[str]] = {}
    for budget, resource, organization in map(told, tables):
        if is_reserved(resource):
            published.setdefault(budget, set()).add(organization)

    def speaks(table: _T) -> bool:
        budget, resource, organization = told(table)
        owners = published.get(budget)
        return not owners or is_reserved(resource) or organization in owners

    return [table for table in tables if speaks(table)]
