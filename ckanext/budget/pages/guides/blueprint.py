"""Pages for publishers and for the working group."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Response

from ckanext.budget.core.answers import pages
from ckanext.budget.core.tables import is_ready
from ckanext.budget.pages.figures import key_figures
from ckanext.budget.pages.guides import meetings, privacy_page, texts
from ckanext.budget.pages.territories import progress

blueprint = pages("budget_guides", __name__)


@blueprint.route("/budgets/publier")
def publish() -> str:
    """Why and how to publish, with a live example and where the territory stands."""
    example = _example()
    values = {
        "guide": texts.read("publier"),
        "guides": _kit(),
        "example": example,
        "figures": key_figures([example]).get(example["id"]) if example else None,
        "now": _now(),
    }
    return tk.render("budget/portal/publish.html", values)


@blueprint.route("/budgets/guides/<name>")
def guide(name: str) -> str:
    """One guide of the kit, made to be printed too."""
    if name not in texts.NAMES:
        tk.abort(404)
    return tk.render("budget/portal/guide.html", {"guide": texts.read(name), "guides": _kit()})


@blueprint.route("/budgets/envoi")
def automatic() -> str:
    """Automatic sending: the exact line for each organisation of the reader."""
    user = tk.current_user
    owners = [] if user.is_anonymous else tk.h.organizations_available("create_dataset")
    values = {
        "guide": texts.read("envoi"),
        "guides": _kit(),
        "portal": tk.config["ckan.site_url"].rstrip("/"),
        "user": "" if user.is_anonymous else user.name,
        "owners": [(one["name"], one.get("title") or one["name"]) for one in owners],
    }
    return tk.render("budget/portal/send.html", values)


@blueprint.route("/budgets/vie-privee")
def privacy() -> str:
    """For the officer of a body, and for whoever is named: policy, figures, roles, procedure."""
    values = {"guide": texts.read("donnees-personnelles"), "page": privacy_page.page()}
    return tk.render("budget/portal/privacy.html", values)


@blueprint.route("/budgets/vie-privee/matrice")
def privacy_matrix() -> str:
    """Every attribute of the national schema, with the verdict of each policy and its reason."""
    return tk.render("budget/portal/privacy_matrix.html", {"verdicts": privacy_page.matrix()})


@blueprint.route("/budgets/groupe")
def group() -> str:
    """The working group: what it is, meetings to come and past."""
    coming, past = meetings.split(meetings.meetings(), date.today())
    values = {"guide": texts.read("groupe"), "coming": coming, "past": past}
    return tk.render("budget/portal/group.html", values)


@blueprint.route("/budgets/groupe.ics")
def calendar() -> Response:
    """The meetings for any calendar program."""

    def address(meeting: Any) -> str:
        return tk.url_for("dataset.read", id=meeting["name"], _external=True, locale="default")

    text = meetings.calendar(meetings.meetings(), address, datetime.now(timezone.utc))
    return Response(text, content_type="text/calendar; charset=utf-8")


def _kit() -> list[texts.Guide]:
    return [texts.read(name) for name in texts.NAMES]


def _example() -> dict[str, Any] | None:
    """The latest budget with no remark: what a published budget looks like."""
    query = {
        "fq": "dataset_type:budget quality:conforme",
        "sort": "metadata_modified desc",
        "rows": 1,
    }
    found = tk.get_action("package_search")({}, query)["results"]
    return found[0] if found else None


def _now() -> dict[str, Any] | None:
    """How much is published of the latest exercise; None without a list of bodies."""
    years = progress.years()
    if not years or not is_ready():
        return None
    found = progress.progress(years[0], "BP")
    return {"year": years[0], "total": found.total} if found.rows else None
