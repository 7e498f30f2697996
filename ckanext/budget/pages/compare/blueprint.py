"""``/budgets/comparer?a=…&b=…``: any two documents that the reader may see."""

from __future__ import annotations

from typing import Any, NamedTuple

import ckan.plugins.toolkit as tk
from flask import Response, request

from ckanext.budget.charts.actions import known_of, payload_of
from ckanext.budget.core.answers import pages
from ckanext.budget.core.contexts import reader_context
from ckanext.budget.core.csv_export import csv_response
from ckanext.budget.core.formats import locale
from ckanext.budget.pages import bodies
from ckanext.budget.pages.body import store
from ckanext.budget.pages.compare.sides import (
    Side,
    category_rows,
    cautions,
    figure_rows,
    side_of,
)
from ckanext.budget.totem.dressed import dressed
from ckanext.budget.totem.model import Stage
from ckanext.budget.totem.summary.categories import categories
from ckanext.budget.totem.summary.told import decimal
from ckanext.budget.totem.summary.words import figure_words

blueprint = pages("budget_compare", __name__)

_BODIES = 6
_LONGEST = 100


class _Choice(NamedTuple):
    """A document that may be compared."""

    resource_id: str
    label: str


@blueprint.route("/budgets/comparer")
def read() -> str:
    """Both documents when both are chosen, and what may be chosen."""
    a, b = _side("a"), _side("b")
    asked = request.args.get("collectivite", "").strip()[:_LONGEST]
    values = {
        "sides": (a, b),
        **_compared(a, b),
        "words": figure_words(locale()),
        "labels": {one.id: one.label for one in categories(locale())},
        "asked": asked,
        "choices": _choices(asked or (a.siren if a else "")),
    }
    return tk.render("budget/portal/compare.html", values)


def _compared(a: Side | None, b: Side | None) -> dict[str, Any]:
    """What can be said of both; nothing until both are there."""
    if not (a and b and a.summary and b.summary):
        return {"rows": [], "categories": [], "cautions": []}
    per_inhabitant = _is_per_inhabitant(a, b)
    return {
        "rows": figure_rows(a, b, per_inhabitant),
        "categories": category_rows(a, b, per_inhabitant),
        "cautions": list(cautions(a, b)),
        "per_inhabitant": per_inhabitant,
        "may_divide": bool(a.people and b.people),
    }


@blueprint.route("/budgets/comparer.csv")
def as_csv() -> Response:
    """The figures of both, in euros, % and years; none until both are there."""
    return csv_response(_table(_side("a"), _side("b")), "comparaison.csv")


def _table(a: Side | None, b: Side | None) -> list[list[str]]:
    titles = [f"{one.body} – {one.title}" for one in (a, b) if one]
    rows = [["chiffre", "libelle", "unite", *titles, "ecart"]]
    if a and b and a.summary and b.summary:
        words = figure_words(locale())
        for row in figure_rows(a, b, False):
            amounts = (decimal(value) or "" for value in (*row.values, row.difference))
            rows.append([row.id, words[row.id].label, row.unit, *amounts])
    return rows


def _is_per_inhabitant(a: Side, b: Side) -> bool:
    """As asked; without being asked, when two bodies differ: amounts alone would compare sizes."""
    if not (a.people and b.people):
        return False
    asked = request.args.get("par", "")
    return asked == "habitant" or (asked != "total" and a.siren != b.siren)


def _side(name: str) -> Side | None:
    """The document named in the address; 404 where there is none that the reader may see."""
    resource_id = request.args.get(name, "").strip()
    if not resource_id:
        return None
    if not tk.h.plugin_loaded("budget_view"):
        tk.abort(404, tk._("No such document"))
    context = reader_context()
    try:
        answer = payload_of(known_of(context, resource_id))
        resource = tk.get_action("resource_show")(reader_context(), {"id": resource_id})
        package = tk.get_action("package_show")(reader_context(), {"id": resource["package_id"]})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        tk.abort(404, tk._("No such document"))
    return side_of(package, resource, answer if answer["state"] == "ready" else None)


def _choices(asked: str) -> list[tuple[str, list[_Choice]]]:
    """Public documents of the bodies that the text means, by body."""
    found = bodies.meant(asked, _BODIES) if asked else []
    sirens = [one.siren for one in found if one.siren]
    return [(_name(some), [_choice(one) for one in some])
            for siren in dict.fromkeys(sirens) if (some := store.documents(siren))]  # fmt: skip


def _name(documents: list[store.Document]) -> str:
    return dressed(documents[0].body_name)


def _choice(one: store.Document) -> _Choice:
    stage = Stage[one.stage].title if one.stage in Stage.__members__ else one.stage
    number = f" n° {one.number}" if one.number and one.stage == "DM" else ""
    budget = f" – {dressed(one.budget_name)}" if one.budget_type == "annexe" else ""
    return _Choice(one.resource_id, f"{one.year} – {stage}{number}{budget}")
