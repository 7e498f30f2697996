"""The accounting side of a CFU (``DocumentComptable``): balance sheet, income statement, execution.

``LigneComptable/Etat`` says which statement a line belongs to. States of one family share a file;
an unknown state gets its own. Names of the accountant and of users are in the header block, which
is not read here at all.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_LABELS = ("Etat", "NumOrdre", "Intitule1", "Intitule2")
_BALANCE = (*_LABELS, "Agregat", "Format", "ModeTraitement")
_EXECUTION = (
    *_LABELS,
    "Section",
    "CodeRD",
    "Chapitre",
    "Nature",
    "Operation",
    "MtPrevisions",
    "MtEmissions",
    "MtAnnulations",
    "MtRealNettes",
    "MtSoldePrevReal",
    "Format",
    "ModeTraitement",
)


# Anything may be written there: only what looks like a code names a file.
_CODE = re.compile(r"[A-Z][A-Z0-9]{0,7}(?:_[A-Z0-9]{1,4}){0,3}")


class Statement(NamedTuple):
    """One file: ``slug`` of its name, French title, unit of amounts, columns always present."""

    slug: str
    title: str
    unit: str
    columns: tuple[str, ...]


_SHEET = Statement("bilan", "Bilan", "euros", (*_BALANCE, "MtBrut", "MtAmo", "MtNet", "MtNet-1"))
_SHORT_SHEET = Statement(
    "bilan-synthetique", "Bilan synthétique", "milliers d'euros", (*_BALANCE, "MtNet")
)
_INCOME = Statement(
    "compte-de-resultat",
    "Compte de résultat",
    "euros",
    (*_BALANCE, "MtNet", "MtNet-1", "Variation"),
)
_SHORT_INCOME = Statement(
    "compte-de-resultat-synthetique",
    "Compte de résultat synthétique",
    "milliers d'euros",
    (*_BALANCE, "MtNet", "MtNet-1", "Variation"),
)
_OTHER = Statement("etats-sans-code", "Autres états comptables", "euros", _LABELS)
_BUDGET = Statement(
    "execution-budgetaire", "État d'exécution budgétaire du comptable", "euros", _EXECUTION
)

#: ``Etat`` -> file. A actif, P passif, S synthétique; EB execution by side (D, R) and section.
_STATES = {
    "BI_A": _SHEET,
    "BI_P": _SHEET,
    "BI_S_A": _SHORT_SHEET,
    "BI_S_P": _SHORT_SHEET,
    "CR": _INCOME,
    "CR_S": _SHORT_INCOME,
    "EB_DF": _BUDGET,
    "EB_DI": _BUDGET,
    "EB_RF": _BUDGET,
    "EB_RI": _BUDGET,
}


def statement_of(state: str) -> Statement:
    """The file where a line of that ``Etat`` goes."""
    known = _STATES.get(state)
    if known is not None:
        return known
    if not _CODE.fullmatch(state):
        return _OTHER
    slug = state.lower().replace("_", "-")
    return Statement(f"etat-{slug}", f"État comptable {state}", "euros", _LABELS)
