"""A body for programs: one row or object for each document, amounts as decimal euros."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from ckanext.budget.pages.body.history import Body, kind_of
from ckanext.budget.pages.body.store import Document
from ckanext.budget.totem.summary.figures import FIGURES
from ckanext.budget.totem.summary.told import decimal

FIGURE_NAMES = tuple(figure.id for figure in FIGURES)
COLUMNS = (
    "siren", "collectivite", "exercice", "etape", "numero", "date_vote", "budget", "nom_budget",
    "siret", "population", "jeu_de_donnees", "ressource",
)  # fmt: skip
"""Of the CSV, before one column for each figure (its English key; euros, %, years)."""


def table(body: Body) -> Iterator[list[str]]:
    """Rows of the CSV, the names of the columns first."""
    yield [*COLUMNS, *FIGURE_NAMES]
    for lane in body.lanes:
        for one in lane.documents:
            people = body.people(one)
            yield [
                body.siren, body.name, str(one.year), one.stage, one.number, one.voted_on,
                lane.kind, lane.name, one.siret, str(people or ""), one.package, one.resource_id,
                *(decimal(one.figures.get(name)) or "" for name in FIGURE_NAMES),
            ]  # fmt: skip


def as_dict(body: Body, today: date) -> dict[str, Any]:
    """JSON-ready: ``budgets`` with their ``documents``, and ``missing``."""
    return {
        "siren": body.siren,
        "name": body.name,
        "kind": body.kind,
        "years": body.years,
        "budgets": [
            {
                "kind": lane.kind,
                "name": lane.name,
                "sirets": sorted(lane.sirets),
                "documents": [_document(body, one) for one in lane.documents],
            }
            for lane in body.lanes
        ],
        "missing": [
            {
                "fiscal_year": gap.year,
                "budget": gap.lane.name or gap.lane.kind,
                "document": gap.kind,
                "due": gap.due.isoformat(),
                "late": gap.is_late,
            }
            for gap in body.gaps(today)
        ],
    }


def _document(body: Body, one: Document) -> dict[str, Any]:
    return {
        "fiscal_year": one.year,
        "stage": one.stage,
        "kind": kind_of(one),
        "number": one.number,
        "voted_on": one.voted_on,
        "siret": one.siret,
        "dataset": one.package,
        "resource": one.resource_id,
        "population": body.people(one),
        "figures": {name: decimal(one.figures.get(name)) for name in FIGURE_NAMES if one.figures},
    }
