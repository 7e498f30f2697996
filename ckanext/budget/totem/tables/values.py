"""The values that the schema lists, the other words that mean them, and the columns by content."""

from __future__ import annotations

import re
from functools import lru_cache

from ckanext.budget.totem.columns import COLUMNS
from ckanext.budget.totem.model import Stage
from ckanext.budget.totem.tables.text import folded

LISTS: dict[str, tuple[str, ...]] = {
    "BGT_NATDEC": (
        "budget primitif",
        "budget supplémentaire",
        "décision modificative",
        "compte administratif",
    ),
    "BGT_SECTION": ("fonctionnement", "investissement"),
    "BGT_OPBUDG": ("réel", "ordre"),
    "BGT_CODRD": ("recette", "dépense"),
    "BGT_ARTSPE": ("spécialisé", "non spécialisé"),
}
"""Words of the national schema (scdl/budget 0.8.3) by column."""

SYNONYMS: dict[str, dict[str, str]] = {
    "BGT_NATDEC": {
        folded(name): stage.label
        for stage in Stage
        for name in (stage.name, stage.code, stage.title, stage.label.removeprefix("budget "))
    },
    "BGT_SECTION": {
        "f": "fonctionnement",
        "i": "investissement",
        "exploitation": "fonctionnement",
        "section de fonctionnement": "fonctionnement",
        "section d exploitation": "fonctionnement",
        "section d investissement": "investissement",
        "sf": "fonctionnement",
        "si": "investissement",
    },
    "BGT_OPBUDG": {
        "r": "réel",
        "o": "ordre",
        "reelle": "réel",
        "0": "réel",
        "1": "ordre",
        "operation reelle": "réel",
        "operation d ordre": "ordre",
        "ordre budgetaire": "ordre",
        "operation d ordre budgetaire": "ordre",
    },
    "BGT_CODRD": {"r": "recette", "d": "dépense"},
    "BGT_ARTSPE": {
        "true": "spécialisé",
        "1": "spécialisé",
        "oui": "spécialisé",
        "vrai": "spécialisé",
        "false": "non spécialisé",
        "faux": "non spécialisé",
        "n": "non spécialisé",
        "0": "non spécialisé",
        "non": "non spécialisé",
    },
}
"""Folded words (see ``text.folded``) with one meaning: TOTEM's own codes (OpBudg, CodRD), the
section of M4 budgets, and « compte administratif » for a CFU, as the schema asks."""

NOTHING = frozenset(("null", "none", "nan", "n/a", "<na>", "(null)", "(vide)", r"\n"))
"""What programs write for an empty cell, whatever its case."""

_SHORTEST = 3
_NUMBERED = re.compile(r"(.*?[a-z]) ?(?:n ?o? ?)?[0-9]{1,4}(?: [0-9]{4})?")
_PLURAL = re.compile(r"(?<=\w{3})s\b")


@lru_cache(maxsize=2_000)
def meant(column: str, key: str) -> str:
    """The word of a list that a folded text means: another word for it, its plural, its beginning
    when no other has it, a stage with its number or year (« DM n° 1 »). Empty when unsure."""
    known = {folded(word): word for word in LISTS[column]} | SYNONYMS[column]
    single = _PLURAL.sub("", key)
    numbered = _NUMBERED.fullmatch(single) if column == "BGT_NATDEC" else None
    for name in (key, single, numbered[1] if numbered else ""):
        if name in known:
            return known[name]
    found = {word for word in LISTS[column] if folded(word).startswith(single)}
    return found.pop() if len(found) == 1 and len(single) >= _SHORTEST else ""


AMOUNTS = COLUMNS[14:21]
CODES = ("BGT_CONTNAT", "BGT_NATURE", "BGT_FONCTION")
LABEL_OF = {code: f"{code}_LABEL" for code in CODES}
