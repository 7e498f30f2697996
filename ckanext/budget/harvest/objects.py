"""What harvest objects remember of the documents of a source.

The note of each object is in :mod:`.notes`. The *current* object of a locator is the last one that
was published, so several objects of one dataset may be current, one per document.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckanext.harvest.model import (
    HarvestJob,
    HarvestObject,
    HarvestObjectError,
    HarvestObjectExtra,
)

from ckanext.budget.core.errors import DocumentWithdrawn
from ckanext.budget.harvest import notes
from ckanext.budget.harvest.notes import FACTS, WITHDRAW, Note
from ckanext.budget.publication import withdrawals
from ckanext.budget.publication.withdrawals import Withdrawal

KEPT_JOBS = 10
"""Harvests of a source whose report stays whole."""


@dataclass(frozen=True)
class Remembered:
    """The current object of a locator; ``is_online`` is false when its dataset was removed, or its
    document withdrawn by its publisher (``withdrawal``)."""

    id: str
    note: Note
    package_id: str | None
    is_online: bool
    withdrawal: Withdrawal | None = None


def remembered(source_id: str, guid: str | None = None) -> dict[str, Remembered]:
    """The current objects of the source by locator, or only that of ``guid``."""
    if guid is not None:
        notes.adopt(HarvestObject.harvest_source_id == source_id, HarvestObject.guid == guid)
    query = (
        model.Session.query(
            HarvestObject.guid,
            HarvestObject.id,
            HarvestObject.package_id,
            FACTS,
            model.Package.state,
        )
        .outerjoin(model.Package, model.Package.id == HarvestObject.package_id)
        .filter(HarvestObject.harvest_source_id == source_id, HarvestObject.current.is_(True))
    )
    if guid is not None:
        query = query.filter(HarvestObject.guid == guid)
    rows = query.all()
    pending = withdrawals.all_pending([row.package_id for row in rows] if guid else None)
    return {row.guid: _remembered(row, pending) for row in rows}


def _remembered(row: Any, pending: Mapping[tuple[str, str], Withdrawal]) -> Remembered:
    note = Note.read(row.facts)
    withdrawal = pending.get((row.package_id, note.slug or ""))
    online = row.package_id is None or row.state == model.State.ACTIVE
    return Remembered(row.id, note, row.package_id, online and not withdrawal, withdrawal)


@dataclass(frozen=True)
class Refusal:
    """A document that was unusable at the last harvest, and what was said of it."""

    note: Note
    message: str
    stage: str


def refusals(source_id: str, version: str) -> dict[str, Refusal]:
    """Documents that ``version`` found unusable at the last harvest of the source, by locator."""
    last = last_job(source_id)
    query = (
        model.Session.query(
            HarvestObject.guid,
            FACTS,
            HarvestObjectError.message,
            HarvestObjectError.stage,
        )
        .join(HarvestObjectError, HarvestObjectError.harvest_object_id == HarvestObject.id)
        .filter(HarvestObject.harvest_job_id == last, HarvestObject.state == "ERROR")
        .filter(notes.says(refused=version))
    )
    return {
        row.guid: Refusal(Note.read(row.facts), row.message, row.stage)
        for row in (query if last else ())
    }


def withdrawn(listed: Mapping[str, Note], known: Mapping[str, Remembered]) -> dict[str, Refusal]:
    """What the source still offers and its publisher withdrew, by locator: not even fetched."""
    found = {}
    for guid, note in listed.items():
        withdrawal = known[guid].withdrawal if guid in known else None
        if withdrawal and withdrawal.state == withdrawals.WITHDRAWN:
            message = f"{note.name} : {DocumentWithdrawn(withdrawal.day)}"
            found[guid] = Refusal(replace(note, slug=withdrawal.slug), message, "Gather")
    return found


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
    new: Mapping[str, Note],
    same: Mapping[str, Remembered],
    now: datetime,
    refused: Mapping[str, Refusal] | None = None,
) -> list[str]:
    """Store one object per document in one transaction; the ids of those to fetch.

    ``same`` are the documents whose listing shows no change: they are reported "not modified"
    at once and never queued. ``refused`` are those that were unusable and have not changed: they
    are in error again at once.
    """
    done = {"state": "COMPLETE", "report_status": "not modified", "import_finished": now}
    failed = {"state": "ERROR", "report_status": "errored", "import_finished": now}
    unusable = refused or {}
    waiting_rows = [_row(job, guid, note, state="WAITING") for guid, note in new.items()]
    same_rows = [
        _row(job, guid, _only_named(known.note), package_id=known.package_id, **done)
        for guid, known in same.items()
    ]
    unusable_rows = [_row(job, guid, refusal.note, **failed) for guid, refusal in unusable.items()]
    for group in (waiting_rows, same_rows, unusable_rows):  # alike in their columns
        model.Session.bulk_insert_mappings(HarvestObject, [row for row, _note in group])
        notes.add((row["id"], note) for row, note in group)
    _errors_again(unusable, [row for row, _note in unusable_rows])
    model.Session.commit()
    return waiting(job)


def _only_named(note: Note) -> Note:
    """All that is asked of an object that found its document unchanged; nights are many."""
    return Note(note.name, slug=note.slug)


def _errors_again(refused: Mapping[str, Refusal], rows: list[dict[str, Any]]) -> None:
    """Say of each of these new objects what was said at the last harvest."""
    errors = [
        {"harvest_object_id": row["id"], "message": refusal.message, "stage": refusal.stage}
        for row, refusal in zip(rows, refused.values(), strict=True)
    ]
    model.Session.bulk_insert_mappings(HarvestObjectError, errors)


def _row(job: HarvestJob, guid: str, note: Note, **more: Any) -> tuple[dict[str, Any], Note]:
    row = {
        "id": str(uuid.uuid4()),
        "guid": guid,
        "harvest_job_id": job.id,
        "harvest_source_id": job.source.id,
        "current": False,
        **more,
    }
    return row, note


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
    for of_object in (HarvestObjectError, HarvestObjectExtra):
        theirs = of_object.harvest_object_id.in_(sa.select(HarvestObject.id).where(*old))
        model.Session.execute(sa.delete(of_object).where(theirs), **_NO_SYNC)
    removed = model.Session.execute(sa.delete(HarvestObject).where(*old), **_NO_SYNC).rowcount
    model.Session.commit()
    return removed


_NO_SYNC: dict[str, Any] = {"execution_options": {"synchronize_session": False}}


def waiting(job: HarvestJob) -> list[str]:
    """Ids of the job's objects that were never fetched, by rank; withdrawals after everything.

    A document that moved is then seen at its new place before it is missed at the former one.
    """
    query = model.Session.query(HarvestObject.id, HarvestObject.guid, FACTS)
    found = [
        (note.action == WITHDRAW, note.rank, row.guid, row.id)
        for row in query.filter_by(harvest_job_id=job.id, state="WAITING")
        for note in [Note.read(row.facts)]
    ]
    return [identifier for *_order, identifier in sorted(found)]


def unfinished(job_id: str) -> list[str]:
    """Ids of the job's documents (withdrawals apart) that are not settled yet."""
    query = model.Session.query(HarvestObject.id).filter(
        HarvestObject.harvest_job_id == job_id,
        HarvestObject.state.in_(("WAITING", "FETCH", "IMPORT")),
        ~notes.says(action=WITHDRAW),
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


def refresh(known: Remembered, note: Note) -> None:
    """Note that the same bytes now have another date or tag at the source."""
    notes.write(known.id, replace(note, version=known.note.version, slug=known.note.slug))
    model.Session.commit()


def absent(known: Mapping[str, Remembered], seen: Iterable[str]) -> dict[str, Remembered]:
    """Published documents that the source no longer lists."""
    missing = set(known) - set(seen)
    return {guid: known[guid] for guid in sorted(missing) if known[guid].package_id}
