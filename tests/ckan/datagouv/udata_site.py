"""A udata site as its users see it: a server that counts what it is asked, and fails on demand.

Behind it is either the double of ``udata_double.py`` or a real udata (``dev/udata/run``): the same
tests run on both, so that the double does what the real one does.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Protocol

from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

Answer = tuple[int, bytes, str]
"""Status, content and media type."""


class Backend(Protocol):
    """What answers."""

    def answer(self, method: str, path: str, body: bytes, key: str) -> Answer: ...

    def new_key(self) -> str: ...

    def revoke(self, key: str) -> None: ...


class UdataSite:
    """``requests`` is what it was asked by the portal, as ``"POST /api/…"``."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self.key = backend.new_key()
        self._owner = backend.new_key()
        self.organization = self.ask(
            "POST", "organizations/", {"name": "Collectivités", "description": "Essai"}
        )["id"]
        self.requests: list[str] = []
        self.after: Callable[[str, str], int | None] = lambda method, path: None
        """What to answer instead, once the work is done: the answer that gets lost."""
        self.before: Callable[[str, str], int | None] = lambda method, path: None
        self._server = make_server("127.0.0.1", 0, self._serve, threaded=True)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> UdataSite:
        self._thread.start()
        return self

    def __exit__(self, *_error: Any) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def of(self, kind: str) -> list[str]:
        return [item for item in self.requests if item.startswith(kind)]

    def revoke(self) -> None:
        """The portal's key is worth nothing any more."""
        self._backend.revoke(self.key)

    def renew(self) -> None:
        """Another key for the portal."""
        self.key = self._backend.new_key()

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """What somebody else does there; the answer."""
        import json

        content = b"" if body is None else json.dumps(body).encode()
        status, answer, _type = self._backend.answer(method, f"/api/1/{path}", content, self._owner)
        assert status < 300, (method, path, status, answer)
        return json.loads(answer) if answer else None

    @property
    def datasets(self) -> list[dict[str, Any]]:
        """What the organisation has there, archived ones too."""
        return self.ask("GET", f"datasets/?organization={self.organization}&page_size=100")["data"]

    def only(self) -> dict[str, Any]:
        [dataset] = self.datasets
        return dataset

    def _serve(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        path = request.full_path.rstrip("?")
        self.requests.append(f"{request.method} {path}")
        key = request.headers.get("X-API-KEY", "")
        if status := self.before(request.method, request.path):
            response = Response(b"{}", status, content_type="application/json")
        else:
            status, content, kind = self._backend.answer(
                request.method, path, request.get_data(), key
            )
            response = Response(content, status, content_type=kind)
        if status := self.after(request.method, request.path):
            response = Response(b"<html>Bad gateway</html>", status)
        return response(environ, start_response)
