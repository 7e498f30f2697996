"""What harvests are doing, what waits, what is stuck and why: for people and for monitoring."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

import redis
import sqlalchemy as sa
from ckan import model
from ckanext.harvest.model import HarvestJob, HarvestObject, HarvestSource

from ckanext.budget.collect import shown
from ckanext.budget.core import disk
from ckanext.budget.core.errors import DiskFull
from ckanext.budget.harvest.claims import claimed
from ckanext.budget.harvest.queues import Queues, redis_queues
from ckanext.budget.harvest.recovery import GRACE

SILENCE = timedelta(minutes=30)
"""A job without a single finished document for so long deserves attention."""

UNSEEN = timedelta(hours=1)
"""``ckan harvester run`` is expected at least this often."""


@dataclass
class Job:
    """One running job. ``documents`` counts its objects by what they are doing."""

    id: str
    source: str
    url: str
    created: str
    listing: str
    documents: dict[str, int]
    last_activity: str | None
    problems: list[str] = field(default_factory=list)


@dataclass
class Status:
    """Everything about the harvests of budgets; ``problems`` are French sentences with a remedy."""

    jobs: list[Job] = field(default_factory=list)
    gather_queue: int | None = None
    fetch_queue: int | None = None
    idle_consumers: int | None = None
    last_run: str | None = None
    outcomes: dict[str, int] = field(default_factory=dict)
    finished_jobs: int = 0
    free_bytes: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def is_stuck(self) -> bool:
        """Whether somebody has to do something."""
        return bool(self.problems or any(job.problems for job in self.jobs))

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self) | {"is_stuck": self.is_stuck}


def status(now: datetime) -> Status:
    """The state of the harvests at ``now`` (naive UTC, as ckanext-harvest's own dates)."""
    report = Status(outcomes=_outcomes(), finished_jobs=_jobs("Finished").count())
    try:
        queues = redis_queues()
    except redis.RedisError:
        queues = None
        report.problems.append(_PROBLEMS["redis"])
    jobs = _jobs("Running").order_by(HarvestJob.created).all()
    waiting = _queued(report, queues)
    report.jobs = [_job(job, waiting, now) for job in jobs]
    if queues:
        _look_at_consumers(report, now)
    report.free_bytes = dict(disk.rooms())
    try:
        disk.check_room()
    except DiskFull as error:
        report.problems.append(str(error))
    return report


_PROBLEMS = {
    "redis": "Redis ne répond pas : vérifiez le service et « ckan.redis.url ».",
    "consumers": "Des documents attendent et aucun consommateur ne travaille : démarrez "
    "« ckan harvester gather-consumer » et « ckan harvester fetch-consumer ».",
    "run": "« ckan harvester run » n'a pas été vu depuis une heure : sans cette commande (cron, "
    "toutes les 5 minutes), aucun moissonnage ne se termine et rien n'est repris.",
    "lost listing": "Sa liste a été perdue (arrêt brutal) : « ckan harvester run » la relance.",
    "interrupted": "{count} document(s) interrompu(s) : « ckan harvester run » les relance.",
    "unqueued": "{count} document(s) absent(s) de la file : « ckan harvester run » les y remet.",
    "unlisted": "Sa liste attend depuis plus de 30 minutes : démarrez (ou relancez) "
    "« ckan harvester gather-consumer ».",
    "silent working": "Aucun document terminé depuis 30 minutes : lisez le journal des "
    "consommateurs.",
    "silent waiting": "Des documents attendent et aucun n'a été terminé depuis 30 minutes : "
    "démarrez (ou relancez) « ckan harvester fetch-consumer » ; s'il tourne, lisez son journal.",
}


def _jobs(state: str) -> Any:
    query = model.Session.query(HarvestJob).join(HarvestSource)
    return query.filter(HarvestSource.type == "totem", HarvestJob.status == state)


def _outcomes() -> dict[str, int]:
    """Documents of every finished attempt by outcome, as long as ckanext-harvest keeps them."""
    query = (
        model.Session.query(HarvestObject.report_status, sa.func.count())
        .join(HarvestSource, HarvestSource.id == HarvestObject.harvest_source_id)
        .filter(HarvestSource.type == "totem", HarvestObject.report_status.isnot(None))
        .group_by(HarvestObject.report_status)
    )
    return dict(sorted(tuple(row) for row in query))


def _queued(report: Status, queues: Queues | None) -> tuple[set[str], set[str]] | None:
    """Jobs and objects in the queues; None when the queues cannot be looked into."""
    if queues is None:
        return None
    jobs, objects = queues.gather.waiting(), queues.fetch.waiting()
    report.gather_queue, report.fetch_queue = len(jobs), len(objects)
    report.idle_consumers = queues.idle_consumers()
    last = queues.last_run()
    report.last_run = last.isoformat() if last else None
    return set(jobs), set(objects)


def _job(job: Any, waiting: tuple[set[str], set[str]] | None, now: datetime) -> Job:
    objects = _objects(job.id)
    states = Counter(item.state for item in objects if item.state in ("COMPLETE", "ERROR"))
    open_ones = [item for item in objects if item.state not in ("COMPLETE", "ERROR")]
    working = claimed([job.id, *(item.id for item in open_ones)])
    doing = Counter(_doing(item, working, waiting, now) for item in open_ones)
    last = max((item.import_finished for item in objects if item.import_finished), default=None)
    listing = _listing(job, working, waiting, now)
    report = Job(
        id=job.id,
        source=job.source.title or "",
        url=shown(job.source.url),
        created=_iso(job.created) or "",
        listing=listing,
        documents={"done": states["COMPLETE"], "errored": states["ERROR"], **doing},
        last_activity=_iso(last),
    )
    moved = max(filter(None, (last, job.gather_finished, job.created)))
    report.problems = list(_problems_of(report, moved, now))
    return report


def _objects(job_id: str) -> list[Any]:
    columns = (
        HarvestObject.id,
        HarvestObject.state,
        HarvestObject.fetch_started,
        HarvestObject.import_started,
        HarvestObject.import_finished,
    )
    return model.Session.query(*columns).filter(HarvestObject.harvest_job_id == job_id).all()


def _doing(
    item: Any, working: set[str], waiting: tuple[set[str], set[str]] | None, now: datetime
) -> str:
    """What happens to an object that is not settled."""
    if item.id in working:
        return "working"
    if waiting is None or item.id in waiting[1]:
        return "waiting"
    began = max(filter(None, (item.fetch_started, item.import_started)), default=None)
    if began and now - began <= GRACE:
        return "working"
    return "unqueued" if item.state == "WAITING" else "interrupted"


def _listing(
    job: Any, working: set[str], waiting: tuple[set[str], set[str]] | None, now: datetime
) -> str:
    if job.gather_finished:
        return "done"
    if job.id in working:
        return "running"
    is_recent = now - job.created <= GRACE
    return "waiting" if waiting is None or job.id in waiting[0] or is_recent else "lost"


def _problems_of(job: Job, last: datetime, now: datetime) -> Iterable[str]:
    if job.listing == "lost":
        yield _PROBLEMS["lost listing"]
    for name in ("interrupted", "unqueued"):
        if count := job.documents.get(name):
            yield _PROBLEMS[name].format(count=count)
    if job.listing == "waiting" and now - last > SILENCE:
        yield _PROBLEMS["unlisted"]
    if now - last > SILENCE:
        for name in ("working", "waiting"):
            if job.documents.get(name):
                yield _PROBLEMS[f"silent {name}"]


def _look_at_consumers(report: Status, now: datetime) -> None:
    is_working = any(
        job.documents.get("working") or job.listing == "running" for job in report.jobs
    )
    is_waiting = bool(report.gather_queue or report.fetch_queue)
    if is_waiting and not is_working and report.idle_consumers == 0:
        report.problems.append(_PROBLEMS["consumers"])
    last = datetime.fromisoformat(report.last_run) if report.last_run else None
    if report.jobs and (last is None or now.replace(tzinfo=timezone.utc) - last > UNSEEN):
        report.problems.append(_PROBLEMS["run"])


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") + "Z" if moment else None


_LABELS = {
    "done": "terminés",
    "errored": "en erreur",
    "working": "en cours",
    "waiting": "en attente",
    "interrupted": "interrompus",
    "unqueued": "hors de la file",
}
_LISTINGS = {
    "done": "terminée",
    "running": "en cours",
    "waiting": "en attente",
    "lost": "perdue",
}


def text(report: Status) -> str:
    """The report for the administrator's terminal, in French."""
    lines = [f"Moissonnages en cours : {len(report.jobs)}"]
    lines += [line for job in report.jobs for line in _job_lines(job)]
    lines.append(
        f"Files : {_known(report.gather_queue)} liste(s), {_known(report.fetch_queue)} "
        f"document(s) ; consommateurs inoccupés : {_known(report.idle_consumers)}"
    )
    lines.append(f"Dernier « ckan harvester run » : {report.last_run or 'jamais vu'}")
    lines += [f"À FAIRE : {problem}" for problem in report.problems]
    return "\n".join(lines)


def _job_lines(job: Job) -> Iterable[str]:
    yield f"- {job.source} ({job.url}), moissonnage {job.id}, créé le {job.created}"
    counts = ", ".join(f"{count} {_LABELS[name]}" for name, count in job.documents.items() if count)
    yield f"    liste {_LISTINGS[job.listing]} ; documents : {counts or 'aucun'}"
    yield from (f"    BLOQUÉ : {problem}" for problem in job.problems)


def _known(value: int | None) -> str:
    return "?" if value is None else str(value)


Sample = tuple[Mapping[str, str], float]


def metrics(report: Status) -> str:
    """The report in Prometheus' text format (https://prometheus.io/docs/instrumenting/)."""
    return "".join(
        f"# HELP {name} {meaning}\n# TYPE {name} gauge\n"
        + "".join(f"{name}{_labels(labels)} {_exact(value)}\n" for labels, value in samples(report))
        for name, meaning, samples in _METRICS
    )


def _exact(value: float) -> str:
    """All its digits: ``%g`` gives six, a quarter of an hour in a timestamp."""
    return repr(int(value) if value == int(value) else value)


def _labels(labels: Mapping[str, str]) -> str:
    def escaped(value: str) -> str:
        return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

    inside = ",".join(f'{name}="{escaped(value)}"' for name, value in labels.items())
    return f"{{{inside}}}" if inside else ""


def _queues(report: Status) -> Iterable[Sample]:
    sizes = {"gather": report.gather_queue, "fetch": report.fetch_queue}
    return [({"queue": name}, size) for name, size in sizes.items() if size is not None]


def _documents(report: Status) -> Iterable[Sample]:
    total: Counter[str] = Counter(dict.fromkeys(_LABELS, 0))
    for job in report.jobs:
        total.update(job.documents)
    return [({"state": name}, count) for name, count in total.items()]


def _run_age(report: Status) -> Iterable[Sample]:
    if report.last_run is None:
        return []
    return [({}, datetime.fromisoformat(report.last_run).timestamp())]


_METRICS: tuple[tuple[str, str, Callable[[Status], Iterable[Sample]]], ...] = (
    ("budget_harvest_queue_length", "Messages that wait in the queue.", _queues),
    ("budget_harvest_running_documents", "Documents of the running jobs by state.", _documents),
    (
        "budget_harvest_outcomes",
        "Documents of all jobs by outcome, as kept by ckanext-harvest.",
        lambda report: [({"outcome": k}, v) for k, v in report.outcomes.items()],
    ),
    ("budget_harvest_running_jobs", "Jobs that run.", lambda report: [({}, len(report.jobs))]),
    (
        "budget_harvest_finished_jobs",
        "Jobs that are finished.",
        lambda report: [({}, report.finished_jobs)],
    ),
    (
        "budget_harvest_idle_consumers",
        "Consumers that wait for a message.",
        lambda report: [] if report.idle_consumers is None else [({}, report.idle_consumers)],
    ),
    (
        "budget_harvest_last_run_timestamp_seconds",
        "When ckan harvester run was last seen.",
        _run_age,
    ),
    (
        "budget_free_bytes",
        "Bytes that may still be written in the folder of the setting.",
        lambda report: [({"setting": k}, v) for k, v in report.free_bytes.items()],
    ),
    (
        "budget_harvest_stuck",
        "1 when somebody has to do something.",
        lambda report: [({}, report.is_stuck)],
    ),
)
