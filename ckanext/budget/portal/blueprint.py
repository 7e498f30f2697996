"""Pages ``/budgets``: search with its CSV and type-ahead."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlencode

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, jsonify, stream_with_context

from ckanext.budget.portal import bodies, search
from ckanext.budget.portal.figures import key_figures
from ckanext.budget.spreadsheet import inert

blueprint = Blueprint("budget_portal", __name__)

_SUGGESTIONS = 12


@blueprint.route("/budgets")
def index() -> str:
    """Search by filters; the address holds the whole question."""
    question = search.Question.read(tk.request.args)
    results = search.found(question)
    values = {
        "question": question,
        "results": results,
        "filters": search.FILTERS,
        "sorts": _sorts(),
        "figures": key_figures(results.packages),
        "api": _api(question),
    }
    return tk.render("budget/portal/search.html", values)


def _sorts() -> dict[str, str]:
    return {
        "exercice": tk._("Latest fiscal year first"),
        "nom": tk._("By name"),
        "recents": tk._("Latest update first"),
        "pertinence": tk._("Best match first"),
    }


def _api(question: search.Question) -> str:
    """The same question to CKAN's own API."""
    query = question.query()
    parameters = {"q": query["q"], "fq": " ".join(query["fq_list"]), "sort": query["sort"]}
    address = tk.url_for("api.action", ver=3, logic_function="package_search", locale="default")
    return f"{address}?{urlencode(parameters)}"


@blueprint.route("/budgets.csv")
def as_csv() -> Response:
    """Every budget of the result."""
    question = search.Question.read(tk.request.args)
    return csv_response(search.rows(question), "budgets.csv")


@blueprint.route("/budgets/collectivites.json")
def suggest() -> Response:
    """Bodies whose name matches what is being typed."""
    found = bodies.matching(tk.request.args.get("q", "")[:100], _SUGGESTIONS)
    return jsonify(
        [{"name": one.name, "siren": one.siren, "budgets": one.budgets} for one in found]
    )


def csv_response(rows: Iterable[list[Any]], name: str) -> Response:
    """A CSV file sent as it is made; the mark lets spreadsheets read UTF-8."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(
        stream_with_context(_lines(rows)), content_type="text/csv; charset=utf-8", headers=headers
    )


def _lines(rows: Iterable[list[Any]]) -> Iterator[str]:
    yield "\ufeff"
    for row in rows:
        text = io.StringIO()
        csv.writer(text).writerow(map(inert, row))
        yield text.getvalue()
