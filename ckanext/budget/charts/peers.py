"""The same budget over time, and like bodies side by side: stored figures lined up.

What a user may see is decided by ``package_search``, which is asked for identifiers only; the
figures come from one SQL query. Neither grows with the portal.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from statistics import median_low
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.budget.charts import compute, store
from ckanext.budget.charts.references import store as references
from ckanext.budget.charts.subject import is_scdl
from ckanext.budget.core.formats import solr_quoted
from ckanext.budget.sheet.identity import speaking
from ckanext.budget.totem.dressed import dressed
from ckanext.budget.totem.model import Stage
from ckanext.budget.totem.summary.figures import RATES, debt_figure, divided

BANDS = (0, 100, 200, 500, 2_000, 3_500, 5_000, 10_000, 20_000, 50_000, 100_000)
"""Lower bounds of the population strata of the DGCL."""

MAX_BODIES = 60
ENOUGH = 5
"""With fewer bodies than this, national averages stand beside them."""

AVERAGED = {
    "real_operating_expenditure_per_inhabitant": "real_operating_expenditure",
    "real_operating_revenue_per_inhabitant": "real_operating_revenue",
    "equipment_expenditure_per_inhabitant": "equipment_expenditure",
    "debt_capacity": "debt_capacity_years",
}
"""Legal ratio, whose average documents print -> the figure of the same definition."""

_CANDIDATES = 4 * MAX_BODIES
"""Nearest bodies looked at; the reader may be forbidden to see some of their datasets."""

_AT_ONCE = 8
"""Summaries that one request may make; the others are made by jobs and counted as pending."""

_STAGES = {stage.name: rank for rank, stage in enumerate(Stage)}


def series(resource_id: str, payload: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Every document of the budget that ``payload`` (a ready summary) belongs to."""
    siret = payload["document"]["siret"]
    same_body = f"(siren:{solr_quoted(siret[:9])} AND budget_type:principal)"
    query = f"+dataset_type:budget +(siret:{solr_quoted(siret)} OR {same_body})"
    packages = _packages(context, query, rows=100)
    shown = {
        resource["id"]: (package, resource)
        for package in _of_budget(siret, packages)
        for resource in package["resources"]
        if is_scdl(resource)
    }
    rows, pending = _rows(shown, {resource_id})
    if resource_id not in shown:
        shown.update(_alone(resource_id, context))
    known = [(found, row) for found, row in rows.items() if found in shown]
    speak = dict(speaking(known, lambda one: _told(one[1]["year"], one[0], shown[one[0]][0])))
    documents = [
        _document(row, *shown[found])
        for found, row in known
        if found in speak or found == resource_id
    ]
    documents.sort(key=lambda item: (item["year"] or 0, _STAGES.get(item["stage"], 9),
                                     len(item["number"]), item["number"]))  # fmt: skip
    chapters = payload["chapters"]
    return {
        "state": "ready",
        "siret": siret,
        "documents": documents,
        "labels": dict(zip(chapters["codes"], chapters["labels"], strict=True)),
        "pending": pending,
        "prices": references.prices(),
    }


def _told(budget: Any, resource_id: str, package: Mapping[str, Any]) -> tuple[Any, str, str]:
    return budget, resource_id, package["owner_org"] or ""


def _of_budget(siret: str, packages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of the budget, and those that it had under another NIC: a body that moves gets another
    one. Only a principal budget of the same body, in a year where no other is, is surely the same.
    """
    own = [package for package in packages if package.get("siret") == siret]
    if not any(package.get("budget_type") == "principal" for package in own):
        return own
    others = [package for package in packages if package.get("siret") != siret]
    years = Counter(package.get("fiscal_year") for package in packages)
    return own + [package for package in others if years[package.get("fiscal_year")] == 1]


def comparison(resource_id: str, payload: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Figures per inhabitant of bodies of the same kind and size, same exercise; budgets with
    budgets, accounts (CA and CFU alike) with accounts; an EPCI with those of its nature; an annex
    budget with those of its norm, by its rates alone. Averages where too few bodies are here."""
    document = payload["document"]
    package = _package_of(resource_id, context)
    reason = _reason(document, package)
    if reason:
        return _compared(None, None, [], reason)
    people = document["population"] or 0
    criteria = _criteria(document, package)
    near = store.nearest(criteria, people, but=resource_id, most=_CANDIDATES)
    shown = _visible(context, {row["package_id"] for row in near})
    itself = store.bodies([resource_id])
    seen = [*itself, *(row for row in near if row["package_id"] in shown)]
    speak = speaking(seen, lambda row: _told(row["siret"], row["resource_id"], row))
    bodies = [_body(row) for row in speak if row["resource_id"] != resource_id][:MAX_BODIES]
    own = [_body(row) for row in itself]
    answer = _compared(criteria, own[0] if own else None, bodies, None if bodies else "alone")
    if len(bodies) < ENOUGH and people:
        answer["averages"] = _averages(payload, criteria)
    return answer


def _criteria(document: Mapping[str, Any], package: Mapping[str, Any]) -> dict[str, Any]:
    """What makes a budget like this one (see ``store.nearest``)."""
    kind, is_annex = package["body_kind"], document["annex"]
    low, high = (None, None) if is_annex else _band(document["population"])
    return {
        "body_kind": kind,
        "nature": store.nature_of(package.get("siren") or "") if kind == "epci" else "",
        "norm": package.get("norm") or "" if is_annex else "",
        "year": document["year"],
        "stage": document["stage"],
        "stages": _alike(document["stage"]),
        "budget_type": package["budget_type"],
        "population_min": low,
        "population_max": high,
    }


def _averages(payload: Mapping[str, Any], criteria: Mapping[str, Any]) -> dict[str, Any]:
    """National averages of the stratum by figure, as ``value``, ``year`` and ``source``: those that
    the document prints (no source), and over them the imported ones, which are of accounts."""
    document = payload["document"]
    figures = {**AVERAGED, "debt_per_inhabitant": debt_figure(document["kind"])}
    found = {
        figures[ratio["id"]]: {"value": ratio["average"], "year": document["year"], "source": ""}
        for ratio in payload["legal_ratios"]
        if ratio["id"] in figures and ratio["average"] is not None
    }
    if document["kind"] == "account" and document["year"]:
        kind, nature, year = criteria["body_kind"], criteria["nature"], document["year"]
        found |= references.averages(kind, nature, year, document["population"])
    return found


def _compared(
    criteria: Any, own: Any, bodies: list[dict[str, Any]], reason: str | None
) -> dict[str, Any]:
    return {
        "state": "ready",
        "criteria": criteria,
        "self": own,
        "bodies": bodies,
        "median": _medians([body["figures"] for body in bodies]),
        "averages": {},
        "reason": reason,
    }


def _reason(document: Mapping[str, Any], package: Mapping[str, Any]) -> str | None:
    """Why nothing can be compared, None when it can."""
    if package.get("type") != "budget":
        return "not-a-budget-dataset"
    if document["kind"] == "change":
        return "partial-stage"
    if document["annex"]:
        return "annex" if document["land_development"] or not package.get("norm") else None
    return None if document["population"] else "no-population"


def _alike(stage: str) -> list[str]:
    if stage not in _STAGES:
        return [stage]
    return [each.name for each in Stage.of_kind(Stage[stage].kind)]


def _band(population: int) -> tuple[int, int | None]:
    place = bisect_right(BANDS, population)
    return BANDS[place - 1], BANDS[place] - 1 if place < len(BANDS) else None


def _body(row: Mapping[str, Any]) -> dict[str, Any]:
    population = row["population"]
    return {
        "name": dressed(row["body_name"] or row["name"]),
        "siret": row["siret"],
        "resource_id": row["resource_id"],
        "url": tk.url_for(
            "budget_resource.read", id=row["package_name"], resource_id=row["resource_id"]
        ),
        "population": population,
        "figures": {
            name: value if value is None or name in RATES else divided(value, population)
            for name, value in row["figures"].items()
            if population or name in RATES
        },
    }


def _medians(figures: list[dict[str, int | None]]) -> dict[str, int | None]:
    names = figures[0] if figures else ()
    values = {name: [known for item in figures if (known := item.get(name)) is not None]
              for name in names}  # fmt: skip
    return {name: median_low(known) if known else None for name, known in values.items()}


def _document(
    row: Mapping[str, Any], package: Mapping[str, Any], resource: Mapping[str, Any]
) -> dict[str, Any]:
    stage = row["stage"]
    words = [Stage[stage].title if stage in _STAGES else stage]
    if stage == "DM" and row["number"]:
        words.append(f"n° {row['number']}")
    return {
        "resource_id": resource["id"],
        "package": package["name"],
        "url": _url(package, resource),
        "year": row["year"],
        "stage": stage,
        "number": row["number"],
        "title": " ".join([*words, str(row["year"] or "")]).strip(),
        "basis": row["basis"],
        "population": row["population"],
        "figures": row["figures"],
        "chapters": row["chapters"],
    }


def _rows(
    shown: Mapping[str, Any], always: Iterable[str]
) -> tuple[dict[str, Mapping[str, Any]], int]:
    """Stored figures of these resources; what is missing is made now, or asked for and counted."""
    wanted = {*shown, *always}
    rows = store.figures_of(wanted)
    missing = [found for found in wanted if found not in rows]
    for found in missing[:_AT_ONCE]:
        subject = compute.find_subject(found)
        if subject:
            compute.state_of(subject)
    if missing:
        rows = store.figures_of(wanted)
    failed = store.failed_among(wanted - set(rows))
    return rows, len(wanted) - len(rows) - failed


def _alone(resource_id: str, context: Any) -> dict[str, Any]:
    package = _package_of(resource_id, context)
    resource = next(item for item in package["resources"] if item["id"] == resource_id)
    return {resource_id: (package, resource)}


def _package_of(resource_id: str, context: Any) -> dict[str, Any]:
    package_id = model.Resource.get(resource_id).package_id
    return tk.get_action("package_show")(tk.fresh_context(context), {"id": package_id})


def _packages(context: Any, query: str, rows: int) -> list[dict[str, Any]]:
    search = {"fq": query, "rows": rows, "include_private": True}
    return tk.get_action("package_search")(tk.fresh_context(context), search)["results"]


def _visible(context: Any, package_ids: set[str]) -> set[str]:
    """Those of these datasets that the user may see."""
    if not package_ids:
        return set()
    query = " OR ".join(f'"{package_id}"' for package_id in sorted(package_ids))
    search = {
        "fq": f"+id:({query})",
        "fl": ["id"],
        "rows": len(package_ids),
        "include_private": True,
        "facet": "false",
    }
    answer = tk.get_action("package_search")(tk.fresh_context(context), search)
    return {found["id"] for found in answer["results"]}


def _url(package: Mapping[str, Any], resource: Mapping[str, Any]) -> str:
    return tk.url_for(
        f"{package['type']}_resource.read", id=package["name"], resource_id=resource["id"]
    )
