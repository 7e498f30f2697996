"""The line that names the columns: where it is, how it is cut, which column is where."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import lru_cache

from ckanext.budget.totem.columns import COLUMNS, MANDATORY
from ckanext.budget.totem.tables import national
from ckanext.budget.totem.tables.cells import Mender
from ckanext.budget.totem.tables.errors import TooManyColumns
from ckanext.budget.totem.tables.log import Log
from ckanext.budget.totem.tables.text import folded

DELIMITERS = {
    ",": "la virgule",
    ";": "« ; »",
    "\t": "une tabulation",
    "|": "« | »",
    ":": "« : »",
    "~": "« ~ »",
}
LOOKED_AT = 60
"""Lines in which the header is looked for."""

MAX_COLUMNS = 300
_ALIKE = 0.85
"""Likeness of a name that was mistyped to the column's."""
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
    """``line``: of the file, 1 the first, 0 when it has none; ``names``: as written; ``places``:
    column -> position.

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
    """Name -> column: the schema's names, with and without prefix, and human titles."""
    names = {_squeezed(field["title"]): column for column, field in national.fields().items()}
    for column, others in _OTHER_NAMES.items():
        names |= dict.fromkeys(map(_squeezed, others.split("|")), column)
    for column in COLUMNS:
        names[_squeezed(column)] = names[_squeezed(column.removeprefix("BGT_"))] = column
    return names


def _squeezed(name: str) -> str:
    """Without case, accent, sign nor blank: ``bgtnatdec``."""
    return folded(name).replace(" ", "")


def column_of(name: str) -> str:
    """The column that a name stands for, empty for none."""
    return known_names().get(_squeezed(name[:200]), "")


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
    return with_mistyped(best) if best else _headless(lines[:_FEWEST])


def with_mistyped(header: Header) -> Header:
    """The header with the columns whose name has one mistake (BGT_NATURE_LABL), when there is one
    way to read it."""
    places = dict(header.places)
    for place, name in enumerate(header.names):
        key = _squeezed(name[:50])
        if key.startswith("bgt") and place not in places.values():
            missing = (column for column in COLUMNS if column not in header.places)
            alike = [
                column
                for column in missing
                if SequenceMatcher(None, key, _squeezed(column)).ratio() >= _ALIKE
            ]
            if len(alike) == 1:
                places.setdefault(alike[0], place)
    return replace(header, places=places)


def _headless(lines: Sequence[str]) -> Header | None:
    for line in lines:
        for delimiter, cells, is_wrapped in _cuts(line):
            if is_row(cells):
                return in_order(delimiter, is_wrapped=is_wrapped)
    return None


def in_order(delimiter: str, *, is_wrapped: bool = False) -> Header:
    """The header that a file without one should have."""
    places = {column: place for place, column in enumerate(COLUMNS)}
    return Header(0, delimiter, COLUMNS, places, is_wrapped)


def is_row(cells: Sequence[str]) -> bool:
    """Whether the cells are surely a row of the 22 columns, in their order."""
    if len(cells) != len(COLUMNS):
        return False
    mended = Mender(Log())(1, [cells[0].strip("\ufeff"), *cells[1:]])
    return all(map(national.accepts, COLUMNS, mended))


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
    if not line:
        log.met("no-header", 1)
        return
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
        log.met("same-column", line, fill=", ".join(twice))
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
    read = set(header.places.values())
    extra = [
        str(place + 1)
        for place, name in enumerate(header.names)
        if name and place not in read and not column_of(name)
    ]
    if extra:
        log.met("extra-columns", header.line, fill=", ".join(extra[:10]))
