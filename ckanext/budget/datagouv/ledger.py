"""What is on which other site, so that a lost answer never makes a second dataset."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert

from ckanext.budget.core.tables import push_table

_EMPTY = {
    "organization": "",
    "remote_id": "",
    "page": "",
    "fingerprint": "",
    "resources": {},
    "state": "",
    "message": "",
}


def entries(target: str) -> dict[str, dict[str, Any]]:
    """Entries of a site by dataset."""
    rows = model.Session.execute(sa.select(push_table).where(push_table.c.target == target))
    return {row.package_id: dict(row._mapping) for row in rows}


def keep(entry: dict[str, Any]) -> None:
    """Write the entry and commit: it must outlive whatever comes next."""
    values = {**_EMPTY, **entry, "updated": datetime.now(timezone.utc)}
    statement = insert(push_table).values(values)
    model.Session.execute(
        statement.on_conflict_do_update(index_elements=["package_id", "target"], set_=values)
    )
    model.Session.commit()


def links(package_id: str) -> list[str]:
    """Addresses of the dataset's pages on other sites."""
    query = sa.select(push_table.c.page).where(
        push_table.c.package_id == package_id,
        push_table.c.state == "published",
        push_table.c.page != "",
    )
    return [row.page for row in model.Session.execute(query)]


def summary() -> list[tuple[str, str, int]]:
    """Site, state and number of datasets."""
    columns = push_table.c
    query = (
        sa.select(columns.target, columns.state, sa.func.count())
        .group_by(columns.target, columns.state)
        .order_by(columns.target, columns.state)
    )
    return [tuple(row) for row in model.Session.execute(query)]


def problems() -> list[tuple[str, str]]:
    """Datasets that did not go well, and why."""
    columns = push_table.c
    query = (
        sa.select(columns.package_id, columns.message)
        .where(columns.state.in_(("failed", "sending", "gone")))
        .order_by(columns.package_id)
    )
    return [tuple(row) for row in model.Session.execute(query)]
