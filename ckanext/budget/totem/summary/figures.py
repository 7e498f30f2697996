"""Key figures of a budget, by account codes, and how each is computed.

Sources: articles L. 2313-1 and R. 2313-1 of the Code général des collectivités territoriales
(financial ratios), and the definitions of the DGCL (« Les collectivités locales en chiffres »,
annexe « définitions »; « Guide des ratios financiers »):

* real movements are those that the document itself marks as real (OPBUDG), without the carried
  forward results (001, 002) nor the transfer between sections (021, 023);
* gross saving (épargne brute) = real operating receipts - real operating expenditure, proceeds of
  disposals (775) left out as the DGCL and the OFGL do;
* debt repayment = 16 without deposits (165), refinancing (166), drawings on a credit line (1645,
  16449), accrued interest (1688) and redemption premiums (169): those are no repayment;
* gross equipment spending = real 20 (without 204), 21, 22 and 23;
* staff = 621, 631, 633, 64.

The codes are those of M14, M57, M4, M52, M61 and M71 alike: in these classes the six norms agree.
Where a document says less than the formula asks (credits voted by chapter: ``66`` where ``6611``
is asked for), the figure is None, not a guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ckanext.budget.totem.summary.cube import Cell

NOT_REAL = ("001", "002", "021", "023")
NOT_REPAID = (*NOT_REAL, "165", "166", "1645", "16449", "1688", "169")


class FigureRule(NamedTuple):
    """Which cells count. Empty ``direction``, ``order``, ``include``: all. ``include`` and
    ``exclude`` are beginnings of account codes; ``=661`` is that account alone."""

    sign: int
    section: str
    direction: str
    order: str = ""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def takes(self, cell: Cell) -> bool:
        """Whether the cell counts; a line without nature counts under its chapter."""
        if (cell.section, cell.direction) != (self.section, self.direction):
            return False
        if self.order and cell.order != self.order:
            return False
        code = cell.nature or cell.chapter
        if self.include and not any(map(code.startswith, self.include)):
            return "=" + code in self.include
        return not (self.exclude and code.startswith(self.exclude))

    def is_blind_to(self, cell: Cell) -> bool:
        """Whether the cell may hold a part of what is asked, without telling which."""
        if (cell.section, cell.direction) != (self.section, self.direction):
            return False
        if self.order and cell.order == "?":
            return True
        code = cell.nature or cell.chapter
        if cell.order != "0" or self.takes(cell):
            return False
        return not code or any(item.startswith(code) for item in self.include)


@dataclass(frozen=True)
class Figure:
    """An amount: the sum of its rules. ``group``: section, saving, spending, receipts or debt."""

    id: str
    group: str
    rules: tuple[FigureRule, ...]

    def value(self, sums: Iterable[tuple[Cell, int]]) -> int | None:
        """In cents; None when a line that counts cannot be told apart."""
        total = 0
        for cell, amount in sums:
            for rule in self.rules:
                if rule.takes(cell):
                    total += rule.sign * amount
                elif amount and rule.is_blind_to(cell):
                    return None
        return total


@dataclass(frozen=True)
class Rate:
    """A ratio of two figures, in basis points (1234 = 12.34 %)."""

    id: str
    group: str
    numerator: str
    denominator: str

    def value(self, figures: Mapping[str, int | None]) -> int | None:
        """None when the denominator is unknown or not positive."""
        above, below = figures[self.numerator], figures[self.denominator]
        if above is None or below is None or below <= 0:
            return None
        return _divided(above * 10_000, below)


_RF, _DF = FigureRule(1, "F", "R"), FigureRule(1, "F", "D")
_RI, _DI = FigureRule(1, "I", "R"), FigureRule(1, "I", "D")
_RRF = FigureRule(1, "F", "R", "0", (), (*NOT_REAL, "775"))
_DRF = FigureRule(1, "F", "D", "0", (), NOT_REAL)
_REPAID = FigureRule(1, "I", "D", "0", ("16",), NOT_REPAID)
_INTEREST = FigureRule(1, "F", "D", "0", ("6611", "=661"))


def _minus(rule: FigureRule) -> FigureRule:
    return rule._replace(sign=-1)


FIGURES: tuple[Figure | Rate, ...] = (
    Figure("operating_receipts", "section", (_RF,)),
    Figure("operating_expenditure", "section", (_DF,)),
    Figure("operating_result", "section", (_RF, _minus(_DF))),
    Figure("investment_receipts", "section", (_RI,)),
    Figure("investment_expenditure", "section", (_DI,)),
    Figure("investment_result", "section", (_RI, _minus(_DI))),
    Figure("overall_result", "section", (_RF, _minus(_DF), _RI, _minus(_DI))),
    Figure("real_operating_receipts", "saving", (_RRF,)),
    Figure("real_operating_expenditure", "saving", (_DRF,)),
    Figure("gross_saving", "saving", (_RRF, _minus(_DRF))),
    Rate("gross_saving_rate", "saving", "gross_saving", "real_operating_receipts"),
    Figure("net_saving", "saving", (_RRF, _minus(_DRF), _minus(_REPAID))),
    Figure("equipment_spending", "spending", (
        FigureRule(1, "I", "D", "0", ("20", "21", "22", "23"), ("204", *NOT_REAL)),)),
    Figure("equipment_grants", "spending", (FigureRule(1, "I", "D", "0", ("204",)),)),
    Figure("staff_spending", "spending", (
        FigureRule(1, "F", "D", "0", ("621", "631", "633", "64", "=012")),)),
    Figure("service_receipts", "receipts", (FigureRule(1, "F", "R", "0", ("70",)),)),
    Figure("tax_receipts", "receipts", (FigureRule(1, "F", "R", "0", ("73",)),)),
    Figure("state_grants", "receipts", (FigureRule(1, "F", "R", "0", ("74",)),)),
    Figure("debt_service", "debt", (_INTEREST, _REPAID)),
    Figure("debt_interest", "debt", (_INTEREST,)),
    Figure("debt_repayment", "debt", (_REPAID,)),
    Figure("new_borrowing", "debt", (_REPAID._replace(direction="R"),)),
)  # fmt: skip
RATES = frozenset(figure.id for figure in FIGURES if isinstance(figure, Rate))


def figures_of(
    cells: Mapping[Cell, list[int]], kind: int | None, population: int | None
) -> list[dict[str, Any]]:
    """JSON-ready key figures for the amount ``kind`` (index in KINDS; None: nothing is known)."""
    sums = [] if kind is None else [(cell, amounts[kind]) for cell, amounts in cells.items()]
    values: dict[str, int | None] = {}
    for figure in FIGURES:
        if kind is None:
            values[figure.id] = None
        elif isinstance(figure, Rate):
            values[figure.id] = figure.value(values)
        else:
            values[figure.id] = figure.value(sums)
    return [_as_dict(figure, values[figure.id], population) for figure in FIGURES]


def _as_dict(figure: Figure | Rate, value: int | None, population: int | None) -> dict[str, Any]:
    is_rate = isinstance(figure, Rate)
    per_inhabitant = None
    if value is not None and population and not is_rate:
        per_inhabitant = _divided(value, population)
    return {
        "id": figure.id,
        "group": figure.group,
        "unit": "bp" if is_rate else "EUR",
        "value": value,
        "per_inhabitant": per_inhabitant,
    }


def _divided(value: int, by: int) -> int:
    """Rounded half away from zero."""
    quotient = (2 * abs(value) + by) // (2 * by)
    return quotient if value >= 0 else -quotient
