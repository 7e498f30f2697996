"""Typed access to the settings declared in ``config_declaration.yaml``."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.budget.collect import USER_AGENT, Credential, Network
from ckanext.budget.collect.errors import UnusableSource

PACKAGE = Path(__file__).parent
PLUGIN = PACKAGE / "plugin"
"""The extension's folder: templates, schemas and built assets lie there, beside the rooms."""


def spool_directory() -> Path:
    """The private working directory; created with mode 0700 when missing.

    Raises ``PermissionError`` when it exists but belongs to somebody else: raw documents hold
    personal data.
    """
    configured = tk.config.get("ckanext.budget.spool")
    path = Path(configured or Path(tempfile.gettempdir()) / f"ckanext-budget-{os.getuid()}")
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.stat().st_uid != os.getuid():
        raise PermissionError(f"{path} appartient à un autre utilisateur")
    path.chmod(0o700)
    return path


def masking_policy() -> str:
    """``strict`` or ``standard``: what the portal applies at least."""
    return tk.config.get("ckanext.budget.masking_policy")


def local_directories() -> tuple[Path, ...]:
    """Where local sources may read; empty means nowhere."""
    return tuple(Path(item) for item in tk.config.get("ckanext.budget.local_directories"))


def network() -> Network:
    """What harvest sources may reach, and through which proxy (``ckan.download_proxy``)."""
    return Network.of_environment(
        tk.config.get("ckan.download_proxy") or "",
        private_networks=tuple(tk.config.get("ckanext.budget.private_networks")),
        user_agent=f"{USER_AGENT} (+{tk.config.get('ckan.site_url')})",
    )


def credential(name: str | None) -> Credential | None:
    """The credential that a harvest source names, from the administrator's JSON file.

    Raises UnusableSource when no such name is declared, or not as it should be.
    """
    if not name:
        return None
    declared = _credentials(name).get(name)
    if declared is None:
        raise UnusableSource(
            name, reason="cet identifiant d'accès n'est pas déclaré sur le portail"
        )
    try:
        credential = Credential(**declared)
    except TypeError:
        raise UnusableSource(name, reason=_BAD_CREDENTIALS) from None
    if not credential.hosts or isinstance(credential.hosts, str):
        raise UnusableSource(
            name,
            reason="le fichier des identifiants d'accès doit donner la liste des sites auxquels "
            'il sert (« "hosts": ["depot.example.org"] »)',
        )
    return credential


_BAD_CREDENTIALS = "le fichier des identifiants d'accès du portail est mal formé"


def _credentials(name: str) -> dict[str, Any]:
    path = tk.config.get("ckanext.budget.credentials_file")
    try:
        declared = json.loads(Path(path).read_text(encoding="utf-8")) if path else {}
    except (OSError, ValueError):
        raise UnusableSource(name, reason=_BAD_CREDENTIALS) from None
    if not isinstance(declared, dict):
        raise UnusableSource(name, reason=_BAD_CREDENTIALS)
    return declared


def dataset_folder() -> Path:
    """Where the files of the open dataset lie; not created here."""
    own = tk.config.get("ckanext.budget.dataset_folder")
    return Path(own or Path(tk.config["ckan.storage_path"]) / "budget-opendata")


def dataset_organization() -> str:
    """Name or id of the organisation that publishes the open dataset; empty: nobody does."""
    return tk.config.get("ckanext.budget.dataset_organization")


def lock_timeout() -> int:
    """Seconds to wait for the dataset's lock."""
    return tk.config.get("ckanext.budget.lock_timeout")


def datastore_enabled() -> bool:
    """Whether the CSV files are loaded into the DataStore."""
    from ckan.plugins import plugin_loaded

    return tk.config.get("ckanext.budget.datastore") and plugin_loaded("datastore")


def default_licence() -> str:
    """Licence identifier of datasets published without the form."""
    return tk.config.get("ckanext.budget.default_licence")


def validation_mode() -> str:
    """What errors do to an upload when its organisation does not choose: block, warn or off."""
    return tk.config.get("ckanext.budget.validation")


def opaque_files_accepted() -> bool:
    """Whether files that cannot be looked into are accepted outside budgets."""
    return tk.config.get("ckanext.budget.opaque_files") == "accept"


def background_size() -> int:
    """Bytes from which a document is left to a background worker; 0 means never."""
    return tk.config.get("ckanext.budget.background_size") * 1_000_000


def free_space() -> int:
    """Bytes that must be free on the disks of the spool and of the files before work begins."""
    return tk.config.get("ckanext.budget.free_space") * 1_000_000


def deposit_days() -> int:
    """Days that a deposit waits for its publisher."""
    return tk.config.get("ckanext.budget.deposit_days")


def purge_days() -> int:
    """Days after which what was deleted is removed for good."""
    return tk.config.get("ckanext.budget.purge_days")


def privacy_contact() -> str:
    """Where people write about their personal data; empty when the portal says nothing."""
    return tk.config.get("ckanext.budget.privacy_contact") or contact()


def control_url_days() -> int:
    """Days between two checks of a link."""
    return tk.config.get("ckanext.budget.control_url_days")


def withdrawn_share() -> float:
    """Share of a source's documents (0 to 1) that one listing may lose without a second look."""
    return float(tk.config.get("ckanext.budget.withdrawn_share"))


def nomenclature_folder() -> Path | None:
    """The folder of plans of accounts that the portal adds to the shipped ones; None: no such."""
    configured = tk.config.get("ckanext.budget.nomenclature_folder")
    return Path(configured) if configured else None


def front() -> str:
    """Whether there is a front door: ``auto`` (unless the portal has a theme), ``on``, ``off``."""
    return tk.config.get("ckanext.budget.front")


def brand() -> str:
    """The portal's main colour, ``#rrggbb``, as it was set."""
    return tk.config.get("ckanext.budget.colour")


def contact() -> str:
    """Where readers write to: an e-mail address, or that of a page; empty when not told."""
    return tk.config.get("ckanext.budget.contact")
