"""Actions and permissions of deposits: the publisher's own, and the administrator's."""

from __future__ import annotations

import re
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.budget.core.access import ALLOWED, Answer, as_for, of_texts, refused, user_of
from ckanext.budget.core.contexts import organization
from ckanext.budget.publication.confirmations import Interview
from ckanext.budget.uploads.deposit import background, proposal, publish, receive, store


def budget_deposit(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Deposit documents as the page /budgets/deposer does: checked, masked, then proposed.

    :param upload: a TOTEM document, an SCDL table (CSV, xlsx, ods), or an archive (multipart)
    :param owner_org: organisation that publishes (id or name)
    :param publish: true to publish at once what has no blocking error (default: false)
    :param repair: true to accept what is mended in the tables (``repairs`` of each file); without
        it a table that has to be mended is not published (default: false)
    :param restore: true to publish also what was withdrawn before, or whose dataset was deleted,
        which then comes back with the documents that it had (default: false)
    :param confirm: tokens of ``asked`` names that you say to be those of bodies, associations or
        companies, not of persons: send the file again with them, in the same deposit; they are kept
        for the later documents of its body (optional)
    :param id: of a deposit to add files to, or to publish (optional)
    :returns: ``id``, ``files`` (name, state, message, document, package_id, repairs, remaining),
        ``datasets`` (name, answers, documents, ``states``: what publishing each of them would do, a
        ``state`` among new, replaces, identical, withdrawn, deleted, refused, and its
        ``sentence``), ``waiting`` (true while a background worker has something to do),
        ``asked`` (of the files of this call: ``name``, ``token``, ``element``, ``number`` of each
        masked beneficiary that may be a body; told once, kept nowhere)
    """
    deposit_id = data_dict.get("id")
    if deposit_id:
        tk.check_access("budget_deposit_show", context, {"id": deposit_id})
    else:
        tk.get_or_bust(data_dict, "owner_org")
        tk.check_access("budget_deposit", context, data_dict)
        user = model.User.get(context["user"])
        deposit_id = store.create(user.id, organization_of(data_dict["owner_org"]))
    interview = interview_of(data_dict.get("confirm"))
    for upload in receive.uploads_of(data_dict.get("upload")):
        receive.receive(deposit_id, upload, interview)
    if tk.asbool(data_dict.get("publish")):
        agreed: set[str] | None = None if tk.asbool(data_dict.get("repair")) else set()
        restore = tk.asbool(data_dict.get("restore"))
        who = {"user": context["user"]}
        publish.publish(_found(deposit_id), who, agreed=agreed, restore=restore)
    return described(_found(deposit_id)) | {"asked": interview.questions}


def interview_of(tokens: Any) -> Interview:
    """The questions of one call, with the answers that came with it (a list, or one string)."""
    given = tokens if isinstance(tokens, list) else str(tokens or "").replace(",", " ").split()
    return Interview(frozenset(filter(_TOKEN.fullmatch, map(str, given))))


_TOKEN = re.compile(r"[0-9a-f]{32}")


@tk.side_effect_free
def budget_deposit_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """State of a deposit, as ``budget_deposit`` answers it.

    :param id: id of the deposit
    """
    tk.check_access("budget_deposit_show", context, data_dict)
    background.recover(data_dict["id"])
    return described(_found(tk.get_or_bust(data_dict, "id")))


def budget_deposit_delete(context: Any, data_dict: dict[str, Any]) -> None:
    """Forget a deposit. What it published stays.

    :param id: id of the deposit
    """
    tk.check_access("budget_deposit_show", context, data_dict)
    store.delete(tk.get_or_bust(data_dict, "id"))


def _found(deposit_id: str) -> store.Deposit:
    deposit = store.find(deposit_id)
    if deposit is None:
        raise tk.ObjectNotFound(tk._("This deposit does not exist any more"))
    return deposit


def organization_of(name_or_id: str) -> str:
    """Id of the organisation. Raises ValidationError."""
    found = organization(name_or_id)
    if found is None:
        raise tk.ValidationError({"owner_org": [tk._("Organization not found")]})
    return found.id


def described(deposit: store.Deposit) -> dict[str, Any]:
    """JSON-ready state of the deposit."""
    proposed = proposal.proposals(deposit)
    documents = {each.file.id: each for item in proposed for each in item.documents}
    return {
        "id": deposit.id,
        "waiting": deposit.is_waiting,
        "expires": deposit.expires.isoformat(),
        "files": [
            {
                "id": item.id,
                "name": item.name,
                "state": item.state,
                "message": item.message,
                "document": item.slug,
                "package_id": item.package_id,
                **_left(documents.get(item.id)),
            }
            for item in deposit.files
        ],
        "datasets": [
            {
                "name": item.name,
                "exists": item.exists,
                "answers": item.answers,
                "documents": [document.file.slug for document in item.documents],
                "states": {
                    document.file.slug: {
                        "state": document.told.state,
                        "sentence": document.told.sentence,
                    }
                    for document in item.documents
                },
            }
            for item in proposed
        ],
    }


def _left(document: proposal.Document | None) -> dict[str, Any]:
    """What is mended if the publisher agrees, what he has to correct himself."""
    if document is None:
        return {}
    errors = [found for found in document.findings if found["severity"] == "error"]
    return {"repairs": document.repairs, "remaining": errors}


def _may_deposit(context: Any, data_dict: dict[str, Any]) -> Answer:
    """Whoever may create a dataset in the organisation; without one, in any."""
    owner = data_dict.get("owner_org")
    wanted = {"owner_org": owner, "type": "budget"} if owner else {}
    message = tk._("You may not publish budgets in this organization")
    return as_for("package_create", context, wanted, message)


def _may_see(context: Any, data_dict: dict[str, Any]) -> Answer:
    deposit, user = store.find(data_dict.get("id") or ""), user_of(context)
    if deposit is not None and user is not None and deposit.user_id == user.id:
        return ALLOWED
    return refused(tk._("This deposit is somebody else's"))


ACTIONS = of_texts(
    {
        "budget_deposit": budget_deposit,
        "budget_deposit_show": budget_deposit_show,
        "budget_deposit_delete": budget_deposit_delete,
    }
)

AUTH = {
    "budget_deposit": _may_deposit,
    "budget_deposit_show": _may_see,
}
