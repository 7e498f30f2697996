"""Where each organisation publishes: custom fields of the organisation, and a key by its name.

The key itself is in the portal's credentials file (``ckanext.budget.credentials_file``), which no
dump, page or API of the portal shows. Its name there is ``datagouv-`` and the organisation's name:
who edits an organisation cannot publish with the key of another one.
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

DEFAULT_SITE = "https://www.data.gouv.fr"
FIELDS = {
    "organization": "budget_datagouv_organization",
    "site": "budget_datagouv_site",
}
"""Custom fields of an organisation: udata's organisation id, and its address if another."""


@dataclass(frozen=True)
class Target:
    """An organisation of the portal and where its budgets go."""

    owner_id: str
    owner_name: str
    site: str
    organization: str
    credential: Credential


def publishers(only: str = "") -> list[Any]:
    """Organisations that publish by API, by name; ``only`` is the name or id of one."""
    query = model.Session.query(model.Group).filter_by(is_organization=True, state="active")
    if only:
        query = query.filter((model.Group.name == only) | (model.Group.id == only))
    found = query.order_by(model.Group.name).all()
    return [group for group in found if _values(group)["organization"]]


def _values(group: Any) -> dict[str, str]:
    return {name: (group.extras.get(key) or "").strip() for name, key in FIELDS.items()}


def target_of(group: Any) -> Target:
    """Where the organisation publishes. Raises WrongSettings."""
    values = _values(group)
    try:
        credential = config.credential(f"datagouv-{group.name}")
    except UnusableSource as error:
        raise WrongSettings(f"Clé d'API « datagouv-{group.name} » : {error}") from None
    assert credential is not None  # a name was given
    site = (values["site"] or DEFAULT_SITE).rstrip("/")
    if not credential.header:
        credential = replace(credential, header="X-API-KEY")
    return Target(group.id, group.name, site, values["organization"], credential)


def rate() -> int:
    """Requests per second to a udata site."""
    return tk.config.get("ckanext.budget.datagouv_rate")
