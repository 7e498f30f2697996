"""What crashes, restarts and lost messages leave behind, and what is said of it."""

from __future__ import annotations

import json
import threading
import time
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa

from ckanext.budget.collect import places
from ckanext.budget.collect.errors import Unavailable
from ckanext.budget.harvest import (
    circuit_breaker,
    claims,
    document,
    outages,
    queues,
    recovery,
    status,
)

DATASET = "budget-21670482500019-2022"
LATER = timedelta(minutes=10)


@pytest.fixture
def lines(portal):
    """The queues of this test, empty at first."""
    found = queues.redis_queues()
    for line in (found.gather, found.fetch):
        found._redis.delete(line.key, *[f"{line.key}:{item}" for item in line.handed_out()])
    return found


class Listed(NamedTuple):
    """A job that was listed, and the ids of its objects."""

    itself: Any
    id: str
    objects: list[str]


@pytest.fixture
def job(portal, consumer, make_document):
    """A running job of two documents, listed and not fetched: ``job.id``, ``job.objects``."""
    for name, stage in (("bp.xml", "01"), ("ca.xml", "09")):
        (portal.source / name).write_bytes(make_document(stage=stage))
    made = consumer.new_job(portal, "", str(portal.source), "source")
    return Listed(made, made.id, consumer.gather(made))


def is_soon(condition, seconds=20):
    """Whether ``condition`` becomes true: the server notices that a client went away."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def later():
    return datetime.utcnow() + LATER


def state_of(identifier):
    from ckan import model
    from ckanext.harvest.model import HarvestObject

    model.Session.expire_all()
    return HarvestObject.get(identifier)


def set_state(identifier, **values):
    from ckan import model
    from ckanext.harvest.model import HarvestObject

    model.Session.query(HarvestObject).filter_by(id=identifier).update(values)
    model.Session.commit()


def test_a_claim_is_seen_by_others_and_dies_with_its_connection(portal, job):
    one, other = job.objects
    assert claims.take(one, 1)
    assert claims.claimed([one, other]) == {one}
    assert claims.take(other, 1), "one claim at a time"
    assert claims.claimed([one, other]) == {other}
    claims._drop()  # as a killed process: nothing is unlocked, the connection goes
    assert is_soon(lambda: claims.claimed([one, other]) == set())


def test_a_claim_of_another_process_is_waited_for_then_left(portal, job):
    from ckan import model

    [one, _other] = job.objects
    lock = sa.text("SELECT pg_advisory_lock(:space, :key)")
    keys = {"space": claims._SPACE, "key": claims._key(one)}
    with model.Session.get_bind().connect() as elsewhere:
        elsewhere.execute(lock, keys)
        assert not claims.take(one, 1)
        assert claims.held() is None
        elsewhere.execute(sa.text("SELECT pg_advisory_unlock_all()"))
    assert claims.take(one, 1)
    claims.release()
    assert claims.claimed([one]) == set()


def test_interrupted_documents_are_sent_again_and_those_at_work_are_not(portal, lines, job):
    killed, slow = job.objects
    for identifier in (killed, slow):
        set_state(identifier, state="IMPORT", import_started=datetime.utcnow())
    claims.take(slow, 1)
    try:
        assert recovery.recover(lines, later()).documents == 1
    finally:
        claims.release()
    assert lines.fetch.waiting() == [killed]
    assert recovery.recover(lines, later()).documents == 1, "the slow one, now that it is dead"
    assert recovery.recover(lines, later()).documents == 0, "nothing is queued twice"


def test_a_document_that_was_interrupted_often_is_left(portal, lines, job):
    from ckanext.budget.harvest import notes

    [identifier, _other] = job.objects
    limit = recovery.MAX_INTERRUPTIONS
    for _time in range(limit + 1):
        set_state(identifier, state="FETCH", fetch_started=datetime.utcnow(), retry_times=4)
        lines._redis.delete(lines.fetch.key)
        assert recovery.recover(lines, later()).documents == 1
        counted = state_of(identifier)
        assert (counted.retry_times == 0) is (notes.of(counted).interruptions <= limit)


def test_a_document_just_taken_is_not_sent_again(portal, lines, job):
    """Not even when it was interrupted before: its former dates are still there."""
    before = datetime.utcnow() - LATER
    set_state(job.objects[0], state="FETCH", fetch_started=datetime.utcnow(), import_started=before)
    assert recovery.recover(lines, datetime.utcnow()).documents == 0


def test_a_lost_listing_is_sent_again(portal, lines, job):
    from ckan import model

    job.itself.gather_finished = None
    model.Session.add(job.itself)
    model.Session.commit()
    assert recovery.recover(lines, datetime.utcnow()).listings == 0
    assert recovery.recover(lines, later()).listings == 1
    assert lines.gather.waiting() == [job.id]
    assert recovery.recover(lines, later()).listings == 0


def test_a_site_that_does_not_answer_gets_other_chances(portal, lines, job, consumer, monkeypatch):
    def fails(*_args):
        raise Unavailable("http://site/", status=503)

    monkeypatch.setattr(places.Places, "fetch", fails)
    monkeypatch.setattr(document, "_BREAKER", circuit_breaker.CircuitBreaker(limit=100))
    report = consumer.finish(portal, job.itself, job.objects[:1])
    assert report.job["status"] == "Running", "it is not over: the document waits again"
    assert report.statuses["bp.xml"] is None
    assert job.objects[0] in lines.fetch.waiting()
    for _chance in range(recovery.MAX_CHANCES - 1):
        report = consumer.finish(portal, job.itself, job.objects[:1])
    assert len(report.errors["bp.xml"]) == 1
    assert report.statuses["bp.xml"] == "errored"


def test_a_document_that_kills_consumers_is_explained(portal, lines, job):
    set_state(job.objects[0], state="ERROR", retry_times=5)
    assert recovery.recover(lines, later()).given_up == 1
    [error] = state_of(job.objects[0]).errors
    assert "bp.xml" in error.message
    assert recovery.recover(lines, later()).given_up == 0


def test_a_document_that_is_done_is_not_sent_again(portal, lines, job):
    identifier = job.objects[0]
    lines._redis.set(f"{lines.fetch.key}:{identifier}", "2020-01-01 00:00:00.0")
    set_state(identifier, state="COMPLETE")
    assert recovery.recover(lines, later()).acknowledged == 1
    assert lines.fetch.handed_out() == []


def test_an_outcome_that_was_not_written_down_is_found_again(portal, lines, job, consumer):
    consumer.finish(portal, job.itself, job.objects[:1])
    set_state(job.objects[0], report_status=None)
    assert recovery.recover(lines, datetime.utcnow()).reported == 0
    assert recovery.recover(lines, later()).reported == 1
    assert state_of(job.objects[0]).report_status == "added"


def test_an_outage_is_waited_for_and_is_no_error_of_the_document(
    portal, job, consumer, monkeypatch
):
    """PostgreSQL, Redis, Solr: the stage starts over, and the document is published."""
    import redis

    real, troubles = (
        document.publish_prepared,
        [
            sa.exc.OperationalError("SELECT", {}, Exception("server closed the connection")),
            redis.ConnectionError("refused"),
        ],
    )

    def flickers(*args, **options):
        if troubles:
            raise troubles.pop()
        return real(*args, **options)

    monkeypatch.setattr(outages, "PAUSES", (0.01, 0.01, 0.01))
    monkeypatch.setattr(document, "publish_prepared", flickers)
    assert consumer.finish(portal, job.itself, job.objects).stats == {"added": 2}


def test_a_long_outage_ends_the_consumer_and_the_document_is_taken_up_again(
    portal, lines, job, consumer, monkeypatch
):
    from ckanext.harvest import queue
    from ckanext.harvest.model import HarvestObject

    def away(*_args, **_options):
        raise sa.exc.OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(outages, "PAUSES", ())
    monkeypatch.setattr(document, "publish_prepared", away)
    with pytest.raises(outages.Outage):
        queue.fetch_and_import_stages(
            queue.get_harvester("totem"), HarvestObject.get(job.objects[0])
        )
    monkeypatch.undo()
    assert state_of(job.objects[0]).errors == []
    recovery.recover(lines, later())
    assert lines.fetch.waiting() == [job.objects[0]]


def test_what_is_an_outage():
    from ckan.lib.search.common import SearchIndexError

    assert outages.is_outage(SearchIndexError("Failed to connect to server at http://x"))
    assert not outages.is_outage(SearchIndexError("immense term in field notes"))
    assert not outages.is_outage(ZeroDivisionError())
    caused = ValueError("read")
    caused.__cause__ = sa.exc.InterfaceError("SELECT", {}, Exception("connection already closed"))
    assert outages.is_outage(caused)


def test_a_source_that_does_not_answer_rests():
    now = [0.0]
    guard = circuit_breaker.CircuitBreaker(limit=2, rest=60, clock=lambda: now[0])

    def ask(answers, source="a"):
        with guard.guard(source, "http://site/"):
            if not answers:
                raise Unavailable("http://site/", status=503)

    for _failure in range(2):
        with pytest.raises(Unavailable):
            ask(False)
    with pytest.raises(circuit_breaker.SourceRests):
        ask(True)
    ask(True, "another source")
    now[0] = 61
    with pytest.raises(Unavailable):
        ask(False)
    with pytest.raises(circuit_breaker.SourceRests):
        ask(True)
    now[0] = 122
    ask(True)
    with pytest.raises(Unavailable):
        ask(False)
    ask(True)


def test_an_unusable_document_is_not_downloaded_again_until_it_changes(
    portal, harvest, make_document
):
    (portal.source / "bad.xml").write_bytes(b"<?xml version='1.0'?><autre/>")
    first = harvest()
    second = harvest()
    assert (second.fetched, second.errors) == (0, first.errors)
    assert second.stats == {"errored": 1}
    assert harvest().stats == {"errored": 1}
    (portal.source / "bad.xml").write_bytes(make_document())
    assert harvest().stats == {"added": 1}


# --- what is said ---


def test_status_says_what_waits_and_what_is_stuck(portal, lines, job):
    report = status.status(later())
    [running] = report.jobs
    assert running.listing == "done"
    assert running.documents == {"done": 0, "errored": 0, "unqueued": 2}
    assert report.is_stuck
    for identifier in job.objects:
        lines.fetch.send(identifier)
    lines.note_run()
    report = status.status(datetime.utcnow())
    assert report.jobs[0].documents["waiting"] == 2
    assert report.jobs[0].problems == []
    set_state(job.objects[0], state="IMPORT", import_started=datetime.utcnow())
    lines._redis.delete(lines.fetch.key)
    report = status.status(later())
    assert report.jobs[0].documents["interrupted"] == 1
    said = status.text(report)
    assert "BLOQUÉ : 1 document(s) interrompu(s)" in said
    assert job.id in said


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("state", "queued", "told"),
    [
        ("FETCH", False, "interrompu"),
        ("WAITING", False, "absent(s) de la file"),
        ("WAITING", True, "« ckan harvester fetch-consumer »"),
    ],
)
def test_documents_that_do_not_move_are_stuck_whoever_is_idle(
    portal, lines, job, state, queued, told
):
    """An idle consumer of the other queue waits in the same Redis."""
    import redis
    from ckan.plugins import toolkit as tk

    for identifier in job.objects:
        set_state(identifier, state=state)
        if queued:
            lines.fetch.send(identifier)
    lines.note_run()
    idle = redis.from_url(tk.config["ckan.redis.url"], socket_timeout=60)
    other = threading.Thread(target=idle.blpop, args=("another-queue", 20), daemon=True)
    other.start()
    assert is_soon(lambda: lines.idle_consumers())
    report = status.status(datetime.utcnow() + HOUR)
    assert report.is_stuck
    assert any(told in problem for problem in report.jobs[0].problems)
    if queued:
        assert status.status(datetime.utcnow()).jobs[0].problems == [], "it has time"
    idle.lpush("another-queue", "end")
    other.join(20)


def test_a_listing_that_nobody_makes_is_stuck(portal, lines, consumer):
    made = consumer.new_job(portal, "", str(portal.source), "source")
    lines.gather.send(made.id)
    lines.note_run()
    report = status.status(datetime.utcnow() + HOUR)
    assert "gather-consumer" in report.jobs[0].problems[0]


def test_little_room_is_a_problem_before_anything_fails(portal, lines, ckan_config, monkeypatch):
    assert not status.status(datetime.utcnow()).is_stuck
    monkeypatch.setitem(ckan_config, "ckanext.budget.free_space", 10**9)
    report = status.status(datetime.utcnow())
    assert "plus assez de place" in report.problems[0]
    assert 'budget_free_bytes{setting="ckan.storage_path"}' in status.metrics(report)


def test_status_never_shows_the_secrets_of_an_address(portal, lines, consumer):
    from ckan import model

    job = consumer.new_job(portal, "", "https://depot.example.org/", "source")
    job.source.url += "?token=S3cret"  # as a version that did not refuse it saved it
    model.Session.commit()
    assert "S3cret" not in json.dumps(status.status(later()).as_dict())


def test_metrics_are_prometheus_text(portal, lines, job, consumer):
    consumer.finish(portal, job.itself, job.objects)
    now = datetime.utcnow().replace(microsecond=0)
    lines.note_run()
    text = status.metrics(status.status(now))
    samples = dict(
        line.rsplit(" ", 1) for line in text.splitlines() if line and not line.startswith("#")
    )
    assert samples['budget_harvest_outcomes{outcome="added"}'] == "2"
    assert samples['budget_harvest_queue_length{queue="fetch"}'] == "0"
    assert samples["budget_harvest_finished_jobs"] == "1"
    assert samples["budget_harvest_stuck"] == "0"
    seen = float(samples["budget_harvest_last_run_timestamp_seconds"])
    assert abs(seen - lines.last_run().timestamp()) < 1, "to the second"
    helps = [line.split()[2] for line in text.splitlines() if line.startswith("# HELP")]
    assert {name.partition("{")[0] for name in samples} <= set(helps)


def test_commands(portal, lines, job, cli):
    from ckanext.budget.plugin.cli import budget

    stuck = cli.invoke(budget, ["harvest", "status", "--json"])
    assert stuck.exit_code == 1
    assert json.loads(stuck.output)["jobs"][0]["id"] == job.id
    recovered = cli.invoke(budget, ["harvest", "recover"])
    assert recovered.exit_code == 0, recovered.output
    assert cli.invoke(budget, ["harvest", "metrics"]).output.startswith("# HELP")
