"""The published documents of a body, whatever its establishments were: one query, by SIREN."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa
from ckan import model

from ckanext.budget.core.compat import PACKAGES
from ckanext.budget.sheet.identity import speaking

MOST = 2000
"""Documents of one body: thirty budgets for ten years with six votes each."""

_DOCUMENTS = sa.text(
    f"""SELECT p.name AS package, p.title, p.owner_org, p.extras->>'siret' AS siret,
      p.extras->>'budget_type' AS budget_type, p.extras->>'budget_name' AS budget_name,
      p.extras->>'body_name' AS body_name, p.extras->>'body_kind' AS body_kind,
      p.extras->>'department' AS department, p.extras->>'fiscal_year' AS fiscal_year,
      r.id AS resource_id, r.url, CAST(r.extras AS jsonb) AS sheet,
      s.key, s.year, s.population, s.basis, s.figures
    FROM {PACKAGES} p
    JOIN resource r ON r.package_id = p.id AND r.state = 'active'
      AND CAST(r.extras AS jsonb)->>'role' = 'scdl'
    LEFT JOIN budget_summary_resource k ON k.resource_id = r.id AND k.state = 'ready'
    LEFT JOIN budget_summary s ON s.key = k.key
    WHERE p.type = 'budget' AND p.state = 'active' AND NOT p.private
      AND p.extras->>'siren' = :siren
    ORDER BY coalesce(s.year, 0) DESC, p.name, r.position
    LIMIT :most"""
)

_OFFICIAL = sa.text(
    """SELECT siren, min(name) AS name, min(kind) AS kind FROM budget_territory
    WHERE siren = ANY(:sirens) GROUP BY siren HAVING count(DISTINCT name) = 1"""
)


class Document(NamedTuple):
    """A published document. ``figures``: cents by id of ``totem.summary.FIGURES``, empty until its
    summary is made; ``key``: of that summary."""

    package: str
    title: str
    siret: str
    budget_type: str
    budget_name: str
    body_name: str
    body_kind: str
    department: str
    year: int
    stage: str
    number: str
    voted_on: str
    withdrawn_on: str
    resource_id: str
    url: str
    population: int | None
    basis: str
    figures: Mapping[str, int | None]
    key: str


def documents(siren: str) -> list[Document]:
    """Those that anybody may read, latest year first; private datasets are nobody's here."""
    rows = model.Session.execute(_DOCUMENTS, {"siren": siren, "most": MOST}).mappings()
    found = [(row["owner_org"], document) for row in rows if (document := _document(row))]
    return [document for _owner, document in speaking(found, _told)]


def _told(one: tuple[str | None, Document]) -> tuple[tuple[str, int], str, str]:
    owner, document = one
    budget = document.siret if document.budget_type == "annexe" else "principal"
    return (budget, document.year), document.resource_id, owner or ""


def _document(row: Mapping[str, Any]) -> Document | None:
    sheet = row["sheet"] or {}
    year = row["year"] or _year(sheet.get("document") or "", row["fiscal_year"] or "")
    if not year:
        return None
    texts = ("package", "title", "siret", "budget_type", "budget_name", "body_name", "body_kind",
             "department", "resource_id", "url", "basis", "key")  # fmt: skip
    told = ("stage", "number", "voted_on", "withdrawn_on")
    return Document(
        **{name: row[name] or "" for name in texts},
        **{name: sheet.get(name) or "" for name in told},
        year=year,
        population=row["population"],
        figures=row["figures"] or {},
    )


def _year(slug: str, fiscal_year: str) -> int | None:
    """Of the document's own identity, else of its dataset: one may hold several years."""
    parts = slug.split("-")
    text = parts[1] if len(parts) > 1 else fiscal_year
    return int(text) if text.isascii() and text.isdigit() and len(text) == 4 else None


def official(sirens: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Official name and kind by SIREN, of the bodies that the list of the territory knows."""
    found = model.Session.execute(_OFFICIAL, {"sirens": sorted({one for one in sirens if one})})
    return {row.siren: (row.name, row.kind) for row in found}
