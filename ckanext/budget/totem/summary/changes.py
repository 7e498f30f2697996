"""What an amending decision or an additional budget changes: before, change, after, by chapter.

Such a vote holds only changes: its sums are no budget, and none of its figures may be read as one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ckanext.budget.totem.summary.cube import KINDS, Cell
from ckanext.budget.totem.summary.figures import FIGURES, RESULTS, Figure, values_of

_BEFORE = KINDS.index("MTBUDGPREC")


def changes_of(cells: Mapping[Cell, list[int]], basis: str | None) -> dict[str, Any]:
    """JSON-ready, amounts in cents.

    ``chapters``: ``section``, ``direction``, ``order``, ``chapter``, ``before`` (None when the
    document tells no former budget), ``change``, ``after``, those that change first by size.
    ``receipts`` and ``expenditure``: what is added in all, results of former years included.
    ``moved``: when nothing is added in all, what goes from one post to another; None otherwise.
    ``figures``: by how much the figures that are sums change.
    """
    if basis is None:
        return {"chapters": [], "receipts": 0, "expenditure": 0, "moved": None, "figures": {}}
    kind = KINDS.index(basis)
    totals = {
        direction: sum(v[kind] for cell, v in cells.items() if cell.direction == direction)
        for direction in "RD"
    }
    return {
        "chapters": _chapters(cells, kind),
        "receipts": totals["R"],
        "expenditure": totals["D"],
        "moved": None if any(totals.values()) else _moved(cells, kind),
        "figures": _deltas(cells, basis),
    }


def _chapters(cells: Mapping[Cell, list[int]], kind: int) -> list[dict[str, Any]]:
    is_told = any(amounts[_BEFORE] for amounts in cells.values())
    sums: dict[tuple[str, str, str, str], list[int]] = {}
    for cell, amounts in cells.items():
        known = sums.setdefault(cell[:4], [0, 0])
        known[0] += amounts[_BEFORE]
        known[1] += amounts[kind]
    names = ("section", "direction", "order", "chapter")
    rows = [
        dict(zip(names, key, strict=True))
        | {
            "before": before if is_told else None,
            "change": change,
            "after": before + change if is_told else None,
        }
        for key, (before, change) in sums.items()
        if change
    ]
    return sorted(rows, key=lambda row: (-abs(row["change"]), *(row[name] for name in names)))


def _moved(cells: Mapping[Cell, list[int]], kind: int) -> int:
    """Between chapters; between accounts when no chapter changes."""
    for depth in (4, 5):
        posts: dict[tuple[str, ...], int] = {}
        for cell, amounts in cells.items():
            posts[cell[:depth]] = posts.get(cell[:depth], 0) + amounts[kind]
        gained = sum(change for change in posts.values() if change > 0)
        if gained:
            return gained
    return 0


def _deltas(cells: Mapping[Cell, list[int]], basis: str) -> dict[str, int]:
    """A result is of what was carried out: a vote does not change it."""
    sums = {figure.id for figure in FIGURES if isinstance(figure, Figure)} - RESULTS
    return {
        name: value
        for name, value in values_of(cells, basis).items()
        if value is not None and name in sums
    }
