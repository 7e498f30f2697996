"""Authenticity: the ``Scellement`` that the national tool puts on a document.

Verified rule (true on every sealed original seen): remove the ``Scellement`` element and the text
that follows it, canonicalise ``DocumentBudgetaire`` (inclusive C14N 1.0 without comments), hash.
Whole budget lines and annex records, which are nearly all of a document, are canonicalised by
libxml2, segment by segment; the rest, and whatever libxml2 refuses, while expat reads it. Nothing
larger than a segment is ever held.
The rule for a CFU is unknown: its seal is ``unverifiable``, never ``broken``.
"""

from __future__ import annotations

import hashlib
import re
from xml.parsers import expat

from ckanext.budget.totem.errors import TooLarge
from ckanext.budget.totem.limits import MAX_DEPTH, MAX_NAMESPACES
from ckanext.budget.totem.xmlstream import Readable, Segment, too_deep

STATUSES = {
    "valid": "scellement valide : le document est celui que l'outil national a scellé",
    "broken": "scellement rompu : le document a changé depuis son scellement",
    "absent": "document non scellé",
    "unverifiable": "scellement non vérifiable (compte financier unique)",
}
_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"})
_VALUE = str.maketrans(
    {"&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"}
)
_SEALED_ROOT = "DocumentBudgetaire"
_MOMENT = re.compile(r"[12][0-9]{3}-[01][0-9]-[0-3][0-9](?:T[0-2][0-9]:[0-5][0-9]:[0-5][0-9])?")
_FLUSH = 4096
_CLOSE = b"</r>"
# Beyond, a segment is that of a hostile document: its tree would weigh ten times as much.
_LARGEST = 1 << 20
_MANY_ATTRIBUTES = re.compile(rb"=[^<>]{20000}")


class Sealer:
    """Give it to ``Document`` instead of ``stream``, then every segment; read ``status`` last."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._raw = bytearray()
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._sha1 = hashlib.sha1(usedforsecurity=False)
        self._claim: dict[str, str] | None = None
        self._out: list[str] = []
        self._root = ""
        self._scopes: list[dict[str, str]] = [{"": ""}]
        self._frame: _Frame | None = None
        self._after_seal = False
        self._dangling = False
        self._encoding = "utf-8"
        self._done = False
        self._parser = parser = expat.ParserCreate()
        parser.ordered_attributes = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.ProcessingInstructionHandler = self._instruction
        parser.XmlDeclHandler = self._declaration

    def read(self, size: int = -1) -> bytes:
        """As ``BinaryIO.read``; the bytes are kept until their segment comes."""
        data = self._stream.read(size)
        if not self._done:
            self._raw += data
        return data

    def __call__(self, segment: Segment) -> None:
        """Read the next segment, from its bytes as they are in the file."""
        if self._done:
            return
        raw = bytes(self._raw[: len(segment.data)])
        del self._raw[: len(segment.data)]
        if segment.kind == "other" or not self._add_whole(raw):
            self._parse(raw)

    def _parse(self, raw: bytes) -> None:
        self._parser.Parse(raw, False)
        # Expat waits for what follows these before it tells the text.
        self._dangling = raw.endswith((b"\r", b"]"))

    def _add_whole(self, raw: bytes) -> bool:
        """Canonicalise whole elements at once; False when they must be read one by one."""
        is_inside = self._root == _SEALED_ROOT and len(self._scopes) > 1
        if self._claim is None or not is_inside or self._after_seal or self._dangling:
            return False
        # libxml2 compares the attributes and namespaces of an element two by two.
        if len(raw) > _LARGEST or b"Scellement" in raw or _MANY_ATTRIBUTES.search(raw):
            return False
        scope = self._scopes[-1]
        if self._frame is None or self._frame.scope != scope:
            self._frame = _Frame(scope)
        canonical = self._frame.canonical(raw, self._encoding)
        if canonical is None:
            return False
        self._flush()
        self._hash(canonical)
        return True

    @property
    def status(self) -> str:
        """A key of ``STATUSES``."""
        if self._claim is None:
            return "absent"
        if self._root != _SEALED_ROOT:
            return "unverifiable"
        if self._raw:
            self._parse(bytes(self._raw))
            self._raw.clear()
        self._flush()
        same = (
            self._claim.get("sha1", "").lower() == self._sha1.hexdigest()
            and self._claim.get("md5", "").lower() == self._md5.hexdigest()
        )
        return "valid" if same else "broken"

    @property
    def sealed_on(self) -> str:
        """When the national tool sealed it, ``2022-04-07T10:00:00``; empty without a date."""
        found = _MOMENT.match((self._claim or {}).get("date", ""))
        return found[0] if found else ""

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        self._encoding = encoding or "utf-8"

    def _start(self, tag: str, attributes: list[str]) -> None:
        local = tag.rpartition(":")[2]
        self._root = self._root or local
        if local == "Scellement":
            self._claim = dict(zip(attributes[::2], attributes[1::2], strict=True))
            if self._root != _SEALED_ROOT:
                self._stop()
            return
        # The XSD puts the seal before the header: past it, there is none and nothing to hash.
        if local == "EnTeteDocBudgetaire" and self._claim is None:
            self._stop()
            return
        self._after_seal = False
        if len(self._scopes) > MAX_DEPTH:
            raise too_deep()
        self._out.append(f"<{tag}{self._canonical(attributes)}>")
        if len(self._out) > _FLUSH:
            self._flush()

    def _canonical(self, attributes: list[str]) -> str:
        if len(attributes) == 2 and attributes[0] == "V":
            self._scopes.append(self._scopes[-1])
            return f' V="{attributes[1].translate(_VALUE)}"'
        pairs = dict(zip(attributes[::2], attributes[1::2], strict=True))
        scope = self._scopes[-1]
        declared = {k[6:]: v for k, v in pairs.items() if k == "xmlns" or k.startswith("xmlns:")}
        fresh = {k: v for k, v in declared.items() if scope.get(k) != v}
        scope = {**scope, **declared} if declared else scope
        # Each element that declares one has a scope of its own.
        if len(scope) > MAX_NAMESPACES:
            raise TooLarge(
                f"Plus de {MAX_NAMESPACES} espaces de noms sont déclarés : ce n'est pas un export "
                "ordinaire, exportez-le de nouveau."
            )
        self._scopes.append(scope)
        plain = sorted(
            (scope.get(k.rpartition(":")[0], "") if ":" in k else "", k.rpartition(":")[2], k, v)
            for k, v in pairs.items()
            if k != "xmlns" and not k.startswith("xmlns:")
        )
        spaces = [(f"xmlns:{k}" if k else "xmlns", v) for k, v in sorted(fresh.items())]
        return "".join(
            f' {name}="{value.translate(_VALUE)}"'
            for name, value in [*spaces, *((k, v) for _, _, k, v in plain)]
        )

    def _end(self, tag: str) -> None:
        if tag.rpartition(":")[2] == "Scellement":
            self._after_seal = True
            return
        self._after_seal = False
        self._scopes.pop()
        self._out.append(f"</{tag}>")

    def _text(self, text: str) -> None:
        if len(self._scopes) > 1 and not self._after_seal:
            self._out.append(text.translate(_TEXT))

    def _instruction(self, target: str, data: str) -> None:
        if len(self._scopes) > 1:
            self._out.append(f"<?{target} {data}?>" if data else f"<?{target}?>")

    def _flush(self) -> None:
        self._hash("".join(self._out).encode("utf-8"))
        self._out.clear()

    def _hash(self, data: bytes) -> None:
        self._md5.update(data)
        self._sha1.update(data)

    def _stop(self) -> None:
        self._done = True
        self._out.clear()
        self._raw.clear()
        self._parser.StartElementHandler = None
        self._parser.EndElementHandler = None
        self._parser.CharacterDataHandler = None
        self._parser.ProcessingInstructionHandler = None


class _Frame:
    """Canonicalises fragments, inside an element that declares the namespaces in ``scope``."""

    def __init__(self, scope: dict[str, str]) -> None:
        from lxml import etree

        self.scope = scope
        self._etree = etree
        self._parser = etree.XMLParser(encoding="utf-8", resolve_entities=False, no_network=True)
        spaces = (
            f' {"xmlns:" + prefix if prefix else "xmlns"}="{uri.translate(_VALUE)}"'
            for prefix, uri in sorted(scope.items())
            if uri
        )
        self._head = f"<r{''.join(spaces)}>".encode()
        self._skip = len(self._whole(b"") or _CLOSE) - len(_CLOSE)

    def canonical(self, raw: bytes, encoding: str) -> bytes | None:
        """The canonical form; None when this is no sequence of whole elements to libxml2."""
        try:
            whole = self._whole(raw if raw.isascii() else raw.decode(encoding).encode("utf-8"))
        except UnicodeDecodeError:
            return None
        return whole[self._skip : -len(_CLOSE)] if whole else None

    def _whole(self, data: bytes) -> bytes | None:
        try:
            tree = self._etree.fromstring(self._head + data + _CLOSE, self._parser)
            whole: bytes = self._etree.tostring(tree, method="c14n", with_comments=False)
        except self._etree.LxmlError:
            return None
        return whole
