"""Table ``budget_push``: what is where, so that a lost answer never makes a second dataset."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import JSONB, insert

metadata = sa.MetaData()

push_table = sa.Table(
    "budget_push",
    metadata,
    sa.Column("package_id", sa.Text, primary_key=True),
    sa.Column("target", sa.Text, primary_key=True),
    sa.Column("organization", sa.Text, nullable=False),
    sa.Column("remote_id", sa.Text, nullable=False),
    sa.Column("page", sa.Text, nullable=False),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("resources", JSONB, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
)
"""``target``: address of the udata site; ``state``: sending, published, archived, gone, failed;
``resources``: our resource id -> udata's; ``fingerprint``: of what was last accepted."""

_EMPTY = {
    "organization": "",
    "remote_id": "",
    "page": "",
    "fingerprint": "",
    "resources": {},
    "state": "",
    "message": "",
}


def is_ready() -> bool:
    """Whether the table exists (``ckan db upgrade -p budget``)."""
    return sa.inspect(model.Session.connection()).has_table(push_table.name)


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
