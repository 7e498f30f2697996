"""Two documents side by side: figures and plain categories, and what makes them hard to compare.

Pure: summaries in, rows out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ckanext.budget.pages.figures import people_of
from ckanext.budget.totem.dressed import dressed
from ckanext.budget.totem.model import Stage
from ckanext.budget.totem.summary.figures import FIGURES, KNOWN, RATES, UNTOLD, divided


class Side(NamedTuple):
    """A document: ``summary`` is ready or None; ``people``: inhabitants of its own, or None."""

    resource_id: str
    package: str
    title: str
    body: str
    siren: str
    budget: str
    is_annex: bool
    summary: Mapping[str, Any] | None
    people: int | None

    @property
    def document(self) -> Mapping[str, Any]:
        return self.summary["document"] if self.summary else {}

    @property
    def kind(self) -> str:
        return self.document.get("kind") or ""


def side_of(package: Mapping[str, Any], resource: Mapping[str, Any], summary: Any) -> Side:
    """From the dataset, its SCDL resource, and the summary when it is ready."""
    document = summary["document"] if summary else {}
    stage = document.get("stage") or resource.get("stage") or ""
    number = document.get("number") or resource.get("number") or ""
    words = [Stage[stage].title if stage in Stage.__members__ else stage]
    words += [f"n° {number}"] if number and stage == "DM" else []
    words += [str(document.get("year") or package.get("fiscal_year") or "")]
    is_annex = package.get("budget_type") == "annexe"
    kind, budget_type = package.get("body_kind") or "", package.get("budget_type") or ""
    return Side(
        resource["id"],
        package["name"],
        " ".join(word for word in words if word),
        dressed(package.get("body_name") or document.get("name") or package["title"]),
        package.get("siren") or "",
        dressed(package.get("budget_name") or "") if is_annex else "",
        is_annex,
        summary,
        people_of(kind, budget_type, document.get("population")),
    )


class Row(NamedTuple):
    """One thing compared: both values and their statuses, the difference, and what it is of the
    first, in basis points. ``unit``: EUR, bp or years."""

    id: str
    unit: str
    values: tuple[int | None, int | None]
    statuses: tuple[str, str]
    difference: int | None
    change: int | None


def figure_rows(a: Side, b: Side, per_inhabitant: bool) -> list[Row]:
    """Figures that one document at least tells; rates are never divided."""
    known = [{one["id"]: one for one in side.summary["figures"]} if side.summary else {}
             for side in (a, b)]  # fmt: skip
    rows = [_figure(figure.id, known, (a, b), per_inhabitant) for figure in FIGURES]
    return [row for row in rows if any(value is not None for value in row.values)]


def _figure(
    name: str, known: list[dict[str, Any]], sides: tuple[Side, Side], per_inhabitant: bool
) -> Row:
    found = [one.get(name) or {"value": None, "status": UNTOLD, "unit": "EUR"} for one in known]
    values = [one["value"] for one in found]
    if per_inhabitant and name not in RATES:
        values = [_shared(value, side) for value, side in zip(values, sides, strict=True)]
    statuses = tuple(one["status"] for one in found)
    unit = next((one["unit"] for one in found if one["value"] is not None), "EUR")
    return _row(name, unit, values, statuses)


def category_rows(a: Side, b: Side, per_inhabitant: bool) -> list[tuple[str, Row]]:
    """Plain categories by nature as (direction, row), the largest first on each side: they are the
    same for all norms, which chapters are not."""
    sums = [_categories(side) for side in (a, b)]
    keys = sorted({*sums[0], *sums[1]}, key=lambda key: -max(abs(one.get(key, 0)) for one in sums))
    rows = []
    for direction, name in keys:
        values: list[int | None] = [one.get((direction, name), 0) for one in sums]
        if per_inhabitant:
            values = [_shared(value, side) for value, side in zip(values, (a, b), strict=True)]
        rows.append((direction, _row(name, "EUR", values, (KNOWN, KNOWN))))
    return sorted(rows, key=lambda one: one[0] != "R")


def _categories(side: Side) -> dict[tuple[str, str], int]:
    sums: dict[tuple[str, str], int] = {}
    for part in side.summary["plain"]["nature"] if side.summary else ():
        key = (part["direction"], part["id"])
        sums[key] = sums.get(key, 0) + part["amount"]
    return {key: amount for key, amount in sums.items() if amount and key[0] in "RD"}


def _shared(value: int | None, side: Side) -> int | None:
    return divided(value, side.people) if value is not None and side.people else None


def _row(name: str, unit: str, values: Sequence[int | None], statuses: Any) -> Row:
    first, second = values
    difference = None if first is None or second is None else second - first
    change = None
    if difference is not None and first and first > 0 and unit == "EUR":
        change = divided(difference * 10_000, first)
    return Row(name, unit, (first, second), statuses, difference, change)


def cautions(a: Side, b: Side) -> Iterator[str]:
    """Why the two are not quite alike: names of sentences."""
    if "change" in (a.kind, b.kind):
        yield "change"
    elif a.kind != b.kind:
        yield "kinds"
    if a.siren != b.siren and a.document.get("year") != b.document.get("year"):
        yield "years"
    if a.is_annex != b.is_annex:
        yield "annex"
    if "land_development" in [name for side in (a, b) for name, is_so in side.document.items()
                              if is_so is True]:  # fmt: skip
        yield "land"
    if a.siren != b.siren and not (a.people and b.people):
        yield "people"
