"""Who may: the small change of authorisation functions.

CKAN calls an authorisation function with an ``AnonymousUser`` that is true: whether somebody is
logged in is asked of the database, never of the context's truth.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.logic import auth_audit_exempt

Answer = dict[str, Any]
Action = Callable[[Any, dict[str, Any]], Any]

ALLOWED: Answer = {"success": True}


def refused(message: str) -> Answer:
    """No, and the sentence that says why."""
    return {"success": False, "msg": message}


def user_of(context: Any) -> model.User | None:
    """The account that acts; None for anonymous readers."""
    name = context.get("user")
    user = model.User.get(name) if name else None
    return user if user is not None and user.state == "active" else None


def as_for(action: str, context: Any, data_dict: dict[str, Any], message: str = "") -> Answer:
    """The answer of another action's own authorisation, with ``message`` when it is no."""
    try:
        tk.check_access(action, tk.fresh_context(context), data_dict)
    except tk.NotAuthorized as error:
        return refused(message or str(error.message or ""))
    return ALLOWED


def for_accounts(*names: str) -> dict[str, Any]:
    """Authorisation functions of others, by name, that say no to readers without account.

    They look for an account that ``AnonymousUser`` is not, and fail (error 500) instead.
    """
    return {name: _for_accounts(name) for name in names}


def _for_accounts(name: str) -> Any:
    @tk.chained_auth_function
    @tk.auth_allow_anonymous_access  # else CKAN refuses by itself, in English
    def auth(following: Any, context: Any, data_dict: dict[str, Any]) -> Answer:
        if user_of(context) is None:
            return refused(tk._("Only people with an account may do this: log in"))
        return following(context, data_dict)

    auth.__name__ = name
    return auth


def is_sysadmin(context: Any) -> bool:
    """Whether the portal itself, or one of its administrators, acts."""
    user = user_of(context)
    return bool(context.get("ignore_auth") or (user and user.sysadmin))


def for_sysadmins(name: str) -> Any:
    """Another's action, by name, that says no to everybody but sysadmins; readable by GET as its
    name ends in ``_list``."""

    @tk.chained_action
    def action(following: Any, context: Any, data_dict: dict[str, Any]) -> Any:
        if not is_sysadmin(context):
            raise tk.NotAuthorized(tk._("Only the administrators of the portal may do this"))
        return following(context, data_dict)

    action.__name__ = name
    auth_audit_exempt(action)  # what it stands before has no authorisation function of its own
    return tk.side_effect_free(action) if name.endswith("_list") else action


_TEXTS = (
    "decision", "document", "id", "organization", "owner_org", "package_id", "resource_id",
    "siren", "source_id", "state",
)  # fmt: skip


def of_texts(actions: dict[str, Action]) -> dict[str, Action]:
    """The actions, which refuse a list, a number or a table where a name or an id is a text.

    PostgreSQL would refuse it, as an error 500.
    """
    return {name: _of_texts(action) for name, action in actions.items()}


def _of_texts(action: Action) -> Action:
    @wraps(action)
    def checked(context: Any, data_dict: dict[str, Any]) -> Any:
        wrong = [name for name in _TEXTS if not isinstance(data_dict.get(name) or "", str)]
        if wrong:
            message = tk._("Write a text here: a name or an identifier")
            raise tk.ValidationError({name: [message] for name in wrong})
        return action(context, data_dict)

    return checked


def edited_organizations(user: model.User | None) -> list[str] | None:
    """Organisations whose datasets the user may edit; None: all of them (sysadmin)."""
    if user is None:
        return []
    if user.sysadmin:
        return None
    found = tk.get_action("organization_list_for_user")(
        {"user": user.name}, {"id": user.id, "permission": "update_dataset"}
    )
    return [organization["id"] for organization in found]


def is_editor(context: Any) -> bool:
    """Whether the user edits at least one organisation, or the whole portal."""
    organizations = edited_organizations(user_of(context))
    return organizations is None or bool(organizations)
