"""One writer at a time per dataset, whatever the number of processes and machines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from ckan import model

from ckanext.budget import config
from ckanext.budget.connections import aside
from ckanext.budget.errors import DatasetBusy
from ckanext.budget.identity import lock_key

_LOCK_NOT_AVAILABLE = "55P03"


@contextmanager
def exclusive(identifier: str) -> Iterator[None]:
    """Hold PostgreSQL's advisory lock of a dataset's or organisation's UUID.

    The lock has its own connection: CKAN commits in the middle of a publication, and a process
    that dies frees it. Raises DatasetBusy after ``ckanext.budget.lock_timeout`` seconds.
    """
    with aside(model.Session.get_bind()).connect() as connection, connection.begin() as transaction:
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
