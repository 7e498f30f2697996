"""A room imports only rooms further down, and nothing goes round in circles."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "ckanext" / "budget"

FLOORS = (
    {"collect"},
    {"totem"},
    {"config"},
    {"sheet"},
    {"core"},
    {"quality", "charts", "dcat"},
    {"publication", "pages"},
    {"uploads", "harvest", "datagouv", "opendata"},
    {"plugin"},
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
SOURCES = sorted(PACKAGE.rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Modules of the extension that this one imports, at the top or in a function."""
    here = ["ckanext", "budget", *path.relative_to(PACKAGE).with_suffix("").parts]
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = [*here[: -node.level]] if node.level else []
            module = ".".join([*base, *((node.module or "").split(".") if node.module else [])])
            found |= {f"{module}.{alias.name}" for alias in node.names}
    return {name for name in found if name.startswith("ckanext.budget.")}


def room(module: str) -> str:
    return module.split(".")[2]


def test_the_top_level_holds_rooms_only():
    names = {
        path.stem for path in PACKAGE.iterdir() if list(path.rglob("*.py")) or path.suffix == ".py"
    }
    assert names - {"__init__", "migration"} == set(FLOOR)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_arrows_point_down(path):
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if own in ("__init__", "migration"):
        return
    wrong = {
        name
        for name in imported(path)
        if room(name) in FLOOR and room(name) != own and FLOOR[room(name)] >= FLOOR[own]
    }
    assert not wrong, "a room imports only rooms further down"
