"""A rule of this portal: it says no value of the document, whatever it finds."""

from collections.abc import Iterable

from ckanext.budget.totem.checks.facts import Facts
from ckanext.budget.totem.checks.model import Hit, rule


@rule("X-EXE-001", "info", "Exercice ancien", "Rien à faire : le document reste publié.")
def old_exercise(facts: Facts) -> Iterable[Hit]:
    """Before 2015 the accounts had other norms."""
    if facts.header and facts.header.fiscal_year < 2015:
        yield Hit("Le document est d'un exercice antérieur à 2015.")
