"""A body seen through its published documents: budgets, years, stages, and what is missing.

Pure: documents in, facts out. The SIREN is the key: an establishment that moved (another NIC, so
another SIRET) is the same budget when it is the principal one, or when its name stayed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import NamedTuple

from ckanext.budget.pages.body.store import Document
from ckanext.budget.pages.figures import people_of
from ckanext.budget.totem.dressed import dressed
from ckanext.budget.totem.model import Stage

_OLDEST = 40
"""Years that are looked at, back from this one."""

EXPECTED = {"budget": (0, 4, 30), "account": (1, 6, 30)}
"""Last day by which a document is voted: years after the exercise, month, day (CGCT, articles
L. 1612-2 and L. 1612-12; 30 April is the limit of the years when assemblies are elected)."""


@dataclass(frozen=True)
class Lane:
    """One budget through the years; ``documents`` latest year first."""

    kind: str
    name: str
    documents: tuple[Document, ...]

    @property
    def is_principal(self) -> bool:
        return self.kind == "principal"

    @property
    def sirets(self) -> frozenset[str]:
        return frozenset(document.siret for document in self.documents)

    def of(self, year: int, kind: str = "") -> list[Document]:
        """Its documents of a year, of a kind (``budget``, ``change``, ``account``) when given."""
        return [
            document
            for document in self.documents
            if document.year == year and kind in ("", kind_of(document))
        ]

    def telling(self, year: int) -> Document | None:
        """What says most of a year: what was done, else what was voted first."""
        return next(iter(self.of(year, "account") + self.of(year, "budget")), None)


def kind_of(document: Document) -> str:
    """``budget``, ``change`` or ``account``; empty for an unknown stage."""
    return Stage[document.stage].kind if document.stage in Stage.__members__ else ""


class Gap(NamedTuple):
    """A document that the law expects and that is not here; ``due``: the last day for its vote.
    ``is_late``: whether that day has passed."""

    year: int
    lane: Lane
    kind: str
    due: date
    is_late: bool


@dataclass(frozen=True)
class Body:
    """A public body. ``name`` is dressed for people, ``kind`` a choice of the sheet."""

    siren: str
    name: str
    kind: str
    lanes: tuple[Lane, ...] = field(default=())

    @cached_property
    def years(self) -> list[int]:
        """Years with a document, latest first."""
        found = {document.year for lane in self.lanes for document in lane.documents}
        return sorted(found, reverse=True)

    @property
    def principal(self) -> Lane | None:
        return next((lane for lane in self.lanes if lane.is_principal), None)

    @property
    def annexes(self) -> list[Lane]:
        return [lane for lane in self.lanes if not lane.is_principal]

    @cached_property
    def told(self) -> list[Document]:
        """What says most of each year of the principal budget, latest first."""
        lane = self.principal
        found = (lane.telling(year) for year in self.years) if lane else ()
        return [document for document in found if document]

    def people(self, document: Document) -> int | None:
        """Inhabitants that its amounts may be divided by: None when they are not its own."""
        return people_of(self.kind, document.budget_type, document.population)

    def gaps(self, today: date) -> list[Gap]:
        """Latest year first: of the principal budget from its first year until today, of an annex
        budget between its first and last years, for it may have been closed since."""
        found = (gap for lane in self.lanes for gap in _gaps(lane, today))
        return sorted(found, key=lambda gap: (-gap.year, not gap.lane.is_principal, gap.lane.name))

    def calendar(self, today: date) -> list[tuple[int, list[Lane]]]:
        """Years with a document or a gap, latest first, with the budgets concerned."""
        gaps = self.gaps(today)
        years = sorted({*self.years, *(gap.year for gap in gaps)}, reverse=True)
        missing = {(gap.year, id(gap.lane)) for gap in gaps}
        return [
            (year, [lane for lane in self.lanes if lane.of(year) or (year, id(lane)) in missing])
            for year in years
        ]


def _gaps(lane: Lane, today: date) -> Iterator[Gap]:
    years = [document.year for document in lane.documents]
    last = today.year if lane.is_principal else max(years)
    for year in range(max(min(years), today.year - _OLDEST), last + 1):
        for kind, (after, month, day) in EXPECTED.items():
            if not lane.of(year, kind):
                due = date(year + after, month, day)
                yield Gap(year, lane, kind, due, due < today)


def body_of(siren: str, documents: Iterable[Document], official: tuple[str, str] | None) -> Body:
    """The body of these documents (latest first), with its official name and kind if known."""
    found = sorted(documents, key=lambda one: (-one.year, one.package, _rank(one), one.number))
    name, kind = official or ("", "")
    principal = (one for one in found if one.budget_type != "annexe")
    latest = next(principal, next(iter(found), None))
    if latest:
        name, kind = name or dressed(latest.body_name), latest.body_kind or kind
    return Body(siren, name, kind, tuple(_lanes(found)))


def _rank(document: Document) -> int:
    names = list(Stage.__members__)
    return names.index(document.stage) if document.stage in names else len(names)


def _lanes(documents: Iterable[Document]) -> list[Lane]:
    """Principal budget first, then annex budgets by name."""
    groups: list[list[Document]] = []
    known: dict[str, list[Document]] = {}
    for document in documents:
        marks = _marks(document)
        group = next((known[mark] for mark in marks if mark in known), None)
        if group is None:
            group = []
            groups.append(group)
        group.append(document)
        known.update((mark, group) for mark in marks if mark not in known)
    lanes = [_lane(group) for group in groups]
    return sorted(lanes, key=lambda lane: (not lane.is_principal, lane.name))


def _marks(document: Document) -> list[str]:
    """What makes two documents those of one budget."""
    if document.budget_type != "annexe":
        return ["principal"]
    name = dressed(document.budget_name).casefold()
    return [mark for mark in (document.siret, name) if mark]


def _lane(documents: list[Document]) -> Lane:
    first = documents[0]
    is_annex = first.budget_type == "annexe"
    name = dressed(first.budget_name) if is_annex else ""
    return Lane("annexe" if is_annex else "principal", name or "", tuple(documents))
