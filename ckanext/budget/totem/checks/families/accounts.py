"""T-CFU: the two sides of a compte financier unique, the accountant's and the budget's."""

from __future__ import annotations

from collections.abc import Iterable

from ckanext.budget.totem.checks.facts import Facts
from ckanext.budget.totem.checks.families.arithmetic import SECTIONS, euros
from ckanext.budget.totem.checks.model import Hit, place, rule

#: Statement of execution of the accountant -> section and side of the budget lines.
EXECUTION = {"EB_DF": ("F", "D"), "EB_RF": ("F", "R"), "EB_DI": ("I", "D"), "EB_RI": ("I", "R")}
_SIDES = {"D": "dépenses", "R": "recettes"}
#: Results of earlier years: in the budget lines, never realised by the accountant.
CARRIED_OVER = ("001", "002")


@rule(
    "T-CFU-001",
    "warning",
    "Équilibre du bilan",
    "Demandez au comptable un compte financier unique à jour : un bilan est toujours équilibré.",
)
def balance_sheet(facts: Facts) -> Iterable[Hit]:
    """General totals of the assets (BI_A) and of the liabilities (BI_P), net."""
    assets, liabilities = facts.accounts.get("BI_A"), facts.accounts.get("BI_P")
    if assets is None or liabilities is None:
        return
    gap = assets.amounts.get("MtNet", 0) - liabilities.amounts.get("MtNet", 0)
    if gap:
        yield Hit(
            f"L'actif et le passif du bilan diffèrent de {euros(gap)}.",
            place(assets.line, "LigneComptable/MtNet"),
        )


@rule(
    "T-CFU-002",
    "warning",
    "Réalisations du comptable et de l'ordonnateur",
    "Rapprochez les écritures de l'ordonnateur et du comptable avant de publier.",
)
def both_sides(facts: Facts) -> Iterable[Hit]:
    """Realised amounts: budget lines, carried-over results aside, and the accountant's totals."""
    for state, (section, rd) in EXECUTION.items():
        total = facts.accounts.get(state)
        if total is None or "MtRealNettes" not in total.amounts:
            continue
        realised = sum(
            lines.totals["MtReal"]
            for lines in facts.matching(section=section, rd=rd)
            if lines.chapter not in CARRIED_OVER
        )
        gap = realised - total.amounts["MtRealNettes"]
        if gap:
            yield Hit(
                f"Les {_SIDES[rd]} de {SECTIONS[section]} de l'ordonnateur et du comptable "
                f"diffèrent de {euros(gap)}.",
                place(total.line, "LigneComptable/MtRealNettes"),
            )
