"""Actions of the harvest's own: conflicts between a source and the owner of a budget."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.budget.core import access
from ckanext.budget.harvest import conflicts

FILTERS = ("package_id", "source_id", "state")


@tk.side_effect_free
def budget_conflict_list(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Documents that a source offers and that another organisation publishes, newest first.

    Those of the organisations whose datasets or sources the user edits; at most 1,000.

    :param package_id: only those of this dataset (optional)
    :param source_id: only those of this source (optional)
    :param state: ``open``, ``accepted`` or ``refused`` (optional)
    :returns: ``id``, ``slug``, ``title``, ``siren``, ``package_id``, ``owner`` (title),
      ``source_id``, ``source`` (title), ``source_org`` (name), ``source_owner`` (title),
      ``state``, ``created``, ``settled``
    """
    tk.check_access("budget_conflict_list", context, data_dict)
    organizations = access.edited_organizations(access.user_of(context))
    if context.get("ignore_auth"):
        organizations = None
    only = {name: str(data_dict[name]) for name in FILTERS if data_dict.get(name)}
    return [_shown(row) for row in conflicts.listed(organizations, **only)]


def budget_conflict_settle(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Decide of a conflict: the source may publish that document in the dataset, or it may not.

    For whoever may edit the dataset (its organisation, a sysadmin).


    :param id: of the conflict
    :param decision: ``accept`` or ``refuse``
    :returns: the conflict
    """
    identifier, decision = tk.get_or_bust(data_dict, ["id", "decision"])
    if conflicts.find(identifier) is None:
        raise tk.ObjectNotFound(tk._("There is no such conflict"))
    tk.check_access("budget_conflict_settle", context, data_dict)
    if decision not in conflicts.DECISIONS:
        raise tk.ValidationError({"decision": [tk._("Choose accept or refuse")]})
    user = access.user_of(context)
    conflicts.settle(identifier, decision, user.id if user else "")
    return _shown(conflicts.listed(None, id=identifier)[0])


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """Dates as text; who settled, and of which source, stays with the database."""
    moments = {name: row[name].isoformat() if row[name] else None for name in _MOMENTS}
    return {name: value for name, value in row.items() if name not in _KEPT} | moments


_MOMENTS, _KEPT = ("created", "settled"), ("settled_by", "fingerprint")


def _may_list(context: Any, _data_dict: dict[str, Any]) -> access.Answer:
    if access.is_editor(context):
        return access.ALLOWED
    return access.refused(tk._("Only those who publish may see the conflicts: log in"))


def _may_settle(context: Any, data_dict: dict[str, Any]) -> access.Answer:
    row = conflicts.find(data_dict.get("id") or "")
    message = tk._("Only the organization that publishes this budget may settle the conflict")
    if row is None:
        return access.refused(message)
    return access.as_for("package_update", context, {"id": row["package_id"]}, message)


ACTIONS = access.of_texts(
    {
        "budget_conflict_list": budget_conflict_list,
        "budget_conflict_settle": budget_conflict_settle,
    }
)
AUTH = {"budget_conflict_list": _may_list, "budget_conflict_settle": _may_settle}
