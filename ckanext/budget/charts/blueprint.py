"""The summaries as plain JSON for pages: compressed once, validated by ETag, no wrapper."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Response, request

from ckanext.budget.charts.actions import known_of
from ckanext.budget.charts.anonymous_cache import MARK
from ckanext.budget.charts.store import Known
from ckanext.budget.core.answers import pages
from ckanext.budget.core.contexts import reader_context

blueprint = pages("budget_view", __name__)

_JSON = "application/json; charset=utf-8"
_RETRY_SECONDS = 2


@blueprint.route("/budgets/resume/<resource_id>.json")
def summary(resource_id: str) -> Response:
    """200 ready or failed, 202 being computed, 304, 403, 404."""
    return _answered(lambda: _summary(known_of(reader_context(), resource_id)))


@blueprint.route("/budgets/evolution/<resource_id>.json")
def series(resource_id: str) -> Response:
    """The same budget over time."""
    return _acted("budget_series", resource_id)


@blueprint.route("/budgets/comparaison/<resource_id>.json")
def comparison(resource_id: str) -> Response:
    """Like bodies."""
    return _acted("budget_compare", resource_id)


@blueprint.route("/budgets/annexes/<resource_id>.json")
def annexes(resource_id: str) -> Response:
    """What the annexes of the document tell."""
    return _acted("budget_annexes", resource_id)


def _summary(known: Known) -> Response:
    if known.state != "ready" or not known.body:
        return _plain({"state": known.state, "message": known.message})
    response = Response(content_type=_JSON)
    response.set_etag(known.key or "", weak=True)
    response.vary.add("Accept-Encoding")
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        response.headers["Content-Encoding"] = "gzip"
        response.set_data(known.body)
        if tk.current_user.is_anonymous:
            request.environ[MARK] = True
    else:
        response.set_data(gzip.decompress(known.body))
    response.make_conditional(request)
    return response


def _acted(action: str, resource_id: str) -> Response:
    return _answered(lambda: _plain(tk.get_action(action)(reader_context(), {"id": resource_id})))


def _answered(answer: Callable[[], Response]) -> Response:
    """The answer, or the error as JSON."""
    try:
        return answer()
    except tk.ObjectNotFound:
        return _plain({"state": "failed", "message": tk._("Resource not found")}, 404)
    except tk.NotAuthorized:
        return _plain({"state": "failed", "message": tk._("You may not see this resource")}, 403)


def _plain(data: dict[str, Any], status: int = 200) -> Response:
    is_computing = data["state"] == "computing"
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    response = Response(body, 202 if is_computing else status, content_type=_JSON)
    if is_computing:
        response.headers["Retry-After"] = str(_RETRY_SECONDS)
    elif status == 200:
        response.add_etag(weak=True)
        response.make_conditional(request)
    return response
