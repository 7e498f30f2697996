"""A web site that does everything to hurt who harvests it, and one good document.

``python hostile.py --port N --document FILE`` listens on every address of the machine, so that
``/_stats`` tells whether a place that must not be reached was (``secret``).
"""

from __future__ import annotations

import argparse
import io
import json
import socket
import threading
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

MiB = 1 << 20
ENTRIES = 100_000
REDIRECTIONS = {
    "vers-boucle-locale.xml": "http://127.0.0.2:{port}/secret.xml",
    "vers-boucle-locale-6.xml": "http://[::1]:{port}/secret.xml",
    "vers-nom-local.xml": "http://localhost.localdomain:{port}/secret.xml",
    "vers-reseau-prive.xml": "http://10.0.0.1/secret.xml",
    "vers-metadonnees.xml": "http://169.254.169.254/latest/meta-data/",
    "vers-fichier.xml": "file:///etc/passwd",
    "vers-ftp.xml": "ftp://127.0.0.1/secret.xml",
    "vers-gopher.xml": "gopher://127.0.0.1:{port}/secret.xml",
    "vers-soi-meme.xml": "vers-soi-meme.xml",
}
ENDLESS = ("infini.xml", "goutte-a-goutte.xml", "en-tete-1-mo.xml", "en-tetes-sans-fin.xml")
BOMBS = ("bombe-de-transfert.xml", "bombe.xml.gz", "bombe.zip", "bombe-imbriquee.zip")
GOOD = "zz-bon.xml"
TRAPS = (*REDIRECTIONS, *ENDLESS, *BOMBS)


def _gzip_bomb() -> bytes:
    """800 MiB of spaces in 800 kB."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = b" " * MiB
    return b"".join(squeeze.compress(block) for _ in range(800)) + squeeze.flush()


def _zip_bomb(levels: int) -> bytes:
    content, name = b" " * (300 * MiB), "bombe.xml"
    for level in range(levels):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for copy in range(1 if not level else 10):
                archive.writestr(f"{copy}-{name}", content)
        content, name = out.getvalue(), "bombe.zip"
    return content


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Any

    def do_GET(self) -> None:
        path, name = self.path, self.path.rpartition("/")[2]
        self.server.counts["secret" if "secret" in path or "meta-data" in path else "asked"] += 1
        if path == "/_stats":
            self._send(json.dumps(self.server.counts).encode(), "application/json")
        elif path.startswith("/boucle/"):
            self._send(self.server.loop, "text/html")
        elif path == "/docs/":
            links = "".join(f'<a href="{item}">{item}</a>\n' for item in (*TRAPS, GOOD))
            self._send(links.encode(), "text/html")
        elif name in REDIRECTIONS:
            self.send_response(302)
            port = self.server.server_address[1]
            self.send_header("Location", REDIRECTIONS[name].format(port=port))
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self._trap(name)

    def _trap(self, name: str) -> None:
        endless: dict[str, Callable[[], None]] = {
            "infini.xml": lambda: self._pour(b"<a>" * 20_000, 0),
            "goutte-a-goutte.xml": lambda: self._pour(b"<", 0.2),
            "en-tete-1-mo.xml": lambda: self._headers(b"X-Long: " + b"a" * MiB + b"\r\n"),
            "en-tetes-sans-fin.xml": lambda: self._headers(b"X-Encore: oui\r\n" * 100_000),
        }
        if name in endless:
            self.close_connection = True
            try:
                endless[name]()
            except OSError:
                return
        elif name == "bombe-de-transfert.xml":
            self._send(self.server.files["bombe.xml.gz"], "text/xml", "gzip")
        elif name in self.server.files:
            self._send(self.server.files[name], "application/octet-stream")
        else:
            self.send_error(404)

    def _send(self, body: bytes, kind: str, coding: str = "") -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if coding:
            self.send_header("Content-Encoding", coding)
        self.end_headers()
        self.wfile.write(body)

    def _pour(self, block: bytes, pause: float) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.end_headers()
        while True:
            self.wfile.write(block)
            time.sleep(pause)

    def _headers(self, lines: bytes) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n" + lines + b"Content-Length: 0\r\n\r\n")

    def log_message(self, *args: object) -> None:
        """Stay silent."""


class Site(ThreadingHTTPServer):
    daemon_threads = True
    address_family = socket.AF_INET6

    def __init__(self, port: int, document: Path) -> None:
        super().__init__(("::", port), Handler)
        self.counts: Counter[str] = Counter()
        folders = "".join(f'<a href="d{number}/">d{number}/</a>\n' for number in range(ENTRIES))
        self.loop = f"<html><body><pre>{folders}</pre></body></html>".encode()
        self.files = {
            "bombe.xml.gz": _gzip_bomb(),
            "bombe.zip": _zip_bomb(1),
            "bombe-imbriquee.zip": _zip_bomb(3),
            GOOD: document.read_bytes(),
        }

    def server_bind(self) -> None:
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()

    def handle_error(self, *args: object) -> None:
        """A client that leaves is what is wanted."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--document", type=Path, required=True)
    arguments = parser.parse_args()
    threading.stack_size(MiB)
    Site(arguments.port, arguments.document).serve_forever()


if __name__ == "__main__":
    main()
