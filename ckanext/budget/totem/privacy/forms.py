"""Values that can name nobody, by their form alone: codes, figures, dates.

What the schema does not know keeps only ``is_figure``; what it knows keeps what its type can hold.
"""

from __future__ import annotations

import re

# More letters could be a name; the codes of charts, stages and sections have three at most.
MOST_LETTERS = 3
_SIGNS = r"[\d._/*+-]{0,14}"
CODE = rf"{_SIGNS}(?:[A-Za-z]{_SIGNS}){{0,{MOST_LETTERS}}}"
"""A code of an account, a chapter, a programme: digits, signs, three letters at most."""
ENUMERATED = rf"\d{{0,7}}(?:[A-Za-z]\d{{0,5}}){{0,{MOST_LETTERS}}}"
"""A code of a list, even when a newer schema brought it."""
NORM = r"M[0-9]{1,3}[A-Z]?(?:[-_][A-Za-z0-9_]{1,24}){0,2}"
"""A chart of accounts and its variant (``M14-M14_COM_SUP3500``)."""

_IS_CODE = re.compile(CODE)
# Nothing of an unknown element may be a telephone number, an account (RIB), a social security
# number (longer), a birth date (no date at all) or coordinates (more decimals, two numbers).
_FIGURE = re.compile(
    r"\s*(?:true|false|NaN|-?(?:\d{1,7}|\d{1,3}(?:[ \u00a0]\d{3})|\d(?:[ \u00a0]\d{3}){2})"
    r"|-?\d{1,12}[.,]\d{1,2}|-?\d{1,3}(?:[ \u00a0]\d{3}){1,3}[.,]\d{1,2})(?:\s?%)?\s*",
    re.I,
)
_TYPED = re.compile(r"[\s\d.,:;/%+\-TZ]*|true|false|NaN", re.I)
# French and foreign telephone numbers, social security numbers, bank accounts.
_SOMEBODY = re.compile(
    r"(?<![\d.,])(?:(?:\+33|0033|0)\s?[1-9](?:(?:[\s.]?\d\d){4}|(?:-\d\d){4}|(?:/\d\d){4})"
    r"|[12]\s?\d\d\s?(?:0[1-9]|1[0-2])\s?\d\d\s?\d{3}\s?\d{3}(?:[\s/]*\d\d)?"
    r"|(?:\+|00)[1-9](?:[\s./-]?\d){6,14}|\(\d{2,4}\)\s?\d{3}[\s.-]?\d{4}|\d(?:\s?\d){14,})(?!\d)"
)
# Addresses of mail, IBAN, and coordinates to some ten metres.
_CONTACT = re.compile(
    r"[\w.+-]{1,64}@[\w-]{1,63}\.\w|(?<![0-9A-Z])[A-Z]{2}\d\d(?:\s?[0-9A-Z]{4}){3,7}"
    r"|(?<![\d.])\d{1,2}[.,]\d{4,12}\s?[,;/\s]\s?-?\d{1,3}[.,]\d{4,12}"
)
_DAY = re.compile(r"\d{1,2}[./_-]\d{1,2}[./_-]\d{4}|\d{4}[./_-]\d\d[./_-]\d\d")


def is_code(text: str) -> bool:
    """True for a code that is too short of letters to name anybody; blank is one, a day is none."""
    return bool(_IS_CODE.fullmatch(text)) and not (_SOMEBODY.search(text) or _DAY.search(text))


def holds_contact(text: str) -> bool:
    """True for a text with a telephone number, an address of mail, an account, a social security
    number or coordinates."""
    return bool(_SOMEBODY.search(text) or _CONTACT.search(text))


def is_figure(text: str) -> bool:
    """True for one number of everyday size, a percentage or a boolean; no date."""
    return not text.strip() or bool(_FIGURE.fullmatch(text))


def is_typed(text: str) -> bool:
    """True for what a number, a date or a boolean of the schema is written with."""
    return bool(_TYPED.fullmatch(text)) and not _SOMEBODY.search(text)
