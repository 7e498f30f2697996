"""What the tables hold: columns with their types and labels, in ``columns.tsv``."""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from ckanext.budget.totem.columns import AMOUNTS, BY_NAME, DESCRIPTOR

AMOUNT = "DECIMAL(18,2)"
"""Euros and cents, exactly: what is added up has no rounding."""


class Column(NamedTuple):
    """``type`` is DuckDB's, which Parquet keeps."""

    table: str
    name: str
    type: str
    label_fr: str
    label_en: str

    def label(self, language: str) -> str:
        """In French, or in English."""
        return self.label_en if language == "en" else self.label_fr


@lru_cache(maxsize=1)
def _all() -> tuple[Column, ...]:
    path = Path(__file__).with_name("columns.tsv")
    with path.open(encoding="utf-8", newline="") as stream:
        return tuple(Column(**row) for row in csv.DictReader(stream, delimiter="\t"))


def tables() -> list[str]:
    """Names of the tables."""
    return list(dict.fromkeys(column.table for column in _all()))


@lru_cache(maxsize=16)
def columns(table: str) -> tuple[Column, ...]:
    """In the order of the files; the 22 SCDL columns end those of ``lignes``."""
    own = tuple(column for column in _all() if column.table == table)
    return own + (tuple(map(_scdl, DESCRIPTOR["fields"])) if table == "lignes" else ())


def _scdl(field: dict[str, str]) -> Column:
    name = field["name"]
    kind = AMOUNT if name in AMOUNTS else "SMALLINT" if name == "BGT_ANNEE" else "VARCHAR"
    title = BY_NAME[name].title
    return Column("lignes", name, kind, title, field.get("description_en") or title)
