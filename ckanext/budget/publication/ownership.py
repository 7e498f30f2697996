"""A budget belongs to the body that votes it: which organisation of the portal publishes for whom.

A sysadmin gives a SIREN to an organisation; from then on nobody else publishes the budgets of that
body. Until somebody holds it, any organisation may publish for it (a region, for instance), and
:func:`hand_over` then moves what is online to the body's own organisation.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timezone
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert

from ckanext.budget.core.compat import extras
from ckanext.budget.core.contexts import PUBLICATION, site_context
from ckanext.budget.core.errors import HeldByAnother, NotForYou, OwnedByAnother
from ckanext.budget.core.storage import path_of
from ckanext.budget.core.tables import body_table, is_ready
from ckanext.budget.totem.errors import TotemError
from ckanext.budget.totem.files import open_input
from ckanext.budget.totem.model import Header
from ckanext.budget.totem.reader import read_header


def holder_of(siren: str) -> model.Group | None:
    """The active organisation that holds this SIREN; None when nobody does."""
    if not siren or not is_ready():
        return None
    query = sa.select(body_table.c.organization_id).where(body_table.c.siren == siren)
    found = model.Group.get(model.Session.execute(query).scalar() or "")
    return found if found is not None and found.state == model.State.ACTIVE else None


def check(siren: str, organization_id: str | None) -> None:
    """Raises HeldByAnother when another organisation holds the body."""
    holder = holder_of(siren)
    if holder is not None and holder.id != organization_id:
        raise HeldByAnother(holder.title or holder.name)


def check_writable(package_id: str, context: Mapping[str, Any]) -> None:
    """Raise unless the user may change the dataset, saying nothing that the user may not read.

    OwnedByAnother names the organisation of a dataset that the user may read; NotForYou is the
    answer for a private or deleted one.
    """
    about = {"id": package_id}
    try:
        tk.check_access("package_update", tk.fresh_context(context), about)
    except tk.NotAuthorized:
        try:
            tk.check_access("package_show", tk.fresh_context(context), about)
        except tk.NotAuthorized:
            raise NotForYou from None
        owner = model.Group.get(model.Package.get(package_id).owner_org or "")
        raise OwnedByAnother((owner.title or owner.name) if owner else "le portail") from None


def check_document(header: Header, organization_id: str | None) -> None:
    """The same for a document: by the budget's own SIREN (``IdEtab``) when somebody holds it, else
    by that of the body that it names (``IdColl``).

    A régie that has its own SIREN may have its own organisation; until then, who publishes for the
    commune publishes for it.
    """
    own, body = header.siret[:9], header.collectivity_siret[:9]
    check(own if holder_of(own) else body, organization_id)


def check_published(siret: str, documents: Iterable[str], organization_id: str | None) -> None:
    """The same for what was published: the SIRET of the sheet, and what each document names.

    ``documents``: ids of masked XML. The sheet knows the budget's own SIREN only.
    """
    check(siret[:9], organization_id)
    for identifier in documents:
        path = path_of(identifier)
        if path is not None and path.exists():
            with suppress(TotemError), open_input(path) as stream:
                check_document(read_header(stream), organization_id)


def listed() -> list[tuple[str, str]]:
    """SIREN and name of the organisation that holds it, all of them."""
    group = model.Group
    query = (
        model.Session.query(body_table.c.siren, group.name)
        .join(group, group.id == body_table.c.organization_id)
        .order_by(body_table.c.siren)
    )
    return [(row.siren, row.name) for row in query]


def described() -> list[dict[str, Any]]:
    """The same for people: ``siren``, ``title`` of the organisation, its ``name``."""
    titles = {}
    for _siren, name in listed():
        group = model.Group.get(name)
        titles[name] = (group.title or name) if group else name
    return [{"siren": siren, "name": name, "title": titles[name]} for siren, name in listed()]


def assign(siren: str, organization_id: str, set_by: str) -> None:
    """Give the body to the organisation, whoever held it (flushed, not committed)."""
    now = datetime.now(timezone.utc)
    values = {"organization_id": organization_id, "set_by": set_by, "created": now}
    model.Session.execute(
        insert(body_table)
        .values(siren=siren, **values)
        .on_conflict_do_update(index_elements=["siren"], set_=values)
    )


def held_by(organization_id: str) -> list[str]:
    """The SIRENs that the organisation holds, in their order."""
    if not is_ready():
        return []
    query = sa.select(body_table.c.siren).where(body_table.c.organization_id == organization_id)
    return list(model.Session.execute(query.order_by(body_table.c.siren)).scalars())


def give(organization_id: str, sirens: Collection[str], set_by: str) -> None:
    """The organisation holds these bodies and no other (flushed, not committed)."""
    held = set(held_by(organization_id))
    for siren in held - set(sirens):
        release(siren)
    for siren in set(sirens) - held:
        assign(siren, organization_id, set_by)


def release(siren: str) -> None:
    """Nobody holds the body any more (flushed, not committed)."""
    model.Session.execute(body_table.delete().where(body_table.c.siren == siren))


def hand_over(siren: str, organization_id: str, set_by: str) -> list[str]:
    """Give the body to the organisation, with every budget of it that others publish or deleted.

    Names of the datasets that changed hands. Each is one transaction: interrupted, it is asked
    again and goes on.
    """
    assign(siren, organization_id, set_by)
    model.Session.commit()
    moved = []
    for name in datasets_of_others(siren, organization_id):
        context = site_context(**{PUBLICATION: True})
        tk.get_action("package_owner_org_update")(
            context, {"id": name, "organization_id": organization_id}
        )
        moved.append(name)
    return moved


def datasets_of_others(siren: str, organization_id: str) -> list[str]:
    """Names of the budgets of the body that other organisations publish, or deleted: a deleted one
    has the name and the id of its exercise, and only its editors restore it."""
    package = model.Package
    query = (
        model.Session.query(package.name)
        .filter(package.type == "budget")
        .filter(extras(package)["siren"].astext == siren, package.owner_org != organization_id)
        .order_by(package.name)
    )
    return [row.name for row in query]
