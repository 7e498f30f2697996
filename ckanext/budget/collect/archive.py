"""Zip archives, treated as hostile: nothing is extracted to a path that the archive names.

An entry is only ever read as a stream of bounded length. Entries are checked one by one
(path, encryption, method, ratio, size), archives as a whole (number of entries, total size,
levels of nesting).
"""

from __future__ import annotations

import re
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import BinaryIO, cast

from .errors import (
    BadArchive,
    CollectError,
    EntryRefused,
    LimitReached,
    NotFound,
    TooLarge,
    is_disk_full,
)
from .locator import entry_locator
from .model import Candidate, Limits, Listed
from .unpack import CHUNK, human, save

_LOCAL_HEADER = struct.Struct("<4s5H3I2H")

_DOCUMENT = re.compile(r"\.xml(\.gz)?$", re.IGNORECASE)
_ARCHIVE = re.compile(r"\.zip$", re.IGNORECASE)
_UNSAFE_PATH = re.compile(r"(^|[/\\])\.\.([/\\]|$)|^[/\\]|^[A-Za-z]:|[\x00-\x1f]")
_IGNORED = re.compile(r"(^|[/\\])(__MACOSX/|\.(?!\.?([/\\]|$)))")
_ENCRYPTED = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DIRECTORY_BYTES_PER_ENTRY = 256
_TOO_DEEP = "trop d'archives les unes dans les autres"
_RATIO_FROM = 10 * 1024 * 1024
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError)


def is_document(name: str) -> bool:
    """Whether a file of this name is a document (``.xml``, ``.xml.gz``)."""
    return bool(_DOCUMENT.search(name))


def is_archive(name: str) -> bool:
    """Whether a file of this name is an archive to look into (``.zip``)."""
    return bool(_ARCHIVE.search(name))


class _BoundedReads:
    """A file whose single reads are bounded: zipfile reads the whole directory in one call."""

    def __init__(self, stream: BinaryIO, limit: int, where: str) -> None:
        self._stream = stream
        self._limit = limit
        self._where = where

    def read(self, size: int = -1) -> bytes:
        if size > self._limit:
            raise LimitReached(self._where, reason="trop d'entrées dans l'archive")
        return self._stream.read(size)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


@contextmanager
def open_archive(stream: BinaryIO, limits: Limits, where: str) -> Iterator[zipfile.ZipFile]:
    """The archive held by the seekable ``stream``, its totals checked. Raises CollectError."""
    bounded = _BoundedReads(stream, limits.max_entries * _DIRECTORY_BYTES_PER_ENTRY, where)
    try:
        archive = zipfile.ZipFile(cast("BinaryIO", bounded))
    except _DAMAGED as error:
        if is_disk_full(error):
            raise
        raise BadArchive(where, reason="fichier zip endommagé ou tronqué") from None
    with archive:
        _check_totals(archive, limits, where)
        yield archive


@contextmanager
def innermost(
    stream: BinaryIO, containers: Sequence[str], limits: Limits, where: str
) -> Iterator[zipfile.ZipFile]:
    """The archive in the archives that ``containers`` name, the one of ``stream`` for none.

    Raises CollectError.
    """
    if len(containers) > limits.max_nesting:
        raise LimitReached(where, reason=_TOO_DEEP)
    with ExitStack() as stack:
        for container in containers:
            archive = stack.enter_context(open_archive(stream, limits, where))
            stream = stack.enter_context(tempfile.TemporaryFile())
            read_entry(archive, container, stream, limits, where)
        yield stack.enter_context(open_archive(stream, limits, where))


def _check_totals(archive: zipfile.ZipFile, limits: Limits, where: str) -> None:
    entries = archive.infolist()
    if len(entries) > limits.max_entries:
        raise LimitReached(where, reason="trop d'entrées dans l'archive")
    if overlaps(entries):
        raise BadArchive(where, reason="des entrées se recouvrent")
    if sum(entry.file_size for entry in entries) > limits.max_unpacked_bytes:
        limit = human(limits.max_unpacked_bytes)
        raise BadArchive(where, reason=f"plus de {limit} une fois décompressée")


def overlaps(entries: Iterable[zipfile.ZipInfo]) -> bool:
    """Whether two entries share compressed bytes: a small archive then unpacks without end."""
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < end:
            return True
        # The extra field of the local header is not known here: the least that it may take.
        end = entry.header_offset + _LOCAL_HEADER.size + entry.compress_size
    return False


class Work:
    """Bytes unpacked while one archive and its inner archives are listed, bounded together."""

    def __init__(self, limits: Limits) -> None:
        self._limit = limits.max_unpacked_bytes
        self._done = 0

    def add(self, size: int, where: str) -> None:
        """So many more bytes. Raises LimitReached."""
        self._done += size
        if self._done > self._limit:
            raise LimitReached(where, reason=f"plus de {human(self._limit)} à décompresser")


def _check_entry(entry: zipfile.ZipInfo, limits: Limits, where: str) -> None:
    """Raise EntryRefused or TooLarge when ``entry`` must not be read."""
    limit = limits.max_archive_bytes if is_archive(entry.filename) else limits.max_document_bytes
    reasons = {
        "chemin dangereux dans l'archive": _UNSAFE_PATH.search(entry.orig_filename),
        "entrée protégée par un mot de passe": entry.flag_bits & _ENCRYPTED,
        "méthode de compression inconnue": entry.compress_type not in _METHODS,
        "taux de compression anormal": _is_bomb(entry, limits),
    }
    for reason, found in reasons.items():
        if found:
            raise EntryRefused(where, reason=reason)
    if entry.file_size > limit:
        raise TooLarge(where, limit=human(limit))


def _is_bomb(entry: zipfile.ZipInfo, limits: Limits) -> bool:
    large = entry.file_size > _RATIO_FROM
    return large and entry.file_size > limits.max_ratio * max(entry.compress_size, 1)


def entry_etag(entry: zipfile.ZipInfo) -> str:
    """A mark of the content of ``entry``: its CRC and its size."""
    return f"crc32:{entry.CRC:08x}:{entry.file_size}"


def read_entry(
    archive: zipfile.ZipFile, name: str, out: BinaryIO, limits: Limits, where: str
) -> tuple[str, int]:
    """Write the entry ``name`` to ``out``; answer its SHA-256 and size. Raises CollectError."""
    entry = find_entry(archive, name, where)
    _check_entry(entry, limits, where)
    try:
        with archive.open(entry) as stream:
            return save(iter(lambda: stream.read(CHUNK), b""), out, entry.file_size, where)
    except CollectError:
        raise
    except (*_DAMAGED, RuntimeError) as error:
        if is_disk_full(error):
            raise
        raise BadArchive(where, reason="entrée endommagée ou tronquée") from None


def find_entry(archive: zipfile.ZipFile, name: str, where: str) -> zipfile.ZipInfo:
    """The entry called ``name``. Raises NotFound."""
    try:
        return archive.getinfo(name)
    except KeyError:
        raise NotFound(where) from None


def list_archive(
    stream: BinaryIO,
    limits: Limits,
    locator: str,
    name: str,
    level: int = 0,
    work: Work | None = None,
) -> Iterator[Listed]:
    """The documents of the archive in ``stream``, those of its inner archives included.

    ``locator`` and ``name`` are the archive's own. Raises CollectError when the archive
    itself is unusable.
    """
    work = work or Work(limits)
    with open_archive(stream, limits, locator) as archive:
        for entry in sorted(set(archive.NameToInfo.values()), key=lambda e: e.filename):
            if entry.is_dir() or _IGNORED.search(entry.filename):
                continue
            yield from _list_entry(archive, entry, limits, (locator, name, level), work)


def _list_entry(
    archive: zipfile.ZipFile,
    entry: zipfile.ZipInfo,
    limits: Limits,
    place: tuple[str, str, int],
    work: Work,
) -> Iterator[Listed]:
    parent, parent_name, level = place
    if not (is_document(entry.filename) or is_archive(entry.filename)):
        return
    locator = entry_locator(parent, entry.filename)
    name = f"{parent_name}/{entry.filename}" if parent_name else entry.filename
    try:
        _check_entry(entry, limits, locator)
        if is_document(entry.filename):
            date = "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}".format(*entry.date_time)
            yield Candidate(locator, name, entry.file_size, date, entry_etag(entry))
        else:
            work.add(entry.file_size, locator)
            inner = (locator, name, level + 1)
            yield from _list_inner(archive, entry.filename, limits, inner, work)
    except CollectError as error:
        yield error


def _list_inner(
    archive: zipfile.ZipFile,
    entry: str,
    limits: Limits,
    place: tuple[str, str, int],
    work: Work,
) -> Iterator[Listed]:
    locator, name, level = place
    if level > limits.max_nesting:
        raise LimitReached(locator, reason=_TOO_DEEP)
    with tempfile.TemporaryFile() as inner:
        read_entry(archive, entry, inner, limits, locator)
        yield from list_archive(inner, limits, locator, name, level, work)
