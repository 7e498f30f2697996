"""A folder of this machine (or mounted on it), below the allowed directories."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from .archive import is_archive, is_document, list_archive
from .errors import CollectError, EmptyDocument, LimitReached, StillWritten, UnusableSource
from .locator import local_locator
from .model import Candidate, Listed
from .places import Places, file_etag, opened_file, readable
from .source import Source, register


@register("folder")
class FolderSource(Source):
    """Every document and archive of a local folder; hidden files are left out."""

    def _list(self) -> Iterator[Listed]:
        if self.places.root is None:
            raise UnusableSource(self.url, reason="ce n'est pas un dossier local")
        root = self.places.allowed(self.places.root, self.url)
        yield from _Walk(self.places, root).folder(root, "", 0)


class _Walk:
    """One walk: the folders seen (a link may come back to one) and the entries counted."""

    def __init__(self, places: Places, root: Path) -> None:
        self.places = places
        self.limits = places.limits
        self.root = root
        self.seen: set[tuple[int, int]] = set()
        self.entries = 0

    def folder(self, path: Path, relative: str, depth: int) -> Iterator[Listed]:
        """The documents of the folder ``path``, known as ``relative`` in this source."""
        where = local_locator(relative or ".")
        if depth > self.limits.max_depth:
            yield LimitReached(where, reason=f"plus de {self.limits.max_depth} niveaux")
            return
        try:
            names = self._names(path, where)
        except CollectError as error:
            yield error
            return
        for name in names:
            yield from self._entry(path / name, f"{relative}/{name}".lstrip("/"), depth)

    def _names(self, path: Path, where: str) -> list[str]:
        with readable(where):
            status = path.stat()
            key = (status.st_dev, status.st_ino)
            if key in self.seen:
                return []
            self.seen.add(key)
            names = sorted(name for name in os.listdir(path) if not name.startswith("."))
        self.entries += len(names)
        if self.entries > self.limits.max_entries:
            raise LimitReached(where, reason=f"plus de {self.limits.max_entries} fichiers")
        return names

    def _entry(self, path: Path, relative: str, depth: int) -> Iterator[Listed]:
        locator = local_locator(relative)
        wanted = is_document(relative) or is_archive(relative)
        if not wanted and not path.is_dir():
            return
        try:
            real = self.places.own(path, locator)
            if not real.is_dir():
                yield from list_file(real, locator, _text(relative), self.places)
        except CollectError as error:
            yield error
            return
        if real.is_dir() and self.limits.goes_to(depth + 1):
            yield from self.folder(real, relative, depth + 1)


def list_file(path: Path, locator: str, name: str, places: Places) -> Iterator[Listed]:
    """The one document at ``path``, or those of the archive that it is. Raises CollectError."""
    with opened_file(path, locator) as stream:
        status = os.fstat(stream.fileno())
        # a clock that was set back makes files of the future: those are whole
        if abs(time.time() - status.st_mtime) < places.limits.min_age:
            raise StillWritten(locator)
        if is_archive(name):
            yield from list_archive(stream, places.limits, locator, name)
            return
    if not status.st_size:
        yield EmptyDocument(locator)
        return
    yield Candidate(locator, name, status.st_size, _date(status), file_etag(status))


def _date(status: os.stat_result) -> str:
    return str(int(status.st_mtime))


def _text(name: str) -> str:
    """``name`` without the stray bytes of a file system that is not in UTF-8."""
    return os.fsencode(name).decode("utf-8", "replace")
