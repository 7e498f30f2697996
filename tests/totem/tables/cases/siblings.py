"""Other nearly right files, of the same kinds: other encodings, columns, stages and damage."""

from __future__ import annotations

from html import escape
from html.entities import codepoint2name

from ckanext.budget.totem.columns import COLUMNS

from .control import GOOD, Table, rows, text
from .kinds import Case, _amounts, _changed, _encoded

_TEXT = GOOD.decode("utf-8")
_LINES = _TEXT.split("\r\n")
_HEADER, _BODY = _TEXT.split("\r\n", 1)
_WITH_SPACES = [[f" {cell} " if cell else "" for cell in row] for row in rows()]
_QUOTED = ["'" + line.replace("'", "’").replace(",", "','") + "'" for line in _LINES[:-1]]


def _with_column(values: list[str], first: bool) -> bytes:
    """BGT_MTPREV twice."""
    place = COLUMNS.index("BGT_MTPREV") + (0 if first else 1)
    table = [[*row[:place], value, *row[place:]] for row, value in zip(rows(), values, strict=True)]
    return text(table, (*COLUMNS[:place], "BGT_MTPREV", *COLUMNS[place:])).encode()


def _as_web_page(written: str) -> str:
    named = (f"&{codepoint2name[ord(c)]};" if ord(c) > 127 else c for c in escape(written))
    return "".join(named)


def _merged() -> Table:
    first, *others = rows()
    return [first, *([""] * 4 + row[4:] for row in others)]


def _pulled_down() -> Table:
    return [[*row[:2], str(int(row[2]) + number), *row[3:]] for number, row in enumerate(rows())]


_VOTED = [row[COLUMNS.index("BGT_MTPREV")] for row in rows()]
_ACCENTS = ("error", "C-TAB-004", "accents sont abîmés")

SIBLINGS: dict[str, Case] = {
    # The file
    "utf-32": Case(_TEXT.encode("utf-32"), (("error", "C-TAB-004", "UTF-32"),)),
    "colons": Case(_TEXT.replace(",", ":").encode(), (("error", "C-TAB-004", "« : »"),)),
    "accents-through-mac": Case(_TEXT.encode().decode("mac-roman").encode(), (_ACCENTS,)),
    "accents-through-msdos": Case(_TEXT.encode().decode("cp437").encode(), (_ACCENTS,)),
    "cut-in-a-row": Case(GOOD[:-40], (("error", "C-TAB-004", "coupé"),), "kept"),
    "cut-in-the-first-words": Case(
        GOOD[: GOOD.rindex(b"primitif")], (("error", "C-TAB-004", "coupé"),), "kept"
    ),
    "cut-in-the-last-word": Case(
        GOOD[: GOOD.index(b"\r\n", 900) - 4], (("error", "C-TAB-004", "coupé"),), "kept"
    ),
    "decimal-commas-without-quotes": Case(
        f"{_HEADER}\r\n{_BODY}".replace("4210.50", "4210,50").encode(),
        (("error", "C-TAB-004", "séparateur est sans guillemets"),),
        "kept",
    ),
    # The header
    "no-header": Case(_BODY.encode(), (("error", "C-TAB-001", "en-tête manque"),)),
    "header-without-underscores": Case(
        f"{_HEADER.lower().replace('_', '')}\r\n{_BODY}".encode(),
        (("error", "C-TAB-001", "ne portent pas le nom"),),
    ),
    "header-mistyped": Case(
        _TEXT.replace("BGT_NATURE_LABEL", "BGT_NATURE_LABL").encode(),
        (("error", "C-TAB-001", "BGT_NATURE_LABEL"),),
    ),
    "column-twice-alike": Case(
        _with_column(_VOTED, first=False), (("error", "C-TAB-001", "mêmes valeurs"),)
    ),
    "column-twice-different": Case(
        _with_column(["9.00"] * 7, first=True), (("error", "C-TAB-001", "deux fois"),), "kept"
    ),
    # The writing
    "blanks-around": Case(_encoded(_WITH_SPACES), (("error", "C-TAB-005", "blancs"),)),
    "quotes-after-a-blank": Case(
        _TEXT.replace(",VALLÉE", ', "VALLÉE').replace("ÉTANG,", 'ÉTANG",').encode(),
        (("warning", "C-TAB-005", "guillemets"),),
    ),
    "program-words": Case(
        _encoded([[cell or "NULL" for cell in row] for row in rows()]),
        (("error", "C-TAB-005", "NULL"),),
    ),
    "accents-of-a-web-page": Case(
        _as_web_page(_TEXT).replace("&#x27;", "'").encode(), (("error", "C-TAB-005", "&eacute;"),)
    ),
    "single-quotes": Case(
        "\r\n".join((*_QUOTED, "")).replace("’", "'").encode(),
        (("error", "C-TAB-001", "nom du schéma"), ("error", "C-TAB-005", "apostrophe")),
    ),
    "stage-with-its-year": Case(
        _encoded(_changed("BGT_NATDEC", "BP 2021")), (("error", "C-TAB-005", "BGT_NATDEC"),)
    ),
    "stage-by-its-code": Case(
        _encoded(_changed("BGT_NATDEC", "01")), (("error", "C-TAB-005", "BGT_NATDEC"),)
    ),
    "sections-cut": Case(
        _encoded(_changed("BGT_SECTION", lambda word: f"{word[:5].capitalize()}.")),
        (("error", "C-TAB-005", "BGT_SECTION"),),
    ),
    "sides-in-the-plural": Case(
        _encoded(_changed("BGT_CODRD", lambda word: f"{word.capitalize()}s")),
        (("error", "C-TAB-005", "BGT_CODRD"),),
    ),
    "operations-in-words": Case(
        _encoded(
            _changed(
                "BGT_OPBUDG",
                lambda word: "Opérations réelles" if word == "réel" else "Opération d'ordre",
            )
        ),
        (("error", "C-TAB-005", "BGT_OPBUDG"),),
    ),
    "year-as-a-day": Case(
        _encoded(_changed("BGT_ANNEE", "2021-01-01")), (("error", "C-TAB-005", "date"),)
    ),
    "year-as-the-day-of-its-number": Case(
        _encoded(_changed("BGT_ANNEE", "13/07/1905")), (("error", "C-TAB-005", "date"),)
    ),
    "codes-after-words": Case(
        _encoded(_changed("BGT_CONTNAT", lambda code: f"Chapitre {code}")),
        (("error", "C-TAB-005", "BGT_CONTNAT"),),
    ),
    # What would be a guess
    "code-as-a-day": Case(
        _encoded(_changed("BGT_CONTNAT", "11-janv", range(1))),
        (("error", "C-TAB-006", "date"),),
        "kept",
    ),
    "amount-as-a-day": Case(
        _encoded(_changed("BGT_MTPREV", "janv.-12", range(2, 3))),
        (("error", "C-TAB-006", "date"),),
        "kept",
    ),
    "merged-cells": Case(_encoded(_merged()), (("error", "C-TAB-002", "fusionnées"),), "kept"),
    "siren-for-siret": Case(
        _encoded(_changed("BGT_SIRET", "219300480")), (("error", "C-TAB-002", "SIREN"),), "kept"
    ),
    "siret-pulled-down": Case(
        _encoded(_pulled_down()),
        (("error", "C-IDE-001", "clé"), ("warning", "C-IDE-002", "recopiant vers le bas")),
        "kept",
    ),
    "year-of-two-digits": Case(
        _encoded(_changed("BGT_ANNEE", "21")), (("error", "C-TAB-002", "année"),), "kept"
    ),
    "amounts-in-whole-euros": Case(
        _encoded(_amounts(lambda amount: amount and f"{float(amount):.0f}")),
        (("info", "C-ARI-003", "La section de fonctionnement est votée en suréquilibre"),),
        "kept",
    ),
}
"""By kind, with the rows of the control."""
