"""What a harvest source may be made of: checked whichever way it is saved (form, API, command).

The address of a source is public and its history is kept, so it cannot hold a password. What
reaches beyond the source's organisation (:mod:`.grants`) is a sysadmin's to save. The harvester's
own ``validate_config`` sees only the configuration: both are looked at here, around the two actions
by which every source passes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import ckan.plugins.toolkit as tk
from ckan import model
from ckanext.harvest.model import HarvestSource

from ckanext.budget import collect, config
from ckanext.budget.core.access import Action, user_of
from ckanext.budget.harvest import conflicts, grants, source_form

SOURCE_TYPE = "totem"

SECRET_IN_ADDRESS = (
    "L'adresse contient un nom d'utilisateur ou un mot de passe, or elle est publique : "
    "retirez-les de l'adresse, demandez à l'administrateur du portail de les déclarer comme "
    "identifiant d'accès (fichier « ckanext.budget.credentials_file »), puis écrivez dans la "
    "configuration "
    '« "auth": "nom-de-l-identifiant" ».'
)

SECRET_IN_QUERY = (
    "Le paramètre « {name} » est un secret, et les sources sont publiques : retirez-le, "
    "demandez à l'administrateur du portail de le déclarer comme identifiant d'accès (fichier "
    "« ckanext.budget.credentials_file »), puis écrivez dans la configuration "
    '« "auth": "nom-de-l-identifiant" ».'
)

SECRET_NAMES = re.compile(
    r"token|secret|passw|pwd|mdp|mot_?de_?passe|credential|signature|session|jwt|apikey|hmac"
    r"|(^|[_.-])(key|cle|sig|pass|auth|authorization)([_.-]|$)",
    re.IGNORECASE,
)
"""Names of parameters of addresses that hold a secret (``token``, ``X-Amz-Signature``, ``sig``)."""

NOT_ALLOWED = (
    "Seul un administrateur du portail peut enregistrer une source qui demande {what} : "
    "demandez-le-lui, ou retirez-le."
)


def _checked(original: Action, context: Any, data: dict[str, Any]) -> Any:
    """Call the action for a TOTEM source that shows no secret and asks for no more than its due.

    What a sysadmin saves is granted; what was accepted of another address or configuration is a
    conflict again. Raises ValidationError.
    """
    if data.get("source_type") != SOURCE_TYPE:
        return original(context, data)
    if source_form.is_form(data):
        data = source_form.merged(data)
    check(context, data)
    _check_address(data)
    user = user_of(context)
    answer = original(context, _as_stored(data))
    source = HarvestSource.get(answer["id"] if isinstance(answer, dict) else answer)
    if source is not None:
        if user and user.sysadmin:
            grants.grant(source, user.id)
        conflicts.reopen(source)
        model.Session.commit()
    return answer


def check(context: Any, data: Mapping[str, Any]) -> None:
    """Raise ValidationError for a secret, or for more than who saves (or tries) may ask."""
    if refusal := _secret_in(data.get("url")):
        raise tk.ValidationError({"url": [refusal]})
    if refusal := _secret_in_query(data.get("config")):
        raise tk.ValidationError({"config": [refusal]})
    user = user_of(context)
    if not (user and user.sysadmin):
        _check_privileges(data)


def _check_address(data: Mapping[str, Any]) -> None:
    """Raise ValidationError for an address that no harvest of this portal could ever read.

    A site that does not answer today may tomorrow: that is the harvest's to tell.
    """
    url = str(data.get("url") or "").strip()
    try:
        setting = collect.validate_config(data.get("config"))
    except collect.ConfigError:
        return  # the form's own validation tells it
    try:
        collect.check_address(url, setting, config.local_directories(), config.network())
    except collect.CollectError as error:
        raise tk.ValidationError({"url": [str(error)]}) from None


def _as_stored(data: dict[str, Any]) -> dict[str, Any]:
    """With the configuration as ckanext-harvest compares it with those of other sources."""
    try:
        return (
            {**data, "config": collect.stored_config(data["config"])} if "config" in data else data
        )
    except collect.ConfigError:
        return data  # the form's own validation tells it


def _check_privileges(data: Mapping[str, Any]) -> None:
    """Raise ValidationError for what only a sysadmin may save, unless one saved the very same."""
    url, text = str(data.get("url") or ""), data.get("config")
    try:
        names = grants.asked(url, collect.validate_config(text))
    except collect.ConfigError:
        return  # the form's own validation tells it
    known = model.Package.get(data.get("id") or "")
    group = model.Group.get(data.get("owner_org") or "")
    owner = group.id if group else (known.owner_org if known else None)
    if not names or (known and grants.is_granted(known.id, grants.fingerprint(url, text, owner))):
        return
    field = "url" if names == ["url"] else "config"
    raise tk.ValidationError({field: [NOT_ALLOWED.format(what=grants.told(names))]})


def _secret_in(url: Any) -> str | None:
    """Why the address may not be saved, if it holds a secret."""
    try:
        parts = urlsplit(str(url or "").strip())
    except ValueError:
        return None
    if "@" in parts.netloc:
        return SECRET_IN_ADDRESS
    return _secret_named(name for name, _value in parse_qsl(parts.query, keep_blank_values=True))


def _secret_in_query(text: Any) -> str | None:
    """Why the configuration's ``query`` may not be saved, if it holds a secret."""
    try:
        return _secret_named(collect.validate_config(text).get("query", {}))
    except collect.ConfigError:
        return None  # the form's own validation tells it


def _secret_named(names: Iterable[str]) -> str | None:
    found = next((name for name in names if SECRET_NAMES.search(name)), None)
    return SECRET_IN_QUERY.format(name=found[:40]) if found else None


@tk.chained_action
def package_create(original: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Refuse a harvest source that shows a secret, or asks for more than its saver may."""
    return _checked(original, context, data_dict)


@tk.chained_action
def package_update(original: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Refuse a harvest source that shows a secret, or asks for more than its saver may."""
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
