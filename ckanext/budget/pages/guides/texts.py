"""Guides by name: the portal's own file where it has one, else the shipped one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import ckan.plugins.toolkit as tk
from markdown import markdown
from markupsafe import Markup

SHIPPED = Path(__file__).parent / "fr"

NAMES = ("pas-a-pas", "pour-les-elus", "quelles-donnees", "vie-privee", "liste-de-controle")
"""Guides of the publishers' kit, in order; ``publier``, ``envoi`` and ``groupe`` are pages of
their own."""


class Guide(NamedTuple):
    """``title`` is the first heading, ``body`` the rest, in Markdown."""

    name: str
    title: str
    body: str

    @property
    def html(self) -> Markup:
        """The body with its tables, which CKAN's own Markdown leaves out.

        The files are the extension's or the administrator's: nothing in them is to be cleaned.
        """
        return Markup(markdown(self.body, extensions=["tables", "sane_lists", "toc"]))


def read(name: str) -> Guide:
    """Raises KeyError when there is no guide of this name."""
    if not re.fullmatch(r"[a-z-]{1,40}", name):
        raise KeyError(name)
    for folder in _folders():
        path = folder / f"{name}.md"
        if path.is_file():
            head, _line, body = path.read_text(encoding="utf-8").partition("\n")
            return Guide(name, head.removeprefix("#").strip(), body.strip())
    raise KeyError(name)


def _folders() -> list[Path]:
    own = tk.config.get("ckanext.budget.guides")
    return [*([Path(own)] if own else []), SHIPPED]
