"""The DataStore's tables that hold budgets: what the publication wrote, and nothing else.

CKAN lets whoever edits a dataset write any row into its tables. Rows that are not those of the
published file would be seen in the charts and the downloads as if they were.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.budget.core import recognise

_ROLES = ("scdl", "xml")


def _guarded(name: str) -> Any:
    """The action ``name`` of the DataStore, refused where a budget is or a document would be."""

    @tk.chained_action
    def action(original: Any, context: Any, data_dict: dict[str, Any]) -> Any:
        resource = model.Resource.get(data_dict.get("resource_id") or "")
        if resource is not None and _is_ours(resource):
            message = tk._(
                "The rows of this table come from the published file: to change them, replace the "
                "file of the resource"
            )
            raise tk.ValidationError({"resource_id": [message]})
        if _quotes_totem(data_dict.get("records")):
            message = tk._(
                "TOTEM documents name people: deposit them on the page /budgets/deposer, which "
                "masks them, or add them to a budget"
            )
            raise tk.ValidationError({"records": [message]})
        return original(context, data_dict)

    action.__name__ = name
    return action


def _is_ours(resource: model.Resource) -> bool:
    role, document = resource.extras.get("role"), resource.extras.get("document")
    is_made = role in _ROLES or (role == "annexe" and bool(document))
    return is_made and resource.package.type == "budget"


def _quotes_totem(records: Any) -> bool:
    if not isinstance(records, list):
        return False
    values = (value for row in records if isinstance(row, dict) for value in row.values())
    return any(isinstance(value, str) and recognise.says_totem(value) for value in values)


ACTIONS = {
    name: _guarded(name)
    for name in (
        "datastore_create",
        "datastore_upsert",
        "datastore_delete",
        "datastore_records_delete",
    )
}
