"""The two tables that may be imported (CSV), read and checked. Pure: bytes in, rows out.

Averages have the columns of the OFGL (data.ofgl.fr), whose stratum codes changed over the years:
here a stratum is told by its two bounds, as the DGCL prints them, and each row names its source.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from ckanext.budget.totem.summary.figures import FIGURES, RATES
from ckanext.budget.totem.tables.money import mend
from ckanext.budget.totem.tables.text import folded

AVERAGES = ("exer", "categ", "population_min", "population_max", "agregat", "euros_par_habitant",
            "source")  # fmt: skip
PRICES = ("annee", "indice", "source")
PRICE_INDEX = "price_index"
"""Name of the figure of a row of prices: hundredths of the index, whatever its base."""

MOST_BYTES = 5_000_000
_YEARS = range(1990, 2101)
_MOST_PEOPLE = 20_000_000

CATEGORIES: dict[str, tuple[str, str]] = {
    "commune": ("commune", ""),
    "cc": ("epci", "CC"),
    "ca": ("epci", "CA"),
    "cu": ("epci", "CU"),
    "metro": ("epci", "MET"),
    "metropole": ("epci", "MET"),
    "departement": ("departement", ""),
    "region": ("region", ""),
}
"""``categ``, folded -> kind of body of the sheet, and nature of an EPCI."""

AGGREGATES: dict[str, str] = {
    "recettes de fonctionnement": "current_operating_revenue",
    "depenses de fonctionnement": "real_operating_expenditure",
    "epargne de gestion": "management_saving",
    "epargne brute": "gross_saving",
    "epargne nette": "net_saving",
    "depenses d'equipement": "equipment_expenditure",
    "subventions d'equipement versees": "equipment_grants",
    "frais de personnel": "staff_spending",
    "ventes de biens et services": "service_receipts",
    "impots et taxes": "tax_receipts",
    "annuite de la dette": "debt_service",
    "encours de dette": "debt_outstanding",
}
"""``agregat`` of the OFGL, folded -> our figure of the same definition (docs/figures.md)."""

_FIGURES = frozenset(figure.id for figure in FIGURES) - RATES
"""Our own keys are aggregates too; rates are no euros per inhabitant."""


class BadTable(Exception):
    """A file that cannot be imported; ``str(error)`` is French: what, where, what to do."""


class Row(NamedTuple):
    """``value``: cents per inhabitant, or hundredths of the price index. ``population_max``: None
    for no limit. ``kind`` is empty in a row of prices."""

    kind: str
    nature: str
    year: int
    population_min: int
    population_max: int | None
    figure: str
    value: int
    source: str


def read(content: bytes) -> list[Row]:
    """Rows of a table of averages or of prices, told by its columns. Raises BadTable."""
    if len(content) > MOST_BYTES:
        raise BadTable("Fichier de plus de 5 Mo : gardez les moyennes des strates seulement.")
    table = _table(content)
    names = set(table.fieldnames or ())
    columns = PRICES if "indice" in names else AVERAGES
    missing = [name for name in columns if name not in names]
    if missing:
        raise BadTable(
            f"Colonnes manquantes : {', '.join(missing)}. Un tableau de moyennes a "
            f"{', '.join(AVERAGES)} ; un tableau de prix a {', '.join(PRICES)}."
        )
    make = _price if columns is PRICES else _average
    found = list(_rows(table, columns, make))
    if not found:
        raise BadTable("Aucune ligne : le tableau est vide, rien n'a changé.")
    return found


def _table(content: bytes) -> csv.DictReader[str]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadTable("Fichier illisible : enregistrez-le en CSV UTF-8.") from None
    head = text.partition("\n")[0]
    delimiter = next((one for one in (";", "\t") if one in head), ",")
    table = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    table.fieldnames = [folded(name).replace(" ", "_") for name in table.fieldnames or ()]
    return table


def _rows(
    table: csv.DictReader[str], columns: tuple[str, ...], make: Callable[[Mapping[str, str]], Row]
) -> Iterator[Row]:
    seen: dict[tuple[object, ...], int] = {}
    try:
        for cells in table:
            texts = {name: (cells.get(name) or "").strip() for name in columns}
            if not any(texts.values()):
                continue
            row = make(texts)
            key = (*row[:4], row.figure)
            if key in seen:
                raise BadTable(f"elle répète la ligne {seen[key]} ; gardez-en une")
            seen[key] = table.line_num
            yield row
    except BadTable as error:
        raise BadTable(f"Ligne {table.line_num} : {error}. Rien n'a changé.") from None
    except csv.Error:
        raise BadTable(
            f"Ligne {table.line_num} illisible : enregistrez le fichier en CSV."
        ) from None


def _average(cells: Mapping[str, str]) -> Row:
    category, aggregate = folded(cells["categ"]), folded(cells["agregat"])
    if category not in CATEGORIES:
        raise BadTable(_unknown("categ", cells["categ"], "Commune, CC, CA, CU, METRO, Département, "
                                                         "Région"))  # fmt: skip
    figure = _AGGREGATES.get(aggregate, cells["agregat"])
    if figure not in _FIGURES:
        raise BadTable(_unknown("agregat", cells["agregat"], "ceux de docs/figures.md"))
    low = _whole(cells, "population_min", range(_MOST_PEOPLE))
    high = _whole(cells, "population_max", range(low + 1, _MOST_PEOPLE)) if (
        cells["population_max"]) else None  # fmt: skip
    kind, nature = CATEGORIES[category]
    value = _hundredths(cells, "euros_par_habitant")
    return Row(
        kind, nature, _whole(cells, "exer", _YEARS), low, high, figure, value, _source(cells)
    )


_AGGREGATES = {folded(name): figure for name, figure in AGGREGATES.items()}


def _price(cells: Mapping[str, str]) -> Row:
    value = _hundredths(cells, "indice")
    if value <= 0:
        raise BadTable("un indice de prix est plus grand que 0")
    year = _whole(cells, "annee", _YEARS)
    return Row("", "", year, 0, None, PRICE_INDEX, value, _source(cells))


def _unknown(column: str, value: str, known: str) -> str:
    return f"« {value[:60]} » n'est pas connu dans la colonne {column} (possibles : {known})"


def _whole(cells: Mapping[str, str], column: str, allowed: range) -> int:
    digits = re.sub(r"[\s\u00a0\u202f]", "", cells[column])
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        raise BadTable(f"la colonne {column} attend un nombre entier, et non « {digits[:60]} »")
    if int(digits) not in allowed:
        raise BadTable(
            f"la colonne {column} va de {allowed[0]} à {allowed[-1]}, et non « {digits} »"
        )
    return int(digits)


def _hundredths(cells: Mapping[str, str], column: str) -> int:
    amount, _kind = mend(cells[column])
    if not re.fullmatch(r"-?\d{1,9}(\.\d+)?", amount):
        raise BadTable(f"la colonne {column} attend un nombre, et non « {cells[column][:60]} »")
    whole, _dot, rest = amount.lstrip("-").partition(".")
    cents = int(whole) * 100 + int((rest + "00")[:2]) + (rest[2:3] >= "5")
    return -cents if amount.startswith("-") else cents


def _source(cells: Mapping[str, str]) -> str:
    source = " ".join(cells["source"].split())
    if not source or len(source) > 200:
        raise BadTable("la colonne source nomme d'où vient le chiffre, en 200 caractères au plus")
    return source
