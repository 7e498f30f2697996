"""Forty kinds of defects that can be given to any valid table, alone or two at a time.

Three stages, in which pairs are applied: the cells, the lines of text, the bytes.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

from ckanext.budget.totem.scdl import COLUMNS

from .cases.control import Table

AMOUNTS = range(14, 21)
TEXTS = tuple(n for n, c in enumerate(COLUMNS) if c.endswith("_LABEL") or c == "BGT_NOM")


class Draft(NamedTuple):
    """A table on its way to bytes: header, rows, how it is cut."""

    header: list[str]
    rows: Table
    delimiter: str = ","


class Defect(NamedTuple):
    """kinds: of ``totem.tables.kinds``, one of which must be told; is_mended: the repair gives the
    table back; ``cells``, ``lines``, ``data``: the change, one of them."""

    kinds: tuple[str, ...]
    is_mended: bool = True
    cells: Callable[[Draft], Draft] | None = None
    lines: Callable[[list[str]], list[str]] | None = None
    data: Callable[[str], bytes] | None = None


def spoil(header: list[str], rows: Table, *defects: Defect) -> bytes:
    """The table with the defects, each at its stage."""
    draft = Draft(list(header), [list(row) for row in rows])
    for defect in defects:
        draft = defect.cells(draft) if defect.cells else draft
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=draft.delimiter, lineterminator="\n")
    writer.writerow(draft.header)
    writer.writerows(draft.rows)
    lines = out.getvalue().split("\n")[:-1]
    for defect in defects:
        lines = defect.lines(lines) if defect.lines else lines
    text = "\r\n".join([*lines, ""])
    to_bytes = next((defect.data for defect in defects if defect.data), None)
    return to_bytes(text) if to_bytes else text.encode("utf-8")


def each(column: str, change: Callable[[str], str], step: int = 1) -> Callable[[Draft], Draft]:
    """Change the cells of a column, every ``step`` rows."""
    place = COLUMNS.index(column)

    def apply(draft: Draft) -> Draft:
        for row in draft.rows[::step]:
            at = draft.header.index(column) if column in draft.header else place
            row[at] = change(row[at]) if row[at] else ""
        return draft

    return apply


def amounts(change: Callable[[str], str]) -> Callable[[Draft], Draft]:
    """Change every amount that is there."""

    def apply(draft: Draft) -> Draft:
        for row in draft.rows:
            for place in AMOUNTS:
                row[place] = change(row[place]) if row[place] else ""
        return draft

    return apply


def moved(draft: Draft) -> Draft:
    return Draft(draft.header[::-1], [row[::-1] for row in draft.rows], draft.delimiter)


def with_column(name: str, cell: str) -> Callable[[Draft], Draft]:
    def apply(draft: Draft) -> Draft:
        return draft._replace(
            header=[*draft.header, name], rows=[[*row, cell] for row in draft.rows]
        )

    return apply


def without_column(column: str) -> Callable[[Draft], Draft]:
    def apply(draft: Draft) -> Draft:
        at = draft.header.index(column)
        return draft._replace(
            header=draft.header[:at] + draft.header[at + 1 :],
            rows=[row[:at] + row[at + 1 :] for row in draft.rows],
        )

    return apply


def every(change: Callable[[str], str]) -> Callable[[Draft], Draft]:
    """Change every cell."""
    return lambda draft: draft._replace(rows=[list(map(change, row)) for row in draft.rows])


def twice(column: str) -> Callable[[Draft], Draft]:
    def apply(draft: Draft) -> Draft:
        at = COLUMNS.index(column)
        return draft._replace(
            header=[*draft.header, draft.header[at]], rows=[[*row, row[at]] for row in draft.rows]
        )

    return apply


def merged(draft: Draft) -> Draft:
    """Stage, exercise, SIRET and name in the first row only."""
    is_moved = draft.header == list(COLUMNS)[::-1]
    places = range(len(COLUMNS) - 4, len(COLUMNS)) if is_moved else range(4)
    for row in draft.rows[1:]:
        for at in places:
            row[at] = ""
    return draft


def named(change: Callable[[str], str]) -> Callable[[Draft], Draft]:
    return lambda draft: draft._replace(header=[change(name) for name in draft.header])


def cut_with(delimiter: str) -> Callable[[Draft], Draft]:
    return lambda draft: draft._replace(delimiter=delimiter)


def with_row(cells: dict[int, str], place: int) -> Callable[[Draft], Draft]:
    def apply(draft: Draft) -> Draft:
        row = [cells.get(at, "") for at in range(len(draft.header))]
        rows = list(draft.rows)
        rows.insert(place if place >= 0 else len(rows), row)
        return draft._replace(rows=rows)

    return apply


def inserted(line: str, place: int) -> Callable[[list[str]], list[str]]:
    return lambda lines: [*lines[:place], line, *lines[place:]]


def of_middle(change: Callable[[str], str]) -> Callable[[list[str]], list[str]]:
    def apply(lines: list[str]) -> list[str]:
        middle = len(lines) // 2
        return [*lines[:middle], change(lines[middle]), *lines[middle + 1 :]]

    return apply


def opened(line: str) -> str:
    """A quote before the name of the body, which nothing closes."""
    mark = max(",;\t|", key=line.count)
    cells = line.split(mark)
    return mark.join([*cells[:3], '"' + cells[3], *cells[4:]])


def question_marks(text: str) -> str:
    return "".join("?" if c in "éèêàâîôûç" else c for c in text)


def in_pairs(function: Callable[[str], str]) -> Callable[[str], bytes]:
    return lambda text: function(text).encode("utf-8")


DEFECTS: dict[str, Defect] = {
    "semicolons": Defect(("delimiter",), cells=cut_with(";")),
    "tabs": Defect(("odd-delimiter",), cells=cut_with("\t")),
    "bars": Defect(("odd-delimiter",), cells=cut_with("|")),
    "lower-header": Defect(("header-case", "header-names"), cells=named(str.lower)),
    "no-prefix": Defect(("header-names",), cells=named(lambda n: n.removeprefix("BGT_"))),
    "spaced-header": Defect(("header-names",), cells=named(lambda n: n.replace("_", " "))),
    "other-order": Defect(("header-order",), cells=moved),
    "extra-column": Defect(("extra-columns",), cells=with_column("Observations", "vu")),
    "empty-column": Defect(("empty-columns",), cells=with_column("", "")),
    "column-missing": Defect(
        ("missing-mandatory",), False, cells=without_column("BGT_NATURE_LABEL")
    ),
    "title": Defect(("title-lines",), lines=lambda lines: ["Budget de la commune", "", *lines]),
    "header-again": Defect(
        ("repeated-header",), lines=lambda lines: [*lines[:3], lines[0], *lines[3:]]
    ),
    "blank-lines": Defect(("blank-row",), lines=inserted("", 3)),
    "empty-rows": Defect(("blank-row", "long-row"), cells=with_row({}, 2)),
    "total": Defect(("total-row",), cells=with_row({0: "TOTAL", 18: "1000.00"}, -1)),
    "note": Defect(("note-row",), cells=with_row({0: "Source : direction des finances"}, -1)),
    "open-quote": Defect(("open-quote",), lines=of_middle(opened)),
    "wrapped-lines": Defect(
        ("wrapped-row",),
        lines=lambda lines: [
            lines[0],
            *('"' + line.replace('"', '""') + '"' for line in lines[1:]),
        ],
    ),
    "cp1252": Defect(("cp1252",), data=lambda text: text.encode("cp1252", "xmlcharrefreplace")),
    "cp850": Defect(("cp850",), data=lambda text: text.encode("cp850", "xmlcharrefreplace")),
    "mac-roman": Defect(("mac-roman",), data=lambda text: text.encode("mac-roman", "replace")),
    "utf-16": Defect(("utf-16",), data=lambda text: text.encode("utf-16")),
    "utf-16-no-mark": Defect(("utf-16",), data=lambda text: text.encode("utf-16-le")),
    "mojibake": Defect(
        ("mojibake",), data=lambda text: text.encode().decode("latin-1").encode("utf-8")
    ),
    "decomposed": Defect(("nfd",), data=in_pairs(lambda t: unicodedata.normalize("NFD", t))),
    "old-mac-lines": Defect(("line-ends",), data=in_pairs(lambda text: text.replace("\r\n", "\r"))),
    "nul": Defect(("nul",), lines=of_middle(lambda line: line + "\0")),
    "decimal-commas": Defect(("decimal-comma",), cells=amounts(lambda a: a.replace(".", ","))),
    "thousands": Defect(
        ("amount-form",), cells=amounts(lambda a: f"{float(a):,.2f}".replace(",", "\xa0"))
    ),
    "euros": Defect(("amount-form",), cells=amounts(lambda a: f"{a} €")),
    "spaced-amounts": Defect(("padded",), cells=amounts(lambda a: f" {a} ")),
    "scientific": Defect(("scientific",), False, cells=amounts(lambda a: f"{float(a):.3E}")),
    "formula": Defect(("formula",), False, cells=each("BGT_MTPREV", lambda a: "=SOMME(S2:S9)", 3)),
    "text-amount": Defect(("not-amount",), False, cells=each("BGT_MTPREV", lambda a: "néant", 3)),
    "capitals": Defect(("list-spelling",), cells=each("BGT_NATDEC", str.upper)),
    "no-accents": Defect(
        ("list-spelling",), cells=each("BGT_CODRD", lambda w: w.replace("é", "e"))
    ),
    "other-word": Defect(("list-synonym",), cells=each("BGT_SECTION", lambda w: w[0].upper())),
    "unknown-word": Defect(
        ("unknown-word",), False, cells=each("BGT_OPBUDG", lambda w: "mixte", 3)
    ),
    "lost-letters": Defect(("lost-letters",), cells=each("BGT_ARTSPE", question_marks)),
    "spaced-siret": Defect(
        ("siret-separators",),
        cells=each("BGT_SIRET", lambda s: f"{s[:3]} {s[3:6]} {s[6:9]} {s[9:]}"),
    ),
    "siret-as-number": Defect(
        ("scientific",), False, cells=each("BGT_SIRET", lambda s: f"{int(s):.5E}")
    ),
    "year-as-number": Defect(("decimal-code",), cells=each("BGT_ANNEE", lambda y: f"{y}.0")),
    "codes-as-numbers": Defect(("decimal-code",), cells=each("BGT_NATURE", lambda c: f"{c},0")),
    "lost-zeros": Defect(("lost-zeros",), cells=each("BGT_CONTNAT", lambda c: c.lstrip("0"))),
    "no-header": Defect(("no-header",), lines=lambda lines: lines[1:]),
    "mistyped-column": Defect(
        ("header-names",), cells=named(lambda n: n.replace("_NATURE_LABEL", "_NATURE_LABL"))
    ),
    "column-twice": Defect(("same-column",), cells=twice("BGT_MTPREV")),
    "blanks-around": Defect(("padded",), cells=every(lambda cell: f" {cell} " if cell else "")),
    "program-words": Defect(("null-word",), cells=every(lambda cell: cell or "NULL")),
    "web-accents": Defect(
        ("entities",), cells=each("BGT_CODRD", lambda w: w.replace("é", "&eacute;"))
    ),
    "stage-and-year": Defect(("list-synonym",), cells=each("BGT_NATDEC", lambda w: f"{w} 2021")),
    "cut-words": Defect(("list-synonym",), cells=each("BGT_OPBUDG", lambda w: f"{w[:3]}.")),
    "year-as-a-day": Defect(("year-date",), cells=each("BGT_ANNEE", lambda y: f"01/01/{y}")),
    "codes-after-words": Defect(
        ("code-word",), cells=each("BGT_CONTNAT", lambda c: f"Chapitre {c}")
    ),
    "code-as-a-day": Defect(
        ("dated",), False, cells=each("BGT_CONTNAT", lambda c: f"{c[-2:]}-janv", 3)
    ),
    "merged-cells": Defect(("merged",), False, cells=merged),
    "cut": Defect(("truncated",), False, data=lambda text: text.encode("utf-8")[:-60]),
    "apostrophes": Defect(("text-mark",), cells=each("BGT_CONTNAT", lambda c: f"'{c}")),
}
