"""Where each organisation publishes: custom fields of the organisation, and a key by its name.

The key itself is in the portal's credentials file (``ckanext.budget.credentials_file``), which no
dump, page or API of the portal shows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.budget import config
from ckanext.budget.collect import Credential
from ckanext.budget.collect.errors import UnusableSource
from ckanext.budget.datagouv.errors import WrongSettings

__all__ = ["FIELDS", "Target", "rate", "targets"]

DEFAULT_SITE = "https://www.data.gouv.fr"
FIELDS = {
    "organization": "budget_datagouv_organization",
    "credential": "budget_datagouv_credential",
    "site": "budget_datagouv_site",
}
"""Custom fields of an organisation: udata's organisation id, name of the key, address."""


@dataclass(frozen=True)
class Target:
    """An organisation of the portal and where its budgets go."""

    owner_id: str
    owner_name: str
    site: str
    organization: str
    credential: Credential


def targets(only: str = "") -> list[Target]:
    """Organisations that publish by API. Raises WrongSettings.

    ``only`` is the name or id of an organisation.
    """
    query = model.Session.query(model.Group).filter_by(is_organization=True, state="active")
    if only:
        query = query.filter((model.Group.name == only) | (model.Group.id == only))
    found = [_target(group) for group in query.order_by(model.Group.name)]
    return [target for target in found if target]


def _target(group: Any) -> Target | None:
    values = {name: (group.extras.get(key) or "").strip() for name, key in FIELDS.items()}
    if not values["organization"]:
        return None
    try:
        credential = config.credential(values["credential"])
    except UnusableSource as error:
        raise WrongSettings(str(error)) from None
    if credential is None:
        raise WrongSettings(
            f"Organisation « {group.name} » : indiquez le nom de la clé d'API dans le champ "
            f"{FIELDS['credential']}."
        )
    site = (values["site"] or DEFAULT_SITE).rstrip("/")
    if not credential.header:
        credential = replace(credential, header="X-API-KEY")
    return Target(group.id, group.name, site, values["organization"], credential)


def rate() -> int:
    """Requests per second to a udata site."""
    return tk.config.get("ckanext.budget.datagouv_rate")
