"""Which bytes each resource was made from: a private table of keyed digests, never shown."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert

from ckanext.budget.core.tables import is_ready, version_table


def of(resource_ids: Iterable[str]) -> dict[str, str]:
    """The keyed digest of each resource that has one."""
    if not is_ready():
        return {}
    query = sa.select(version_table).where(version_table.c.resource_id.in_(list(resource_ids)))
    return {row.resource_id: row.digest for row in model.Session.execute(query)}


def keep(resource_ids: Iterable[str], digest: str) -> None:
    """Write it in the current transaction: it lives and dies with the publication."""
    rows = [{"resource_id": identifier, "digest": digest} for identifier in resource_ids]
    if not rows or not is_ready():
        return
    query = insert(version_table).values(rows)
    model.Session.execute(
        query.on_conflict_do_update(
            index_elements=["resource_id"], set_={"digest": query.excluded.digest}
        )
    )
