"""One pass over bytes: the signs of TOTEM, base64 regions, containers that begin further on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from . import signs
from .compressed import format_of, is_deflate
from .decoders import MARKED, may_be_marked
from .model import Content, Exhausted, Work
from .plain import blocks, has_controls, is_suspect, is_text, plain, readings, unescaped
from .regions import Regions, has_token
from .streams import Spool

_OVERLAP = 256

ZIP_END = b"PK\x05\x06"
ZIP_ENTRY = b"PK\x03\x04"
GZIP = b"\x1f\x8b\x08"
BZIP2 = b"1AY&SY"
XZ = b"\xfd7zXZ\0"
PDF_STREAM = b"stream"

MARKS = tuple(mark.needle for mark in MARKED.values())
EMBEDDED = (ZIP_END, ZIP_ENTRY, GZIP, BZIP2, XZ, *signs.SEALED_ANYWHERE)
"""Beginnings of containers that are looked for at every place of a file."""

_SMALL = 1 << 16
_HEADS = tuple(magic for magic, _reason in signs.SEALED)
_NOT_DULL = re.compile(
    b"|".join(
        map(
            re.escape,
            (*EMBEDDED, signs.PDF, b"BGT_", *signs.ROOTS, *signs.LOCKED, " V=".encode("cp500")),
        )
    )
)


def is_dull(data: bytes) -> bool:
    """Whether a small content can be passed over: keys, digests and thumbnails come by thousands.

    All that the examination itself starts from is missing.
    """
    if format_of(data) or data.startswith(_HEADS) or _NOT_DULL.search(data):
        return False
    text = data.translate(None, b"\0")
    return not (is_suspect(text) or has_token(text) or is_text(data) or is_deflate(data))


_MOST_PLACES = 1_000_000


class Scan:
    """What one pass over ``content`` shows."""

    def __init__(self, content: Content, work: Work, needles: tuple[bytes, ...]) -> None:
        self.signs = signs.Signs()
        self.places: dict[bytes, list[int]] = {needle: [] for needle in needles}
        self.locked = False
        """A part is only for its addressee."""
        self._content, self._work = content, work
        self._in_text = not set(needles) <= {*EMBEDDED, *MARKS}

    def regions(self) -> Iterator[Content]:
        """Make the pass; the contents of base64 regions come as they end. Raises Exhausted."""
        self._content.stream.seek(0)
        regions = Regions(self._work)
        window = b""
        for text in plain(self._searched(blocks(self._content.stream, self._work))):
            window = window[-_OVERLAP:] + text
            self._look(window)
            if b"\\" in text or b"&" in text or b"%" in text:
                # lines that JSON or XML ends by an escape
                text = unescaped(text) if regions.is_open or has_token(text) else text
            yield from self._inner(regions.look(text))
        yield from self._inner(regions.end())

    def _look(self, text: bytes) -> None:
        if not self.signs.root:
            for reading in readings(text):
                self.signs.look(reading)
        self.locked = self.locked or any(sign in text for sign in signs.LOCKED)

    def _inner(self, decoded: Iterator[tuple[str, Spool]]) -> Iterator[Content]:
        for label, spool in decoded:
            if spool.size > _SMALL or not is_dull(spool.read().read(_SMALL)):
                yield self._content.inner(spool.read(), f"partie en {label}")

    def _searched(self, raw: Iterator[bytes]) -> Iterator[bytes]:
        """The same blocks; the places of the needles become known."""
        start, rest = 0, b""
        for block in raw:
            window = rest + block
            in_text = not (has_controls(block) or self._in_text)
            needles = [n for n in MARKS if n in self.places and may_be_marked(window)]
            for needle in needles if in_text else self.places:
                _add_places(window, needle, start - len(rest), self.places[needle])
            start += len(block)
            rest = window[-_NEEDLE:]
            yield block


_NEEDLE = 31
"""Longest needle but one byte: what a block may cut."""


def _add_places(window: bytes, needle: bytes, start: int, places: list[int]) -> None:
    position = window.find(needle)
    while position >= 0:
        if len(places) == _MOST_PLACES:
            raise Exhausted("entries")
        if not places or start + position > places[-1]:
            places.append(start + position)
        position = window.find(needle, position + 1)
