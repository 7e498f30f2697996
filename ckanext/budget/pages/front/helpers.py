"""Template helpers of the front door."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from flask import current_app
from markupsafe import Markup

from ckanext.budget import config
from ckanext.budget.core import access
from ckanext.budget.core.tables import is_ready
from ckanext.budget.pages import bodies as of_bodies
from ckanext.budget.pages.figures import key_figures
from ckanext.budget.pages.front import theme
from ckanext.budget.pages.guides import texts
from ckanext.budget.pages.territories import progress

_LATEST = 3


def budget_home() -> dict[str, Any]:
    """What the home page shows: ``numbers`` (label and value), ``latest`` budgets, ``figures``."""
    query = {"fq": "dataset_type:budget", "sort": "metadata_modified desc", "rows": _LATEST}
    found = tk.get_action("package_search")({}, query)
    return {
        "budgets": found["count"],
        "numbers": _numbers(found["count"]),
        "latest": found["results"],
        "figures": key_figures(found["results"]),
    }


def _numbers(budgets: int) -> list[tuple[str, str]]:
    """How far the territory is, in a few numbers; those that nobody knows are left out."""
    numbers = [(tk._("Budgets published"), tk.h.localised_number(budgets))]
    years = progress.years()
    if not years or not is_ready():
        return numbers
    spans = years[0] if len(years) == 1 else f"{years[-1]} – {years[0]}"
    numbers.append((tk._("Fiscal years"), spans))
    bodies = of_bodies.publishing()
    numbers.append((tk._("Public bodies that publish"), tk.h.localised_number(bodies)))
    communes = progress.progress(years[0], "BP").only("commune").total
    if communes.expected:
        published, expected = map(tk.h.localised_number, communes)
        value = tk._("{published} of {expected}").format(published=published, expected=expected)
        label = tk._("Communes whose {year} budget is here").format(year=years[0])
        numbers.append((label, value))
    return numbers


def budget_text(name: str) -> texts.Guide:
    """A text of the portal; see :func:`texts.read`."""
    return texts.read(name)


def budget_pages() -> list[tuple[str, str]]:
    """Name and title of the pages of the footer."""
    return [(name, texts.read(name).title) for name in texts.PAGES]


def budget_has_page(address: str) -> bool:
    """Whether the portal serves a page at this address, without parameters."""
    return any(rule.rule == address for rule in current_app.url_map.iter_rules())


def budget_brand() -> str:
    """The main colour of the portal, ``#rrggbb``."""
    return theme.colour()


def budget_front_is_open() -> bool:
    """Whether this portal has the front door; a portal with a theme keeps its own menu."""
    return theme.is_open()


def budget_named(words: str) -> Markup:
    """The attribute by which a template of CKAN's names a link, as it stands in the page."""
    return Markup(' aria-label="{}"').format(words)


def budget_may_deposit() -> bool:
    """Whether the reader may deposit budgets here."""
    if not tk.h.plugin_loaded("budget_validation") or tk.current_user.is_anonymous:
        return False
    return access.is_editor({"user": tk.current_user.name})


def budget_licence_title() -> str:
    """Title of the licence that budgets are given by default."""
    licence = model.Package.get_license_register().get(config.default_licence())
    return licence.title if licence else config.default_licence()


def _code(code: Any) -> int:
    """CKAN gives a list for what it did not foresee."""
    return int(code[0] if isinstance(code, list) else code or 500)


def budget_error_title(code: Any) -> str:
    """What happened, in the reader's words."""
    titles = {
        401: tk._("You must log in"),
        403: tk._("You may not see this page"),
        404: tk._("This page does not exist"),
        410: tk._("This page is gone"),
        413: tk._("What you sent is too large"),
        429: tk._("Too many requests"),
    }
    number = _code(code)
    fallback = tk._("The portal failed") if number >= 500 else tk._("This request is not right")
    return titles.get(number, fallback)


def budget_error_help(code: Any) -> str:
    """What to do about it."""
    helps = {
        401: tk._("Log in, then come back to this address."),
        403: tk._("Log in with an account that may, or ask those who run the portal."),
        404: tk._("It was removed or renamed, or the address was not typed whole."),
        410: tk._("It was removed for good."),
        413: tk._("Send a smaller file, or compress it."),
        429: tk._("Wait a minute, then try again."),
    }
    number = _code(code)
    fallback = (
        tk._("It is not your doing. Try again in a few minutes; if it lasts, tell us the address.")
        if number >= 500
        else tk._("Go back, correct what you sent, and try again.")
    )
    return helps.get(number, fallback)


@tk.chained_helper
def humanize_entity_type(
    original: Any, entity_type: str, object_type: str, purpose: str
) -> str | None:
    """CKAN makes a word of the name of a type: ours have no accent."""
    words = original(entity_type, object_type, purpose)
    return (
        words.replace("Reunion", tk._("Reunion")) if words and object_type == "reunion" else words
    )


HELPERS = {
    helper.__name__: helper
    for helper in (
        budget_home,
        budget_text,
        budget_pages,
        budget_has_page,
        budget_brand,
        budget_front_is_open,
        budget_may_deposit,
        budget_named,
        budget_licence_title,
        budget_error_title,
        budget_error_help,
        humanize_entity_type,
    )
}
"""Those of templates, by name."""
