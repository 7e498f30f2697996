"""The fields of the form of a source, and the configuration that they stand for.

The form has a field for what most sources need (:data:`FIELDS`); whatever else a configuration says
stays JSON, for experts. Both make one configuration: what the JSON says wins.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ckanext.budget import collect

PREFIX = "totem_"
MARK = "totem_form"
"""Sent by the form: without it (API, commands) the configuration is taken as it is."""

FIELDS = ("organization", "from", "to", "stage", "withdrawn", "priority", "precedence")
STAGES = ("BP", "BS", "DM", "CA", "CFU")


def fields_of(text: str | None) -> dict[str, Any]:
    """Values of the form's fields by name, and ``rest``: the JSON that no field holds."""
    try:
        rest = collect.typed_config(text)
    except collect.ConfigError:
        rest = None
    if not isinstance(rest, dict):
        return {"stage": [], "rest": text or ""}
    rest = json.loads(json.dumps(rest))
    values = {**_simple(rest), **_filters(rest)}
    shown = json.dumps(rest, ensure_ascii=False, indent=2) if rest else ""
    return {**values, "rest": shown}


def _simple(rest: dict[str, Any]) -> dict[str, Any]:
    """Fields of the first level; taken out of ``rest``."""
    values: dict[str, Any] = {}
    if rest.get("organization") in ("source", "create"):
        values["organization"] = rest.pop("organization")
    for name in ("withdrawn", "precedence"):
        if isinstance(rest.get(name), (str, int)):
            values[name] = rest.pop(name)
    words = rest.get("priority")
    if isinstance(words, str) or (isinstance(words, list) and all("," not in w for w in words)):
        values["priority"] = words if isinstance(words, str) else ", ".join(words)
        del rest["priority"]
    return values


def _filters(rest: dict[str, Any]) -> dict[str, Any]:
    """Fields of ``filters``; taken out of ``rest``."""
    values: dict[str, Any] = {"stage": []}
    filters = rest.get("filters")
    if not isinstance(filters, dict):
        return values
    stages = filters.get("stage", [])
    if isinstance(stages, (str, list)):
        values["stage"] = [stages] if isinstance(stages, str) else stages
        filters.pop("stage", None)
    years = filters.get("fiscal_year")
    if isinstance(years, int):
        years = {"from": years, "to": years}
    if isinstance(years, dict):
        values |= years
        del filters["fiscal_year"]
    if not filters:
        del rest["filters"]
    return values


def is_form(data: Mapping[str, Any]) -> bool:
    """Whether the data come from the form with fields."""
    return bool(data.get(MARK))


def merged(data: Mapping[str, Any]) -> dict[str, Any]:
    """The data of a source without the form's fields, which its ``config`` now says.

    A configuration that is no JSON stays as typed: its own validation tells what is wrong.
    """
    plain = {name: value for name, value in data.items() if not name.startswith(PREFIX)}
    try:
        typed = collect.typed_config(str(data.get("config") or ""))
    except collect.ConfigError:
        return plain
    if not isinstance(typed, dict):
        return plain
    asked = {name: data.get(f"{PREFIX}{name}") for name in FIELDS}
    config = {**_stated(asked), **typed}
    filters = {**_wanted(asked), **(typed.get("filters") or {})}
    if filters:
        config["filters"] = filters
    return {**plain, "config": json.dumps(config, ensure_ascii=False) if config else ""}


def _stated(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What the fields of the first level say; a field left at its default says nothing."""
    config = {
        name: value
        for name, default in (("organization", "source"), ("withdrawn", "keep"))
        if (value := str(asked[name] or default)) != default
    }
    words = [word.strip() for word in str(asked["priority"] or "").split(",") if word.strip()]
    precedence = _number(asked["precedence"])
    return {
        **config,
        **({"priority": words} if words else {}),
        **({"precedence": precedence} if precedence not in (None, 0) else {}),
    }


def _wanted(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Filters: exercises and stages."""
    years = {end: number for end in ("from", "to") if (number := _number(asked[end])) is not None}
    stages = asked["stage"] or []
    stages = [stages] if isinstance(stages, str) else list(stages)
    return {**({"fiscal_year": years} if years else {}), **({"stage": stages} if stages else {})}


def _number(text: Any) -> int | str | None:
    """A whole number; the text itself when it is none, for the validation to tell; None: empty."""
    typed = str(text if text is not None else "").strip()
    try:
        return int(typed) if typed else None
    except ValueError:
        return typed


def shown(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the form shows: what was just typed, else the source's configuration."""
    if is_form(data):
        typed = {name: data.get(f"{PREFIX}{name}") for name in FIELDS}
        stages = typed["stage"] or []
        typed["stage"] = [stages] if isinstance(stages, str) else stages
        return {**typed, "rest": data.get("config") or ""}
    return fields_of(data.get("config"))


def is_source(package: Mapping[str, Any]) -> bool:
    """Whether it is the dataset of a source of ours, in whichever schema it is shown."""
    if package.get("type") != "harvest":
        return False
    extras = {item["key"]: item["value"] for item in package.get("extras") or []}
    return "totem" in (package.get("source_type"), extras.get("source_type"))


HELPERS = {
    "budget_is_source": is_source,
    "budget_source_fields": shown,
    "budget_source_stages": lambda: STAGES,
    "budget_shown_address": collect.shown,
}
"""Those of templates, by name."""
