"""SCDL tables (CSV) with one fault each: a sound document converted, then spoilt."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable

__all__ = ["TABLES", "convert", "spoil"]

Table = list[dict[str, str]]
Change = Callable[[Table], Table]


def convert(document: bytes) -> str:
    """SCDL CSV of a document, by the library itself."""
    from ckanext.budget.totem.scdl import write

    out = io.BytesIO()
    write(io.BytesIO(document), out)
    return out.getvalue().decode("utf-8")


def _set(column: str, value: str, where: Callable[[dict[str, str]], bool] = bool) -> Change:
    """Gives ``column`` a value on the first row that suits."""
    def change(table: Table) -> Table:
        row = next(row for row in table if where(row))
        row[column] = value
        return table
    return change


def _all(column: str, value: str) -> Change:
    def change(table: Table) -> Table:
        for row in table:
            row[column] = value
        return table
    return change


def _without(column: str) -> Change:
    def change(table: Table) -> Table:
        return [{name: value for name, value in row.items() if name != column} for row in table]
    return change


def _raised(where: Callable[[dict[str, str]], bool]) -> Change:
    """Adds a million euros to one voted amount."""
    def change(table: Table) -> Table:
        row = next(row for row in table if where(row) and row["BGT_MTPREV"])
        row["BGT_MTPREV"] = f"1{row['BGT_MTPREV'].zfill(9)}"
        return table
    return change


def _wrong_key(table: Table) -> Table:
    """The SIRET's last digit changed on every row."""
    siret = table[0]["BGT_SIRET"]
    return _all("BGT_SIRET", siret[:-1] + str((int(siret[-1]) + 1) % 10))(table)


def _real(row: dict[str, str]) -> bool:
    return row["BGT_OPBUDG"] == "réel" and row["BGT_CODRD"] == "dépense" and (
        row["BGT_SECTION"] == "fonctionnement")


TABLES: dict[str, tuple[str, Change]] = {
    "C-TAB-001": ("colonne absente d'un tableau SCDL", _without("BGT_NATURE_LABEL")),
    "C-TAB-002": ("cellule hors du schéma SCDL", _set("BGT_CODRD", "débit")),
    "C-IDE-001": ("clé du SIRET fausse dans un tableau SCDL", _wrong_key),
    "C-IDE-002": ("deux exercices dans un tableau SCDL", _set("BGT_ANNEE", "2001")),
    "C-ARI-001": ("ordre entre sections à un seul côté, tableau SCDL",
                  _raised(lambda row: row["BGT_CONTNAT"] == "042"
                          and row["BGT_CODRD"] == "dépense")),
    "C-ARI-002": ("ordre dans une section à un seul côté, tableau SCDL",
                  _raised(lambda row: row["BGT_CONTNAT"] == "041"
                          and row["BGT_CODRD"] == "dépense")),
    "C-ARI-003": ("section en déséquilibre, tableau SCDL", _raised(_real)),
    "C-NOM-002": ("compte inconnu, tableau SCDL", _set("BGT_NATURE", "99999", _real)),
    "C-NOM-003": ("fonction inconnue, tableau SCDL", _set("BGT_FONCTION", "ZZ", _real)),
}


def _written(table: Iterable[dict[str, str]]) -> bytes:
    rows = list(table)
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode("utf-8")


def spoil(code: str, document: bytes) -> bytes:
    """The SCDL table of ``document`` with the fault ``code``."""
    table = list(csv.DictReader(io.StringIO(convert(document), newline="")))
    return _written(TABLES[code][1](table))
