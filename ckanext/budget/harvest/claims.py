"""Which harvest jobs and objects are being worked on, by processes that are alive.

A claim is an advisory lock of PostgreSQL, held by a connection of its own for as long as the work
lasts. A process that dies, even by kill -9 or with its whole machine, loses its connection and so
its claims: what is neither claimed nor queued was lost, and :mod:`.recovery` puts it back.
"""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Iterable

import sqlalchemy as sa
from ckan import model

_SPACE = int.from_bytes(b"BUDG", "big")
"""First key of the locks, so that nobody else's locks are taken for ours."""

_LOCK_NOT_AVAILABLE = "55P03"
_mine = threading.local()


def take(identifier: str, patience: int) -> bool:
    """Claim the job or object; False when another process still works on it after ``patience`` s.

    One claim at a time: an earlier one of this thread is released.
    """
    release()
    connection = _connection()
    try:
        connection.execute(sa.text(f"SET lock_timeout = {int(patience) * 1000}"))
        lock = sa.text("SELECT pg_advisory_lock(:space, :key)")
        connection.execute(lock, {"space": _SPACE, "key": _key(identifier)})
    except sa.exc.DBAPIError as error:
        if getattr(error.orig, "pgcode", None) == _LOCK_NOT_AVAILABLE:
            return False
        _drop()
        raise
    _mine.identifier = identifier
    return True


def release() -> None:
    """Give back the claim of this thread, if it has one."""
    if not held():
        return
    _mine.identifier = None
    try:
        _connection().execute(sa.text("SELECT pg_advisory_unlock_all()"))
    except sa.exc.DBAPIError:
        _drop()  # the server went away: the lock went with it


def held() -> str | None:
    """The job or object that this thread has claimed."""
    return getattr(_mine, "identifier", None)


def claimed(identifiers: Iterable[str]) -> set[str]:
    """Those of the jobs or objects that some process works on now."""
    query = sa.text(
        "SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 "
        "AND granted AND classid::bigint = :space AND database = "
        "(SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    keys = {row[0] for row in model.Session.execute(query, {"space": _SPACE})}
    return {item for item in identifiers if _key(item) % 2**32 in keys}


def _key(identifier: str) -> int:
    """Signed 32 bits of the identifier's UUID."""
    return int.from_bytes(uuid.UUID(identifier).bytes[:4], "big", signed=True)


def _connection() -> sa.Connection:
    """This thread's connection for claims; a forked process makes its own."""
    if getattr(_mine, "pid", None) != os.getpid():
        engine = model.Session.get_bind()
        connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        _mine.connection, _mine.pid = connection, os.getpid()
    return _mine.connection


def _drop() -> None:
    """Forget the connection: the next claim opens another."""
    _mine.identifier = _mine.pid = None
    connection, _mine.connection = _mine.connection, None
    connection.invalidate()
    connection.close()
