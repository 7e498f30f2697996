"""One writer at a time per dataset, whatever the number of processes and machines.

Locks, and whatever needs a second connection while a request or a job holds one already, do not
take it from CKAN's pool: fifteen requests that each hold one of its fifteen connections and each
wait for a second would wait for each other until the pool gives up. They have a pool that never
makes anybody wait.

Nothing of ours waits for ever: another plugin, or an administrator's ``psql``, may hold a lock on a
table or a row and never give it back.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
import sqlalchemy.orm
from ckan import model

from ckanext.budget import config
from ckanext.budget.core.errors import DatasetBusy

_LOCK_NOT_AVAILABLE = "55P03"
_STATEMENT_SECONDS = 1800
"""What no statement of ours takes: half a gigabyte of rows is loaded in a third of it."""


_KEPT_OPEN = 2
"""Connections that a process keeps for the next time; beyond, they are closed after use."""


def second_engine(engine: sa.Engine) -> sa.Engine:
    """An engine to the same database for a second connection, which is there at once.

    Its transactions wait at most ``ckanext.budget.lock_timeout`` seconds for any lock.
    """
    return _second(engine.url, os.getpid())


@lru_cache(maxsize=4)
def _second(url: sa.URL, _process: int) -> sa.Engine:
    """By process: a connection is not shared with a parent."""
    kept = {"pool_size": _KEPT_OPEN, "max_overflow": -1, "pool_use_lifo": True}
    engine = sa.create_engine(url, pool_pre_ping=True, **kept)
    sa.event.listen(engine, "begin", limit)
    return engine


def limit(connection: sa.Connection) -> None:
    """Bound what the transaction waits for, and how long each of its statements runs."""
    seconds = {"lock_timeout": config.lock_timeout(), "statement_timeout": _STATEMENT_SECONDS}
    told = (f"SET LOCAL {name} = {int(value) * 1000}" for name, value in seconds.items())
    connection.exec_driver_sql("; ".join(told))


@contextmanager
def giving_up() -> Iterator[None]:
    """A lock that does not come in time is DatasetBusy: "try again", and no crash."""
    try:
        yield
    except Exception as error:  # SQLAlchemy's, or the driver's own under COPY
        if getattr(getattr(error, "orig", error), "pgcode", None) == _LOCK_NOT_AVAILABLE:
            raise DatasetBusy from error
        raise


@contextmanager
def _impatient(session: sa.orm.Session) -> Iterator[None]:
    """Whatever the block does in CKAN's session has the same limits, in each transaction."""

    def on_begin(_session: Any, _transaction: Any, connection: sa.Connection) -> None:
        limit(connection)

    limit(session.connection())
    sa.event.listen(session, "after_begin", on_begin)
    try:
        yield
    finally:
        sa.event.remove(session, "after_begin", on_begin)


def lock_key(identifier: str) -> int:
    """Key of PostgreSQL's advisory lock (signed 64 bits) for a dataset's UUID."""
    return int.from_bytes(uuid.UUID(identifier).bytes[:8], "big", signed=True)


@contextmanager
def exclusive(*identifiers: str) -> Iterator[None]:
    """Hold PostgreSQL's advisory locks of datasets' or organisations' UUIDs.

    Several are taken in one order by all who take several. The connection is its own: CKAN commits
    in the middle of a publication, and a process that dies frees the locks. Raises DatasetBusy
    after ``ckanext.budget.lock_timeout`` seconds.
    """
    with (
        giving_up(),
        second_engine(model.Session.get_bind()).connect() as connection,
        connection.begin() as transaction,
    ):
        for key in sorted(map(lock_key, identifiers)):
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})
        # What another process has just written must not be hidden by objects read before.
        model.Session.flush()
        model.Session.expire_all()
        try:
            with _impatient(model.Session()):
                yield
        finally:
            transaction.rollback()
