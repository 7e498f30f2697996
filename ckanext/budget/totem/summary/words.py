"""Words of the figures and of local finance, in French and English: two tables kept by hand.

``figures.tsv``: label, one sentence, formula, accounts and source of each key figure.
``glossary.tsv``: the terms that they use, and those that a reader of a budget meets, in our words.
"""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

LANGUAGES = ("fr", "en")
_HERE = Path(__file__).parent


class FigureWords(NamedTuple):
    """What is said of a figure; ``term``: its entry in the glossary."""

    label: str
    meaning: str
    formula: str
    accounts: str
    source: str
    term: str


class Term(NamedTuple):
    """An entry of the glossary; ``id`` is the anchor that figures point at."""

    id: str
    term: str
    definition: str


@lru_cache(maxsize=len(LANGUAGES))
def figure_words(language: str = "fr") -> dict[str, FigureWords]:
    """By id of ``FIGURES``; sources are in French, as the texts they name."""
    said = ("label", "meaning", "formula", "accounts")
    return {
        row["id"]: FigureWords(
            **{name: row[f"{name}_{language}"] for name in said},
            source=row["source"],
            term=row["term"],
        )
        for row in table("figures")
    }


@lru_cache(maxsize=len(LANGUAGES))
def glossary(language: str = "fr") -> tuple[Term, ...]:
    """In the order of the table: from the whole budget to its details."""
    return tuple(
        Term(row["id"], row[f"term_{language}"], row[f"definition_{language}"])
        for row in table("glossary")
    )


class RatioWords(NamedTuple):
    """What is said of a legal ratio; the formula is in French, as the article."""

    label: str
    formula: str


@lru_cache(maxsize=len(LANGUAGES))
def ratio_words(language: str = "fr") -> dict[str, RatioWords]:
    """By id of ``ratios.RATIOS``."""
    return {
        row["id"]: RatioWords(row[f"label_{language}"], row["formula_fr"])
        for row in table("ratios")
    }


def table(name: str) -> list[dict[str, str]]:
    """The rows of a tab-separated table of this package, by column name."""
    with open(_HERE / f"{name}.tsv", encoding="utf-8", newline="") as rows:
        return list(csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE))
