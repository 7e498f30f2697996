"""Writes to the table of bodies: each is one transaction, safe to repeat."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert

from ckanext.budget.core.tables import territory_table
from ckanext.budget.pages.territories.outlines import Outline
from ckanext.budget.pages.territories.reference import COLUMNS, Territory

_BATCH = 1000


def save(territories: Iterable[Territory], source: str) -> int:
    """Add or update the bodies; outlines stay, a point stands where there is none yet.

    The number of bodies.
    """
    rows = [_row(territory, source) for territory in territories]
    for start in range(0, len(rows), _BATCH):
        statement = insert(territory_table).values(rows[start : start + _BATCH])
        kept = (*COLUMNS[2:], "source")
        changed: dict[str, Any] = {name: statement.excluded[name] for name in kept}
        known = territory_table.c.geometry
        changed["geometry"] = sa.func.coalesce(known, statement.excluded.geometry)
        model.Session.execute(
            statement.on_conflict_do_update(index_elements=["kind", "code"], set_=changed)
        )
    model.Session.commit()
    return len(rows)


def _row(territory: Territory, source: str) -> dict[str, Any]:
    row = territory._asdict()
    point = row.pop("point")
    geometry = {"type": "Point", "coordinates": list(point)} if point else None
    return {**row, "geometry": geometry, "source": source}


def save_outlines(outlines: Iterable[Outline]) -> tuple[int, int]:
    """Set the outlines of known bodies; how many were set, and how many are of unknown bodies."""
    table = territory_table.c
    known = {
        (row.kind, row.code) for row in model.Session.execute(sa.select(table.kind, table.code))
    }
    found = {(outline.kind, outline.code): outline.geometry for outline in outlines}
    update = (
        territory_table.update()
        .where(table.kind == sa.bindparam("of_kind"), table.code == sa.bindparam("of_code"))
        .values(geometry=sa.bindparam("outline", type_=table.geometry.type))
    )
    rows = [
        {"of_kind": kind, "of_code": code, "outline": geometry}
        for (kind, code), geometry in found.items()
        if (kind, code) in known
    ]
    if rows:
        model.Session.connection().execute(update, rows)
    model.Session.commit()
    return len(rows), len(found) - len(rows)
