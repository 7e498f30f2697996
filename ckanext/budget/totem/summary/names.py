"""Labels of codes: the file's own, else those of the plan of accounts, else the bare code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from ckanext.budget.totem.nomenclature import Plan, load

_CANDIDATES = (
    ("M57", "M57"), ("M57", "M57_A"), ("M57", "M57_D"), ("M57", "M57_P"),
    ("M14", "M14_COM_SUP3500"), ("M14", "M14_COM_500_3500"), ("M14", "M14_COM_INF500"),
    ("M14", "M14_CCAS_SUP3500"), ("M14", "M14_CE"),
    ("M4", "M4"), ("M4", "M41"), ("M4", "M42"), ("M4", "M43_A"), ("M4", "M43_D"), ("M4", "M44"),
    ("M4", "M49_A"), ("M4", "M49_D"), ("M52", "M52"), ("M71", "M71"), ("M61", "M61"),
)  # fmt: skip
_SURE = 0.8
"""Share of the accounts that a plan must know, exactly and that year, to be believed."""

NO_NATURE = "Nature non renseignée"
NO_CHAPTER = "Chapitre non renseigné"
NO_FUNCTION = "Non ventilé"


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


class Names:
    """Labels for a document; ``plan`` may be None (unknown norm)."""

    def __init__(self, plan: Plan | None) -> None:
        self.plan = plan
        self.filled = 0

    def chapter(self, code: str, own: str = "") -> str:
        """Never empty."""
        return own or self._of_plan("chapter", code) or self._bare("Chapitre", code, NO_CHAPTER)

    def nature(self, code: str, own: str = "") -> str:
        """Never empty."""
        return own or self._of_plan("nature", code) or self._bare("Compte", code, NO_NATURE)

    def function(self, code: str, own: str = "") -> str:
        """Never empty."""
        return own or self._of_plan("function", code) or self._bare("Fonction", code, NO_FUNCTION)

    def headings(self, code: str) -> Iterator[str]:
        """The codes above a function, from its domain down: ``211`` -> ``2``, ``21``."""
        for length in range(1, len(code)):
            above = code[:length]
            known = self.plan.function(above) if self.plan else None
            if length == 1 or (known and known.code == above):
                yield above

    def accounts_above(self, code: str) -> Iterator[str]:
        """The codes above an account, by class and group: ``60611`` -> ``60``, ``606``."""
        for above in (code[:2], code[:3]):
            known = self.plan.nature(above) if self.plan and above != code else None
            if known and known.code == above:
                yield above

    def _of_plan(self, kind: str, code: str) -> str:
        found = getattr(self.plan, kind)(code) if self.plan and code else None
        if not found:
            return ""
        self.filled += 1
        label: str = found.label
        return label

    @staticmethod
    def _bare(word: str, code: str, nothing: str) -> str:
        return f"{word} {code}" if code else nothing
