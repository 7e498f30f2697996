"""Reading elements out of segments: one grammar of tags for every consumer."""

from __future__ import annotations

import re
from html import unescape as _unescape

# <Nature V="6413"/>, <MtSup Code="BudgetHorsRAR" V="1.00"/>, either quote, any prefix.
FIELD = re.compile(
    rb"<(?:[\w.-]+:)?([\w.-]+)(?=\s)(?:[^<>\"']|\"[^\"]*\"|'[^']*')*?"
    rb"\s(?:[\w.-]+:)?V\s*=\s*(?:\"([^\"]*)\"|'([^']*)')"
)
# Only from the beginning of a name: a long word that is none is read once.
ATTRIBUTE = re.compile(rb"(?<![\w:.-])([\w:.-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_INSIDE = rb"(?=\s)([^<>\"']*(?:(?:\"[^\"]*\"|'[^']*')[^<>\"']*)*)>"
_LINE_START = re.compile(rb"<(?:[\w.-]+:)?LigneBudget" + _INSIDE)
_START = re.compile(rb"\s*<[^\s<>/\"']+" + _INSIDE)
_ZEROS = re.compile(r"(?<=&#)0+|(?<=&#[xX])0+")
LINE_END = re.compile(rb"</(?:LigneBudget|[\w.-]+:LigneBudget)\s*>")


def decode(value: bytes, encoding: str) -> str:
    """Text of an attribute value: charset decoded, character references resolved."""
    text = value.decode(encoding, "replace")
    return unescape(text) if "&" in text else text


def unescape(text: str) -> str:
    """Character references resolved, however many zeros they begin with."""
    return _unescape(_ZEROS.sub("", text) if "&#" in text else text)


def is_calculated(record: bytes) -> bool:
    """True for a budget line, or a record of an annex, that its producer marks as a subtotal."""
    if b"calculated" not in record:
        return False
    tag = _LINE_START.search(record) or _START.match(record)
    return tag is not None and any(
        name == b"calculated" and (double or single) == b"true"
        for name, double, single in ATTRIBUTE.findall(tag[1])
    )


def fields_of(data: bytes, encoding: str) -> dict[str, str]:
    """``{element name: V}`` of every valued element in ``data``; the first one wins."""
    found: dict[str, str] = {}
    for name, double, single in FIELD.findall(data):
        found.setdefault(name.decode("ascii", "replace"), decode(double or single, encoding))
    return found


class LineCounter:
    """Lines of the file by offset in the bytes of a segment, each line break counted once."""

    def __init__(self, data: bytes, line: int) -> None:
        self._data = data
        self._line = line
        self._counted = 0

    def line_at(self, offset: int) -> int:
        """Line of the next tag; offsets are best asked for in increasing order."""
        tag = max(self._data.find(b"<", offset), offset)
        if tag >= self._counted:
            self._line += self._data.count(b"\n", self._counted, tag)
        else:
            self._line -= self._data.count(b"\n", tag, self._counted)
        self._counted = tag
        return self._line
