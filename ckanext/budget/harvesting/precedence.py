"""One document offered at several places: which place is published, and what when it goes away.

The place with the highest ``precedence`` of its source wins; among equals the latest vote; then the
one that is online already. The others are remembered as seen, with the same dataset, so that
nothing is published twice and that they take over when the winner disappears.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckanext.harvest.model import HarvestObject, HarvestSource

from ckanext.budget import collect
from ckanext.budget.harvest_memory import Note
from ckanext.budget.totem.model import Header

__all__ = ["Holder", "holders", "prevails", "release"]


@dataclass(frozen=True)
class Holder:
    """A place where a published document is offered: its current harvest object."""

    id: str
    guid: str
    source_id: str
    note: Note


def holders(package_id: str, slug: str) -> list[Holder]:
    """Every place that offers the document ``slug`` of the dataset."""
    query = model.Session.query(
        HarvestObject.id, HarvestObject.guid, HarvestObject.harvest_source_id, HarvestObject.content
    ).filter(HarvestObject.package_id == package_id, HarvestObject.current.is_(True))
    found = [
        Holder(row.id, row.guid, row.harvest_source_id, Note.loads(row.content)) for row in query
    ]
    return sorted((item for item in found if item.note.slug == slug), key=lambda item: item.id)


def prevails(candidate: HarvestObject, header: Header, published: Mapping[str, Any]) -> bool:
    """Whether the candidate's document replaces the ``published`` one (its SCDL resource).

    Both are the same document (slug) with different bytes.
    """
    former = HarvestObject.get(published.get("harvest_object_id") or "")
    if published.get("withdrawn_on") or (former and not _rivals(candidate, former)):
        return True
    theirs = precedence_of(former.harvest_source_id) if former else 0
    mine = precedence_of(candidate.harvest_source_id)
    return (mine, header.vote_date or "") > (theirs, published.get("voted_on") or "")


def _rivals(candidate: HarvestObject, former: HarvestObject) -> bool:
    """Whether the published document came from another place, which still offers it."""
    if (former.harvest_source_id, former.guid) == (candidate.harvest_source_id, candidate.guid):
        return False
    return former.guid in _offered(former, candidate)


def _offered(former: HarvestObject, candidate: HarvestObject) -> set[str]:
    """The former's locator, if the last listing of its source has it."""
    job = candidate.harvest_job_id
    if former.harvest_source_id != candidate.harvest_source_id:
        job = _last_job(former.harvest_source_id)
    query = model.Session.query(HarvestObject.guid).filter(
        HarvestObject.harvest_job_id == job,
        HarvestObject.guid == former.guid,
        ~HarvestObject.content.contains('"action": "withdraw"'),
    )
    return {row.guid for row in query}


def _last_job(source_id: str) -> str | None:
    """The last job of the source that listed something."""
    from ckanext.harvest.model import HarvestJob

    has_objects = sa.exists().where(HarvestObject.harvest_job_id == HarvestJob.id)
    return (
        model.Session.query(HarvestJob.id)
        .filter(HarvestJob.source_id == source_id, has_objects)
        .order_by(HarvestJob.created.desc())
        .limit(1)
        .scalar()
    )


def precedence_of(source_id: str) -> int:
    """The ``precedence`` of a source's configuration; 0 when it has none or is unreadable."""
    source = HarvestSource.get(source_id)
    try:
        return collect.validate_config(source.config if source else "")["precedence"]
    except collect.ConfigError:
        return 0


def release(others: list[Holder]) -> None:
    """Have the documents of these places fetched again at their next harvest."""
    for holder in others:
        note = replace(holder.note, listed=None, etag=None, modified=None, sha256=None)
        query = model.Session.query(HarvestObject).filter_by(id=holder.id)
        query.update({"content": note.dumps()}, synchronize_session="fetch")
    model.Session.flush()
