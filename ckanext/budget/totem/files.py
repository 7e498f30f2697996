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

__all__ = ["HashingReader", "open_input", "whole_output"]


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


@contextmanager
def open_input(name: str | Path) -> Iterator[BinaryIO]:
    """The file to read; raises ``OSError``."""
    if str(name) == "-":
        yield sys.stdin.buffer
        return
    with open(name, "rb") as stream:
        yield stream


@contextmanager
def whole_output(name: str | Path, mode: int = 0o644) -> Iterator[BinaryIO]:
    """A file that appears under its name only when the block succeeds; ``-`` is standard output.

    Until then it is a private temporary file beside it, removed on failure.
    """
    to_stdout = str(name) == "-"
    descriptor, temporary = _temporary(None if to_stdout else Path(name))
    try:
        with os.fdopen(descriptor, "w+b") as stream:
            yield stream
            if to_stdout:
                stream.flush()
                stream.seek(0)
                shutil.copyfileobj(stream, sys.stdout.buffer)
        if not to_stdout:
            os.chmod(temporary, mode)
            os.replace(temporary, name)
    finally:
        Path(temporary).unlink(missing_ok=True)


def _temporary(output: Path | None) -> tuple[int, str]:
    """``mkstemp`` beside the output; an error names the output, not the temporary file."""
    try:
        if output is not None and output.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        return tempfile.mkstemp(prefix=".totem-", dir=output.parent if output else None)
    except OSError as error:
        error.filename = str(output) if output else error.filename
        raise
