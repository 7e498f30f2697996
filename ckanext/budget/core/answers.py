"""What every page of the extension has in common as an answer of HTTP."""

from __future__ import annotations

import re

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, request

_NUMBER = re.compile(r"[0-9]{1,5}")


def pages(name: str, import_name: str) -> Blueprint:
    """A blueprint whose answers are kept apart by reader."""
    blueprint = Blueprint(name, import_name)
    blueprint.after_request(apart_by_reader)
    return blueprint


def apart_by_reader(response: Response) -> Response:
    """No shared cache gives one reader what another may see.

    CKAN calls public whatever is not asked for with a session: a token of the API is none.
    """
    response.vary.update(("Authorization", "Cookie"))
    if not tk.current_user.is_anonymous:
        request.environ["__no_cache__"] = True
    return response


def asked_to_log_in() -> Response | None:
    """For whoever is not logged in: the page of the login, which comes back here."""
    if not tk.current_user.is_anonymous:
        return None
    return tk.redirect_to("user.login", came_from=request.full_path)


def page_number(asked: str) -> int:
    """The number of a page as an address tells it; 1 when it tells none that could be."""
    return max(1, int(asked)) if _NUMBER.fullmatch(asked) else 1
