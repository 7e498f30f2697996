"""Guides by name: the portal's own file where it has one, else the shipped one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import ckan.plugins.toolkit as tk
from markdown import markdown
from markdown.extensions.toc import TocExtension, slugify
from markupsafe import Markup

from ckanext.budget import config
from ckanext.budget.core.formats import locale
from ckanext.budget.pages.guides.terms import linked

SHIPPED = Path(__file__).parent
"""A folder for each language; what a language lacks is read in French."""

BOOKLET = "livret"
"""Name of the page that holds every guide, to be printed whole."""

NAMES = ("pas-a-pas", "pour-les-elus", "quelles-donnees", "vie-privee", "liste-de-controle")
"""Guides of the publishers' kit, in order; ``publier``, ``envoi``, ``groupe`` and
``donnees-personnelles`` are pages of their own."""

PAGES = ("contact", "accessibilite", "mentions-legales")
"""Pages of the footer, in order; ``a-propos`` stands in CKAN's own page."""


_ARTICLE = re.compile(r"(?<!\[)\b([LRD])\. (\d+(?:-\d+)*)\b(?!\])")
_LAW = "https://www.legifrance.gouv.fr/search/all?tab_selection=all&searchField=ALL&query="
"""Légifrance looks an article up by its number: the version in force comes first."""


class Guide(NamedTuple):
    """``title`` is the first heading, ``body`` the rest, in Markdown.

    ``shipped``: the text is the extension's, not the portal's own.
    """

    name: str
    title: str
    body: str
    shipped: bool

    @property
    def html(self) -> Markup:
        """The body with its tables, which CKAN's own Markdown leaves out, each article linked.

        The files are the extension's or the administrator's: nothing in them is to be cleaned.
        """
        return self._written()

    @property
    def chapter(self) -> Markup:
        """The same inside of the booklet: headings one level down, with anchors of their own."""
        return self._written(
            baselevel=2, slugify=lambda text, sep: f"{self.name}-{slugify(text, sep)}"
        )

    def _written(self, **contents: Any) -> Markup:
        text = _ARTICLE.sub(rf"[\g<0>]({_LAW}\1\2)", self.body)
        extensions = ["tables", "sane_lists", TocExtension(**contents)]
        written = markdown(text, extensions=extensions)
        # on a phone a wide table moves by itself, not the page
        written = written.replace("<table>", '<div class="table-responsive" tabindex="0"><table>')
        return Markup(linked(written.replace("</table>", "</table></div>")))


def read(name: str) -> Guide:
    """In the reader's language where the text exists in it.

    ``{site}``, ``{address}`` and ``{contact}`` stand for the portal's title, address and contact.
    Raises KeyError when there is no guide of this name.
    """
    if not re.fullmatch(r"[a-z-]{1,40}", name):
        raise KeyError(name)
    for folder in _folders():
        path = folder / f"{name}.md"
        if path.is_file():
            head, _line, body = _filled(path.read_text(encoding="utf-8")).partition("\n")
            shipped = SHIPPED in folder.parents
            return Guide(name, head.removeprefix("#").strip(), body.strip(), shipped)
    raise KeyError(name)


def _filled(text: str) -> str:
    """With what the portal's settings know; any other brace stays as it is."""
    contact = config.contact()
    known = {
        "{site}": tk.config.get("ckan.site_title"),
        "{address}": tk.config.get("ckan.site_url"),
        "{contact}": f"<{contact}>" if contact else tk._("those who run the portal"),
    }
    return re.sub("|".join(map(re.escape, known)), lambda found: known[found[0]], text)


def _folders() -> list[Path]:
    """The portal's own before the shipped ones, the reader's language before French."""
    own = tk.config.get("ckanext.budget.guides")
    language = locale()
    roots = [Path(own) / language, Path(own)] if own else []
    return [*roots, SHIPPED / language, SHIPPED / "fr"]
