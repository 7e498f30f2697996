"""The dataset of CKAN that shows the files: its resources are links to the portal's own address."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.budget import config
from ckanext.budget.core.contexts import organization, site_context
from ckanext.budget.core.errors import DatasetDeleted, NameTaken, OrganizationUnknown
from ckanext.budget.opendata import description, store
from ckanext.budget.publication.datasets import call, locked_dataset
from ckanext.budget.sheet.identity import OPEN_DATASET, open_dataset_id

_FORMATS = {"parquet": ("Parquet", "application/vnd.apache.parquet"), "csv": ("CSV", "text/csv")}


def address(path: str) -> str:
    """Where anybody reads the file, whatever the build."""
    return tk.url_for("budget_opendata.file", path=path, _external=True, locale="default")


def show() -> str:
    """Make the dataset tell the current build; its name, empty when no organisation publishes it.

    Raises PublicationError. Nothing is written when the dataset tells this build already.
    """
    folder = store.current()
    if folder is None or not config.dataset_organization():
        return ""
    owner = organization(config.dataset_organization())
    if owner is None:
        raise OrganizationUnknown(
            "ckanext.budget.dataset_organization ne désigne aucune organisation du portail."
        )
    with locked_dataset(open_dataset_id("dataset")):
        package = model.Package.get(open_dataset_id()) or model.Package.get(OPEN_DATASET)
        if package is not None and package.id != open_dataset_id():
            raise NameTaken(OPEN_DATASET)
        if package is not None and package.state == model.State.DELETED:
            raise DatasetDeleted
        wanted = _package(folder.name, store.manifest(folder), owner.id)
        if package is None or package.extras.get("version_des_fichiers") != folder.name:
            action = "package_create" if package is None else "package_update"
            call(action, site_context(), wanted)
    return OPEN_DATASET


def _package(version: str, manifest: dict[str, Any], owner: str) -> dict[str, Any]:
    return {
        "id": open_dataset_id(),
        "name": OPEN_DATASET,
        "type": "dataset",
        "title": description.TITLE,
        "notes": manifest["description"],
        "license_id": manifest["licenses"][0]["name"],
        "owner_org": owner,
        "private": False,
        "tags": [{"name": name} for name in ("budget", "finances publiques", "parquet", "scdl")],
        "extras": [{"key": "version_des_fichiers", "value": version}],
        "resources": [_described(), *map(_resource, manifest["resources"])],
    }


def _described() -> dict[str, Any]:
    return {
        "id": open_dataset_id(store.MANIFEST),
        "name": description.title_of(store.MANIFEST),
        "url": address(store.MANIFEST),
        "format": "JSON",
        "mimetype": "application/json",
    }


def _resource(item: dict[str, Any]) -> dict[str, Any]:
    shown, mimetype = _FORMATS[item["format"]]
    is_packed = item["path"].endswith(".gz")
    return {
        "id": open_dataset_id(item["path"]),
        "name": item["title"],
        "url": address(item["path"]),
        "format": shown,
        "mimetype": "application/gzip" if is_packed else mimetype,
        "size": item["bytes"],
        "hash": item["hash"].removeprefix("sha256:"),
        "hash_algorithm": "http://spdx.org/rdf/terms#checksumAlgorithm_sha256",
    }
