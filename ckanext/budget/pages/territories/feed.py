"""The map's data as GeoJSON, with fields that do not change from one version to the next."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.budget.core.tables import territory_table
from ckanext.budget.core.versioned_cache import VersionedCache
from ckanext.budget.pages import bodies
from ckanext.budget.pages.territories.progress import Progress, Row
from ckanext.budget.pages.territories.reference import KINDS, department_names, outlines

COLUMNS = (
    "type",
    "code",
    "nom",
    "siren",
    "departement",
    "population",
    "exercice",
    "etape",
    "publie",
    "adresse",
    "etapes",
)


def bodies_layer(
    progress: Progress,
    kind: str,
    site: str,
    more: Callable[[Row], dict[str, Any]] = lambda row: {},
) -> str:
    """A feature per body of ``kind``: its outline if imported, else its point, else null.

    ``more``: properties to add to those of each."""
    shapes = _shapes(kind)
    features = [
        _feature(_properties(row, progress, site) | more(row), shapes.get(row.code))
        for row in progress.rows
    ]
    return _collection(features)


def departments_layer(progress: Progress) -> str:
    """A feature per département: how many of its bodies have published."""
    shapes, names = _shapes("departement"), department_names()
    features = [
        _feature(
            {
                "code": code,
                "nom": names.get(code, code),
                "publies": share.published,
                "attendus": share.expected,
                "taux": share.percent,
                "exercice": int(progress.year),
                "etape": progress.stage,
            },
            shapes.get(code),
        )
        for code, share in progress.shares("department").items()
        if code
    ]
    return _collection(features)


def table(progress: Progress, site: str) -> Iterator[list[Any]]:
    """The same as rows, the first being the names of columns."""
    yield list(COLUMNS)
    for row in progress.rows:
        values = _properties(row, progress, site)
        values["publie"] = "oui" if row.dataset else "non"
        yield ["" if values[name] is None else values[name] for name in COLUMNS]


def _properties(row: Row, progress: Progress, site: str) -> dict[str, Any]:
    return {
        "type": row.kind,
        "code": row.code,
        "nom": row.name,
        "siren": row.siren,
        "departement": row.department,
        "population": row.population,
        "exercice": int(progress.year),
        "etape": progress.stage,
        "publie": bool(row.dataset),
        "adresse": f"{site}/budget/{row.dataset}" if row.dataset else None,
        "etapes": ", ".join(row.stages),
    }


_outlines: VersionedCache[dict[str, str]] = VersionedCache(len(KINDS))
"""As text: a publication changes no outline, and nobody here looks into one."""


def _shapes(kind: str) -> dict[str, str]:
    """Imported outlines of a kind, as JSON by code; those of départements are shipped."""

    def read() -> dict[str, str]:
        columns = territory_table.c
        text = sa.cast(columns.geometry, sa.Text)
        query = sa.select(columns.code, text.label("text")).where(
            columns.kind == kind, columns.geometry.isnot(None)
        )
        shapes = {row.code: row.text.replace(" ", "") for row in model.Session.execute(query)}
        ours = outlines() if kind == "departement" else {}
        return {code: _json(geometry) for code, geometry in ours.items()} | shapes

    return _outlines.get(kind, bodies.listed_version(), read)


def _feature(properties: Mapping[str, Any], geometry: str | None) -> str:
    told = _json(dict(properties))
    return f'{{"type":"Feature","properties":{told},"geometry":{geometry or "null"}}}'


def _collection(features: list[str]) -> str:
    return f'{{"type":"FeatureCollection","features":[{",".join(features)}]}}'


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
