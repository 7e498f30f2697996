"""One file that somebody sent: a document, one that is compressed, or an archive of them.

Its bytes decide what it is, never its name, and nothing but its bytes is ever read: no address that
it may hold, no other file::

    sent = UploadedFile(stream, "lot.zip", limits)
    for item in sent.list():                            # a Candidate, or a CollectError
        sent.fetch(item.locator, Path("document.xml"))
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from .archive import innermost, list_archive, read_entry
from .content import finished
from .locator import split
from .model import Candidate, Fetched, Limits, Listed
from .unpack import ZIP_EMPTY_MAGIC, ZIP_MAGIC, chunks_of, save, written


class UploadedFile:
    """``stream`` is seekable and stays its owner's to close; ``name`` is only for the sentences."""

    def __init__(self, stream: BinaryIO, name: str, limits: Limits | None = None) -> None:
        self.stream = stream
        self.name = name.replace("!/", "/")
        self.limits = limits or Limits()

    @property
    def is_archive(self) -> bool:
        """Whether it holds documents rather than being one."""
        self.stream.seek(0)
        return self.stream.read(4) in (ZIP_MAGIC, ZIP_EMPTY_MAGIC)

    def list(self) -> Iterator[Listed]:
        """Its documents, each with a name of its own, and the errors of single entries.

        Raises CollectError when the archive as a whole is unusable.
        """
        if self.is_archive:
            yield from list_archive(self.stream, self.limits, self.name, "")
        else:
            yield Candidate(self.name, self.name, self.stream.seek(0, os.SEEK_END))

    def fetch(self, locator: str, into: Path) -> Fetched:
        """Write the document into the file ``into``, decompressed. Raises CollectError."""
        entries = split(locator)[1]
        limits = self.limits
        with written(into) as out:
            if entries:
                *containers, name = entries
                with innermost(self.stream, containers, limits, locator) as archive:
                    saved = read_entry(archive, name, out, limits, locator)
            else:
                self.stream.seek(0)
                saved = save(chunks_of(self.stream), out, limits.max_document_bytes, locator)
            digest, size = finished(saved, out, limits, locator)
        return Fetched(into, digest, size)
