"""What a budget pays to, or receives from, another budget of the same body, as its accounts tell.

The official charts of accounts have accounts for that and name them so (``6573641 Subventions …
aux budgets annexes``, ``6215 Personnel affecté par la collectivité de rattachement``); their codes
change from a norm and a year to another (M57's 657362 is the CCAS until 2023), their words do not.
An account of several kinds of payers (annex budgets and CCAS) tells nothing certain: left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ckanext.budget.totem.nomenclature import Plan
from ckanext.budget.totem.summary.cube import KINDS, REAL, Cell

_INTERNAL = re.compile(
    r"budgets?[ -]annexes?|budget principal|"
    r"collectivité (ou à l['’]?établissement )?de rattachement",
    re.IGNORECASE,
)
_OTHERS = re.compile(r"c\.?c\.?a\.?s\.?|caisse des écoles|compte de liaison", re.IGNORECASE)
_UNUSED = ("18", "45", "51", "58")
"""Classes of accounts of the treasury: no budget line is written there."""


def internal_flows(
    cells: Mapping[Cell, list[int]], basis: str | None, plan: Plan | None
) -> list[dict[str, Any]]:
    """JSON-ready: ``section``, ``direction``, ``code``, ``label`` (official) and ``amount`` (cents
    of ``basis``) of the real movements between budgets of one body, largest first."""
    if basis is None or plan is None:
        return []
    kind = KINDS.index(basis)
    sums: dict[tuple[str, str, str, str], int] = {}
    for cell, amounts in cells.items():
        if cell.order == REAL and amounts[kind] and (label := _label(plan, cell.nature)):
            key = (cell.section, cell.direction, cell.nature, label)
            sums[key] = sums.get(key, 0) + amounts[kind]
    names_of = ("section", "direction", "code", "label")
    rows = [dict(zip(names_of, key, strict=True)) | {"amount": sum_} for key, sum_ in sums.items()]
    return sorted(rows, key=lambda row: (-abs(row["amount"]), row["code"]))


def _label(plan: Plan, nature: str) -> str:
    """The official label of an account that is another budget's of the body, else nothing."""
    found = None if not nature or nature.startswith(_UNUSED) else plan.nature(nature)
    return found.label if found and _is_internal(found.label) else ""


@lru_cache(maxsize=4096)
def _is_internal(label: str) -> bool:
    return bool(_INTERNAL.search(label)) and not _OTHERS.search(label)
