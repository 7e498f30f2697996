"""Kinds of sources that other distributions declare, in the group ``ckanext.budget.sources``.

The name of the entry point is the ``kind`` of the configuration, its object a :class:`Source`.
"""

from __future__ import annotations

import logging
from functools import cache
from importlib.metadata import entry_points

from .source import KINDS, register

log = logging.getLogger(__name__)

GROUP = "ckanext.budget.sources"


@cache
def load() -> tuple[str, ...]:
    """Register them, once; their names. One that cannot be loaded is logged, the others serve."""
    found = []
    for point in entry_points(group=GROUP):
        try:
            if point.name in KINDS:
                raise ValueError("this kind exists already")
            register(point.name)(point.load())
            found.append(point.name)
        except Exception as error:
            log.error("source kind %s (%s) is not used: %s", point.name, point.value, error)
    return tuple(found)
