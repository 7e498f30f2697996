"""Read any SCDL budget CSV, also those made elsewhere: what deviates is tolerated and told."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from operator import itemgetter

from ckanext.budget.totem.errors import TotemError
from ckanext.budget.totem.summary.cube import KINDS, Cube, Identity, add
from ckanext.budget.totem.summary.payload import Hints, Summary, summarise_cube

MAX_ROWS = 1_000_000

_IDENTITY = ("NATDEC", "ANNEE", "SIRET", "NOM")
_WORDS = ("SECTION", "CODRD", "OPBUDG")
_CODES = ("CONTNAT", "NATURE", "FONCTION")
_LABELS = ("CONTNAT_LABEL", "NATURE_LABEL", "FONCTION_LABEL")
_KEY = (*_IDENTITY, *_WORDS, *_CODES, *_LABELS)
_NEEDED = frozenset(("CODRD",))
_DELIMITERS = ",;\t|"


class NotScdl(TotemError):
    """The file is not a table of budget lines: no header, no amount, no receipt or expenditure."""


class TooManyRows(TotemError):
    """More lines than any real budget: the portal is protected."""


def summarise(data: bytes, hints: Hints | None = None) -> Summary:
    """The summary of a CSV. Raises NotScdl or TooManyRows, with a French sentence."""
    return summarise_cube(read(data), hints or Hints())


def read(data: bytes) -> Cube:
    """The cube of a CSV; ``cube.irregular`` counts what was tolerated, by finding code.

    A file that holds several documents (stages, fiscal years, budgets) would add up amounts that do
    not belong together: the largest document is read, the others are counted as findings.
    """
    irregular: Counter[str] = Counter()
    text = _decoded(data, irregular)
    header, rows = _rows(text, irregular)
    slots = _slots(header, rows, irregular)
    return _cube(slots, irregular)


def is_scdl_header(columns: list[str]) -> bool:
    """Whether these column names can be summarised."""
    names = {_column(name) for name in columns}
    return names >= _NEEDED and not names.isdisjoint(KINDS)


def _decoded(data: bytes, irregular: Counter[str]) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        irregular["encoding"] += 1
        return data.decode("cp1252", "replace")


def _column(name: str) -> str:
    return name.strip().strip("\ufeff").upper().removeprefix("BGT_")


def _rows(text: str, irregular: Counter[str]) -> tuple[list[str], Iterator[list[str]]]:
    first = text[: text.find("\n") + 1] or text[:10_000]
    delimiter = max(_DELIMITERS, key=first.count)
    if delimiter != ",":
        irregular["delimiter"] += 1
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        header = [_column(name) for name in next(reader, [])]
    except csv.Error:
        header = []
    if not is_scdl_header(header):
        raise NotScdl(
            "Ce fichier n'est pas un budget au format SCDL : il faut au moins la colonne BGT_CODRD "
            "et une colonne de montants (BGT_MTREAL, BGT_MTPREV…)."
        )
    return header, reader


def _slots(
    header: list[str], rows: Iterator[list[str]], irregular: Counter[str]
) -> dict[tuple[str, ...], list[int]]:
    """Sums of the seven amounts, and number of rows, by the cells that are not amounts."""
    width, wanted = len(header), (*_KEY, *KINDS)
    missing = [name for name in wanted if name not in header]
    places = [header.index(name) if name in header else width for name in wanted]
    key_of, amounts_of = itemgetter(*places[: len(_KEY)]), itemgetter(*places[len(_KEY) :])
    slots: dict[tuple[str, ...], list[int]] = {}
    try:
        for number, row in enumerate(rows):
            if len(row) != width:
                if not any(row):
                    continue
                irregular["row-width"] += 1
                row = (row + [""] * width)[:width]
            if missing:
                row.append("")
            key = key_of(row)
            sums = slots.get(key)
            if sums is None:
                sums = slots[key] = [0] * (len(KINDS) + 1)
            sums[-1] += 1
            add(sums, amounts_of(row), irregular)
            if number >= MAX_ROWS:
                raise TooManyRows(
                    f"Ce fichier a plus de {MAX_ROWS} lignes : déposez un budget par fichier."
                )
    except csv.Error:
        raise NotScdl(
            "Ce fichier CSV est endommagé : enregistrez-le de nouveau en UTF-8, "
            "séparé par des virgules."
        ) from None
    return slots


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
