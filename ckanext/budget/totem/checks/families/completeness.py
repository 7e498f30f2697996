"""T-CPL: what the document announces is in it."""

from __future__ import annotations

from collections.abc import Iterable

from ckanext.budget.totem.checks.facts import Facts
from ckanext.budget.totem.checks.model import Hit, place, rule

#: SOMMAIRE/CodeAnnexe -> annex, in the M14 model of municipalities, where the numbering is sure.
#: Other norms number their annexes otherwise and are not compared.
M14_ANNEXES = {
    "IV-A2.1": "TRESORERIE",
    "IV-A2.2": "EMPRUNT",
    "IV-A3": "AMORTISSEMENT_METHODE",
    "IV-A4": "PROVISION",
    "IV-A8": "CHARGE",
    "IV-A9": "TIERS",
    "IV-B1.3": "CREDIT_BAIL",
    "IV-B1.4": "PPP",
    "IV-B1.7": "CONCOURS",
    "IV-B3": "RECETTE_AFFECTEE",
    "IV-C2": "ORGANISME_ENG",
    "IV-C3.1": "ORGANISME_GROUP",
    "IV-C3.2": "ETAB_SERVICE",
}
MODELS = {"M14_COM_500_3500": M14_ANNEXES, "M14_COM_SUP3500": M14_ANNEXES}


@rule(
    "T-CPL-001",
    "info",
    "Annexes annoncées au sommaire",
    "Un état « néant » est normal : rien à faire, sauf si l'annexe devait avoir un contenu.",
)
def announced_annexes(facts: Facts) -> Iterable[Hit]:
    """SOMMAIRE says that a state is there, and its annex has no record."""
    model = MODELS.get(facts.header.variant, {}) if facts.header else {}
    absent = [
        (code, line)
        for code, line in facts.announced.items()
        if code in model and not facts.annexes[model[code]]
    ]
    if absent:
        states = ", ".join(f"{code} ({model[code]})" for code, _ in absent)
        yield Hit(
            f"Le sommaire annonce des états sans contenu : {states}. C'est normal lorsque la "
            "collectivité n'a rien à y inscrire (« néant »).",
            place(absent[0][1], "SOMMAIRE/CodeAnnexe"),
        )


@rule(
    "T-CPL-002",
    "info",
    "Présence d'annexes",
    "Exportez le document avec ses annexes si vous souhaitez les publier.",
)
def no_annex(facts: Facts) -> Iterable[Hit]:
    """A document without any annex record: only the budget lines can be published."""
    if facts.line_count and not facts.annexes:
        yield Hit("Le document n'a aucune annexe.")
