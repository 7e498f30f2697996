"""CKAN's activity stream: at each change it keeps the whole dataset as it was.

What is erased elsewhere is erased there, by SQL: the rows stay when the plugin ``activity`` is not
loaded any more.
"""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from ckan import model


def forget(identifiers: Collection[str]) -> int:
    """Remove the revisions of these datasets, and those that hold these resources; their number.

    In the transaction of the caller.
    """
    if not identifiers or not _is_there():
        return 0
    ids = list(identifiers)
    held = [f"%{identifier}%" for identifier in ids]
    return _remove("object_id = ANY(:ids) OR data LIKE ANY(:held)", ids=ids, held=held)


def forget_lost() -> int:
    """Remove the revisions of budgets that CKAN does not know any more, however they went."""
    if not _is_there():
        return 0
    return _remove(
        "activity_type LIKE '%package' AND data LIKE :budget "
        "AND NOT EXISTS (SELECT FROM package WHERE package.id = activity.object_id)",
        budget='%"type": "budget"%',
    )


def _is_there() -> bool:
    return sa.inspect(model.Session.connection()).has_table("activity")


def _remove(condition: str, **values: object) -> int:
    found = f"SELECT id FROM activity WHERE {condition}"
    details = sa.text(f"DELETE FROM activity_detail WHERE activity_id IN ({found})")
    model.Session.execute(details, values)
    query = sa.text(f"DELETE FROM activity WHERE {condition}")
    return int(model.Session.execute(query, values).rowcount)  # type: ignore[attr-defined]
