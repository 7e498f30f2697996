"""Which bytes each resource was made from, and by which version of ours: a private table."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert

from ckanext.budget.core.tables import is_ready, version_table
from ckanext.budget.totem.maker import MAKER


def of(resource_ids: Iterable[str]) -> dict[str, str]:
    """The keyed digest of each resource that has one; it is never shown."""
    if not is_ready():
        return {}
    query = sa.select(version_table).where(version_table.c.resource_id.in_(list(resource_ids)))
    return {row.resource_id: row.digest for row in model.Session.execute(query)}


def outdated(resource_ids: Iterable[str]) -> set[str]:
    """Those that an earlier version of the conversion and the masking made."""
    if not is_ready():
        return set()
    query = sa.select(version_table.c.resource_id).where(
        version_table.c.resource_id.in_(list(resource_ids)), version_table.c.maker < MAKER
    )
    return set(model.Session.execute(query).scalars())


def keep(resource_ids: Iterable[str], digest: str, maker: int = MAKER) -> None:
    """Write it in the current transaction: it lives and dies with the publication."""
    rows = [{"resource_id": name, "digest": digest, "maker": maker} for name in resource_ids]
    if not rows or not is_ready():
        return
    query = insert(version_table).values(rows)
    told = {"digest": query.excluded.digest, "maker": query.excluded.maker}
    model.Session.execute(query.on_conflict_do_update(index_elements=["resource_id"], set_=told))
