"""The files of the open dataset, the questions on it, the region's page."""

from __future__ import annotations

import re
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Response, request, send_file

from ckanext.budget.charts.texts import figures
from ckanext.budget.core.answers import pages
from ckanext.budget.core.csv_export import csv_response
from ckanext.budget.core.formats import locale
from ckanext.budget.core.versioned_cache import VersionedCache
from ckanext.budget.opendata import engine, region, store
from ckanext.budget.opendata.catalogue import address
from ckanext.budget.opendata.errors import TooLong
from ckanext.budget.opendata.questions import Question, answer, counted, questions, usual
from ckanext.budget.opendata.shown import exported, scope, shown, size, stages
from ckanext.budget.pages.territories import feed, progress
from ckanext.budget.pages.territories.blueprint import layer_response, tiles
from ckanext.budget.pages.territories.reference import ALSACE, ALSACE_PARTS
from ckanext.budget.sheet.helpers import choice_labels
from ckanext.budget.sheet.identity import OPEN_DATASET

blueprint = pages("budget_opendata", __name__)


@blueprint.route("/budgets/donnees")
def index() -> str:
    """The dataset, its files, the ready questions."""
    folder = _folder()
    return tk.render(
        "budget/opendata/index.html",
        {
            "questions": [_told(one) for one in questions().values()],
            "manifest": store.manifest(folder) if folder else None,
            "address": address,
            "dataset": OPEN_DATASET if _is_shown() else "",
            "lines": _lines_of(folder),
        },
    )


@blueprint.route("/budgets/donnees/<name>")
def ask(name: str) -> str:
    """The answer to a ready question: chart, table, its SQL, and how to ask it elsewhere."""
    question, year, known = _asked(name)
    values: dict[str, Any] = {
        "question": _told(question),
        "year": year,
        "years": known,
        "bodies": known.get(year, 0),
        "stages": stages(question.stages),
        "untold": _untold(known) if question.by_year else "",
    }
    try:
        found = answer(question, year)
        values |= {"shown": shown(question, found), "sql": question.written(year)}
    except TooLong:
        values |= {"shown": None, "sql": question.written(year)}
    values["others"] = [_told(one) for one in questions().values() if one.name != name]
    values["address"] = address
    return tk.render("budget/opendata/question.html", values)


@blueprint.route("/budgets/donnees/<name>.csv")
def ask_csv(name: str) -> Response:
    """The same answer as a table: codes with their labels, and exact numbers, in euros."""
    question, year, _known = _asked(name)
    try:
        found = answer(question, year)
    except TooLong:
        tk.abort(503)
    suffix = f"-{year}" if question.by_year else ""
    return csv_response(exported(found), f"{name}{suffix}.csv")


def _plain(cell: Any) -> Any:
    return "" if cell is None else cell


def _asked(name: str) -> tuple[Question, int, dict[int, int]]:
    """The question, the exercise (a usual one when the address tells none), and bodies of each."""
    if name not in questions() or _folder() is None:
        tk.abort(404)
    question = questions()[name]
    known = counted(question)
    return question, _year(known) or 2000, known


def _year(known: dict[int, int]) -> int | None:
    """The exercise of the address; a usual one when it tells none that exists."""
    asked = request.args.get("exercice", "")
    return int(asked) if asked in map(str, known) else usual(known)


def _untold(known: dict[int, int]) -> str:
    """The exercise of the address when nothing of it is known: the page shows another."""
    asked = request.args.get("exercice", "")
    return asked if re.fullmatch("[12][0-9]{3}", asked) and int(asked) not in known else ""


def _folder() -> Any:
    return store.current() if engine.is_installed() else None


def _told(question: Question) -> dict[str, Any]:
    language = locale()
    return {
        "name": question.name,
        "title": question.title(language),
        "text": question.text(language),
        "scope": scope(question),
        "by_year": question.by_year,
    }


def _lines_of(folder: Any) -> str:
    """Address of the latest initial budgets' lines (else of any lines), for the examples."""
    items = store.manifest(folder)["resources"] if folder else []
    paths = [one["path"] for one in items if one["path"].startswith("lignes/")]
    best = max(paths, key=lambda path: ("etape=BP" in path, path), default="")
    return address(best) if best else ""


def _is_shown() -> bool:
    from ckan import model

    package = model.Package.get(OPEN_DATASET)
    return package is not None and package.state == model.State.ACTIVE


@blueprint.route("/budgets/region")
def region_page() -> str:
    """Totals by kind of body and year, per inhabitant, by size; coverage always beside."""
    stage, figure, year = _asked_region()
    known = region.years(stage) if _folder() else {}
    values: dict[str, Any] = {
        "stage": stage,
        "stage_text": stages(region.STAGES[stage]),
        "untold": _untold(known),
        "figure": figure,
        "figures": {name: figures()[name] for name in region.FIGURES},
        "years": known,
        "year": year,
        "tiles": tiles(),
        "kinds": choice_labels("body_kind"),
        "version": store.version(),
    }
    if year is not None:
        rows = region.by_kind(year, stage)
        values |= {
            "rows": rows,
            "history": region.by_year(figure, stage),
            "strata": region.strata(year, figure, stage),
            "size": size,
            "listed": sum(row.listed for row in rows),
            "expected": sum(row.expected for row in rows),
            "communes": sum(row.expected for row in rows if row.kind == "commune"),
            "alsace": _tells_alsace(year, stage),
        }
        values |= _on_the_map(year, figure, stage)
    return tk.render("budget/opendata/region.html", values)


def _tells_alsace(year: int, stage: str) -> bool:
    """Whether the list has the départements of Alsace, or what replaced them."""
    found = progress.progress(str(year), stage).only("departement").rows
    return not {ALSACE, *ALSACE_PARTS}.isdisjoint(row.code for row in found)


def _on_the_map(year: int, figure: str, stage: str) -> dict[str, Any]:
    values = region.communes(year, figure, stage)
    return {"mapped": len(values), "limits": region.thirds(values.values())}


_layers: VersionedCache[bytes] = VersionedCache(32)


@blueprint.route("/budgets/region.geojson")
def region_layer() -> Response:
    """A feature per commune: euros per inhabitant, and in which third it is; null when untold."""
    stage, figure, year = _mapped_region()
    version = f"{store.version()} {progress.state()}"

    def make() -> bytes:
        values = region.communes(year, figure, stage)
        limits = region.thirds(values.values())

        def more(row: progress.Row) -> dict[str, Any]:
            value = values.get(row.siren)
            told = {"indicateur": figure, "euros_par_habitant": None, "tiers": None}
            if value is None:
                return told
            return told | {
                "euros_par_habitant": float(value),
                "tiers": region.third(value, limits),
            }

        found = progress.progress(str(year), stage).only("commune")
        return feed.bodies_layer(found, "commune", tk.config["ckan.site_url"], more).encode()

    key = f"{year} {stage} {figure}"
    return layer_response(_layers.get(key, version, make), f"region {key} {version}")


def _asked_region() -> tuple[str, str, int | None]:
    """Stage, figure and exercise of the address; usual ones when it tells none that exist."""
    years = region.years if _folder() else lambda _stage: {}
    stage = request.args.get("etape", "")
    if stage not in region.STAGES:
        stage = next(filter(years, ("CA", *region.STAGES)), "CA")
    figure = request.args.get("indicateur", "")
    figure = figure if figure in region.FIGURES else "real_operating_expenditure"
    return stage, figure, _year(years(stage))


def _mapped_region() -> tuple[str, str, int]:
    """As :func:`_asked_region`; 404 when no exercise has figures."""
    stage, figure, year = _asked_region()
    return stage, figure, tk.abort(404) if year is None else year


@blueprint.route("/budgets/region/communes.csv")
def communes_csv() -> Response:
    """What the map shows, as a table: every commune, also those that did not publish."""
    stage, figure, year = _mapped_region()
    values = region.communes(year, figure, stage)
    rows = [
        [row.code, row.siren, row.name, row.department, _plain(row.population), year, stage, figure,
         _plain(values.get(row.siren))]
        for row in progress.progress(str(year), stage).only("commune").rows
    ]  # fmt: skip
    titles = ["code_insee", "siren", "commune", "departement", "population", "exercice", "etape",
              "indicateur", "euros_par_habitant"]  # fmt: skip
    return csv_response([titles, *rows], f"communes-{figure}-{year}-{stage}.csv")


@blueprint.route("/budgets/region.csv")
def region_csv() -> Response:
    """Every total of the page, all exercises: euros and number of bodies."""
    stage = request.args.get("etape", "")
    stage = stage if stage in region.STAGES else "CA"
    if _folder() is None:
        tk.abort(404)
    titles = ["exercice", "type_collectivite", "indicateur", "euros", "collectivites",
              "euros_par_habitant"]  # fmt: skip
    rows = [
        [year, kind, figure, total.euros, total.bodies, _plain(total.per_inhabitant)]
        for figure in region.FIGURES
        for year, totals in region.by_year(figure, stage)
        for kind, total in sorted(totals.items())
    ]
    return csv_response([titles, *rows], f"region-{stage}.csv")


@blueprint.route("/budgets/donnees/fichiers/<path:path>")
def file(path: str) -> Response:
    """A file of the current build, in parts when asked (``Range``), to any web page."""
    folder = store.current() or tk.abort(404)
    names = {item["path"] for item in store.manifest(folder)["resources"]}
    if path not in names | {store.MANIFEST, "SHA256SUMS"}:
        tk.abort(404)
    is_attached = path.endswith((".gz", ".parquet"))
    response = send_file(folder / path, as_attachment=is_attached, conditional=True)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = "Content-Length, Content-Range"
    return response
