"""One writer at a time per dataset, whatever the number of processes and machines.

Locks, and whatever needs a second connection while a request or a job holds one already, do not
take it from the pool: fifteen requests that each hold one of its fifteen connections and each wait
for a second would wait for each other until the pool gives up.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import sqlalchemy as sa
from ckan import model

from ckanext.budget import config
from ckanext.budget.core.errors import DatasetBusy

_LOCK_NOT_AVAILABLE = "55P03"


def unpooled_engine(engine: sa.Engine) -> sa.Engine:
    """An engine to the same database whose connections are opened when asked for, then closed."""
    return _without_pool(engine.url)


@lru_cache(maxsize=4)
def _without_pool(url: sa.URL) -> sa.Engine:
    return sa.create_engine(url, poolclass=sa.NullPool)


def lock_key(identifier: str) -> int:
    """Key of PostgreSQL's advisory lock (signed 64 bits) for a dataset's UUID."""
    return int.from_bytes(uuid.UUID(identifier).bytes[:8], "big", signed=True)


@contextmanager
def exclusive(identifier: str) -> Iterator[None]:
    """Hold PostgreSQL's advisory lock of a dataset's or organisation's UUID.

    The lock has its own connection: CKAN commits in the middle of a publication, and a process
    that dies frees it. Raises DatasetBusy after ``ckanext.budget.lock_timeout`` seconds.
    """
    with (
        unpooled_engine(model.Session.get_bind()).connect() as connection,
        connection.begin() as transaction,
    ):
        _take(connection, identifier)
        # What another process has just written must not be hidden by objects read before.
        model.Session.flush()
        model.Session.expire_all()
        try:
            yield
        finally:
            transaction.rollback()


def _take(connection: sa.Connection, identifier: str) -> None:
    connection.execute(sa.text(f"SET LOCAL lock_timeout = {int(config.lock_timeout()) * 1000}"))
    try:
        connection.execute(
            sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": lock_key(identifier)}
        )
    except sa.exc.OperationalError as error:
        if getattr(error.orig, "pgcode", None) == _LOCK_NOT_AVAILABLE:
            raise DatasetBusy from error
        raise
