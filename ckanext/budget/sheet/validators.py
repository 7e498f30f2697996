"""Validators of the metadata sheet and of the settings; names start with ``budget_``."""

from __future__ import annotations

import re
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.budget.sheet.agreement import department, disagreements
from ckanext.budget.totem.identifiers import is_siren, is_siret
from ckanext.budget.totem.privacy.policy import POLICIES


def budget_required(key: Any, data: Any, errors: Any, context: Any) -> None:
    """A value is required, save in a draft whose form has not reached the field's page yet.

    Raises StopOnError (the rest of the field's validators have nothing to look at).
    """
    if data.get(key) is tk.missing and data.get(("state",)) == "draft":
        data.pop(key)
        raise tk.StopOnError
    tk.get_validator("not_empty")(key, data, errors, context)


def budget_siret(value: Any) -> str:
    """Fourteen digits with a valid key (INSEE; ISO/IEC 7812-1 annex B)."""
    digits = _digits(value)
    if len(digits) != 14 or not (digits.isascii() and digits.isdigit()):
        raise tk.Invalid(tk._("A SIRET has 14 digits"))
    if not is_siret(digits):
        raise tk.Invalid(tk._("This SIRET has a wrong key: check its digits"))
    return digits


def budget_siren(value: Any) -> str:
    """Nine digits with a valid key."""
    digits = _digits(value)
    if len(digits) != 9 or not (digits.isascii() and digits.isdigit()):
        raise tk.Invalid(tk._("A SIREN has 9 digits"))
    if not is_siren(digits):
        raise tk.Invalid(tk._("This SIREN has a wrong key: check its digits"))
    return digits


def budget_year(value: Any) -> str:
    """A fiscal year as SCDL writes it: ``^[1-2]\\d\\d\\d$``."""
    text = str(value).strip()
    if not re.fullmatch(r"[12][0-9]{3}", text):
        raise tk.Invalid(tk._("A fiscal year has four digits, such as 2022"))
    return text


def budget_time(value: Any) -> str:
    """An hour of the day: ``14:00``."""
    text = str(value).strip().replace("h", ":")
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", text):
        raise tk.Invalid(tk._("Write a time such as 14:00"))
    return text


def budget_whole_number(value: Any) -> str:
    """A whole number, kept as text because CKAN stores extra fields as text."""
    text = re.sub(r"[\s  ]", "", str(value))
    if not re.fullmatch(r"[0-9]+", text):
        raise tk.Invalid(tk._("Write a whole number"))
    return str(int(text))


def budget_department(value: Any) -> str:
    """The code as INSEE writes it; whether it exists, :func:`budget_agrees` says."""
    return department(value)


def budget_agrees(key: Any, data: Any, errors: Any, context: Any) -> None:
    """What the field says goes with the other identifiers of the body (``sheet.agreement``)."""
    sheet = {name[0]: value for name, value in data.items() if len(name) == 1}
    sentence = disagreements({name: sheet[name] for name in sheet if sheet[name] is not tk.missing})
    if key[0] in sentence:
        errors[key].append(sentence[key[0]])


def budget_masking_policy(value: Any) -> Any:
    """One of the library's masking policies."""
    if value not in POLICIES:
        raise tk.Invalid(
            tk._("Unknown masking policy; choose one of: {policies}").format(
                policies=", ".join(POLICIES)
            )
        )
    return value


def _digits(value: Any) -> str:
    return re.sub(r"[\s  ]", "", str(value))


VALIDATORS = {
    "budget_agrees": budget_agrees,
    "budget_department": budget_department,
    "budget_masking_policy": budget_masking_policy,
    "budget_required": budget_required,
    "budget_siren": budget_siren,
    "budget_siret": budget_siret,
    "budget_time": budget_time,
    "budget_whole_number": budget_whole_number,
    "budget_year": budget_year,
}
"""Those of the schemas, by name."""
