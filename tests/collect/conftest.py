"""A real HTTP server on the loopback, told by each test what to answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ckanext.budget.collect import Limits, Network, Source, source_for

LOOPBACK = Network(private_networks=("127.0.0.1/32",))
"""The server of the tests is 127.0.0.1; every other internal address stays refused."""

QUICK = Limits(backoff=0, rate=0, connect_timeout=60, read_timeout=60, total_timeout=300)

DOCUMENT = b'<?xml version="1.0"?><DocumentBudgetaire/>\n'

Answer = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Answers with what the site holds for the path; the path is noted."""

    protocol_version = "HTTP/1.1"
    server: Any

    def do_GET(self) -> None:
        site: Site = self.server.site
        site.requests.append((self.path, dict(self.headers)))
        answer = site.routes.get(self.path.partition("?")[0])
        if answer is None:
            self.reply(404, b"absent")
        elif callable(answer):
            answer(self)
        else:
            kind = "text/html" if self.path.endswith("/") else "application/xml"
            self.reply(200, answer, {"Content-Type": kind})

    def reply(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def raw(self, data: bytes) -> None:
        """Send ``data`` as they are, then close."""
        self.wfile.write(data)
        self.close_connection = True

    def endless(self, piece: bytes, pause: float = 0) -> None:
        """Send ``piece`` again and again until the client leaves or the test ends."""
        self.close_connection = True
        while not self.server.site.over.wait(pause):
            try:
                self.wfile.write(piece)
                self.wfile.flush()
            except OSError:
                return

    def log_message(self, *args: object) -> None:
        """Stay silent."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *args: object) -> None:
        """A client that leaves is what many tests want."""


class Site:
    """What the server answers (``routes``) and what it was asked (``requests``)."""

    document = DOCUMENT
    limits = QUICK
    network = LOOPBACK

    def __init__(self) -> None:
        self.routes: dict[str, bytes | Answer] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.over = threading.Event()
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.site = self  # type: ignore[attr-defined]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.server.server_port}{path}"

    @property
    def asked(self) -> list[str]:
        return [path for path, _headers in self.requests]

    def source(self, path: str = "/", config: dict[str, Any] | None = None, **more: Any) -> Source:
        settings = {"limits": QUICK, "network": LOOPBACK, **more}
        return source_for(self.url(path), config, **settings)

    def close(self) -> None:
        self.over.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


@pytest.fixture
def into(tmp_path: Path) -> Path:
    """Where a test fetches a document."""
    return tmp_path / "out" / "document.xml"
