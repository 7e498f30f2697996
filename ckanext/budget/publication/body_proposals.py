"""Which organisation is which public body of the portal's list: proposed to a sysadmin.

By the SIREN (or SIRET) that an organisation has among its extra fields, else by its name, when one
body of the list and one organisation answer. Both are typed by people: somebody reads the
proposals before they hold.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import sqlalchemy as sa
from ckan import model

from ckanext.budget.core.tables import territory_table
from ckanext.budget.publication import ownership
from ckanext.budget.totem.dressed import dressed
from ckanext.budget.totem.identifiers import is_siren
from ckanext.budget.totem.tables.text import folded

_OF = r"(?:de la|de l|du|des|de|d)"
_SAID = (
    ("commune", re.compile(rf"(?:commune|ville|mairie)(?: nouvelle)? {_OF} "), ""),
    ("departement", re.compile(rf"(?:departement|conseil departemental) (?:{_OF} )?"), ""),
    ("region", re.compile(rf"(?:region|conseil regional) (?:{_OF} )?"), ""),
    ("epci", re.compile(r"(?:cc|communaute de communes) "), "cc "),
    ("epci", re.compile(r"(?:ca|communaute d agglomeration) "), "ca "),
    ("epci", re.compile(r"(?:cu|communaute urbaine) "), "cu "),
)
"""How a name begins, the kind of body that it then is, and how the list's begins."""


class Body(NamedTuple):
    """A body of the list."""

    kind: str
    code: str
    name: str
    siren: str


class Proposal(NamedTuple):
    """``bodies``: the one that the organisation seems to be; none or several when it is left.

    ``why``: a French sentence for the sysadmin: the evidence, or why it is left.
    """

    organization: model.Group
    bodies: tuple[Body, ...]
    why: str

    @property
    def is_sure(self) -> bool:
        """One body, that one organisation is, and that nobody holds."""
        return len(self.bodies) == 1 and not self.why.startswith(_LEFT)


_LEFT = "laissée"


def proposals() -> list[Proposal]:
    """For each active organisation that holds no body and resembles one of the list."""
    bodies = [Body(*row) for row in model.Session.execute(_LISTED) if is_siren(row.siren)]
    by_siren = {body.siren: body for body in bodies}
    by_name: dict[str, list[Body]] = defaultdict(list)
    for body in bodies:
        by_name[_plain(body.name)[1]].append(body)
    found = [one for group in _organizations() if (one := _of(group, by_siren, by_name))]
    asked: dict[str, int] = defaultdict(int)
    for one in found:
        if len(one.bodies) == 1:
            asked[one.bodies[0].siren] += 1
    return [_settled(one, asked) for one in found]


_LISTED = (
    sa.select(*(territory_table.c[name] for name in Body._fields))
    .where(territory_table.c.siren != "")
    .order_by(territory_table.c.siren)
)


def _organizations() -> Iterator[model.Group]:
    query = model.Session.query(model.Group).filter_by(is_organization=True, state="active")
    yield from (
        group for group in query.order_by(model.Group.name) if not ownership.held_by(group.id)
    )


def _of(
    group: model.Group, by_siren: dict[str, Body], by_name: dict[str, list[Body]]
) -> Proposal | None:
    for key in ("siren", "siret"):
        body = by_siren.get(re.sub(r"\s", "", str((group.extras or {}).get(key) or ""))[:9])
        if body:
            return Proposal(group, (body,), f"par son {key.upper()}")
    kind, name = _plain(group.title or group.name)
    same = tuple(body for body in by_name.get(name, ()) if kind in ("", body.kind))
    return Proposal(group, same, "par son nom") if same else None


def _plain(text: str) -> tuple[str, str]:
    """The kind of body that a name says, empty when it says none; and the name without it."""
    plain = folded(text)
    for kind, beginning, instead in _SAID:
        if found := beginning.match(plain):
            rest = folded(dressed(text)) if kind == "commune" else instead + plain[found.end() :]
            return kind, rest
    return "", plain


def _settled(one: Proposal, asked: dict[str, int]) -> Proposal:
    if len(one.bodies) > 1:
        return one._replace(why=f"{_LEFT}, plusieurs collectivités portent ce nom")
    siren = one.bodies[0].siren
    if asked[siren] > 1:
        return one._replace(why=f"{_LEFT}, une autre organisation ressemble à cette collectivité")
    holder = ownership.holder_of(siren)
    if holder is not None:
        return one._replace(why=f"{_LEFT}, confiée à « {holder.title or holder.name} »")
    return one
