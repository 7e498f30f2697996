"""What is on line that a table should be like: a table in cents is a hundred times its own past."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from ckan import model

from ckanext.budget.core.storage import path_of
from ckanext.budget.sheet.identity import resource_id
from ckanext.budget.totem.checks.scdl import totals
from ckanext.budget.totem.model import Stage
from ckanext.budget.totem.tables import NotScdl, Rows, survey

_WHOLE = (Stage.BP, Stage.CA, Stage.CFU)
"""Stages of whole budgets: a change is like no other."""


def totals_like(rows: Sequence[Rows]) -> dict[str, int]:
    """Expenses in cents, by element, of the same document as its XML has them, else of last year's
    of the same stage; empty when neither is on line, or when ``rows`` are not of one document."""
    if len(rows) != 1 or not rows[0].year.isdecimal():
        return {}
    return next((found for path in _tables_like(rows[0]) if (found := totals(path))), {})


def reference_of(stream: BinaryIO) -> dict[str, int]:
    """The same for a table that was not read yet; empty for what is no table."""
    try:
        return totals_like(survey(stream).rows)
    except NotScdl:
        return {}  # the check says why


def _tables_like(rows: Rows) -> Iterator[Path]:
    stages = [stage for stage in _WHOLE if stage.label == rows.stage]
    for year, role in ((int(rows.year), "xml"), (int(rows.year) - 1, "scdl")):
        for stage in stages:
            slug = f"{rows.siret}-{year}-{stage.name.lower()}"
            path = path_of(resource_id(slug, "scdl"))
            if path and path.exists() and is_on_line(resource_id(slug, role)):
                yield path


def is_on_line(identifier: str) -> bool:
    """Whether everybody may read this resource."""
    found = model.Resource.get(identifier)
    if found is None or found.package.private:
        return False
    return "active" == found.state == found.package.state
