"""Bounded copying and decompression: never more in memory, or on disk, than allowed."""

from __future__ import annotations

import hashlib
import os
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from .errors import BadArchive, TooLarge

CHUNK = 64 * 1024
GZIP_MAGIC = b"\x1f\x8b"
ZIP_MAGIC = b"PK\x03\x04"
ZIP_EMPTY_MAGIC = b"PK\x05\x06"
_SLICE = 4096
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32


def human(size: int) -> str:
    """A size in bytes, for a French reader: ``512 Mo``."""
    for unit, factor in (("Go", 1024**3), ("Mo", 1024**2), ("ko", 1024)):
        if size >= factor:
            return f"{size / factor:.4g} {unit}".replace(".", ",")
    return f"{size} octets"


def chunks_of(stream: BinaryIO) -> Iterator[bytes]:
    """The content of ``stream`` by pieces of 64 KiB."""
    while chunk := stream.read(CHUNK):
        yield chunk


def gunzip(chunks: Iterable[bytes], where: str) -> Iterator[bytes]:
    """The decompressed content of gzip (or zlib) ``chunks``, by pieces of 64 KiB at most.

    Several gzip members in a row are one content. Raises BadArchive when the data are
    damaged or stop early.
    """
    inflater = zlib.decompressobj(_GZIP_OR_ZLIB)
    started = False
    # What follows a member is copied for each of them: by small slices, that costs little.
    slices = (chunk[at : at + _SLICE] for chunk in chunks for at in range(0, len(chunk), _SLICE))
    for data in slices:
        while data:
            if inflater.eof:
                inflater, started = zlib.decompressobj(_GZIP_OR_ZLIB), False
                if not (data := data.lstrip(b"\0")):
                    break
            started = True
            try:
                piece = inflater.decompress(data, CHUNK)
            except zlib.error:
                raise BadArchive(where, reason="compression endommagée") from None
            data = inflater.unconsumed_tail or (inflater.unused_data if inflater.eof else b"")
            if piece:
                yield piece
    yield from _rest(inflater, where, started)


def _rest(inflater: zlib._Decompress, where: str, started: bool) -> Iterator[bytes]:
    """What the decompressor still holds once all its input was given."""
    while started and not inflater.eof:
        piece = inflater.decompress(inflater.unconsumed_tail, CHUNK)
        if not piece:
            raise BadArchive(where, reason="fichier compressé tronqué")
        yield piece


@contextmanager
def written(into: Path) -> Iterator[BinaryIO]:
    """A file to write (and read) that takes its place ``into`` only if the block succeeds."""
    into.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=into.parent, prefix=".collect-")
    try:
        with os.fdopen(handle, "w+b") as out:
            yield out
        os.replace(name, into)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name)


def save(
    chunks: Iterable[bytes],
    out: BinaryIO,
    limit: int,
    where: str,
    check: Callable[[], object] = lambda: None,
) -> tuple[str, int]:
    """Write ``chunks`` to ``out``; answer the SHA-256 (hex) and the size in bytes.

    ``check`` runs before each piece (time limits). Raises TooLarge beyond ``limit`` bytes.
    """
    digest = hashlib.sha256()
    size = 0
    for chunk in chunks:
        check()
        size += len(chunk)
        if size > limit:
            raise TooLarge(where, limit=human(limit))
        digest.update(chunk)
        out.write(chunk)
    return digest.hexdigest(), size
