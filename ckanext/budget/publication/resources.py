"""The resources of one document: which, what they say, their files, their rows, their charts.

Shared by the publication of a document and by the forms, whose ``package_update`` is CKAN's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import ckan.plugins as p
from ckan import model

from ckanext.budget import config, quality, sheet
from ckanext.budget.core.contexts import site_context
from ckanext.budget.core.storage import SafeUpload
from ckanext.budget.publication import foreign_table, version_order, versions
from ckanext.budget.publication.claims import FORMER_CLAIMS
from ckanext.budget.publication.datasets import call
from ckanext.budget.publication.datastore import Replacement
from ckanext.budget.publication.prepared import Prepared
from ckanext.budget.quality import masked
from ckanext.budget.totem.annexes import grants
from ckanext.budget.totem.files import sha256_of

TABLE_VIEW = "datatables_view"


@dataclass(frozen=True)
class DocumentResources:
    """What a dataset gets of a prepared document.

    ``known`` are the resources of the document that the dataset has already, by role: they keep
    their identity and their descriptions.
    """

    prepared: Prepared
    known: Mapping[str, Mapping[str, Any]]
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def roles(self) -> list[str]:
        """The files to publish; an archive without annexes, a table without grants, only where one
        was: its link lives."""
        annexes = [annex["name"] for annex in self.prepared.report.get("annexes") or ()]
        empty = set() if annexes else {"annexe"}
        empty |= set() if grants.NAME in annexes else {"subventions"}
        return [role for role in self.prepared.files if role not in empty - set(self.known)]

    @property
    def are_published(self) -> bool:
        """Whether these very bytes, masked by the same policy, are on line as we make them now, and
        nothing that is masked there was confirmed since."""
        known = [resource["id"] for resource in self.known.values()]
        is_current = self._masks_as_much and not versions.outdated(known)
        return is_current and all(
            self._versions.get(resource.get("id", "")) == self.prepared.version
            and not resource.get("withdrawn_on")
            and (resource.get("masking_policy") or "") == self.prepared.policy
            for resource in (self.known.get(role, {}) for role in self.roles)
        )

    @property
    def _masks_as_much(self) -> bool:
        online = str(self.known.get("xml", {}).get("masked_count") or "")
        mine = self.prepared.report["masked"]["count"]
        return not (online.isdecimal() and isinstance(mine, int) and mine < int(online))

    @property
    def replace_others(self) -> bool:
        """Whether other bytes of this document are online, of a kind that knows as much."""
        is_known = set(self.prepared.files) - {"annexe", "subventions"} <= set(self.known)
        return is_known and self._versions.get(self.known["scdl"]["id"]) != self.prepared.version

    @property
    def is_earlier(self) -> bool:
        """Whether the version on line was sealed, or dated, later."""
        return self.replace_others and version_order.compare(*self._moments) < 0

    @property
    def set_aside(self) -> str:
        """Why the version on line stays there, when it does."""
        return version_order.set_aside(*self._moments)

    @property
    def _moments(self) -> tuple[version_order.Moments, version_order.Moments]:
        online = version_order.of_resource(self.known["scdl"])
        return version_order.of_document(self.prepared), online

    @cached_property
    def report(self) -> dict[str, Any]:
        """The document's report, with what is remembered of the versions that were on line."""
        if "scdl" not in self.known:
            return self.prepared.report
        told = quality.versions_of(self.known["scdl"]["id"])
        mine, online = self._moments
        if self.replace_others and any(online) and mine != online:
            told.append(version_order.replaced(online))
        return self.prepared.report | {"versions": told}

    @cached_property
    def _versions(self) -> dict[str, str]:
        return versions.of(resource["id"] for resource in self.known.values())

    @cached_property
    def items(self) -> list[dict[str, Any]]:
        """The resources for ``package_update``, their files left out (see :meth:`open_files`)."""
        wanted = sheet.document_resources(
            self.prepared.header, self.prepared.report, self.provenance
        )
        is_valid = self.prepared.report.get("valid", True)
        wanted = [resource for resource in wanted if resource["role"] in self.roles]
        for resource in wanted:
            digest = sha256_of(self._file_of(resource))
            resource.update(hash=digest, hash_algorithm=sheet.HASH_ALGORITHM)
            if config.datastore_enabled() and resource["role"] in ("scdl", "subventions"):
                resource["datastore_active"] = is_valid
        return [_merged(self.known.get(resource["role"], {}), resource) for resource in wanted]

    def keep_data(self, rows: Replacement) -> None:
        """Load the table in ``rows``; keep what the charts need, and which bytes these are."""
        versions.keep((resource["id"] for resource in self.items), self.prepared.version)
        for resource in self.items:
            if resource["role"] == "scdl":
                masked.keep(resource["id"], self.prepared.report["masked"])
            if resource.get("datastore_active"):
                self._load(rows, resource)
        if self.prepared.summary and p.plugin_loaded("budget_view"):
            from ckanext.budget.charts.compute import keep_prepared

            csv = next(resource for resource in self.items if resource["role"] == "scdl")
            keep_prepared(csv["hash"], self.prepared.header, self.prepared.summary)

    def _load(self, rows: Replacement, resource: Mapping[str, Any]) -> None:
        path = self._file_of(resource)
        if self.prepared.xml is None:
            path = foreign_table.as_schema(path, path.parent)  # read when the dataset is committed
        rows.load(resource["id"], path)

    def open_files(self, files: ExitStack) -> None:
        """Give each resource its file, open until ``files`` is closed."""
        for resource in self.items:
            path = self._file_of(resource)
            stream = files.enter_context(path.open("rb"))
            mimetype = resource["mimetype"]
            resource["upload"] = SafeUpload(stream, filename=path.name, content_type=mimetype)

    def _file_of(self, resource: Mapping[str, Any]) -> Path:
        return self.prepared.files[resource["role"]]


def _merged(known: Mapping[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """The known resource with what the document says; what it told of raw bytes goes."""
    kept = {name: value for name, value in known.items() if name not in FORMER_CLAIMS}
    merged = {**kept, **wanted}
    if not known:
        return merged
    merged["id"] = known["id"]
    for name in ("name", "description"):
        if known.get(name):
            merged[name] = known[name]
    merged.pop("metadata_modified", None)
    return merged


def ensure_views(resources: Iterable[Mapping[str, Any]]) -> None:
    """Give each DataStore resource its table view; a publisher's own views are left alone."""
    for resource in resources:
        if resource.get("datastore_active") and _view_is_missing(resource["id"]):
            call(
                "resource_view_create",
                site_context(),
                {
                    "resource_id": resource["id"],
                    "view_type": TABLE_VIEW,
                    "title": "Tableau",
                },
            )


def _view_is_missing(resource_id: str) -> bool:
    # The charts come by themselves: only another view tells that somebody chose.
    query = model.Session.query(model.ResourceView.id).filter(
        model.ResourceView.resource_id == resource_id,
        model.ResourceView.view_type != "budget_view",
    )
    return p.plugin_loaded(TABLE_VIEW) and not model.Session.query(query.exists()).scalar()
