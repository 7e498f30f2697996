"""The blocks of a document outside lines and annex records: headers, PJRef, list of annexes."""

from __future__ import annotations

from collections.abc import Callable

from ckanext.budget.totem.amounts import cents
from ckanext.budget.totem.checks.facts import AccountTotal, Facts, Occurrences, kept
from ckanext.budget.totem.checks.shape import Block
from ckanext.budget.totem.limits import MAX_TEXT
from ckanext.budget.totem.records import Attributes, Element, Skeleton
from ckanext.budget.totem.structure import Structure
from ckanext.budget.totem.summary.ratios import PRINTED
from ckanext.budget.totem.xmlstream import BUDGET_NS, Segment

ROOT = "DocumentBudgetaire"
#: Free content: the publisher's own elements, signatures, control reports.
_FREE = frozenset(("BlocEditeur", "DocumentRapport", "Signature", "Signatures"))
Path = tuple[str, ...]

MAX_ELEMENTS = 10_000
"""Elements of one header block that are looked at, and the last one."""


_MOST_VALUES = 1000
"""Elements of an accounting line that are looked at; a real one has 17."""


class HeaderReader:
    """Fills ``facts.values`` and hands each block to ``on_block`` when it is complete."""

    def __init__(
        self, structure: Structure, facts: Facts, on_block: Callable[[Block], None]
    ) -> None:
        self._structure = structure
        self._facts = facts
        self._on_block = on_block
        self._open: list[Block] = []
        self._with_lines: Block | None = None
        self._prefix: str | None = None
        self._skipped = 0
        self._accounts = _AccountReader(facts)
        self._skeleton = Skeleton(self._start, self._end, with_text=True)

    def feed(self, segment: Segment, encoding: str) -> None:
        """Read the next segment of the document."""
        self._skeleton.feed(segment, encoding)

    def line_met(self, line: int) -> None:
        """A budget line was read elsewhere: its block counts as one of Budget's elements."""
        # Thousands of lines need to be known once; the other elements of a block are few.
        block = self._open[-1] if self._open else None
        if block and block.container == "Budget" and block is not self._with_lines:
            self._with_lines = block
            self._add(Element("LigneBudget", {}, line))

    def _start(self, path: Path, attributes: Attributes, line: int) -> None:
        name = path[-1]
        if not self._open:
            self._accounts.start(path, attributes, line)
        if self._skipped or (self._open and self._is_foreign(name, attributes)):
            self._skipped += 1
            return
        if name == ROOT and not self._open:
            self._prefix = self._skeleton.prefix
            self._open.append(Block(self._structure, ROOT, line, []))
        elif self._open:
            self._inside(name, attributes, line)

    def _is_foreign(self, name: str, attributes: Attributes) -> bool:
        other = attributes.get("xmlns", BUDGET_NS) != BUDGET_NS
        return other or self._skeleton.prefix != self._prefix or name in _FREE

    def _inside(self, name: str, attributes: Attributes, line: int) -> None:
        container = self._open[-1].container
        self._add(Element(name, attributes, line))
        if name == "Information" and attributes.get("Code") in PRINTED:
            printed = attributes.get("V", "")[:MAX_TEXT]
            self._facts.information.setdefault(attributes["Code"], printed)
        if "V" in attributes and self._structure.field(container, name) is not None:
            text = attributes["V"][:MAX_TEXT]
            self._facts.values.setdefault((container, name), (text, line))
        if name.startswith("DATA_"):
            kept(self._facts.annex_blocks, name[5:], Occurrences()).met(line)
        field = self._structure.field(container, name)
        inner = name if field is not None and field.kind == "group" else ""
        self._open.append(Block(self._structure, inner, line, []))

    def _add(self, element: Element) -> None:
        # Appends; once there are MAX_ELEMENTS, the last one takes the place of the one before.
        self._open[-1].elements[MAX_ELEMENTS:] = [element]

    def _end(self, path: Path) -> None:
        if self._skipped:
            self._skipped -= 1
        elif self._open:
            block = self._open.pop()
            if block.container and not block.container.startswith("DATA_"):
                self._on_block(block)
        else:
            self._accounts.end(path)


class _AccountReader:
    """Keeps the last total of each statement of the accounting side: its general total."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._values: dict[str, str] = {}
        self._line = 0

    def start(self, path: Path, attributes: Attributes, line: int) -> None:
        """An element outside the budget document."""
        if path[-1] == "LigneComptable":
            self._values, self._line = {}, line
        elif len(path) > 1 and path[-2] == "LigneComptable" and len(self._values) < _MOST_VALUES:
            self._values[path[-1]] = attributes.get("V", "")

    def end(self, path: Path) -> None:
        """A line of a statement is complete."""
        if path[-1] == "LigneComptable" and self._values.get("ModeTraitement") == "TOTALISATION":
            amounts = {k: cents(v) for k, v in self._values.items() if k.startswith("Mt")}
            known = {name: amount for name, amount in amounts.items() if amount is not None}
            account = kept(self._facts.accounts, self._values.get("Etat", ""), AccountTotal())
            account.line, account.amounts = self._line, known
