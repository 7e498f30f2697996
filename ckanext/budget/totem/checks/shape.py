"""Blocks of a document against the structure table: a fast way that proves most of them right.

A *block* is an element that holds valued elements: a header block, a budget line, an annex record.
Three ways, each for what the one before leaves: the usual block matches, as a whole, a regular
expression made from the structure table (``usual_block``); others repeat shapes and values already
found right (``Scanner``); the rest is read element by element and given to the rules of scope
``block``.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from typing import NamedTuple

from ckanext.budget.totem.checks.values import problem
from ckanext.budget.totem.markup import decode
from ckanext.budget.totem.records import Element
from ckanext.budget.totem.structure import Field, Structure

# Name, Code and V of the usual way of writing; anything else is left to the slow reading.
_ELEMENT = re.compile(
    rb'<((?:[\w.-]+:)?[\w.-]+)(?:\s+Code="([^"<]*)")?(?:\s+V=("[^"<]*"))?(?:\s+Code="([^"<]*)")?'
)
Seen = tuple[bytes, bytes, bytes, bytes]
_REMEMBERED = 100_000
# A longer value, or shape, is looked at again each time.
_LONG_VALUE, _LONG_SHAPE = 1000, 300


# What each kind surely accepts; the rest (signs, zones, 29 to 31 of a month) is looked at closer.
_USUAL = {
    "integer": rb"[0-9]{1,%(digits)d}",
    "amount": rb"-?[0-9]{1,%(whole)d}(?:\.[0-9]{1,%(decimals)d})?",
    "date": rb"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])",
    "year": rb"[0-9]{4}",
    "month": rb"[0-9]{4}-(?:0[1-9]|1[0-2])",
    "boolean": rb"true|false|0|1",
}


def usual_block(
    structure: Structure, container: str, record: str, captured: Container[str]
) -> re.Pattern[bytes]:
    """Matches one whole block written the usual way, in which every rule is surely content.

    Elements of the XSD in its order, then those of the supplement; values of their types; no
    attribute but ``V`` and ``Code``, and ``id`` on the block itself.
    ``record``: name of the block's own element; ``captured``: names of the elements whose value
    becomes a named group. Spaces before the block are part of the match.
    """
    own, added = (
        b"".join(
            _usual_element(field, field.name in captured)
            for field in structure.fields(container)
            if field.supplement == is_added
        )
        for is_added in (False, True)
    )
    name = re.escape(record.encode())
    end = rb"</%b>" % name
    # Most blocks end here: none of the many optional elements of the supplement is then tried.
    ends = rb"(?:%b|%b%b)" % (end, added, end) if added else end
    return re.compile(rb'\s*<%b(?:\sid="[^"<&]*")?>\s*%b%b' % (name, own, ends))


_CODE = rb'(?: Code="[^"<&]{1,30}")?'


def _usual_element(field: Field, is_captured: bool) -> bytes:
    value = _usual_value(field)
    if is_captured:
        value = b"(?P<%b>%b)" % (field.name.encode(), value)
    code = _CODE if field.attributes == ("Code",) else b""
    name = re.escape(field.name.encode())
    tag = rb'<%b%b V="(?:%b)"%b\s?/>\s*' % (name, code, value, code)
    if field.required and not field.repeated:
        return tag
    return b"(?:%b)%b" % (tag, b"*" if field.repeated else b"?")


def _usual_value(field: Field) -> bytes:
    if field.codes:
        return b"|".join(re.escape(code.encode()) for code in field.codes)
    if field.kind == "digits":
        return b"[0-9]{%d,%d}" % (max(field.min_length or 0, 1), field.max_length or 30)
    if field.kind == "text":
        # A pattern, and the length of a text in an unknown encoding, are for the closer looks.
        return b"(?!)" if field.pattern else rb'[^"<&]{0,%d}' % (field.max_length or 1000)
    decimals = field.decimals or 0
    facts = {
        b"digits": field.digits or 10,
        b"decimals": decimals or 1,
        b"whole": max((field.digits or 14) - decimals, 1),
    }
    return _USUAL[field.kind] % facts if field.kind in _USUAL else b"(?!)"


class Block(NamedTuple):
    """One block to check: its container in the structure table, its elements, its line.

    ``is_newer``: the document follows a schema newer than the structure table.
    """

    structure: Structure
    container: str
    line: int
    elements: list[Element]
    is_newer: bool = False

    def field(self, element: Element) -> Field | None:
        """What the XSD says of one of its elements."""
        return self.structure.field(self.container, element.name)

    def known(self) -> Iterator[tuple[Element, Field]]:
        """The elements that the XSD knows and that hold a value of their own."""
        for element in self.elements:
            field = self.field(element)
            if field is not None and field.kind not in ("group", "empty"):
                yield element, field


def elements_of(body: bytes) -> list[Seen]:
    """(name, code, quoted value, code) of each element in the bytes of a block, itself first."""
    return _ELEMENT.findall(body)


class Scanner:
    """Tells in one comparison whether a block of one container is certainly right."""

    def __init__(self, structure: Structure, container: str, encoding: str) -> None:
        self._structure = structure
        self._container = container
        self._encoding = encoding
        self._right: set[Seen] = set()
        self._shapes: dict[tuple[bytes, ...], bool] = {}

    def is_right(self, seen: list[Seen]) -> bool:
        """True when no rule of scope ``block`` can have anything to say."""
        inner = seen[1:]
        if not self._right.issuperset(inner) and not self._learn(inner):
            return False
        shape = tuple([element[0] for element in inner])
        right = self._shapes.get(shape)
        if right is None:
            right = self._is_right_shape([_local(name) for name in shape])
            if len(self._shapes) < _REMEMBERED and len(shape) <= _LONG_SHAPE:
                self._shapes[shape] = right
        return right

    def _learn(self, seen: list[Seen]) -> bool:
        if len(self._right) > _REMEMBERED:
            self._right.clear()
        for element in seen:
            if element not in self._right:
                if not self._is_right_value(element):
                    return False
                if len(element[2]) <= _LONG_VALUE:
                    self._right.add(element)
        return True

    def _is_right_value(self, element: Seen) -> bool:
        field = self._structure.field(self._container, _local(element[0]))
        if field is None or field.kind == "group":
            return False
        if not element[2]:
            return False
        return not problem(field, decode(element[2][1:-1], self._encoding))

    def _is_right_shape(self, names: list[str]) -> bool:
        fields = self._structure.fields(self._container)
        rank = {field.name: at for at, field in enumerate(fields) if not field.supplement}
        single = {field.name for field in fields if not field.repeated}
        singles = [name for name in names if name in single]
        ranks = [rank[name] for name in names if name in rank]
        return (
            len(set(singles)) == len(singles)
            and ranks == sorted(ranks)
            and {field.name for field in fields if field.required}.issubset(names)
        )


def _local(name: bytes) -> str:
    return name.decode("ascii", "replace").rpartition(":")[2]
