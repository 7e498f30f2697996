"""The SIREN of the public bodies that an organisation publishes for: a field of the organisation.

``budget_sirens`` is read by everybody on the organisation, on its page and by the API. Only who may
give bodies (``budget_body_assign``) changes it, by CKAN's own form and actions of organisations; it
is kept when anybody else saves the organisation. It is no extra field of the organisation: its
administrators write these.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.budget.core.tables import is_ready
from ckanext.budget.publication import ownership
from ckanext.budget.sheet.validators import budget_siren

FIELD = "budget_sirens"


@tk.chained_action
@tk.side_effect_free
def organization_show(original: Any, context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """As CKAN's, with the SIRENs that the organisation publishes for."""
    shown = original(context, data_dict)
    return {**shown, FIELD: ownership.held_by(shown["id"])}


@tk.chained_action
def organization_create(original: Any, context: Any, data_dict: dict[str, Any]) -> Any:
    """As CKAN's. Raises ValidationError for SIRENs that the user may not give."""
    return _saved("organization_create", original, context, data_dict, None)


@tk.chained_action
def organization_update(original: Any, context: Any, data_dict: dict[str, Any]) -> Any:
    """As CKAN's; without the field, the bodies of the organisation are those that it had."""
    group = model.Group.get(data_dict.get("id") or "")
    return _saved("organization_update", original, context, data_dict, group)


def _saved(
    action: str, original: Any, context: Any, data: Mapping[str, Any], group: model.Group | None
) -> Any:
    rest = {name: value for name, value in data.items() if name != FIELD}
    if FIELD not in data or not is_ready():
        return original(context, rest)
    tk.check_access(action, tk.fresh_context(context), dict(rest))
    wanted = _wanted(context, data[FIELD], group)
    saved = original(context, rest)
    made = group or model.Group.get(saved["id"] if isinstance(saved, dict) else saved)
    if wanted is not None and made is not None:
        ownership.give(made.id, wanted, context.get("user") or "")
        if not context.get("defer_commit"):
            model.Session.commit()
    return {**saved, FIELD: ownership.held_by(made.id)} if isinstance(saved, dict) else saved


def _wanted(context: Any, value: Any, group: model.Group | None) -> set[str] | None:
    """The SIRENs asked for; None when nothing changes. Raises ValidationError."""
    asked = _split(value)
    if set(asked) == set(ownership.held_by(group.id) if group else ()):
        return None
    try:
        tk.check_access("budget_body_assign", tk.fresh_context(context), {})
    except tk.NotAuthorized as refusal:
        raise tk.ValidationError({FIELD: [str(refusal.message)]}) from None
    errors = [error for text in asked if (error := _refusal(text, group))]
    if errors:
        raise tk.ValidationError({FIELD: errors})
    return set(asked)


def _split(value: Any) -> list[str]:
    """The numbers in a list, or typed in a line: ``216 704 825, 200023414``."""
    texts = value if isinstance(value, (list, tuple)) else re.split(r"[,;\n]", str(value or ""))
    return list(dict.fromkeys(text for item in texts if (text := re.sub(r"\s", "", str(item)))))


def _refusal(text: str, group: model.Group | None) -> str:
    """Why the organisation may not have this one; empty when it may."""
    try:
        holder = ownership.holder_of(budget_siren(text))
    except tk.Invalid as invalid:
        return f"{text[:20]} : {invalid.error}"
    if holder is None or (group is not None and holder.id == group.id):
        return ""
    return tk._(
        "The SIREN {siren} is given to “{owner}”: take it away from that organization first"
    ).format(siren=text, owner=holder.title or holder.name)


ACTIONS: dict[str, Callable[..., Any]] = {
    "organization_show": organization_show,
    "organization_create": organization_create,
    "organization_update": organization_update,
}
