"""Pages ``/budgets``: search with its CSV and type-ahead, and the glossary."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import ckan.plugins.toolkit as tk
from flask import Response, current_app, jsonify

from ckanext.budget.core.answers import pages
from ckanext.budget.core.csv_export import csv_response
from ckanext.budget.core.formats import locale
from ckanext.budget.pages import bodies
from ckanext.budget.pages.figures import key_figures
from ckanext.budget.pages.search import meanings, search
from ckanext.budget.sheet.helpers import choice_labels

blueprint = pages("budget_portal", __name__)

_SUGGESTIONS = 12
_MEANT = 6


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
        "words": meanings.of(question.text, locale()),
        "meant": bodies.meant(question.body, _MEANT) if question.body else [],
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
    """Bodies that what is being typed may mean, those with no budget here included."""
    found = bodies.matching(_asked(), _SUGGESTIONS)
    return jsonify([{**_told(one), "address": _address(one)} for one in found])


def _asked() -> str:
    return tk.request.args.get("q", "")[:100]


def _told(one: bodies.Body) -> dict[str, Any]:
    return {
        "name": one.name,
        "siren": one.siren,
        "code": one.code,
        "kind": choice_labels("body_kind").get(one.kind, one.kind),
        "department": one.department,
        "budgets": one.budgets,
    }


def _address(one: bodies.Body) -> str:
    """Where a reader learns what the body has here."""
    if one.siren and "budget_body.read" in current_app.view_functions:
        return tk.url_for("budget_body.read", siren=one.siren)
    return tk.url_for("budget_portal.index", collectivite=one.siren or one.name)


@blueprint.route("/budgets/trouver")
def find() -> Any:
    """To the budgets of the body that is meant; to the search by words when none is."""
    found = bodies.matching(_asked(), 1)
    if found:
        return tk.redirect_to(_address(found[0]))
    return tk.redirect_to("budget_portal.index", q=_asked())


@blueprint.route("/budgets/glossaire")
def glossary() -> str:
    """The words of local finance, in ours; figures everywhere point at their anchors."""
    terms, plain = meanings.terms(locale()), meanings.plain(locale())
    return tk.render("budget/portal/glossary.html", {"terms": terms, "categories": plain})
