"""A published document that its source moved, or offers no more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.budget import config, sheet
from ckanext.budget.core import signals
from ckanext.budget.publication import datastore
from ckanext.budget.publication.datasets import (
    as_stored,
    call,
    locked_dataset,
    resources_of,
    save,
    today,
)


def withdraw(package_id: str, slug: str, policy: str, context: dict[str, Any]) -> bool:
    """Apply ``policy`` to a document that its source no longer offers; False: nothing to do.

    ``mark`` writes the date on its resources, ``delete`` removes them with their tables, and the
    dataset with its last document.
    """
    with locked_dataset(package_id):
        package = as_stored(package_id)
        known = resources_of(package, slug)
        if not package or not known:
            return False
        if policy == "mark" and all(item.get("withdrawn_on") for item in known.values()):
            return False
        if policy == "mark":
            _mark(package, known, context)
        else:
            _delete(package, known, context)
    signals.withdrawn(package["id"], slug)
    return True


def relocate(
    package_id: str, slug: str, provenance: Mapping[str, Any], context: dict[str, Any]
) -> None:
    """Note where the published document is now offered; its bytes are the same."""
    told = ("source_url", "source_modified", "harvest_object_id")
    with locked_dataset(package_id):
        package = as_stored(package_id)
        for resource in resources_of(package, slug).values():
            resource.update({name: provenance.get(name) or "" for name in told})
        if package:
            save(package, package["resources"], context)


def _mark(
    package: dict[str, Any], known: dict[str, dict[str, Any]], context: dict[str, Any]
) -> None:
    for resource in known.values():
        resource["withdrawn_on"] = today()
    save(package, package["resources"], context)


def _delete(
    package: dict[str, Any], known: dict[str, dict[str, Any]], context: dict[str, Any]
) -> None:
    gone = {resource["id"] for resource in known.values()}
    rest = [item for item in package["resources"] if item["id"] not in gone]
    if any(item.get("document") for item in rest):
        save({**package, **sheet.recomputed(rest)}, rest, context)
    else:
        call("package_delete", tk.fresh_context(context), {"id": package["id"]})
    if config.datastore_enabled():
        for identifier in gone:
            datastore.drop(identifier)
