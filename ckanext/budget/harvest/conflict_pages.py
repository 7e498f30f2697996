"""Pages of conflicts: a source offers a budget that another organisation publishes."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckanext.harvest.model import HarvestSource
from flask import request

from ckanext.budget.collect import public_address
from ckanext.budget.core.access import edited_organizations
from ckanext.budget.core.answers import asked_to_log_in, pages
from ckanext.budget.core.contexts import reader_context
from ckanext.budget.harvest import conflicts

blueprint = pages("budget_conflicts", __name__)

Answer = Any

SHOWN = 200
"""Conflicts of one page, open ones first."""


@blueprint.route("/budgets/conflits")
def index() -> Answer:
    """Those of the reader's organisations."""
    if answer := asked_to_log_in():
        return answer
    asked = ("package_id", "source_id")
    only = {name: request.args[name] for name in asked if name in request.args}
    try:
        found = tk.get_action("budget_conflict_list")(reader_context(), only)
    except tk.NotAuthorized as refusal:
        return tk.abort(403, refusal.message)
    found.sort(key=lambda item: item["state"] != "open")
    shown = [item | {"is_mine": _may_settle(item["id"])} for item in found[:SHOWN]]
    values = {"conflicts": shown, "total": len(found)}
    return tk.render("budget/conflicts/index.html", values)


def _may_settle(identifier: str) -> bool:
    try:
        tk.check_access("budget_conflict_settle", reader_context(), {"id": identifier})
    except tk.NotAuthorized:
        return False
    return True


@blueprint.route("/budgets/conflits/<identifier>", methods=["GET", "POST"])
def settle(identifier: str) -> Answer:
    """Ask, then settle: keep mine, or accept theirs."""
    if answer := asked_to_log_in():
        return answer
    if not _may_settle(identifier):
        message = tk._("Only the organization that publishes this budget may settle the conflict")
        return tk.abort(403, message)
    [conflict] = conflicts.listed(None, id=identifier)
    decision = request.form.get("decision")
    if decision in conflicts.DECISIONS:
        data = {"id": identifier, "decision": decision}
        tk.get_action("budget_conflict_settle")(reader_context(), data)
        told = {
            "accept": tk._("Accepted: the next harvest of this source publishes its document"),
            "refuse": tk._("Refused: your document stays, this source does not replace it"),
        }
        tk.h.flash_success(told[decision])
        return tk.redirect_to("budget_conflicts.index")
    return _asked(conflict)


def _asked(conflict: dict[str, Any]) -> Answer:
    address = tk.url_for("budget_conflicts.index")
    sentences = [
        tk._(
            "{title}, of the body {siren}: “{owner}” publishes it, the source “{source}” offers "
            "it too."
        ),
        tk._("Keep yours: nothing changes, and the source reports that it was refused."),
        tk._(
            "Accept theirs: the next harvest replaces yours by the document of the source, in your "
            "dataset, and follows its corrections from then on."
        ),
        tk._(
            "That holds for the source as it is: if its address or its configuration changes, you "
            "are asked again."
        ),
    ]
    source = HarvestSource.get(conflict["source_id"])
    if where := public_address(source.url) if source else "":
        sentences.insert(1, tk._("The source reads {where}").replace("{where}", where))
    nobody = {"owner": tk._("the portal"), "source": tk._("a former source")}
    told = conflict | {name: conflict[name] or text for name, text in nobody.items()}
    values = {
        "title": tk._("Settle this conflict"),
        "sentences": [sentence.format(**told) for sentence in sentences],
        "breadcrumbs": [(tk._("Conflicts"), address)],
        "address": request.path,
        "back": address,
        "hidden": {},
        "answers": [
            ("decision", "refuse", tk._("Keep mine"), "btn-primary"),
            ("decision", "accept", tk._("Accept theirs"), "btn-outline-danger"),
        ],
    }
    return tk.render("budget/back/confirm.html", values)


def budget_open_conflicts(source_id: str = "") -> int:
    """How many conflicts wait for a decision of the reader's organisations; of one source, how many
    its reader may see."""
    user = None if tk.current_user.is_anonymous else tk.current_user
    organizations = edited_organizations(user)
    if source_id:
        return len(conflicts.listed(organizations, source_id=source_id, state="open"))
    return conflicts.number_open(organizations)
