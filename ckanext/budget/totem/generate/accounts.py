"""Natures, functions and chapters that the official chart of a norm and year allows.

``usual.tsv`` ranks the natures that most budgets hold, by prefix; ``profiles.tsv`` gives the order
of magnitude of each chapter, in euros per inhabitant, by kind of body.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from ckanext.budget.totem.nomenclature import Account, Plan, load

HERE = Path(__file__).parent

# Role of a line -> field of the account that gives its chapter: real, order between sections
# (ES), order inside a section (IS), for an expense (D) or a receipt (R).
ROLES = {"DR": "dr", "RR": "rr", "DOES": "does", "ROES": "roes", "DOIS": "dois", "ROIS": "rois"}


@dataclass(frozen=True)
class Chart:
    """Chart of accounts of one norm, variant and fiscal year.

    routes: role -> chapter -> natures; functions: codes of the functional reference; sections:
    chapter -> F or I; labels: nature -> label.
    """

    routes: dict[str, dict[str, tuple[str, ...]]]
    functions: tuple[str, ...]
    sections: dict[str, str]
    labels: dict[str, str]

    def natures(self, role: str, chapter: str) -> tuple[str, ...]:
        """Natures that may be written in ``chapter`` for ``role``."""
        return self.routes[role].get(chapter, ())

    def has(self, role: str, chapter: str, nature: str) -> bool:
        """True when the chart provides for this line."""
        return nature in self.natures(role, chapter)


def _routes(accounts: Iterable[Account], field: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for account in accounts:
        chapter = getattr(account, field)
        if chapter:
            found.setdefault(chapter, []).append(account.code)
    return {chapter: tuple(sorted(codes)) for chapter, codes in sorted(found.items())}


def _leaves(codes: Iterable[str]) -> tuple[str, ...]:
    """Codes that no other code continues."""
    ordered = sorted(codes)
    following = [*ordered[1:], ""][: len(ordered)]
    return tuple(
        code for code, after in zip(ordered, following, strict=True) if not after.startswith(code)
    )


def _accounts(plan: Plan) -> list[Account]:
    return [item for item in plan.accounts() if not (item.heading or item.deleted)]


@lru_cache(maxsize=64)
def chart(norm: str, variant: str, year: int) -> Chart:
    """The chart, from the library's own nomenclature tables."""
    plan = load(norm, variant, year)
    accounts = _accounts(plan)
    return Chart(
        {role: _routes(accounts, field) for role, field in ROLES.items()},
        _leaves(item.code for item in plan.functions() if not item.deleted),
        {item.code: item.section for item in plan.chapters()},
        {item.code: item.label for item in accounts},
    )


def _table(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source, delimiter="\t"))


@cache
def profile(name: str) -> dict[tuple[str, str], float]:
    """(D or R, chapter) -> euros per inhabitant."""
    return {
        (row["rd"], row["chapter"]): float(row["euros"])
        for row in _table("profiles.tsv")
        if row["profile"] == name
    }


@lru_cache(maxsize=1)
def _usual() -> dict[str, int]:
    return {row["prefix"]: int(row["weight"]) for row in _table("usual.tsv")}


@cache
def usual_weight(nature: str) -> int:
    """How usual a nature is: weight of its longest listed prefix, 0 when none is listed."""
    weights = _usual()
    prefixes = (nature[:length] for length in range(len(nature), 1, -1))
    return next((weights[prefix] for prefix in prefixes if prefix in weights), 0)
