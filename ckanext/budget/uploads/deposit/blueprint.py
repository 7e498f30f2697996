"""The deposit page: drop files, look at what will be published, publish or keep for later."""

from __future__ import annotations

import json
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from flask import Response, request

from ckanext.budget.core.answers import asked_to_log_in, pages
from ckanext.budget.core.contexts import reader_context
from ckanext.budget.uploads.deposit import actions as access
from ckanext.budget.uploads.deposit import background, proposal, publish, receive, store

blueprint = pages("budget_deposit", __name__)

Answer = Any


@blueprint.route("/budgets/deposer")
def new() -> Answer:
    """Choose files. Whoever is not logged in is asked to."""
    if answer := asked_to_log_in():
        return answer
    organizations = _organizations()
    if not organizations:
        tk.abort(403, tk._("Only editors of an organization may deposit budgets"))
    if request.args.get("organisation"):
        chosen = model.Group.get(request.args["organisation"])
    else:
        chosen = model.Group.get(organizations[0]["id"]) if len(organizations) == 1 else None
    background.sweep()
    return tk.render(
        "budget/deposit/new.html",
        {
            "organizations": organizations,
            "chosen": chosen.id if chosen else "",
            "deposits": store.of_user(tk.current_user.id),
            "message": "",
        },
    )


@blueprint.route("/budgets/deposer", methods=["POST"])
def create() -> Answer:
    """A new deposit; with the files when the browser runs no script."""
    if tk.current_user.is_anonymous:
        tk.abort(403, tk._("Log in to deposit budgets"))
    organization = request.form.get("owner_org") or ""
    try:
        data = {"owner_org": organization, "upload": request.files.getlist("upload")}
        deposit = tk.get_action("budget_deposit")(reader_context(), data)
    except (tk.NotAuthorized, tk.ValidationError):
        tk.abort(403, tk._("You may not publish budgets in this organization"))
    url = tk.url_for("budget_deposit.show", deposit_id=deposit["id"])
    if request.accept_mimetypes.best == "application/json":
        return _json({"id": deposit["id"], "url": url})
    if deposit["asked"]:
        return _asking(deposit["id"], deposit["asked"])
    return tk.redirect_to(url)


@blueprint.route("/budgets/deposer/<deposit_id>/fichier", methods=["POST"])
def add(deposit_id: str) -> Answer:
    """One more file, or one again with what is said of its beneficiaries; what became of it.

    The names that are asked are in this answer alone.
    """
    _own(deposit_id)
    interview = access.interview_of(request.form.getlist("confirm"))
    added = [
        identifier
        for upload in request.files.getlist("upload")
        for identifier in receive.receive(deposit_id, upload, interview)
    ]
    if request.accept_mimetypes.best != "application/json":
        return tk.redirect_to("budget_deposit.show", deposit_id=deposit_id)
    known = access.described(_own(deposit_id))
    files = [item for item in known["files"] if item["id"] in added]
    return _unkept(_json({"files": files, "asked": interview.questions}))


def _asking(deposit_id: str, asked: list[dict[str, Any]]) -> Response:
    """For a browser without script: the names, and the file to choose again."""
    page = tk.render("budget/deposit/asked.html", {"deposit_id": deposit_id, "asked": asked})
    return _unkept(Response(page))


def _unkept(response: Response) -> Response:
    """Names in clear: no cache has them, not even the browser's."""
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.route("/budgets/deposer/<deposit_id>")
def show(deposit_id: str) -> str:
    """What will be published, and what became of what was."""
    deposit = _own(deposit_id)
    return _page(deposit)


@blueprint.route("/budgets/deposer/<deposit_id>.json")
def state(deposit_id: str) -> Response:
    """For the page's script, while a worker is at it."""
    return _json(access.described(_own(deposit_id)))


@blueprint.route("/budgets/deposer/<deposit_id>", methods=["POST"])
def decide(deposit_id: str) -> Answer:
    """Publish, keep for later, or delete."""
    deposit = _own(deposit_id)
    decision = request.form.get("decision")
    if decision == "delete":
        return _delete(deposit)
    _save(deposit)
    if decision != "publish":
        tk.h.flash_success(tk._("The deposit is kept: you find it again on this page"))
        return tk.redirect_to("budget_deposit.new")
    return _publish(_own(deposit_id))


def _delete(deposit: store.Deposit) -> Answer:
    """At once when there is nothing to lose; else after the answer to a question."""
    lost = sum(len(item.documents) for item in proposal.proposals(deposit))
    if lost and not request.form.get("sure"):
        _save(deposit)
        return tk.render("budget/deposit/delete.html", {"deposit": deposit, "number": lost})
    store.delete(deposit.id)
    tk.h.flash_success(tk._("The deposit is deleted: nothing more of it will be published"))
    return tk.redirect_to("budget_deposit.new")


def _save(deposit: store.Deposit) -> None:
    store.save_answers(deposit.id, deposit.answers | _answers(deposit))


def _publish(deposit: store.Deposit) -> Answer:
    chosen = set(request.form.getlist("dataset"))
    personal = any(
        proposal.looks_personal(item.answers["email"])
        for item in proposal.proposals(deposit)
        if item.key in chosen
    )
    agreed = set(request.form.getlist("repair"))
    # The page says of each what it brings back: ticking it is the wish.
    publish.publish(deposit, reader_context(), chosen, agreed, restore=True)
    if personal:
        tk.h.flash_notice(
            tk._("The contact looks like a person's address: prefer the mailbox of a service")
        )
    deposit = _own(deposit.id)
    done = {item.package_id for item in deposit.files if item.package_id}
    if len(done) == 1 and all(item.state == "published" for item in deposit.files):
        tk.h.flash_success(tk._("The budget is published"))
        return tk.redirect_to("budget.read", id=done.pop())
    return tk.redirect_to("budget_deposit.show", deposit_id=deposit.id)


def _answers(deposit: store.Deposit) -> dict[str, dict[str, str]]:
    """What the form says, by dataset; a dataset that the form does not show keeps its answers."""
    found = {}
    for item in proposal.proposals(deposit):
        typed = {
            name: request.form[f"{item.key}-{name}"].strip()
            for name in proposal.ANSWERS
            if f"{item.key}-{name}" in request.form
        }
        found[item.key] = {k: v for k, v in typed.items() if v or k != "title"}
    return found


def _page(deposit: store.Deposit) -> str:
    published = {item.package_id for item in deposit.files if item.package_id}
    packages = [model.Package.get(identifier) for identifier in sorted(published)]
    proposed = proposal.proposals(deposit)
    return tk.render(
        "budget/deposit/show.html",
        {
            "deposit": deposit,
            "proposals": proposed,
            "heading": proposal.title_of(proposed),
            "published": [item for item in packages if item],
            "organization": model.Group.get(deposit.organization_id),
        },
    )


def _own(deposit_id: str) -> store.Deposit:
    """The deposit, or an answer 404 (also when it is somebody else's: its existence is private)."""
    try:
        tk.check_access("budget_deposit_show", reader_context(), {"id": deposit_id})
    except tk.NotAuthorized:
        tk.abort(404, tk._("This deposit does not exist any more"))
    background.recover(deposit_id)
    deposit = store.find(deposit_id)
    if deposit is None:
        return tk.abort(404, tk._("This deposit does not exist any more"))
    return deposit


def _organizations() -> list[dict[str, Any]]:
    return tk.get_action("organization_list_for_user")(
        reader_context(), {"id": tk.current_user.id, "permission": "create_dataset"}
    )


def _json(value: Any) -> Response:
    return Response(json.dumps(value, ensure_ascii=False), content_type="application/json")
