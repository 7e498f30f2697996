"""A web site of documents that counts what it gives, and fails on purpose.

``python site.py FOLDER --port N [--faults 0.1 --seed 1]`` serves ``/docs/`` (an Apache-like listing
with dates and sizes, strong ETags, conditional requests) and ``/_stats`` (JSON counters). With
``--faults`` that share of the requests for a document is answered by an error 500, a connection
cut in the middle of the body, or a slow transfer, in equal parts.
"""

from __future__ import annotations

import argparse
import json
import random
import threading
import time
from collections import Counter
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

SLOW_SECONDS = 5


class Handler(BaseHTTPRequestHandler):
    """Answers a listing, a document, or the counters."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Any

    def do_GET(self) -> None:
        if self.path == "/_stats":
            self._send(200, json.dumps(self.server.counts).encode(), "application/json")
        elif self.path == "/docs/":
            self._count("listings")
            self._send(200, self.server.listing(), "text/html; charset=utf-8")
        else:
            self._document(self.server.folder / unquote(self.path.rpartition("/")[2]))

    def _document(self, path: Path) -> None:
        if not path.is_file():
            self._send(404, b"absent", "text/plain")
            return
        status = path.stat()
        etag = f'"{status.st_size:x}-{status.st_mtime_ns:x}"'
        if self.headers.get("If-None-Match") == etag:
            self._count("not modified")
            self._send(304, b"", "application/xml", ETag=etag)
            return
        fault = self.server.fault()
        self._count(fault or "downloads")
        if fault == "error 500":
            self._send(500, b"panne", "text/plain")
            return
        modified = formatdate(status.st_mtime, usegmt=True)
        self._send(
            200, path.read_bytes(), "application/xml", fault, ETag=etag, Last_Modified=modified
        )

    def _send(self, status: int, body: bytes, kind: str, fault: str = "", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        half = len(body) // 2
        self.wfile.write(body[:half] if fault else body)
        if fault == "cut":
            self.close_connection = True
        elif fault == "slow":
            time.sleep(SLOW_SECONDS)
            self.wfile.write(body[half:])

    def _count(self, what: str) -> None:
        with self.server.lock:
            self.server.counts[what] += 1

    def log_message(self, *args: object) -> None:
        """Stay silent."""


class Site(ThreadingHTTPServer):
    """The documents of ``folder``; ``share`` of the requests for one fails."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, folder: Path, port: int, share: float, seed: int) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.folder = folder
        self.share = share
        self.random = random.Random(seed)
        self.lock = threading.Lock()
        self.counts: Counter[str] = Counter()

    def fault(self) -> str:
        """What goes wrong with this request, or nothing."""
        with self.lock:
            if self.random.random() >= self.share:
                return ""
            return self.random.choice(("error 500", "cut", "slow"))

    def listing(self) -> bytes:
        """As Apache writes it: date to the minute, size in bytes."""
        rows = []
        for path in sorted(self.folder.glob("*.xml")):
            status = path.stat()
            date = time.strftime("%Y-%m-%d %H:%M", time.gmtime(status.st_mtime))
            name = quote(path.name)
            rows.append(f'<a href="{name}">{path.name}</a>  {date}  {status.st_size}')
        return ("<html><body><pre>" + "\n".join(rows) + "</pre></body></html>").encode()

    def handle_error(self, *args: object) -> None:
        """A client that is killed leaves."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--faults", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    Site(arguments.folder, arguments.port, arguments.faults, arguments.seed).serve_forever()


if __name__ == "__main__":
    main()
