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
from ckanext.budget.harvest import grants
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
    state = _decision(source, slug, package["id"], owner_id=owner_id)
    if state == "accepted":
        return
    owner = model.Group.get(owner_id) if owner_id else None
    title = (owner.title or owner.name) if owner else "le portail"
    found = model.Package.get(package["id"])
    is_secret = found is None or found.private or found.state != model.State.ACTIVE
    raise ForeignDataset(
        slug, package["id"], owner_id, "" if is_secret else title, state == "refused"
    )


def _decision(source: HarvestSource, slug: str, package_id: str, **only: str) -> str | None:
    """``accepted`` or ``refused``; None when nothing is decided of the source as it is."""
    query = sa.select(table.c.state).filter_by(
        slug=slug, package_id=package_id, source_id=source.id, **only
    )
    holds = sa.or_(table.c.state == "refused", _is_accepted_as(grants.mark_of(source)))
    return model.Session.execute(query.where(holds).order_by(table.c.state)).scalar()


def _is_accepted_as(mark: str) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.state == "accepted", table.c.fingerprint == mark)


def is_accepted(source: HarvestSource, slug: str, package_id: str) -> bool:
    """Whether the owner lets the source, as it is, write the document ``slug`` of the dataset."""
    return _decision(source, slug, package_id) == "accepted"


_REOPENED = {"state": "open", "settled": None, "settled_by": None, "fingerprint": None}


def note(error: ForeignDataset, source_id: str) -> None:
    """Keep the conflict, once: one that was accepted is open again. Not committed.

    It was accepted of another address, configuration or organisation of the source, else the
    document would have been published.
    """
    row = {
        "id": str(uuid.uuid4()),
        "slug": error.slug,
        "package_id": error.package_id,
        "source_id": source_id,
        "owner_id": error.owner_id,
        "state": "open",
        "created": datetime.now(timezone.utc),
    }
    statement = insert(table).values(row)
    model.Session.execute(
        statement.on_conflict_do_update(
            constraint="budget_conflict_key", set_=_REOPENED, where=table.c.state == "accepted"
        )
    )


def reopen(source: HarvestSource) -> None:
    """What was accepted of the source as it was is to be settled again. Not committed."""
    is_stale = table.c.fingerprint.is_distinct_from(grants.mark_of(source))
    accepted = sa.update(table).filter_by(source_id=source.id, state="accepted")
    model.Session.execute(accepted.where(is_stale).values(_REOPENED))


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
    """Write the decision (``accept`` or ``refuse``) about the source as it is down, and commit."""
    row = find(identifier)
    source = HarvestSource.get(row["source_id"]) if row else None
    values = {
        "state": DECISIONS[decision],
        "settled": datetime.now(timezone.utc),
        "settled_by": user_id,
        "fingerprint": grants.mark_of(source) if source else None,
    }
    model.Session.execute(sa.update(table).where(table.c.id == identifier).values(values))
    model.Session.commit()
