"""Pages of text: legal notice, accessibility, contact."""

from __future__ import annotations

import ckan.plugins.toolkit as tk

from ckanext.budget.core.answers import pages
from ckanext.budget.pages.guides import texts

blueprint = pages("budget_front", __name__)


@blueprint.route("/budgets/pages/<name>")
def text(name: str) -> str:
    """A page of the footer, from the portal's own file or the shipped one."""
    if name not in texts.PAGES:
        tk.abort(404)
    return tk.render("budget/portal/text.html", {"page": texts.read(name)})
