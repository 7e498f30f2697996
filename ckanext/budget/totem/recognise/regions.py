"""Bytes written in letters and digits inside a text: an e-mail, another XML, JSON, an address.

A region is a token of 40 characters at least, or lines of that length and a shorter last one. Its
alphabet (``ALPHABETS``) is the narrowest that holds all its characters.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from .model import Work
from .streams import Spool


class Alphabet(NamedTuple):
    """A way to write bytes: ``group`` characters for ``size`` bytes, decoded by ``decode``."""

    label: str
    characters: bytes
    group: int
    size: int
    decode: Callable[[bytes], bytes]


_DIGITS = b"0123456789"
_CAPITALS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BASE32, _BASE32_HEX = _CAPITALS + b"234567", _DIGITS + _CAPITALS[:22]
_STANDARD = bytes.maketrans(b"-_", b"+/")


def _of_base32(alphabet: bytes) -> Alphabet:
    # A base that is a power of two costs Python one pass.
    digits = bytes.maketrans(alphabet, _BASE32_HEX)
    return Alphabet(
        "base32",
        alphabet,
        8,
        5,
        lambda text: int(text.translate(digits), 32).to_bytes(len(text) * 5 // 8, "big"),
    )


ALPHABETS = (
    Alphabet("hexadécimal", _DIGITS + b"ABCDEFabcdef", 2, 1, binascii.unhexlify),
    *map(_of_base32, (_BASE32, _BASE32.lower(), _BASE32_HEX, _BASE32_HEX.lower())),
    Alphabet(
        "base64",
        _CAPITALS + _CAPITALS.lower() + _DIGITS + b"+/-_",
        4,
        3,
        lambda text: binascii.a2b_base64(text.translate(_STANDARD)),
    ),
)
"""RFC 4648, 4 to 8: from the narrowest to the widest, which holds all of them."""

_TOKEN = 40
"""Shortest line: nothing wraps more tightly."""
_LEAST = 48
"""Bytes of the shortest region: a document that names somebody is longer, compressed too."""

_BOUNDARY = b"--"
"""Begins the line between two parts of an e-mail; its dashes are also letters of base64."""

_ALPHABET = ALPHABETS[-1].characters
_BLANKS = b" \t\r\n"
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

    def look(self, block: bytes) -> Iterator[tuple[str, Spool]]:
        """Alphabets and bytes of the regions that end in ``block``. Raises Exhausted."""
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

    def _read(self, tokens: list[bytes]) -> Iterator[tuple[str, Spool]]:
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

    def end(self) -> Iterator[tuple[str, Spool]]:
        """What the region says that the end of the text, or another character, closes."""
        closed, self._open = self._open, None
        if closed:
            label, decoded = closed.said()
            if decoded.size >= _LEAST:
                yield label, decoded


def _is_digest(region: bytes) -> bool:
    """Whether a region is too short for its alphabet: tables have a digest on each line."""
    return len(region) < 2 * _LEAST and (
        len(region) < _LEAST or not region.translate(None, ALPHABETS[0].characters)
    )


class _Region:
    """Lines decoded as they come, up to the first that is shorter than the others."""

    def __init__(self, work: Work) -> None:
        self._decoders = [_Decoder(alphabet, work) for alphabet in ALPHABETS]
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
        if len(self._decoders) == len(ALPHABETS):
            characters = _PREFIX.sub(b"", characters, count=1)
        self._decoders = [each for each in self._decoders if each.fits(characters)]
        for decoder in self._decoders:
            decoder.take(characters)

    def said(self) -> tuple[str, Spool]:
        """The alphabet and the bytes, once the region is closed."""
        decoder = self._decoders[0]
        decoder.end()
        return decoder.alphabet.label, decoder.decoded


_PREFIX = re.compile(rb"^0?x(?=[0-9A-Fa-f]{%d})" % _TOKEN)
"""Before a number in hexadecimal, in programs and databases."""


_SLICE = 1 << 16
"""Characters decoded at once, of whole groups in each alphabet: a limit is met in time."""


class _Decoder:
    """The characters of a region read in one alphabet."""

    def __init__(self, alphabet: Alphabet, work: Work) -> None:
        self.alphabet, self.decoded = alphabet, Spool()
        self._work, self._rest = work, b""

    def fits(self, characters: bytes) -> bool:
        """Whether all of them are of the alphabet."""
        return not characters.translate(None, self.alphabet.characters)

    def take(self, characters: bytes) -> None:
        """Decode these, by whole groups. Raises Exhausted."""
        characters = self._rest + characters
        whole = len(characters) - len(characters) % self.alphabet.group
        self._rest = characters[whole:]
        for start in range(0, whole, _SLICE):
            self._write(characters[start : min(whole, start + _SLICE)])

    def end(self) -> None:
        """Decode the last characters, that no padding completes to a group."""
        group, size = self.alphabet.group, self.alphabet.size
        last = len(self._rest) * size // group
        if last:
            first = self.alphabet.characters[:1]
            padded = self._rest + first * (group - len(self._rest))
            self._write(padded, last)

    def _write(self, characters: bytes, size: int | None = None) -> None:
        if characters:
            decoded = self.alphabet.decode(characters)[:size]
            self._work.took(len(decoded))
            self.decoded.write(decoded)


def _split(text: bytes) -> list[bytes]:
    """The tokens of ``text``; an empty one first, or last, where it begins or ends with a blank."""
    tokens = text.split() or [b""]
    before = [b""] if text[:1].isspace() else []
    after = [b""] if text[-1:].isspace() else []
    return before + tokens + after
