"""Actions of the publication, and who may call them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.budget.core.access import ALLOWED, Answer, as_for, is_editor, of_texts, refused
from ckanext.budget.core.contexts import organization
from ckanext.budget.core.errors import PublicationError
from ckanext.budget.core.workdir import private_directory
from ckanext.budget.publication import ownership, states, way_back, withdrawals
from ckanext.budget.publication.helpers import budget_account
from ckanext.budget.publication.prepared import Prepared, prepare
from ckanext.budget.publication.publish import Outcome, Request, publish_prepared
from ckanext.budget.quality.policy import blocking, mode_of, offer
from ckanext.budget.sheet.validators import budget_siren
from ckanext.budget.totem.errors import TotemError


def budget_publish(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Publish a document in the dataset of its budget: TOTEM, masked and converted, or SCDL.

    :param upload: the XML file, or a table of the budget's lines (CSV, xlsx, ods) (multipart)
    :param owner_org: id or name of the organisation of a new dataset
    :param policy: ``strict`` or ``standard`` (optional: the portal's, which is a floor)
    :param repair: true to publish a table mended, as ``budget_check`` lists it (default: false)
    :param restore: true to publish although the document was withdrawn, or its dataset deleted,
      which then comes back with the documents that it had (default: false)
    :returns: ``status`` (created, updated, unchanged), ``package_id``, ``document``, ``aside`` (why
        a later version stays on line, empty when none does)
    :raises ValidationError: with the French reason under ``upload``; nothing is then stored. With
        ``repair`` when a table would be taken mended, with ``transient`` when the same call may
        succeed later
    """
    tk.get_or_bust(data_dict, "owner_org")
    upload = data_dict.get("upload")
    tk.check_access("budget_publish", context, data_dict)
    if upload is None or not hasattr(upload, "stream"):
        raise tk.ValidationError({"upload": [tk._("Choose a TOTEM file")]})
    try:
        outcome = _published(upload.stream, context, data_dict)
    except (TotemError, PublicationError) as error:
        told = {"upload": [str(error)]}
        if getattr(error, "transient", False):
            told["transient"] = ["true"]
        raise tk.ValidationError(told) from error
    return {
        "status": outcome.status,
        "package_id": outcome.package_id,
        "document": outcome.document,
        "aside": outcome.aside,
    }


def _published(stream: BinaryIO, context: Any, data_dict: dict[str, Any]) -> Outcome:
    """Publish the document. Raises TotemError, PublicationError, ValidationError."""
    organization_id, restore = _organization(data_dict["owner_org"]).id, data_dict.get("restore")
    with private_directory() as folder:
        path = folder / "document.xml"
        with path.open("wb") as copy:
            shutil.copyfileobj(stream, copy)
        prepared = _prepared(path, folder, data_dict)
        errors = blocking(prepared.report["findings"])
        if errors and prepared.xml is not None and mode_of(organization_id) == "block":
            raise tk.ValidationError({"upload": errors})
        state = states.told(prepared, organization_id, context)
        if tk.asbool(restore) and state.state == "deleted":
            way_back.restore(state.package_id, context)
        provenance = {"origin": "upload"}
        request = Request(organization_id, provenance=provenance, restore=tk.asbool(restore))
        return publish_prepared(prepared, request, context)


def _prepared(path: Path, folder: Path, data_dict: dict[str, Any]) -> Prepared:
    """Raises TotemError, ValidationError."""
    from ckanext.budget.publication import foreign_table

    if not foreign_table.is_table(path):
        return prepare(path, folder, _policy(data_dict))
    is_agreed = tk.asbool(data_dict.get("repair", False))
    try:
        prepared = foreign_table.prepare(path, folder, repair=is_agreed)
    except foreign_table.NeedsRepair as error:
        offered = offer(error.short, *foreign_table.mendable(path))
        raise tk.ValidationError(offered) from error
    errors = blocking(prepared.report.get("remaining", prepared.report["findings"]))
    if errors:
        raise tk.ValidationError(offer(errors[0], *foreign_table.mendable(path)))
    return prepared


def _organization(name_or_id: str) -> model.Group:
    found = organization(name_or_id)
    if found is None:
        raise tk.ValidationError({"owner_org": [tk._("Organization not found")]})
    return found


def _policy(data_dict: dict[str, Any]) -> str:
    from ckanext.budget.sheet.validators import budget_masking_policy

    policy = data_dict.get("policy")
    try:
        return budget_masking_policy(policy) if policy else ""
    except tk.Invalid as error:
        raise tk.ValidationError({"policy": [error.error]}) from error


def _may_publish(context: Any, data_dict: dict[str, Any]) -> Answer:
    """Whoever may create a dataset in the organisation; the dataset's own rights come next."""
    wanted = {"owner_org": data_dict.get("owner_org"), "type": "budget"}
    message = tk._("You may not publish budgets in this organization")
    return as_for("package_create", context, wanted, message)


def budget_body_list(context: Any, data_dict: dict[str, Any]) -> list[dict[str, str]]:
    """Which organisation publishes for which public body.

    :returns: ``siren`` and ``organization`` (name) of each body that somebody holds
    """
    tk.check_access("budget_body_list", context, data_dict)
    return [{"siren": siren, "organization": name} for siren, name in ownership.listed()]


def budget_body_assign(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Give a public body to an organisation: nobody else publishes its budgets from then on.

    :param siren: of the body
    :param owner_org: the organisation (id or name); empty: nobody holds the body any more
    :param hand_over: true to move the budgets of the body too, deleted ones included (default:
      false)
    :returns: ``siren``, ``organization`` (name or empty), ``moved`` (names of datasets)
    """
    tk.check_access("budget_body_assign", context, data_dict)
    siren = _siren(tk.get_or_bust(data_dict, "siren"))
    if not data_dict.get("owner_org"):
        ownership.release(siren)
        model.Session.commit()
        return {"siren": siren, "organization": "", "moved": []}
    owner, user, moved = _organization(data_dict["owner_org"]), context.get("user") or "", []
    if tk.asbool(data_dict.get("hand_over")):
        moved = ownership.hand_over(siren, owner.id, user)
    else:
        ownership.assign(siren, owner.id, user)
        model.Session.commit()
    return {"siren": siren, "organization": owner.name, "moved": moved}


def _siren(value: Any) -> str:
    try:
        return budget_siren(value)
    except tk.Invalid as error:
        raise tk.ValidationError({"siren": [error.error]}) from error


def _sysadmin_only(_context: Any, _data_dict: dict[str, Any]) -> Answer:
    """CKAN itself lets sysadmins pass."""
    return refused(tk._("Only the administrators of the portal say who publishes for a body"))


def budget_document_withdraw(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Take one document of a budget off line: its CSV, its XML and its annexes together.

    No harvest brings it back before ``budget_document_restore``. For the editors of the dataset's
    organisation.

    :param package_id: the dataset (id or name)
    :param document: the document, as its resources name it (``21670482500019-2022-bp``)
    :param reason: why, for the editors; nobody else reads it
    :returns: the withdrawal, as ``budget_withdrawal_list`` shows it
    """
    package = _writable("budget_document_withdraw", context, data_dict)
    slug, reason = data_dict.get("document") or "", str(data_dict.get("reason") or "").strip()
    if not reason:
        raise tk.ValidationError({"reason": [tk._("Say why the document is withdrawn")]})
    way_back.withdraw(package.id, slug, reason[:_REASON], context)
    return _described(withdrawals.of(package.id)[0])


_REASON = 1000
"""Characters of a reason that are kept."""


def budget_document_restore(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Put a withdrawn document on line again, as it was; or let its source publish it again.

    For the editors of the dataset's organisation.

    :param package_id: the dataset (id or name)
    :param document: the document, as ``budget_withdrawal_list`` names it
    :param from_source: true to put nothing back, and let the next harvest publish what the source
      offers then (default: false)
    :returns: the withdrawal
    :raises ValidationError: its files were erased since (``ckanext.budget.purge_days``), or the
      body was given to another organisation
    """
    package = _writable("budget_document_restore", context, data_dict)
    slug = data_dict.get("document") or ""
    way = way_back.allow if tk.asbool(data_dict.get("from_source")) else way_back.put_back
    _explained("document", lambda: way(package.id, slug, context))
    return _described(next(item for item in withdrawals.of(package.id) if item.slug == slug))


def budget_withdrawal_list(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """What was withdrawn from a budget and what came back, newest first, for its editors.

    :param package_id: the dataset (id or name)
    :returns: ``document``, ``title``, ``reason``, ``state`` (``withdrawn``; ``allowed``: its source
      may publish it again; ``back``: on line), ``withdrawn``, ``settled`` (moments),
      ``withdrawn_by``, ``settled_by`` (names of accounts), ``can_be_put_back``
    """
    package = _writable("budget_withdrawal_list", context, data_dict)
    return [_described(item) for item in withdrawals.of(package.id)]


def budget_dataset_restore(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Bring a deleted budget back with the documents that it had.

    For the editors of the dataset's organisation, until ``ckanext.budget.purge_days`` are over.

    :param package_id: the dataset (id or name)
    :returns: ``package_id`` and ``name``
    """
    package = _writable("budget_dataset_restore", context, data_dict)
    _explained("package_id", lambda: way_back.restore(package.id, context))
    return {"package_id": package.id, "name": package.name}


def _writable(action: str, context: Any, data_dict: dict[str, Any]) -> model.Package:
    """The budget meant. Nobody learns here whether a dataset that they may not change exists."""
    tk.check_access(action, context, data_dict)
    package = model.Package.get(tk.get_or_bust(data_dict, "package_id"))
    if package is None or package.type != "budget":
        raise tk.ObjectNotFound(tk._("This budget does not exist"))
    return package


def _explained(field: str, work: Callable[[], None]) -> None:
    try:
        work()
    except PublicationError as error:
        raise tk.ValidationError({field: [str(error)]}) from error


def _described(item: withdrawals.Withdrawal) -> dict[str, Any]:
    return {
        "document": item.slug,
        "title": item.title,
        "reason": item.reason,
        "state": item.state,
        "withdrawn": item.withdrawn.isoformat(),
        "withdrawn_by": budget_account(item.withdrawn_by),
        "settled": item.settled.isoformat() if item.settled else None,
        "settled_by": budget_account(item.settled_by or ""),
        "can_be_put_back": item.state != withdrawals.BACK and bool(item.resources),
    }


def _may_change(context: Any, data_dict: dict[str, Any]) -> Answer:
    """Whoever may edit the dataset, deleted or not; the answer is the same when there is none."""
    message = tk._("Only the editors of the organization of this budget may do this")
    package = model.Package.get(data_dict.get("package_id") or "")
    if package is None:
        return ALLOWED if is_editor(context) else refused(message)
    return as_for("package_update", context, {"id": package.id}, message)


ACTIONS = of_texts(
    {
        "budget_publish": budget_publish,
        "budget_body_list": tk.side_effect_free(budget_body_list),
        "budget_body_assign": budget_body_assign,
        "budget_document_withdraw": budget_document_withdraw,
        "budget_document_restore": budget_document_restore,
        "budget_dataset_restore": budget_dataset_restore,
        "budget_withdrawal_list": tk.side_effect_free(budget_withdrawal_list),
    }
)
AUTH = {
    "budget_publish": _may_publish,
    "budget_body_list": _sysadmin_only,
    "budget_body_assign": _sysadmin_only,
    "budget_document_withdraw": _may_change,
    "budget_document_restore": _may_change,
    "budget_dataset_restore": _may_change,
    "budget_withdrawal_list": _may_change,
}
