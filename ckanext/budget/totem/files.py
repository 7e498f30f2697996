"""Opening inputs (``-`` is standard input) and writing outputs that are whole or absent."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


class HashingReader:
    """A binary stream that keeps the SHA-256 and the size of what was read through it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._sha256 = hashlib.sha256()
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        """As ``BinaryIO.read``."""
        data = self._stream.read(size)
        self._sha256.update(data)
        self.size += len(data)
        return data

    @property
    def sha256(self) -> str:
        """Hexadecimal digest of the bytes read so far."""
        return self._sha256.hexdigest()


def sha256_of(path: Path) -> str:
    """Hexadecimal digest of a file, never held whole in memory; raises ``OSError``."""
    with path.open("rb") as stream:
        reader = HashingReader(stream)
        while reader.read(1 << 20):
            pass
    return reader.sha256


@contextmanager
def open_input(name: str | Path) -> Iterator[BinaryIO]:
    """The file to read; raises ``OSError``."""
    if str(name) == "-":
        yield sys.stdin.buffer
        return
    with open(name, "rb") as stream:
        yield stream


@contextmanager
def seekable(stream: BinaryIO) -> Iterator[BinaryIO]:
    """The stream itself, or a private temporary copy of one that cannot be read twice."""
    if stream.seekable():
        stream.seek(0)
        yield stream
        return
    with tempfile.TemporaryFile(prefix=".totem-") as copy:
        shutil.copyfileobj(stream, copy)
        copy.seek(0)
        yield copy


@contextmanager
def whole_output(name: str | Path, mode: int = 0o644) -> Iterator[BinaryIO]:
    """A file that appears under its name only when the block succeeds; ``-`` is standard output.

    Until then it is a private temporary file beside it, removed on failure. A link stays a link;
    what is no regular file (``/dev/null``, a pipe) is written to when all is ready, never replaced.
    """
    output = None if str(name) == "-" else Path(name)
    poured = output is None or _is_special(output)
    descriptor, temporary = _temporary(None if poured else output)
    try:
        with os.fdopen(descriptor, "w+b") as stream:
            yield stream
            if poured:
                stream.flush()
                stream.seek(0)
                _pour(stream, output)
        if not poured:
            os.chmod(temporary, mode)
            os.replace(temporary, os.path.realpath(name))
    finally:
        Path(temporary).unlink(missing_ok=True)


def _is_special(output: Path) -> bool:
    if output.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(output))
    return output.exists() and not output.is_file()


def _pour(stream: BinaryIO, output: Path | None) -> None:
    if output is None:
        shutil.copyfileobj(stream, sys.stdout.buffer)
        return
    with output.open("wb") as special:
        shutil.copyfileobj(stream, special)


def _temporary(output: Path | None) -> tuple[int, str]:
    """``mkstemp`` beside the output; an error names the output, not the temporary file."""
    try:
        folder = os.path.dirname(os.path.realpath(output)) if output else None
        return tempfile.mkstemp(prefix=".totem-", dir=folder)
    except OSError as error:
        error.filename = str(output) if output else error.filename
        raise
