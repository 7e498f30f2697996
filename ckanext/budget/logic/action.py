"""Actions of the API."""

from __future__ import annotations

import shutil
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.budget.errors import PublicationError
from ckanext.budget.totem.errors import TotemError

__all__ = ["budget_publish"]


def budget_publish(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Publish a TOTEM document: masked, converted to SCDL, in the dataset of its budget.

    :param upload: the XML file (multipart)
    :param owner_org: id or name of the organisation of a new dataset
    :param policy: ``strict`` or ``standard`` (optional: the portal's)
    :returns: ``status`` (created, updated, unchanged), ``package_id``, ``document``
    :raises ValidationError: with the French reason under ``upload``; nothing is then stored
    """
    from ckanext.budget.publication import publish_file
    from ckanext.budget.workdir import private_directory

    owner_org = tk.get_or_bust(data_dict, "owner_org")
    upload = data_dict.get("upload")
    tk.check_access("budget_publish", context, data_dict)
    if not hasattr(upload, "stream"):
        raise tk.ValidationError({"upload": [tk._("Choose a TOTEM file")]})
    with private_directory() as folder:
        path = folder / "document.xml"
        with open(path, "wb") as copy:
            shutil.copyfileobj(upload.stream, copy)
        try:
            outcome = publish_file(
                path,
                organization_id=_organization_id(owner_org),
                context=context,
                policy=_policy(data_dict),
                provenance={"origin": "upload"},
            )
        except (TotemError, PublicationError) as error:
            raise tk.ValidationError({"upload": [str(error)]}) from error
    return {
        "status": outcome.status,
        "package_id": outcome.package_id,
        "document": outcome.document,
    }


def _organization_id(name_or_id: str) -> str:
    from ckan import model

    group = model.Group.get(name_or_id)
    if group is None or not group.is_organization:
        raise tk.ValidationError({"owner_org": [tk._("Organization not found")]})
    return group.id


def _policy(data_dict: dict[str, Any]) -> str:
    from ckanext.budget.logic.validators import budget_masking_policy

    policy = data_dict.get("policy")
    try:
        return budget_masking_policy(policy) if policy else ""
    except tk.Invalid as error:
        raise tk.ValidationError({"policy": [error.error]}) from error
