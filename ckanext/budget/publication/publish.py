"""The one way in: a document becomes resources of the dataset of its budget and exercise.

Harvester, upload and command line all come here. The raw file is masked in a private directory and
never reaches CKAN's storage. What a crash can leave behind, in the order of the steps:

1. files in the storage whose dataset was not committed;
2. an empty DataStore table of a resource that is not shown yet, or rows newer than their file;
3. a published document without its table view.

Each is put right by publishing the same document again: steps 1 and 2 because the former
digest is still the known one, step 3 because views are looked for even when nothing changed. The
dataset, its resources and what the caller writes in ``before_write`` are one transaction. An error
leaves less than a crash: files and rows are then as they were before.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.budget import config, quality, sheet
from ckanext.budget.core import signals
from ckanext.budget.core.errors import (
    DatasetDeleted,
    DocumentWithdrawn,
    DraftRefused,
    NameTaken,
)
from ckanext.budget.core.storage import FormerFiles
from ckanext.budget.core.workdir import private_directory
from ckanext.budget.publication import ownership, states, withdrawals
from ckanext.budget.publication.datasets import call, locked_dataset, resources_of, today
from ckanext.budget.publication.datastore import Replacement
from ckanext.budget.publication.ownership import check_writable
from ckanext.budget.publication.prepared import Prepared, current, prepare
from ckanext.budget.publication.resources import DocumentResources, ensure_views
from ckanext.budget.sheet.identity import dataset_id, dataset_name

log = logging.getLogger(__name__)

Status = Literal["created", "updated", "unchanged"]


@dataclass(frozen=True)
class Request:
    """What a publication is asked for, besides its document.

    ``organization_id``: of the dataset, when it has to be made. ``provenance``: ``origin`` (upload,
    harvest, command), ``source_url``, ``source_modified``, ``harvest_object_id``. ``protect``:
    dataset fields that keep the value they have. ``dataset_per``: what a dataset groups, one
    ``exercise`` of a budget, one ``budget`` or one ``document``. ``force``: publish again even
    when the bytes and the policy are the known ones. ``package_id``: of an existing dataset, when
    the publisher chose it. ``fields``: the publisher's answers on the sheet. ``before_write`` is
    called with the dataset's id inside the transaction that publishes. ``accept`` decides, from
    the SCDL resource that is online, whether other bytes of the same document replace it; refused,
    nothing is written. ``may_write`` sees a dataset that exists, under its lock and before
    anything else, and raises PublicationError when the publisher has no right to it.
    ``may_restore`` says of a deleted dataset whether the document brings it back. ``restore``: the
    publisher asks for a document that was withdrawn to come back.
    """

    organization_id: str | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)
    protect: Collection[str] = ()
    dataset_per: str = "exercise"
    force: bool = False
    package_id: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    before_write: Callable[[str], None] | None = None
    accept: Callable[[Mapping[str, Any]], bool] | None = None
    may_write: Callable[[Mapping[str, Any]], None] | None = None
    may_restore: Callable[[str], bool] | None = None
    restore: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of one document; ``document`` is its slug, ``report`` the library's report.

    ``aside``: why another version stays on line; empty when that is not what happened.
    """

    status: Status
    package_id: str
    document: str
    report: dict[str, Any]
    aside: str = ""


def publish_file(
    path: Path, request: Request, context: Mapping[str, Any], policy: str = ""
) -> Outcome:
    """Publish the TOTEM file ``path``, masked by ``policy`` (the portal's by default).

    Raises TotemError when the document is unusable, PublicationError when it may not be published.
    """
    with private_directory() as folder:
        return publish_prepared(prepare(path, folder, policy), request, context)


def publish_prepared(prepared: Prepared, request: Request, context: Mapping[str, Any]) -> Outcome:
    """Publish a masked document: idempotent, one publication at a time per dataset.

    ``context`` is CKAN's: ``user``, and ``ignore_auth`` for trusted callers.
    """
    if prepared.header.is_draft:
        raise DraftRefused
    identifier = request.package_id or dataset_id(prepared.header, request.dataset_per)
    with private_directory() as folder, locked_dataset(identifier):
        outcome = Publication(current(prepared, folder), request, context).run()
    if outcome.status != "unchanged":
        signals.published(outcome.package_id, outcome.document)
    return outcome


@dataclass(frozen=True)
class Publication:
    """One publication, under the lock of its dataset."""

    prepared: Prepared
    request: Request
    context: Mapping[str, Any]

    def run(self) -> Outcome:
        """See :func:`publish_prepared`."""
        header, request = self.prepared.header, self.request
        package = self._find()
        if package and request.may_write:
            request.may_write(package)
        if package:
            check_writable(package["id"], self.context)
        met = withdrawals.in_the_way(package["id"], self.prepared) if package else None
        if met and met.state == withdrawals.WITHDRAWN and not request.restore:
            raise DocumentWithdrawn(met.day)
        withdrawal = met if met and met.slug == header.slug else None
        known = withdrawal.known if withdrawal else resources_of(package, header.slug)
        resources = DocumentResources(self.prepared, known, request.provenance)
        if package and not withdrawal and states.is_superseded(self.prepared, package):
            return self._outcome("unchanged", package["id"])
        if package and not withdrawal and self._is_set_aside(resources):
            return self._set_aside(package["id"], resources)
        if package and not withdrawal and not request.force and resources.are_published:
            ensure_views(known.values())
            return self._outcome("unchanged", package["id"])
        self._check_access(package)
        with FormerFiles() as former, Replacement() as rows:
            former.watch(resource["id"] for resource in resources.items)
            resources.keep_data(rows)
            package_id = self._write(package, resources)
        ensure_views(resources.items)
        status: Status = "updated" if known and not withdrawal else "created"
        log.info("document %s: %s in dataset %s", header.slug, status, package_id)
        return self._outcome(status, package_id)

    def _outcome(self, status: Status, package_id: str, aside: str = "") -> Outcome:
        slug, report = self.prepared.header.slug, self.prepared.report
        return Outcome(status, package_id, slug, report, aside)

    def _set_aside(self, package_id: str, resources: DocumentResources) -> Outcome:
        sentence = resources.set_aside
        for resource in resources.known.values():
            quality.remember_version(resource["id"], sentence)
        model.Session.commit()
        return self._outcome("unchanged", package_id, sentence)

    @property
    def _id(self) -> str:
        return dataset_id(self.prepared.header, self.request.dataset_per)

    @property
    def _name(self) -> str:
        return dataset_name(self.prepared.header, self.request.dataset_per)

    def _find(self) -> dict[str, Any] | None:
        """The dataset of this budget and exercise as it is in the database, if it exists."""
        package = model.Package.get(self._id) or model.Package.get(self._name)
        if self.request.package_id:
            package = model.Package.get(self.request.package_id)
        if package is None:
            return None
        if package.type != "budget":
            raise NameTaken(package.name)
        is_deleted = package.state == model.State.DELETED
        if is_deleted:
            if self.request.may_write:
                self.request.may_write(_brief(package))
            check_writable(package.id, self.context)
        if is_deleted and not (self.request.may_restore and self.request.may_restore(package.id)):
            raise DatasetDeleted
        # The row is locked, as CKAN's own resource actions do: none of both loses the other's work.
        context = self._trusted(use_cache=False, for_update=True)
        shown = tk.get_action("package_show")(context, {"id": package.id})
        return _without_documents(shown) if is_deleted else shown

    def _trusted(self, **more: Any) -> Any:
        """Context for the writes: permission was checked once, by :meth:`_check_access`."""
        return tk.fresh_context(self.context, ignore_auth=True, **more)

    def _check_access(self, package: dict[str, Any] | None) -> None:
        owner = package["owner_org"] if package else self.request.organization_id
        ownership.check_document(self.prepared.header, owner)
        if not package:
            wanted = {"owner_org": self.request.organization_id, "type": "budget"}
            tk.check_access("package_create", tk.fresh_context(self.context), wanted)

    def _is_set_aside(self, resources: DocumentResources) -> bool:
        """Whether another version of the document is online, and prevails."""
        if self.request.accept is None:
            return resources.is_earlier
        return resources.replace_others and not self.request.accept(resources.known["scdl"])

    def _write(self, package: dict[str, Any] | None, resources: DocumentResources) -> str:
        """Dataset, resources and files in one transaction; the id of the dataset."""
        # What was just read under the lock: package_update need not read it again.
        known = {"original_package": package} if package else {}
        package = package or self._create()
        slug = self.prepared.header.slug
        withdrawals.settle(package["id"], slug, self.context)
        if self.request.before_write:
            self.request.before_write(package["id"])
        others = [
            item
            for item in package["resources"]
            if item.get("document") != slug or item["role"] not in self.prepared.files
        ]
        report = resources.report
        for resource in resources.items:
            if resource["role"] in sheet.CHECKED:
                quality.record(
                    report,
                    resource_id=resource["id"],
                    package_id=package["id"],
                    sha256=resource["hash"],
                    origin=self.request.provenance.get("origin") or "",
                )
        with ExitStack() as files:
            resources.open_files(files)
            changed = self._dataset(package, sheet.ordered([*others, *resources.items]))
            call("package_update", self._trusted(return_id_only=True, **known), changed)
        return package["id"]

    def _create(self) -> dict[str, Any]:
        """A dataset without resources, flushed and not committed: ``package_update`` commits.

        ``package_create`` never calls the resource uploader, so it cannot publish the files.
        """
        header = self.prepared.header
        package = {
            **sheet.proposals(header, config.default_licence(), self.request.dataset_per),
            **self._said(),
            "id": self._id,
            "name": self._name,
            "owner_org": self.request.organization_id,
            "issued": today(),
            "origin": self.request.provenance.get("origin") or "",
            "source_url": self.request.provenance.get("dataset_source_url") or "",
        }
        context = self._trusted(defer_commit=True, return_id_only=True)
        call("package_create", context, dict(package))
        return {**package, "resources": []}

    def _said(self) -> dict[str, Any]:
        """What the document says of the whole budget."""
        header = self.prepared.header
        if self.prepared.xml is None:
            return sheet.table_dataset_fields(header)
        return sheet.dataset_fields(header, self.prepared.policy)

    def _dataset(self, package: dict[str, Any], resources: list[dict[str, Any]]) -> dict[str, Any]:
        """The dataset to save: derived fields written again, everything else as it was."""
        said = {name: value for name, value in self._said().items() if not package.get(name)}
        derived = {**said, **sheet.recomputed(resources), "modified": today()}
        kept = {name: package[name] for name in self.request.protect if package.get(name)}
        changed = {**package, **derived, **kept, **self.request.fields}
        changed.update(resources=resources, state="active")
        changed.pop("metadata_modified", None)
        return changed


def _brief(package: model.Package) -> dict[str, Any]:
    """What :attr:`Request.may_write` looks at, of a dataset that is deleted."""
    siret = package.extras.get("siret")
    return {"id": package.id, "owner_org": package.owner_org, "siret": siret}


def _without_documents(package: dict[str, Any]) -> dict[str, Any]:
    """A deleted dataset that comes back: its former documents are withdrawn, and stay so."""
    kept = [item for item in package["resources"] if not item.get("document")]
    return {**package, "resources": kept}
