"""The trial of a source, from its form."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask import request

from ckanext.budget.core.answers import pages
from ckanext.budget.core.contexts import reader_context

blueprint = pages("budget_harvest", __name__)


@blueprint.route("/budgets/moissonnage/essai", methods=["POST"])
def trial() -> Any:
    """The documents that the source of the form would give, or why it gives none."""
    typed: dict[str, Any] = request.form.to_dict()
    typed["totem_stage"] = request.form.getlist("totem_stage")
    values: dict[str, Any] = {"url": typed.get("url", ""), "found": None, "problems": []}
    try:
        values["found"] = tk.get_action("budget_source_try")(reader_context(), typed)
    except tk.NotAuthorized as error:
        tk.abort(403, str(error.message or ""))
    except tk.ValidationError as error:
        values["problems"] = [text for texts in error.error_dict.values() for text in texts]
    return tk.render("budget/harvest/trial.html", values)
