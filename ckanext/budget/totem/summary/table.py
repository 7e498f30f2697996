"""The cube of any SCDL budget table, read as the check reads it: what deviates is told."""

from __future__ import annotations

import io
from collections import Counter
from operator import itemgetter

from ckanext.budget.totem.errors import TotemError
from ckanext.budget.totem.scdl import COLUMNS
from ckanext.budget.totem.summary.cube import KINDS, Cube, Identity, add
from ckanext.budget.totem.summary.payload import Hints, Summary, summarise_cube
from ckanext.budget.totem.summary.ratios import Beside
from ckanext.budget.totem.tables import KINDS as DEFECTS
from ckanext.budget.totem.tables import NotScdl, Table
from ckanext.budget.totem.tables.encodings import OLD
from ckanext.budget.totem.tables.log import Log
from ckanext.budget.totem.tables.money import RIGHT, mend
from ckanext.budget.totem.tables.values import AMOUNTS

MAX_ROWS = 1_000_000

_KEY = (
    "BGT_NATDEC", "BGT_ANNEE", "BGT_SIRET", "BGT_NOM",
    "BGT_SECTION", "BGT_CODRD", "BGT_OPBUDG",
    "BGT_CONTNAT", "BGT_NATURE", "BGT_FONCTION",
    "BGT_CONTNAT_LABEL", "BGT_NATURE_LABEL", "BGT_FONCTION_LABEL",
)  # fmt: skip
_key_of = itemgetter(*map(COLUMNS.index, _KEY))
_amounts_of = itemgetter(*map(COLUMNS.index, AMOUNTS))
# Finding of the charts -> the kinds of defects of a table that it stands for.
_IRREGULAR = {
    "encoding": ("utf-16", "utf-32", "mixed", "mojibake", *OLD),
    "delimiter": ("delimiter", "odd-delimiter"),
    "row-width": ("short-row", "long-row", "lost-cells", "extra-cells", "split-cell"),
    "left-out": ("total-row", "repeated-header", "note-row"),
    "lost-zeros": ("lost-zeros",),
}
assert {kind for kinds in _IRREGULAR.values() for kind in kinds} <= DEFECTS.keys()


class TooManyRows(TotemError):
    """More lines than any real budget: the portal is protected."""


def summarise(data: bytes, hints: Hints | None = None, beside: Beside | None = None) -> Summary:
    """The summary of a table, and with ``beside`` what its document tells beside its lines.
    Raises NotScdl, TooManyRows or MissingReader: a French sentence."""
    return summarise_cube(read(data), hints or Hints(), beside)


def read(data: bytes) -> Cube:
    """The cube of a table; ``cube.irregular`` counts what was tolerated, by finding code.

    A file that holds several documents (stages, fiscal years, budgets) would add up amounts that do
    not belong together: the largest document is read, the others are counted as findings.
    """
    table = Table(io.BytesIO(data))
    if "BGT_CODRD" not in table.header.places or not set(AMOUNTS) & set(table.header.places):
        raise NotScdl(
            "Ce fichier n'est pas un budget au format SCDL : il faut au moins la colonne BGT_CODRD "
            "et une colonne de montants (BGT_MTREAL, BGT_MTPREV…)."
        )
    irregular: Counter[str] = Counter()
    slots = _slots(table, irregular)
    irregular.update(_irregular(table.log))
    return _cube(slots, irregular)


def _irregular(log: Log) -> dict[str, int]:
    counts = {
        code: sum(met.count for (kind, _), met in log.items() if kind in kinds)
        for code, kinds in _IRREGULAR.items()
    }
    return {code: count for code, count in counts.items() if count}


def _slots(table: Table, irregular: Counter[str]) -> dict[tuple[str, ...], list[int]]:
    """Sums of the seven amounts, and number of rows, by the cells that are not amounts."""
    slots: dict[tuple[str, ...], list[int]] = {}
    for number, (_, row) in enumerate(table):
        key = _key_of(row)
        sums = slots.get(key)
        if sums is None:
            sums = slots[key] = [0] * (len(KINDS) + 1)
        sums[-1] += 1
        add(sums, _readable(_amounts_of(row), irregular), irregular)
        if number >= MAX_ROWS:
            raise TooManyRows(
                f"Ce fichier a plus de {MAX_ROWS} lignes : déposez un budget par fichier."
            )
    return slots


def _readable(amounts: tuple[str, ...], irregular: Counter[str]) -> list[str]:
    """What the check refuses is not added up: the charts and the check agree."""
    kept = []
    for amount in amounts:
        if not RIGHT.fullmatch(amount) and mend(amount)[1] != "three-decimals":
            irregular["unreadable-amount"] += 1
            amount = ""
        kept.append(amount)
    return kept


def _cube(slots: dict[tuple[str, ...], list[int]], irregular: Counter[str]) -> Cube:
    documents: Counter[tuple[str, ...]] = Counter()
    for key, sums in slots.items():
        documents[key[:3]] += sums[-1]
    if not documents:
        return Cube(irregular=irregular)
    chosen, rows = max(documents.items(), key=lambda item: (item[1], item[0][1]))
    if len(documents) > 1:
        irregular["several-documents"] = len(documents)
    cube = Cube(rows=rows, irregular=irregular)
    for key, sums in slots.items():
        if key[:3] == chosen:
            if not cube.identity.siret and not cube.identity.name:
                stage, year, siret, name = (part.strip() for part in key[:4])
                cube.identity = Identity(siret, name, year, stage)
            cube.put(key[4:7], key[7:10], key[10:13], sums[: len(KINDS)])
    return cube
