"""Pages ``/budgets/carte``: who has published what, as a map, figures, list, CSV and GeoJSON."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import ckan.plugins.toolkit as tk
from flask import Response, request

from ckanext.budget.core.answers import page_number, pages
from ckanext.budget.core.csv_export import csv_response
from ckanext.budget.core.tables import is_ready
from ckanext.budget.core.versioned_cache import VersionedCache
from ckanext.budget.pages.territories import feed, mviewer, progress
from ckanext.budget.pages.territories.reference import KINDS, department_names
from ckanext.budget.sheet.helpers import choice_labels

blueprint = pages("budget_territories", __name__)

_LISTED = 100


@dataclass(frozen=True)
class Choice:
    """What the address asks; unknown values fall back to the first choice.

    Only what exists is ever computed and kept: an address cannot make the memory grow.
    """

    year: str
    stage: str
    kind: str
    department: str
    missing: bool
    page: int


def _choice(years: list[str]) -> Choice:
    arguments = request.args
    year, department = arguments.get("exercice", ""), arguments.get("departement", "")
    stage, kind = arguments.get("etape", ""), arguments.get("type", "")
    return Choice(
        year if year in years else (years[0] if years else "2000"),
        stage if stage in progress.STAGES else "BP",
        kind if kind in KINDS else "commune",
        department if department in department_names() else "",
        arguments.get("etat", "") == "manquants",
        page_number(arguments.get("page", "")),
    )


@blueprint.route("/budgets/carte")
def map_page() -> str:
    """The map, with the same facts as tables for everybody."""
    if not is_ready():
        return tk.render("budget/portal/map.html", {"choice": None})
    years = progress.years()
    choice = _choice(years)
    whole = progress.progress(choice.year, choice.stage)
    kinds = choice_labels("body_kind")
    shown = whole.only(choice.kind, choice.department)
    listed = [row for row in shown.rows if not (choice.missing and row.dataset)]
    last = max(1, -(-len(listed) // _LISTED))
    first = (choice.page - 1) * _LISTED
    values = {
        "choice": choice,
        "tiles": tiles(),
        "years": years,
        "stages": _stages(),
        "kinds": {kind: kinds.get(kind, kind) for kind in whole.shares("kind")},
        "departments": whole.only(choice.kind).shares("department"),
        "names": department_names(),
        "by_kind": whole.only(department=choice.department).shares("kind"),
        "total": shown.total,
        "history": progress.history(choice.kind, choice.department),
        "rows": listed[first : first + _LISTED],
        "pages": last,
    }
    return tk.render("budget/portal/map.html", values)


def tiles() -> dict[str, str]:
    """The base map of the portal's settings; none by default."""
    config = tk.config
    return {
        "url": config.get("ckanext.budget.map_tiles"),
        "credit": config.get("ckanext.budget.map_credit"),
    }


def _stages() -> dict[str, str]:
    return {
        "BP": tk._("Initial budget"),
        "CA": tk._("Administrative or single financial account"),
    }


@blueprint.route("/budgets/carte.csv")
def as_csv() -> Response:
    """The list as a table: every body of the chosen kind and département."""
    choice = _asked()
    found = progress.progress(choice.year, choice.stage).only(choice.kind, choice.department)
    return csv_response(feed.table(found, _site()), f"carte-{choice.year}-{choice.stage}.csv")


@blueprint.route("/budgets/carte.geojson")
def as_geojson() -> Response:
    """A feature per body: the layer of mviewer and of other maps."""
    choice = _asked()

    def body(found: progress.Progress) -> str:
        return feed.bodies_layer(found, choice.kind, _site())

    return _layer(choice, body, choice.department)


@blueprint.route("/budgets/carte/departements.geojson")
def departments() -> Response:
    """A feature per département: the share of its bodies that published."""
    return _layer(_asked(), feed.departments_layer, "")


_MVIEWER = {"xml": "application/xml", "js": "text/javascript", "mst": "text/plain"}
"""The files that mviewer reads, by ending."""


@blueprint.route("/budgets/carte/mviewer.<any(xml, js, mst):part>")
@blueprint.route("/budgets/carte/<year>/mviewer.<any(xml, js, mst):part>")
def for_mviewer(part: str, year: str = "") -> Response:
    """Configuration, script and card for mviewer, with nothing to edit; readable from any site.

    The address tells the exercise, the latest one by default: the address of a script has no
    parameters in mviewer.
    """
    choice = _asked()
    if year and year not in progress.years():
        tk.abort(404)
    chosen = year or choice.year
    whole = progress.progress(chosen, "BP")
    values = {
        "home": f"{_site()}/budgets/carte",
        "folder": f"{_site()}/budgets/carte{'/' + year if year else ''}",
        "title": tk.config.get("ckan.site_title"),
        "year": chosen,
        "tiles": tiles(),
        "kinds": choice_labels("body_kind"),
        "stages": _stages(),
        "layers": mviewer.layers(whole.shares("kind")),
        "outlines": mviewer.OUTLINES,
        "view": mviewer.view(whole.shares("department")),
    }
    text = tk.render(f"budget/mviewer/mviewer.{part}", values)
    response = Response(text, content_type=f"{_MVIEWER[part]}; charset=utf-8")
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _asked() -> Choice:
    if not is_ready():
        tk.abort(404)
    return _choice(progress.years())


_layers: VersionedCache[bytes] = VersionedCache(64, most=64 << 20, weigh=len)


def _layer(choice: Choice, body: Callable[[progress.Progress], str], department: str) -> Response:
    """The layer from memory while nothing changed; 304 when the reader has it already."""
    state = progress.state()
    key = f"{request.path} {choice.year} {choice.stage} {choice.kind} {department}"

    def make() -> bytes:
        found = progress.progress(choice.year, choice.stage, state)
        return body(found.only(choice.kind, department)).encode()

    return layer_response(_layers.get(key, state, make), f"{key} {state}")


def layer_response(content: bytes, version: str) -> Response:
    """A layer that other sites' maps read; 304 to who has this ``version``."""
    response = Response(content, content_type="application/geo+json; charset=utf-8")
    response.set_etag(hashlib.sha256(version.encode()).hexdigest())
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
    response.make_conditional(request)
    return response


def _site() -> str:
    return tk.config["ckan.site_url"].rstrip("/")
