"""Actions and permissions of reports: whoever sees a resource sees what was found in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.budget.core import recognise
from ckanext.budget.core.access import (
    ALLOWED,
    Answer,
    as_for,
    edited_organizations,
    is_editor,
    of_texts,
    refused,
    user_of,
)
from ckanext.budget.core.storage import is_upload
from ckanext.budget.quality import store

_PAGE = 100
_MOST = 1000


def budget_check(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Check a file with the rules of the portal, and publish nothing.

    :param upload: a TOTEM document or an SCDL table (multipart), which is not kept; or
    :param id: a published resource, whose new report is kept
    :returns: ``kind``, ``valid``, ``counts``, ``findings`` (code, severity, place, message,
        remedy), ``rules_version``; of a table also ``repairs`` (what is mended if you ask for it
        with ``repair``: French sentences) and ``remaining`` (the findings that this leaves)
    """
    tk.check_access("budget_check", context, data_dict)
    if is_upload(data_dict.get("upload")):
        return _check_upload(data_dict["upload"])
    return _check_resource(tk.get_or_bust(data_dict, "id"))


def _check_upload(upload: Any) -> dict[str, Any]:
    from ckanext.budget.quality.alike import reference_of
    from ckanext.budget.totem.checks import check
    from ckanext.budget.totem.checks.scdl import check_table

    found = recognise.recognised(upload)
    if found.kind == "totem":
        return check(upload.stream).as_dict()
    if found.kind != "scdl":
        raise tk.ValidationError({"upload": [recognise.told(found)]})
    reference = reference_of(upload.stream)
    report = check_table(upload.stream, reference)
    upload.stream.seek(0)
    left = check_table(upload.stream, reference, mended=True)
    return report.as_dict() | {"remaining": [finding.as_dict() for finding in left.findings]}


def _check_resource(identifier: str) -> dict[str, Any]:
    from ckanext.budget.quality.inspect import inspect

    resource = tk.get_action("resource_show")({"ignore_auth": True}, {"id": identifier})
    seen = inspect(resource)
    if seen is None:
        raise tk.ValidationError({"id": [tk._("There is nothing to check in this resource")]})
    store.record(
        seen.report,
        resource_id=identifier,
        package_id=resource["package_id"],
        sha256=seen.sha256,
        origin="request",
    )
    model.Session.commit()
    return seen.report


@tk.side_effect_free
def budget_report_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """The last report on a resource, or any report by its own id.

    :param resource_id: id of the resource, or
    :param id: id of the report
    :returns: ``id``, ``resource_id``, ``package_id``, ``sha256``, ``kind``, ``rules_version``,
        ``created``, ``origin``, ``counts`` by severity, ``codes``, ``findings``, ``header``,
        ``rows``, ``seal``, ``repaired`` (what was mended in a table, its publisher agreeing),
        ``versions`` (what became of the other versions of the document)
    """
    if data_dict.get("resource_id"):
        row = store.latest(data_dict["resource_id"])
    else:
        row = store.report(tk.get_or_bust(data_dict, "id"))
    if row is None or not _is_there(row["resource_id"]):
        raise tk.ObjectNotFound(tk._("There is no report"))
    tk.check_access("budget_report_show", context, {"id": row["resource_id"]})
    return shown(row)


def _is_there(resource_id: str) -> bool:
    """Whether the resource is neither deleted nor withdrawn, which CKAN does not look at."""
    resource = model.Resource.get(resource_id)
    return resource is not None and resource.state == model.State.ACTIVE


@tk.side_effect_free
def budget_report_list(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """The last report of each resource, without the findings, newest first.

    :param package_id: of one dataset (id or name), or
    :param organization: of one organisation that you edit (id or name); neither: of the portal
    :param limit: at most (100 by default, 1000)
    :param offset: how many to skip
    """
    tk.check_access("budget_report_list", context, data_dict)
    page, errors = tk.navl_validate(dict(data_dict), _page_schema(), context)
    if errors:
        raise tk.ValidationError(errors)
    rows = store.listed(_datasets(data_dict), min(page["limit"], _MOST), page["offset"])
    return [{key: value for key, value in shown(row).items() if key != "findings"} for row in rows]


def _page_schema() -> dict[str, Any]:
    default, natural = tk.get_validator("default"), tk.get_validator("natural_number_validator")
    return {"limit": [default(_PAGE), natural], "offset": [default(0), natural]}


def _datasets(data_dict: Mapping[str, Any]) -> list[str] | None:
    if data_dict.get("package_id"):
        package = model.Package.get(data_dict["package_id"])
        return [package.id] if package else []
    if data_dict.get("organization"):
        group = model.Group.get(data_dict["organization"])
        query = model.Session.query(model.Package.id).filter_by(
            owner_org=group.id if group else "", state="active"
        )
        return [identifier for (identifier,) in query]
    return None


def shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the table as the API gives it."""
    same = ("id", "resource_id", "package_id", "sha256", "kind", "rules_version", "origin")
    result = row["result"]
    return {
        **{name: row[name] for name in same},
        "created": row["created"].isoformat(),
        "valid": not row["errors"],
        "counts": store.counts_of(row),
        "codes": row["codes"],
        "header": result.get("header") or {},
        "rows": result.get("rows"),
        "seal": result.get("seal"),
        "masked": result.get("masked"),
        "findings": result.get("findings") or [],
        "repaired": result.get("repaired") or [],
        "versions": result.get("versions") or [],
    }


def _check_auth(context: Any, data_dict: dict[str, Any]) -> Answer:
    """A file costs seconds of work: those who publish. A resource: those who may change it."""
    if data_dict.get("id"):
        return as_for("resource_update", context, {"id": data_dict["id"]})
    if is_editor(context):
        return ALLOWED
    return refused(tk._("Only those who publish may have a file checked: log in as an editor"))


def _of_resource(context: Any, data_dict: dict[str, Any]) -> Answer:
    if not data_dict.get("id"):
        return refused("")
    return as_for("resource_show", context, {"id": data_dict["id"]})


def _list_auth(context: Any, data_dict: dict[str, Any]) -> Answer:
    if data_dict.get("package_id"):
        return as_for("package_show", context, {"id": data_dict["package_id"]})
    group = model.Group.get(data_dict.get("organization") or "")
    organizations = edited_organizations(user_of(context))
    if organizations is None or (group and group.id in organizations):
        return ALLOWED
    return refused(tk._("You may not read the reports of this organization"))


def _dashboard_auth(context: Any, _data_dict: dict[str, Any]) -> Answer:
    if is_editor(context):
        return ALLOWED
    return refused(tk._("You are not an editor of any organization"))


ACTIONS = of_texts(
    {
        "budget_check": budget_check,
        "budget_report_show": budget_report_show,
        "budget_report_list": budget_report_list,
    }
)

AUTH = {
    "budget_check": _check_auth,
    "budget_report_show": tk.auth_allow_anonymous_access(_of_resource),
    "budget_report_list": tk.auth_allow_anonymous_access(_list_auth),
    "budget_dashboard": _dashboard_auth,
}
