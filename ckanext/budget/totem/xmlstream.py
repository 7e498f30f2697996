"""Bytes of a TOTEM file as consecutive segments, in bounded memory.

Expat proves, ahead of everything else, that the bytes are well-formed and free of DOCTYPE. In
well-formed XML a ``<`` can only open markup, so the segmenter finds its landmarks by plain byte
searches, and the consumers read elements by regular expressions several times faster than a
tree would allow. The concatenation of the segments is the document, byte for byte, comments,
CDATA sections and processing instructions excepted: they may hold anything about anybody and
become spaces.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol
from xml.parsers import expat

from ckanext.budget.totem.errors import (
    MalformedXml,
    NotTotem,
    TooLarge,
    UnsafeXml,
    UnsupportedEncoding,
)
from ckanext.budget.totem.limits import MAX_ATTRIBUTES, MAX_DEPTH, MAX_NAMES, MAX_RECORD

BUDGET_NS = "http://www.minefi.gouv.fr/cp/demat/docbudgetaire"
CFU_NS = "http://www.minefi.gouv.fr/cp/demat/doccfu"
_ROOTS = {"DocumentBudgetaire": BUDGET_NS, "CompteFinancierUnique": CFU_NS}

# Single bytes, or UTF-8, in which "<" and quotes are always those of ASCII. Python knows others
# (unicode_escape, hz…) that no XML reader would understand in the same way.
_CHARSETS = re.compile(
    r"(?:utf-?8|(?:us-)?ascii|iso[-_]?8859[-_]\d+|latin-?\d+|(?:windows|cp)-?125\d)$", re.I
)

# Names, attributes and texts gone, what is left tells how many elements a run of tags leaves open.
_NOT_MARKUP = bytes(byte for byte in range(256) if byte not in b"<>/\"'\n")
# A whole tag: whether it closes, and whether it closes itself.
_TAG = re.compile(rb"<(/?)[^<>\"'/]*(?:(?:\"[^\"]*\"|'[^']*'|/(?!>))[^<>\"'/]*)*(/?)>")

_NAMED = (
    re.compile(rb"<([^\s<>/=\"'!?]+)"),
    re.compile(rb"\s([^\s<>/=\"']+)\s*=\s*[\"']"),
)
_ONE_IN, _HASHED = 128, 200
# Bytes that lines and records seldom hold, and how many of them are looked at.
_RARE, _FEW = (b"_", b"x"), 16

# Small enough that what one step wrote is still in the processor's cache for the next.
CHUNK = 1 << 16
# A text or a comment may be an attached file; this bounds memory on hostile input.
MAX_PENDING = 8 << 20


class Readable(Protocol):
    """What a document is read from: a binary file, or what looks at its bytes on the way."""

    def read(self, size: int = -1, /) -> bytes:
        """As ``BinaryIO.read``."""
        ...


class Segment(NamedTuple):
    """A run of bytes: ``lines`` (whole LigneBudget), ``annex`` (whole records), ``other``.

    ``name`` is the annex without ``DATA_`` (``CONCOURS``), ``line`` the file line it starts on.
    """

    kind: str
    name: str
    data: bytes
    line: int


_TRUNCATED = "le fichier est tronqué : exportez-le ou transférez-le de nouveau"
_XML_ERRORS = {
    "no element found": _TRUNCATED,
    "unclosed token": _TRUNCATED,
    "unclosed CDATA section": _TRUNCATED,
    "partial character": _TRUNCATED,
    "mismatched tag": "une balise n'est pas refermée ; exportez de nouveau depuis le logiciel",
    "not well-formed (invalid token)": (
        "un caractère interdit ou un encodage autre que celui annoncé ; exportez de nouveau"
    ),
    "junk after document element": "du texte suit la fin du document ; exportez de nouveau",
    "undefined entity": "une entité inconnue ; exportez de nouveau depuis le logiciel",
    "duplicate attribute": "un attribut est répété ; exportez de nouveau depuis le logiciel",
}


class Gate:
    """Well-formedness, root element, encoding: what must hold before a byte is used."""

    def __init__(self) -> None:
        self.root = ""
        self.encoding = "UTF-8"
        self.is_blanked = False
        """True once a comment, a CDATA section or an instruction became spaces."""
        self._started = False
        self._parser = parser = expat.ParserCreate()
        parser.StartElementHandler = self._on_root
        parser.XmlDeclHandler = self._on_declaration
        parser.StartDoctypeDeclHandler = self._on_doctype

    def feed(self, chunk: bytes) -> None:
        """Check more bytes. Raises the documented errors of this module."""
        if not self._started:
            self._check_first(chunk)
        self._parse(chunk, False)

    def close(self) -> None:
        """Check that the document is complete."""
        if not self._started:
            raise NotTotem("Le fichier est vide : déposez l'export XML TOTEM du logiciel.")
        self._parse(b"", True)

    def _parse(self, chunk: bytes, final: bool) -> None:
        try:
            self._parser.Parse(chunk, final)
        except expat.ExpatError as error:
            raise self._explain(error) from None
        except (LookupError, ValueError):
            raise UnsupportedEncoding(
                "L'encodage annoncé par le fichier est inconnu : exportez en UTF-8 ou ISO-8859-1."
            ) from None

    def _check_first(self, chunk: bytes) -> None:
        self._started = True
        head = chunk[:512]
        if head[:2] in (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<"):
            raise UnsupportedEncoding(
                "Le fichier est en UTF-16 : exportez-le en UTF-8 ou ISO-8859-1."
            )
        text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
        if text.startswith((b"<!doctype html", b"<html")):
            raise NotTotem(
                "Le fichier est une page web (HTML), pas un document TOTEM : "
                "vérifiez le lien de téléchargement."
            )
        if not text.startswith(b"<"):
            raise NotTotem("Le fichier n'est pas du XML : déposez l'export XML TOTEM du logiciel.")

    def _on_declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        self.encoding = encoding or "UTF-8"
        if not _CHARSETS.match(self.encoding):
            raise UnsupportedEncoding(
                "L'encodage annoncé par le fichier n'est pas pris en charge : exportez en UTF-8 "
                "ou ISO-8859-1."
            )

    def _on_doctype(self, *args: object) -> None:
        raise UnsafeXml(
            "Le fichier déclare un DOCTYPE ou des entités, interdits dans un document TOTEM : "
            "exportez-le de nouveau sans déclaration."
        )

    def _on_root(self, tag: str, attributes: dict[str, str]) -> None:
        self._parser.StartElementHandler = None
        prefix, _, local = tag.rpartition(":")
        namespace = attributes.get(f"xmlns:{prefix}" if prefix else "xmlns", "")
        if _ROOTS.get(local) is None or namespace != _ROOTS[local]:
            raise NotTotem(_not_totem(local))
        self.root = local

    def _explain(self, error: expat.ExpatError) -> MalformedXml | UnsupportedEncoding:
        message = expat.errors.messages.get(error.code, "")
        if message == "unknown encoding":
            return UnsupportedEncoding(
                "L'encodage annoncé par le fichier est inconnu : exportez en UTF-8 ou ISO-8859-1."
            )
        why = _XML_ERRORS.get(message, "exportez de nouveau depuis le logiciel")
        return MalformedXml(f"XML mal formé, ligne {error.lineno} : {why}.")


def _not_totem(local: str) -> str:
    if local in _ROOTS:
        return (
            "L'espace de noms n'est pas celui de TOTEM : "
            "exportez le document budgétaire au format national (docbudgetaire)."
        )
    return (
        "Le fichier XML n'est pas un document budgétaire TOTEM "
        "(DocumentBudgetaire ou CompteFinancierUnique attendu) : vérifiez l'export choisi."
    )


def segments(stream: Readable, gate: Gate | None = None) -> Iterator[Segment]:
    """Cut a TOTEM file into segments.

    Raises ``MalformedXml``, ``NotTotem``, ``UnsafeXml``, ``UnsupportedEncoding``, ``TooLarge``.
    """
    gate = gate or Gate()
    splitter, depth, names = _Splitter(), _Depth(), _Names()
    pending = b""
    while chunk := stream.read(CHUNK):
        gate.feed(chunk)
        whole = pending + chunk
        clean, pending = _blank(whole)
        gate.is_blanked = gate.is_blanked or not whole.startswith(clean)
        marks = clean.translate(None, _NOT_MARKUP)
        depth.add(clean, marks.translate(None, b"\n"))
        names.add(clean)
        yield from splitter.feed(clean, marks.count(b"\n"), final=False)
    gate.close()
    yield from splitter.feed(pending, pending.count(b"\n"), final=True)


_END_TAG = re.compile(rb"</")


class _Depth:
    """How many elements are open, counted in runs of whole tags: expat never tells.

    An event for each element would cost several times all the rest, so the tags of a run are
    counted by their marks. A run that goes deep and comes back is not seen: nothing here keeps
    what it opened, and who reads elements one by one has the same limit (``records``).
    """

    def __init__(self) -> None:
        self._open = 0

    def add(self, tags: bytes, marks: bytes) -> None:
        """``marks``: the brackets, slashes and quotes of ``tags``.

        Raises ``TooLarge`` when the elements left open are more than ``MAX_DEPTH``.
        """
        opening = marks.count(b"<")
        if opening != marks.count(b">"):  # a value or a text holds one
            self._open += sum(-1 if ends else not empty for ends, empty in _TAG.findall(tags))
        else:
            # Every end tag, and every empty one, has one "/>" once its name is gone. (The engine
            # finds two characters three times quicker than bytes.count.)
            self._open += opening - marks.count(b"/>") - len(_END_TAG.findall(tags))
        if self._open > MAX_DEPTH:
            raise too_deep()


class _Names:
    """How many different names: expat keeps each of them until the end of the document.

    One run of tags in ``_ONE_IN`` is looked at. A document cannot know which ones: the choice
    depends on the hashing of this process. Ordinary documents come nowhere near the limit.
    """

    def __init__(self) -> None:
        self._known: set[bytes] = set()

    def add(self, tags: bytes) -> None:
        """Raises ``TooLarge`` beyond ``MAX_NAMES``."""
        if hash(tags[:_HASHED]) % _ONE_IN == 0:
            for names in _NAMED:
                self._known.update(names.findall(tags))
            if len(self._known) > MAX_NAMES:
                raise TooLarge(
                    f"Le document a plus de {MAX_NAMES} noms d'éléments différents : ce n'est pas "
                    "un export ordinaire, exportez-le de nouveau."
                )


def too_deep(line: int | None = None) -> TooLarge:
    """More than ``MAX_DEPTH`` elements in one another, from this line of the file."""
    where = f", ligne {line}" if line else ""
    return TooLarge(
        f"Plus de {MAX_DEPTH} éléments sont emboîtés{where} : ce n'est pas un export ordinaire, "
        "exportez-le de nouveau depuis le logiciel."
    )


_ENDS = {b"<!--": b"-->", b"<![C": b"]]>", b"<?xm": b"?>"}
_NOT_NEWLINE = re.compile(rb"[^\r\n]")
_SPECIAL = re.compile(rb"<[!?]")
_XML_DECLARATION = re.compile(rb"<\?xml\s")


def _blank(data: bytes) -> tuple[bytes, bytes]:
    """``data`` with comments, CDATA and instructions as spaces, and the undecided tail.

    Line breaks stay, so that line numbers hold. The XML declaration stays too.
    """
    # Both characters are rare, so looking for them alone is the quickest way to say "none".
    if b"!" not in data and (b"?" not in data or _next_special(data, 0) < 0):
        return _hold_tail(data)
    out: list[bytes] = []
    at = 0
    while True:
        start = _next_special(data, at)
        if start < 0:
            clean, tail = _hold_tail(data[at:])
            return b"".join([*out, clean]), tail
        opening = data[start : start + 4]
        # The hyphens of "<!-->" and "<!--->" open a comment, and close none.
        end = data.find(_ENDS.get(opening, b"?>"), start + (4 if opening == b"<!--" else 2))
        if end < 0:
            if len(data) - start > MAX_PENDING:
                raise TooLarge("Un commentaire du fichier dépasse 8 Mo : retirez-le.")
            return b"".join([*out, data[at:start]]), data[start:]
        end += 2 if data[start + 1 : start + 2] == b"?" else 3
        out += [data[at:start], _NOT_NEWLINE.sub(b" ", data[start:end])]
        at = end


def _next_special(data: bytes, at: int) -> int:
    """Offset of the next comment, CDATA or instruction (not the XML declaration), or -1."""
    match = _SPECIAL.search(data, at)
    if not match:
        return -1
    start = match.start()
    if start <= 3 and _XML_DECLARATION.match(data, start):
        return _next_special(data, start + 2)
    return start


def _hold_tail(data: bytes) -> tuple[bytes, bytes]:
    """Keep back the last tag, which may be cut, and what follows it."""
    at = data.rfind(b"<")
    if len(data) - at > CHUNK and at >= 0:
        _check_long(data, at)
    return (data, b"") if at < 0 else (data[:at], data[at:])


def _check_long(data: bytes, at: int) -> None:
    """Refuse a tag, or a text, that has no end, before expat keeps all its attributes."""
    quotes = data.count(b'="', at) + data.count(b"='", at)
    if len(data) - at > MAX_PENDING or quotes > MAX_ATTRIBUTES:
        raise _too_long()


def _too_long(line: int | None = None) -> TooLarge:
    where = f", ligne {line}" if line else ""
    return TooLarge(
        f"Un élément du document est trop long{where} : ce n'est pas un export TOTEM ordinaire, "
        "exportez-le de nouveau."
    )


# An attribute value may hold ">", hence the full attribute grammar.
_ATTRIBUTES = rb"""(?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*\s*"""
_LANDMARK = re.compile(
    rb"<(?P<prefix>[\w.-]+:)?(?:(?P<line>LigneBudget)(?=[\s/>])"
    rb"|DATA_(?P<annex>\w+)" + _ATTRIBUTES + rb"(?P<empty>/?)>)"
)
_OTHER_MARKS = (b":Annexes", b":DATA_", b":Budget", b"<Annexes", b"<DATA_", b"</Budget")
_OTHER_END = re.compile(rb"</?(?:[^\s<>/:='\"]+:)?(?:Annexes|DATA_\w+|Budget)(?=[\s/>])(?!/)")
_FIRST_TAG = re.compile(rb"\s*<([\w:.-]+)")


class _Splitter:
    """State machine: outside, in budget lines, in one annex."""

    def __init__(self) -> None:
        self._buffer = b""
        # What comes before this offset was given already.
        self._at = 0
        self._line = 1
        # Of the end of the buffer.
        self._last_line = 1
        self._state: Callable[[bool], Iterator[Segment]] = self._outside
        self._prefix = b""
        self._annex = b""
        # Where each mark was last found: a document may change state at every tag.
        self._found: dict[bytes, int] = {}

    def feed(self, data: bytes, lines: int, final: bool) -> Iterator[Segment]:
        """``lines``: line breaks in ``data``."""
        self._last_line += lines
        self._buffer = self._buffer[self._at :] + data
        self._at, previous = 0, None
        self._found.clear()
        while self._at < len(self._buffer) and previous != (self._at, self._state):
            previous = (self._at, self._state)
            yield from self._state(final)
        if len(self._buffer) - self._at > MAX_RECORD + CHUNK:
            raise _too_long(self._line)

    def _take(self, kind: str, end: int, name: str = "") -> Iterator[Segment]:
        if end <= self._at:
            return
        data, self._at = self._buffer[self._at : end], end
        yield Segment(kind, name, data, self._line)
        # What was given, or what is left: line breaks are counted where there is less to read.
        if len(data) < len(self._buffer) - end:
            self._line += data.count(b"\n")
        else:
            self._line = self._last_line - self._buffer.count(b"\n", end)

    def _outside(self, final: bool) -> Iterator[Segment]:
        at = self._first_landmark()
        while match := _LANDMARK.search(self._buffer, at):
            if match["line"]:
                self._prefix, self._state = match["prefix"] or b"", self._lines
                yield from self._take("other", match.start())
                return
            if not match["empty"]:
                self._prefix, self._annex = match["prefix"] or b"", match["annex"]
                self._state = self._records
                yield from self._take("other", match.end())
                return
            at = match.end()
        yield from self._take("other", len(self._buffer) if final else self._rfind(b"<"))

    def _first_landmark(self) -> int:
        """Where the regular expression may start to look: plain searches are much quicker."""
        annex = self._find(b"DATA_")
        line = self._find(b"LigneBudget")
        first = min((at for at in (line, annex) if at >= 0), default=-1)
        if first < 0:
            return len(self._buffer)
        return max(self._at, self._buffer.rfind(b"<", self._at, first))

    def _lines(self, final: bool) -> Iterator[Segment]:
        limit = self._end_of_lines(final)
        if limit is not None:
            self._state = self._outside
            yield from self._take("lines", limit)
            return
        close = self._rfind(b"</" + self._prefix + b"LigneBudget")
        yield from self._take("lines", self._buffer.find(b">", close) + 1 if close >= 0 else 0)

    def _end_of_lines(self, final: bool) -> int | None:
        """Offset of the first tag that is neither a line nor inside one, when it is here."""
        opening, closing = b"<" + self._prefix, b"</" + self._prefix
        marks = (opening + b"Annexes", opening + b"DATA_", closing + b"Budget")
        found = [at for at in map(self._find, marks) if at >= 0]
        first = min(found, default=len(self._buffer))
        other = self._under_another_prefix(first)
        if other is not None:
            return other
        return first if found or final else None

    def _under_another_prefix(self, limit: int) -> int | None:
        """The same, under another prefix than the lines': the plain searches do not see them."""
        # One character is found several times quicker than a word, and there is hardly any.
        if not self._prefix and self._buffer.find(b":", self._at, limit) < 0:
            return None
        marks = _OTHER_MARKS if self._prefix else _OTHER_MARKS[:3]
        if all(self._buffer.find(mark, self._at, limit) < 0 for mark in marks):
            return None
        other = _OTHER_END.search(self._buffer, self._at, limit)
        return other.start() if other else None

    def _records(self, final: bool) -> Iterator[Segment]:
        name = self._annex.decode("ascii", "replace")
        close = self._find(b"</" + self._prefix + b"DATA_" + self._annex)
        if close >= 0:
            self._state = self._outside
            yield from self._take("annex", close, name)
            return
        first = _FIRST_TAG.match(self._buffer, self._at)
        if first:
            last = self._rfind(b"</" + first[1] + b">")
            yield from self._take("annex", last + len(first[1]) + 3 if last >= 0 else 0, name)

    def _find(self, mark: bytes) -> int:
        found = self._found.get(mark)
        if found is None or 0 <= found < self._at:
            found = self._found[mark] = _find(self._buffer, mark, self._at)
        return found

    def _rfind(self, mark: bytes) -> int:
        return self._buffer.rfind(mark, self._at)


def _find(data: bytes, mark: bytes, at: int) -> int:
    """``data.find(mark, at)``, by a rare byte of the mark: looking for one byte is much quicker."""
    place = max(map(mark.find, _RARE))
    if place >= 0:
        for _ in range(_FEW):
            hit = data.find(mark[place : place + 1], at + place)
            if hit < 0:
                return -1
            at = hit - place
            if data.startswith(mark, at):
                return at
            at += 1
    return data.find(mark, at)
