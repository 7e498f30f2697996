"""What the files are: a Data Package with its schemas, a dictionary, checksums."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from ckanext.budget import config
from ckanext.budget.opendata import schema
from ckanext.budget.opendata.store import MANIFEST
from ckanext.budget.totem.files import sha256_of

DICTIONARY, SUMS = "dictionnaire.csv", "SHA256SUMS"
TITLE = "Budgets locaux : toutes les lignes de tous les documents publiés"
TEXT = (
    "Toutes les lignes budgétaires des documents publiés sur ce portail, réunies : Parquet par "
    "exercice et étape, CSV par exercice, et tables des documents, des collectivités, des "
    "totaux, des indicateurs, des subventions et de la dette. Les montants sont en euros, au "
    "centime. Données personnelles occultées ; un document retiré du portail quitte ces fichiers à "
    "la mise à jour suivante. Un document ne s'additionne pas avec un autre du même budget : la "
    "colonne « reference » de la table des documents dit lequel retenir."
)
_TITLES = {
    "lignes": "Lignes",
    "csv": "Lignes",
    "documents": "Documents",
    "collectivites": "Collectivités",
    "totaux": "Totaux par document et catégorie",
    "indicateurs": "Indicateurs",
    "subventions": "Subventions versées",
    "dette": "Dette",
}
_TYPES = {
    "VARCHAR": "string",
    "SMALLINT": "integer",
    "INTEGER": "integer",
    "DATE": "date",
    schema.AMOUNT: "number",
}


def describe(folder: Path, former: dict[str, Any], created: str) -> None:
    """Write the Data Package, the dictionary and the checksums of the files of ``folder``.

    ``former``: the former Data Package; a file that is the same as then is not read again.
    """
    _write_dictionary(folder / DICTIONARY)
    known = {item["path"]: item for item in former.get("resources", ())}
    names = sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )
    items = [_item(folder, name, known.get(name)) for name in names if not name.startswith(".")]
    package = {
        "name": "budgets-toutes-les-lignes",
        "title": TITLE,
        "description": TEXT,
        "created": created,
        "licenses": [{"name": config.default_licence()}],
        "resources": items,
    }
    text = json.dumps(package, ensure_ascii=False, indent=1)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    sums = [f"{item['hash'].removeprefix('sha256:')}  {item['path']}\n" for item in items]
    (folder / SUMS).write_text("".join(sums), encoding="utf-8")


def title_of(path: str) -> str:
    """What a person reads: ``Lignes 2022, CA (Parquet)``."""
    table, *rest = path.split("/")
    parts = [part.partition("=")[2] for part in rest if "=" in part]
    if table == "csv":
        parts = [rest[0].removeprefix("lignes-").removesuffix(".csv.gz")]
    kind = "CSV" if path.endswith(".csv.gz") else "Parquet"
    name = {DICTIONARY: "Dictionnaire des données", MANIFEST: "Description et schémas"}
    if path in (DICTIONARY, MANIFEST):
        return name[path]
    return f"{_TITLES.get(table, table)} {', '.join(parts)}".strip() + f" ({kind})"


def _item(folder: Path, name: str, known: dict[str, Any] | None) -> dict[str, Any]:
    path = folder / name
    found = path.stat()
    stamp = f"{found.st_size} {found.st_mtime_ns} {found.st_ino}"
    if known and known.get("stamp") == stamp:
        return known
    table = "lignes" if name.startswith("csv/") else name.partition("/")[0]
    item: dict[str, Any] = {
        "name": name.replace("/", "-").replace("=", "-").lower(),
        "path": name,
        "title": title_of(name),
        "format": "csv" if name.endswith((".csv", ".csv.gz")) else "parquet",
        "bytes": found.st_size,
        "hash": f"sha256:{sha256_of(path)}",
        "stamp": stamp,
    }
    if table in schema.tables():
        item["schema"] = {"fields": [_field(column) for column in schema.columns(table)]}
    return item


def _field(column: schema.Column) -> dict[str, str]:
    return {"name": column.name, "type": _TYPES[column.type], "title": column.label_fr}


def _write_dictionary(path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(("table", "colonne", "type", "sens", "meaning"))
        for table in schema.tables():
            for column in schema.columns(table):
                writer.writerow(tuple(column))
