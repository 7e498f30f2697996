"""What a document must be once its bytes are here: unpacked, not empty, no other known format."""

from __future__ import annotations

import tempfile
from typing import BinaryIO

from .errors import EmptyDocument, UnsupportedContent
from .model import Limits
from .unpack import GZIP_MAGIC, ZIP_EMPTY_MAGIC, ZIP_MAGIC, chunks_of, gunzip, save

_FOREIGN = {
    ZIP_MAGIC: "c'est une archive zip",
    ZIP_EMPTY_MAGIC: "c'est une archive zip vide",
    b"%PDF": "c'est un fichier PDF",
    b"\xd0\xcf\x11\xe0": "c'est un fichier de bureautique",
    b"Rar!": "c'est une archive RAR",
    b"7z\xbc\xaf": "c'est une archive 7z",
    GZIP_MAGIC: "il est compressé plusieurs fois",
    b"BZh": "c'est une archive bzip2",
    b"\xfd7zX": "c'est une archive xz",
}
_FOREIGN_REMEDY = "déposez le fichier XML lui-même, ou une archive dont le nom finit par .zip"
_INFLATED_AT_LEAST = 10 * 1024 * 1024


def finished(saved: tuple[str, int], out: BinaryIO, limits: Limits, where: str) -> tuple[str, int]:
    """SHA-256 and size of the document in ``out``, decompressed in place if it is a gzip.

    ``saved``: those of the bytes as they came. Raises CollectError if it is no document.
    """
    if _head(out).startswith(GZIP_MAGIC):
        saved = _inflated(saved[1], out, limits, where)
    if not saved[1]:
        raise EmptyDocument(where)
    head = _head(out)
    for magic, reason in _FOREIGN.items():
        if head.startswith(magic):
            raise UnsupportedContent(where, reason=reason, remedy=_FOREIGN_REMEDY)
    return saved


def _inflated(size: int, out: BinaryIO, limits: Limits, where: str) -> tuple[str, int]:
    """The gzip in ``out`` replaced by its content."""
    limit = min(limits.max_document_bytes, max(size * limits.max_ratio, _INFLATED_AT_LEAST))
    out.seek(0)
    with tempfile.TemporaryFile() as plain:
        save(gunzip(chunks_of(out), where), plain, limit, where)
        out.seek(0)
        out.truncate()
        plain.seek(0)
        return save(chunks_of(plain), out, limit, where)


def _head(out: BinaryIO) -> bytes:
    """The first bytes written to ``out``."""
    out.seek(0)
    return out.read(8)
