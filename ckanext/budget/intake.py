"""What a file on its way in is: a TOTEM document, an SCDL table, an archive that hides one, other.

The content decides, never the name: a TOTEM document called ``photo.jpg`` still names people.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Literal

from werkzeug.datastructures import FileStorage

__all__ = ["Kind", "holds_totem", "kind_of"]

Kind = Literal["totem", "scdl", "hidden", "other"]

_BLOCK = 1 << 20
_HEAD = 1 << 16
_OVERLAP = 256
_ROOT = re.compile(rb"<(?:[^\s<>/:]+:)?(?:DocumentBudgetaire|CompteFinancierUnique)[\s>/]")
_ARCHIVES = (b"PK\x03\x04", b"\x1f\x8b")
# bzip2, xz, 7z, Zstandard, rar: what is inside cannot be told.
_SEALED = (b"BZh", b"\xfd7zXZ\0", b"7z\xbc\xaf\x27\x1c", b"\x28\xb5\x2f\xfd", b"Rar!\x1a\x07")
_SCDL_COLUMN = re.compile(rb"\bBGT_(?:NATDEC|SIRET|CONTNAT|NATURE)\b", re.IGNORECASE)
_ENTRIES = 2000
"""Entries of an archive that are looked into; a larger one is taken for hiding something."""


def kind_of(upload: FileStorage) -> Kind:
    """The kind of an uploaded file. The stream is left at its beginning.

    ``hidden``: a compressed file that holds a TOTEM document, or that cannot be looked into.
    """
    stream = upload.stream
    stream.seek(0)
    head = stream.read(_HEAD)
    stream.seek(0)
    try:
        if head.startswith(_SEALED):
            return "hidden"
        if head.startswith(_ARCHIVES):
            hides = _zip_hides if head.startswith(b"PK") else _gzip_hides
            return "hidden" if hides(stream) else "other"
        if holds_totem(stream):
            return "totem"
        return "scdl" if _SCDL_COLUMN.search(head.partition(b"\n")[0]) else "other"
    finally:
        stream.seek(0)


def holds_totem(stream: BinaryIO) -> bool:
    """Whether a root element of TOTEM is anywhere in the stream, read from where it is."""
    return any(_ROOT.search(block) for block in _windows(stream))


def _windows(stream: BinaryIO) -> Iterator[bytes]:
    """Blocks that overlap, without the zero bytes of UTF-16."""
    rest = b""
    while block := stream.read(_BLOCK):
        window = rest + block.replace(b"\0", b"")
        yield window
        rest = window[-_OVERLAP:]


def _gzip_hides(stream: BinaryIO) -> bool:
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        return _looks_inside(inflater.decompress(stream.read(_HEAD), _HEAD))
    except zlib.error:
        return True


def _zip_hides(stream: BinaryIO) -> bool:
    try:
        with zipfile.ZipFile(stream) as archive:
            entries = archive.infolist()
            return len(entries) > _ENTRIES or any(_entry_hides(archive, e) for e in entries)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError):
        return True


def _entry_hides(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    with archive.open(entry) as content:
        return _looks_inside(content.read(_HEAD))


def _looks_inside(head: bytes) -> bool:
    """A document, or one more level of compression."""
    compressed = head.startswith(_ARCHIVES + _SEALED)
    return compressed or bool(_ROOT.search(head.replace(b"\0", b"")))
