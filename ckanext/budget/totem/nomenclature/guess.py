"""Which chart of accounts a table follows, when it does not say: from its accounts and labels."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from .plan import Plan, load

_CANDIDATES = (
    ("M57", "M57"), ("M57", "M57_A"), ("M57", "M57_D"), ("M57", "M57_P"),
    ("M14", "M14_COM_SUP3500"), ("M14", "M14_COM_500_3500"), ("M14", "M14_COM_INF500"),
    ("M14", "M14_CCAS_SUP3500"), ("M14", "M14_CE"),
    ("M4", "M4"), ("M4", "M41"), ("M4", "M42"), ("M4", "M43_A"), ("M4", "M43_D"), ("M4", "M44"),
    ("M4", "M49_A"), ("M4", "M49_D"), ("M52", "M52"), ("M71", "M71"), ("M61", "M61"),
)  # fmt: skip
_SURE = 0.8
"""Share of the accounts that a plan must know, exactly and that year, to be believed."""


def guess_plan(labels: Mapping[str, str], year: int) -> Plan | None:
    """The plan whose accounts are these (``{code: label or ""}``), None when none is believable.

    Accounts differ little between norms, their labels more: both count.
    """
    natures = {code: label for code, label in labels.items() if code}
    if not natures:
        return None
    scores = {candidate: _score(candidate, year, natures) for candidate in _CANDIDATES}
    best = max(scores, key=lambda candidate: scores[candidate])
    return load(*best, year) if scores[best][1] >= _SURE * len(natures) else None


def _score(candidate: tuple[str, str], year: int, labels: Mapping[str, str]) -> tuple[int, int]:
    """Codes known that year plus twice the labels in common; codes known."""
    accounts = _accounts(load(*candidate, year))
    known = [code for code in labels if code in accounts]
    alike = sum(accounts[code] == labels[code] for code in known)
    return len(known) + 2 * alike, len(known)


@lru_cache(maxsize=len(_CANDIDATES) * 4)
def _accounts(plan: Plan) -> dict[str, str]:
    """Labels by code; empty when there is no such plan for that very year."""
    return {item.code: item.label for item in plan.accounts()} if plan.is_exact else {}
