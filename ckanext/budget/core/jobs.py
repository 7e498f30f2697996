"""Long work, left to ``ckan jobs worker``."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.lib import jobs
from redis.exceptions import RedisError
from rq.job import Job
from rq.registry import StartedJobRegistry

from ckanext.budget.core.errors import safe_description

log = logging.getLogger(__name__)

SECONDS = 3600
"""After which a worker gives a job up."""
FAILED_FOR = 30 * 86400
"""Seconds that a job which failed stays in Redis for whoever looks; RQ keeps it a year."""


def enqueue(
    job: Callable[..., None], arguments: list[Any], title: str, seconds: int = SECONDS
) -> None:
    """Leave ``job`` to a worker. Raises RedisError when the queue does not take it."""
    limits = {"timeout": seconds, "failure_ttl": FAILED_FOR}
    tk.enqueue_job(job, arguments, title=title, rq_kwargs=limits)


def in_hand() -> set[str] | None:
    """Every text among the arguments of the jobs that wait or run; None when Redis is away.

    A job whose worker was killed leaves at RQ's next look, when its heartbeat is too old.
    """
    try:
        queue = jobs.get_queue()
        started = StartedJobRegistry(queue=queue).get_job_ids()
        found = Job.fetch_many([*queue.get_job_ids(), *started], connection=queue.connection)
    except RedisError as error:
        log.warning("jobs: %s", safe_description(error))
        return None
    return {text for job in found if job for text in _texts(job.args)}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)


def enqueue_or_run(job: Callable[..., None], arguments: list[Any], title: str) -> None:
    """Call ``job`` in a worker, or here: the publisher waits, and loses nothing."""
    try:
        enqueue(job, arguments, title)
    except RedisError as error:
        what = safe_description(error)
        log.error("%s: done at once, the queue does not take it: %s", title, what)
        job(*arguments)
