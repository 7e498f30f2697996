"""What harvest objects remember of the documents of a source.

A harvest object never holds the document: its ``content`` is a small JSON note. The *current*
object of a locator is the last one that was published, so several objects of one dataset may be
current, one per document.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckanext.harvest.model import HarvestJob, HarvestObject, HarvestObjectError

GET = "get"
WITHDRAW = "withdraw"

KEPT_JOBS = 10
"""Harvests of a source whose report stays whole."""


@dataclass(frozen=True)
class ObjectState:
    """The content of a harvest object.

    ``name`` is the document's path at the source. ``listed`` is its version in the listing,
    ``etag`` and ``modified`` what the server said with the bytes, ``sha256`` their hash.
    ``settings`` sums up the configuration that decides what is published of them. ``slug`` is
    the document's identity once it was read. ``action`` is ``get`` or ``withdraw``. ``rank`` is
    the place of the document in the queue (0 first). ``transient`` says that the last error may
    not last, ``chances`` how many such errors there were, ``interruptions`` how many times
    a consumer ended while it was at the document. ``refused`` is the version of this
    extension that found the document itself unusable.
    """

    name: str
    settings: str
    action: str = GET
    listed: str | None = None
    etag: str | None = None
    modified: str | None = None
    sha256: str | None = None
    slug: str | None = None
    rank: int = 0
    transient: bool = False
    chances: int = 0
    interruptions: int = 0
    refused: str | None = None

    @classmethod
    def loads(cls, content: str) -> ObjectState:
        """From ``HarvestObject.content``."""
        return cls(**json.loads(content))

    def dumps(self) -> str:
        """As stored in ``HarvestObject.content``."""
        return json.dumps(asdict(self), ensure_ascii=False)

    def is_as_listed(self, other: ObjectState) -> bool:
        """Whether the listing alone tells that nothing changed since ``other`` was published."""
        return self.listed is not None and (self.listed, self.settings) == (
            other.listed,
            other.settings,
        )


def note_of(harvest_object: HarvestObject) -> ObjectState:
    """The note of an object that this harvester made."""
    return ObjectState.loads(harvest_object.content)


@dataclass(frozen=True)
class Remembered:
    """The current object of a locator; ``is_online`` is false when its dataset was removed."""

    id: str
    note: ObjectState
    package_id: str | None
    is_online: bool


def remembered(source_id: str, guid: str | None = None) -> dict[str, Remembered]:
    """The current objects of the source by locator, or only that of ``guid``."""
    query = (
        model.Session.query(
            HarvestObject.guid,
            HarvestObject.id,
            HarvestObject.content,
            HarvestObject.package_id,
            model.Package.state,
        )
        .outerjoin(model.Package, model.Package.id == HarvestObject.package_id)
        .filter(HarvestObject.harvest_source_id == source_id, HarvestObject.current.is_(True))
    )
    if guid is not None:
        query = query.filter(HarvestObject.guid == guid)
    return {row.guid: _remembered(row) for row in query}


def _remembered(row: Any) -> Remembered:
    online = row.package_id is None or row.state == model.State.ACTIVE
    return Remembered(row.id, ObjectState.loads(row.content), row.package_id, online)


@dataclass(frozen=True)
class Refusal:
    """A document that was unusable at the last harvest, and what was said of it."""

    note: ObjectState
    message: str
    stage: str


def refusals(source_id: str, version: str) -> dict[str, Refusal]:
    """Documents that ``version`` found unusable at the last harvest of the source, by locator."""
    last = last_job(source_id)
    query = (
        model.Session.query(
            HarvestObject.guid,
            HarvestObject.content,
            HarvestObjectError.message,
            HarvestObjectError.stage,
        )
        .join(HarvestObjectError, HarvestObjectError.harvest_object_id == HarvestObject.id)
        .filter(HarvestObject.harvest_job_id == last, HarvestObject.state == "ERROR")
        .filter(HarvestObject.content.contains(f'"refused": {json.dumps(version)}'))
    )
    return {
        row.guid: Refusal(ObjectState.loads(row.content), row.message, row.stage)
        for row in (query if last else ())
    }


def last_job(source_id: str) -> str | None:
    """The last job of the source that listed something."""
    has_objects = sa.exists().where(HarvestObject.harvest_job_id == HarvestJob.id)
    return (
        model.Session.query(HarvestJob.id)
        .filter(HarvestJob.source_id == source_id, has_objects)
        .order_by(HarvestJob.created.desc())
        .limit(1)
        .scalar()
    )


def add_objects(
    job: HarvestJob,
    new: Mapping[str, ObjectState],
    same: Mapping[str, Remembered],
    now: datetime,
    refused: Mapping[str, Refusal] | None = None,
) -> list[str]:
    """Store one object per document in one transaction; the ids of those to fetch.

    ``same`` are the documents whose listing shows no change: they are reported "not modified"
    at once and never queued. ``refused`` are those that were unusable and have not changed: they
    are in error again at once.
    """
    rows = [_row(job, guid, note.dumps(), state="WAITING") for guid, note in new.items()]
    done = {"state": "COMPLETE", "report_status": "not modified", "import_finished": now}
    rows += [
        _row(job, guid, known.note.dumps(), package_id=known.package_id, **done)
        for guid, known in same.items()
    ]
    failed = {"state": "ERROR", "report_status": "errored", "import_finished": now}
    unusable = [
        _row(job, guid, refusal.note.dumps(), id=str(uuid.uuid4()), **failed)
        for guid, refusal in (refused or {}).items()
    ]
    rows += unusable
    by_keys: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        by_keys.setdefault(tuple(row), []).append(row)
    for group in by_keys.values():
        model.Session.bulk_insert_mappings(HarvestObject, group)
    _errors_again(refused or {}, unusable)
    model.Session.commit()
    return waiting(job)


def _errors_again(refused: Mapping[str, Refusal], rows: list[dict[str, Any]]) -> None:
    """Say of each of these new objects what was said at the last harvest."""
    errors = [
        {"harvest_object_id": row["id"], "message": refusal.message, "stage": refusal.stage}
        for row, refusal in zip(rows, refused.values(), strict=True)
    ]
    model.Session.bulk_insert_mappings(HarvestObjectError, errors)


def _row(job: HarvestJob, guid: str, content: str, **more: Any) -> dict[str, Any]:
    return {
        "guid": guid,
        "content": content,
        "harvest_job_id": job.id,
        "harvest_source_id": job.source.id,
        "current": False,
        **more,
    }


def prune(source_id: str) -> int:
    """Forget what the older harvests of the source found unchanged or unusable; how many.

    A nightly harvest says it again of every document: in a year, millions of rows. What was
    published, and what is online, stays.
    """
    recent = (
        sa.select(HarvestJob.id)
        .where(HarvestJob.source_id == source_id)
        .order_by(HarvestJob.created.desc())
        .limit(KEPT_JOBS)
    )
    old = (
        HarvestObject.harvest_source_id == source_id,
        HarvestObject.harvest_job_id.not_in(recent),
        HarvestObject.current.is_(False),
        HarvestObject.report_status.in_(("not modified", "errored")),
    )
    errors = HarvestObjectError.harvest_object_id.in_(sa.select(HarvestObject.id).where(*old))
    model.Session.execute(sa.delete(HarvestObjectError).where(errors), **_NO_SYNC)
    removed = model.Session.execute(sa.delete(HarvestObject).where(*old), **_NO_SYNC).rowcount
    model.Session.commit()
    return removed


_NO_SYNC: dict[str, Any] = {"execution_options": {"synchronize_session": False}}


def waiting(job: HarvestJob) -> list[str]:
    """Ids of the job's objects that were never fetched, by rank; withdrawals after everything.

    A document that moved is then seen at its new place before it is missed at the former one.
    """
    query = model.Session.query(HarvestObject.id, HarvestObject.guid, HarvestObject.content)
    found = [
        (note.action == WITHDRAW, note.rank, row.guid, row.id)
        for row in query.filter_by(harvest_job_id=job.id, state="WAITING")
        for note in [ObjectState.loads(row.content)]
    ]
    return [identifier for *_order, identifier in sorted(found)]


def unfinished(job_id: str) -> list[str]:
    """Ids of the job's documents (withdrawals apart) that are not settled yet."""
    query = model.Session.query(HarvestObject.id).filter(
        HarvestObject.harvest_job_id == job_id,
        HarvestObject.state.in_(("WAITING", "FETCH", "IMPORT")),
        ~HarvestObject.content.contains(f'"action": "{WITHDRAW}"'),
    )
    return [row.id for row in query]


def make_current(harvest_object: HarvestObject, package_id: str | None) -> None:
    """Flush, without commit, that this object is the published state of its locator."""
    retire(harvest_object)
    harvest_object.current = True
    harvest_object.package_id = package_id
    model.Session.add(harvest_object)
    model.Session.flush()


def retire(harvest_object: HarvestObject) -> None:
    """No object of this locator is current any more (flushed, not committed)."""
    model.Session.query(HarvestObject).filter(
        HarvestObject.harvest_source_id == harvest_object.harvest_source_id,
        HarvestObject.guid == harvest_object.guid,
        HarvestObject.current.is_(True),
    ).update({"current": False}, synchronize_session="fetch")


def forget_errors(harvest_object: HarvestObject) -> None:
    """An object that is delivered again starts anew: its former errors would be told twice."""
    if harvest_object.retry_times:
        query = model.Session.query(HarvestObjectError)
        query.filter_by(harvest_object_id=harvest_object.id).delete(synchronize_session="fetch")
        model.Session.commit()


def has_past(harvest_object: HarvestObject) -> bool:
    """Whether an earlier object of this locator was published."""
    query = model.Session.query(HarvestObject.id).filter(
        HarvestObject.harvest_source_id == harvest_object.harvest_source_id,
        HarvestObject.guid == harvest_object.guid,
        HarvestObject.id != harvest_object.id,
        HarvestObject.package_id.isnot(None),
        HarvestObject.report_status.in_(["added", "updated"]),
    )
    return model.Session.query(query.exists()).scalar()


def deleted_dataset(package_id: str) -> bool:
    """Whether the dataset is deleted because a harvest withdrew its last document.

    A dataset that somebody restored and deleted since was modified later.
    """
    query = (
        model.Session.query(HarvestObject.import_finished, model.Package.metadata_modified)
        .join(model.Package, model.Package.id == HarvestObject.package_id)
        .filter(HarvestObject.package_id == package_id, HarvestObject.report_status == "deleted")
        .filter(HarvestObject.import_finished.isnot(None))
        .order_by(HarvestObject.import_finished.desc())
        .limit(1)
    )
    return any(modified <= finished for finished, modified in query)


def refresh(known: Remembered, note: ObjectState) -> None:
    """Note that the same bytes now have another date or tag at the source."""
    fresh = replace(note, sha256=known.note.sha256, slug=known.note.slug)
    model.Session.query(HarvestObject).filter_by(id=known.id).update({"content": fresh.dumps()})
    model.Session.commit()


def absent(known: Mapping[str, Remembered], seen: Iterable[str]) -> dict[str, Remembered]:
    """Published documents that the source no longer lists."""
    missing = set(known) - set(seen)
    return {guid: known[guid] for guid in sorted(missing) if known[guid].package_id}
