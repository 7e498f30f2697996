"""What is not the document's fault: PostgreSQL, Solr or Redis that restart while we work.

Such an error must not be written down as the document's: the stage waits, then starts over, which
publication allows at any moment. When the wait was not enough the consumer ends; its service
manager starts it again, and the document is still in the queue or put back by :mod:`.recovery`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import redis
import sqlalchemy as sa
from ckan import model

log = logging.getLogger(__name__)

PAUSES = (1, 2, 4, 8, 15, 30, 30, 30)
"""Seconds before each new attempt: two minutes in all."""

_LOCK_NOT_AVAILABLE = "55P03"

T = TypeVar("T")


class Outage(BaseException):
    """A service is still away after every pause. Ends the consumer, as it must."""


def is_outage(error: BaseException | None) -> bool:
    """Whether a service was away, rather than something wrong with a document."""
    return any(_is_outage(cause) for cause in _causes(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _is_outage(error: BaseException) -> bool:
    from ckan.lib.search.common import SolrConnectionError

    if isinstance(error, sa.exc.DBAPIError):
        code = getattr(error.orig, "pgcode", None)
        gone = isinstance(error, (sa.exc.OperationalError, sa.exc.InterfaceError))
        return code != _LOCK_NOT_AVAILABLE and (error.connection_invalidated or gone)
    if isinstance(error, (redis.ConnectionError, redis.TimeoutError, SolrConnectionError)):
        return True
    return _is_solr_away(error)


def _is_solr_away(error: BaseException) -> bool:
    """pysolr wraps a refused or lost connection in its own error, CKAN in another."""
    if type(error).__name__ not in ("SolrError", "SearchIndexError", "SearchError"):
        return False
    text = str(error)
    marks = ("Failed to connect", "Connection", "Timed out", "timed out", "HTTP 503", "[Errno")
    return any(mark in text for mark in marks)


def through_outages(
    attempt: Callable[[], T], what: str, sleep: Callable[[float], None] = time.sleep
) -> T:
    """The result of ``attempt``, made again while a service is away. Raises Outage at last."""
    for pause in PAUSES:
        try:
            return attempt()
        except Exception as error:
            if not is_outage(error):
                raise
            log.warning("%s: %s, again in %d s", what, type(error).__name__, pause)
            _forget_session()
            sleep(pause)
    try:
        return attempt()
    except Exception as error:
        if is_outage(error):
            raise Outage(what) from error
        raise


def _forget_session() -> Any:
    """Drop the broken connection, whatever state the session is in."""
    try:
        model.Session.rollback()
    except Exception:
        model.Session.invalidate()
    try:
        model.Session.get_bind().dispose()
    except Exception:
        log.debug("no engine to dispose of")
