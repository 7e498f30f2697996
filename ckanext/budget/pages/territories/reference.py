"""Lists of bodies: the table shipped for Grand Est, and readers for other territories.

Source of the shipped table: npm package ``@etalab/decoupage-administratif`` 6.0.0 (MIT licence,
Etalab), from INSEE's official geographic code and the DGCL's list of EPCI. The package gives
neither the SIREN of départements and régions nor what became of them: ``collectivites.tsv`` does.
Points of communes: IGN, Admin Express COG 2018 (Licence Ouverte), by ``dev/commune_points.py``.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

DATA = Path(__file__).parent / "data"
KINDS = ("commune", "epci", "departement", "region", "pnr", "scot_petr", "syndicat")
"""Kinds of the sheet that a list of bodies may hold."""
COLUMNS = ("kind", "code", "name", "siren", "department", "region", "population")

ALSACE, ALSACE_PARTS = "6AE", ("67", "68")
_FRENCH = {
    "kind": "type",
    "name": "nom",
    "department": "departement",
}


class BadList(Exception):
    """A file that is no list of bodies; ``str(error)`` is French and says what to do."""


class Territory(NamedTuple):
    """A body. ``population`` is None when unknown.

    ``point``: longitude and latitude of a place inside of it, where its outline is not known.
    """

    kind: str
    code: str
    name: str
    siren: str = ""
    department: str = ""
    region: str = ""
    population: int | None = None
    point: tuple[float, float] | None = None


class Known(NamedTuple):
    """What the register of businesses and the law say of a département or région.

    ``first`` and ``last`` are the exercises between which it has a budget; ``name`` and ``region``
    are there when the package does not know the body.
    """

    siren: str
    first: int
    last: int
    name: str
    region: str


@lru_cache(maxsize=1)
def _known() -> dict[tuple[str, str], Known]:
    with (DATA / "collectivites.tsv").open(encoding="utf-8", newline="") as stream:
        return {
            (row["kind"], row["code"]): Known(
                row["siren"],
                int(row["first"] or 0),
                int(row["last"] or 9999),
                row["name"],
                row["region"],
            )
            for row in csv.DictReader(stream, delimiter="\t")
        }


def existed(kind: str, code: str, year: int) -> bool:
    """Whether a body had a budget that year: the départements of Alsace, until 2020."""
    known = _known().get((kind, code))
    return known is None or known.first <= year <= known.last


def shipped() -> Iterator[Territory]:
    """The communes, EPCI and départements of Grand Est, and the région."""
    with (DATA / "grand-est.tsv").open(encoding="utf-8", newline="") as stream:
        yield from map(_territory, csv.DictReader(stream, delimiter="\t"))
    yield from _newer("44")


def _siren(kind: str, code: str) -> str:
    known = _known().get((kind, code))
    return known.siren if known else ""


def _newer(region: str) -> Iterator[Territory]:
    """Bodies of a région that the package does not know."""
    for (kind, code), known in _known().items():
        if known.name and known.region == region:
            yield Territory(kind, code, known.name, known.siren, code, region)


@lru_cache(maxsize=1)
def _departments() -> tuple[dict[str, Any], ...]:
    text = (DATA / "departements.geojson").read_text(encoding="utf-8")
    return tuple(json.loads(text)["features"])


def outlines() -> dict[str, dict[str, Any]]:
    """GeoJSON geometries of the départements by code (Natural Earth, public domain)."""
    found = {item["properties"]["code"]: item["geometry"] for item in _departments()}
    parts = [polygon for code in ALSACE_PARTS for polygon in _polygons(found[code])]
    return {**found, ALSACE: {"type": "MultiPolygon", "coordinates": parts}}


def _polygons(geometry: dict[str, Any]) -> list[Any]:
    single = geometry["type"] == "Polygon"
    return [geometry["coordinates"]] if single else geometry["coordinates"]


def department_names() -> dict[str, str]:
    """Names of the départements of France by code."""
    found = {item["properties"]["code"]: item["properties"]["nom"] for item in _departments()}
    return {**found, ALSACE: "Alsace"}


def from_csv(path: Path) -> list[Territory]:
    """A list with the columns type, code, nom, siren, departement, region, population.

    Comma or semicolon; ``type``, ``code`` and ``nom`` are required. Raises BadList.
    """
    with path.open(encoding="utf-8-sig", newline="") as stream:
        head = stream.readline()
        stream.seek(0)
        table = csv.DictReader(stream, delimiter=";" if ";" in head else ",")
        missing = {"type", "code", "nom"} - set(table.fieldnames or ())
        if missing:
            raise BadList(f"Colonnes manquantes : {', '.join(sorted(missing))}.")
        rows = [{name: row.get(_FRENCH.get(name, name)) for name in COLUMNS} for row in table]
    unknown = {row["kind"] for row in rows} - set(KINDS)
    if unknown:
        raise BadList(
            f"Type inconnu : {', '.join(sorted(map(str, unknown)))}. "
            f"Types possibles : {', '.join(KINDS)}."
        )
    return [_territory(row) for row in rows]


def from_package(folder: Path, region: str) -> list[Territory]:
    """Bodies of a région, from the ``data`` folder of ``@etalab/decoupage-administratif``."""
    communes = {
        item["code"]: item
        for item in _read(folder / "communes.json")
        if item["type"] == "commune-actuelle" and item.get("region") == region
    }
    departments = [item for item in _read(folder / "departements.json") if item["region"] == region]
    regions = [item for item in _read(folder / "regions.json") if item["code"] == region]
    return [
        *(
            Territory("region", region, one["nom"], _siren("region", region), "", region)
            for one in regions
        ),
        *(
            Territory("departement", code, name, _siren("departement", code), code, region)
            for code, name in ((one["code"], one["nom"]) for one in departments)
        ),
        *_newer(region),
        *_epci(_read(folder / "epci.json"), communes, region),
        *(_commune(item) for item in communes.values()),
    ]


def _epci(found: Iterable[Any], communes: dict[str, Any], region: str) -> Iterator[Territory]:
    """Those whose most populated member is in the région: an EPCI may lie across two."""
    for item in found:
        members = item["membres"]
        seat = communes.get(max(members, key=lambda one: one.get("populationTotale") or 0)["code"])
        if seat:
            department = seat["departement"]
            population = item.get("populationTotale")
            code = item["code"]
            yield Territory("epci", code, item["nom"], code, department, region, population)


def _commune(item: dict[str, Any]) -> Territory:
    return Territory(
        "commune",
        item["code"],
        item["nom"],
        item.get("siren") or "",
        item["departement"],
        item["region"],
        item.get("population"),
    )


def _territory(row: dict[str, Any]) -> Territory:
    values = {name: (row.get(name) or "").strip() for name in COLUMNS}
    digits = "".join(char for char in values.pop("population") if char.isdigit())
    lon, lat = row.get("lon"), row.get("lat")
    point = (float(lon), float(lat)) if lon and lat else None
    return Territory(**values, population=int(digits) if digits else None, point=point)


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise BadList(f"Fichier {path.name} absent ou illisible dans ce dossier.") from None
