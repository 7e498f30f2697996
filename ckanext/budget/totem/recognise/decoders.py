"""Bytes written as text in ways that letters and digits do not tell, and streams without a mark.

``MARKED`` ways begin by a mark, at any place. ``GUESSED`` ones have none: they are tried at the
beginning of a content that nothing else explains, and believed when what comes out makes sense.
"""

from __future__ import annotations

import base64
import binascii
import re
import string
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

from .compressed import Inflated
from .model import Work

Decode = Callable[[BinaryIO, Work], Iterator[bytes]]
"""The bytes that a stream says, by pieces. Raises ValueError, or an error of the format."""


def _uuencoded(stream: BinaryIO, work: Work) -> Iterator[bytes]:
    for line in _lines(stream):
        if line in (b"`", b"end"):
            return
        yield binascii.a2b_uu(line)


def _yencoded(stream: BinaryIO, work: Work) -> Iterator[bytes]:
    for line in _lines(stream):
        if line.startswith(b"=yend"):
            return
        if not line.startswith(b"=ypart "):
            yield _YENC_ESCAPE.sub(_yenc_escaped, line).translate(_YENC)


_YENC_ESCAPE = re.compile(rb"=(.)", re.DOTALL)
_YENC = bytes((byte - 42) % 256 for byte in range(256))


def _yenc_escaped(match: re.Match[bytes]) -> bytes:
    return bytes(((match[1][0] - 64) % 256,))


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """Lines without their end; one without end is cut at a blank."""
    rest = b""
    while line := rest + stream.readline(_LONG_LINE):
        place = len(line) if line.endswith(b"\n") or len(line) < _LONG_LINE else _last_blank(line)
        yield line[:place].rstrip(b"\r\n")
        rest = line[place:]


def _last_blank(line: bytes) -> int:
    return line.rfind(b" ") + 1 or len(line)


_LONG_LINE = 1 << 16


def _of_85(alphabet: bytes, *, is_adobe: bool = False) -> Decode:
    """Groups of five characters for four bytes; Adobe's end by ``~>``, and ``z`` is four zeros."""
    letters = bytes.maketrans(alphabet, _ASCII85)

    def decode(stream: BinaryIO, work: Work) -> Iterator[bytes]:
        text, end = b"", b""
        while not end and (piece := stream.read(_PIECE)):
            text += piece.translate(None, _BLANKS)
            if is_adobe:
                text, end, _after = text.removeprefix(b"<~").partition(b"~>")
                text = text.replace(b"z", b"!!!!!")
            whole = max(0, len(text) - 5) // 5 * 5
            yield _decoded(text[:whole])
            text = text[whole:]
            work.tick()
        yield _decoded(text.removesuffix(b"~"))

    def _decoded(text: bytes) -> bytes:
        if text.translate(None, alphabet):
            raise ValueError("a character of another alphabet")
        return base64.a85decode(text.translate(letters))

    return decode


_PIECE = 1 << 15
"""Read at once: a character may be four bytes."""
_BLANKS = b" \t\r\n"
_ASCII85 = bytes(range(33, 118))
_DIGITS, _SMALL, _CAPITALS = (
    text.encode() for text in (string.digits, string.ascii_lowercase, string.ascii_uppercase)
)
_RFC1924 = _DIGITS + _CAPITALS + _SMALL + b"!#$%&()*+-;<=>?@^_`{|}~"
_Z85 = _DIGITS + _SMALL + _CAPITALS + b".-:+=^!/*?&<>()[]{}@%$#"


def _dumped(stream: BinaryIO, work: Work) -> Iterator[bytes]:
    """Lines of bytes apart (``3c 44``, ``0x3c, 0x44``), maybe between an offset and letters.

    With an offset, a line has sixteen bytes: letters may look like more.
    """
    for line in _lines(stream):
        bare, has_offset = _OFFSET.subn(b"", line, count=1)
        digits = b""
        bare = _GAP.split(bare.strip(), maxsplit=1)[0]
        for token in _APART.split(bare):
            token = token.removeprefix(b"0x").removeprefix(b"\\x")
            if not _PAIRS.fullmatch(token):
                break
            digits += token
        yield binascii.unhexlify(digits[:32] if has_offset else digits)


_GAP = re.compile(rb"\s{3,}")
_APART = re.compile(rb"[\s:;,-]+|(?<=[0-9a-fA-F])(?=\\x)")
_OFFSET = re.compile(rb"^\s*[0-9a-fA-F]{4,16}(?::\s|\s\s)\s*")
_PAIRS = re.compile(rb"(?:[0-9a-fA-F]{2}){1,16}")


def _deflated(stream: BinaryIO, work: Work) -> Iterator[bytes]:
    return iter(Inflated(stream, "deflate", work))


class Marked(NamedTuple):
    """What a marked text begins by (``whole``, found by its ``needle``), and how it is read."""

    needle: bytes
    whole: re.Pattern[bytes]
    decode: Decode


MARKED: dict[str, Marked] = {
    "uuencode": Marked(b"begin ", re.compile(rb"begin [0-7]{3,4} [^\r\n]*\r?\n"), _uuencoded),
    "yEnc": Marked(b"=ybegin ", re.compile(rb"=ybegin [^\r\n]*\r?\n"), _yencoded),
    "ascii85": Marked(b"<~", re.compile(rb"<~"), _of_85(_ASCII85, is_adobe=True)),
}


def may_be_marked(text: bytes) -> bool:
    """False for nearly every text, at the cost of a search and a half."""
    return b"~" in text or b"begin " in text


GUESSED: dict[str, Decode] = {
    "deflate": _deflated,
    "ascii85": _of_85(_ASCII85, is_adobe=True),
    "base85": _of_85(_RFC1924),
    "Z85": _of_85(_Z85),
    "hexadécimal": _dumped,
}
