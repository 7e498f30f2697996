"""The line that names the columns: where it is, how it is cut, which column is where."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ckanext.budget.totem.columns import COLUMNS, MANDATORY
from ckanext.budget.totem.tables.errors import TooManyColumns
from ckanext.budget.totem.tables.log import Log
from ckanext.budget.totem.tables.text import folded

SCHEMA = Path(__file__).parents[2] / "schemas" / "scdl-budget.json"
"""The project's own Table Schema of the 22 columns."""

DELIMITERS = {",": "la virgule", ";": "« ; »", "\t": "une tabulation", "|": "« | »"}
LOOKED_AT = 60
"""Lines in which the header is looked for."""

MAX_COLUMNS = 300
_FEWEST = 3
"""Known columns that make a header."""
_SURE = 8
"""Known columns, by their human titles, that no other table of a body would have."""

# What people call the columns, beside the titles of the schema. Folded.
_OTHER_NAMES = {
    "BGT_NATDEC": "etape|nature de la decision|stade|document budgetaire",
    "BGT_ANNEE": "annee|exercice|exercice budgetaire",
    "BGT_SIRET": "siret|siret de la collectivite|numero siret",
    "BGT_NOM": "nom|collectivite|nom de l etablissement",
    "BGT_CONTNAT": "chapitre nature|code chapitre",
    "BGT_CONTNAT_LABEL": "libelle chapitre|chapitre libelle",
    "BGT_NATURE": "nature|article|compte|code nature",
    "BGT_NATURE_LABEL": "libelle nature|libelle de la nature|libelle article|libelle compte",
    "BGT_FONCTION": "code fonction",
    "BGT_FONCTION_LABEL": "libelle fonction",
    "BGT_OPERATION": "code operation",
    "BGT_SECTION": "section budgetaire",
    "BGT_OPBUDG": "reel ordre|operation budgetaire|type d operation",
    "BGT_CODRD": "recette depense|depense recette|sens|depense ou recette",
    "BGT_MTREAL": "realise|montant realise|realisations",
    "BGT_MTBUDGPREC": "montant du budget precedent|montant budget precedent",
    "BGT_MTRARPREC": "restes a realiser de l exercice precedent|rar n 1|montant rar precedent",
    "BGT_MTPROPNOUV": "montant propositions nouvelles|proposition nouvelle",
    "BGT_MTPREV": "vote|montant vote|montant prevu|montant previsionnel",
    "BGT_CREDOUV": "credits ouverts|montant credits ouverts",
    "BGT_MTRAR3112": "rar au 31 12|restes a realiser|montant rar au 31 12",
    "BGT_ARTSPE": "specialise|article specialise|specialisation",
}


@dataclass(frozen=True)
class Header:
    """``line``: of the file, 1 the first; ``names``: as written; ``places``: column -> position.

    ``is_wrapped``: the line was one quoted cell, and so are the others.
    """

    line: int
    delimiter: str
    names: tuple[str, ...]
    places: dict[str, int]
    is_wrapped: bool = False

    @property
    def width(self) -> int:
        """How many cells a row has."""
        return len(self.names)


@lru_cache(maxsize=1)
def known_names() -> dict[str, str]:
    """Folded name -> column: the schema's names, with and without prefix, and human titles."""
    fields = json.loads(SCHEMA.read_text(encoding="utf-8"))["fields"]
    names = {folded(field["title"]): field["name"] for field in fields}
    for column, others in _OTHER_NAMES.items():
        names |= dict.fromkeys(others.split("|"), column)
    for column in COLUMNS:
        names[folded(column)] = names[folded(column.removeprefix("BGT_"))] = column
    return names


def column_of(name: str) -> str:
    """The column that a name stands for, empty for none."""
    return known_names().get(folded(name[:200]), "")


def is_of_a_budget(header: Header | None) -> bool:
    """Whether the columns are those of a budget and of nothing else: a list of grants has a SIRET,
    a year and a name too."""
    if header is None:
        return False
    own = sum(name.upper().startswith("BGT_") for name in header.names)
    return own >= _FEWEST or len(header.places) >= _SURE


def find(lines: Sequence[str]) -> Header | None:
    """The line with the most known columns, the first among equals."""
    best, most = None, _FEWEST - 1
    for number, line in enumerate(lines[:LOOKED_AT], start=1):
        for delimiter, cells, is_wrapped in _cuts(line):
            places = places_of(cells)
            if len(places) > most:
                names = tuple(cell.strip().strip("\ufeff") for cell in cells)
                best, most = Header(number, delimiter, names, places, is_wrapped), len(places)
    return best


def _cuts(line: str) -> Iterator[tuple[str, list[str], bool]]:
    for delimiter in DELIMITERS:
        if delimiter not in line:
            continue
        cells = cut(line, delimiter)
        if len(cells) == 1 and delimiter in cells[0]:
            yield delimiter, cut(cells[0], delimiter), True
        else:
            yield delimiter, cells, False


def cut(line: str, delimiter: str) -> list[str]:
    """The cells of one line; a line that is no CSV has none."""
    try:
        return next(csv.reader([line.rstrip("\r\n")], delimiter=delimiter), [])
    except csv.Error:
        return []


def places_of(cells: Sequence[object]) -> dict[str, int]:
    """Column -> position of its first occurrence. Raises TooManyColumns."""
    places: dict[str, int] = {}
    for place, cell in enumerate(cells[: MAX_COLUMNS + 1]):
        column = column_of(str(cell))
        if column:
            places.setdefault(column, place)
    if len(cells) > MAX_COLUMNS and len(places) >= _FEWEST and any(cells[MAX_COLUMNS:]):
        raise TooManyColumns(
            f"Le fichier a plus de {MAX_COLUMNS} colonnes : gardez les 22 du schéma SCDL budget."
        )
    return places


def tell(header: Header, log: Log) -> None:
    """Note what deviates from the 22 columns, in order, under their names."""
    line, names = header.line, header.names
    _tell_names(header, log)
    order = [header.places[column] for column in COLUMNS if column in header.places]
    if order != sorted(order):
        log.met("header-order", line)
    for kind, columns in (
        ("missing-mandatory", [c for c in COLUMNS if c in MANDATORY]),
        ("missing-optional", [c for c in COLUMNS if c not in MANDATORY]),
    ):
        missing = [column for column in columns if column not in header.places]
        if missing:
            log.met(kind, line, fill=", ".join(missing))
    twice = [c for c in header.places if [column_of(name) for name in names].count(c) > 1]
    if twice:
        log.met("repeated-column", line, fill=", ".join(twice))
    unnamed = [place for place, name in enumerate(names) if not name]
    if unnamed:
        log.met("empty-columns", line)


def _tell_names(header: Header, log: Log) -> None:
    written = {column: header.names[place] for column, place in header.places.items()}
    odd = [c for c in COLUMNS if c in written and written[c] != c]
    if odd and all(written[column].upper() == column for column in odd):
        log.met("header-case", header.line)
    elif odd:
        log.met("header-names", header.line, fill=", ".join(odd))
    extra = [
        str(place + 1) for place, name in enumerate(header.names) if name and not column_of(name)
    ]
    if extra:
        log.met("extra-columns", header.line, fill=", ".join(extra[:10]))
