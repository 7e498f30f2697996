"""The budgets of a body for one year, added up without a false total.

What one budget pays to another is counted twice in a plain sum. It is taken out only where the
documents allow it: the annex CONSOLIDATION prints the flows, or both sides of each flow were found
and agree to the cent. Otherwise the sum says that it is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from ckanext.budget.pages.body.history import Body, Lane, kind_of
from ckanext.budget.pages.body.store import Document
from ckanext.budget.totem.summary.figures import KNOWN, UNTOLD, debt_figure

ADDED = (
    "current_operating_revenue",
    "real_operating_expenditure",
    "gross_saving",
    "equipment_expenditure",
)
"""Figures of a budget's row, then its debt."""

_SIDES = (("F", "R"), ("F", "D"), ("I", "R"), ("I", "D"))


class Value(NamedTuple):
    """Cents, and the status of ``totem.summary.figures`` when None."""

    cents: int | None
    status: str


class Line(NamedTuple):
    """One budget of the year: ``values`` by figure."""

    lane: Lane
    document: Document
    values: Mapping[str, Value]
    flows: list[Mapping[str, Any]]


class Sum(NamedTuple):
    """``cents`` of the budgets that tell; ``untold`` of them do not; None when a budget has no such
    figure (the land of a lotissement is no saving)."""

    cents: int | None
    untold: int


class Printed(NamedTuple):
    """A side of the printed consolidation, in cents: ``flows`` None when it names none."""

    section: str
    direction: str
    principal: int
    annexes: int
    flows: int | None

    @property
    def total(self) -> int:
        return self.principal + self.annexes - (self.flows or 0)


@dataclass(frozen=True)
class Whole:
    """A year of a body. ``kind``: ``account`` or ``budget``, of every line; ``other``: budgets of
    the year that have no document of that kind; ``unpublished``: SIRET of annex budgets that the
    principal one names and that are not here."""

    year: int
    kind: str
    lines: list[Line]
    other: list[Lane]
    printed: list[Printed]
    unpublished: list[str]

    @property
    def figures(self) -> tuple[str, ...]:
        return (*ADDED, debt_figure(self.kind))

    @cached_property
    def sums(self) -> dict[str, Sum]:
        return {name: _sum([line.values[name] for line in self.lines]) for name in self.figures}

    @cached_property
    def flows(self) -> list[tuple[Line, Mapping[str, Any]]]:
        """What the accounts say that one budget pays to another, or receives."""
        return [(line, flow) for line in self.lines for flow in line.flows]

    def moved(self, section: str, direction: str) -> int:
        """Cents of the flows of one side."""
        return sum(
            flow["amount"]
            for _, flow in self.flows
            if (flow["section"], flow["direction"]) == (section, direction)
        )

    @property
    def is_complete(self) -> bool:
        """Whether every budget that is known of is added."""
        return not self.other and not self.unpublished

    @property
    def is_worth_adding(self) -> bool:
        """Whether there is more to say than of the principal budget alone."""
        return self.state != "single" or not self.is_complete

    @property
    def state(self) -> str:
        """``single``: nothing to add; ``printed``: the document prints its flows; ``balanced``:
        both sides agree and may be taken out; ``unbalanced``: they do not; ``unseen``: no account
        names a flow."""
        if len(self.lines) < 2 and not self.printed:
            return "single"
        if any(side.flows is not None for side in self.printed):
            return "printed"
        if not self.flows:
            return "unseen"
        agrees = all(self.moved(one, "R") == self.moved(one, "D") for one in "FI")
        return "balanced" if agrees and self.is_complete else "unbalanced"

    def after_flows(self, name: str) -> int | None:
        """The sum of a figure once the flows are out; None when they cannot be. Saving and debt are
        the same before and after: what one budget pays, another receives."""
        found = self.sums[name]
        if self.state != "balanced" or found.cents is None or found.untold:
            return None
        within = self.moved("F", "R")
        return found.cents - (within if name in ADDED[:2] else 0)


def whole_of(body: Body, year: int, told: Mapping[str, Mapping[str, Any]]) -> Whole | None:
    """The budgets of that year, from their summaries by key; None when there is none.

    All of one kind: accounts when the principal budget has one, else budgets as voted."""
    lanes = [lane for lane in body.lanes if lane.of(year)]
    first = next((found for lane in lanes if (found := lane.telling(year))), None)
    if first is None:
        return None
    kind = kind_of(first)
    lines = [_line(lane, some[0], kind, told) for lane in lanes if (some := lane.of(year, kind))]
    other = [lane for lane in lanes if not lane.of(year, kind)]
    rows = next((told[line.document.key].get("consolidation") or [] for line in lines
                 if line.lane.is_principal and line.document.key in told), [])  # fmt: skip
    named = {row["siret"] for row in rows if row["kind"] == "annex" and row["siret"]}
    here = {siret for lane in lanes for siret in lane.sirets}
    return Whole(year, kind, lines, other, _printed(rows, kind), sorted(named - here))


def _line(lane: Lane, document: Document, kind: str, told: Mapping[str, Any]) -> Line:
    summary = told.get(document.key) or {}
    status = {figure["id"]: figure["status"] for figure in summary.get("figures") or ()}
    values = {
        name: Value(document.figures.get(name), status.get(name, UNTOLD))
        for name in (*ADDED, debt_figure(kind))
    }
    return Line(lane, document, values, summary.get("internal_flows") or [])


def _sum(values: list[Value]) -> Sum:
    if any(value.status not in (KNOWN, UNTOLD) for value in values):
        return Sum(None, 0)
    known = [value.cents for value in values if value.cents is not None]
    return Sum(sum(known) if known else None, len(values) - len(known))


def _printed(rows: list[Mapping[str, Any]], kind: str) -> list[Printed]:
    """Worth showing when it tells more than the principal budget, which has its own document."""
    if not any(row["kind"] != "principal" for row in rows):
        return []
    amount = "carried_out" if kind == "account" else "voted"
    sums: dict[tuple[str, str, str], int] = {}
    for row in rows:
        key = (row["kind"], row["section"], row["direction"])
        sums[key] = sums.get(key, 0) + row[amount]
    return [
        Printed(section, direction, sums.get(("principal", section, direction), 0),
                sums.get(("annex", section, direction), 0), sums.get(("flows", section, direction)))
        for section, direction in _SIDES
    ]  # fmt: skip
