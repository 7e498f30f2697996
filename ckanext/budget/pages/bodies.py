"""Public bodies that publish here, for the type-ahead: kept in memory, read again on change."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

import sqlalchemy as sa
from ckan import model

from ckanext.budget.core.versioned_cache import VersionedCache


class Body(NamedTuple):
    """A body with its searchable form (no accent, lower case)."""

    name: str
    siren: str
    budgets: int
    folded: str


_PUBLIC = "type = 'budget' AND state = 'active' AND NOT private"

_VERSION = sa.text(
    f"SELECT count(*), coalesce(max(metadata_modified)::text, '') FROM package WHERE {_PUBLIC}"
)
_BODIES = sa.text(
    f"""SELECT extras->>'body_name' AS name, max(extras->>'siren') AS siren, count(*) AS budgets
    FROM package WHERE {_PUBLIC} AND coalesce(extras->>'body_name', '') <> ''
    GROUP BY 1 ORDER BY 1"""
)

_cache: VersionedCache[list[Body]] = VersionedCache(1)


def version() -> str:
    """Changes whenever a public budget is published, changed, hidden or removed."""
    bind = model.Session.get_bind()
    return f"{bind.url!s} {tuple(model.Session.execute(_VERSION).one())}"


def matching(text: str, limit: int) -> list[Body]:
    """Bodies whose name holds every word of ``text``, or whose SIREN begins so; best first."""
    words = _folded(text).split()
    if not words:
        return []
    if len(words) == 1 and words[0].isascii() and words[0].isdigit():
        return [body for body in _all() if body.siren.startswith(words[0])][:limit]
    found = [body for body in _all() if all(word in body.folded for word in words)]
    exact = " ".join(words)
    ranks = {body: _rank(body.folded, exact) for body in found}
    return sorted(found, key=ranks.__getitem__)[:limit]


def meant(text: str, limit: int) -> list[Body]:
    """The bodies that a filter is about: those of that very name when there are, else matching."""
    found = matching(text, limit)
    exact = " ".join(_folded(text).split())
    return [body for body in found if body.folded == exact] or found


def _rank(folded: str, exact: str) -> int:
    return 0 if folded == exact else 1 if folded.startswith(exact) else 2


def _all() -> list[Body]:
    return _cache.get("bodies", version(), _read)


def _read() -> list[Body]:
    found = model.Session.execute(_BODIES)
    return [Body(row.name, row.siren or "", row.budgets, _folded(row.name)) for row in found]


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text)
    return " ".join(
        "".join(char for char in plain if not unicodedata.combining(char))
        .casefold()
        .replace("-", " ")
        .replace("'", " ")
        .split()
    )
