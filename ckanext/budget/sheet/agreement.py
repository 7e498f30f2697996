"""Whether what a sheet says of the body goes together: SIREN, SIRET, INSEE code, département.

One function for every door: the form and the actions through the schema's validators, the action
and the command that check a sheet, and the publication, which leaves out of the sheet what a
document gets wrong (its control says it).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.budget.totem.identifiers import is_siren

DEPARTMENTS = frozenset(
    [f"{number:02d}" for number in range(1, 96) if number != 20]
    + "2A 2B 971 972 973 974 975 976 977 978 986 987 988 6AE".split()
)
"""Codes of INSEE's official geographic code (2026), with the overseas collectivities and 6AE, the
European Collectivity of Alsace."""
REGIONS = frozenset("01 02 03 04 06 11 24 27 28 32 44 52 53 75 76 84 93 94".split())
_COMMUNE = re.compile(r"([0-9]{2}|2[AB])[0-9]{3}")
_COMMUNES = "21"
"""First digits of the SIREN of a commune, before its département (decree 73-314 gave them so)."""


def department_of(code: str) -> str:
    """The département of a commune's INSEE code; empty when it is no such code or there is none."""
    if not _COMMUNE.fullmatch(code):
        return ""
    department = code[:3] if code[:2] in ("97", "98") else code[:2]
    return department if department in DEPARTMENTS else ""


def department(value: Any) -> str:
    """The code as INSEE writes it: ``067``, as TOTEM has it, is ``67``."""
    text = str(value or "").strip().upper()
    return text.lstrip("0").zfill(2) if text else ""


def disagreements(sheet: Mapping[str, Any]) -> dict[str, str]:
    """One sentence for each field that is wrong; fields that say nothing agree with all."""
    said = {name: re.sub(r"\s", "", str(sheet.get(name) or "")) for name in _FIELDS}
    return dict(_found(said["siret"], said["siren"], said["insee_code"], said["department"]))


_FIELDS = ("siret", "siren", "insee_code", "department")


def _found(siret: str, siren: str, code: str, number: str) -> Iterator[tuple[str, str]]:
    if siret and siren and siret[:9] != siren:
        yield (
            "siren",
            tk._("The SIREN is the first nine digits of the SIRET: {siren}").format(
                siren=siret[:9]
            ),
        )
    body = siret[:9] or siren
    number, place = department(number), department_of(code.upper())
    is_other = code.upper() in DEPARTMENTS | REGIONS or (code == body and is_siren(code))
    if code and not place and not is_other:
        yield (
            "insee_code",
            tk._(
                "This INSEE code does not exist: write the five characters of the commune, such as "
                "67482 or 2A004, or leave the field empty"
            ),
        )
    if number and number not in DEPARTMENTS:
        yield (
            "department",
            tk._("This département does not exist: write its code, such as 67, 2A or 974"),
        )
    elif number and place and not _same(number, place):
        yield (
            "department",
            tk._("The commune {code} is in the département {department}").format(
                code=code, department=place
            ),
        )
    if place and body.startswith(_COMMUNES) and body[2:4] != _in_siren(place):
        yield (
            "insee_code",
            tk._("The commune {code} is not the one of this SIRET: another département").format(
                code=code
            ),
        )


def _same(number: str, place: str) -> bool:
    return number == place or (number == "6AE" and place in ("67", "68"))


def _in_siren(number: str) -> str:
    """How a SIREN writes the département: two digits, Corsica as before 1976."""
    return "20" if number in ("2A", "2B") else number[:2]
