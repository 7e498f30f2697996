"""T-IDE: whose budget it is, of which year, at which stage."""

from __future__ import annotations

from collections.abc import Iterable

from ckanext.budget.totem.checks.facts import Facts
from ckanext.budget.totem.checks.model import Hit, place, rule
from ckanext.budget.totem.identifiers import is_siren, is_siret
from ckanext.budget.totem.model import Stage

#: First fiscal year of the M14 instruction, the oldest norm with a plan here; last one believable.
FIRST_YEAR, LAST_YEAR = 1997, 2100


def nic_is_missing(siret: str) -> bool:
    """The last five digits number an establishment from 00001: a spreadsheet that keeps fifteen
    digits or fewer writes zeros instead, and the key may happen to be right."""
    return len(siret) == 14 and siret.endswith("00000")


@rule(
    "T-IDE-001",
    "error",
    "SIRET du budget",
    "Corrigez le SIRET dans les paramètres du budget du logiciel, puis exportez de nouveau.",
)
def budget_siret(facts: Facts) -> Iterable[Hit]:
    """The 14 digits of IdEtab end with a key (Luhn) that catches typing mistakes."""
    siret = facts.value("EnTeteBudget", "IdEtab")
    if not siret:
        yield Hit(
            "Le SIRET du budget n'est pas donné : celui de la collectivité est utilisé.",
            place(None, "EnTeteBudget/IdEtab"),
            "warning",
        )
    elif nic_is_missing(siret):
        yield Hit(
            "Le SIRET du budget se termine par 00000, qui n'est le numéro d'aucun établissement.",
            place(facts.line_of("EnTeteBudget", "IdEtab"), "EnTeteBudget/IdEtab"),
        )
    elif not is_siret(siret):
        yield Hit(
            "Le SIRET du budget est faux : sa clé de contrôle ne correspond pas.",
            place(facts.line_of("EnTeteBudget", "IdEtab"), "EnTeteBudget/IdEtab"),
        )


@rule(
    "T-IDE-002",
    "warning",
    "Identifiants de la collectivité et du budget principal",
    "Corrigez l'identifiant dans les paramètres du logiciel.",
)
def other_identifiers(facts: Facts) -> Iterable[Hit]:
    """IdColl (SIREN or SIRET) and IdEtabPal (SIRET) have a right length and key."""
    for container, name in (("EnTeteDocBudgetaire", "IdColl"), ("BlocBudget", "IdEtabPal")):
        number = facts.value(container, name)
        is_right = is_siret(number) and not nic_is_missing(number)
        if number and not (is_right or (name == "IdColl" and is_siren(number))):
            yield Hit(
                "Cet identifiant SIREN ou SIRET est faux (longueur, clé de contrôle ou NIC 00000).",
                place(facts.line_of(container, name), container, name),
            )


@rule(
    "T-IDE-003",
    "warning",
    "Budget et collectivité de même SIREN",
    "Vérifiez que le budget exporté est bien celui de la collectivité nommée.",
)
def same_siren(facts: Facts) -> Iterable[Hit]:
    """The budget's establishment belongs to the body that the document names."""
    budget = facts.value("EnTeteBudget", "IdEtab")
    body = facts.value("EnTeteDocBudgetaire", "IdColl")
    if budget and body and budget[:9] != body[:9]:
        yield Hit(
            "Le budget (IdEtab) et la collectivité (IdColl) n'ont pas le même SIREN.",
            place(facts.line_of("EnTeteBudget", "IdEtab"), "EnTeteBudget/IdEtab"),
        )


@rule(
    "T-IDE-004",
    "error",
    "Exercice vraisemblable",
    "Corrigez l'exercice dans le logiciel, puis exportez de nouveau.",
)
def plausible_year(facts: Facts) -> Iterable[Hit]:
    """A year between 1997 and 2100: the library has no clock to compare with."""
    if facts.header and not FIRST_YEAR <= facts.header.fiscal_year <= LAST_YEAR:
        yield Hit(
            f"L'exercice n'est pas compris entre {FIRST_YEAR} et {LAST_YEAR}.",
            place(facts.line_of("BlocBudget", "Exer"), "BlocBudget/Exer"),
        )


_VOTES = {
    "account": "Un compte se vote après la fin de son exercice",
    "change": "Un budget se modifie pendant son exercice",
    "budget": "Un budget primitif se vote avant son exercice ou pendant",
}


@rule(
    "T-IDE-005",
    "warning",
    "Date du vote et exercice",
    "Vérifiez la date de la décision dans le logiciel : une date fausse n'est pas publiée.",
)
def vote_date(facts: Facts) -> Iterable[Hit]:
    """An account is voted after its year, a budget before or early in it, a change during it."""
    header = facts.header
    if header is None or not header.vote_date:
        return
    where = place(facts.line_of("BlocBudget", "DteDec"), "BlocBudget/DteDec")
    if header.voted_on is None:
        yield Hit(f"{_VOTES[header.stage.kind]} : la date du vote est fausse.", where)
    elif header.stage.kind == "budget" and header.vote_date[:10] > f"{header.fiscal_year}-06-30":
        yield Hit("Ce budget primitif est daté d'après le 30 juin de son exercice.", where, "info")


@rule(
    "T-IDE-006",
    "warning",
    "Document voté",
    "Publiez le document voté : un projet ne doit pas être publié comme un budget.",
)
def draft(facts: Facts) -> Iterable[Hit]:
    """ProjetBudget true: proposals, not yet voted."""
    if facts.header and facts.header.is_draft:
        yield Hit(
            "Ce document est un projet de budget, non voté.",
            place(facts.line_of("BlocBudget", "ProjetBudget"), "BlocBudget/ProjetBudget"),
        )


@rule(
    "T-IDE-007",
    "warning",
    "Numéro de la décision modificative",
    "Renseignez le numéro : deux décisions sans numéro se remplacent l'une l'autre.",
)
def amendment_number(facts: Facts) -> Iterable[Hit]:
    """The XSD asks NumDec of a décision modificative."""
    if facts.header and facts.header.stage is Stage.DM and not facts.header.number:
        yield Hit("La décision modificative n'a pas de numéro.", place(None, "BlocBudget/NumDec"))


@rule(
    "T-IDE-008",
    "warning",
    "Budget principal d'un budget annexe",
    "Renseignez le SIRET du budget principal dans le logiciel.",
)
def main_budget(facts: Facts) -> Iterable[Hit]:
    """An annex budget says which principal budget it belongs to."""
    header = facts.header
    if header and header.budget_type == "annexe" and not header.main_budget_siret:
        yield Hit(
            "Ce budget annexe ne dit pas quel est son budget principal.",
            place(None, "BlocBudget/IdEtabPal"),
        )


@rule(
    "T-IDE-009",
    "error",
    "Nom de la collectivité",
    "Renseignez le nom de la collectivité dans le logiciel, puis exportez de nouveau.",
)
def body_name(facts: Facts) -> Iterable[Hit]:
    """LibelleColl feeds the mandatory column BGT_NOM."""
    if facts.header and not facts.header.name:
        yield Hit(
            "Le nom de la collectivité est vide.",
            place(
                facts.line_of("EnTeteDocBudgetaire", "LibelleColl"),
                "EnTeteDocBudgetaire/LibelleColl",
            ),
        )


@rule(
    "T-IDE-010", "info", "SIRET des bénéficiaires", "Corrigez le SIRET du tiers dans le logiciel."
)
def beneficiary_siret(facts: Facts) -> Iterable[Hit]:
    """SIREN and SIRET of third parties in the annexes have a right key."""
    for where, tally in facts.beneficiaries.items():
        times = f" ({tally.count} fois)" if tally.count > 1 else ""
        yield Hit(f"Un identifiant SIREN ou SIRET est faux{times}.", place(tally.line, where))
