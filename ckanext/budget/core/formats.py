"""Money, sizes and moments as people read them, in the reader's language."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import ckan.plugins.toolkit as tk


def locale() -> str:
    """``fr`` or ``en``: the languages that the extension speaks; the portal's outside a request."""
    language = tk.h.lang() or tk.config["ckan.locale_default"]
    return "fr" if language.startswith("fr") else "en"


def amount(cents: int | None) -> str:
    """Cents as ``1 234,56 €``; a dash when unknown."""
    from babel.numbers import format_currency

    if cents is None:
        return "–"
    return format_currency(Decimal(cents) / 100, "EUR", locale=locale())


def whole_euros(cents: int) -> str:
    """Cents as whole euros, half away from zero: ``1 234 567 €``."""
    from babel.numbers import format_currency

    euros = (abs(cents) + 50) // 100 * (1 if cents >= 0 else -1)
    pattern = "#,##0 ¤" if locale() == "fr" else "¤#,##0"
    return format_currency(euros, "EUR", locale=locale(), format=pattern, currency_digits=False)


def years(hundredths: int | None) -> str:
    """``11,73``, a number of years; a dash when unknown."""
    from babel.numbers import format_decimal

    if hundredths is None:
        return "–"
    return format_decimal(Decimal(hundredths) / 100, "#,##0.0#", locale=locale())


def years_told(hundredths: int | None) -> str:
    """``11,73 ans``; below two it is singular in French (``1,1 an``), at one in English."""
    if hundredths is None:
        return years(None)
    several = abs(hundredths) >= 200 if locale() == "fr" else hundredths != 100
    told: str = tk.ungettext("{number} year", "{number} years", 2 if several else 1)
    return told.format(number=years(hundredths))


def percent(basis_points: int) -> str:
    """``12,3 %`` of basis points; what is nearly zero has no sign."""
    from babel.numbers import format_percent

    if abs(basis_points) < 5:
        basis_points = 0
    return format_percent(Decimal(basis_points) / 10_000, "#,##0.#\u202f%", locale=locale())


def file_size(size: Any) -> str:
    """A file size in French units (1 ko = 1,000 bytes): ``40 ko``, ``3,1 Mo``."""
    value = float(size or 0)
    for unit in ("octets", "ko", "Mo", "Go"):
        if value < 1000 or unit == "Go":
            break
        value /= 1000
    digits = f"{value:.1f}" if value < 10 and unit != "octets" else f"{value:.0f}"
    return f"{digits.replace('.', ',')} {unit}"


def moment(when: datetime | str) -> str:
    """``24 novembre 2026 à 02:11``, at the portal's time: CKAN's own words follow English.

    A moment without a zone is in UTC, as CKAN and ckanext-harvest keep theirs.
    """
    from babel.dates import format_datetime

    if isinstance(when, str):
        when = datetime.fromisoformat(when)
    if when.tzinfo is None:
        when = when.replace(tzinfo=timezone.utc)
    local = when.astimezone(tk.h.get_display_timezone())
    date = format_datetime(local, "d MMMM y", locale=locale())
    return tk._("{date} at {time}").format(date=date, time=f"{local:%H:%M}")


HELPERS = {
    "budget_amount": amount,
    "budget_money": whole_euros,
    "budget_size": file_size,
    "budget_moment": moment,
    "budget_years": years,
    "budget_years_told": years_told,
    "budget_percent": percent,
}
"""Those of templates, by name."""


def solr_quoted(value: Any) -> str:
    """A phrase of Solr's query language, whatever the value holds.

    CKAN refuses a filter that holds ``{!``, even inside of a phrase.
    """
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"').replace("{!", "{ !")
    return f'"{escaped}"'
