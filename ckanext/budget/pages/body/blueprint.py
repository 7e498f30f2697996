"""Pages ``/budgets/collectivite/<siren>``: everything that a body has published, and what lacks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

import ckan.plugins.toolkit as tk
from flask import Response, jsonify, request

from ckanext.budget.charts import store as summaries
from ckanext.budget.charts.references import store as references
from ckanext.budget.core.answers import pages
from ckanext.budget.core.csv_export import csv_response
from ckanext.budget.core.formats import locale
from ckanext.budget.core.tables import is_ready
from ckanext.budget.core.versioned_cache import VersionedCache
from ckanext.budget.pages import bodies
from ckanext.budget.pages.body import feed, store
from ckanext.budget.pages.body.history import Body, Gap, body_of, kind_of
from ckanext.budget.pages.body.whole import Whole, whole_of
from ckanext.budget.sheet.helpers import choice_labels
from ckanext.budget.totem.summary.figures import debt_figure, divided
from ckanext.budget.totem.summary.words import figure_words, ratio_words

blueprint = pages("budget_body", __name__)

_SIREN = re.compile(r"[0-9]{9}")
_YEARS_COMPARED = 4


class _Found(NamedTuple):
    """``wholes``: years added up, as they are asked for; ``averages``: one list, once asked for."""

    body: Body
    wholes: dict[int, Whole | None]
    averages: list[list[Mapping[str, Any]]]

    @property
    def is_settled(self) -> bool:
        """Whether every summary is made: one that comes later changes no version of a dataset."""
        return all(one.key for lane in self.body.lanes for one in lane.documents)


_cache: VersionedCache[_Found] = VersionedCache(256)


@blueprint.route("/budgets/collectivite/<siren>")
def read(siren: str) -> str:
    """Key figures, years, budgets of one year added up, documents here and missing."""
    return tk.render("budget/portal/body/read.html", _values(siren))


@blueprint.route("/budgets/collectivite/<siren>/integrer")
def embed(siren: str) -> str:
    """The key figures alone, for another site."""
    return tk.render("budget/portal/body/embed.html", _values(siren))


@blueprint.route("/budgets/collectivite/<siren>.csv")
def as_csv(siren: str) -> Response:
    """Every document with its figures."""
    return csv_response(feed.table(_found(siren).body), f"collectivite-{siren}.csv")


@blueprint.route("/budgets/collectivite/<siren>.json")
def as_json(siren: str) -> Response:
    """The same, and what is missing."""
    return jsonify(feed.as_dict(_found(siren).body, date.today()))


def _found(siren: str) -> _Found:
    """404 for a body that has published nothing here and that no list of bodies knows."""
    if not _SIREN.fullmatch(siren) or not is_ready():
        tk.abort(404, tk._("No such public body"))
    found = _cache.get(siren, bodies.version(), lambda: _read(siren))
    return found if found.is_settled else _read(siren)


def _read(siren: str) -> _Found:
    documents, official = store.documents(siren), store.official([siren]).get(siren)
    if not documents and not official:
        tk.abort(404, tk._("No such public body"))
    return _Found(body_of(siren, documents, official), {}, [])


def _values(siren: str) -> dict[str, Any]:
    found = _found(siren)
    body, today = found.body, date.today()
    asked = request.args.get("exercice", "")
    years = {str(year): year for year in body.years}
    year = years.get(asked) or (body.told[0].year if body.told else next(iter(body.years), None))
    gaps: dict[tuple[int, int, str], Gap] = {
        (gap.year, id(gap.lane), gap.kind): gap for gap in body.gaps(today)
    }
    return {
        "body": body,
        "kinds": choice_labels("body_kind"),
        "words": figure_words(locale()),
        "debt_of": debt_figure,
        "kind_of": kind_of,
        "divided": divided,
        "year": year,
        "whole": _whole(found, year) if year else None,
        "calendar": body.calendar(today),
        "gap": lambda year, lane, kind: gaps.get((year, id(lane), kind)),
        "pairs": _pairs(body),
        "averages": _averages(found),
        "references": _references(body),
        "ratio_words": ratio_words(locale()),
        "late": sum(gap.is_late for gap in gaps.values()),
        "address": tk.url_for(
            "budget_body.embed", siren=body.siren, qualified=True, locale="default"
        ),
    }


def _whole(found: _Found, year: int) -> Whole | None:
    """Read once while nothing changes: thirty summaries are thirty files to unfold."""
    if year not in found.wholes:
        documents = [one for lane in found.body.lanes for one in lane.of(year)]
        told = summaries.told(one.key for one in documents if one.key)
        found.wholes[year] = whole_of(found.body, year, told)
    return found.wholes[year]


def _averages(found: _Found) -> list[Mapping[str, Any]]:
    """Legal ratios of the latest document, where it prints the average of its stratum: bodies alike
    even when no other publishes here."""
    if not found.averages:
        keys = [one.key for one in found.body.told[:1] if one.key]
        told = summaries.told(keys).values() if keys else ()
        ratios = [one for summary in told for one in summary.get("legal_ratios") or ()]
        found.averages.append([one for one in ratios if one["average"] is not None])
    return found.averages[0]


def _references(body: Body) -> dict[str, Mapping[str, Any]]:
    """Imported averages of the stratum by figure: of accounts, hence beside an account alone."""
    latest = body.told[0] if body.told else None
    people = body.people(latest) if latest else None
    if not latest or not people or kind_of(latest) != "account":
        return {}
    nature = summaries.nature_of(body.siren) if body.kind == "epci" else ""
    found = references.averages(body.kind, nature, latest.year, people)
    return {name: one for name, one in found.items() if latest.figures.get(name) is not None}


def _pairs(body: Body) -> list[tuple[str, str, str]]:
    """What a reader compares first: what was voted with what was done, a year with the one before.
    Of the principal budget, the latest years only."""
    lane = body.principal
    if lane is None:
        return []
    found = []
    for year in body.years[:_YEARS_COMPARED]:
        voted, done = lane.of(year, "budget"), lane.of(year, "account")
        if voted and done:
            label = tk._("{year}: voted and done").format(year=year)
            found.append((label, voted[0].resource_id, done[0].resource_id))
    for later, earlier in zip(body.told, body.told[1:_YEARS_COMPARED], strict=False):
        if kind_of(later) == kind_of(earlier):
            label = tk._("{earlier} and {later}").format(earlier=earlier.year, later=later.year)
            found.append((label, earlier.resource_id, later.resource_id))
    return found
