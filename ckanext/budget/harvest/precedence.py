"""One document offered at several places: which place is published, and what when it goes away.

The place with the highest ``precedence`` of its source wins; among equals the latest vote; of one
vote the version sealed later, else dated later (``publication/version_order``); then the one that
is online already. The others are remembered as seen, with the same dataset, so that
nothing is published twice and that they take over when the winner disappears.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ckan import model
from ckanext.harvest.model import HarvestObject, HarvestSource

from ckanext.budget import collect
from ckanext.budget.core.errors import SourceHeld
from ckanext.budget.harvest import grants, notes, redaction
from ckanext.budget.harvest.notes import FACTS, WITHDRAW, Note
from ckanext.budget.harvest.objects import last_job
from ckanext.budget.publication import version_order, versions
from ckanext.budget.publication.prepared import Prepared


@dataclass(frozen=True)
class Holder:
    """A place where a published document is offered: its current harvest object."""

    id: str
    guid: str
    source_id: str
    note: Note

    @property
    def place(self) -> tuple[str, str]:
        """Its source and its locator."""
        return self.source_id, self.guid

    def has_bytes_of(self, published: Mapping[str, Any]) -> bool:
        """Whether this place's bytes are those that are online."""
        version = versions.of([published["id"]]).get(published["id"])
        return bool(version) and self.note.version == version

    def provenance(self) -> dict[str, Any]:
        """As the resources of a published document say it."""
        return redaction.provenance(self.id, self.source_id, self.note.modified)


def holders(package_id: str, slug: str) -> list[Holder]:
    """Every place that offers the document ``slug`` of the dataset."""
    notes.adopt(HarvestObject.package_id == package_id, HarvestObject.current.is_(True))
    query = model.Session.query(
        HarvestObject.id, HarvestObject.guid, HarvestObject.harvest_source_id, FACTS
    ).filter(HarvestObject.package_id == package_id, HarvestObject.current.is_(True))
    found = [Holder(row.id, row.guid, row.harvest_source_id, Note.read(row.facts)) for row in query]
    return sorted((item for item in found if item.note.slug == slug), key=lambda item: item.id)


def prevails(candidate: HarvestObject, prepared: Prepared, published: Mapping[str, Any]) -> bool:
    """Whether the candidate's document replaces the ``published`` one (its SCDL resource).

    Both are the same document (slug) with different bytes.
    """
    if published.get("withdrawn_on") or _is_its_own(candidate, published):
        return True
    place = (candidate.harvest_source_id, candidate.guid)
    rivals = [
        holder
        for holder in _sharers(published)
        if holder.place != place and _offers(holder, candidate)
    ]
    if not rivals and published.get("harvest_object_id"):
        return True  # the place that it came from does not offer it any more
    theirs = max((precedence_of(holder.source_id) for holder in rivals), default=0)
    mine = precedence_of(candidate.harvest_source_id)
    document = version_order.of_document(prepared)
    online = version_order.of_resource(published)
    if (mine, document.voted_on) != (theirs, online.voted_on):
        return (mine, document.voted_on) > (theirs, online.voted_on)
    return version_order.compare(document, online) > 0


def _is_its_own(candidate: HarvestObject, published: Mapping[str, Any]) -> bool:
    """Whether what is online came from the candidate's place.

    The object that published it may have been cleared; the current one of its place was not.
    """
    place = (candidate.harvest_source_id, candidate.guid)
    former = HarvestObject.get(published.get("harvest_object_id") or "")
    if former is not None:
        return (former.harvest_source_id, former.guid) == place
    is_harvested = bool(published.get("harvest_object_id"))
    return is_harvested and any(holder.place == place for holder in _sharers(published))


def name_of_other(candidate: HarvestObject, published: Mapping[str, Any]) -> str:
    """Name of the document, at another place than the candidate's, that is online; empty when there
    is none or nobody knows."""
    former = HarvestObject.get(published.get("harvest_object_id") or "")
    if former is None or _is_its_own(candidate, published):
        return ""
    return notes.of(former).name


def came_from(source_id: str, published: Mapping[str, Any]) -> bool:
    """Whether the document that is online came from the source; a deposit came from none."""
    former = HarvestObject.get(published.get("harvest_object_id") or "")
    if former is not None:
        return former.harvest_source_id == source_id
    is_harvested = bool(published.get("harvest_object_id"))
    return is_harvested and any(holder.source_id == source_id for holder in _sharers(published))


def _sharers(published: Mapping[str, Any]) -> list[Holder]:
    """The places whose bytes are online."""
    found = holders(published["package_id"], published["document"])
    return [holder for holder in found if holder.has_bytes_of(published)]


def _offers(holder: Holder, candidate: HarvestObject) -> bool:
    """Whether the last listing of the holder's source still has its document."""
    job = candidate.harvest_job_id
    if holder.source_id != candidate.harvest_source_id:
        job = last_job(holder.source_id)
    query = model.Session.query(HarvestObject.id).filter(
        HarvestObject.harvest_job_id == job,
        HarvestObject.guid == holder.guid,
        ~notes.says(action=WITHDRAW),
    )
    return model.Session.query(query.exists()).scalar()


def precedence_of(source_id: str) -> int:
    """The ``precedence`` that a source was granted; 0 when it has none or is unreadable."""
    source = HarvestSource.get(source_id)
    try:
        return grants.setting_of(source)["precedence"] if source else 0
    except (collect.ConfigError, SourceHeld):
        return 0


def release(others: list[Holder]) -> None:
    """Have the documents of these places fetched again at their next harvest."""
    for holder in others:
        note = replace(holder.note, listed=None, etag=None, modified=None, version=None)
        notes.write(holder.id, note)
