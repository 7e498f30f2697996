"""Does a value fit the type that the XSD gives its element?"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache

from ckanext.budget.totem.structure import Field

_AMOUNT = re.compile(r"[+-]?([0-9]*)(?:\.([0-9]*))?")
_INTEGER = re.compile(r"[+-]?([0-9]+)")
_ZONE = r"(?:Z|[+-]\d\d:\d\d)?"
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)" + _ZONE, re.ASCII)
_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?" + _ZONE, re.ASCII)
_YEAR = re.compile(r"\d{4}" + _ZONE, re.ASCII)
_MONTH = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])" + _ZONE, re.ASCII)
_BOOLEANS = frozenset(("true", "false", "1", "0"))


def problem(field: Field, value: str) -> str:
    """``""`` when the value fits, else ``empty``, ``type``, ``length`` or ``code``."""
    if not value.strip():
        return "" if _may_be_empty(field) else "empty"
    if field.codes:
        return "" if value in field.codes else "code"
    if not _fits(field, value.strip()):
        return "type"
    return "length" if field.max_length and len(value) > field.max_length else ""


def _may_be_empty(field: Field) -> bool:
    if field.kind not in ("text", "digits"):
        return field.kind in ("group", "empty")
    fits = not field.pattern or bool(_pattern(field.pattern).fullmatch(""))
    return fits and not field.min_length


def _fits(field: Field, value: str) -> bool:
    check = _CHECKS.get(field.kind)
    if check is not None and not check(field, value):
        return False
    return not field.pattern or bool(_pattern(field.pattern).fullmatch(value))


@lru_cache(maxsize=64)
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _is_amount(field: Field, value: str) -> bool:
    match = _AMOUNT.fullmatch(value)
    if not match or not (match[1] or match[2]):
        return False
    whole, fraction = match[1].lstrip("0"), (match[2] or "").rstrip("0")
    if field.decimals is not None and len(fraction) > field.decimals:
        return False
    return not field.digits or len(whole) + len(fraction) <= field.digits


def _is_integer(field: Field, value: str) -> bool:
    match = _INTEGER.fullmatch(value)
    if not match:
        return False
    return not field.digits or len(match[1].lstrip("0")) <= field.digits


def _is_date(field: Field, value: str) -> bool:
    match = _DATE.fullmatch(value)
    if not match:
        return False
    try:
        date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return False
    return True


_CHECKS: dict[str, Callable[[Field, str], bool]] = {
    "amount": _is_amount,
    "integer": _is_integer,
    "date": _is_date,
    "datetime": lambda field, value: bool(_DATETIME.fullmatch(value)),
    "year": lambda field, value: bool(_YEAR.fullmatch(value)),
    "month": lambda field, value: bool(_MONTH.fullmatch(value)),
    "boolean": lambda field, value: value in _BOOLEANS,
}
