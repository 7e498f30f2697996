"""Base64 in a text, wherever it lies: an e-mail, another XML, JSON, the address of a picture.

A region is a token of 40 characters at least, or lines of that length and a shorter last one. Both
alphabets (RFC 4648, 4 and 5) are read.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterator

from .model import Work
from .streams import Spool

_TOKEN = 40
"""Shortest line: nothing wraps more tightly."""
_LEAST = 48
"""Bytes of the shortest region: a document that names somebody is longer, compressed too."""

_BOUNDARY = b"--"
"""Begins the line between two parts of an e-mail; its dashes are also letters of base64."""

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"
_BLANKS = b" \t\r\n"
_STANDARD = bytes.maketrans(b"-_", b"+/")
_SIGN = b"A" * _TOKEN


def _mask(kinds: bytes) -> bytes:
    """A table that writes ``A`` for these bytes and a blank for others: searches become plain."""
    return bytes(65 if byte in kinds else 32 for byte in range(256))


_TOKENS = _mask(_ALPHABET)
_REGIONS = _mask(_ALPHABET + _BLANKS)


def has_token(text: bytes) -> bool:
    """Whether ``text`` has a token that a region may begin with."""
    return _SIGN in text.translate(_TOKENS)


class Regions:
    """Finds the regions in the blocks of a text; one may go on from block to block."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._open: _Region | None = None
        self._rest = b""

    @property
    def is_open(self) -> bool:
        """Whether the last block ended in a region."""
        return self._open is not None

    def look(self, block: bytes) -> Iterator[Spool]:
        """What the regions that end in ``block`` say. Raises Exhausted."""
        text, self._rest = self._rest + block, b""
        tokens = text.translate(_TOKENS)
        start = 0 if self._open else tokens.find(_SIGN)
        regions = text.translate(_REGIONS) if start >= 0 else b""
        while start >= 0:
            end = regions.find(b" ", start)
            region = text[start:end] if end >= 0 else text[start:]
            if self._open or end < 0 or not _is_digest(region):
                yield from self._read(_split(region))
            if end < 0:
                return
            yield from self.end()
            start = tokens.find(_SIGN, end)
        self._rest = text[len(tokens.rstrip(b"A")) :]

    def _read(self, tokens: list[bytes]) -> Iterator[Spool]:
        """What the tokens say; a shorter one ends a region, a long one begins another."""
        place = 0
        while place < len(tokens):
            if self._open is None and len(tokens[place]) < _TOKEN:
                place += 1
                continue
            self._open = self._open or _Region(self._work)
            place = self._open.take(tokens, place)
            if self._open.is_over:
                yield from self.end()
        self._rest = b"" if self._open else tokens[-1]

    def end(self) -> Iterator[Spool]:
        """What the region says that the end of the text, or another character, closes."""
        closed, self._open = self._open, None
        if closed:
            closed.rest()
        if closed and closed.decoded.size >= _LEAST:
            yield closed.decoded


def _is_digest(region: bytes) -> bool:
    """Whether a region is too short, or a number in hexadecimal: tables have one on each line."""
    return len(region) < _LEAST or (len(region) < 1024 and not region.translate(None, _HEXADECIMAL))


_HEXADECIMAL = b"0123456789abcdefABCDEF"


class _Region:
    """Lines of base64 decoded as they come, up to the first that is shorter than the others."""

    def __init__(self, work: Work) -> None:
        self.decoded = Spool()
        self._work = work
        self._characters = b""
        self._line = self._longest = 0
        self.is_over = False

    def take(self, tokens: list[bytes], start: int) -> int:
        """Decode ``tokens`` from ``start``; answer the place of the first that is of no line.

        Every token but the last ends its line; that one may go on.
        """
        place = start
        while place < len(tokens) and not self.is_over:
            if not self._line and tokens[place].startswith(_BOUNDARY):
                self.is_over = True
                break
            self._line += len(tokens[place])
            place += 1
            if place < len(tokens):
                self._end_line()
        self._decode(b"".join(tokens[start:place]))
        return place

    def _end_line(self) -> None:
        if self._line:
            self.is_over = self._longest > 0 and self._line < self._longest
            self._longest = max(self._longest, self._line)
            self._line = 0

    def _decode(self, characters: bytes) -> None:
        characters = self._characters + characters.translate(_STANDARD)
        whole = len(characters) & ~3
        self._characters = characters[whole:]
        decoded = binascii.a2b_base64(characters[:whole])
        self._work.took(len(decoded))
        self.decoded.write(decoded)

    def rest(self) -> None:
        """The last characters, that no padding completes to four."""
        if len(self._characters) > 1:
            padded = self._characters + b"=" * (-len(self._characters) % 4)
            self._characters = b""
            self._decode(padded)


def _split(text: bytes) -> list[bytes]:
    """The tokens of ``text``; an empty one first, or last, where it begins or ends with a blank."""
    tokens = text.split() or [b""]
    before = [b""] if text[:1].isspace() else []
    after = [b""] if text[-1:].isspace() else []
    return before + tokens + after
