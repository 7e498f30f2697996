"""A memory in front of CKAN for the summaries that anybody may read.

A summary is the same bytes for every reader, but CKAN needs milliseconds to open a session, find
the user and build the request. A page that many sites embed asks for it often, so each process
keeps the answers that CKAN itself gave to an *anonymous* reader, with all their headers, as long as
one small query finds the dataset, the resource and its summary as they were at that answer:

* only ``GET /budgets/resume/<id>.json`` without query, compressed, from the same origin;
* what is made private, deleted, withdrawn or published again counts at the very next request;
* a refusal or a failure seen by CKAN drops it;
* CKAN is asked again every ``ckanext.budget.view.cache_seconds`` all the same, for rules of access
  that live elsewhere (a plugin's, say) and for links to be refreshed: half-way, one request goes
  through and renews or drops the answer, the others wait not.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Any

__all__ = ["MARK", "Microcache"]

MARK = "budget.anonymous"
"""Key of the WSGI environment that the view sets when its answer is fit for everybody."""

MAX_ENTRIES = 128
"""Answers per process, of at most 60 kB each."""

_PREFIX, _SUFFIX = "/budgets/resume/", ".json"
_DROPPED = frozenset(("connection", "date", "set-cookie", "server"))

Environ = dict[str, Any]
Headers = list[tuple[str, str]]


@dataclass(slots=True)
class _Entry:
    headers: Headers
    body: bytes
    stamp: Any
    renew_at: float
    drop_at: float


class Microcache:
    """WSGI application that wraps another one. ``seconds`` <= 0: it does nothing.

    ``stamp`` tells by id in what state a resource is: any two values that are equal say that
    nothing which matters has changed, None says that nothing is known.
    """

    def __init__(
        self,
        app: Callable[..., Any],
        seconds: float,
        stamp: Callable[[str], Any],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.app = app
        self.seconds = seconds
        self._stamp = stamp
        self._clock = clock
        self._lock = Lock()
        self._entries: OrderedDict[str, _Entry] = OrderedDict()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if self.seconds <= 0 or not _is_summary(path) or not _is_plain(environ):
            return self.app(environ, start_response)
        known_to_reader = environ.pop("HTTP_IF_NONE_MATCH", "").strip()
        stamp = self._stamp(path[len(_PREFIX) : -len(_SUFFIX)])
        entry = self._fresh(path, stamp)
        if entry is None:
            status, headers, body = self._ask(path, environ, stamp)
        else:
            status, headers, body = "200 OK", entry.headers, entry.body
        if known_to_reader and known_to_reader == _header(headers, "etag"):
            status, body = "304 NOT MODIFIED", b""
            headers = [pair for pair in headers if not pair[0].lower().startswith("content-")]
        start_response(status, list(headers))
        return [body]

    def _fresh(self, path: str, stamp: Any) -> _Entry | None:
        """The answer to give, None when this request must go through."""
        now = self._clock()
        with self._lock:
            entry = self._entries.get(path)
            if entry is None:
                return None
            if now >= entry.drop_at or stamp is None or stamp != entry.stamp:
                del self._entries[path]
                return None
            if now >= entry.renew_at:
                entry.renew_at = entry.drop_at  # this request renews, for all
                return None
            self._entries.move_to_end(path)
            return entry

    def _ask(self, path: str, environ: Environ, stamp: Any) -> tuple[str, Headers, bytes]:
        """CKAN's own answer; it is kept, or drops what was kept.

        Kept under the stamp read *before* CKAN answered: a change in between makes it differ.
        """
        heard: list[tuple[str, Headers]] = []

        def hear(status: str, headers: Headers, exc_info: Any = None) -> Any:
            heard.append((status, headers))

        answer = self.app(environ, hear)
        try:
            body = b"".join(answer)
        finally:
            close = getattr(answer, "close", None)
            if close:
                close()
        status, headers = heard[-1]
        if not status.startswith("200"):
            with self._lock:
                self._entries.pop(path, None)
        elif environ.get(MARK):
            self._keep(path, stamp, headers, body)
        return status, headers, body

    def _keep(self, path: str, stamp: Any, headers: Headers, body: bytes) -> None:
        kept = [(key, value) for key, value in headers if key.lower() not in _DROPPED]
        now = self._clock()
        entry = _Entry(kept, body, stamp, now + self.seconds / 2, now + self.seconds)
        with self._lock:
            self._entries[path] = entry
            self._entries.move_to_end(path)
            while len(self._entries) > MAX_ENTRIES:
                self._entries.popitem(last=False)


def _header(headers: Headers, name: str) -> str:
    return next((value for key, value in headers if key.lower() == name), "")


def _is_summary(path: str) -> bool:
    return path.startswith(_PREFIX) and path.endswith(_SUFFIX)


def _is_plain(environ: Environ) -> bool:
    return (
        environ.get("REQUEST_METHOD") == "GET"
        and not environ.get("QUERY_STRING")
        and "HTTP_ORIGIN" not in environ
        and "gzip" in environ.get("HTTP_ACCEPT_ENCODING", "")
    )
