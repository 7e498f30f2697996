"""Long work, left to ``ckan jobs worker``."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk
from redis.exceptions import RedisError

from ckanext.budget.core.errors import safe_description

log = logging.getLogger(__name__)

SECONDS = 3600
"""After which a worker gives a job up."""


def enqueue(
    job: Callable[..., None], arguments: list[Any], title: str, seconds: int = SECONDS
) -> None:
    """Leave ``job`` to a worker. Raises RedisError when the queue does not take it."""
    tk.enqueue_job(job, arguments, title=title, rq_kwargs={"timeout": seconds})


def enqueue_or_run(job: Callable[..., None], arguments: list[Any], title: str) -> None:
    """Call ``job`` in a worker, or here: the publisher waits, and loses nothing."""
    try:
        enqueue(job, arguments, title)
    except RedisError as error:
        what = safe_description(error)
        log.error("%s: done at once, the queue does not take it: %s", title, what)
        job(*arguments)
