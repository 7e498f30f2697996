"""The values that the schema lists, the other words that mean them, and the columns by content."""

from __future__ import annotations

from ckanext.budget.totem.columns import COLUMNS

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
        "bp": "budget primitif",
        "primitif": "budget primitif",
        "bs": "budget supplémentaire",
        "supplementaire": "budget supplémentaire",
        "dm": "décision modificative",
        "ca": "compte administratif",
        "cfu": "compte administratif",
        "compte financier unique": "compte administratif",
    },
    "BGT_SECTION": {
        "f": "fonctionnement",
        "i": "investissement",
        "exploitation": "fonctionnement",
        "section de fonctionnement": "fonctionnement",
        "section d exploitation": "fonctionnement",
        "section d investissement": "investissement",
    },
    "BGT_OPBUDG": {"r": "réel", "o": "ordre", "reelle": "réel", "0": "réel", "1": "ordre"},
    "BGT_CODRD": {"r": "recette", "d": "dépense", "recettes": "recette", "depenses": "dépense"},
    "BGT_ARTSPE": {
        "true": "spécialisé",
        "1": "spécialisé",
        "oui": "spécialisé",
        "false": "non spécialisé",
        "0": "non spécialisé",
        "non": "non spécialisé",
    },
}
"""Folded words (see ``text.folded``) with one meaning: TOTEM's own codes (OpBudg, CodRD), the
section of M4 budgets, and « compte administratif » for a CFU, as the schema asks."""

AMOUNTS = COLUMNS[14:21]
CODES = ("BGT_CONTNAT", "BGT_NATURE", "BGT_FONCTION")
LABEL_OF = {code: f"{code}_LABEL" for code in CODES}
