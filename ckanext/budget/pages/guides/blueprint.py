"""Pages for publishers and for the working group."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Response, request

from ckanext.budget.core.answers import pages
from ckanext.budget.core.tables import is_ready
from ckanext.budget.pages.figures import key_figures
from ckanext.budget.pages.guides import group as of_group
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
    """One guide of the kit, or all of them as a booklet; made to be printed too."""
    if name == texts.BOOKLET:
        return tk.render("budget/portal/booklet.html", {"guides": [texts.read("publier"), *_kit()]})
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
    """The working group: what it is and does, its sub-groups, meetings to come and past."""
    parts = of_group.read()
    coming, past = meetings.split(meetings.meetings(), date.today())
    subgroups = of_group.subgroups(parts["subgroups"])
    own = {one.name: [m for m in past if m.get("subgroup") == one.name] for one in subgroups}
    values = {
        "guide": texts.read("groupe"),
        "parts": parts,
        "subgroups": subgroups,
        "coming": coming,
        "past_of": own,
        "past": [one for one in past if one.get("subgroup") not in own],
        "productions": _productions(),
        "may_edit": of_group.may_edit(tk.current_user.name),
        "has_meetings": meetings.is_ready(),
        "roles": _file_labels(),
    }
    return tk.render("budget/portal/group.html", values)


@blueprint.route("/budgets/groupe/modifier", methods=["GET", "POST"])
def edit_group() -> Any:
    """The parts of the page, written by the editors of the group's organisation."""
    _check_group()
    if request.method == "POST":
        of_group.write(request.form)
        tk.h.flash_success(tk._("The page of the group is saved."))
        return tk.redirect_to("budget_guides.group")
    values = {"parts": of_group.read(), "longest": of_group.LONGEST}
    return tk.render("budget/portal/group_edit.html", values)


@blueprint.route("/budgets/groupe/reunion", methods=["GET", "POST"])
@blueprint.route("/budgets/groupe/reunion/<name>", methods=["GET", "POST"])
def edit_meeting(name: str = "") -> Any:
    """A meeting in one form, with its files, on line as soon as it is saved."""
    owner = _check_group()
    if not meetings.is_ready():
        tk.abort(404)
    context = {"user": tk.current_user.name}
    meeting = _meeting(name, owner) if name else None
    typed, errors = meeting or {}, {}
    if request.method == "POST":
        typed = request.form
        sent = {role: request.files.get(role) for role in meetings.FILES}
        files = {role: upload for role, upload in sent.items() if upload and upload.filename}
        try:
            meetings.save(context, owner, typed, files, meeting)
        except tk.ValidationError as error:
            errors = error.error_dict
            if saved := errors.get("meeting"):  # it is on line, a file of it is not
                name, meeting = saved[0], _meeting(saved[0], owner)
        else:
            tk.h.flash_success(tk._("The meeting is on line."))
            return tk.redirect_to("budget_guides.group")
    values = {
        "name": name,
        "typed": typed,
        "errors": errors,
        "roles": _file_labels(),
        "there": {one.get("role"): one for one in (meeting or {}).get("resources", [])},
        "subgroups": of_group.subgroups(of_group.read()["subgroups"]),
    }
    return tk.render("budget/portal/meeting_edit.html", values)


def _check_group() -> str:
    """The id of the group's organisation, for those who speak for it."""
    owner = of_group.organization() or tk.abort(404)
    if not of_group.may_edit(tk.current_user.name):
        tk.abort(403, tk._("Only the editors of the group's organization write here."))
    return owner.id


def _meeting(name: str, owner: str) -> dict[str, Any]:
    try:
        found = tk.get_action("package_show")({"user": tk.current_user.name}, {"id": name})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        tk.abort(404)
    if found["type"] != meetings.TYPE or found["owner_org"] != owner:
        tk.abort(404)
    return found


def _file_labels() -> dict[str, str]:
    return {"agenda": tk._("Agenda"), "minutes": tk._("Minutes"), "slides": tk._("Slides")}


def _productions() -> list[dict[str, Any]]:
    """Datasets that the group's organisation publishes: tools, documents, data."""
    owner = of_group.organization()
    if owner is None:
        return []
    query = {
        "fq": f"dataset_type:dataset owner_org:{owner.id}",
        "sort": "metadata_modified desc",
        "rows": 20,
    }
    return tk.get_action("package_search")({}, query)["results"]


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
