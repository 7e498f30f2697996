"""Long work, left to a worker; done at once when the queue does not take it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk
from redis.exceptions import RedisError

from ckanext.budget.errors import told

log = logging.getLogger(__name__)


def later(job: Callable[..., None], arguments: list[Any], title: str) -> None:
    """Call ``job`` in a worker, or here: the publisher waits, and loses nothing."""
    try:
        tk.enqueue_job(job, arguments, title=title, rq_kwargs={"timeout": 3600})
    except RedisError as error:
        log.error("%s: done at once, the queue does not take it: %s", title, told(error))
        job(*arguments)
