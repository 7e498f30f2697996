"""What a file on its way in is: a TOTEM document, an SCDL table, an archive that hides one, other.

The content decides, never the name: a TOTEM document called ``photo.jpg`` still names people.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any, BinaryIO, Literal, cast

from werkzeug.datastructures import FileStorage

Kind = Literal["totem", "scdl", "hidden", "sealed", "other"]

_BLOCK = 1 << 20
_HEAD = 1 << 16
_OVERLAP = 256
_NAMES = (b"DocumentBudgetaire", b"CompteFinancierUnique")
_ROOT = re.compile(rb"<(?:[^\s<>/:]+:)?(?:" + b"|".join(_NAMES) + rb")[\s>/]")
_ROOT_TEXT = re.compile(_ROOT.pattern.decode())
_ZIP = b"PK\x03\x04"
_COMPRESSED: dict[bytes, Any] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\0": lzma.open,
}
_SEALED = (b"7z\xbc\xaf\x27\x1c", b"\x28\xb5\x2f\xfd", b"Rar!\x1a\x07")
"""7z, Zstandard, rar: nothing here reads them."""
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    RuntimeError,
    NotImplementedError,
    ValueError,
)
_SCDL_COLUMN = re.compile(rb"\bBGT_(?:NATDEC|SIRET|CONTNAT|NATURE)\b", re.IGNORECASE)
_ENTRIES = 2000
_NESTED = 3
_INSIDE = 64 << 20
"""Entries, levels and unpacked bytes that are looked into; of more, nothing is said."""


def kind_of(upload: FileStorage) -> Kind:
    """The kind of an uploaded file. The stream is left at its beginning.

    ``hidden``: an archive or compressed file that holds a TOTEM document; ``sealed``: one that
    cannot be looked into to the end.
    """
    stream = cast("BinaryIO", upload.stream)
    stream.seek(0)
    head = stream.read(_HEAD)
    stream.seek(0)
    try:
        if is_archive(head):
            return _inside(stream, head, _NESTED)
        if holds_totem(stream):
            return "totem"
        return "scdl" if _SCDL_COLUMN.search(head.partition(b"\n")[0]) else "other"
    finally:
        stream.seek(0)


def is_archive(head: bytes) -> bool:
    """Whether a file that begins so holds others, or is compressed."""
    return head.startswith((_ZIP, *_COMPRESSED, *_SEALED))


def says_totem(text: str) -> bool:
    """Whether the text has a root element of TOTEM."""
    return bool(_ROOT_TEXT.search(text))


def holds_totem(stream: BinaryIO) -> bool:
    """Whether a root element of TOTEM is anywhere in the stream, read from where it is."""
    return any(
        _ROOT.search(block)
        for block in _windows(stream)
        if any(name in block for name in _NAMES)  # ten times as fast as the pattern
    )


def _windows(stream: BinaryIO) -> Iterator[bytes]:
    """Blocks that overlap, without the zero bytes of UTF-16."""
    rest = b""
    while block := stream.read(_BLOCK):
        window = rest + block.replace(b"\0", b"")
        yield window
        rest = window[-_OVERLAP:]


def _inside(stream: BinaryIO, head: bytes, levels: int) -> Kind:
    """``hidden``, ``sealed`` or ``other``: the gravest of what the archive holds."""
    if head.startswith(_SEALED) or not levels:
        return "sealed"
    try:
        if head.startswith(_ZIP):
            return _in_zip(stream, levels)
        opened = next(opener for magic, opener in _COMPRESSED.items() if head.startswith(magic))
        with opened(stream) as content:
            return _content(content, levels)
    except _BROKEN:
        return "sealed"


def _in_zip(stream: BinaryIO, levels: int) -> Kind:
    with zipfile.ZipFile(stream) as archive:
        entries = archive.infolist()
        kinds = {_entry(archive, entry, levels) for entry in entries[:_ENTRIES]}
    if "hidden" in kinds:
        return "hidden"
    return "sealed" if "sealed" in kinds or len(entries) > _ENTRIES else "other"


def _entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, levels: int) -> Kind:
    try:
        with archive.open(entry) as content:
            return _content(content, levels)
    except _BROKEN:
        return "sealed"


def _content(content: Any, levels: int) -> Kind:
    """Of an unpacked file: a document is known by its beginning, but a tar has many."""
    head = content.read(_HEAD)
    is_tar = head[257:262] == b"ustar"
    whole = head + content.read(_INSIDE) if is_tar or is_archive(head) else head
    if is_archive(head):
        return "sealed" if len(whole) > _INSIDE else _inside(BytesIO(whole), head, levels - 1)
    if holds_totem(BytesIO(whole)):
        return "hidden"
    return "sealed" if len(whole) > _INSIDE else "other"
