"""What the rules of scope ``table`` look at: an SCDL CSV."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from ckanext.budget.totem.checks.facts import Facts, Lines, Occurrences

_EXECUTION = "compte administratif"


class CellProblem(NamedTuple):
    """One error of frictionless, without its message, which quotes values.

    ``kind``: constraint or type of error (``required``, ``pattern``, ``missing-label``…); ``row``
    of the file (the header is 1, 0 for none); ``column``.
    """

    kind: str
    row: int
    column: str


@dataclass
class TableFacts(Facts):
    """Facts of a CSV: it has a stage, but no header."""

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
class Table:
    """What the rules of scope ``table`` look at."""

    problems: list[CellProblem] = field(default_factory=list)
    identities: dict[tuple[str, str, str], Occurrences] = field(default_factory=dict)
    """(BGT_SIRET, BGT_ANNEE, BGT_NATDEC) -> how many rows."""
    facts: TableFacts = field(default_factory=TableFacts)
    rows: int = 0
