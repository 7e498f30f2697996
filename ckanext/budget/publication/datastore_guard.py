"""The DataStore's tables that hold budgets: what the publication wrote, and nothing else.

CKAN lets whoever edits a dataset write any row into its tables, and other plugins load whatever
file they see. Rows that are not those of the published file, or of other types, would be seen in
the charts and the downloads as if they were.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan import model
from ckanext.datastore.helpers import get_list

from ckanext.budget.core import recognise
from ckanext.budget.core.access import Answer, refused
from ckanext.budget.core.compat import datastore_backend
from ckanext.budget.sheet.identity import is_reserved

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
        if any(map(is_reserved, get_list(data_dict.get("aliases")) or ())):
            message = tk._("This name is kept for the tables of published budgets: choose another")
            raise tk.ValidationError({"aliases": [message]})
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
            exists, table = datastore_backend().resource_id_from_alias(name)
            found = model.Resource.get(name) or (model.Resource.get(table) if exists else None)
            if found is not None:
                yield found


class LoadersMixin(p.SingletonPlugin):
    """Tells the plugins that load files (XLoader, DataPusher) to leave these tables alone.

    They ask before they touch anything, when they go by their own queue; whatever else they do goes
    through the actions above (``ckan xloader submit --sync`` asks nobody).
    """

    if find_spec("ckanext.datapusher"):
        from ckanext.datapusher.interfaces import IDataPusher

        p.implements(IDataPusher, inherit=True)
    if find_spec("ckanext.xloader"):
        from ckanext.xloader.interfaces import IXloader

        p.implements(IXloader, inherit=True)

    def can_upload(self, resource_id: str) -> bool:
        """Whether another plugin may load the resource: not when its rows are the publication's."""
        resource = model.Resource.get(resource_id)
        return resource is None or not _is_ours(resource)


def _is_ours(resource: model.Resource) -> bool:
    role, document = resource.extras.get("role"), resource.extras.get("document")
    is_made = role in _ROLES or (role in ("annexe", "subventions") and bool(document))
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


def _told(name: str, reads: bool) -> Any:
    """The DataStore's own answer: its refusals are put together before they are translated."""

    @tk.chained_auth_function
    def auth(following: Any, context: Any, data_dict: dict[str, Any]) -> Answer:
        answer = following(context, data_dict)
        if answer["success"]:
            return answer
        if reads:
            return refused(tk._("You may not read this table"))
        return refused(tk._("You may not change this table"))

    auth.__name__ = name
    return tk.auth_allow_anonymous_access(auth) if reads else auth


AUTH = {name: _told(name, reads=True) for name in ("datastore_info", "datastore_search")} | {
    name: _told(name, reads=False) for name in ACTIONS if name != "datastore_run_triggers"
}
