"""Writing elements as a producer does, fast: one template per shape of record, then ``%``."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

from ckanext.budget.totem.generate.styles import Style

Field = tuple[str, str]
"""Element name, or ``MtSup@BudgetHorsRAR`` for an element with a ``Code``; value of ``V``."""


def escape(value: str) -> str:
    """Attribute value, escaped, without its quotes."""
    return quoteattr(value, {'"': "&quot;"})[1:-1]


class Writer:
    """Elements as text in the style of one producer; ``depth`` counts levels below
    ``DocumentBudgetaire``, which is itself ``shift`` levels below the root."""

    def __init__(self, style: Style, shift: int = 0) -> None:
        self.style = style
        self.shift = shift
        self._templates: dict[tuple[str, int, tuple[str, ...]], str] = {}

    def _pad(self, depth: int) -> str:
        return self.style.indent * (depth + self.shift)

    @property
    def newline(self) -> str:
        """End of line; none when the document is one line."""
        return self.style.newline if self.style.indent else ""

    def open(self, name: str, depth: int, attributes: str = "") -> str:
        """Start tag on its own line; ``attributes`` with their leading space."""
        return f"{self._pad(depth)}<{name}{attributes}>{self.newline}"

    def close(self, name: str, depth: int) -> str:
        """End tag on its own line."""
        return f"{self._pad(depth)}</{name}>{self.newline}"

    def empty(self, name: str, depth: int, attributes: str) -> str:
        """Empty element with raw attributes."""
        return f"{self._pad(depth)}<{name}{attributes}{self.style.close}{self.newline}"

    def _leaf(self, name: str, depth: int) -> str:
        tag, _, code = name.partition("@")
        if not code:
            attributes = ' V="%s"'
        elif self.style.code_first:
            attributes = f' Code="{code}" V="%s"'
        else:
            attributes = f' V="%s" Code="{code}"'
        return self.empty(tag, depth, attributes)

    def template(self, name: str, depth: int, names: tuple[str, ...], attributes: str = "") -> str:
        """``%`` template of a record ``name`` with children ``names``, one ``%s`` for each."""
        leaves = "".join(self._leaf(child, depth + 1) for child in names)
        return self.open(name, depth, attributes) + leaves + self.close(name, depth)

    def record(self, name: str, depth: int, fields: Sequence[Field], attributes: str = "") -> str:
        """An element whose children each hold one value; ``attributes`` with their space."""
        names = tuple(field[0] for field in fields)
        key = (name + attributes, depth, names)
        found = self._templates.get(key)
        if found is None:
            found = self._templates[key] = self.template(name, depth, names, attributes)
        return found % tuple(escape(value) for _, value in fields)

    def leaf(self, name: str, value: str, depth: int) -> str:
        """One valued element."""
        return self._leaf(name, depth) % escape(value)
