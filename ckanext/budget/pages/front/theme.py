"""Where the front door's templates stand among the others, and when they do.

They lie in a folder of their own, just above CKAN's: every plugin and every theme refines or
replaces them, as it does CKAN's, and a portal that leaves them out has CKAN's own pages.
"""

from __future__ import annotations

import logging
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.budget import config as settings

log = logging.getLogger(__name__)

FOLDER = settings.PLUGIN / "front" / "templates"

_OF_A_THEME = ("home/index.html", "header.html", "footer.html", "page.html")
"""Templates that a theme has: a portal that has one from elsewhere keeps its look."""

_PEERS = {("ckanext", name) for name in ("budget", "harvest", "scheming", "dcat")}


def open_front_door(config: Any) -> None:
    """Put the templates above CKAN's own, if the portal is to have them; once paths are known."""
    paths = [path for path in config["computed_template_paths"] if Path(path) != FOLDER]
    if _is_wanted(paths):
        paths.insert(len(paths) - 1, str(FOLDER))
    config["computed_template_paths"] = paths
    if colour() != settings.brand().strip().lower():
        log.warning(
            "ckanext-budget: ckanext.budget.colour is not used: it must be #rrggbb, dark enough "
            "for white words to be read on it"
        )


def is_open() -> bool:
    """Whether this portal has the front door."""
    return str(FOLDER) in tk.config["computed_template_paths"]


def _is_wanted(paths: list[str]) -> bool:
    chosen = settings.front()
    return chosen == "on" or (chosen == "auto" and not _has_a_theme(paths[:-1]))


def _has_a_theme(paths: list[str]) -> bool:
    """Whether templates, or the stylesheet, are another's than CKAN's and ours."""
    others = [path for path in map(Path, paths) if not _is_of_a_peer(path)]
    found = any((path / name).is_file() for path in others for name in _OF_A_THEME)
    return found or tk.config.get("ckan.theme") != "css/main"


def _is_of_a_peer(path: Path) -> bool:
    """Ours, or an extension's that we need: dcat refines the head of the home page."""
    parts = path.parts
    return any(pair in _PEERS for pair in pairwise(parts))


DEFAULT_COLOUR = "#0b5c80"
LEAST_CONTRAST = 4.5
"""Of words on their ground, WCAG 2.1, criterion 1.4.3 (level AA)."""


def colour() -> str:
    """The portal's main colour, or the default when words could not be read on that one."""
    chosen = settings.brand().strip().lower()
    return chosen if is_readable(chosen) else DEFAULT_COLOUR


def is_readable(chosen: str) -> bool:
    """Whether white words on ``#rrggbb`` have the contrast that is asked."""
    if not re.fullmatch("#[0-9a-f]{6}", chosen):
        return False
    return 1.05 / (_luminance(chosen) + 0.05) >= LEAST_CONTRAST


def _luminance(chosen: str) -> float:
    """Relative luminance of ``#rrggbb``, from 0 to 1 (WCAG 2.1)."""
    parts = [int(chosen[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
