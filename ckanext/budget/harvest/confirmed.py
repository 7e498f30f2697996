"""Pages of ckanext-harvest that change something: a link alone never does.

ckanext-harvest 1.6 deletes, clears, runs and stops on a plain GET or HEAD: a picture on a hostile
page, or a browser that fetches links ahead, does it in the reader's name. And it deletes and stops
on these only, while CKAN's confirmation sends a POST. Here a GET asks, and a POST, which carries
CKAN's token, does it.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckanext.harvest import utils
from flask import Blueprint, request

from ckanext.budget.core.answers import asked_to_log_in

blueprint = Blueprint("budget_harvest_confirmed", __name__)


def _questions() -> dict[str, str]:
    """What each page of ckanext-harvest is about to do, in the words of its own buttons."""
    cleared = tk._(
        "Warning: Apart from deleting this source, this command will remove all its datasets, as "
        "well as all previous job reports. Are you sure you want to continue?"
    )
    kept = tk._(
        "This will flag the source as deleted but keep all its datasets and previous jobs. Are you "
        "sure you want to delete this harvest source?"
    )
    return {
        "harvester.delete": cleared if request.args.get("clear") else kept,
        "harvester.clear": tk._(
            "What this source brought, and its job reports, will be removed. Go on?"
        ),
        "harvester.refresh": tk._("The source will be harvested as soon as possible. Go on?"),
        "harvester.job_abort": tk._("The job will stop; what it published stays. Go on?"),
    }


@blueprint.before_app_request
def asked_first() -> Any:
    """The question, for whoever follows a link to such a page; nothing for all other requests."""
    if request.method not in ("GET", "HEAD") or not (request.endpoint or "").startswith(
        "harvester."
    ):
        return None
    question = _questions().get(request.endpoint or "")
    if question is None:
        return None
    arguments = request.view_args or {}
    source = arguments.get("source") or arguments["id"]
    values = {"question": question, "source": source}
    return asked_to_log_in() or tk.render("budget/harvest/confirm.html", values)


blueprint.add_url_rule(
    "/harvest/delete/<id>", "delete", lambda id: utils.delete_view(id), methods=["POST"]
)
blueprint.add_url_rule(
    "/harvest/<source>/job/<id>/abort",
    "job_abort",
    lambda source, id: utils.job_abort_view(source, id),
    methods=["POST"],
)
