"""Pages ``/budgets``: search with its CSV and type-ahead."""

from __future__ import annotations

from urllib.parse import urlencode

import ckan.plugins.toolkit as tk
from flask import Response, jsonify

from ckanext.budget.core.answers import pages
from ckanext.budget.core.csv_export import csv_response
from ckanext.budget.pages import bodies
from ckanext.budget.pages.figures import key_figures
from ckanext.budget.pages.search import search

blueprint = pages("budget_portal", __name__)

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
