"""What a source may do: what its organisation may, or more if the portal's administrator says so.

Every configuration that reaches beyond the source's organisation is a *privilege*
(:data:`PRIVILEGES`). A source with one is saved by a sysadmin only (:mod:`.source_guard`), whose
grant is remembered with a fingerprint of all that it was given for; it is looked at again whenever
the configuration is used, so that a source that was saved otherwise (before this rule, by another
door, moved to another organisation) is held.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckanext.harvest.model import HarvestSource
from sqlalchemy.dialects.postgresql import insert

from ckanext.budget import collect, config
from ckanext.budget.core.errors import SourceHeld
from ckanext.budget.core.tables import source_grant_table as table

PRIVILEGES: dict[str, tuple[str, Callable[[str, dict[str, Any]], bool]]] = {
    "url": (
        "un dossier ou un fichier du serveur",
        lambda url, _setting: not url.lower().startswith(("http://", "https://")),
    ),
    "precedence": (
        "« precedence » (passer avant ou après d'autres sources)",
        lambda _url, setting: setting["precedence"] != 0,
    ),
    "organization": (
        "« organization » (publier pour d'autres organisations que la sienne)",
        lambda _url, setting: setting["organization"] != "source",
    ),
    "policy": (
        "« policy: standard » (masquer moins que le portail)",
        lambda _url, setting: (
            setting.get("policy") == "standard" and config.masking_policy() != "standard"
        ),
    ),
    "auth": (
        "« auth » (un identifiant d'accès du portail)",
        lambda _url, setting: "auth" in setting,
    ),
}
"""By field of the source: what it is in French, and whether the source asks for it."""


def asked(url: str, setting: dict[str, Any]) -> list[str]:
    """Fields by which the source asks for more than its organisation's rights."""
    place = (url or "").strip()
    return [name for name, (_label, asks) in PRIVILEGES.items() if asks(place, setting)]


def told(names: list[str]) -> str:
    """The privileges as a French enumeration."""
    return ", ".join(PRIVILEGES[name][0] for name in names)


def fingerprint(url: str, text: str | None, owner_org: str | None) -> str:
    """Changes with anything that the grant was given for: place, whole configuration, owner.

    The whole configuration ``text``, as typed (a default that a later version adds changes
    nothing): what a filter lets through decides what a privilege is used on.
    """
    seen = [(url or "").strip(), collect.typed_config(text), owner_org]
    summed = json.dumps(seen, sort_keys=True)
    return hashlib.sha256(summed.encode()).hexdigest()


def is_granted(source_id: str, mark: str) -> bool:
    """Whether a sysadmin saved exactly this."""
    query = sa.select(table.c.fingerprint).where(table.c.source_id == source_id)
    return model.Session.execute(query).scalar() == mark


def grant(source: HarvestSource, user_id: str) -> None:
    """Remember that ``user_id``, a sysadmin, allows the source as it is. Not committed."""
    try:
        collect.validate_config(source.config)
    except collect.ConfigError:
        return
    row = {
        "fingerprint": mark_of(source),
        "granted_by": user_id,
        "granted": datetime.now(timezone.utc),
    }
    statement = insert(table).values(source_id=source.id, **row)
    model.Session.execute(statement.on_conflict_do_update(index_elements=["source_id"], set_=row))


def setting_of(source: HarvestSource) -> dict[str, Any]:
    """The source's configuration, as far as it may have it. Raises ConfigError, SourceHeld."""
    setting = collect.validate_config(source.config)
    names = asked(source.url, setting)
    if names and not is_granted(source.id, mark_of(source)):
        raise SourceHeld(told(names))
    return setting


def held_sources() -> list[HarvestSource]:
    """Active sources of ours that wait for a sysadmin."""
    query = model.Session.query(HarvestSource).filter_by(type="totem", active=True)
    return [source for source in query.order_by(HarvestSource.created) if _is_held(source)]


def _is_held(source: HarvestSource) -> bool:
    try:
        setting_of(source)
    except SourceHeld:
        return True
    except collect.ConfigError:
        return False
    return False


def mark_of(source: HarvestSource) -> str:
    """The fingerprint of the source as it is."""
    return fingerprint(source.url, source.config, _owner_of(source.id))


def _owner_of(source_id: str) -> str | None:
    query = sa.select(model.Package.owner_org).where(model.Package.id == source_id)
    return model.Session.execute(query).scalar()
