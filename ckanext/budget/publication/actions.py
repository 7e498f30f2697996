"""Actions of the publication, and who may call them."""

from __future__ import annotations

import shutil
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.budget.core.access import Answer, as_for
from ckanext.budget.core.contexts import organization
from ckanext.budget.core.errors import PublicationError
from ckanext.budget.totem.errors import TotemError


def budget_publish(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Publish a TOTEM document: masked, converted to SCDL, in the dataset of its budget.

    :param upload: the XML file (multipart)
    :param owner_org: id or name of the organisation of a new dataset
    :param policy: ``strict`` or ``standard`` (optional: the portal's)
    :returns: ``status`` (created, updated, unchanged), ``package_id``, ``document``
    :raises ValidationError: with the French reason under ``upload``; nothing is then stored
    """
    from ckanext.budget.core.workdir import private_directory
    from ckanext.budget.publication.publish import Request, publish_file

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
            request = Request(_organization_id(owner_org), provenance={"origin": "upload"})
            outcome = publish_file(path, request, context, _policy(data_dict))
        except (TotemError, PublicationError) as error:
            raise tk.ValidationError({"upload": [str(error)]}) from error
    return {
        "status": outcome.status,
        "package_id": outcome.package_id,
        "document": outcome.document,
    }


def _organization_id(name_or_id: str) -> str:
    found = organization(name_or_id)
    if found is None:
        raise tk.ValidationError({"owner_org": [tk._("Organization not found")]})
    return found.id


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


ACTIONS = {"budget_publish": budget_publish}
AUTH = {"budget_publish": _may_publish}
