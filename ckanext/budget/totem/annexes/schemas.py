"""Table Schema descriptors (frictionless) of the CSV files: French titles, types, constraints."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from ckanext.budget.totem.annexes.accounting import Statement
from ckanext.budget.totem.structure import Field, load

Descriptor = dict[str, Any]

#: Columns that begin every file: which budget, and which line of the XML the row comes from.
CONTEXT = ("siret", "exercice", "stade", "numero", "ligne")

_CONTEXT_FIELDS: tuple[Descriptor, ...] = (
    {
        "name": "siret",
        "title": "SIRET du budget",
        "type": "string",
        "description": "SIRET de l'établissement dont c'est le budget (EnTeteBudget/IdEtab).",
        "constraints": {"required": True, "pattern": "^[0-9]{14}$"},
    },
    {
        "name": "exercice",
        "title": "Exercice",
        "type": "year",
        "description": "Année du budget (BlocBudget/Exer).",
        "constraints": {"required": True},
    },
    {
        "name": "stade",
        "title": "Stade du budget",
        "type": "string",
        "description": "BP budget primitif, DM décision modificative, BS budget supplémentaire, "
        "CA compte administratif, CFU compte financier unique.",
        "constraints": {"required": True, "enum": ["BP", "DM", "BS", "CA", "CFU"]},
    },
    {
        "name": "numero",
        "title": "Numéro de la décision",
        "type": "string",
        "description": "Numéro de la décision modificative, vide sinon (BlocBudget/NumDec).",
    },
    {
        "name": "ligne",
        "title": "Ligne du fichier XML",
        "type": "integer",
        "description": "Ligne du document XML où commence l'enregistrement.",
        "constraints": {"required": True, "minimum": 1},
    },
)

_TYPES = {
    "integer": "integer",
    "amount": "number",
    "date": "date",
    "year": "year",
    "month": "yearmonth",
    "boolean": "boolean",
}


def _field(field: Field) -> Descriptor:
    """One column from the facts of the XSD: type, length, pattern, codes and their labels."""
    kind = _TYPES.get(field.kind, "string")
    found: Descriptor = {"name": field.name, "title": field.title, "type": kind}
    if field.supplement:
        found["description"] = "Élément plus récent que la version 95 du schéma national."
    if field.kind == "boolean":
        found |= {"trueValues": ["true", "1"], "falseValues": ["false", "0"]}
    constraints = _constraints(field, kind)
    if constraints:
        found["constraints"] = constraints
    if any(field.codes.values()):
        found["codes"] = field.codes
    return found


def _constraints(field: Field, kind: str) -> Descriptor:
    found: Descriptor = {}
    # A mandatory text may be empty (V=""), and an empty cell is a missing value.
    if field.required and field.kind != "text":
        found["required"] = True
    if field.codes:
        found["enum"] = list(field.codes)
    if kind == "string" and field.max_length and not field.codes:
        found["maxLength"] = field.max_length
    if kind == "string" and field.pattern:
        found["pattern"] = f"^{field.pattern}$"
    return found


class Description(NamedTuple):
    """What a table's schema says: ``fields`` are the JSON texts of the columns that are known,
    ``columns`` those that the table has even when they are empty."""

    name: str
    title: str
    text: str
    fields: dict[str, str]
    columns: tuple[str, ...]


@lru_cache(maxsize=256)  # a document may invent names
def annex_description(annex: str) -> Description:
    """Of an annex, by its name without ``DATA_``."""
    block, fields = load().annex(annex), load().fields(annex)
    return Description(
        annex.lower(),
        block.title if block else f"Annexe {annex}",
        f"Annexe DATA_{annex} du document budgétaire TOTEM, données personnelles masquées.",
        as_texts((*_CONTEXT_FIELDS, *map(_field, fields))),
        (*CONTEXT, *(field.name for field in fields if not field.supplement)),
    )


@lru_cache(maxsize=256)
def statement_description(statement: Statement) -> Description:
    """Of a statement of the accounting side of a CFU."""
    return Description(
        statement.slug,
        statement.title,
        f"{statement.title} du compte financier unique ; montants en {statement.unit}.",
        as_texts((*_CONTEXT_FIELDS, *map(_field, load().fields("LigneComptable")))),
        (*CONTEXT, *statement.columns),
    )


def as_texts(fields: Iterable[Descriptor]) -> dict[str, str]:
    """Each descriptor of a column as JSON, written once for all documents."""
    return {field["name"]: _json(field) for field in fields}


def schema_text(description: Description, columns: Iterable[str]) -> str:
    """The Table Schema of a table with these columns, as JSON; empty cells are missing values."""
    head = _json(
        {
            "$schema": "https://frictionlessdata.io/schemas/table-schema.json",
            "name": description.name,
            "title": description.title,
            "description": description.text,
            "countryCode": "FR",
            "missingValues": [""],
        }
    )
    fields = (description.fields.get(name) or _json(_unknown(name)) for name in columns)
    return head.removesuffix("\n}") + ',\n "fields": [\n' + ",\n".join(fields) + "\n ]\n}\n"


def _unknown(name: str) -> Descriptor:
    return {
        "name": name,
        "title": name,
        "type": "string",
        "description": "Élément absent du schéma national, repris tel quel.",
    }


def _json(value: Descriptor) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)
