"""Table Schema descriptors (frictionless) of the CSV files: French titles, types, constraints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ckanext.budget.totem.structure import Field

__all__ = ["CONTEXT", "CONTEXT_FIELDS", "descriptor", "field_descriptor", "write_schema"]

Descriptor = dict[str, Any]

#: Columns that begin every file: which budget, and which line of the XML the row comes from.
CONTEXT = ("siret", "exercice", "stade", "numero", "ligne")

CONTEXT_FIELDS: tuple[Descriptor, ...] = (
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


def field_descriptor(field: Field) -> Descriptor:
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


def descriptor(name: str, title: str, fields: list[Descriptor], description: str) -> Descriptor:
    """A whole Table Schema; empty cells are missing values."""
    return {
        "$schema": "https://frictionlessdata.io/schemas/table-schema.json",
        "name": name,
        "title": title,
        "description": description,
        "countryCode": "FR",
        "missingValues": [""],
        "fields": fields,
    }


def write_schema(path: Path, schema: Descriptor) -> None:
    """Write a descriptor as readable JSON."""
    path.write_text(json.dumps(schema, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
