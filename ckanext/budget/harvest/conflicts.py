"""A document that a source offers and that another organisation publishes: noted, then settled."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckanext.harvest.model import HarvestSource
from sqlalchemy.dialects.postgresql import insert

from ckanext.budget import sheet
from ckanext.budget.core.compat import extras
from ckanext.budget.core.errors import ForeignDataset
from ckanext.budget.core.tables import conflict_table as table
from ckanext.budget.publication.organizations import may_own

LIMIT = 1000
"""Conflicts of one answer."""

DECISIONS = {"accept": "accepted", "refuse": "refused"}


def check(
    source: HarvestSource, setting: Mapping[str, Any], slug: str, package: Mapping[str, Any]
) -> None:
    """Raise ForeignDataset unless the source may write the document ``slug`` of ``package``.

    ``package``: ``id``, ``owner_org`` and ``siret``. A dataset without organisation is the
    portal's: a source is never its owner.
    """
    siren = str(package.get("siret") or slug)[:9]
    if package.get("owner_org") in may_own(setting["organization"], siren, source.id):
        return
    owner_id = package.get("owner_org") or ""
    state = _state_of(slug, package["id"], source.id, owner_id)
    if state == "accepted":
        return
    owner = model.Group.get(owner_id) if owner_id else None
    title = (owner.title or owner.name) if owner else "le portail"
    found = model.Package.get(package["id"])
    is_secret = found is None or found.private or found.state != model.State.ACTIVE
    raise ForeignDataset(
        slug, package["id"], owner_id, "" if is_secret else title, state == "refused"
    )


def _state_of(slug: str, package_id: str, source_id: str, owner_id: str) -> str | None:
    """``open``, ``accepted`` or ``refused``; None when there never was a conflict."""
    query = sa.select(table.c.state).filter_by(
        slug=slug, package_id=package_id, source_id=source_id, owner_id=owner_id
    )
    return model.Session.execute(query).scalar()


def is_accepted(slug: str, package_id: str, source_id: str) -> bool:
    """Whether the owner lets the source write the document ``slug`` of the dataset."""
    query = sa.select(table.c.id).filter_by(
        slug=slug, package_id=package_id, source_id=source_id, state="accepted"
    )
    return model.Session.execute(query.limit(1)).scalar() is not None


def note(error: ForeignDataset, source_id: str) -> None:
    """Keep the conflict, once. Not committed."""
    row = {
        "id": str(uuid.uuid4()),
        "slug": error.slug,
        "package_id": error.package_id,
        "source_id": source_id,
        "owner_id": error.owner_id,
        "state": "open",
        "created": datetime.now(timezone.utc),
    }
    model.Session.execute(insert(table).values(row).on_conflict_do_nothing())


def find(identifier: str) -> dict[str, Any] | None:
    """One conflict."""
    query = sa.select(table).where(table.c.id == identifier)
    row = model.Session.execute(query).mappings().first()
    return dict(row) if row else None


def listed(organizations: list[str] | None, **only: str) -> list[dict[str, Any]]:
    """Conflicts whose dataset or source is of the ``organizations`` (None: any), newest first.

    ``only``: ``package_id``, ``source_id``, ``state`` or ``id``. Each with the titles of both
    sides, and the ``title`` and ``siren`` of the document. The side of the source does not learn
    that another organisation has a private or deleted budget.
    """
    dataset, source = sa.orm.aliased(model.Package), sa.orm.aliased(model.Package)
    owner, offering = sa.orm.aliased(model.Group), sa.orm.aliased(model.Group)
    query = (
        sa.select(
            table,
            owner.title.label("owner"),
            source.title.label("source"),
            offering.title.label("source_owner"),
            offering.name.label("source_org"),
            extras(dataset)["siren"].astext.label("siren"),
        )
        .outerjoin(dataset, dataset.id == table.c.package_id)
        .outerjoin(source, source.id == table.c.source_id)
        .outerjoin(owner, owner.id == dataset.owner_org)
        .outerjoin(offering, offering.id == source.owner_org)
        .where(*(table.c[name] == value for name, value in only.items()))
        .order_by(table.c.created.desc())
        .limit(LIMIT)
    )
    if organizations is not None:
        is_public = sa.and_(dataset.private.is_(False), dataset.state == model.State.ACTIVE)
        sides = (
            dataset.owner_org.in_(organizations),
            sa.and_(source.owner_org.in_(organizations), is_public),
        )
        query = query.where(sa.or_(*sides))
    return [_told(dict(row)) for row in model.Session.execute(query).mappings()]


def _told(row: dict[str, Any]) -> dict[str, Any]:
    siren = row["siren"] or row["slug"][:9]
    return row | {"title": sheet.title_of(row["slug"]), "siren": siren}


def number_open(organizations: list[str] | None) -> int:
    """How many wait for a decision of the ``organizations``, as owners (None: of anybody)."""
    query = sa.select(sa.func.count()).select_from(table)
    query = query.join(model.Package, model.Package.id == table.c.package_id)
    query = query.where(table.c.state == "open")
    if organizations is not None:
        query = query.where(model.Package.owner_org.in_(organizations))
    return model.Session.execute(query).scalar() or 0


def settle(identifier: str, decision: str, user_id: str) -> None:
    """Write the decision (``accept`` or ``refuse``) down, and commit."""
    now = datetime.now(timezone.utc)
    statement = sa.update(table).where(table.c.id == identifier)
    model.Session.execute(
        statement.values(state=DECISIONS[decision], settled=now, settled_by=user_id)
    )
    model.Session.commit()
