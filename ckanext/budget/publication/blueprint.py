"""Pages of the way back: withdraw a document, put it back, restore a budget, hand a body over."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from flask import request

from ckanext.budget import sheet
from ckanext.budget.core.answers import asked_to_log_in, pages
from ckanext.budget.core.contexts import reader_context
from ckanext.budget.publication import ownership, withdrawals

blueprint = pages("budget_back", __name__)

Answer = Any


@blueprint.route("/budgets/jeu/<package_id>/retirer/<document>", methods=["GET", "POST"])
def withdraw(package_id: str, document: str) -> Answer:
    """Ask why, then take the document off line."""
    if answer := asked_to_log_in():
        return answer
    package = _package("budget_document_withdraw", package_id)
    if not any(item.get("document") == document for item in package["resources"]):
        return tk.abort(404, tk._("This dataset has no such document"))
    error = ""
    if request.method == "POST":
        data = {"package_id": package["id"], "document": document}
        data["reason"] = request.form.get("reason", "")
        error = _tried("budget_document_withdraw", data)
        if not error:
            tk.h.flash_success(tk._("The document is withdrawn: readers find it no longer"))
            return _to(package)
    return _confirm(
        package,
        tk._("Withdraw this document"),
        [
            tk._(
                "{title}: its files (CSV, XML, annexes), its table and its charts leave the portal."
            ).format(title=sheet.title_of(document)),
            tk._(
                "No harvest brings it back. You may put it back on this portal for {number} days; "
                "its files are erased then."
            ).format(number=tk.config["ckanext.budget.purge_days"]),
            tk._("Portals that took a copy may keep it: tell them when it must go there too."),
        ],
        [("decision", "withdraw", tk._("Withdraw this document"), "btn-danger")],
        ask=tk._("Reason"),
        error=error,
        typed=request.form.get("reason", ""),
    )


@blueprint.route("/budgets/jeu/<package_id>/remettre/<document>", methods=["GET", "POST"])
def put_back(package_id: str, document: str) -> Answer:
    """Put the withdrawn document on line again, or let its source publish it."""
    if answer := asked_to_log_in():
        return answer
    package = _package("budget_document_restore", package_id)
    withdrawal = withdrawals.pending(package["id"], document)
    if withdrawal is None:
        return tk.abort(404, tk._("This document is not withdrawn"))
    error = ""
    if request.method == "POST":
        from_source = request.form.get("decision") == "source"
        data = {"package_id": package["id"], "document": document, "from_source": from_source}
        error = _tried("budget_document_restore", data)
        if not error:
            told = (
                tk._("The next harvest publishes what the source offers then")
                if from_source
                else tk._("The document is on line again")
            )
            tk.h.flash_success(told)
            return _to(package)
    sentences = [
        tk._("{title}, withdrawn on {date}. Reason: {reason}").format(
            title=withdrawal.title, date=withdrawal.day, reason=withdrawal.reason
        )
    ]
    answers = []
    if withdrawal.resources:
        sentences.append(tk._("Put back, it is on line as it was, under the same addresses."))
        answers.append(("decision", "back", tk._("Put back on line"), "btn-primary"))
    else:
        sentences.append(tk._("Its files were erased: deposit the document again to publish it."))
    if any(item.get("harvest_object_id") for item in withdrawal.resources):
        sentences.append(
            tk._(
                "Or let its source publish it again: what was withdrawn stays off line, and the "
                "next harvest takes what the source offers then, corrected for instance."
            )
        )
        text = tk._("Let its source publish it again")
        answers.append(("decision", "source", text, "btn-outline-primary"))
    title = tk._("Put this document back on line?")
    return _confirm(package, title, sentences, answers, error=error)


@blueprint.route("/budgets/jeu/<package_id>/restaurer", methods=["GET", "POST"])
def restore(package_id: str) -> Answer:
    """Bring a deleted budget back."""
    if answer := asked_to_log_in():
        return answer
    package = _package("budget_dataset_restore", package_id)
    if package["state"] != "deleted":
        return tk.abort(404, tk._("This dataset is not deleted"))
    error = ""
    if request.method == "POST":
        error = _tried("budget_dataset_restore", {"package_id": package["id"]})
        if not error:
            tk.h.flash_success(tk._("The budget is on line again, with its documents"))
            return _to(package)
    number = len({item["document"] for item in package["resources"] if item.get("document")})
    sentences = [
        package["title"],
        tk.ungettext(
            "It comes back with {number} document, under the same addresses.",
            "It comes back with {number} documents, under the same addresses.",
            number,
        ).format(number=number),
        tk._("Its groups and its collaborators were removed when it was deleted: add them again."),
    ]
    answers = [("decision", "restore", tk._("Restore"), "btn-primary")]
    return _confirm(package, tk._("Restore this budget?"), sentences, answers, error=error)


@blueprint.route("/budgets/confier", methods=["GET", "POST"])
def hand_over() -> Answer:
    """Which organisation publishes for which body; a body handed over after a confirmation."""
    if answer := asked_to_log_in():
        return answer
    try:
        tk.check_access("budget_body_assign", reader_context(), {})
    except tk.NotAuthorized as refusal:
        return tk.abort(403, refusal.message)
    asked = {name: request.values.get(name, "").strip() for name in ("siren", "owner_org")}
    error = ""
    if request.method == "POST":
        if not request.form.get("sure"):
            error = _refusal_of_body(asked)
            if not error:
                return _sure(asked)
        else:
            data = {**asked, "hand_over": request.form["sure"] == "move"}
            error = _tried("budget_body_assign", data)
            if not error:
                tk.h.flash_success(tk._("The body is handed over"))
                return tk.redirect_to("budget_back.hand_over")
    values = {
        "bodies": ownership.described(),
        "organizations": _organizations(),
        "asked": asked,
        "error": error,
    }
    return tk.render("budget/back/bodies.html", values)


def _refusal_of_body(asked: dict[str, str]) -> str:
    try:
        tk.get_validator("budget_siren")(asked["siren"])
    except tk.Invalid as refusal:
        return str(refusal.error)
    is_known = not asked["owner_org"] or model.Group.get(asked["owner_org"]) is not None
    return "" if is_known else tk._("Organization not found")


def _sure(asked: dict[str, str]) -> Answer:
    names = ownership.datasets_of_others(asked["siren"], asked["owner_org"])
    owner = model.Group.get(asked["owner_org"]) if asked["owner_org"] else None
    if owner is None:
        title = tk._("Leave this body to nobody?")
        sentences = [tk._("SIREN {siren}: any organization may publish for it again.")]
        answers = [("sure", "keep", tk._("Leave it to nobody"), "btn-danger")]
    else:
        title = tk._("Hand this body over?")
        sentences = [tk._("SIREN {siren}: from now on only “{owner}” publishes its budgets.")]
        answers = [("sure", "keep", tk._("Hand over, move nothing"), "btn-outline-primary")]
        if names:
            move = tk.ungettext(
                "Hand over, with {number} budget",
                "Hand over, with {number} budgets",
                len(names),
            ).format(number=len(names))
            answers.insert(0, ("sure", "move", move, "btn-primary"))
            sentences.append(tk._("Budgets that other organizations publish: {names}."))
    told = {
        "siren": asked["siren"],
        "owner": (owner.title or owner.name) if owner else "",
        "names": ", ".join(names),
    }
    address = tk.url_for("budget_back.hand_over")
    return tk.render(
        "budget/back/confirm.html",
        {
            "title": title,
            "sentences": [sentence.format(**told) for sentence in sentences],
            "breadcrumbs": [(tk._("Bodies and organizations"), address)],
            "address": address,
            "back": address,
            "hidden": asked,
            "answers": answers,
        },
    )


def _organizations() -> list[dict[str, Any]]:
    data = {"all_fields": True, "limit": 1000, "sort": "title asc"}
    return tk.get_action("organization_list")(reader_context(), data)


def _package(action: str, package_id: str) -> dict[str, Any]:
    """The budget, for whoever may do this to it; else an answer 403 that tells nothing of it."""
    try:
        tk.check_access(action, reader_context(), {"package_id": package_id})
        package = tk.get_action("package_show")(reader_context(), {"id": package_id})
    except tk.NotAuthorized as refusal:
        return tk.abort(403, refusal.message)
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("This budget does not exist"))
    return package if package["type"] == "budget" else tk.abort(404)


def _tried(action: str, data: dict[str, Any]) -> str:
    """Do it; the sentence to show when it is refused."""
    try:
        tk.get_action(action)(reader_context(), data)
    except tk.ValidationError as refusal:
        return " ".join(str(text) for texts in refusal.error_dict.values() for text in texts)
    return ""


def _to(package: dict[str, Any]) -> Answer:
    return tk.redirect_to("budget.read", id=package["name"])


def _confirm(
    package: dict[str, Any],
    title: str,
    sentences: list[str],
    answers: list[tuple[str, str, str, str]],
    **more: str,
) -> Answer:
    address = tk.url_for("budget.read", id=package["name"])
    values = {
        "title": title,
        "sentences": sentences,
        "answers": answers,
        "breadcrumbs": [(package["title"], address)],
        "address": request.path,
        "back": address,
        "hidden": {},
        **more,
    }
    return tk.render("budget/back/confirm.html", values)
