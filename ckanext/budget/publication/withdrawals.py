"""What publishers withdrew: a table of its own, for CKAN forgets deleted resources.

``withdrawn``: off line, and no harvest brings it back; ``allowed``: off line, its source may
publish it again; ``back``: on line again. At most one row of a document is not ``back``.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.budget.core.access import user_of
from ckanext.budget.core.tables import is_ready
from ckanext.budget.core.tables import withdrawal_table as table
from ckanext.budget.publication.prepared import Prepared

WITHDRAWN, ALLOWED, BACK = "withdrawn", "allowed", "back"


@dataclass(frozen=True)
class Withdrawal:
    """One document that its publisher took off line; ``resources`` are those it had."""

    id: str
    package_id: str
    slug: str
    title: str
    reason: str
    state: str
    resources: list[dict[str, Any]]
    withdrawn: datetime
    withdrawn_by: str
    settled: datetime | None
    settled_by: str | None

    @property
    def day(self) -> str:
        """``27/11/2026``: as sentences say it."""
        return f"{self.withdrawn:%d/%m/%Y}"

    @property
    def known(self) -> dict[str, dict[str, Any]]:
        """Its resources by role: published again, the document keeps their ids and names."""
        return {item["role"]: item for item in self.resources}


def add(
    package_id: str,
    slug: str,
    title: str,
    reason: str,
    resources: list[dict[str, Any]],
    context: Mapping[str, Any],
) -> None:
    """Note a withdrawal by the user of ``context``, in the current transaction."""
    row = {
        "id": str(uuid.uuid4()),
        "package_id": package_id,
        "slug": slug,
        "title": title,
        "reason": reason,
        "state": WITHDRAWN,
        "resources": resources,
        "withdrawn": datetime.now(timezone.utc),
        "withdrawn_by": _user_id(context),
    }
    model.Session.execute(table.insert().values(row))


def settle(package_id: str, slug: str, context: Mapping[str, Any], state: str = BACK) -> None:
    """The document may come back, or is back; in the current transaction."""
    if not is_ready():
        return
    now = datetime.now(timezone.utc)
    model.Session.execute(
        table.update()
        .where(table.c.package_id == package_id, table.c.slug == slug, table.c.state != BACK)
        .values(state=state, settled=now, settled_by=_user_id(context))
    )


def _user_id(context: Mapping[str, Any]) -> str:
    user = user_of(context)
    return user.id if user else ""


def of(package_id: str) -> list[Withdrawal]:
    """The withdrawals of the dataset, newest first, those that are over included."""
    return _found(table.c.package_id == package_id)


def in_the_way(package_id: str, prepared: Prepared) -> Withdrawal | None:
    """The withdrawal that the document meets: its own, or that of a document with its figures.

    A table made elsewhere does not tell its number: any amending decision of the exercise counts.
    """
    slug = prepared.header.slug
    own = pending(package_id, slug)
    if own is not None or prepared.xml is not None:
        return own
    found = _found(table.c.package_id == package_id, table.c.state == WITHDRAWN)
    return next((item for item in found if item.slug.startswith(f"{slug}-")), None)


def pending(package_id: str, slug: str) -> Withdrawal | None:
    """The document's withdrawal while it is off line."""
    found = _found(table.c.package_id == package_id, table.c.slug == slug, table.c.state != BACK)
    return found[0] if found else None


def all_pending(
    package_ids: Collection[str | None] | None = None,
) -> Mapping[tuple[str, str], Withdrawal]:
    """Every document that is off line (of these datasets), by dataset and slug."""
    of_these = [] if package_ids is None else [table.c.package_id.in_(package_ids)]
    found = _found(table.c.state != BACK, *of_these)
    return {(item.package_id, item.slug): item for item in found}


def resource_ids() -> set[str]:
    """Ids of the resources of what is off line: their files and digests are still needed."""
    return {item["id"] for row in all_pending().values() for item in row.resources}


def forget_files(before: datetime) -> list[str]:
    """Withdrawals older than ``before`` lose their resources; ids of these (not committed)."""
    old = _found(table.c.state != BACK, table.c.withdrawn < before)
    gone = [item["id"] for row in old for item in row.resources]
    for row in old:
        model.Session.execute(table.update().where(table.c.id == row.id).values(resources=[]))
    return gone


def _found(*conditions: Any) -> list[Withdrawal]:
    if not is_ready():
        return []
    query = sa.select(table).where(*conditions).order_by(table.c.withdrawn.desc())
    return [Withdrawal(**row) for row in model.Session.execute(query).mappings()]
