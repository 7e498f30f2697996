"""The debt of a body, from the annex EMPRUNT of its document: how much, to whom, at what rates.

Only loans of type 01 are the body's own debt. Guaranteed loans (09) are somebody else's, those that
refinance and are refinanced (05 to 08) tell again a loan of type 01, and type 10 is not a loan but
the figures of a ratio: none of them is ever added. The producer's subtotals are no rows either.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ckanext.budget.totem.amounts import cents
from ckanext.budget.totem.structure import load

OWN, GUARANTEED = "01", "09"
FIELDS = (
    "CodTypEmpr", "MtCapitalRestDu_01_01", "MtCapitalRestDu_31_12", "MtCapitalExer", "MtIntExer",
    "CodTypPreteur", "CodTyptxInit", "CodTyptxDtVote", "StructureDtVote", "Structure",
    "IndSousJacentDtVote", "IndSousJacent", "TxActua", "DureeRest",
)  # fmt: skip
"""The elements of EMPRUNT that are read: codes and numbers, no name of a lender or borrower."""

SPANS = (1, 5, 10, 15, 20)
"""Upper limits, in years, of the parts of the maturity profile; the last part has none."""

_MISSING = ""
_LABELS = {"lenders": "CodTypPreteur", "rates": "CodTyptxDtVote"}


@dataclass
class Debt:
    """Loans added up one by one; amounts in cents.

    ``opening`` and ``closing``: outstanding capital on 1 January and 31 December; ``None`` as soon
    as one loan does not tell. ``shares``: outstanding capital on 31 December by ``lenders``,
    ``rates``, ``risks`` (Gissler class, ``1A``) and ``terms`` (place in ``SPANS``), ``""`` where
    the loan does not tell.
    """

    loans: int = 0
    opening: int | None = 0
    closing: int | None = 0
    repaid: int = 0
    interest: int = 0
    guaranteed: int = 0
    shares: dict[str, Counter[str]] = field(
        default_factory=lambda: {name: Counter() for name in ("lenders", "rates", "risks", "terms")}
    )
    _rated: int = 0
    _weight: int = 0

    @property
    def is_known(self) -> bool:
        """Whether the annex has at least one loan of the body: without one, nothing is told."""
        return self.loans > 0

    def add(self, loan: Mapping[str, str]) -> None:
        """Take one record of EMPRUNT, as text by element name."""
        kind = loan.get("CodTypEmpr", "").strip()
        if kind == GUARANTEED:
            self.guaranteed += _amount(loan, "MtCapitalRestDu_31_12") or 0
        if kind != OWN:
            return
        opening, repaid = _amount(loan, "MtCapitalRestDu_01_01"), _amount(loan, "MtCapitalExer")
        closing = _closing(loan, opening, repaid)
        self.loans += 1
        self.opening = _plus(self.opening, opening)
        self.closing = _plus(self.closing, closing)
        self.repaid += repaid or 0
        self.interest += _amount(loan, "MtIntExer") or 0
        self._share(loan, closing or 0)

    def as_dict(self) -> dict[str, Any] | None:
        """JSON-ready; None when the document tells no loan, which is not a debt of 0."""
        if not self.is_known:
            return None
        return {
            "loans": self.loans,
            "opening": self.opening,
            "closing": self.closing,
            "repaid": self.repaid,
            "interest": self.interest,
            "guaranteed": self.guaranteed,
            "average_rate": self._average_rate(),
            **{name: _parts(name, self.shares[name]) for name in ("lenders", "rates", "risks")},
            "terms": self._terms(),
        }

    def _share(self, loan: Mapping[str, str], amount: int) -> None:
        risk = _first(loan, "IndSousJacentDtVote", "IndSousJacent")
        risk += _first(loan, "StructureDtVote", "Structure")
        self.shares["lenders"][_first(loan, "CodTypPreteur")] += amount
        self.shares["rates"][_first(loan, "CodTyptxDtVote", "CodTyptxInit")] += amount
        self.shares["risks"][risk] += amount
        self.shares["terms"][_term(loan)] += amount
        rate = _amount(loan, "TxActua")
        if rate is not None and amount > 0:
            self._rated += amount
            self._weight += amount * rate

    def _average_rate(self) -> int | None:
        """Basis points, weighted by what is still owed; None when no loan tells its rate."""
        return round(self._weight / self._rated) if self._rated else None

    def _terms(self) -> list[dict[str, Any]]:
        """What is owed by years left: ``{"from", "to" (None: no limit), "amount"}``; a last part
        without limits holds the loans that do not tell."""
        terms = self.shares["terms"]
        limits = zip((0, *SPANS), (*SPANS, None), strict=True)
        parts = [
            {"from": start, "to": end, "amount": terms[str(place)]}
            for place, (start, end) in enumerate(limits)
        ]
        if terms[_MISSING]:
            parts.append({"from": None, "to": None, "amount": terms[_MISSING]})
        return [part for part in parts if part["amount"]]


def _closing(loan: Mapping[str, str], opening: int | None, repaid: int | None) -> int | None:
    """As written; a loan that writes none owes what it owed less what it repays."""
    written = _amount(loan, "MtCapitalRestDu_31_12")
    if written is not None or opening is None or repaid is None:
        return written
    return max(0, opening - repaid)


def _term(loan: Mapping[str, str]) -> str:
    """Place of the residual duration (hundredths of a year) in ``SPANS``."""
    left = _amount(loan, "DureeRest")
    if left is None:
        return _MISSING
    return str(sum(left >= 100 * limit for limit in SPANS))


def _parts(name: str, shares: Mapping[str, int]) -> list[dict[str, Any]]:
    """``{"code", "label" (French), "amount"}``, largest first."""
    element = load().field("EMPRUNT", _LABELS[name]) if name in _LABELS else None
    labels = element.codes if element else {}
    found = sorted(shares.items(), key=lambda item: (-item[1], item[0]))
    return [
        {"code": code, "label": labels.get(code, code or "Non renseigné"), "amount": amount}
        for code, amount in found
        if amount
    ]


def _first(loan: Mapping[str, str], *names: str) -> str:
    """The first code that the loan tells; only what looks like a code is kept."""
    values = (loan.get(name, "").strip() for name in names)
    return next((value for value in values if value.isalnum() and len(value) <= 2), _MISSING)


def _amount(loan: Mapping[str, str], name: str) -> int | None:
    """Hundredths; None when absent or no number."""
    written = loan.get(name, "").strip()
    return cents(written) if written else None


def _plus(total: int | None, amount: int | None) -> int | None:
    return None if total is None or amount is None else total + amount
