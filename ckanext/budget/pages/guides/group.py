"""What the working group writes on its own page, without files on a server.

Kept where CKAN keeps the settings that are edited on the portal (``system_info``): one text for
each part, in Markdown, which is cleaned when it is shown. Only the editors of the group's
organisation write (``ckanext.budget.group``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.model.system_info import get_system_info, set_system_info

from ckanext.budget.core import access

PARTS = ("work", "subgroups", "links", "productions")
"""Work in progress; sub-groups, one a line; technical links; what the group produced."""

LONGEST = 20_000
"""Characters of a part."""

_KEY = "ckanext.budget.group_page"


class Subgroup(NamedTuple):
    """A part of the group that has meetings of its own."""

    name: str
    about: str


def organization() -> model.Group | None:
    """The group's organisation; None when the portal names none, or none that exists."""
    name = tk.config.get("ckanext.budget.group")
    found = model.Group.get(name) if name else None
    return found if found is not None and found.state == "active" else None


def may_edit(user: str) -> bool:
    """Whether this account speaks for the group."""
    owner = organization()
    if owner is None:
        return False
    edited = access.edited_organizations(access.user_of({"user": user}))
    return edited is None or owner.id in edited


def read() -> dict[str, str]:
    """Every part as it was typed; empty where nothing was."""
    kept = json.loads(get_system_info(_KEY) or "{}")
    return {part: kept.get(part, "") for part in PARTS}


def write(values: Mapping[str, str]) -> None:
    """Replace every part; what is beyond :data:`LONGEST` is cut."""
    kept = {part: str(values.get(part, "")).strip()[:LONGEST] for part in PARTS}
    set_system_info(_KEY, json.dumps(kept, ensure_ascii=False))


def subgroups(typed: str) -> list[Subgroup]:
    """Those of a text with one a line: its name, then what it does after a colon."""
    lines = (line.strip().lstrip("-* ").partition(":") for line in typed.splitlines())
    return [Subgroup(name.strip(), about.strip()) for name, _colon, about in lines if name.strip()]
