"""Compressed streams of one content (gzip, zlib, bzip2, xz, lzma), by bounded pieces."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from .model import Work
from .streams import CHUNK

_MEMORY = 256 << 20
"""Bytes that an xz file may ask for its dictionary."""


def _lzma() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(lzma.FORMAT_AUTO, _MEMORY)


MAKERS: dict[str, Callable[[], Any]] = {
    "gzip": lambda: zlib.decompressobj(31),
    "zlib": lambda: zlib.decompressobj(15),
    "deflate": lambda: zlib.decompressobj(-15),
    "bzip2": bz2.BZ2Decompressor,
    "xz": _lzma,
    "lzma": _lzma,
}


def format_of(head: bytes) -> str:
    """A key of ``MAKERS`` for a file that begins so; empty for others."""
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    if head.startswith(b"BZh") and head[4:10] in (b"1AY&SY", b"\x17rE8P\x90"):
        return "bzip2"
    if head.startswith(b"\xfd7zXZ\0"):
        return "xz"
    if head.startswith(b"\x5d\0\0") and head[5:13].endswith((b"\xff" * 4, b"\0\0")):
        return "lzma" if begins(head, "lzma") else ""
    return "zlib" if is_zlib(head) and begins(head, "zlib") else ""


def is_zlib(head: bytes) -> bool:
    """Whether the first two bytes may be those of a zlib stream (RFC 1950)."""
    return len(head) > 2 and head[0] & 0x8F == 8 and int.from_bytes(head[:2], "big") % 31 == 0


def begins(head: bytes, kind: str) -> bool:
    """Whether the first bytes decompress to something: two bytes prove nothing."""
    try:
        return bool(MAKERS[kind]().decompress(head, 1))
    except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError):
        return False


def is_deflate(head: bytes) -> bool:
    """Whether the first bytes may be those of a stream without header (RFC 1951)."""
    try:
        return len(zlib.decompressobj(-15).decompress(head[:1024], _ENOUGH)) == _ENOUGH
    except zlib.error:
        return False


_ENOUGH = 48
"""Random bytes seldom decompress to so much, and no document is shorter."""


class Inflated:
    """The decompressed content of ``stream``, all its members.

    ``end`` is then the place of the first byte that is not of the format, None at the file's end.
    """

    def __init__(self, stream: BinaryIO, kind: str, work: Work) -> None:
        self.end: int | None = None
        self._stream, self._make, self._work = stream, MAKERS[kind], work

    def __iter__(self) -> Iterator[bytes]:
        """By pieces of 256 KiB at most. Raises Exhausted, or the format's own errors."""
        data = self._stream.read(CHUNK)
        while data:
            self._work.entry()
            member = self._make()
            while not member.eof:
                piece, data = _step(member, data)
                self._work.took(len(piece))
                yield piece
                if not piece and not data and not member.eof:
                    data = self._stream.read(CHUNK)
                    if not data:
                        raise EOFError("truncated")
            data = (member.unused_data or self._stream.read(CHUNK)).lstrip(b"\0")
            if data and not self._goes_on(data):
                self.end = self._stream.tell() - len(data)
                return

    def _goes_on(self, data: bytes) -> bool:
        try:
            self._make().decompress(data[:64])
        except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError):
            return False
        return True


def _step(member: Any, data: bytes) -> tuple[bytes, bytes]:
    """Some output, and the input that is left."""
    piece = member.decompress(data, CHUNK)
    return piece, getattr(member, "unconsumed_tail", b"")
