"""One row of 22 cells as written -> as the schema wants it; what was mended or refused is noted.

Rows repeat the same few hundred combinations of words and codes: each is looked at once.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, timedelta
from html import unescape

from ckanext.budget.totem.columns import MANDATORY
from ckanext.budget.totem.privacy.policy import MASK
from ckanext.budget.totem.scdl import COLUMNS
from ckanext.budget.totem.tables import codes, money, national
from ckanext.budget.totem.tables.log import Log
from ckanext.budget.totem.tables.text import fits_lost, folded, has_lost_letters, undone_mojibake
from ckanext.budget.totem.tables.values import CODES, LABEL_OF, LISTS, NOTHING, meant

_REMEMBERED, _LONGEST = 50_000, 2_000
# The parts of a row that repeat together: whose it is, codes and labels, words, ArtSpe.
PARTS = (slice(0, 4), slice(4, 11), slice(11, 14), slice(21, 22))
AMOUNTS = slice(14, 21)
_AMOUNT_NAMES = COLUMNS[AMOUNTS]

_RIGHT_AMOUNTS = re.compile(
    r"(?:-?[0-9]{1,15}(?:\.[0-9]{1,2})?)?(?:,(?:-?[0-9]{1,15}(?:\.[0-9]{1,2})?)?){6}"
)
# Excel's marks of a text; a whole value in single quotes, as some programs write them all.
_EXCEL_TEXT = re.compile(r"=\s*\"([^\"]*)\"|'(.*)'|'(.+)")
_ENTITY = re.compile("&(?:#[0-9]{1,6}|#[xX][0-9a-fA-F]{1,5}|[A-Za-z]{2,10});")
_AROUND = " \t\r\n\xa0\u202f\u200b\ufeff"
_EXCEL_ERRORS = re.compile(r"#(?:REF|N/?A|VAL\w*|NOMBRE|NUM|NAME|NOM|DIV/0|NUL\w*|#+)[!?]?|#+")
_CODE = re.compile(r"[1-9][0-9]*|0[0-9]{1,2}|0")
_SCIENTIFIC = re.compile(r"[0-9]+(?:[.,][0-9]*)?[eE]\+?[0-9]+")
_AS_DECIMAL = re.compile(r"([0-9]+)[.,]0+")
_CODE_LABEL = re.compile(r"([0-9]{1,9})\s*[-–:]\s*(\D.*)")
_CODE_WORD = re.compile(
    r"(?:chapitre|chap|article|art|compte|cpte|nature|fonction|fonct)\.?\s*([0-9]{1,9})",
    re.IGNORECASE,
)
# "11-janv", "janv.-11", "2011-01-01": what a spreadsheet makes of a code or of an amount.
_MONTH = "janv|févr|mars|avr|mai|juin|juil|août|sept|oct|nov|déc|jan|feb|apr|may|jun|jul|aug|dec"
_DATED = re.compile(
    rf"[0-9]{{1,4}}[-./ ](?:{_MONTH})[a-zé.]*|(?:{_MONTH})[a-zé.]*[-/ ][0-9]{{1,4}}"
    r"|[0-9]{1,2}/[0-9]{1,2}/[0-9]{2,4}|[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.]+)?",
    re.IGNORECASE,
)
_YEAR = re.compile(r"[12][0-9]{3}")
_GROUPED_YEAR = re.compile(r"([12])[\s.,\u202f]([0-9]{3})")
_DAY = re.compile(
    r"([0-9]{1,2})/([0-9]{1,2})/([12][0-9]{3})|([12][0-9]{3})-([0-9]{2})-([0-9]{2})(?:[T ].*)?"
)
_SERIAL_ZERO = date(1899, 12, 30)
"""The day that spreadsheets count from."""
_LAST_SERIAL = (_SERIAL_ZERO + timedelta(days=2999)).year
"""No exercise is that old: a day of such a year is the number of an exercise, shown as a day."""
_BLANKS = re.compile(r"\s+")

Mended = tuple[str, tuple[str, ...]]
Kinds = tuple[tuple[str, str, bool], ...]
"""Kind, column, whether the national schema refuses the cell as it was written."""


class Mender:
    """Call it with each row of 22 cells; it keeps the log. ``is_sheet``: numbers have no writing of
    their own, amounts are written with two decimals."""

    def __init__(self, log: Log, *, is_sheet: bool = False) -> None:
        self._log = log
        self._is_sheet = is_sheet
        self._known: tuple[dict[tuple[str, ...], tuple[list[str], Kinds]], ...] = tuple(
            {} for _ in PARTS
        )

    def __call__(self, line: int, row: list[str]) -> list[str]:
        """The row as it should be."""
        mended: list[list[str]] = []
        for part, known in zip(PARTS, self._known, strict=True):
            key = tuple(row[part])
            answer = known.get(key)
            if answer is None:
                answer = self._learn(known, part, key)
            if answer[1]:
                for kind, column, is_refused in answer[1]:
                    self._log.met(kind, line, column, is_refused=is_refused)
            mended.append(answer[0])
        whose, named, words, last = mended
        return [*whose, *named, *words, *self._amounts(line, row[AMOUNTS]), *last]

    def _learn(
        self,
        known: dict[tuple[str, ...], tuple[list[str], Kinds]],
        part: slice,
        key: tuple[str, ...],
    ) -> tuple[list[str], Kinds]:
        cells, kinds = dict(zip(COLUMNS[part], key, strict=True)), []
        for column, value in cells.items():
            cells[column], met = self._cell(column, value)
            kinds += [(kind, column) for kind in met]
        if any(kind == "padded" for kind, _ in kinds):
            # What pads the codes of a row pads its texts; official labels end in hard blanks.
            cells = {column: value.strip(" \t") for column, value in cells.items()}
        if "BGT_CONTNAT" in cells:
            kinds += _with_labels(cells)
        written = dict(zip(COLUMNS[part], key, strict=True))
        answer = (
            list(cells.values()),
            tuple((kind, at, not national.accepts(at, written[at])) for kind, at in kinds),
        )
        if len(known) >= _REMEMBERED:
            known.clear()
        if sum(map(len, key)) <= _LONGEST:
            known[key] = answer
        return answer

    def _cell(self, column: str, value: str) -> Mended:
        if not value:
            return "", ()
        text, kinds = _legible(value)
        if text.casefold() in NOTHING:
            return "", (*kinds, "null-word")
        if _is_formula(text):
            return value, (*kinds, "formula")
        if text == MASK:
            kinds = (*kinds, "masked")
        if column in _CHECKS:
            text, kinds = _unpadded(text, kinds)
        text, kind = _CHECKS.get(column, _any)(column, text)
        return text, (*kinds, kind) if kind else kinds

    def _amounts(self, line: int, amounts: list[str]) -> list[str]:
        if not self._is_sheet and _RIGHT_AMOUNTS.fullmatch(",".join(amounts)):
            return amounts
        return [self._amount(*cell, line) for cell in zip(_AMOUNT_NAMES, amounts, strict=True)]

    def _amount(self, column: str, value: str, line: int) -> str:
        if not value:
            return ""
        if self._is_sheet and money.SHEET.fullmatch(value):
            return money.two_decimals(value)
        text, kinds = _legible(value)
        if text.casefold() in NOTHING:
            text, kinds = "", (*kinds, "null-word")
        elif _is_formula(text):
            text, kinds = value, (*kinds, "formula")
        elif _DATED.fullmatch(text):
            kinds = (*kinds, "dated")
        else:
            text, kinds = _unpadded(text, kinds)
            text, kind = money.mend(text)
            kinds = (*kinds, kind) if kind else kinds
        for kind in kinds:
            self._log.met(kind, line, column, is_refused=not national.accepts(column, value))
        return text


def _legible(value: str) -> Mended:
    """The characters themselves: broken accents, decomposed accents, Excel's mark of a text."""
    text, kinds = value, []
    if not text.isascii():
        undone = undone_mojibake(text)
        if undone != text:
            text, kinds = undone, ["mojibake"]
        if not unicodedata.is_normalized("NFC", text):
            text = unicodedata.normalize("NFC", text)
            kinds.append("nfd")
    if "&" in text and _ENTITY.search(text):
        text = unescape(text)
        kinds.append("entities")
    marked = _EXCEL_TEXT.fullmatch(text) if text[0] in "='" else None
    if marked:
        text = next(group for group in marked.groups() if group is not None)
        kinds.append("text-mark")
    return text, tuple(kinds)


def _unpadded(text: str, kinds: tuple[str, ...]) -> Mended:
    """Without the blanks around it, nor the quotes that a blank before them made part of it."""
    bare = text.strip(_AROUND)
    if bare in ("", text):
        return text, kinds
    if len(bare) > 1 and bare[0] == bare[-1] == '"':
        bare = bare[1:-1]
    return bare, (*kinds, "padded")


def _is_formula(text: str) -> bool:
    bare = text.strip()
    return bare[:1] == "=" or (bare[:1] == "#" and bool(_EXCEL_ERRORS.fullmatch(bare)))


def _any(column: str, text: str) -> tuple[str, str]:
    """A text is the publisher's; the letters of a label are looked for beside its code."""
    bare = text.strip()
    if not bare:
        return "", ""
    if text[0] == " " and len(bare) > 1 and bare[0] == bare[-1] == '"':
        return bare[1:-1], "padded"
    is_lost = column not in LABEL_OF.values() and has_lost_letters(text)
    return text, "lost-text" if is_lost else ""


def _word(column: str, text: str) -> tuple[str, str]:
    words = LISTS[column]
    if text in words:
        return text, ""
    key = folded(text)
    spelt = [word for word in words if folded(word) == key]
    if spelt:
        return spelt[0], "list-spelling"
    if not key and not text.strip():
        return "", "" if column in MANDATORY else "list-spelling"
    word = meant(column, key)
    if word:
        return word, "list-synonym"
    fitting = [word for word in words if has_lost_letters(text) and fits_lost(text, word)]
    return (fitting[0], "lost-letters") if len(fitting) == 1 else (text, "unknown-word")


def _year(column: str, text: str) -> tuple[str, str]:
    if not text.strip():
        return "", ""
    if _YEAR.fullmatch(text):
        return text, ""
    grouped = _GROUPED_YEAR.fullmatch(text)
    if grouped:
        return grouped[1] + grouped[2], "code-spaces"
    decimal = _AS_DECIMAL.fullmatch(text)
    if decimal and _YEAR.fullmatch(decimal[1]):
        return decimal[1], "decimal-code"
    year = _year_of_day(text)
    return (year, "year-date") if year else (text, "year-form")


def _year_of_day(text: str) -> str:
    """The year of a day; or the year that a spreadsheet shows as the day of that number: 2021 is
    13/07/1905. Empty for what is neither."""
    found = _DAY.fullmatch(text)
    if not found:
        return ""
    day, month, year = (int(found[at] or found[7 - at]) for at in (1, 2, 3))
    try:
        shown = date(year, month, day)
    except ValueError:
        return ""
    return str((shown - _SERIAL_ZERO).days if year <= _LAST_SERIAL else year)


def _siret(column: str, text: str) -> tuple[str, str]:
    if len(text) == 14 and text.isascii() and text.isdigit():
        return text, ""
    bare = re.sub(r"[\s.\-_/\u00a0\u202f]", "", text)
    decimal = _AS_DECIMAL.fullmatch(text.strip())
    if decimal and len(decimal[1]) == 14:
        return decimal[1], "decimal-code"
    if len(bare) == 14 and bare.isascii() and bare.isdigit():
        return bare, "siret-separators"
    if len(bare) == 9 and bare.isascii() and bare.isdigit():
        return text, "siren"
    return text, "scientific" if _SCIENTIFIC.fullmatch(bare.replace("+", "")) else "siret-form"


def _code(column: str, text: str) -> tuple[str, str]:
    if _CODE.fullmatch(text) and len(text) <= 9:
        return text, ""
    bare = _BLANKS.sub("", text)
    if not bare:
        return "", ""
    if _CODE.fullmatch(bare) and len(bare) <= 9:
        return bare, "code-spaces"
    decimal = _AS_DECIMAL.fullmatch(bare)
    if decimal and len(decimal[1]) <= 9:
        return decimal[1], "decimal-code"
    if _SCIENTIFIC.fullmatch(bare):
        return text, "scientific"
    if _DATED.fullmatch(text):
        return text, "dated"
    word = _CODE_WORD.fullmatch(text)
    if word:
        return word[1], "code-word"
    if _CODE_LABEL.fullmatch(text):
        return text, ""  # told once its label is looked at
    return text, "long-code" if len(text) > 9 else "" if column == "BGT_FONCTION" else "odd-code"


_CHECKS: dict[str, Callable[[str, str], tuple[str, str]]] = {
    **dict.fromkeys(LISTS, _word),
    **dict.fromkeys(CODES, _code),
    "BGT_ANNEE": _year,
    "BGT_SIRET": _siret,
}


def _with_labels(cells: dict[str, str]) -> list[tuple[str, str]]:
    """What a code and its label say of each other."""
    kinds = []
    for column, label in LABEL_OF.items():
        both = _CODE_LABEL.fullmatch(cells[column])
        if both and not _DATED.fullmatch(cells[column]):
            is_alone = not cells[label] or folded(cells[label]) == folded(both[2])
            if is_alone:
                cells[column], cells[label] = both[1], both[2]
            kinds.append(("code-label" if is_alone else "two-labels", column))
        if "?" in cells[label] or "\ufffd" in cells[label]:
            kinds += _with_letters(cells, column, label)
        cells[column], kind = codes.restored(column, cells[column], cells[label])
        if kind:
            kinds.append((kind, column))
    return kinds


def _with_letters(cells: dict[str, str], column: str, label: str) -> list[tuple[str, str]]:
    whole = codes.restored_label(column, cells[column], cells[label])
    if not whole:
        return [("lost-text", label)] if has_lost_letters(cells[label]) else []
    blanks = cells[label][len(cells[label].rstrip()) :]
    cells[label] = whole.rstrip() + blanks
    return [("lost-letters", label)]
