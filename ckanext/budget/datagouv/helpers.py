"""Template helpers of the publication elsewhere."""

from __future__ import annotations

from urllib.parse import urlsplit

from ckanext.budget.core.tables import is_ready
from ckanext.budget.datagouv import ledger


def budget_pushed_to(package_id: str) -> list[str]:
    """Addresses of the dataset on the sites where the portal pushed it."""
    return ledger.links(package_id) if is_ready() else []


def budget_site_of(address: str) -> str:
    """``www.data.gouv.fr`` of an address."""
    return urlsplit(address).hostname or address


HELPERS = {"budget_pushed_to": budget_pushed_to, "budget_site_of": budget_site_of}
"""Those of templates, by name."""
