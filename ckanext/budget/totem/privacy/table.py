"""An SCDL table made elsewhere, masked row by row; both policies mask the same in it.

Its numbers say nothing of anybody; its texts may. When the chart of accounts that the table follows
is known, the label of a known code is the chart's, unless the file says no more. The other labels
and ``BGT_OPERATION`` are examined for personal names, and masked when they read as one. A code, an
amount, a number that is not of its type is masked too.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import BinaryIO

from ckanext.budget.totem.nomenclature import Plan, guess_plan
from ckanext.budget.totem.privacy.forms import is_code, is_typed
from ckanext.budget.totem.privacy.persons import (
    has_known_words_only,
    names_somebody,
    normal,
)
from ckanext.budget.totem.privacy.policy import MASK
from ckanext.budget.totem.scdl import COLUMNS
from ckanext.budget.totem.tables import Survey, Table, survey

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

_DECISIONS = 20_000


@dataclass
class TableMasker:
    """Masks the rows of one SCDL table; see the module.

    ``plan``: the chart that knows the codes. ``masked``: ``{column: values}``; ``replaced``: labels
    that became the chart's, because they said more.
    """

    plan: Plan | None = None
    masked: Counter[str] = field(default_factory=Counter)
    replaced: Counter[str] = field(default_factory=Counter)

    @property
    def count(self) -> int:
        """Values that are not the file's any more."""
        return self.masked.total() + self.replaced.total()

    def rows(self, rows: Iterable[dict[str, str]]) -> Iterator[dict[str, str]]:
        """The rows, masked, by column of the schema; none is kept in memory, but for what was
        decided of some thousands of values: rows repeat the same codes and labels."""
        decide = lru_cache(maxsize=_DECISIONS)(self._decide)
        for row in rows:
            masked = {}
            for name, value in row.items():
                code = row[_LABELS[name]].strip() if name in _LABELS else ""
                masked[name], tally = decide(name, value, code)
                if tally is not None:
                    tally[name] += 1
            yield masked

    def _decide(self, column: str, value: str, code: str) -> tuple[str, Counter[str] | None]:
        """What becomes of a value, and where it is counted if it changes. ``code``: the one beside
        a label."""
        text = value.strip()
        if not text or text == MASK:
            return value, None
        label = self._label(column, code)
        if label:
            return (value, None) if _says_no_more(text, label) else (label, self.replaced)
        return (value, None) if _names_nobody(column, text) else (MASK, self.masked)

    def _label(self, column: str, code: str) -> str:
        """What the chart says of the code beside a label; blank when it does not know it."""
        if not code or self.plan is None:
            return ""
        look_up = {"BGT_CONTNAT": self.plan.chapter, "BGT_NATURE": self.plan.nature}.get(
            _LABELS[column], self.plan.function
        )
        found = look_up(code)
        return found.label if found is not None and found.code == code else ""


def _says_no_more(text: str, label: str) -> bool:
    """Whether every word begins one of the label: an abbreviation, other accents or capitals."""
    words = normal(label).split()
    return all(any(own.startswith(word) for own in words) for word in normal(text).split())


def _names_nobody(column: str, text: str) -> bool:
    if column in _CODES:
        return is_code(text)
    if column in _WORDS:
        return is_code(text) or bool(_WORDS[column].fullmatch(text))
    if _NUMBERS.fullmatch(column):
        return is_typed(text)
    if is_typed(text) or is_code(text):
        return True
    return has_known_words_only(text) if column == "BGT_OPERATION" else not names_somebody(text)


def mask_table(source: BinaryIO, out: BinaryIO, known: Survey | None = None) -> TableMasker:
    """Write the SCDL table ``source``, in any form that ``totem.tables`` reads, masked, in the form
    of the schema; what was masked. ``source`` is seekable; ``known``: its survey, where there is
    one already. Raises NotScdl."""
    masker = TableMasker(_plan_of(known or survey(source)))
    source.seek(0)
    text = io.TextIOWrapper(out, "utf-8", newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(row.values() for row in masker.rows(_rows(source)))
    text.detach()
    return masker


def _rows(source: BinaryIO) -> Iterator[dict[str, str]]:
    return (dict(zip(COLUMNS, cells, strict=True)) for _line, cells in Table(source))


def _plan_of(known: Survey) -> Plan | None:
    """The chart that the table follows, when its accounts and labels leave no doubt."""
    years = (rows.year for rows in known.rows)
    year = next((int(year) for year in years if re.fullmatch("[12][0-9]{3}", year)), 0)
    return guess_plan(known.accounts, year)
