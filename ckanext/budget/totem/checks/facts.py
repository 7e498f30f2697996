"""What the rules of scope ``document`` look at: gathered while the document streams by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from ckanext.budget.totem.model import Header, Stage
from ckanext.budget.totem.nomenclature import Plan
from ckanext.budget.totem.summary.consolidation import Consolidation
from ckanext.budget.totem.summary.debt import Debt

#: Version of the XSD that the structure table was made from.
SCHEMA_VERSION = 95

#: Amounts that the rules add up.
AMOUNTS = ("MtPrev", "MtPropNouv", "MtRARPrec", "MtReal", "CredOuv")

MAX_KEPT = 100_000
"""Different codes kept apart; a real document has a few thousands."""

_Key = TypeVar("_Key")
_Kept = TypeVar("_Kept")


def kept(facts: dict[_Key, _Kept], key: _Key, first: _Kept) -> _Kept:
    """``setdefault`` that does not grow beyond ``MAX_KEPT``: a hostile document invents names."""
    return facts.setdefault(key, first) if len(facts) < MAX_KEPT else facts.get(key, first)


@dataclass
class Occurrences:
    """How often something was met, and the first line where it was."""

    count: int = 0
    line: int = 0

    def met(self, line: int) -> None:
        """Count one more."""
        self.count += 1
        if not self.line:
            self.line = line


@dataclass
class Lines:
    """The budget lines that share the codes which decide their chapter and section.

    ``chapter_origin``, ``section_origin``: see ``nomenclature.Answer``; ``document`` when the line
    says it. ``totals``: whole cents by amount element.
    """

    nature: str
    chapter: str
    rd: str
    order: str
    order_type: str
    section: str
    chapter_origin: str
    section_origin: str
    given_chapter: str
    tally: Occurrences = field(default_factory=Occurrences)
    totals: Counter[str] = field(default_factory=Counter)


@dataclass
class AccountTotal:
    """The last total of a statement of the accountant (CFU), whole cents by amount element."""

    line: int = 0
    amounts: dict[str, int] = field(default_factory=dict)


@dataclass
class Facts:
    """Everything known of a document at its end. Sums are whole cents."""

    header: Header | None = None
    plan: Plan | None = None
    #: (container, element) -> first value and its line, of the header blocks
    values: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    lines: list[Lines] = field(default_factory=list)
    line_count: int = 0
    functions: dict[str, Occurrences] = field(default_factory=dict)
    #: Groupe of a calculated line -> {amount element: cents}, and its line
    producer_totals: dict[str, tuple[dict[str, int], int]] = field(default_factory=dict)
    #: annex -> its records, subtotals excepted
    annexes: Counter[str] = field(default_factory=Counter)
    annex_blocks: dict[str, Occurrences] = field(default_factory=dict)
    announced: dict[str, int] = field(default_factory=dict)
    beneficiaries: dict[str, Occurrences] = field(default_factory=dict)
    masks: int = 0
    #: whether an annex holds what other tools write in the place of a name
    is_masked_elsewhere: bool = False
    #: (equipment operation, chapter) -> real expenditure: MtReal and CredOuv, in cents
    operations: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    #: (container, element) -> values that the masking would hide
    personal: Counter[tuple[str, str]] = field(default_factory=Counter)
    seal: str = ""
    #: what the annex EMPRUNT tells of the body's debt
    debt: Debt = field(default_factory=Debt)
    #: what the annex CONSOLIDATION tells of the body's budgets
    consolidation: Consolidation = field(default_factory=Consolidation)
    #: InformationsGenerales: code -> printed number, of the ratios only (see ``summary.ratios``)
    information: dict[str, str] = field(default_factory=dict)
    #: Etat of the accounting side (BI_A, EB_DF…) -> its general total
    accounts: dict[str, AccountTotal] = field(default_factory=dict)

    def value(self, container: str, name: str) -> str:
        """Value of a header element, empty when absent."""
        found = self.values.get((container, name))
        return found[0].strip() if found else ""

    def line_of(self, container: str, name: str) -> int | None:
        """Line of a header element in the file."""
        found = self.values.get((container, name))
        return found[1] if found else None

    @property
    def is_newer(self) -> bool:
        """True when the document follows a schema newer than the structure table."""
        version = self.value("DocumentBudgetaire", "VersionSchema")
        return version.isascii() and version.isdigit() and int(version[:9]) > SCHEMA_VERSION

    @property
    def votes_operations(self) -> bool:
        """Whether credits bind each equipment operation, not its chapters (OpeEquip)."""
        return self.value("BlocBudget", "OpeEquip").lower() in ("true", "1")

    @property
    def is_execution(self) -> bool:
        """True for the accounts of a past year (CA, CFU), False for a budget that is voted."""
        return self.header is not None and self.header.stage in (Stage.CA, Stage.CFU)

    @property
    def amount(self) -> str:
        """The amount that matters: realised, voted, or proposed in a draft."""
        if self.is_execution:
            return "MtReal"
        return "MtPropNouv" if self.header and self.header.is_draft else "MtPrev"

    def total(self, amount: str, **codes: str) -> int:
        """Sum of an amount over the lines with these codes (``section="F", rd="D"``…)."""
        return sum(lines.totals[amount] for lines in self.matching(**codes))

    def matching(self, **codes: str) -> Iterator[Lines]:
        """The groups of lines with these codes."""
        for lines in self.lines:
            if all(getattr(lines, name) == value for name, value in codes.items()):
                yield lines
