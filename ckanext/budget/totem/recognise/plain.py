"""Text in one plain form, whatever its encoding: what the signs are looked for in.

UTF-16 and UTF-32 lose their zero bytes, EBCDIC and UTF-7 become ASCII, and what writes ``<`` or a
letter otherwise (entities of HTML and XML, even twice, JSON, addresses, quoted-printable) becomes
that. Letters outside ASCII come out wrong: no sign has any.

Most blocks have nothing of TOTEM and nothing to undo. A few plain searches say so: each costs about
a millisecond for a megabyte, a pattern ten to a hundred times as much.
"""

from __future__ import annotations

import re
from binascii import a2b_base64
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import BinaryIO

from .model import Work

BLOCK = 1 << 20
_HELD = 16
"""Longest escape: one that a block cuts is left to the next block."""

_NAMES = (b"DocumentBudgetaire", b"CompteFinancierUnique")
_VALUE = re.compile(
    rb"""V(?:\s?=\s?(?:["'&+]|\\["'ux]|3[dD](?:["']|=2))|%3[dD]%2|&#|\\[ux]|\+A[CD])"""
)
"""A value, escaped in any way or not, its ``V`` as it is."""
_ESCAPED_VALUE = (
    (b"#", re.compile(rb"#(?:0*86|[xX]0*56);")),
    (b"\\", re.compile(rb"\\(?:u00|x)56")),
    (b"%", re.compile(rb"%(?:25)*56(?=%)")),
    (b"=", re.compile(rb"=56(?==)")),
)
"""Where all letters are escaped: one that is searched first, and ``V``."""
_EBCDIC = bytes(range(256)).decode("cp500").encode("latin-1")
_EBCDIC_VALUE = " V=".encode("cp500")
_CONTROLS = bytes(byte for byte in range(32) if byte not in b"\t\n\r\f")

_ESCAPE = re.compile(
    rb"&(?:amp;)*(lt|gt|quot|apos|amp|#\d{1,8}|#x[0-9a-f]{1,8});"
    # A long number after it is what PostgreSQL writes, not a character.
    rb"|\\u00([0-9a-f]{2})|\\x([0-9a-f]{2})(?![0-9a-f]{8})|%(?:25)*([0-9a-f]{2})"
    rb"|(\\[nrt])|\\([/\"'])",
    re.IGNORECASE,
)
_ENTITIES = {b"lt": b"<", b"gt": b">", b"quot": b'"', b"apos": b"'", b"amp": b"&"}
_QUOTED = re.compile(rb"=(?:([0-9A-Fa-f]{2})|[ \t]*\r?\n)")
"""Quoted-printable (RFC 2045, 6.7)."""


def blocks(stream: BinaryIO, work: Work) -> Iterator[bytes]:
    """The stream by blocks of 1 MiB, as it is. Raises Exhausted."""
    while block := stream.read(BLOCK):
        work.tick()
        yield block


def has_controls(block: bytes) -> bool:
    """Whether a block is binary, or text whose characters have several bytes."""
    return len(block.translate(None, _CONTROLS)) != len(block)


def is_text(data: bytes) -> bool:
    """Whether ``data`` reads as a text, in any encoding: random bytes have controls."""
    text = data.translate(None, b"\0")
    return any(not has_controls(each) for each in (text, text.translate(_EBCDIC)))


def is_suspect(text: bytes) -> bool:
    """Whether ``text`` may show a sign of TOTEM, once its escapes are undone."""
    return any(name in text for name in _NAMES) or next(_values(text), None) is not None


def _values(text: bytes) -> Iterator[int]:
    """Where a value may be."""
    yield from (match.start() for match in _VALUE.finditer(text))
    for sign, value in _ESCAPED_VALUE:
        if sign in text:
            yield from (match.start() for match in value.finditer(text))


def _areas(text: bytes) -> list[bytes]:
    """What is to be read closely: around a few suspicions, come by chance maybe, or all."""
    places = [*islice(_values(text), _FEW)]
    for name in _NAMES:
        places += [match.start() for match in islice(re.finditer(name, text), _FEW)]
    if len(places) >= _FEW:
        return [text]
    return [text[max(0, place - _AROUND) : place + _AROUND] for place in places]


_FEW, _AROUND = 16, 4096


def plain(raw: Iterable[bytes]) -> Iterator[bytes]:
    """The raw blocks without zero bytes; no escape is cut."""
    rest = b""
    for block in raw:
        text = rest + (without_zeros(block) if b"\0" in block else block)
        cut = _cut(text)
        rest = text[cut:]
        yield text[:cut]
    if rest:
        yield rest


def without_zeros(block: bytes) -> bytes:
    """``block`` in one byte a character; four zeros, of no encoding, part what is beside them."""
    return block.replace(b"\0\0\0\0", b" ").translate(None, b"\0")


def readings(text: bytes) -> Iterator[bytes]:
    """The forms of ``text`` in which signs may be seen; none when there is no suspicion."""
    for area in _areas(text):
        yield unescaped(area)
        if b"=3D" in area or b"=3d" in area:
            yield _QUOTED.sub(_unquoted, area)
        if b"+A" in area:
            yield _UTF7.sub(_of_utf7, area)
    if _EBCDIC_VALUE in text:
        yield text.translate(_EBCDIC)


def _cut(text: bytes) -> int:
    """Where to end the block: before an escape that may go on."""
    tail = text[-_HELD:]
    starts = [place for place in map(tail.find, (b"&", b"\\", b"%", b"=")) if place >= 0]
    return len(text) - len(tail) + min(starts) if starts else len(text)


def unescaped(text: bytes) -> bytes:
    """``text`` with its escapes undone, entities that were escaped twice included."""
    return _ESCAPE.sub(_undone, text) if any(map(text.__contains__, _STARTS)) else text


_STARTS = (b"&", b"\\", b"%")


def _undone(match: re.Match[bytes]) -> bytes:
    entity, *hexadecimal, blank, same = match.groups()
    if entity:
        return _entity(entity.lower())
    for digits in hexadecimal:
        if digits:
            return bytes((int(digits, 16),))
    return b"\n" if blank else same


def _unquoted(match: re.Match[bytes]) -> bytes:
    return bytes((int(match[1], 16),)) if match[1] else b""


def _of_utf7(match: re.Match[bytes]) -> bytes:
    characters = match[1] + b"=" * (-len(match[1]) % 4)
    return without_zeros(a2b_base64(characters)) if len(match[1]) % 4 != 1 else match[0]


_UTF7 = re.compile(rb"\+([A-Za-z0-9+/]{3,})-?")
"""Characters between letters (RFC 2152)."""


def _entity(name: bytes) -> bytes:
    if name in _ENTITIES:
        return _ENTITIES[name]
    code = int(name[2:], 16) if name[1:2] == b"x" else int(name[1:])
    return bytes((code,)) if code < 128 else b"?"
