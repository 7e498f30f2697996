"""What the rules of scope ``table`` look at: an SCDL table, as it is mended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ckanext.budget.totem import amounts
from ckanext.budget.totem.checks.facts import MAX_KEPT, Facts, Lines, Occurrences
from ckanext.budget.totem.scdl import COLUMNS
from ckanext.budget.totem.tables import Identities, Told
from ckanext.budget.totem.tables.log import Met

#: Position in a row -> element of TOTEM whose sums the rules read.
_SUMMED = {
    COLUMNS.index(f"BGT_{name.upper()}"): name
    for name in (
        "MtReal",
        "MtPrev",
        "MtRARPrec",
        "CredOuv",
        "MtPropNouv",
        "MtBudgPrec",
        "MtRAR3112",
    )
}
_SIDES = {"dépense": "D", "recette": "R"}
_ORDERS = {"réel": "0", "ordre": "1"}
_SECTIONS = {"fonctionnement": "F", "investissement": "I"}
_EXECUTION = "compte administratif"
_CODES = tuple(
    map(COLUMNS.index, ("BGT_CONTNAT", "BGT_NATURE", "BGT_CODRD", "BGT_OPBUDG", "BGT_SECTION"))
)
_SIDE = COLUMNS.index("BGT_CODRD")
_MAX_HASHES = 1_000_000
"""Rows among which repeated ones are looked for."""


@dataclass
class TableFacts(Facts):
    """Facts of a table: it has a stage, but no header."""

    stage: str = ""
    groups: dict[tuple[str, ...], Lines] = field(default_factory=dict)

    @property
    def is_execution(self) -> bool:
        """True for accounts."""
        return self.stage == _EXECUTION

    @property
    def amount(self) -> str:
        """Realised or voted amount."""
        return "MtReal" if self.is_execution else "MtPrev"


@dataclass
class Seen:
    """What the rules of scope ``table`` look at.

    ``refusal``: why nothing could be read; ``deviations``: how the file is written, causes first;
    ``signs``: side -> how many amounts are [below, above] zero; ``repeated``: rows that were there
    before; ``reference``: element -> total in cents of a document that should be alike.
    """

    refusal: str = ""
    deviations: list[Told] = field(default_factory=list)
    identities: Identities = field(default_factory=Identities)
    facts: TableFacts = field(default_factory=TableFacts)
    rows: int = 0
    signs: dict[str, list[int]] = field(default_factory=dict)
    repeated: Met = field(default_factory=Met)
    reference: Mapping[str, int] = field(default_factory=dict)
    _hashes: set[int] = field(default_factory=set)

    def add(self, line: int, cells: list[str]) -> None:
        """One row of the table."""
        self.rows += 1
        self.identities.met(cells, line)
        facts = self.facts
        facts.stage = facts.stage or cells[0]
        facts.line_count += 1
        lines = self._group(cells)
        lines.tally.met(line)
        below, above = 0, 0
        for place, name in _SUMMED.items():
            written = cells[place]
            if written and written != "0.00":
                cents = amounts.cents(written) or 0
                lines.totals[name] += cents
                below += cents < 0
                above += cents > 0
        if below or above:
            self._weigh(line, cells, below, above)

    def _weigh(self, line: int, cells: list[str], below: int, above: int) -> None:
        signs = self.signs.setdefault(cells[_SIDE], [0, 0]) if len(self.signs) < 10 else [0, 0]
        signs[0] += below
        signs[1] += above
        mark = hash(tuple(cells))
        if mark in self._hashes:
            self.repeated.add(line)
        elif len(self._hashes) < _MAX_HASHES:
            self._hashes.add(mark)

    def _group(self, cells: list[str]) -> Lines:
        key = tuple([cells[place] for place in _CODES])
        group = self.facts.groups.get(key)
        if group is None:
            if len(self.facts.groups) >= MAX_KEPT:
                key = ("*", "*", *key[2:])
            group = self.facts.groups.get(key) or self._open_group(key)
        return group

    def _open_group(self, key: tuple[str, ...]) -> Lines:
        chapter, nature, rd, order, section = key
        group = Lines(
            nature,
            chapter,
            _SIDES.get(rd, ""),
            _ORDERS.get(order, ""),
            "",
            _SECTIONS.get(section, ""),
            "document",
            "document",
            chapter,
            Occurrences(),
        )
        self.facts.groups[key] = group
        self.facts.lines.append(group)
        return group
