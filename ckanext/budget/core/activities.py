"""CKAN's activity stream: at each change it keeps the whole dataset as it was.

What is erased elsewhere is erased there, by SQL: the rows stay when the plugin ``activity`` is not
loaded any more.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

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


_LOST = (
    # the budget
    "activity_type LIKE '% package' AND data LIKE :budget "
    "AND NOT EXISTS (SELECT FROM package WHERE id = activity.object_id)",
    # a resource of the budget as it was then
    "activity_type LIKE '% package' AND data LIKE :budget AND timestamp < :before AND EXISTS ("
    "SELECT FROM json_array_elements(data::json #> '{package,resources}') AS held "
    "WHERE held ->> 'id' <> ALL(:kept) "
    "AND NOT EXISTS (SELECT FROM resource WHERE id = held ->> 'id'))",
    # the resource of a view; ids of version 5 are ours, also when their dataset went
    "activity_type LIKE '% resource view' AND timestamp < :before "
    "AND (data::json ->> 'resource_id' LIKE '________-____-5%' "
    "OR object_id IN (SELECT id FROM package WHERE type = 'budget')) "
    "AND data::json ->> 'resource_id' <> ALL(:kept) "
    "AND NOT EXISTS (SELECT FROM resource WHERE id = data::json ->> 'resource_id')",
)
"""What a revision of a budget is about, when CKAN does not know it any more."""


def forget_lost(before: datetime, kept: Collection[str]) -> int:
    """Remove the revisions of budgets and resources that are no more, however they went.

    CKAN drops the row of a deleted resource at the next change of its dataset: nobody else tells
    of it. ``before`` (UTC, naive): younger revisions of a dataset that is there stay; ``kept``: ids
    of resources that may come back. In the transaction of the caller; the number of revisions.
    """
    if not _is_there():
        return 0
    values = {"budget": '%"type": "budget"%', "before": before, "kept": list(kept)}
    return sum(_remove(condition, **values) for condition in _LOST)


def _is_there() -> bool:
    return sa.inspect(model.Session.connection()).has_table("activity")


def _remove(condition: str, **values: object) -> int:
    found = f"SELECT id FROM activity WHERE {condition}"
    values = {name: value for name, value in values.items() if f":{name}" in condition}
    details = sa.text(f"DELETE FROM activity_detail WHERE activity_id IN ({found})")
    model.Session.execute(details, values)
    query = sa.text(f"DELETE FROM activity WHERE {condition}")
    return int(model.Session.execute(query, values).rowcount)  # type: ignore[attr-defined]
