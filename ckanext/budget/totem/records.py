"""Records of a TOTEM file read element by element, with the line where each one starts.

``xmlstream`` cuts a file into segments at record limits; here expat reads one segment, so memory
stays bounded whatever the size of the file. Names lose their namespace prefix.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple
from xml.parsers import expat

from ckanext.budget.totem.errors import MalformedXml, TooLarge
from ckanext.budget.totem.limits import MAX_DEPTH, MAX_ELEMENTS
from ckanext.budget.totem.xmlstream import Segment, too_deep

Attributes = dict[str, str]
_BLOCK = 1 << 16
TEXT = "#text"
"""Beside its attributes, what an element holds between its tags: TOTEM has its values in ``V``."""
_HAS_TEXT = re.compile(rb">\s*[^<\s]")
"""Looked for first: parsers that call back for each blank between two elements are slow."""


class Element(NamedTuple):
    """One element of a record: ``name`` is a path from the record (``Groupe.Champ`` if nested)."""

    name: str
    attributes: Attributes
    line: int

    @property
    def value(self) -> str:
        """Content of the attribute ``V``, empty when there is none."""
        return self.attributes.get("V", "")


class Record(NamedTuple):
    """One whole ``LigneBudget``, ``CONCOURS``… and its elements in the order of the file."""

    name: str
    attributes: Attributes
    line: int
    elements: list[Element]

    @property
    def calculated(self) -> bool:
        """True for the producer's subtotals, which are never data."""
        return self.attributes.get("calculated") == "true"

    def value(self, name: str) -> str:
        """``V`` of the first element of that name, empty when there is none."""
        return next((e.value for e in self.elements if e.name == name), "")


def records(segment: Segment, encoding: str, with_text: bool = False) -> Iterator[Record]:
    """The records of a ``lines`` or ``annex`` segment; ``with_text``: also what is no attribute.

    Raises ``MalformedXml`` when an element is nested in another of the same name (the limits of
    records can then not be told) or when the bytes, not yet proved by the gate, are not XML;
    ``TooLarge`` beyond ``MAX_ELEMENTS`` and ``MAX_DEPTH``.
    """
    found: list[Record] = []
    path: list[str] = []
    parser = expat.ParserCreate(encoding)
    # The wrapping element is on the same line, so that expat's line numbers hold.
    first = segment.line - 1

    def start(tag: str, attributes: Attributes) -> None:
        name = tag.rpartition(":")[2]
        line = first + parser.CurrentLineNumber
        if len(path) == 1:
            found.append(Record(name, attributes, line, []))
        elif path:
            if len(path) > MAX_DEPTH:
                raise too_deep(line)
            check_elements(len(found[-1].elements) + 1, line)
            found[-1].elements.append(Element(".".join([*path[2:], name]), attributes, line))
        path.append(name)

    def text(data: str) -> None:
        if len(path) > 2 and not data.isspace():
            last = found[-1].elements[-1]
            if last.name == ".".join(path[2:]):
                last.attributes[TEXT] = data

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda tag: path.pop()
    if with_text and _HAS_TEXT.search(segment.data):
        parser.CharacterDataHandler = text
    _parse(parser, b"<records>", segment)
    for at in range(0, len(segment.data), _BLOCK):
        _parse(parser, segment.data[at : at + _BLOCK], segment)
        # The last one may go on in the next block.
        yield from found[:-1]
        del found[:-1]
    _parse(parser, b"</records>", segment, final=True)
    yield from found


def check_elements(count: int, line: int) -> None:
    """Raises ``TooLarge`` for a record of more than ``MAX_ELEMENTS`` elements."""
    if count > MAX_ELEMENTS:
        raise TooLarge(
            f"Une ligne de budget ou d'annexe a plus de {MAX_ELEMENTS} éléments, ligne {line} : "
            "ce n'est pas un export ordinaire, exportez-le de nouveau."
        )


def _parse(parser: expat.XMLParserType, data: bytes, segment: Segment, final: bool = False) -> None:
    try:
        parser.Parse(data, final)
    except expat.ExpatError:
        raise MalformedXml(
            f"Des éléments sont mal fermés ou imbriqués dans eux-mêmes, ligne {segment.line} : "
            "exportez de nouveau depuis le logiciel."
        ) from None


class Skeleton:
    """What a file holds besides budget lines and annex records: headers, accounting side.

    Feed every segment in order; ``on_element(path, attributes, line)`` is called at each start
    tag, ``on_end(path)`` at each end tag; ``path`` is a tuple of names from the root;
    ``with_text`` as in ``records``. Raises ``MalformedXml``, as ``records``.
    """

    def __init__(
        self,
        on_element: Callable[[tuple[str, ...], Attributes, int], None],
        on_end: Callable[[tuple[str, ...]], None] | None = None,
        with_text: bool = False,
    ) -> None:
        self._with_text = with_text
        self._on_element = on_element
        self._on_end = on_end
        self._path: tuple[str, ...] = ()
        self._last: tuple[tuple[str, ...], Attributes] = (), {}
        self.prefix = ""
        """Namespace prefix of the element being told, without its colon."""
        self._parser: expat.XMLParserType | None = None

    def feed(self, segment: Segment, encoding: str) -> None:
        """Read an ``other`` segment; of the rest keep the line breaks, for line numbers."""
        parser = self._parser or self._open(encoding)
        data = segment.data
        kept = data if segment.kind == "other" else b"\n" * data.count(b"\n")
        if self._with_text and _HAS_TEXT.search(kept):
            parser.CharacterDataHandler = self._text
        _parse(parser, kept, segment)

    def _open(self, encoding: str) -> expat.XMLParserType:
        self._parser = parser = expat.ParserCreate(encoding)
        parser.StartElementHandler = self._start
        if self._on_end is not None:
            parser.EndElementHandler = self._end
        else:
            parser.EndElementHandler = lambda tag: self._leave()
        return parser

    def _start(self, tag: str, attributes: Attributes) -> None:
        assert self._parser is not None
        if len(self._path) == MAX_DEPTH:
            raise too_deep(self._parser.CurrentLineNumber)
        self.prefix, _, name = tag.rpartition(":")
        self._path = (*self._path, name)
        self._last = self._path, attributes
        self._on_element(self._path, attributes, self._parser.CurrentLineNumber)

    def _text(self, data: str) -> None:
        path, attributes = self._last
        if path == self._path and not data.isspace():
            attributes[TEXT] = data

    def _end(self, tag: str) -> None:
        assert self._on_end is not None
        self._on_end(self._path)
        self._leave()

    def _leave(self) -> None:
        self._path = self._path[:-1]
