"""An SCDL table of a budget that somebody else made: checked, identified, published as it is.

It says less than a TOTEM document: neither the number of an amending decision, nor the norm, nor
whether the budget is a main one. What it does not say stays empty, or as the dataset has it.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path
from typing import Any

from ckanext.budget.publication.prepared import Prepared
from ckanext.budget.totem.checks import check_file
from ckanext.budget.totem.columns import COLUMNS
from ckanext.budget.totem.errors import TotemError
from ckanext.budget.totem.files import sha256_of
from ckanext.budget.totem.model import Header, Stage

_HEAD = 4096
_COLUMN = re.compile(rb"\bBGT_(?:NATDEC|SIRET|CONTNAT|NATURE)\b")
_ANNEX = re.compile(r"\b(annexe|BA)\b", re.IGNORECASE)
_IDENTITY = ("BGT_SIRET", "BGT_ANNEE", "BGT_NATDEC", "BGT_NOM")

_NO_IDENTITY = (
    "Cette table SCDL ne dit pas de quel budget elle est : il faut un SIRET de 14 chiffres "
    "(BGT_SIRET), un exercice (BGT_ANNEE) et une étape (BGT_NATDEC), dans un fichier UTF-8 dont le "
    "séparateur est la virgule ; corrigez-la à sa source."
)
_SEVERAL = (
    "Cette table SCDL réunit plusieurs budgets, exercices ou étapes : publiez un fichier par "
    "document budgétaire."
)
_OTHER_COLUMNS = (
    "Cette table a d'autres colonnes que les 22 du schéma SCDL des budgets, qui pourraient nommer "
    "des personnes : retirez-les à la source."
)


class UnusableTable(TotemError):
    """The table cannot be the budget of anybody in particular, or holds more than a budget."""


def is_table(path: Path) -> bool:
    """Whether the first line has columns of the SCDL schema of budgets."""
    with path.open("rb") as stream:
        return bool(_COLUMN.search(stream.read(_HEAD).partition(b"\n")[0]))


def prepare(path: Path, folder: Path) -> Prepared:
    """Check the table, and put it in ``folder`` with its report. Raises TotemError."""
    header = _header(path)
    table = folder / f"{header.slug}.csv"
    shutil.copyfile(path, table)
    report = check_file(table).as_dict()  # which looks at the name
    report |= {
        "header": header.as_dict(),
        "slug": header.slug,
        "sha256": sha256_of(path),
        "masked": {"policy": "", "count": ""},
    }
    text = json.dumps(report, ensure_ascii=False)
    table.with_suffix(".json").write_text(text, encoding="utf-8")
    return Prepared(header, report["sha256"], report, table)


def _header(path: Path) -> Header:
    siret, year, label, name = _identity(path)
    stage = next((stage for stage in Stage if stage.label == label.strip().lower()), None)
    if not re.fullmatch(r"\d{14}", siret) or not re.fullmatch(r"\d{4}", year) or stage is None:
        raise UnusableTable(_NO_IDENTITY)
    texts: dict[str, Any] = dict.fromkeys(Header.__dataclass_fields__, "")
    return Header(
        **texts
        | {
            "siret": siret,
            "collectivity_siret": siret,
            "name": name,
            "fiscal_year": int(year),
            "stage": stage,
            "vote_date": None,
            "budget_type": "annexe" if _ANNEX.search(name) else "principal",
            "by_function": False,
            "population": None,
            "is_draft": False,
            "is_cfu": False,
        }
    )


def _identity(path: Path) -> tuple[str, str, str, str]:
    """SIRET, exercise, stage and name, the same in every row."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as source:
            table = csv.DictReader(source)
            columns = table.fieldnames or []
            if not set(_IDENTITY) <= set(columns):
                raise UnusableTable(_NO_IDENTITY)
            if not set(columns) <= set(COLUMNS):
                raise UnusableTable(_OTHER_COLUMNS)
            found: dict[tuple[str, str, str], str] = {}
            for row in table:
                if None in row:
                    raise UnusableTable(_OTHER_COLUMNS)
                siret, year, label, name = (row[column] or "" for column in _IDENTITY)
                found.setdefault((siret.replace(" ", ""), year.strip(), label), name)
                if len(found) > 1:
                    raise UnusableTable(_SEVERAL)
    except (UnicodeDecodeError, csv.Error):
        raise UnusableTable(_NO_IDENTITY) from None
    for (siret, year, label), name in found.items():
        return siret, year, label, name
    raise UnusableTable(_NO_IDENTITY)
