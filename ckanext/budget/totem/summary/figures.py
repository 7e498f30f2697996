"""Key figures of a budget, by account codes, and how each is computed.

Sources: articles L. 2313-1 and R. 2313-1 of the Code général des collectivités territoriales
(financial ratios), and the definitions of the DGCL (« Les collectivités locales en chiffres »,
annexe « définitions »; « Guide des ratios financiers ») and of the OFGL:

* "real" is what :func:`~ckanext.budget.totem.summary.cube.movement` says, nothing else: money of
  the year, without the results of former years (001, 002) nor the transfers (021, 023);
* an account has three results: of the year (receipts less expenditure, real and order, without 001
  and 002), closing (with them), and after what remains to be carried out;
* gross saving (épargne brute) leaves the proceeds of disposals (775) out, as the DGCL and the OFGL
  do; the receipts that it starts from are named "hors cessions";
* management saving (épargne de gestion) = gross saving + interest on loans (66111, 66112);
* debt repayment = 16 without deposits (165), refinancing (166), drawings on a credit line (1645,
  16449), accrued interest (1688) and redemption premiums (169): those are no repayment;
* equipment (dépenses d'équipement brut, ratio 4) = real 20 (without 204), 21, 22, 23, works for
  others (454 to 456, 458), and works by own staff (72, an order receipt of operation);
* staff = 621, 631, 633, 64;
* the outstanding debt is the annex's (see ``debt``), never a sum of lines.

The codes are those of M14, M57, M4, M52, M61 and M71 alike: in these classes the six norms agree.
Where a document says less than the formula asks (credits voted by chapter: ``66`` where ``6611``
is asked for), the figure is None, not a guess.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ckanext.budget.totem.summary.cube import KINDS, ORDER, REAL, UNKNOWN, Cell
from ckanext.budget.totem.summary.debt import Debt

_BOOK_ENTRIES = ("040", "041", "042", "043")
"""Chapters of order movements: a line that says no more hides its accounts."""

NOT_REPAID = ("165", "166", "1645", "16449", "1688", "169")
REMAINDERS = "MTRAR3112"

KNOWN, UNTOLD, NOT_APPLICABLE = "known", "unknown", "not_applicable"
"""Why a figure has a value or none: computed; the document does not tell enough; it means nothing
for such a document (a budget has no result, the savings of a lotissement are stocks of land)."""


class FigureRule(NamedTuple):
    """Which cells count. Empty ``direction``, ``order``, ``include``: all. ``include`` and
    ``exclude`` are beginnings of account codes; ``=661`` is that account alone. ``amount``: the
    kind of amount, empty for the document's own."""

    sign: int
    section: str
    direction: str
    order: str = ""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    amount: str = ""

    def takes(self, cell: Cell) -> bool:
        """Whether the cell counts; a line without nature counts under its chapter."""
        if (cell.section, cell.direction) != (self.section, self.direction):
            return False
        if self.order and cell.order not in self.order:
            return False
        code = cell.nature or cell.chapter
        if self.include and not any(map(code.startswith, self.include)):
            return "=" + code in self.include
        return not (self.exclude and code.startswith(self.exclude))

    def is_blind_to(self, cell: Cell) -> bool:
        """Whether the cell may hold a part of what is asked, without telling which."""
        if (cell.section, cell.direction) != (self.section, self.direction):
            return False
        if cell.order == UNKNOWN and self.order in (REAL, ORDER):
            return True
        code = cell.nature or cell.chapter
        if cell.order not in (self.order or REAL) or self.takes(cell):
            return False
        if self.include and code in _BOOK_ENTRIES:
            return True
        return not code or any(item.startswith(code) for item in self.include)


@dataclass(frozen=True)
class Figure:
    """An amount: the sum of its rules. ``group``: section, result, saving, spending, receipts or
    debt."""

    id: str
    group: str
    rules: tuple[FigureRule, ...]

    def value(self, cells: Mapping[Cell, list[int]], basis: str) -> int | None:
        """In cents; None when a line that counts cannot be told apart."""
        total = 0
        for rule in self.rules:
            kind = KINDS.index(rule.amount or basis)
            for cell, amounts in cells.items():
                if rule.takes(cell):
                    total += rule.sign * amounts[kind]
                elif amounts[kind] and rule.is_blind_to(cell):
                    return None
        return total


@dataclass(frozen=True)
class Rate:
    """A ratio of two figures: ``bp`` basis points (1234 = 12.34 %), ``years`` hundredths."""

    id: str
    group: str
    numerator: str
    denominator: str
    unit: str = "bp"

    def value(self, figures: Mapping[str, int | None]) -> int | None:
        """None when one is unknown or the denominator is not positive."""
        above, below = figures[self.numerator], figures[self.denominator]
        if above is None or below is None or below <= 0:
            return None
        return divided(above * (10_000 if self.unit == "bp" else 100), below)


@dataclass(frozen=True)
class Owed:
    """What the annex of loans tells: the name of a :class:`Debt` amount."""

    id: str
    group: str
    amount: str


_OF_THE_YEAR = REAL + ORDER + UNKNOWN
_RF, _DF = FigureRule(1, "F", "R", _OF_THE_YEAR), FigureRule(1, "F", "D", _OF_THE_YEAR)
_RI, _DI = FigureRule(1, "I", "R", _OF_THE_YEAR), FigureRule(1, "I", "D", _OF_THE_YEAR)
_CARRIED_F = (FigureRule(1, "F", "R", "2"), FigureRule(-1, "F", "D", "2"))
_CARRIED_I = (FigureRule(1, "I", "R", "2"), FigureRule(-1, "I", "D", "2"))
_RRF = FigureRule(1, "F", "R", REAL)
_CURRENT = FigureRule(1, "F", "R", REAL, (), ("775",))
_DRF = FigureRule(1, "F", "D", REAL)
_REPAID = FigureRule(1, "I", "D", REAL, ("16",), NOT_REPAID)
_INTEREST = FigureRule(1, "F", "D", REAL, ("6611", "=661"))
OWN_WORKS = FigureRule(1, "F", "R", ORDER, ("72",))
FOR_OTHERS = FigureRule(1, "I", "D", REAL, ("454", "455", "456", "458"))
STAFF = FigureRule(1, "F", "D", REAL, ("621", "631", "633", "64", "=012"))


def minus(rule: FigureRule) -> FigureRule:
    """The rule, its amounts taken away."""
    return rule._replace(sign=-rule.sign)


_YEAR = (_RF, minus(_DF), _RI, minus(_DI))
_CLOSING = (*_YEAR, *_CARRIED_F, *_CARRIED_I)
_REMAINING = tuple(
    FigureRule(sign, section, direction, amount=REMAINDERS)
    for section in "FI"
    for direction, sign in (("R", 1), ("D", -1))
)
_GROSS = (_CURRENT, minus(_DRF))

FIGURES: tuple[Figure | Rate | Owed, ...] = (
    Figure("operating_receipts", "section", (_RF,)),
    Figure("operating_expenditure", "section", (_DF,)),
    Figure("operating_result", "section", (_RF, minus(_DF))),
    Figure("operating_carried_over", "section", _CARRIED_F),
    Figure("investment_receipts", "section", (_RI,)),
    Figure("investment_expenditure", "section", (_DI,)),
    Figure("investment_result", "section", (_RI, minus(_DI))),
    Figure("investment_carried_over", "section", _CARRIED_I),
    Figure("annual_result", "result", _YEAR),
    Figure("closing_result", "result", _CLOSING),
    Figure("result_after_carry_overs", "result", (*_CLOSING, *_REMAINING)),
    Figure("real_operating_revenue", "saving", (_RRF,)),
    Figure("current_operating_revenue", "saving", (_CURRENT,)),
    Figure("real_operating_expenditure", "saving", (_DRF,)),
    Figure("management_saving", "saving", (*_GROSS, _INTEREST)),
    Figure("gross_saving", "saving", _GROSS),
    Rate("gross_saving_rate", "saving", "gross_saving", "current_operating_revenue"),
    Figure("net_saving", "saving", (*_GROSS, minus(_REPAID))),
    Figure("equipment_expenditure", "spending", (
        FigureRule(1, "I", "D", REAL, ("20", "21", "22", "23"), ("204",)), FOR_OTHERS, OWN_WORKS)),
    Figure("equipment_grants", "spending", (FigureRule(1, "I", "D", REAL, ("204",)),)),
    Figure("staff_spending", "spending", (STAFF,)),
    Figure("service_receipts", "receipts", (FigureRule(1, "F", "R", REAL, ("70",)),)),
    Figure("tax_receipts", "receipts", (FigureRule(1, "F", "R", REAL, ("73",)),)),
    Figure("state_grants", "receipts", (FigureRule(1, "F", "R", REAL, ("74",)),)),
    Figure("debt_service", "debt", (_INTEREST, _REPAID)),
    Figure("debt_interest", "debt", (_INTEREST,)),
    Figure("debt_repayment", "debt", (_REPAID,)),
    Figure("new_borrowing", "debt", (_REPAID._replace(direction="R"),)),
    Owed("debt_opening", "debt", "opening"),
    Owed("debt_outstanding", "debt", "closing"),
    Rate("debt_capacity_years", "debt", "debt_outstanding", "gross_saving", "years"),
)  # fmt: skip
RATES = frozenset(figure.id for figure in FIGURES if isinstance(figure, Rate))
"""Those that are no amounts: never added, never divided by a population."""

SAVINGS = frozenset((
    "management_saving", "gross_saving", "gross_saving_rate", "net_saving", "debt_capacity_years",
))  # fmt: skip
RESULTS = frozenset(figure.id for figure in FIGURES if figure.group == "result")
_STOCKS = ("31", "33", "35")
_OF_LAND = ("7015", "713", "603", "796", "791")

Values = dict[str, int | None]


def values_of(cells: Mapping[Cell, list[int]], basis: str, debt: Debt | None = None) -> Values:
    """Every figure by id, whatever the document; cents, or the unit of the rate."""
    values: Values = {}
    for figure in FIGURES:
        if isinstance(figure, Rate):
            values[figure.id] = figure.value(values)
        elif isinstance(figure, Owed):
            known = debt if debt and debt.is_known else None
            values[figure.id] = getattr(known, figure.amount, None)
        else:
            values[figure.id] = figure.value(cells, basis)
    return values


def figures_of(
    cells: Mapping[Cell, list[int]],
    basis: str | None,
    population: int | None,
    debt: Debt | None = None,
) -> list[dict[str, Any]]:
    """JSON-ready key figures of a whole budget or account for the amount ``basis`` (a name of
    ``KINDS``; None: nothing is known). A vote that only changes a budget has none: see
    ``changes``."""
    values = values_of(cells, basis, debt) if basis else {figure.id: None for figure in FIGURES}
    meaningless = _meaningless(cells, basis) if basis else frozenset()
    return [
        _as_dict(figure, values[figure.id], population, figure.id in meaningless)
        for figure in FIGURES
    ]


def _meaningless(cells: Mapping[Cell, list[int]], basis: str) -> frozenset[str]:
    """Only what was carried out has a result; the savings of a stock of land are not money."""
    results = frozenset() if basis == "MTREAL" else RESULTS
    return results | (SAVINGS if is_land_development(cells, basis) else frozenset())


def is_land_development(cells: Mapping[Cell, list[int]], basis: str) -> bool:
    """Whether this is the budget of a lotissement: land is its stock (accounts 3x and 713), and
    what it sells or stores is at least half of its operating receipts."""
    kind = KINDS.index(basis)
    moved = {cell: amounts[kind] for cell, amounts in cells.items() if amounts[kind]}
    has_stock = any(cell.section == "I" and cell.nature.startswith(_STOCKS) for cell in moved)
    received = list(_received(moved))
    whole = sum(abs(amount) for _, amount in received)
    land = sum(abs(amount) for nature, amount in received if nature.startswith(_OF_LAND))
    return has_stock and whole > 0 and 2 * land >= whole


def _received(moved: Mapping[Cell, int]) -> Iterator[tuple[str, int]]:
    for cell, amount in moved.items():
        if (cell.section, cell.direction) == ("F", "R") and cell.order in _OF_THE_YEAR:
            yield cell.nature, amount


def _as_dict(
    figure: Figure | Rate | Owed, value: int | None, population: int | None, is_meaningless: bool
) -> dict[str, Any]:
    value = None if is_meaningless else value
    per_inhabitant = None
    if value is not None and population and figure.id not in RATES:
        per_inhabitant = divided(value, population)
    status = NOT_APPLICABLE if is_meaningless else UNTOLD if value is None else KNOWN
    return {
        "id": figure.id,
        "group": figure.group,
        "unit": figure.unit if isinstance(figure, Rate) else "EUR",
        "value": value,
        "per_inhabitant": per_inhabitant,
        "status": status,
    }


def debt_figure(kind: str) -> str:
    """Which debt a kind of document knows: an account its 31 December, a budget only the 1 January
    that it starts from."""
    return "debt_outstanding" if kind == "account" else "debt_opening"


def divided(value: int, by: int) -> int:
    """Rounded half away from zero."""
    quotient = (2 * abs(value) + by) // (2 * by)
    return quotient if value >= 0 else -quotient
