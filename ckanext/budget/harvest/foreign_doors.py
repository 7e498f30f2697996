"""ckanext-harvest's own actions, as far as it forgot to ask who calls them.

It makes an action, and an authorisation function, of every function of its modules: those that send
its mails are callable by the API, an action without authorisation function is its own (and calls
itself until Python gives up), and functions for accounts fail on CKAN 2.12's anonymous user.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan import model
from ckanext.harvest.logic.auth import create, delete, get, patch, update
from ckanext.harvest.model import HarvestObject

from ckanext.budget.core import access
from ckanext.budget.core.access import Action

UNGUARDED = (
    "InactiveSource",
    "get_mail_extra_vars",
    "harvest_abort_failed_jobs",
    "harvest_log_list",
    "prepare_error_mail",
    "prepare_summary_mail",
    "send_error_email",
    "send_mail",
    "send_summary_email",
)
"""Nobody's but a sysadmin's: log and jobs of every source, and what is no action at all."""

MOST = 1000
"""Ids of objects of one answer, for whoever is no sysadmin."""


def actions() -> dict[str, Action]:
    """By name, those that ckanext-harvest has."""
    known = p.get_plugin("harvest").get_actions() if p.plugin_loaded("harvest") else {}
    guarded = {name: access.for_sysadmins(name) for name in UNGUARDED if name in known}
    return guarded | ({"harvest_object_list": harvest_object_list} if known else {})


def auth_functions() -> dict[str, Any]:
    """Those that ckanext-harvest means for accounts: no reader without one passes."""
    if not p.plugin_loaded("harvest"):
        return {}
    return access.for_accounts(
        *(
            name
            for module in (create, delete, get, patch, update)
            for name, function in vars(module).items()
            if name.startswith("harvest_")
            and getattr(function, "__module__", "") == module.__name__
            and not getattr(function, "auth_allow_anonymous_access", False)
        )
    )


@tk.chained_action
@tk.side_effect_free
def harvest_object_list(original: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Ids of objects; but for sysadmins the latest 1,000 only, of one source if it is named."""
    if access.is_sysadmin(context):
        return original(context, data_dict)
    tk.check_access("harvest_object_list", context, data_dict)
    query = model.Session.query(HarvestObject.id)
    if source_id := data_dict.get("source_id"):
        query = query.filter(HarvestObject.harvest_source_id == str(source_id))
    if tk.asbool(data_dict.get("only_current", True)):
        query = query.filter(HarvestObject.current.is_(True))
    return [row.id for row in query.order_by(HarvestObject.gathered.desc()).limit(MOST)]
