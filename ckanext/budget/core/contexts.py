"""Who acts: contexts of CKAN's actions, the organisation meant, the application of a command."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import click
import flask
from ckan import model

PUBLICATION = "budget_publication"
"""Key of the context of our own writes: no request can set it. See ``publication/claims``."""


def reader_context() -> dict[str, Any]:
    """That of whoever reads the page."""
    return {"user": tk.current_user.name, "auth_user_obj": tk.current_user}


def site_context(**more: Any) -> dict[str, Any]:
    """That of the portal itself, for commands and for jobs that nobody asked for."""
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    return {"user": user["name"], "ignore_auth": True, **more}


def organization(name_or_id: str) -> model.Group | None:
    """The active organisation of this name or id; None when there is none."""
    found = model.Group.get(name_or_id) if name_or_id else None
    is_one = found is not None and found.is_organization and found.state == "active"
    return found if is_one else None


def flask_application() -> Any:
    """The application for commands, which CKAN runs outside of its context.

    That of the command line, else the current one (a command called by a test).
    """
    context = click.get_current_context(silent=True)
    found = context.meta.get("flask_app") if context else None
    return found or flask.current_app._get_current_object()  # type: ignore[attr-defined]
