"""What publishing a document would do, told before anything is done.

The page and the API of deposits show it, and publish by it: what is proposed can be published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.budget.core.errors import NameTaken, PublicationError
from ckanext.budget.publication import ownership, withdrawals
from ckanext.budget.publication.datasets import as_stored, resources_of
from ckanext.budget.publication.prepared import Prepared
from ckanext.budget.publication.resources import DocumentResources
from ckanext.budget.sheet.identity import dataset_id, dataset_name


@dataclass(frozen=True)
class Kind:
    """``publishes``: whether publishing does something and may; ``asks``: only after a click that
    says so, for somebody decided otherwise before."""

    publishes: bool
    asks: bool = False


STATES = {
    "new": Kind(publishes=True),
    "replaces": Kind(publishes=True),
    "identical": Kind(publishes=False),
    "earlier": Kind(publishes=False),
    "withdrawn": Kind(publishes=True, asks=True),
    "deleted": Kind(publishes=True, asks=True),
    "refused": Kind(publishes=False),
}
"""Of a document that somebody offers: nothing of it on line; another version on line; these very
bytes on line; a later version on line; withdrawn before; its dataset deleted before; another's, or
not for this user."""


@dataclass(frozen=True)
class Told:
    """The state of one document for one user; ``sentence`` explains it to them.

    ``package_id`` is that of the dataset, when the user may change it.
    """

    state: str
    sentence: str = ""
    package_id: str = ""

    @property
    def publishes(self) -> bool:
        """Whether the document may be published."""
        return STATES[self.state].publishes

    @property
    def asks(self) -> bool:
        """Whether only an explicit wish publishes it."""
        return STATES[self.state].asks


def told(prepared: Prepared, organization_id: str, context: Mapping[str, Any]) -> Told:
    """The state of the document for the user of ``context`` who would publish it for this
    organisation. Reads only; says nothing of a dataset that the user may not read."""
    header = prepared.header
    found = model.Package.get(dataset_id(header)) or model.Package.get(dataset_name(header))
    try:
        if found is not None:
            ownership.check_writable(found.id, context)
            if found.type != "budget":
                raise NameTaken(found.name)
        owner = found.owner_org if found is not None else organization_id
        ownership.check_document(header, owner)
    except PublicationError as error:
        return Told("refused", str(error))
    if found is None:
        return Told("new")
    if found.state == model.State.DELETED:
        return Told("deleted", _deleted(), found.id)
    return _of_online(prepared, as_stored(found.id, found.state) or {}, found.id)


def _of_online(prepared: Prepared, package: dict[str, Any], package_id: str) -> Told:
    slug = prepared.header.slug
    withdrawal = withdrawals.in_the_way(package_id, prepared)
    if withdrawal is not None:
        return Told("withdrawn", _withdrawn(withdrawal), package_id)
    if is_superseded(prepared, package):
        sentence = tk._("The TOTEM document itself is on line, and says more: nothing to publish.")
        return Told("identical", sentence, package_id)
    known = resources_of(package, slug)
    if not known:
        return Told("new", "", package_id)
    resources = DocumentResources(prepared, known)
    if resources.is_earlier:
        return Told("earlier", resources.set_aside, package_id)
    if resources.are_published:
        return Told(
            "identical", tk._("This very document is on line: nothing to publish."), package_id
        )
    return Told("replaces", _replaces(known), package_id)


def is_superseded(prepared: Prepared, package: Mapping[str, Any]) -> bool:
    """A table made elsewhere, when the document itself is online: it knows more.

    The table does not tell its number: any amending decision of the exercise counts.
    """
    return prepared.xml is None and any(
        item.get("role") == "xml"
        and not item.get("withdrawn_on")
        and f"{item.get('document')}-".startswith(f"{prepared.header.slug}-")
        for item in package["resources"]
    )


def _deleted() -> str:
    return tk._(
        "The dataset of this budget was deleted. Publishing restores it, with the documents that "
        "it had."
    )


def _withdrawn(withdrawal: withdrawals.Withdrawal) -> str:
    text = tk._(
        "This document was withdrawn on {date} (reason: {reason}). Publishing puts it "
        "on line again."
    )
    return text.format(date=withdrawal.day, reason=withdrawal.reason)


def _replaces(known: Mapping[str, Mapping[str, Any]]) -> str:
    moments = [
        str(item.get("last_modified") or item.get("created") or "") for item in known.values()
    ]
    day = max(moments)[:10]
    return tk._("Replaces the version of {date}.").format(date=tk.h.render_datetime(day) or day)
