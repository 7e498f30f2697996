"""From a locator to the bytes: the web, the allowed directories, and archives in both."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from . import locator as loc
from .archive import entry_etag, find_entry, innermost, read_entry
from .cache import ArchiveCache
from .content import finished
from .errors import (
    AccessDenied,
    EntryRefused,
    NotFound,
    PathRefused,
    is_disk_full,
)
from .http import Client
from .model import Fetched, Known, Limits, NotModified
from .unpack import chunks_of, save, written

_OPEN_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class _Unchanged(Exception):
    """Nothing to write."""


@dataclass(frozen=True)
class _Body:
    """What is known of a document once its bytes are in a file."""

    sha256: str
    size: int
    known: Known


class Places:
    """Everything a source may reach: one HTTP client, one archive cache, some directories.

    ``root`` is the directory that local locators are relative to, None for a source on the
    web (its locators can then never reach a local file).
    """

    def __init__(
        self,
        client: Client,
        limits: Limits,
        allowed_directories: Iterable[Path | str] = (),
        root: Path | None = None,
        workspace: Path | None = None,
    ) -> None:
        self.client = client
        self.limits = limits
        self.root = root
        self._allowed = [Path(place).resolve() for place in allowed_directories]
        self._workspace = workspace
        self._cache: ArchiveCache | None = None

    @property
    def cache(self) -> ArchiveCache:
        """The archives downloaded so far (made at first use)."""
        if self._cache is None:
            limit = self.limits.max_archive_bytes
            self._cache = ArchiveCache(self._workspace, self.client, limit)
        return self._cache

    def close(self) -> None:
        """Remove temporary files."""
        if self._cache:
            self._cache.close()

    def allowed(self, path: Path, where: str) -> Path:
        """``path`` with its links resolved, if in an allowed directory. Raises PathRefused."""
        try:
            real = path.resolve(strict=True)
        except (OSError, RuntimeError, ValueError):
            if not self._covers(path.absolute()):
                raise PathRefused(where) from None
            raise NotFound(where) from None
        if not self._covers(real):
            raise PathRefused(where)
        return real

    def own(self, path: Path, where: str) -> Path:
        """As :meth:`allowed`, and below ``root``: the folder beside may be another body's."""
        real = self.allowed(path, where)
        if self.root is not None and not real.is_relative_to(self.root.resolve()):
            raise PathRefused(where)
        return real

    def _covers(self, path: Path) -> bool:
        return any(path.is_relative_to(place) for place in self._allowed)

    def local(self, locator: str) -> Path:
        """The file that a local locator designates. Raises PathRefused, NotFound."""
        if self.root is None:
            raise PathRefused(locator)
        return self.own(self.root / loc.local_path(locator), locator)

    @contextmanager
    def opened(self, place: str) -> Iterator[BinaryIO]:
        """The seekable outer file (an archive or a list) at ``place``, local or remote."""
        path = self.cache.get(place) if loc.is_remote(place) else self.local(place)
        with opened_file(path, place) as stream:
            yield stream

    @contextmanager
    def text(self, place: str, limit: int) -> Iterator[BinaryIO]:
        """The file of at most ``limit`` bytes at the URL or absolute path ``place``."""
        if not loc.is_remote(place):
            with opened_file(self.allowed(Path(place), place), place) as stream:
                yield stream
            return
        with tempfile.TemporaryFile() as body:
            self.client.download(place, body, limit)
            body.seek(0)
            yield body

    def fetch(self, locator: str, into: Path, known: Known) -> Fetched | NotModified:
        """See :meth:`Source.fetch`."""
        place, entries = loc.split(locator)
        try:
            with written(into) as out:
                body = self._receive(locator, place, entries, out, known)
                if body is None:
                    raise _Unchanged
                known = body.known
                digest, size = finished((body.sha256, body.size), out, self.limits, locator)
        except _Unchanged:
            return NotModified()
        return Fetched(into, digest, size, known.etag, known.modified)

    def _receive(
        self, locator: str, place: str, entries: list[str], out: BinaryIO, known: Known
    ) -> _Body | None:
        if entries:
            return self._from_archive(locator, place, entries, out, known)
        if loc.is_remote(place):
            return self._from_web(place, out, known)
        return self._from_disk(place, out, known)

    def _from_web(self, url: str, out: BinaryIO, known: Known) -> _Body | None:
        answer = self.client.download(url, out, self.limits.max_document_bytes, known)
        if isinstance(answer, NotModified):
            return None
        return _Body(answer.sha256, answer.size, Known(answer.etag, answer.modified))

    def _from_disk(self, locator: str, out: BinaryIO, known: Known) -> _Body | None:
        with opened_file(self.local(locator), locator) as stream:
            etag = file_etag(os.fstat(stream.fileno()))
            if known.etag == etag:
                return None
            limit = self.limits.max_document_bytes
            return _Body(*save(chunks_of(stream), out, limit, locator), Known(etag))

    def _from_archive(
        self, locator: str, place: str, entries: list[str], out: BinaryIO, known: Known
    ) -> _Body | None:
        *containers, name = entries
        with (
            self.opened(place) as stream,
            innermost(stream, containers, self.limits, locator) as archive,
        ):
            etag = entry_etag(find_entry(archive, name, locator))
            if known.etag == etag:
                return None
            return _Body(*read_entry(archive, name, out, self.limits, locator), Known(etag))


@contextmanager
def opened_file(path: Path, where: str) -> Iterator[BinaryIO]:
    """The regular file at the resolved ``path``. Raises NotFound, AccessDenied, EntryRefused."""
    with readable(where):
        handle = os.open(path, _OPEN_FLAGS)
    with open(handle, "rb") as stream:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise EntryRefused(where, reason="ce n'est pas un fichier ordinaire")
        yield stream


@contextmanager
def readable(where: str) -> Iterator[None]:
    """Turn the errors of the file system into ours."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound(where) from None
    except OSError as error:
        if is_disk_full(error):
            raise
        raise AccessDenied(where) from None


def file_etag(status: os.stat_result) -> str:
    """A mark of the content of a file: its size and its time of modification."""
    return f"file:{status.st_size}:{status.st_mtime_ns}"
