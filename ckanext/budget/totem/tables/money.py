"""Amounts as written -> as the schema wants them, with the kind of what was mended or refused.

``totem.amounts`` reads them; here is told how they deviate, and what would be a guess.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from ckanext.budget.totem import amounts

RIGHT = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,2})?|")
SHEET = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
"""A number as a spreadsheet holds it."""

_SCIENTIFIC = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]*)?[eE][+-]?[0-9]+")
# A number for the national schema, though not as usual.
_STYLED = re.compile(r"[+-]?(?:[0-9]{1,15}\.?[0-9]*|\.[0-9]+)")
_COMMA = re.compile(r"-?[0-9]{1,15},[0-9]{1,2}")
_AMBIGUOUS = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}")
_SPACED = re.compile(r"[+-]?[0-9]{1,3}(?: [0-9]{3})+(?:[.,][0-9]*)?")
_MANY_GROUPS = re.compile(r"[+-]?[0-9]{1,3}([.,])[0-9]{3}(?:\1[0-9]{3})+")
_SPACES = re.compile(r"\s+")
_CURRENCY = re.compile(r"€|\b(?:EUR|euros?)\b", re.IGNORECASE)
_NOTHING = frozenset("-–—")
_CENT, _NOISE = Decimal("0.01"), Decimal("0.000001")


def mend(written: str) -> tuple[str, str]:
    """(amount, kind): the kind is empty for ``1234.56`` and for nothing.

    What was mended has two decimals; what is refused is left as written.
    """
    if len(written) > amounts.MAX_LENGTH:
        return written, "not-amount" if written.strip() else "blank-amount"
    return _mend(written)


@lru_cache(maxsize=50_000)
def _mend(written: str) -> tuple[str, str]:
    if RIGHT.fullmatch(written):
        return written, ""
    text = _SPACES.sub(" ", written).strip()
    if not text:
        return "", "blank-amount"
    if _SCIENTIFIC.fullmatch(text.replace(" ", "")):
        return written, "scientific"
    bare = _bare(text)
    if bare in _NOTHING:
        return "0.00", "amount-form"
    if _AMBIGUOUS.fullmatch(bare):
        return written, "ambiguous-amount"
    number = _number(bare)
    if number is None:
        return written, "not-amount"
    mended = two_decimals(number)
    if mended == number and not RIGHT.fullmatch(number):
        return written, "three-decimals" if _STYLED.fullmatch(text) else "not-amount"
    return mended, _kind(text)


def two_decimals(number: str) -> str:
    """``12.5`` -> ``12.50``; the noise of a computation goes, other decimals stay."""
    amount = Decimal(number)
    cents = amount.quantize(_CENT, ROUND_HALF_UP)
    return f"{cents:.2f}" if abs(amount - cents) <= _NOISE else number


def _kind(text: str) -> str:
    if _COMMA.fullmatch(text):
        return "decimal-comma"
    return "amount-style" if _STYLED.fullmatch(text) else "amount-form"


def _bare(text: str) -> str:
    """Without currency, with the sign in front: ``(12,50) €`` and ``12,50-`` are ``-12,50``."""
    bare = _CURRENCY.sub("", text).replace("\u2212", "-").strip()
    if bare.startswith("(") and bare.endswith(")"):
        bare = "-" + bare[1:-1].strip()
    elif bare.endswith("-") and len(bare) > 1:
        bare = "-" + bare[:-1].strip()
    return re.sub(r"^([+-]) +", r"\1", bare)


def _number(bare: str) -> str | None:
    if " " in bare and not _SPACED.fullmatch(bare):
        return None
    if _MANY_GROUPS.fullmatch(bare):
        bare = re.sub("[.,]", "", bare)
    return amounts.plain(bare) or None
