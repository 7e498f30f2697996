"""Puts back what a crash, a restart or a lost message left behind; part of ``ckan harvester run``.

ckanext-harvest sends a lost message again after 3 minutes (an object) or 2 hours (a listing), even
when its consumer is only slow, and never when Redis itself forgot it. Here the claims of the
consumers tell the difference: what nobody works on and no queue holds is sent again at once.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckanext.harvest.model import HarvestJob, HarvestObject, HarvestObjectError, HarvestSource

from ckanext.budget.core import workdir
from ckanext.budget.harvest import notes
from ckanext.budget.harvest.claims import claimed
from ckanext.budget.harvest.objects import has_past
from ckanext.budget.harvest.queues import Queues, redis_queues

log = logging.getLogger(__name__)

GRACE = timedelta(seconds=60)
"""A consumer that has just taken a message has not claimed it yet."""

LOOK_BACK = timedelta(days=2)
"""Age of the jobs whose outcomes are still completed."""

MAX_CHANCES = 3
"""Attempts of one job at a document whose site does not answer, at successive runs."""

MAX_INTERRUPTIONS = 10
"""A document that was being worked on when its consumer ended so often is likely the cause."""

GIVEN_UP = (
    "Le traitement de ce document a interrompu le moissonnage à plusieurs reprises : il attend le "
    "prochain moissonnage ; transmettez le journal du portail à son administrateur."
)


@dataclass
class Recovered:
    """What was put right."""

    listings: int = 0
    documents: int = 0
    second_chances: int = 0
    given_up: int = 0
    acknowledged: int = 0
    reported: int = 0

    def __bool__(self) -> bool:
        return any(asdict(self).values())


def recover(queues: Queues, now: datetime) -> Recovered:
    """Send again what was lost; ``now`` is naive UTC, as ckanext-harvest's own dates."""
    done = Recovered()
    workdir.sweep(time.time())
    running = _running_jobs()
    notes.adopt_all(HarvestObject.harvest_job_id.in_([job.id for job in running]))
    done.listings = _lost_listings(queues, running, now)
    objects = _unfinished([job.id for job in running])
    working = claimed(item.id for item in objects)
    for identifier in working:
        queues.fetch.touch(identifier)
    done.acknowledged = _lost_acknowledgements(queues)
    done.documents = _interrupted(queues, objects, working, now)
    done.second_chances = _second_chances(queues, [job.id for job in running])
    done.given_up = _explain_given_up()
    done.reported = _report_outcomes(now)
    queues.note_run()
    if done:
        log.warning("harvest recovery: %s", asdict(done))
    return done


def _running_jobs() -> list[Any]:
    """Running jobs of our own sources."""
    return (
        model.Session.query(HarvestJob)
        .join(HarvestSource)
        .filter(HarvestSource.type == "totem", HarvestJob.status == "Running")
        .all()
    )


def _lost_listings(queues: Queues, jobs: Iterable[Any], now: datetime) -> int:
    """Jobs to be listed that no queue holds and nobody lists."""
    jobs = [job for job in jobs if not job.gather_finished and _is_old(job.created, now)]
    safe = {*queues.gather.waiting(), *claimed(job.id for job in jobs)} if jobs else set()
    lost = [job for job in jobs if job.id not in safe]
    for job in lost:
        log.warning("harvest job=%s: its listing was lost, it is sent again", job.id)
        queues.gather.send(job.id)
    return len(lost)


def _unfinished(jobs: list[str]) -> list[Any]:
    """Objects of the jobs that a consumer took and did not finish."""
    return (
        model.Session.query(
            HarvestObject.id, HarvestObject.fetch_started, HarvestObject.import_started
        )
        .filter(
            HarvestObject.harvest_job_id.in_(jobs), HarvestObject.state.in_(("FETCH", "IMPORT"))
        )
        .all()
    )


def _interrupted(queues: Queues, objects: Iterable[Any], working: set[str], now: datetime) -> int:
    lost = {item.id for item in objects if item.id not in working and _is_old(_began(item), now)}
    lost -= set(queues.fetch.waiting()) if lost else set()
    for identifier in sorted(lost):
        log.warning("harvest object=%s: interrupted, it is sent again", identifier)
        _count_interruption(identifier)
        queues.fetch.send(identifier)
    return len(lost)


def _count_interruption(identifier: str) -> None:
    """ckanext-harvest gives up at the fifth delivery: few, when machines restart often."""
    interrupted = HarvestObject.get(identifier)
    note = notes.of(interrupted)
    notes.write(identifier, replace(note, interruptions=note.interruptions + 1))
    if note.interruptions < MAX_INTERRUPTIONS:
        interrupted.retry_times = 0
    model.Session.commit()


def _began(item: Any) -> datetime | None:
    """When the last stage began: an object that is delivered again keeps its former dates."""
    return max(filter(None, (item.fetch_started, item.import_started)), default=None)


def _lost_acknowledgements(queues: Queues) -> int:
    """Documents that are done although their message was never acknowledged."""
    handed_out = queues.fetch.handed_out()
    if not handed_out:
        return 0
    query = model.Session.query(HarvestObject.id).filter(
        HarvestObject.id.in_(handed_out), HarvestObject.state.in_(("COMPLETE", "ERROR"))
    )
    done = {row.id for row in query}
    done -= claimed(done)
    for identifier in done:
        queues.fetch.acknowledge(identifier)
    return len(done)


def _second_chances(queues: Queues, jobs: list[str]) -> int:
    """Documents whose site did not answer are asked for again, a few times for each job."""
    query = model.Session.query(HarvestObject).filter(
        HarvestObject.harvest_job_id.in_(jobs),
        HarvestObject.state == "ERROR",
        notes.says(transient=True),
    )
    again = [item for item in query if notes.of(item).chances < MAX_CHANCES]
    for item in again:
        notes.write(item.id, replace(notes.of(item), transient=False))
        item.state, item.report_status, item.retry_times = "WAITING", None, 0
        _without_errors(item.id)
    model.Session.commit()
    for item in again:
        queues.fetch.send(item.id)
    return len(again)


def _without_errors(identifier: str) -> None:
    errors = model.Session.query(HarvestObjectError).filter_by(harvest_object_id=identifier)
    errors.delete(synchronize_session=False)


def _explain_given_up() -> int:
    """ckanext-harvest says nothing of the documents that it gives up after five attempts."""
    has_error = sa.exists().where(HarvestObjectError.harvest_object_id == HarvestObject.id)
    silent = (
        model.Session.query(HarvestObject)
        .join(HarvestSource, HarvestSource.id == HarvestObject.harvest_source_id)
        .filter(HarvestSource.type == "totem", HarvestObject.state == "ERROR", ~has_error)
        .filter(HarvestObject.retry_times >= 5)
        .all()
    )
    for item in silent:
        item.report_status = "errored"
        message = f"{notes.of(item).name} : {GIVEN_UP}"
        model.Session.add(HarvestObjectError(object=item, message=message, stage="Import"))
    model.Session.commit()
    return len(silent)


def _report_outcomes(now: datetime) -> int:
    """Documents settled by a consumer that ended before it wrote the outcome down."""
    silent = (
        model.Session.query(HarvestObject)
        .join(HarvestJob, HarvestJob.id == HarvestObject.harvest_job_id)
        .join(HarvestSource, HarvestSource.id == HarvestJob.source_id)
        .filter(HarvestSource.type == "totem", HarvestJob.created > now - LOOK_BACK)
        .filter(HarvestObject.report_status.is_(None))
        .filter(HarvestObject.state.in_(("COMPLETE", "ERROR")))
        .all()
    )
    silent = [item for item in silent if _is_old(_began(item), now)]
    for item in silent:
        item.report_status = _outcome_of(item)
    model.Session.commit()
    return len(silent)


def _outcome_of(harvest_object: HarvestObject) -> str:
    """What ckanext-harvest would have written."""
    if harvest_object.state == "ERROR":
        return "errored"
    if not harvest_object.package_id:
        return "not modified"
    if not harvest_object.current:
        return "deleted"
    return "updated" if has_past(harvest_object) else "added"


def _is_old(moment: datetime | None, now: datetime) -> bool:
    return moment is None or now - moment > GRACE


@tk.chained_action
def harvest_jobs_run(
    original: Callable[[Any, dict[str, Any]], Any], context: Any, data_dict: dict[str, Any]
) -> Any:
    """First put back what was lost: ckanext-harvest then closes only what is really over."""
    tk.check_access("harvest_jobs_run", context, data_dict)
    queues = redis_queues()
    if queues:
        recover(queues, datetime.utcnow())
    return original(context, data_dict)


ACTIONS = {"harvest_jobs_run": harvest_jobs_run}
