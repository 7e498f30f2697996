"""Which organisation of the portal publishes a document, from the harvest source's setting."""

from __future__ import annotations

import uuid
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib.munge import munge_title_to_name

from ckanext.budget.core.errors import OrganizationUnknown
from ckanext.budget.core.locks import exclusive
from ckanext.budget.publication import ownership
from ckanext.budget.publication.bodies_field import FIELD
from ckanext.budget.sheet.fields import siren_of
from ckanext.budget.totem.model import Header

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "organization.ckanext-budget")


def organization_for(
    setting: str | dict[str, str], header: Header, source_id: str, context: dict[str, Any]
) -> str:
    """Id of the organisation. ``setting`` is the ``organization`` field of the configuration:

    ``source`` (the harvest source's own), ``create`` (one per body, made when missing), or a
    table from SIREN to the name of an organisation. Raises OrganizationUnknown.
    """
    if setting == "source":
        return _of_source(source_id)
    if setting == "create":
        return _of_body(header, context)
    return _of_table(setting, siren_of(header))


def may_own(setting: str | dict[str, str], siren: str, source_id: str) -> set[str]:
    """Ids of the organisations whose datasets a source may write for the body ``siren``.

    Its own, and those that the ``organization`` field names for that body; makes none.
    """
    package = model.Package.get(source_id)
    found = {package.owner_org} if package and package.owner_org else set()
    if setting == "create" and siren:
        holder = ownership.holder_of(siren)
        return found | {str(uuid.uuid5(_NAMESPACE, siren))} | ({holder.id} if holder else set())
    if isinstance(setting, dict) and siren in setting:
        group = model.Group.get(setting[siren])
        return found | ({group.id} if group else set())
    return found


def _of_source(source_id: str) -> str:
    package = model.Package.get(source_id)
    if package is None or not package.owner_org:
        raise OrganizationUnknown(
            "La source de moissonnage n'a pas d'organisation : choisissez-en une dans son "
            'formulaire, ou écrivez « "organization": "create" » dans sa configuration.'
        )
    return package.owner_org


def _of_table(table: Any, siren: str) -> str:
    if siren not in table:
        raise OrganizationUnknown(
            f"Aucune organisation n'est indiquée pour le SIREN {siren} : complétez la table "
            "« organization » de la configuration de la source."
        )
    group = model.Group.get(table[siren])
    if group is None or not group.is_organization or group.state != model.State.ACTIVE:
        raise OrganizationUnknown(
            f"L'organisation « {table[siren]} » n'existe pas sur le portail : créez-la, ou "
            "corrigez la table « organization » de la configuration de la source."
        )
    return group.id


def _of_body(header: Header, context: dict[str, Any]) -> str:
    """The organisation that holds the body, else made under an id that comes from its SIREN."""
    siren = siren_of(header)
    identifier = str(uuid.uuid5(_NAMESPACE, siren))
    with exclusive(identifier):
        found = ownership.holder_of(siren) or model.Group.get(identifier)
        return found.id if found else _created(identifier, siren, header.name, context)


def _created(identifier: str, siren: str, title: str, context: dict[str, Any]) -> str:
    values = {"id": identifier, "name": _free_name(title, siren), "title": title, FIELD: [siren]}
    trusted = tk.fresh_context(context, ignore_auth=True)
    return tk.get_action("organization_create")(trusted, values)["id"]


def _free_name(title: str, siren: str) -> str:
    name = munge_title_to_name(title)[:80].strip("-")
    return f"{name}-{siren}" if len(name) < 2 or model.Group.get(name) else name
