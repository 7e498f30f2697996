"""Blocks of a document against the structure table: a fast way that proves most of them right.

A *block* is an element that holds valued elements: a header block, a budget line, an annex record.
Documents repeat the same few shapes and values, so a block is first compared, as a whole, with
what has already been found right; only the others are read element by element and given to the
rules of scope ``block``.
"""
from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ckanext.budget.totem.checks.values import problem
from ckanext.budget.totem.markup import decode
from ckanext.budget.totem.records import Element
from ckanext.budget.totem.structure import Field, Structure

__all__ = ["Block", "Scanner", "elements_of"]

# Name, Code and V of the usual way of writing; anything else is left to the slow reading.
_ELEMENT = re.compile(
    rb'<((?:[\w.-]+:)?[\w.-]+)(?:\s+Code="([^"<]*)")?(?:\s+V=("[^"<]*"))?(?:\s+Code="([^"<]*)")?'
)
Seen = tuple[bytes, bytes, bytes, bytes]
_REMEMBERED = 100_000


class Block(NamedTuple):
    """One block to check: its container in the structure table, its elements, its line."""

    structure: Structure
    container: str
    line: int
    elements: list[Element]

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
            if len(self._shapes) < _REMEMBERED:
                self._shapes[shape] = right
        return right

    def _learn(self, seen: list[Seen]) -> bool:
        if len(self._right) > _REMEMBERED:
            self._right.clear()
        for element in seen:
            if element not in self._right:
                if not self._is_right_value(element):
                    return False
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
