"""Reading elements out of segments: one grammar of tags for every consumer."""

from __future__ import annotations

import re
from html import unescape

# <Nature V="6413"/>, <MtSup Code="BudgetHorsRAR" V="1.00"/>, either quote, any prefix.
FIELD = re.compile(
    rb"<(?:[\w.-]+:)?([\w.-]+)(?=\s)(?:[^<>\"']|\"[^\"]*\"|'[^']*')*?"
    rb"\s(?:[\w.-]+:)?V\s*=\s*(?:\"([^\"]*)\"|'([^']*)')"
)
ATTRIBUTE = re.compile(rb"([\w:.-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
LINE_END = re.compile(rb"</(?:LigneBudget|[\w.-]+:LigneBudget)\s*>")


def decode(value: bytes, encoding: str) -> str:
    """Text of an attribute value: charset decoded, character references resolved."""
    text = value.decode(encoding, "replace")
    return unescape(text) if "&" in text else text


def fields_of(data: bytes, encoding: str) -> dict[str, str]:
    """``{element name: V}`` of every valued element in ``data``; the first one wins."""
    found: dict[str, str] = {}
    for name, double, single in FIELD.findall(data):
        found.setdefault(name.decode("ascii", "replace"), decode(double or single, encoding))
    return found
