"""The words of the domain: stages, the header of a document, a budget line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any


class Stage(Enum):
    """Stage of a budget: TOTEM ``NatDec`` code, SCDL ``BGT_NATDEC`` value, title for people."""

    BP = ("01", "budget primitif", "Budget primitif")
    DM = ("02", "décision modificative", "Décision modificative")
    BS = ("03", "budget supplémentaire", "Budget supplémentaire")
    CA = ("09", "compte administratif", "Compte administratif")
    # SCDL 0.8 has no value for the single financial account: it is an administrative account.
    CFU = ("10", "compte administratif", "Compte financier unique")

    def __init__(self, code: str, label: str, title: str) -> None:
        self.code = code
        self.label = label
        self.title = title

    @property
    def kind(self) -> str:
        """``budget`` (voted whole), ``change`` (a vote that changes it) or ``account`` (what was
        done): only documents of one kind can be compared."""
        return _KINDS.get(self.name, "account")

    @classmethod
    def of_kind(cls, kind: str) -> tuple[Stage, ...]:
        """The stages of one kind: CA and CFU are the same thing, the account."""
        return tuple(stage for stage in cls if stage.kind == kind)

    @property
    def like(self) -> str:
        """The stage that stands for all that are read together in lists: ``CA`` for an account,
        CFU or not; any other stands for itself."""
        return "CA" if self.kind == "account" else self.name

    @classmethod
    def from_code(cls, code: str) -> Stage | None:
        """The stage of a ``NatDec`` value, ``None`` when the code is unknown."""
        return _STAGES.get(code.strip().zfill(2))


def alike(stages: Iterable[str]) -> list[str]:
    """Names of stages as lists and filters group them: CA and CFU are one, the account."""
    known = Stage.__members__
    return list(dict.fromkeys(known[name].like if name in known else name for name in stages))


_STAGES = {stage.code: stage for stage in Stage}
# First and last day of a vote, by kind of document: years after the exercise, month and day.
_VOTES = {
    "budget": ((-1, "07-01"), (0, "12-31")),
    "change": ((-1, "12-01"), (1, "01-31")),
    "account": ((1, "01-01"), (2, "12-31")),
}
_KINDS = {"BP": "budget", "DM": "change", "BS": "change"}


@dataclass(frozen=True)
class Header:
    """What a document says of itself, before its first budget line.

    ``siret`` is the budget's own (``EnTeteBudget/IdEtab``); ``collectivity_siret`` the body's
    (``EnTeteDocBudgetaire/IdColl``). ``population`` is ``None`` when unknown (0 in the file).
    ``edited_on``: the day that the file says it was made (``EnTeteDocBudgetaire/DteStr``).
    """

    siret: str
    collectivity_siret: str
    name: str
    budget_name: str
    insee_code: str
    department: str
    body_label: str
    norm: str
    variant: str
    fiscal_year: int
    stage: Stage
    number: str
    vote_date: str | None
    budget_type: str
    main_budget_siret: str
    main_budget_name: str
    by_function: bool
    population: int | None
    is_draft: bool
    is_cfu: bool
    schema_version: str
    software: str
    encoding: str
    edited_on: str = ""

    @property
    def voted_on(self) -> str | None:
        """``vote_date`` when it can be one at this stage, else None: an account cannot be voted
        before its year has ended, a budget after it has, a change outside it and the month that
        follows (CGCT, article L. 1612-11: until 21 January). A false date is no fact to publish."""
        first, last = _VOTES[self.stage.kind]
        day = (self.vote_date or "")[:10]
        earliest = f"{self.fiscal_year + first[0]:04d}-{first[1]}"
        latest = f"{self.fiscal_year + last[0]:04d}-{last[1]}"
        return self.vote_date if earliest <= day <= latest else None

    @property
    def slug(self) -> str:
        """Identity as a file name: ``21560046100010-2022-bp``, ``…-2022-dm-1``; a change without
        a number is known by the day of its vote, ``…-2022-dm-20221122``."""
        parts = [self.siret, str(self.fiscal_year), self.stage.name.lower()]
        if self.stage in (Stage.DM, Stage.BS):
            parts.append(self.number or (self.vote_date or "")[:10].replace("-", ""))
        return "-".join(filter(None, parts))

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, the stage as ``stage`` (BP…), ``stage_code`` and ``stage_label``."""
        data = asdict(self)
        data.update(stage=self.stage.name, stage_code=self.stage.code, stage_label=self.stage.label)
        return data


@dataclass(slots=True)
class Line:
    """One ``LigneBudget``; amounts in euros as written, by element name (``MtReal``…).

    ``order``: "0" real, "1" order, "T" total. ``order_type``: "1" inside a section, "2" between
    sections. ``section_hint``: ``CaracSup[@Code='Section']`` (F or I). ``position``: line of the
    file where the element starts.
    """

    position: int
    nature: str = ""
    chapter: str = ""
    function: str = ""
    operation: str = ""
    rd: str = ""
    order: str = ""
    order_type: str = ""
    artspe: str = ""
    label: str = ""
    section_hint: str = ""
    calculated: bool = False
    amounts: dict[str, str] = field(default_factory=dict)
