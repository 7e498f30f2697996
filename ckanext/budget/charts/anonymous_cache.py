"""A memory in front of CKAN for the summaries that anybody may read.

A summary is the same bytes for every reader, but CKAN needs milliseconds to open a session, find
the user and build the request. A page that many sites embed asks for it often, so each process
keeps the answers that CKAN itself gave to an *anonymous* reader, with all their headers, as long as
one small query, made every second at most, finds the dataset, the resource and its summary as they
were at that answer:

* only ``GET /budgets/resume/<id>.json`` without query, or the same by CKAN's API
  (``/api/3/action/budget_summary?id=<id>``), compressed, from the same origin;
* what is made private, deleted, withdrawn or published again counts within ``CHECK_SECONDS``;
* a refusal or a failure seen by CKAN drops it;
* CKAN is asked again every ``ckanext.budget.view.cache_seconds`` all the same, for rules of access
  that live elsewhere (a plugin's, say) and for links to be refreshed: half-way, one request goes
  through and renews or drops the answer, the others wait not.
"""

from __future__ import annotations

import gzip
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Any

MARK = "budget.anonymous"
"""Key of the WSGI environment that the view sets when its answer is fit for everybody."""

CHECK_SECONDS = 1.0
"""How long an answer is taken for true without looking at the database."""

MAX_ENTRIES = 128
"""Answers per process, of at most 60 kB each."""

_ASKED = re.compile(
    r"/budgets/resume/(?P<page>[\w-]+)\.json\?|/api/(?:3/)?action/budget_summary\?id=(?P<api>[\w-]+)"
)
"""Path and query of the requests that this memory knows."""

_DROPPED = frozenset(("connection", "date", "set-cookie", "server"))

Environ = dict[str, Any]
Headers = list[tuple[str, str]]


@dataclass(slots=True)
class _Entry:
    headers: Headers
    body: bytes
    stamp: Any
    check_at: float
    renew_at: float
    drop_at: float


class AnonymousCache:
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
        asked = f"{environ.get('PATH_INFO', '')}?{environ.get('QUERY_STRING', '')}"
        if self.seconds <= 0 or not _ASKED.fullmatch(asked) or not _is_plain(environ):
            return self.app(environ, start_response)
        known_to_reader = environ.pop("HTTP_IF_NONE_MATCH", "").strip()
        entry = self._fresh(asked)
        if entry is None:
            status, headers, body = self._ask(asked, environ)
        else:
            status, headers, body = "200 OK", entry.headers, entry.body
        if known_to_reader and known_to_reader == _header(headers, "etag"):
            status, body = "304 NOT MODIFIED", b""
            headers = [pair for pair in headers if not pair[0].lower().startswith("content-")]
        start_response(status, list(headers))
        return [body]

    def _fresh(self, asked: str) -> _Entry | None:
        """The answer to give, None when this request must go through."""
        now = self._clock()
        with self._lock:
            entry = self._entries.get(asked)
            if entry is None:
                return None
            if now >= entry.drop_at:
                del self._entries[asked]
                return None
            if now >= entry.renew_at:
                entry.renew_at = entry.drop_at  # this request renews, for all
                return None
            self._entries.move_to_end(asked)
            is_sure = now < entry.check_at
            if not is_sure:
                entry.check_at = now + CHECK_SECONDS  # this request checks, for all
        return entry if is_sure or self._is_true(asked, entry) else None

    def _is_true(self, asked: str, entry: _Entry) -> bool:
        """Whether nothing has changed since this answer; else it is dropped."""
        if self._state_of(asked) == entry.stamp:
            return True
        self._drop(asked)
        return False

    def _drop(self, asked: str) -> None:
        with self._lock:
            self._entries.pop(asked, None)

    def _state_of(self, asked: str) -> Any:
        found = _ASKED.fullmatch(asked)
        return self._stamp(found["page"] or found["api"]) if found else None

    def _ask(self, asked: str, environ: Environ) -> tuple[str, Headers, bytes]:
        """CKAN's own answer; it is kept, or drops what was kept.

        Kept under the stamp read *before* CKAN answered: a change in between makes it differ.
        """
        stamp = self._state_of(asked)
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
            self._drop(asked)
        elif environ.get(MARK) and stamp is not None:
            self._keep(asked, stamp, headers, body)
        return status, headers, body

    def _keep(self, asked: str, stamp: Any, headers: Headers, body: bytes) -> None:
        kept, body = _compressed(
            [(key, value) for key, value in headers if key.lower() not in _DROPPED], body
        )
        now = self._clock()
        ends = now + CHECK_SECONDS, now + self.seconds / 2, now + self.seconds
        entry = _Entry(kept, body, stamp, *ends)
        with self._lock:
            self._entries[asked] = entry
            self._entries.move_to_end(asked)
            while len(self._entries) > MAX_ENTRIES:
                self._entries.popitem(last=False)


def _header(headers: Headers, name: str) -> str:
    return next((value for key, value in headers if key.lower() == name), "")


def _compressed(headers: Headers, body: bytes) -> tuple[Headers, bytes]:
    """The answer for readers who take gzip, as all those of this memory do."""
    if _header(headers, "content-encoding"):
        return headers, body
    packed = gzip.compress(body, mtime=0)
    others = [pair for pair in headers if pair[0].lower() != "content-length"]
    about = [("Content-Encoding", "gzip"), ("Content-Length", str(len(packed)))]
    return [*others, *about, ("Vary", "Accept-Encoding")], packed


def _is_plain(environ: Environ) -> bool:
    return (
        environ.get("REQUEST_METHOD") == "GET"
        and "HTTP_ORIGIN" not in environ
        and "gzip" in environ.get("HTTP_ACCEPT_ENCODING", "")
    )
