"""Actions of the publication, and who may call them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.budget.core.access import Answer, as_for, refused
from ckanext.budget.core.contexts import organization
from ckanext.budget.core.errors import PublicationError
from ckanext.budget.publication import ownership
from ckanext.budget.publication.prepared import Prepared, prepare
from ckanext.budget.quality.policy import blocking, offer
from ckanext.budget.sheet.validators import budget_siren
from ckanext.budget.totem.errors import TotemError


def budget_publish(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Publish a document in the dataset of its budget: TOTEM, masked and converted, or SCDL.

    :param upload: the XML file, or a table of the budget's lines (CSV, xlsx, ods) (multipart)
    :param owner_org: id or name of the organisation of a new dataset
    :param policy: ``strict`` or ``standard`` (optional: the portal's, which is a floor)
    :param repair: true to publish a table mended, as ``budget_check`` lists it (default: false)
    :returns: ``status`` (created, updated, unchanged), ``package_id``, ``document``
    :raises ValidationError: with the French reason under ``upload``; nothing is then stored. With
        ``repair`` when a table would be taken mended, with ``transient`` when the same call may
        succeed later
    """
    from ckanext.budget.core.workdir import private_directory
    from ckanext.budget.publication.publish import Request, publish_prepared

    owner_org = tk.get_or_bust(data_dict, "owner_org")
    upload = data_dict.get("upload")
    tk.check_access("budget_publish", context, data_dict)
    if upload is None or not hasattr(upload, "stream"):
        raise tk.ValidationError({"upload": [tk._("Choose a TOTEM file")]})
    with private_directory() as folder:
        path = folder / "document.xml"
        with open(path, "wb") as copy:
            shutil.copyfileobj(upload.stream, copy)
        try:
            request = Request(_organization(owner_org).id, provenance={"origin": "upload"})
            prepared = _prepared(path, folder, data_dict)
            outcome = publish_prepared(prepared, request, context)
        except (TotemError, PublicationError) as error:
            told = {"upload": [str(error)]}
            if getattr(error, "transient", False):
                told["transient"] = ["true"]
            raise tk.ValidationError(told) from error
    return {
        "status": outcome.status,
        "package_id": outcome.package_id,
        "document": outcome.document,
    }


def _prepared(path: Path, folder: Path, data_dict: dict[str, Any]) -> Prepared:
    """Raises TotemError, ValidationError."""
    from ckanext.budget.publication import foreign_table

    if not foreign_table.is_table(path):
        return prepare(path, folder, _policy(data_dict))
    is_agreed = tk.asbool(data_dict.get("repair", False))
    try:
        prepared = foreign_table.prepare(path, folder, repair=is_agreed)
    except foreign_table.NeedsRepair as error:
        offered = offer(str(error), *foreign_table.mendable(path))
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
    :param hand_over: true to move the budgets of the body that are online too (default: false)
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


ACTIONS = {
    "budget_publish": budget_publish,
    "budget_body_list": tk.side_effect_free(budget_body_list),
    "budget_body_assign": budget_body_assign,
}
AUTH = {
    "budget_publish": _may_publish,
    "budget_body_list": _sysadmin_only,
    "budget_body_assign": _sysadmin_only,
}
