"""The 22 columns of the SCDL budget schema, as ``schemas/scdl-budget.json`` describes them."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any, NamedTuple

SCHEMA = files("ckanext.budget") / "schemas" / "scdl-budget.json"
"""The project's own Table Schema of the 22 columns."""


class Column(NamedTuple):
    """``type`` is that of Table Schema: ``string``, ``year``, ``number`` (euros)."""

    name: str
    title: str
    type: str
    is_mandatory: bool


def _column(field: dict[str, Any]) -> Column:
    is_mandatory = field.get("constraints", {}).get("required", False)
    return Column(field["name"], field["title"], field["type"], is_mandatory)


DESCRIPTOR: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
BY_NAME = {field["name"]: _column(field) for field in DESCRIPTOR["fields"]}
"""Columns by name, in the order of the file."""

COLUMNS = tuple(BY_NAME)
MANDATORY = frozenset(name for name, column in BY_NAME.items() if column.is_mandatory)
AMOUNTS = tuple(name for name, column in BY_NAME.items() if column.type == "number")
"""The seven amounts, in euros."""
