"""An SCDL table made elsewhere, masked by the same policy, row by row.

Its numbers say nothing of anybody; its texts may. When the caller says which chart of accounts the
table follows, the label of a known code is the chart's own (the text of the file goes). The other
labels, ``BGT_OPERATION`` and the texts of any other column are examined for personal names, and
masked when they read as one. A code, an amount, a number that is not of its type is masked too.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TextIO

from ckanext.budget.totem.nomenclature import Plan, load
from ckanext.budget.totem.privacy.forms import is_code, is_typed
from ckanext.budget.totem.privacy.persons import LEGAL, kind_of, names_somebody
from ckanext.budget.totem.privacy.policy import MASK, POLICIES

_LABELS = {
    "BGT_CONTNAT_LABEL": "BGT_CONTNAT",
    "BGT_NATURE_LABEL": "BGT_NATURE",
    "BGT_FONCTION_LABEL": "BGT_FONCTION",
}
_CODES = frozenset(_LABELS.values())
# The words that the schema allows, and those of documents in another case.
_WORDS = {
    "BGT_NATDEC": re.compile(r"(?:projet de )?budget primitif|budget supplémentaire"
                             r"|décision modificative|compte administratif"
                             r"|compte financier unique", re.I),
    "BGT_SECTION": re.compile(r"fonctionnement|investissement|exploitation", re.I),
    "BGT_OPBUDG": re.compile(r"réel(?:le)?|ordre", re.I),
    "BGT_CODRD": re.compile(r"recettes?|dépenses?|r|d", re.I),
    "BGT_ARTSPE": re.compile(r"(?:non )?spécialisé|true|false|[01]", re.I),
}  # fmt: skip
_NUMBERS = re.compile(r"BGT_(?:MT\w+|CREDOUV|ANNEE|SIRET)")
_MOST_LINES = 1000
_LONGEST_HEAD = 1 << 16


@dataclass
class TableMasker:
    """Masks the rows of one SCDL table under a policy; see the module.

    ``norm``, ``variant``, ``year``: which chart knows the codes, none by default; without year,
    that of each row. ``masked``: ``{column: values}``, columns of no schema as ``*``; ``replaced``:
    labels that became the chart's; ``lines``: the first rows of the file (1 is the header) that
    hold a masked value, by column.
    """

    policy: str = "strict"
    norm: str = ""
    variant: str = ""
    year: int | None = None
    masked: Counter[str] = field(default_factory=Counter)
    replaced: Counter[str] = field(default_factory=Counter)
    lines: dict[str, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.policy not in POLICIES:
            raise ValueError(f"unknown policy: one of {', '.join(POLICIES)}")

    def rows(self, rows: Iterable[dict[str, str]]) -> Iterator[dict[str, str]]:
        """The rows, masked; nothing else of the table is kept in memory."""
        for line, row in enumerate(rows, 2):
            yield {n: self._cell(n, value or "", row, line) for n, value in row.items() if n}

    def header(self, names: Iterable[str]) -> list[str]:
        """The names of the columns: one of no schema may name somebody too."""
        return [self._title(name) for name in names]

    def _title(self, name: str) -> str:
        if not names_somebody(name):
            return name
        self._count("*", 1)
        return MASK

    def _cell(self, name: str, value: str, row: dict[str, str], line: int) -> str:
        text = value.strip()
        if not text or text == MASK:
            return value
        column = name.strip("\ufeff ").upper()
        label = self._label(column, row) if column in _LABELS else ""
        if label:
            self.replaced[column] += label != text
            return label
        if self._names_nobody(column, text):
            return value
        self._count(column if column.startswith("BGT_") else "*", line)
        return MASK

    def _names_nobody(self, column: str, text: str) -> bool:
        if column in _CODES:
            return is_code(text)
        if column in _WORDS:
            return is_code(text) or bool(_WORDS[column].fullmatch(text))
        if _NUMBERS.fullmatch(column):
            return is_typed(text)
        if column == "BGT_NOM":
            return not names_somebody(text)
        if is_typed(text) or is_code(text):
            return True
        if column in _LABELS or column == "BGT_OPERATION":
            return not names_somebody(text)
        # A column of no schema is free text: strict keeps the names of legal persons only.
        return kind_of(text) == LEGAL or (self.policy == "standard" and not names_somebody(text))

    def _label(self, column: str, row: dict[str, str]) -> str:
        """What the chart says of the code beside a label; blank when it does not know it."""
        code = (row.get(_LABELS[column]) or "").strip()
        plan = self._plan(row) if self.norm else None
        if not code or plan is None:
            return ""
        look_up = {"BGT_CONTNAT": plan.chapter, "BGT_NATURE": plan.nature}.get(
            _LABELS[column], plan.function
        )
        found = look_up(code)
        return found.label if found is not None and found.code == code else ""

    def _plan(self, row: dict[str, str]) -> Plan | None:
        year = (row.get("BGT_ANNEE") or "").strip()
        if self.year is None and not re.fullmatch("[12][0-9]{3}", year):
            return None
        return load(self.norm, self.variant or self.norm, self.year or int(year))

    def _count(self, column: str, line: int) -> None:
        self.masked[column] += 1
        lines = self.lines.setdefault(column, [])
        if len(lines) < _MOST_LINES:
            lines.append(line)


def mask_table(source: TextIO, out: TextIO, masker: TableMasker) -> None:
    """Copy an SCDL CSV (header first, ``,`` or ``;``) with its cells masked; same separator.

    ``source`` is opened with ``newline=""``. Raises ``csv.Error`` for what is no CSV, whose text
    may quote the file: the caller tells it in its own words.
    """
    head = source.readline(_LONGEST_HEAD)
    separator = ";" if head.count(";") > head.count(",") else ","
    names = next(csv.reader([head], delimiter=separator), [])
    rows = csv.DictReader(source, names, restkey="", restval="", delimiter=separator)
    writer = csv.writer(out, delimiter=separator, lineterminator="\r\n")
    writer.writerow(masker.header(names))
    writer.writerows([row.get(name, "") for name in names] for row in masker.rows(rows))
