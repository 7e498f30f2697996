"""From the address and configuration of a source to the object that collects it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from . import ckan_portal, dcat, extensions, index, lists, local, single, udata  # noqa: F401  (they register)
from .errors import UnusableSource
from .filters import Filters
from .http import Client, Credential, Network, split_credential
from .locator import is_remote, normal_url
from .model import Limits
from .net import Gate
from .places import Places
from .source import KINDS, Source


def source_for(
    url: str,
    config: dict[str, Any] | None = None,
    limits: Limits | None = None,
    allowed_directories: Iterable[Path | str] = (),
    *,
    network: Network | None = None,
    credential: Credential | None = None,
    workspace: Path | str | None = None,
) -> Source:
    """The source at ``url`` (``http(s)://…``, ``file:///…`` or an absolute path).

    ``config`` is what :func:`.config.validate_config` answers. ``allowed_directories``,
    ``network`` and ``limits`` come from the portal. ``workspace`` is a private directory that
    several processes may share, where downloaded archives are kept for a while.
    ``credential`` must be declared for the host of ``url``. Opens nothing: only ``list`` and
    ``fetch`` do. Raises UnusableSource.
    """
    config = config or {}
    limits = (limits or Limits()).narrowed(config)
    place, own_credential = _cleaned(url.strip())
    _check_credential(credential, place)
    client = Client(limits, network, credential or own_credential, home=place)
    shared = Path(workspace) if workspace else None
    places = Places(client, limits, allowed_directories, _root(place), shared)
    filters, query = Filters.from_config(config), config.get("query")
    return _kind(config, place)(place, places, filters, query)


def check_address(
    url: str,
    config: dict[str, Any],
    allowed_directories: Iterable[Path | str] = (),
    network: Network | None = None,
) -> None:
    """Refuse a place that can never be read from here; asks nothing of it but its name.

    Raises UnusableSource, AddressRefused (an address inside the portal's network), PathRefused or
    NotFound (a folder). A name that is not known today is let through.
    """
    place, _credential = _cleaned(url.strip())
    _kind(config, place)
    if not is_remote(place):
        Places(Client(Limits(), network), Limits(), allowed_directories).allowed(Path(place), place)
        return
    asked = network or Network()
    parts = urlsplit(place)
    if asked.proxies or not parts.hostname:
        return  # names are the proxy's to know
    gate = Gate(asked.allow_private_addresses, asked.private_networks)
    try:
        gate.addresses(parts.hostname, parts.port or 443)
    except OSError:
        return


def _check_credential(credential: Credential | None, place: str) -> None:
    """Raise UnusableSource if ``credential`` is not for the site of ``place``."""
    if not credential:
        return
    host = (urlsplit(place).hostname or "") if is_remote(place) else ""
    if host not in {name.lower() for name in credential.hosts}:
        reason = "l'identifiant d'accès (« auth ») n'est pas déclaré pour ce site (« hosts »)"
        raise UnusableSource(place, reason=reason)


def _kind(config: dict[str, Any], place: str) -> type[Source]:
    kind = config.get("kind", "auto")
    extensions.load()
    if kind not in KINDS:
        raise UnusableSource(place, reason=f"le genre « {kind} » est inconnu")
    return KINDS[kind]


def _cleaned(url: str) -> tuple[str, Credential | None]:
    """A normal URL without secret, or an absolute local path. Raises UnusableSource."""
    if is_remote(url):
        try:
            bare, credential = split_credential(url)
            return normal_url(bare), credential
        except ValueError:
            raise UnusableSource(url, reason="l'adresse web est mal formée") from None
    path = unquote(urlsplit(url).path) if url.lower().startswith("file://") else url
    if not path.startswith("/") or "\0" in path:
        reason = "donnez une adresse http(s):// ou le chemin complet d'un dossier"
        raise UnusableSource(url, reason=reason)
    return path, None


def _root(place: str) -> Path | None:
    """The directory that the local locators of a source are relative to."""
    if is_remote(place):
        return None
    path = Path(place)
    return path.parent if path.is_file() else path
