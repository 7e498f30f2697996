"""The map for mviewer, ready to use: its configuration, its layers and the card of a body.

What mviewer 4.1 was seen to need: a layer of GeoJSON that has a legend and colours of its own is a
``customlayer``, whose ``url`` ends with ``.js`` and names a script that makes an OpenLayers layer;
the configuration, the script and the template are read from another site (CORS). One script makes
all layers: mviewer asks it once for each, and keeps the first of a name.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa
from ckan import model

from ckanext.budget.core.tables import territory_table
from ckanext.budget.pages.territories.progress import STAGES
from ckanext.budget.pages.territories.reference import KINDS, outlines

OUTLINES = "budgets_limites"
"""Name of the layer that draws the départements under the others."""

_EARTH = 6378137.0
"""Radius of the sphere of EPSG:3857, in metres."""
_TILE, _PIXELS = 256, 700
"""Size of a tile of the web, and of the smaller side of the map that the first view fills."""


class Layer(NamedTuple):
    """A layer: its name in mviewer, what it shows, whether it is there at first."""

    id: str
    kind: str
    stage: str
    visible: bool


class View(NamedTuple):
    """The first view: its centre in metres of EPSG:3857, and the zoom of web tiles."""

    x: float
    y: float
    zoom: int


def layers(kinds: Iterable[str]) -> list[Layer]:
    """Two layers, one a stage, for each kind of body that can be drawn."""
    drawn = [kind for kind in KINDS if kind in set(kinds) & _drawn()]
    return [
        Layer(f"budgets_{kind}_{stage.lower()}", kind, stage, kind == drawn[0] and stage == "BP")
        for kind in drawn
        for stage in STAGES
    ]


def _drawn() -> set[str]:
    """Kinds with an outline or a point; mviewer shows nothing of the others."""
    columns = territory_table.c
    query = sa.select(columns.kind).where(columns.geometry.isnot(None)).distinct()
    return {*model.Session.execute(query).scalars(), "departement"}


def view(departments: Iterable[str]) -> View:
    """What holds these départements; the whole of France when none is known."""
    shapes = outlines()
    chosen: Mapping[str, Any] = {code: shapes[code] for code in departments if code in shapes}
    places = [place for shape in (chosen or shapes).values() for place in _places(shape)]
    points = [_metres(longitude, latitude) for longitude, latitude in places]
    (west, east), (south, north) = ((min(side), max(side)) for side in zip(*points, strict=True))
    whole = 2 * math.pi * _EARTH * _PIXELS / _TILE
    zoom = math.floor(math.log2(whole / max(east - west, north - south)))
    return View((west + east) / 2, (south + north) / 2, zoom)


def _places(shape: Mapping[str, Any]) -> Iterator[tuple[float, float]]:
    single = shape["type"] == "Polygon"
    for polygon in [shape["coordinates"]] if single else shape["coordinates"]:
        for longitude, latitude, *_height in polygon[0]:
            yield longitude, latitude


def _metres(longitude: float, latitude: float) -> tuple[float, float]:
    """The projection of Mercator on the sphere, as EPSG:3857 defines it."""
    turn = math.tan(math.pi / 4 + math.radians(latitude) / 2)
    return _EARTH * math.radians(longitude), _EARTH * math.log(turn)
