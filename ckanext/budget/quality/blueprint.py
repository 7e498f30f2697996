"""Pages of the control: the dashboard, and the report of each resource (HTML, JSON, CSV)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Response

from ckanext.budget.core.access import edited_organizations, user_of
from ckanext.budget.core.answers import pages
from ckanext.budget.core.contexts import reader_context
from ckanext.budget.core.csv_export import csv_response
from ckanext.budget.core.tables import is_ready
from ckanext.budget.quality.dashboard import dashboard as numbers_of
from ckanext.budget.quality.dashboard import titles

blueprint = pages("budget_control", __name__)


@blueprint.route("/budgets/controle")
def dashboard() -> str:
    """For administrators, and for the editors of organisations."""
    try:
        tk.check_access("budget_dashboard", reader_context(), {})
    except tk.NotAuthorized:
        tk.abort(403, tk._("This page is for those who publish: log in as an editor"))
    if not is_ready():
        return tk.render("budget/control/dashboard.html", {"numbers": None})
    numbers = numbers_of(edited_organizations(user_of(reader_context())))
    return tk.render("budget/control/dashboard.html", {"numbers": numbers})


@blueprint.route("/budgets/rapport/<resource_id>")
def report(resource_id: str) -> str:
    """The last report on the resource, for people."""
    found = _report(resource_id)
    resource = tk.get_action("resource_show")(reader_context(), {"id": resource_id})
    package = tk.get_action("package_show")(reader_context(), {"id": resource["package_id"]})
    values = {"report": found, "resource": resource, "package": package, "titles": titles()}
    return tk.render("budget/control/report.html", values)


@blueprint.route("/budgets/rapport/<resource_id>.json")
def report_json(resource_id: str) -> Response:
    """The same for programs."""
    text = json.dumps(_report(resource_id), ensure_ascii=False, indent=1)
    return Response(text, content_type="application/json; charset=utf-8")


@blueprint.route("/budgets/rapport/<resource_id>.csv")
def report_csv(resource_id: str) -> Response:
    """The findings as a table; with the mark that spreadsheets need to read UTF-8."""
    found = _report(resource_id)
    names = ("severity", "code", "place", "message", "remedy")
    rows = ([finding.get(name, "") for name in names] for finding in found["findings"])
    return csv_response([names, *rows], f"rapport-{resource_id}.csv")


def _report(resource_id: str) -> dict[str, Any]:
    return _or_abort(
        lambda: tk.get_action("budget_report_show")(reader_context(), {"resource_id": resource_id})
    )


def _or_abort(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except tk.ObjectNotFound:
        tk.abort(404, tk._("There is no report"))
    except tk.NotAuthorized:
        tk.abort(403, tk._("You may not read this report"))
