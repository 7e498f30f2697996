"""SCDL tables (CSV) with one fault each: a sound document converted, then spoilt."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from typing import NamedTuple

from ckanext.budget.totem.privacy.policy import MASK

Table = list[dict[str, str]]
Change = Callable[[Table], Table]
EXTRA = 123_400


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


def _amount(row: dict[str, str], column: str) -> int:
    """Cents of an amount without sign."""
    whole, _, rest = row[column].partition(".")
    return int(whole) * 100 + int(rest.ljust(2, "0"))


def _moved(
    where: Callable[[dict[str, str]], bool], change: int, column: str = "BGT_MTPREV"
) -> Change:
    """Adds ``change`` cents to the largest amount among rows that suit."""

    def apply(table: Table) -> Table:
        found = [row for row in table if where(row) and row[column] and row[column][0] != "-"]
        row = max(found, key=lambda row: _amount(row, column))
        total = _amount(row, column) + change
        row[column] = f"{total // 100}.{total % 100:02d}"
        return table

    return apply


def _both(*changes: Change) -> Change:
    def apply(table: Table) -> Table:
        for change in changes:
            table = change(table)
        return table

    return apply


def _wrong_key(table: Table) -> Table:
    """The SIRET's last digit changed on every row."""
    siret = table[0]["BGT_SIRET"]
    return _all("BGT_SIRET", siret[:-1] + str((int(siret[-1]) + 1) % 10))(table)


def _real(section: str) -> Callable[[dict[str, str]], bool]:
    """Real expenses of a section that have an account."""
    return lambda row: (
        (row["BGT_OPBUDG"], row["BGT_CODRD"], row["BGT_SECTION"]) == ("réel", "dépense", section)
        and len(row["BGT_NATURE"]) > 3
    )


def _order(chapter: str) -> Callable[[dict[str, str]], bool]:
    return lambda row: (row["BGT_CONTNAT"], row["BGT_CODRD"]) == (chapter, "dépense")


def _times(factor: int, *columns: str) -> Change:
    """Multiplies the amounts of some columns."""

    def apply(table: Table) -> Table:
        for row in table:
            for column in columns:
                if row[column]:
                    total = factor * (-1 if row[column][0] == "-" else 1)
                    total *= _amount({column: row[column].lstrip("-")}, column)
                    sign, total = "-" * (total < 0), abs(total)
                    row[column] = f"{sign}{total // 100}.{total % 100:02d}"
        return table

    return apply


def _negative(table: Table) -> Table:
    spent = [row for row in table if row["BGT_CODRD"] == "dépense"]
    _times(-1, *AMOUNTS)(spent)
    return table


AMOUNTS = (
    "BGT_MTREAL", "BGT_MTBUDGPREC", "BGT_MTRARPREC", "BGT_MTPROPNOUV", "BGT_MTPREV", "BGT_CREDOUV",
    "BGT_MTRAR3112",
)  # fmt: skip


def _repeated(table: Table) -> Table:
    """A row without amount but zero, twice: the sums stay."""
    first = next(row for row in table if any(row[column] for column in AMOUNTS))
    first["BGT_MTRAR3112"] = first["BGT_MTRAR3112"] or "1.00"
    zero = first | dict.fromkeys(AMOUNTS, "0.00") | {"BGT_MTRAR3112": "1.00"}
    return [*table, zero, dict(zero)]


def _no_order(row: dict[str, str]) -> bool:
    return row["BGT_OPBUDG"] == "réel"


class TableFault(NamedTuple):
    """summary: in French; change: of the rows; stage: of the document; codec: of the file."""

    summary: str
    change: Change
    stage: str = "BP"
    codec: str = "utf-8"


TABLES: dict[str, TableFault] = {
    "C-TAB-001": TableFault("colonne absente d'un tableau SCDL", _without("BGT_ARTSPE")),
    "C-TAB-002": TableFault("cellule hors du schéma SCDL", _set("BGT_CODRD", "")),
    "C-TAB-003": TableFault(
        "autre tableau, sans les colonnes de SCDL",
        lambda table: [{"colonne": row["BGT_CODRD"]} for row in table],
    ),
    "C-TAB-004": TableFault("tableau SCDL dans un autre encodage", list, codec="cp1252"),
    "C-TAB-005": TableFault(
        "liste en majuscules, tableau SCDL", _all("BGT_NATDEC", "BUDGET PRIMITIF")
    ),
    "C-TAB-006": TableFault("montant en notation scientifique", _set("BGT_CREDOUV", "1.2E+04")),
    "C-TAB-007": TableFault("ligne répétée dans un tableau SCDL", _repeated),
    "C-TAB-008": TableFault("tableau SCDL sans montant", _both(*(_all(c, "") for c in AMOUNTS))),
    "C-TAB-009": TableFault("dépenses négatives, tableau SCDL", _negative),
    "C-TAB-010": TableFault(
        "centimes pour euros, tableau SCDL",
        _times(100, *(column for column in AMOUNTS if column != "BGT_MTBUDGPREC")),
    ),
    "C-TAB-011": TableFault("chapitre d'une autre forme", _set("BGT_CONTNAT", "92-2", _no_order)),
    "C-PRI-001": TableFault("nom de personne occulté, tableau SCDL", _all("BGT_NOM", MASK)),
    "C-DOC-001": TableFault("tableau SCDL sans ligne", lambda table: []),
    "C-IDE-001": TableFault("clé du SIRET fausse dans un tableau SCDL", _wrong_key),
    "C-IDE-002": TableFault("deux exercices dans un tableau SCDL", _set("BGT_ANNEE", "2012")),
    "C-IDE-003": TableFault("exercice invraisemblable, tableau SCDL", _all("BGT_ANNEE", "1789")),
    "C-ARI-001": TableFault(
        "ordre entre sections à un seul côté, tableau SCDL",
        _both(_moved(_order("042"), EXTRA), _moved(_real("fonctionnement"), -EXTRA)),
    ),
    "C-ARI-002": TableFault(
        "ordre dans une section à un seul côté, tableau SCDL",
        _both(_moved(_order("041"), EXTRA), _moved(_real("investissement"), -EXTRA)),
    ),
    "C-ARI-003": TableFault(
        "section en déséquilibre, tableau SCDL", _moved(_real("fonctionnement"), EXTRA)
    ),
    "C-ARI-004": TableFault(
        "dépenses au-delà des crédits, tableau SCDL",
        _moved(_real("fonctionnement"), 10**11, "BGT_MTREAL"),
        "CA",
    ),
}


def _written(columns: Iterable[str], table: Table, codec: str) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(columns))
    writer.writeheader()
    writer.writerows(table)
    return out.getvalue().encode(codec, "replace")


def spoil(code: str, document: bytes) -> bytes:
    """The SCDL table of ``document`` with the fault ``code``."""
    fault = TABLES[code]
    reader = csv.DictReader(io.StringIO(convert(document), newline=""))
    table = fault.change(list(reader))
    columns = table[0] if table else reader.fieldnames or ()
    return _written(columns, table, fault.codec)
