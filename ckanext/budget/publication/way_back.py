"""A way back for publishers: a document withdrawn and put back, a deleted dataset restored.

A withdrawn document is nowhere in public: no resource, no row in the DataStore, no chart. Its
masked files stay in the storage, under addresses that no longer answer, for
``ckanext.budget.purge_days``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.budget import config, sheet
from ckanext.budget.core import signals
from ckanext.budget.core.errors import FilesGone
from ckanext.budget.core.storage import path_of
from ckanext.budget.publication import datastore, ownership, withdrawals
from ckanext.budget.publication.datasets import (
    as_stored,
    locked_dataset,
    resources_of,
    save,
)
from ckanext.budget.publication.datastore import Replacement
from ckanext.budget.publication.resources import ensure_views


def withdraw(package_id: str, slug: str, reason: str, context: dict[str, Any]) -> None:
    """Take the document's CSV, XML and annexes off line together; the dataset stays.

    Raises ObjectNotFound when the dataset has no such document.
    """
    with locked_dataset(package_id):
        package = as_stored(package_id)
        known = resources_of(package, slug)
        if not package or not known:
            raise tk.ObjectNotFound(tk._("This dataset has no such document"))
        resources = list(known.values())
        gone = {item["id"] for item in resources}
        rest = [item for item in package["resources"] if item["id"] not in gone]
        title = sheet.title_of(slug)
        withdrawals.add(package_id, slug, title, reason, resources, context)
        save({**package, **sheet.recomputed(rest)}, rest, context)
    if config.datastore_enabled():
        for identifier in gone:
            datastore.drop(identifier)
    signals.withdrawn(package["id"], slug)


def put_back(package_id: str, slug: str, context: dict[str, Any]) -> None:
    """Put the withdrawn document on line again as it was.

    Raises ObjectNotFound when it is not withdrawn, FilesGone when its files were erased since,
    HeldByAnother when the body was given to another organisation since.
    """
    with locked_dataset(package_id):
        package, withdrawal = as_stored(package_id), withdrawals.pending(package_id, slug)
        if package is None or withdrawal is None:
            raise tk.ObjectNotFound(tk._("This document is not withdrawn"))
        if not withdrawal.resources:
            raise FilesGone
        withdrawals.settle(package_id, slug, context)
        _write(
            package, [*package["resources"], *withdrawal.resources], withdrawal.resources, context
        )
    signals.published(package["id"], slug)


def allow(package_id: str, slug: str, context: dict[str, Any]) -> None:
    """Let the document's source publish it again, without putting back what was withdrawn."""
    with locked_dataset(package_id):
        if withdrawals.pending(package_id, slug) is None:
            raise tk.ObjectNotFound(tk._("This document is not withdrawn"))
        withdrawals.settle(package_id, slug, context, withdrawals.ALLOWED)
        model.Session.commit()


def restore(package_id: str, context: dict[str, Any]) -> None:
    """Bring a deleted dataset back with the documents that it had.

    Raises ObjectNotFound when it is not deleted, FilesGone when its files were erased since,
    HeldByAnother when the body was given to another organisation since.
    """
    with locked_dataset(package_id):
        package = as_stored(package_id, model.State.DELETED)
        if package is None:
            raise tk.ObjectNotFound(tk._("This dataset is not deleted"))
        documents = [item for item in package["resources"] if item.get("document")]
        _write({**package, "state": "active"}, package["resources"], documents, context)
    for slug in dict.fromkeys(item["document"] for item in documents):
        signals.published(package["id"], slug)


def _write(
    package: dict[str, Any],
    resources: Iterable[dict[str, Any]],
    coming: list[dict[str, Any]],
    context: dict[str, Any],
) -> None:
    """Save the dataset with the ``coming`` resources among its own, and their rows.

    What comes back on line is published: as for a document that is sent, nobody does it for a body
    that another organisation holds.
    """
    documents = [item["id"] for item in coming if item.get("role") == "xml"]
    ownership.check_published(str(package.get("siret") or ""), documents, package.get("owner_org"))
    wanted = sheet.ordered(map(_without_moment, resources))
    with Replacement() as rows:
        for item in coming:
            path = path_of(item["id"]) if item.get("url_type") == "upload" else None
            if item.get("url_type") == "upload" and (path is None or not path.exists()):
                raise FilesGone
            if item.get("datastore_active") and path is not None and config.datastore_enabled():
                rows.load(item["id"], path)
        save({**package, **sheet.recomputed(wanted)}, wanted, context)
    ensure_views(coming)


def _without_moment(resource: Mapping[str, Any]) -> dict[str, Any]:
    """CKAN writes them itself, and takes what has them for unchanged."""
    own = ("metadata_modified", "position")
    return {name: value for name, value in resource.items() if name not in own}
