"""Outlines of bodies, from the GeoJSON files that are common in France.

``geo.api.gouv.fr`` and the Etalab contours write ``code`` and ``nom``; IGN's Admin Express writes
``INSEE_COM``, ``INSEE_DEP``, ``INSEE_REG`` and ``CODE_SIREN`` (or ``code_insee``…).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ckanext.budget.pages.territories.reference import BadList

DECIMALS = 3
"""About 100 metres: enough for the map of a région, and neighbours keep their common border."""

_KEYS = (
    ("commune", ("INSEE_COM", "insee_com")),
    ("departement", ("INSEE_DEP", "insee_dep")),
    ("region", ("INSEE_REG", "insee_reg")),
    ("epci", ("CODE_SIREN", "code_siren", "SIREN_EPCI", "siren_epci")),
)
_ANY = ("code", "code_insee", "CODE_INSEE", "siren", "SIREN")
_BY_LENGTH = {5: "commune", 9: "epci"}


class Outline(NamedTuple):
    kind: str
    code: str
    geometry: dict[str, Any]


def read(path: Path, kind: str = "") -> Iterator[Outline]:
    """Outlines of the features that have a code. ``kind`` when the file does not tell.

    Raises BadList when it is no GeoJSON, is projected, or has codes that tell nothing.
    """
    for feature in _features(path):
        found, code = _identity(feature.get("properties") or {}, kind)
        geometry = feature.get("geometry") or {}
        if code and geometry.get("type") in ("Polygon", "MultiPolygon"):
            yield Outline(found, code, _rounded(geometry))


def _features(path: Path) -> list[dict[str, Any]]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise BadList("Ce fichier n'est pas un GeoJSON lisible.") from None
    if not isinstance(data, dict) or data.get("type") != "FeatureCollection":
        raise BadList("Ce fichier n'est pas une collection GeoJSON (FeatureCollection).")
    return data["features"]


def _identity(properties: dict[str, Any], kind: str) -> tuple[str, str]:
    if not kind:
        for found, names in _KEYS:
            code = next((str(properties[name]) for name in names if properties.get(name)), "")
            if code:
                return found, code
    keys = dict(_KEYS).get(kind, ()) + _ANY
    code = next((str(properties[name]) for name in keys if properties.get(name)), "")
    found = kind or _BY_LENGTH.get(len(code), "")
    if code and not found:
        raise BadList("Le fichier ne dit pas le type de ses territoires : précisez --kind.")
    return found, code


def _rounded(geometry: dict[str, Any]) -> dict[str, Any]:
    """Fewer decimals, and no point twice in a row; rings that vanish are left out."""
    if geometry["type"] == "Polygon":
        polygons = [geometry["coordinates"]]
    else:
        polygons = geometry["coordinates"]
    kept = [rings for polygon in polygons if (rings := _rings(polygon))]
    return {"type": "MultiPolygon", "coordinates": kept or polygons}


def _rings(polygon: list[Any]) -> list[Any]:
    rings = [ring for ring in map(_ring, polygon) if len(ring) >= 4]
    return rings if rings and len(_ring(polygon[0])) >= 4 else []


def _ring(points: list[Any]) -> list[list[float]]:
    ring: list[list[float]] = []
    for x, y, *_height in points:
        if not (-180 <= x <= 180 and -90 <= y <= 90):
            raise BadList(
                "Les coordonnées ne sont pas en degrés (WGS 84) : convertissez le fichier."
            )
        point = [round(x, DECIMALS), round(y, DECIMALS)]
        if not ring or ring[-1] != point:
            ring.append(point)
    return ring


Point = tuple[float, float]


def inside(geometry: dict[str, Any]) -> Point:
    """A point of a shape that is inside of it: longitude and latitude, in the shape's degrees.

    The centre of gravity of its largest polygon, or, where that lies outside (a crescent, a hole),
    the middle of the widest stretch of the shape at the same latitude.
    """
    single = geometry["type"] == "Polygon"
    polygons = [geometry["coordinates"]] if single else geometry["coordinates"]
    rings = max(polygons, key=lambda rings: abs(_area(rings[0])))
    x, y = _centre(rings[0])
    crossings = _crossings(rings, y)
    stretches = list(zip(crossings[::2], crossings[1::2], strict=True))
    if not stretches or any(left < x < right for left, right in stretches):
        return x, y
    left, right = max(stretches, key=lambda stretch: stretch[1] - stretch[0])
    return (left + right) / 2, y


def _sides(ring: list[list[float]]) -> Iterator[tuple[list[float], list[float]]]:
    yield from zip(ring, [*ring[1:], ring[0]], strict=True)


def _area(ring: list[list[float]]) -> float:
    """Twice the area, signed: for comparisons."""
    return sum(one[0] * two[1] - two[0] * one[1] for one, two in _sides(ring))


def _centre(ring: list[list[float]]) -> Point:
    """Centre of gravity; the mean of the points of a ring without area."""
    whole = _area(ring)
    if not whole:
        return sum(p[0] for p in ring) / len(ring), sum(p[1] for p in ring) / len(ring)
    x = y = 0.0
    for one, two in _sides(ring):
        weight = one[0] * two[1] - two[0] * one[1]
        x += (one[0] + two[0]) * weight
        y += (one[1] + two[1]) * weight
    return x / (3 * whole), y / (3 * whole)


def _crossings(rings: list[list[list[float]]], y: float) -> list[float]:
    """Where a parallel meets the sides of the rings, from west to east."""
    return sorted(
        one[0] + (y - one[1]) * (two[0] - one[0]) / (two[1] - one[1])
        for ring in rings
        for one, two in _sides(ring)
        if (one[1] > y) != (two[1] > y)
    )
