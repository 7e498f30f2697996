"""The legal ratios of article R. 2313-1 of the CGCT: computed, and beside them what the document
itself prints in ``InformationsGenerales``, with the national averages of its stratum.

A printed ratio often follows another reading of the article than ours. Each reading that was seen
in real documents is a row of ``READINGS``; when one of them gives the printed number to the last
digit printed, it is named. All printed numbers at zero mean that the software computed none: None.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from itertools import product
from typing import Any, NamedTuple

from ckanext.budget.totem.model import Stage
from ckanext.budget.totem.summary.consolidation import Consolidation
from ckanext.budget.totem.summary.cube import REAL, Cell
from ckanext.budget.totem.summary.debt import Debt
from ckanext.budget.totem.summary.figures import (
    FOR_OTHERS,
    OWN_WORKS,
    Figure,
    FigureRule,
    Values,
    is_land_development,
    values_of,
)


class Ratio(NamedTuple):
    """``number`` in R. 2313-1 (0: one of the three that M57 adds). ``unit``: EUR per inhabitant,
    ``bp`` percent, ``years``. ``code``: suffix of the printed ``Val…`` and ``MoyNat…``."""

    number: int
    id: str
    unit: str
    numerator: str
    denominator: str
    code: str


RATIOS = (
    Ratio(1, "real_operating_expenditure_per_inhabitant", "EUR", "spending", "people", "DepRFonc"),
    Ratio(2, "direct_taxes_per_inhabitant", "EUR", "taxes", "people", "ProdImpo"),
    Ratio(3, "real_operating_revenue_per_inhabitant", "EUR", "revenue", "people", "RecRFonc"),
    Ratio(4, "equipment_expenditure_per_inhabitant", "EUR", "equipment", "people", "DepEq"),
    Ratio(5, "debt_per_inhabitant", "EUR", "debt", "people", "EncDettePop"),
    Ratio(6, "dgf_per_inhabitant", "EUR", "dgf", "people", "DGFPop"),
    Ratio(7, "staff_share", "bp", "staff", "spending", "DepPers"),
    # The fiscal potential is the State's: it is in no line.
    Ratio(8, "tax_effort", "bp", "", "", "CoefMobPotFisc"),
    Ratio(9, "current_margin", "bp", "charges", "revenue", "DepFoncRemDette"),
    Ratio(10, "equipment_share", "bp", "equipment", "revenue", "DepEqB"),
    Ratio(11, "debt_share", "bp", "debt", "revenue", "EncDetteRecFonc"),
    Ratio(0, "gross_saving_share", "bp", "saving", "revenue", "EparRFonc"),
    Ratio(0, "net_saving_share", "bp", "net", "revenue", "EparNetRFonc"),
    Ratio(0, "debt_capacity", "years", "debt", "saving", "EncDetteEpar"),
)
SECOND_HOMES = "NbResSec"
PRINTED = frozenset(
    (SECOND_HOMES, *(prefix + ratio.code for ratio in RATIOS for prefix in ("Val", "MoyNat")))
)
"""Codes of ``Information`` that are kept; the others may be free text."""

READINGS: dict[str, str] = {
    "without_disposals": "les recettes réelles sont comptées hors produits des cessions (775)",
    "with_disposals": "l'épargne est comptée avec les produits des cessions (775)",
    "with_own_works": "les travaux en régie (72) ne sont pas retirés des dépenses",
    "without_own_works": "les travaux en régie (72) ne sont pas comptés comme équipement",
    "with_grants": "les subventions d'équipement versées (204) sont comptées comme équipement",
    "without_third_parties": "les opérations pour compte de tiers (45x) ne sont pas comptées",
    "second_homes": "la population compte un habitant de plus par résidence secondaire",
    "opening_debt": "la dette imprimée est celle du 1er janvier",
    "closing_debt": "la dette imprimée est celle du 31 décembre",
    "lump_sum": "seule la dotation forfaitaire (7411) est comptée, non toute la DGF (741)",
    "land_taxes": "seul le compte 73111 est compté",
    "whole_16": "le remboursement compte tout le chapitre 16, dépôts et refinancement compris",
    "net_saving": "l'encours est divisé par l'épargne nette",
}
"""What was read otherwise, as a French clause."""

_PIECES = (
    Figure("taxes", "", (FigureRule(1, "F", "R", REAL, ("731",)),)),
    Figure("land_taxes", "", (FigureRule(1, "F", "R", REAL, ("73111",)),)),
    Figure("dgf", "", (FigureRule(1, "F", "R", REAL, ("741",)),)),
    Figure("lump_sum", "", (FigureRule(1, "F", "R", REAL, ("7411",)),)),
    Figure("own_works", "", (OWN_WORKS,)),
    Figure("third_parties", "", (FOR_OTHERS,)),
    Figure("whole_16", "", (FigureRule(1, "I", "D", REAL, ("16",)),)),
)
FORMULAS: dict[str, dict[str, str]] = {
    "spending": {"": "real_operating_expenditure - own_works",
                 "with_own_works": "real_operating_expenditure"},
    "taxes": {"": "taxes", "land_taxes": "land_taxes"},
    "revenue": {"": "real_operating_revenue",
                "without_disposals": "current_operating_revenue"},
    "equipment": {"": "equipment_expenditure",
                  "with_grants": "equipment_expenditure + equipment_grants",
                  "without_own_works": "equipment_expenditure - own_works",
                  "without_third_parties": "equipment_expenditure - third_parties"},
    "debt": {"": "debt", "opening_debt": "opening", "closing_debt": "closing"},
    "dgf": {"": "dgf", "lump_sum": "lump_sum"},
    "staff": {"": "staff_spending"},
    "charges": {"": "real_operating_expenditure - own_works + debt_repayment",
                "whole_16": "real_operating_expenditure - own_works + whole_16",
                "with_own_works": "real_operating_expenditure + debt_repayment",
                "with_own_works whole_16": "real_operating_expenditure + whole_16"},
    "saving": {"": "gross_saving", "net_saving": "net_saving",
               "with_disposals": "real_operating_revenue - real_operating_expenditure",
               "with_disposals net_saving":
                   "real_operating_revenue - real_operating_expenditure - debt_repayment"},
    "net": {"": "net_saving",
            "with_disposals":
                "real_operating_revenue - real_operating_expenditure - debt_repayment",
            "with_disposals whole_16":
                "real_operating_revenue - real_operating_expenditure - whole_16"},
}  # fmt: skip
"""Each quantity by reading, our own (``""``) first: sums of figures."""

Amounts = dict[str, Decimal]
"""One quantity by reading, our own (``""``) first."""


@dataclass(frozen=True)
class Beside:
    """What the document tells beside its lines: its loans, its printed information, the budgets of
    its body."""

    debt: Debt
    information: Mapping[str, str]
    consolidation: Consolidation = field(default_factory=Consolidation)


def ratios_of(
    cells: Mapping[Cell, list[int]],
    basis: str | None,
    stage: str,
    population: int | None,
    beside: Beside | None = None,
) -> list[dict[str, Any]]:
    """JSON-ready: ``number``, ``id``, ``code``, ``unit``, ``value``, ``printed``, ``average``
    (hundredths of the unit, None when not computed), ``agrees`` (None: nothing to compare),
    ``readings`` (what explains a difference: names of ``READINGS``). Empty when nothing is known.
    """
    if basis is None:
        return []
    printed = printed_of(beside.information if beside else {})
    debt = beside.debt if beside and beside.debt.is_known else None
    quantities = _quantities(cells, basis, stage, debt)
    quantities["people"] = _people(population, printed)
    if is_land_development(cells, basis):
        # Stocks of land are no saving.
        quantities["saving"] = quantities["net"] = {}
    return [_as_dict(ratio, quantities, printed) for ratio in RATIOS]


def _as_dict(
    ratio: Ratio, quantities: Mapping[str, Amounts], printed: Mapping[str, Decimal]
) -> dict[str, Any]:
    value = next((found for readings, found in _computed(ratio, quantities) if not readings), None)
    told = printed.get("Val" + ratio.code)
    if told is not None and not told and value != 0:
        told = None
    agrees, readings = _compared(ratio, quantities, value, told)
    return {
        "number": ratio.number,
        "id": ratio.id,
        "code": ratio.code,
        "unit": ratio.unit,
        "value": _hundredths(value),
        "printed": _hundredths(told),
        "average": _hundredths(printed.get("MoyNat" + ratio.code) or None),
        "agrees": agrees,
        "readings": readings,
    }


def _compared(
    ratio: Ratio, quantities: Mapping[str, Amounts], value: Decimal | None, told: Decimal | None
) -> tuple[bool | None, list[str]]:
    if value is None or told is None:
        return None, []
    if _is_same(value, told):
        return True, []
    found = [each for each in _computed(ratio, quantities) if _is_same(each[1], told)]
    return False, list(min(found, key=lambda each: len(each[0]))[0]) if found else []


def _is_same(value: Decimal, told: Decimal) -> bool:
    """Equal to the last digit printed: software rounds or cuts."""
    return abs(value - told) <= Decimal(1).scaleb(_exponent(told))


def _exponent(number: Decimal) -> int:
    return min(0, int(number.as_tuple().exponent))


def _computed(
    ratio: Ratio, quantities: Mapping[str, Amounts]
) -> Iterator[tuple[tuple[str, ...], Decimal]]:
    """The ratio under each combination of readings: their names, the number in its unit."""
    above = quantities.get(ratio.numerator, {})
    below = quantities.get(ratio.denominator, {})
    factor = 100 if ratio.unit == "bp" else 1
    for (some, numerator), (others, denominator) in product(above.items(), below.items()):
        if denominator > 0:
            names = tuple(dict.fromkeys(name for name in (*some.split(), *others.split()) if name))
            yield names, factor * numerator / denominator


def _quantities(
    cells: Mapping[Cell, list[int]], basis: str, stage: str, debt: Debt | None
) -> dict[str, Amounts]:
    """Euros by quantity and reading; a quantity that the document does not tell is absent."""
    known = values_of(cells, basis) | {piece.id: piece.value(cells, basis) for piece in _PIECES}
    sums: Values = known | _debts(stage, debt)
    return {
        name: {
            reading: amount
            for reading, formula in readings.items()
            if (amount := _sum(formula, sums)) is not None
        }
        for name, readings in FORMULAS.items()
    }


def _debts(stage: str, debt: Debt | None) -> Values:
    """An account's ratio is of 31 December, a budget's of the 1 January that it starts from."""
    opening = debt.opening if debt else None
    closing = debt.closing if debt else None
    is_account = stage in Stage.__members__ and Stage[stage].kind == "account"
    return {"opening": opening, "closing": closing, "debt": closing if is_account else opening}


def _sum(formula: str, sums: Values) -> Decimal | None:
    """``a - b + c`` in euros; None when one is unknown."""
    total, sign = 0, 1
    for word in formula.split():
        if word in "+-":
            sign = 1 if word == "+" else -1
            continue
        amount = sums[word]
        if amount is None:
            return None
        total += sign * amount
    return Decimal(total) / 100


def _people(population: int | None, printed: Mapping[str, Decimal]) -> Amounts:
    if not population:
        return {}
    more = printed.get(SECOND_HOMES)
    homes = {"second_homes": population + more} if more else {}
    return {"": Decimal(population), **homes}


def printed_of(information: Mapping[str, str]) -> dict[str, Decimal]:
    """Numbers by code, as people write them (``1 983,57``, ``56.94%``); a family (``Val``,
    ``MoyNat``) whose numbers are all zero was not computed, and is left out."""
    numbers = {code: number for code, text in information.items() if code in PRINTED
               and (number := _number(text)) is not None}  # fmt: skip
    for prefix in ("Val", "MoyNat"):
        family = [code for code in numbers if code.startswith(prefix)]
        if not any(numbers[code] for code in family):
            for code in family:
                del numbers[code]
    return numbers


def _number(text: str) -> Decimal | None:
    written = re.sub(r"[\s%€]", "", text).replace(",", ".")
    return Decimal(written) if re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,9})?", written) else None


def _hundredths(number: Decimal | None) -> int | None:
    return None if number is None else int((number * 100).quantize(Decimal(1), ROUND_HALF_UP))
