"""Seekable streams: a part of another one, what a container holds, reads that are bounded."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterable
from typing import BinaryIO

from ckanext.budget.totem.errors import NoRoom, os_sentence

CHUNK = 1 << 18
_IN_MEMORY = 8 << 20


class Slice(io.RawIOBase):
    """``size`` bytes of a seekable stream from ``start``, as a file of their own."""

    def __init__(self, stream: BinaryIO, start: int, size: int) -> None:
        self._stream, self._start, self._size = stream, start, size
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        base = (0, self._position, self._size)[whence]
        self._position = max(0, base + offset)
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        wanted = max(0, min(len(buffer), self._size - self._position))
        self._stream.seek(self._start + self._position)
        data = self._stream.read(wanted)
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)


def part(stream: BinaryIO, start: int, end: int) -> BinaryIO:
    """The bytes from ``start`` to ``end`` of ``stream``."""
    return io.BufferedReader(Slice(stream, start, end - start), CHUNK)


def size_of(stream: BinaryIO) -> int:
    """Size in bytes of a seekable stream, left at its end."""
    return stream.seek(0, io.SEEK_END)


class Spool:
    """What comes out of a container: in memory, from 8 MiB in a file without a name."""

    def __init__(self) -> None:
        self._file: BinaryIO = io.BytesIO()
        self._large = False
        self.size = 0

    def write(self, chunk: bytes) -> None:
        """Add ``chunk``. Raises NoRoom: an OSError would mean a damaged container."""
        self.size += len(chunk)
        try:
            if self.size > _IN_MEMORY and not self._large:
                in_memory, self._large = self._file, True
                self._file = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the spool)
                self._file.write(in_memory.getvalue())  # type: ignore[attr-defined]
            self._file.write(chunk)
        except OSError as error:
            raise NoRoom(os_sentence(error)) from error

    def read(self) -> BinaryIO:
        """All of it, as a seekable stream at its beginning."""
        self._file.seek(0)
        return self._file


def kept(chunks: Iterable[bytes]) -> BinaryIO:
    """``chunks`` as a seekable stream at its beginning."""
    spool = Spool()
    for chunk in chunks:
        spool.write(chunk)
    return spool.read()


class BoundedReads:
    """A stream of which no single read exceeds ``limit``: a forged size cannot fill the memory.

    ``zipfile`` reads the whole directory at once, ``tarfile`` an extended header.
    """

    def __init__(self, stream: BinaryIO, limit: int) -> None:
        self._stream, self._limit = stream, limit

    def read(self, size: int = -1) -> bytes:
        if size > self._limit:
            raise OSError("read refused")
        return self._stream.read(size if size >= 0 else self._limit)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)
