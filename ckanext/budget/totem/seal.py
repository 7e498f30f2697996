"""Authenticity: the ``Scellement`` that the national tool puts on a document.

Verified rule (true on every sealed original seen): remove the ``Scellement`` element and the text
that follows it, canonicalise ``DocumentBudgetaire`` (inclusive C14N 1.0 without comments), hash.
The canonical form is computed while expat reads, so the document is parsed once and never held.
The rule for a CFU is unknown: its seal is ``unverifiable``, never ``broken``.
"""

from __future__ import annotations

import hashlib
from xml.parsers import expat

__all__ = ["STATUSES", "Sealer"]

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
_FLUSH = 4096


class Sealer:
    """Give ``prepare`` to ``Gate``; read ``status`` when the document has been read whole."""

    def __init__(self) -> None:
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._sha1 = hashlib.sha1(usedforsecurity=False)
        self._claim: dict[str, str] | None = None
        self._out: list[str] = []
        self._root = ""
        self._scopes: list[dict[str, str]] = [{"": ""}]
        self._parser: expat.XMLParserType | None = None
        self._after_seal = False

    def prepare(self, parser: expat.XMLParserType) -> None:
        """Attach to the parser that checks the document."""
        self._parser = parser
        parser.ordered_attributes = True
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.ProcessingInstructionHandler = self._instruction

    @property
    def status(self) -> str:
        """A key of ``STATUSES``."""
        if self._claim is None:
            return "absent"
        if self._root != _SEALED_ROOT:
            return "unverifiable"
        self._flush()
        same = (
            self._claim.get("sha1", "").lower() == self._sha1.hexdigest()
            and self._claim.get("md5", "").lower() == self._md5.hexdigest()
        )
        return "valid" if same else "broken"

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
        data = "".join(self._out).encode("utf-8")
        self._out.clear()
        self._md5.update(data)
        self._sha1.update(data)

    def _stop(self) -> None:
        self._out.clear()
        if self._parser is not None:
            self._parser.StartElementHandler = None
            self._parser.EndElementHandler = None
            self._parser.CharacterDataHandler = None
            self._parser.ProcessingInstructionHandler = None
