"""Amounts as written in a CSV -> integer cents, so that no sum ever loses one."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

ZEROS = frozenset(("", "0", "0.00", b"", b"0", b"0.00"))
"""The usual spellings of nothing, as text and as bytes."""

POINT = frozenset((".", b"."))
"""The mark before the two decimals of a usual amount, as text and as bytes."""

_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,15}(?:\.[0-9]*)?|\.[0-9]+)")
_NOISE = re.compile(r"[\s  €']")
_CENT = Decimal("0.01")


def cents(written: str | bytes) -> int:
    """The amount in cents. Raises ValueError when it is not a number.

    Reads ``-1234.56``, ``1 234,56``, ``1.234,56``, ``1,234.56``, ``12``, ``€``. More than two
    decimals are rounded half up (see :func:`is_rounded`).
    """
    if written[-3:-2] in POINT:
        try:
            return int(written[:-3] + written[-2:])  # type: ignore[operator]
        except ValueError:
            pass
    return int(_decimal(written).quantize(_CENT, ROUND_HALF_UP).scaleb(2))


def is_rounded(written: str | bytes) -> bool:
    """Whether :func:`cents` gave only an approximation of a readable amount."""
    amount = _decimal(written)
    return amount != amount.quantize(_CENT, ROUND_HALF_UP)


def _decimal(written: str | bytes) -> Decimal:
    text = written.decode("ascii", "replace") if isinstance(written, bytes) else written
    text = _pointed(_NOISE.sub("", text).replace("−", "-"))
    if not text:
        return Decimal(0)
    if not _NUMBER.fullmatch(text):
        raise ValueError("not an amount")
    return Decimal(text)


def _pointed(text: str) -> str:
    """The last of comma and point is the decimal mark; the other one separates thousands."""
    if "," not in text:
        return text
    if text.rfind(".") > text.rfind(","):
        return text.replace(",", "")
    return text.replace(".", "").replace(",", ".")
