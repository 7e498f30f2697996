"""Which encoding a file is in: exact for UTF-8 (every byte is looked at), weighed for others."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

_CHUNK = 1 << 20
_LETTERS = frozenset("éèêëàâçîïôöùûüÉÈÊËÀÂÇÎÏÔÖÙÛÜœŒ°«»’€–…\xa0")
_ASCII = bytes(range(128))
OLD = ("cp1252", "cp850", "mac-roman")
"""Encodings that are not UTF-8, by how common they are."""

_SURROGATES = re.compile("[\udc80-\udcff]")
_NOT_ASCII = re.compile("[^\x00-\x7f]")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig", ""), (codecs.BOM_UTF32_LE, "utf-32", "utf-32"),
          (codecs.BOM_UTF32_BE, "utf-32", "utf-32"), (codecs.BOM_UTF16_LE, "utf-16", "utf-16"),
          (codecs.BOM_UTF16_BE, "utf-16", "utf-16"))  # fmt: skip

#: Bytes that are no UTF-8 in a file that mostly is: lines pasted from an older file.
_MIXED = "budget-mixed"


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(_MIXED, _as_cp1252)


class Encoding(NamedTuple):
    """``codec`` and ``errors`` as ``open`` takes them; ``kind``: the defect, empty for UTF-8."""

    codec: str
    errors: str
    kind: str


def detect(stream: BinaryIO) -> Encoding:
    """The encoding of a whole stream, which is left at its beginning."""
    stream.seek(0)
    head = stream.read(400)
    try:
        for mark, codec, kind in _MARKS:
            if head.startswith(mark):
                return Encoding(codec, "replace", kind) if kind else _marked(stream)
        blind = _utf16_without_mark(head)
        return Encoding(blind, "replace", "utf-16") if blind else _unmarked(stream)
    finally:
        stream.seek(0)


def _marked(stream: BinaryIO) -> Encoding:
    return _unmarked(stream)._replace(codec="utf-8-sig")


def _unmarked(stream: BinaryIO) -> Encoding:
    errors = _utf8_errors(stream)
    if errors:
        return Encoding("utf-8-sig", errors, "")
    if _is_mostly_utf8(stream):
        return Encoding("utf-8-sig", _MIXED, "mixed")
    codec = _weighed(stream)
    return Encoding(codec, "replace", codec)


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    stream.seek(0)
    yield from iter(lambda: stream.read(_CHUNK), b"")


def _utf8_errors(stream: BinaryIO) -> str:
    """How to take the errors of UTF-8; empty when it is none. A file may be cut inside a letter."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    try:
        for chunk in _chunks(stream):
            decoder.decode(chunk)
    except UnicodeDecodeError:
        return ""
    return "replace" if decoder.getstate()[0] else "strict"


def _is_mostly_utf8(stream: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    wrong = right = 0
    for chunk in _chunks(stream):
        text = decoder.decode(chunk)
        odd = len(_SURROGATES.findall(text))
        wrong += odd
        right += len(_NOT_ASCII.findall(text)) - odd
    return right > wrong


def _weighed(stream: BinaryIO) -> str:
    """The old encoding in which most of the bytes are letters and signs of French."""
    counts: Counter[int] = Counter()
    for chunk in _chunks(stream):
        counts.update(chunk.translate(None, _ASCII))
    return max(OLD, key=lambda codec: _weight(counts, codec))


def _weight(counts: Counter[int], codec: str) -> int:
    letters = {code: bytes((code,)).decode(codec, "replace") for code in counts}
    return sum(count if letters[code] in _LETTERS else -count for code, count in counts.items())


def _utf16_without_mark(head: bytes) -> str:
    even, odd = head[::2].count(0), head[1::2].count(0)
    if odd > len(head) // 3:
        return "utf-16-le"
    return "utf-16-be" if even > len(head) // 3 else ""
