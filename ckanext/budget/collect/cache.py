"""Archives downloaded once, read many times, by several processes on one machine."""

from __future__ import annotations

import hashlib
import json
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from .http import Client
from .model import Known, NotModified
from .unpack import written

FRESH_SECONDS = 15 * 60
KEPT_SECONDS = 24 * 3600


class _Unchanged(Exception):
    """Leaves the copy in place."""


class ArchiveCache:
    """A private directory (mode 0700) of downloaded archives, named by the hash of their URL.

    A copy younger than 15 minutes is used as it is, an older one after a conditional request.
    Copies not used for a day are removed. Without ``directory``, a temporary one lives as
    long as this object.
    """

    def __init__(self, directory: Path | None, client: Client, max_bytes: int) -> None:
        self._own = None if directory else tempfile.TemporaryDirectory(prefix="collect-")
        self.directory = directory or Path(self._own.name if self._own else ".")
        self._client = client
        self._max_bytes = max_bytes

    def get(self, url: str) -> Path:
        """The local copy of the archive at ``url``. Raises CollectError."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.directory / f"{self._key(url)}.zip"
        notes = path.with_suffix(".json")
        kept = _read(notes) if path.exists() else {}
        if time.time() - kept.get("checked", 0) > FRESH_SECONDS:
            self._refresh(url, path, notes, kept)
            self._forget_old(path)
        return path

    def _key(self, url: str) -> str:
        """A file name that differs by URL and by credential: who may not read gets no copy."""
        credential = self._client.credential
        secret = "\0".join(map(str, vars(credential).values())) if credential else ""
        return hashlib.scrypt(secret.encode(), salt=url.encode(), n=4096, r=8, p=1).hex()[:64]

    def _refresh(self, url: str, path: Path, notes: Path, kept: dict[str, Any]) -> None:
        known = Known(kept.get("etag"), kept.get("modified"))
        with suppress(_Unchanged), written(path) as out:
            answer = self._client.download(url, out, self._max_bytes, known)
            if isinstance(answer, NotModified):
                raise _Unchanged
            known = Known(answer.etag, answer.modified)
        data = {"checked": time.time(), "etag": known.etag, "modified": known.modified}
        with written(notes) as out:
            out.write(json.dumps(data).encode())

    def _forget_old(self, but: Path) -> None:
        oldest = time.time() - KEPT_SECONDS
        for notes in self.directory.glob("*.json"):
            path = notes.with_suffix(".zip")
            if path != but and _read(notes).get("checked", 0) < oldest:
                path.unlink(missing_ok=True)
                notes.unlink(missing_ok=True)

    def close(self) -> None:
        """Remove the temporary directory, if this object made one."""
        if self._own:
            self._own.cleanup()


def _read(notes: Path) -> dict[str, Any]:
    try:
        data = json.loads(notes.read_bytes())
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}
