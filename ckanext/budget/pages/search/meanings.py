"""Words that name no body: a policy, a kind of spending, a term of local finance.

No budget is called "canteen", and each holds one: such a word leads to the plain category or to the
term that says it, from the two tables of :mod:`ckanext.budget.totem.summary`.
"""

from __future__ import annotations

import re

from ckanext.budget.pages.bodies import folded
from ckanext.budget.totem.summary.categories import categories
from ckanext.budget.totem.summary.words import Term, glossary

_MOST = 4
_SHORTEST = 3
"""Letters of a word that is looked for: shorter ones are articles."""


def terms(language: str) -> list[Term]:
    """The glossary, in the order of the alphabet."""
    return sorted(glossary(language), key=lambda one: folded(one.term))


def plain(language: str) -> list[Term]:
    """The plain categories that charts show, one a word; ``id`` is an anchor of the glossary."""
    found = {one.label: one for one in categories(language) if one.meaning}
    return [Term(f"categorie-{one.id}", one.label, one.meaning) for one in found.values()]


def of(text: str, language: str) -> list[Term]:
    """What the words of a reader mean, titles first; nothing for the names of bodies.

    A word is found at the beginning of another, without accents nor the mark of a plural.
    """
    asked = [re.sub(r"[sx]$", "", word) for word in folded(text).split() if len(word) >= _SHORTEST]
    if not asked:
        return []
    found = []
    for order, one in enumerate([*plain(language), *glossary(language)]):
        title, whole = folded(one.term), folded(f"{one.term} {one.definition}")
        if all(f" {word}" in f" {whole}" for word in asked):
            in_title = all(f" {word}" in f" {title}" for word in asked)
            found.append((not in_title, order, one))
    return [one for *_rank, one in sorted(found, key=lambda item: item[:2])[:_MOST]]
