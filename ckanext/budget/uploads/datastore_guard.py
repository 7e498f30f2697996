"""The DataStore's tables that hold budgets: what the publication wrote, and nothing else.

CKAN lets whoever edits a dataset write any row into its tables. Rows that are not those of the
published file would be seen in the charts and the downloads as if they were.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckanext.datastore.backend import DatastoreBackend

from ckanext.budget.core import recognise

_ROLES = ("scdl", "xml")


def _guarded(name: str) -> Any:
    """The action ``name`` of the DataStore, refused where a budget is or a document would be."""

    @tk.chained_action
    def action(original: Any, context: Any, data_dict: dict[str, Any]) -> Any:
        if any(map(_is_ours, _meant(data_dict))):
            message = tk._(
                "The rows of this table come from the published file: to change them, replace the "
                "file of the resource"
            )
            raise tk.ValidationError({"resource_id": [message]})
        if recognise.says_totem(data_dict):
            message = tk._(
                "TOTEM documents name people: deposit them on the page /budgets/deposer, which "
                "masks them, or add them to a budget"
            )
            raise tk.ValidationError({"records": [message]})
        return original(context, data_dict)

    action.__name__ = name
    return action


def _meant(data_dict: dict[str, Any]) -> Iterator[model.Resource]:
    """The resources whose table the call may write, by every name that CKAN understands.

    CKAN renames ``id`` to ``resource_id`` before it validates, and takes an alias of the table for
    the table.
    """
    for key in ("resource_id", "id"):
        name = data_dict.get(key)
        if isinstance(name, str) and name:
            exists, table = DatastoreBackend.get_active_backend().resource_id_from_alias(name)
            found = model.Resource.get(name) or (model.Resource.get(table) if exists else None)
            if found is not None:
                yield found


def _is_ours(resource: model.Resource) -> bool:
    role, document = resource.extras.get("role"), resource.extras.get("document")
    is_made = role in _ROLES or (role == "annexe" and bool(document))
    return is_made and resource.package.type == "budget"


ACTIONS = {
    name: _guarded(name)
    for name in (
        "datastore_create",
        "datastore_upsert",
        "datastore_delete",
        "datastore_records_delete",
        "datastore_run_triggers",
    )
}
