"""The published CSV in the DataStore: PostgreSQL's COPY, right types, replaced in one go.

Codes are text (``001`` stays ``001``), the exercise is an integer, amounts are numeric. The table
is filled before the resource is shown, in a transaction of its own: a reader sees the former rows
or the new ones, never a mixture.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import sqlalchemy as sa

__all__ = ["drop", "fields_of", "load"]

LABELS = {
    "BGT_NATDEC": "Étape budgétaire",
    "BGT_ANNEE": "Exercice",
    "BGT_SIRET": "SIRET",
    "BGT_NOM": "Collectivité",
    "BGT_CONTNAT": "Chapitre",
    "BGT_CONTNAT_LABEL": "Libellé du chapitre",
    "BGT_NATURE": "Compte par nature",
    "BGT_NATURE_LABEL": "Libellé du compte",
    "BGT_FONCTION": "Fonction",
    "BGT_FONCTION_LABEL": "Libellé de la fonction",
    "BGT_OPERATION": "Opération",
    "BGT_SECTION": "Section",
    "BGT_OPBUDG": "Réel ou ordre",
    "BGT_CODRD": "Recette ou dépense",
    "BGT_MTREAL": "Montant réalisé",
    "BGT_MTBUDGPREC": "Budget précédent",
    "BGT_MTRARPREC": "Restes à réaliser de l'exercice précédent",
    "BGT_MTPROPNOUV": "Propositions nouvelles",
    "BGT_MTPREV": "Montant voté",
    "BGT_CREDOUV": "Crédits ouverts",
    "BGT_MTRAR3112": "Restes à réaliser au 31 décembre",
    "BGT_ARTSPE": "Spécialisation",
}
"""French labels of the SCDL budget columns, for the data dictionary."""

_AMOUNTS = frozenset(name for name in LABELS if name.startswith("BGT_MT")) | {"BGT_CREDOUV"}


def fields_of(columns: list[str]) -> list[dict[str, Any]]:
    """DataStore fields: type and data dictionary; an unknown column is text under its own name."""
    return [
        {
            "id": column,
            "type": _type_of(column),
            "info": {"label": LABELS.get(column, column)},
        }
        for column in columns
    ]


def _type_of(column: str) -> str:
    if column in _AMOUNTS:
        return "numeric"
    return "int4" if column == "BGT_ANNEE" else "text"


def load(resource_id: str, path: Path) -> int:
    """Make the DataStore table ``resource_id`` hold exactly the rows of the CSV file; count them.

    Works before the resource exists in CKAN, and again after a crash: the table is replaced.
    """
    backend = _backend()
    fields = fields_of(_columns(path))
    _ensure_table(backend, resource_id, fields)
    rows = _replace_rows(resource_id, [field["id"] for field in fields], path)
    backend.clear_table_stats(resource_id)
    backend.calculate_record_count(resource_id)
    return rows


def drop(resource_id: str) -> None:
    """Remove the table, if there is one."""
    backend = _backend()
    if backend.resource_exists(resource_id):
        backend.delete({}, {"resource_id": resource_id})


def _backend() -> Any:
    from ckanext.datastore.backend import DatastoreBackend

    return DatastoreBackend.get_active_backend()


def _engine() -> sa.Engine:
    from ckanext.datastore.backend.postgres import get_write_engine

    return get_write_engine()


def _columns(path: Path) -> list[str]:
    with open(path, encoding="utf-8-sig", newline="") as stream:
        return next(csv.reader(stream))


def _ensure_table(backend: Any, resource_id: str, fields: list[dict[str, Any]]) -> None:
    """Create the table, or make it again when its columns are not the expected ones.

    The action ``datastore_create`` is not used: it wants the resource to exist, and patches it,
    which is a second write of the dataset. The backend adds the full-text trigger and the rights.
    """
    if backend.resource_exists(resource_id):
        if _column_types(resource_id) == [(field["id"], field["type"]) for field in fields]:
            return
        backend.delete({}, {"resource_id": resource_id})
    backend.create({}, {"resource_id": resource_id, "fields": fields}, {})


def _column_types(resource_id: str) -> list[tuple[str, str]]:
    query = sa.text(
        "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute "
        "WHERE attrelid = CAST(quote_ident(:table) AS regclass) AND attnum > 0 "
        "AND NOT attisdropped AND attname NOT IN ('_id', '_full_text') ORDER BY attnum"
    )
    names = {"integer": "int4"}
    with _engine().connect() as connection:
        rows = connection.execute(query, {"table": resource_id}).fetchall()
    return [(name, names.get(kind, kind)) for name, kind in rows]


def _replace_rows(resource_id: str, columns: list[str], path: Path) -> int:
    table = _quoted(resource_id)
    listed = ", ".join(_quoted(column) for column in columns)
    connection = _engine().raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(f"TRUNCATE {table} RESTART IDENTITY")
        with open(path, encoding="utf-8-sig", newline="") as stream:
            cursor.copy_expert(
                f"COPY {table} ({listed}) FROM STDIN "
                "WITH (FORMAT csv, HEADER true, ENCODING 'UTF8')",
                stream,
            )
        rows = cursor.rowcount
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    finally:
        connection.close()
    return rows


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
