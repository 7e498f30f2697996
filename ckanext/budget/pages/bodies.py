"""Public bodies by name, INSEE code, SIREN or SIRET: those that publish, and those expected to.

Kept in memory, read again when a budget or the list of bodies changed.
"""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

import sqlalchemy as sa
from ckan import model

from ckanext.budget.core.compat import PACKAGES
from ckanext.budget.core.tables import is_ready
from ckanext.budget.core.versioned_cache import VersionedCache


class Body(NamedTuple):
    """A body. ``budgets`` is how many it published; ``words`` its names without accent nor case."""

    name: str
    siren: str
    budgets: int
    kind: str
    code: str
    department: str
    population: int
    words: str


_PUBLIC = "type = 'budget' AND state = 'active' AND NOT private"

_VERSION = sa.text(
    f"SELECT count(*), coalesce(max(metadata_modified)::text, '') FROM {PACKAGES} p WHERE {_PUBLIC}"
)
_PUBLISHED = f"""
    SELECT extras->>'body_name' AS name, max(extras->>'siren') AS siren, count(*) AS budgets,
      max(extras->>'body_kind') AS kind, max(coalesce(extras->>'insee_code', '')) AS code,
      max(coalesce(extras->>'department', '')) AS department, 0 AS population
    FROM {PACKAGES} p WHERE {_PUBLIC} AND coalesce(extras->>'body_name', '') <> ''
    GROUP BY 1"""
_LISTED = """
    SELECT name, siren, 0 AS budgets, kind, code, department, coalesce(population, 0) AS population
    FROM budget_territory"""
_LISTED_VERSION = sa.text(
    "SELECT count(*), coalesce(sum(xmin::text::bigint), 0) FROM budget_territory"
)
"""``xmin``: the transaction that wrote the row, whatever it changed, an outline included."""

_cache: VersionedCache[list[Body]] = VersionedCache(1)

_SHORT = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}
_FOREWORDS = frozenset("commune ville mairie departement region de du des d la le les l".split())
"""Words that a reader puts before a name, and that the list does not have."""


def version() -> str:
    """Changes whenever a public budget is published, changed, hidden or removed."""
    bind = model.Session.get_bind()
    return f"{bind.url!s} {tuple(model.Session.execute(_VERSION).one())}"


def listed_version() -> str:
    """Changes with the list of bodies that are expected to publish."""
    return str(tuple(model.Session.execute(_LISTED_VERSION).one())) if is_ready() else ""


def matching(text: str, limit: int, published: bool = False) -> list[Body]:
    """The bodies that the text may mean, best first.

    Each word of it begins a word of the name; or it is the beginning of an INSEE code or SIREN, or
    a SIRET. ``published``: only those that have a budget here.
    """
    words = folded(text).split()
    if not words:
        return []
    known = [body for body in _all() if body.budgets or not published]
    found = _by_number(words, known) or _by_words(words, known)
    if not found:
        found = _by_words([word for word in words if word not in _FOREWORDS], known)
    exact = " ".join(words)
    return sorted(found, key=lambda body: _rank(body, exact))[:limit]


def meant(text: str, limit: int) -> list[Body]:
    """Those with budgets that a filter is about: of that very name or number, else matching."""
    found = matching(text, limit, published=True)
    exact = folded(text)
    return [body for body in found if exact in _exactly(body)] or found


def publishing() -> int:
    """How many bodies have a public budget here."""
    return sum(bool(body.budgets) for body in _all())


def _by_number(words: list[str], known: list[Body]) -> list[Body]:
    number = "".join(words)
    if not (number.isascii() and number[:1].isdigit() and len(number) <= 14):
        return []
    if len(number) == 14:
        return [body for body in known if body.siren == number[:9]]
    return [body for body in known if body.siren.startswith(number) or _is_code(number, body)]


def _is_code(number: str, body: Body) -> bool:
    return len(number) <= 5 and body.code.casefold().startswith(number)


def _by_words(words: list[str], known: list[Body]) -> list[Body]:
    """Every word begins a word."""
    asked = [f" {_SHORT.get(word, word)}" for word in words]
    return [body for body in known if all(word in body.words for word in asked)] if asked else []


def _exactly(body: Body) -> tuple[str, ...]:
    return (folded(body.name), body.siren, body.code.casefold())


def _rank(body: Body, exact: str) -> tuple[int, bool, int, str]:
    """What is meant exactly, then what begins so; those with budgets first, the largest first."""
    place = 0 if exact in _exactly(body) else 1 if body.words.startswith(f" {exact}") else 2
    return place, not body.budgets, -body.population, body.name


def _all() -> list[Body]:
    state = f"{version()} {listed_version()}"
    return _cache.get("bodies", state, _read)


def _read() -> list[Body]:
    """One body for each SIREN: the words of both names, the name and code of the list."""
    union = f"{_LISTED} UNION ALL {_PUBLISHED}" if is_ready() else _PUBLISHED
    found: dict[str, Body] = {}
    for row in model.Session.execute(sa.text(f"SELECT * FROM ({union}) b ORDER BY budgets, name")):
        values = {**row._mapping, "siren": row.siren or "", "kind": row.kind or ""}
        body = Body(**values, words=f" {folded(row.name)}")
        key = body.siren or f"{body.kind} {body.code} {body.name}"
        found[key] = _one(found[key], body) if key in found else body
    return sorted(found.values(), key=lambda body: body.name)


def _one(listed: Body, published: Body) -> Body:
    """The body under its published name, which its budgets and its filter have."""
    return listed._replace(
        name=published.name,
        budgets=listed.budgets + published.budgets,
        words=f"{listed.words} {published.words}",
    )


def folded(text: str) -> str:
    """Words without accents, capitals, hyphens and apostrophes; ``st`` is ``saint``."""
    plain = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "oe"))
    letters = "".join(char for char in plain if not unicodedata.combining(char)).casefold()
    words = "".join(char if char.isalnum() else " " for char in letters).split()
    return " ".join(_SHORT.get(word, word) for word in words)
