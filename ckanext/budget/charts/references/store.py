"""Imported figures in the database: replaced whole, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.budget.charts.references.table import PRICE_INDEX, Row
from ckanext.budget.core.tables import reference_table

_KEPT_YEARS = 3
"""An older average says nothing of a year."""


def replace(rows: Iterable[Row]) -> int:
    """These rows instead of all those of their kind (averages, or prices); how many."""
    found = [row._asdict() for row in rows]
    is_price = reference_table.c.figure == PRICE_INDEX
    are_prices = any(row["figure"] == PRICE_INDEX for row in found)
    model.Session.execute(reference_table.delete().where(is_price if are_prices else ~is_price))
    if found:
        model.Session.execute(reference_table.insert(), found)
    model.Session.commit()
    return len(found)


def averages(kind: str, nature: str, year: int, population: int) -> dict[str, dict[str, Any]]:
    """``value`` (cents per inhabitant), ``year`` and ``source`` by figure: those of the stratum in
    that year, else in the last one before, of at most three years."""
    table = reference_table.c
    query = (
        sa.select(table.figure, table.value, table.year, table.source)
        .where(table.figure != PRICE_INDEX, table.kind == kind, table.nature == nature)
        .where(table.year.between(year - _KEPT_YEARS, year), table.population_min <= population)
        .where(sa.or_(table.population_max.is_(None), table.population_max >= population))
        # Of strata that overlap, the narrowest speaks last.
        .order_by(table.year, table.population_min)
    )
    return {
        row.figure: {"value": row.value, "year": row.year, "source": row.source}
        for row in model.Session.execute(query)
    }


def prices() -> dict[str, Any] | None:
    """``index`` by year and ``source`` of the consumer prices; None when none was imported."""
    table = reference_table.c
    query = sa.select(table.year, table.value, table.source).where(table.figure == PRICE_INDEX)
    rows = model.Session.execute(query.order_by(table.year)).all()
    if not rows:
        return None
    return {"index": {str(row.year): row.value for row in rows}, "source": rows[-1].source}
