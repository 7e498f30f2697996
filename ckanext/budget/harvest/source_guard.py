"""What a harvest source may be made of: checked whichever way it is saved (form, API, command).

The address of a source is public and its history is kept, so it cannot hold a password. The
harvester's own ``validate_config`` sees only the configuration: the address is looked at here,
around the two actions by which every source passes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import ckan.plugins.toolkit as tk

SOURCE_TYPE = "totem"

SECRET_IN_ADDRESS = (
    "L'adresse contient un nom d'utilisateur ou un mot de passe, or elle est publique : "
    "retirez-les de l'adresse, demandez à l'administrateur du portail de les déclarer comme "
    "identifiant d'accès (fichier « ckanext.budget.credentials_file »), puis écrivez dans la "
    "configuration "
    '« "auth": "nom-de-l-identifiant" ».'
)

Action = Callable[[Any, dict[str, Any]], Any]


def _checked(original: Action, context: Any, data: dict[str, Any]) -> Any:
    """Call the action, unless a TOTEM source would show a secret. Raises ValidationError."""
    if data.get("source_type") == SOURCE_TYPE and _has_secret(data.get("url")):
        raise tk.ValidationError({"url": [SECRET_IN_ADDRESS]})
    return original(context, data)


def _has_secret(url: Any) -> bool:
    try:
        return "@" in urlsplit(str(url or "").strip()).netloc
    except ValueError:
        return False


@tk.chained_action
def package_create(original: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Refuse a harvest source whose address holds a user or a password."""
    return _checked(original, context, data_dict)


@tk.chained_action
def package_update(original: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Refuse a harvest source whose address holds a user or a password."""
    return _checked(original, context, data_dict)


@tk.chained_action
def harvest_source_create(original: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """The source with its ``status``, which ``ckan harvester source create`` prints.

    ckanext-harvest 1.6 cannot see it yet when CKAN 2.12 makes the answer, and its command fails
    although the source is there.
    """
    tk.check_access("harvest_source_create", context, data_dict)
    source = original(context, data_dict)
    if "status" in source:
        return source
    shown = tk.fresh_context(context)
    return tk.get_action("harvest_source_show")(shown, {"id": source["id"]})


ACTIONS = {
    "package_create": package_create,
    "package_update": package_update,
    "harvest_source_create": harvest_source_create,
}
