"""T-ARI-006 and 007: what the document prints of itself against what its lines and loans say."""

from __future__ import annotations

from collections.abc import Iterable

from ckanext.budget.totem.checks.facts import Facts
from ckanext.budget.totem.checks.families.arithmetic import euros
from ckanext.budget.totem.checks.model import Hit, place, rule
from ckanext.budget.totem.summary.cube import KINDS, UNKNOWN, Cell, movement, total
from ckanext.budget.totem.summary.payload import basis_of
from ckanext.budget.totem.summary.ratios import READINGS, Beside, ratios_of


@rule(
    "T-ARI-006",
    "info",
    "Ratios imprimés et calculés",
    "Rien à faire si la lecture nommée est la vôtre ; sinon, corrigez les informations générales "
    "dans le logiciel.",
)
def printed_ratios(facts: Facts) -> Iterable[Hit]:
    """Ratios of R. 2313-1 (CGCT): InformationsGenerales against lines and loans, to the last digit
    printed; a difference names the other reading that explains it."""
    where = place(None, "InformationsGenerales/Information")
    for readings, names in _differences(facts).items():
        ratios = f"Ratio{'s' if len(names) > 1 else ''} {', '.join(names)}"
        if readings:
            causes = " et ".join(READINGS[name] for name in readings)
            yield Hit(f"{ratios} : imprimé autrement que calculé, {causes}.", where)
        else:
            yield Hit(
                f"{ratios} : imprimé autrement que calculé, aucune lecture connue ne l'explique.",
                where,
                "warning",
            )


@rule(
    "T-ARI-007",
    "info",
    "Dette aux deux dates",
    "Vérifiez la dette au 31 décembre dans l'annexe des emprunts.",
)
def same_debt_twice(facts: Facts) -> Iterable[Hit]:
    """Capital is repaid in the year and the annex writes the same debt at both ends of it."""
    debt = facts.debt
    if debt.is_known and debt.repaid > 0 and debt.opening and debt.opening == debt.closing:
        yield Hit(
            f"La même dette est écrite au 1er janvier et au 31 décembre, alors que "
            f"{euros(debt.repaid)} sont remboursés dans l'année.",
            place(None, "EMPRUNT/MtCapitalRestDu_31_12"),
        )


def _differences(facts: Facts) -> dict[tuple[str, ...], list[str]]:
    """Numbers of the ratios that differ, by what explains it."""
    found: dict[tuple[str, ...], list[str]] = {}
    header = facts.header
    if header is None or header.stage.kind == "change" or not facts.information:
        return found
    cells = _cells(facts)
    basis = basis_of(header.stage.name, cells)
    beside = Beside(facts.debt, facts.information)
    for ratio in ratios_of(cells, basis, header.stage.name, header.population, beside):
        if ratio["agrees"] is False:
            name = str(ratio["number"] or "M57 " + ratio["code"])
            found.setdefault(tuple(ratio["readings"]), []).append(name)
    return found


def _cells(facts: Facts) -> dict[Cell, list[int]]:
    """The groups of lines as the cells that figures are computed from."""
    cells: dict[Cell, list[int]] = {}
    for lines in facts.lines:
        order = movement(lines.order or UNKNOWN, lines.chapter, lines.nature)
        section = lines.section or UNKNOWN
        cell = Cell(section, lines.rd or UNKNOWN, order, lines.chapter, lines.nature, "")
        sums = [lines.totals[name] for name in _ELEMENTS]
        cells[cell] = total(cells[cell], sums) if cell in cells else sums
    return cells


_ELEMENTS = tuple(
    {"MTREAL": "MtReal", "MTRARPREC": "MtRARPrec", "MTPROPNOUV": "MtPropNouv",
     "MTPREV": "MtPrev", "CREDOUV": "CredOuv"}.get(kind, "") for kind in KINDS
)  # fmt: skip
