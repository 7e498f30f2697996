"""Amounts as people and software write them: read here, and only here.

The check, the conversion, its totals, the charts and the check of SCDL tables all ask this module,
so that one text is one amount, or none, wherever it is read.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from ckanext.budget.totem.limits import MAX_DECIMALS, MAX_DIGITS

MAX_LENGTH = 64
"""Characters of a written amount: what is longer is no amount, and costs nothing to refuse."""

ZEROS = frozenset(("", "0", "0.00", b"", b"0", b"0.00"))
"""The usual spellings of nothing, as text and as bytes."""

_BLANK = re.compile(r"[\s'’]")
"""Between thousands: any blank (those that do not break too), or the Swiss apostrophe."""

_PLAIN = re.compile(r"(?P<whole>[0-9]*)(?:[.,](?P<fraction>[0-9]*))?")
_GROUPED = re.compile(
    r"(?P<whole>[0-9]{1,3}(?P<mark>[.,])[0-9]{3}(?:(?P=mark)[0-9]{3})*)"
    r"(?!(?P=mark))[.,](?P<fraction>[0-9]*)"
)
"""Thousands apart by one mark, decimals by the other: without both marks it is ``_PLAIN``."""

_CENT = Decimal("0.01")
_POINT = (".", b".")


class Amount(NamedTuple):
    """An amount in cents, rounded half up, and what the rounding lost, in euros."""

    cents: int
    lost: Decimal


def usual(written: str | bytes) -> int | None:
    """Cents of an amount written as software does, ``-1234.56``; None: ask :func:`read`.

    The fast way, for each cell of millions; it knows nothing that ``read`` does not.
    """
    if written[-3:-2] not in _POINT or len(written) > MAX_DIGITS + 3:
        return None
    digits = written[:-3] + written[-2:]  # type: ignore[operator]
    if not digits[digits[:1] in ("-", b"-") :].isdigit() or not digits.isascii():
        return None
    return int(digits)


def read(written: str | bytes) -> Amount | None:
    """The amount, 0 when there is only blank; None when it is not a decimal number.

    Reads ``-1234.56``, ``1 234,56``, ``1.234,56``, ``1,234.56``, ``12``, ``.5``, ``12 €``. A mark
    alone is the decimal one, whatever follows: ``1.239`` and ``1,239`` are 1.24 euros. Neither
    exponents nor more than ``MAX_DIGITS`` digits. Bytes are UTF-8.
    """
    text = plain(written)
    if text is None:
        return None
    euros = Decimal(text or 0)
    rounded = euros.quantize(_CENT, ROUND_HALF_UP)
    return Amount(int(rounded.scaleb(2)), euros - rounded)


def cents(written: str | bytes) -> int | None:
    """Cents alone of :func:`read`."""
    found = usual(written)
    if found is not None:
        return found
    amount = read(written)
    return None if amount is None else amount.cents


def plain(written: str | bytes) -> str | None:
    """The same amount as ``-1234.56``, every digit kept; ``""`` when there is only blank."""
    if len(written) > MAX_LENGTH:
        return None
    text = written.decode("utf-8", "replace") if isinstance(written, bytes) else written
    text = _BLANK.sub("", text).replace("−", "-")
    if not text:
        return ""
    text = text.removeprefix("€").removesuffix("€")
    sign, digits = ("-" if text[:1] == "-" else "", text[text[:1] in ("+", "-") :])
    match = _PLAIN.fullmatch(digits) or _GROUPED.fullmatch(digits)
    if match is None:
        return None
    whole, fraction = re.sub("[.,]", "", match["whole"]), match["fraction"]
    if not (whole or fraction) or len(whole.lstrip("0")) > MAX_DIGITS:
        return None
    if len(fraction or "") > MAX_DECIMALS:
        return None
    return f"{sign}{whole or '0'}" + (f".{fraction}" if fraction else "")
