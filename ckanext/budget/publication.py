"""The one way in: a document becomes resources of the dataset of its budget and exercise.

Harvester, upload and command line all come here. The raw file is masked in a private directory and
never reaches CKAN's storage. What a crash can leave behind, in the order of the steps:

1. files in the storage whose dataset was not committed;
2. an empty DataStore table of a resource that is not shown yet, or rows newer than their file;
3. a published document without its table view.

Each is put right by publishing the same document again: steps 1 and 2 because the dataset still
carries the former SHA-256, step 3 because views are looked for even when nothing changed. The
dataset, its resources and what the caller writes in ``before_write`` are one transaction. An error
leaves less than a crash: files and rows are then as they were before.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.budget import config, control, datastore, sheet
from ckanext.budget.checked import CheckedFile
from ckanext.budget.datasets import alone, call, now, resources_of, today
from ckanext.budget.errors import DatasetDeleted, DraftRefused, NameTaken
from ckanext.budget.former_files import FormerFiles
from ckanext.budget.identity import dataset_id, dataset_name
from ckanext.budget.prepared import Prepared, prepare
from ckanext.budget.totem.files import sha256_of
from ckanext.budget.workdir import private_directory

log = logging.getLogger(__name__)

Status = Literal["created", "updated", "unchanged"]

TABLE_VIEW = "datatables_view"


@dataclass(frozen=True)
class Outcome:
    """What became of one document; ``document`` is its slug, ``report`` the library's report."""

    status: Status
    package_id: str
    document: str
    report: dict[str, Any]


def publish_file(
    path: Path,
    *,
    organization_id: str | None,
    context: dict[str, Any],
    policy: str = "",
    **options: Any,
) -> Outcome:
    """Publish the TOTEM file ``path``; see :func:`publish_prepared` for the other options.

    Raises TotemError when the document is unusable, PublicationError when it may not be published.
    """
    with private_directory() as folder:
        prepared = prepare(path, folder, policy)
        return publish_prepared(
            prepared, organization_id=organization_id, context=context, **options
        )


def publish_prepared(
    prepared: Prepared,
    *,
    organization_id: str | None,
    context: dict[str, Any],
    provenance: Mapping[str, Any] | None = None,
    protect: Collection[str] = (),
    dataset_per: str = "exercise",
    force: bool = False,
    before_write: Callable[[str], None] | None = None,
    package_id: str = "",
    fields: Mapping[str, Any] | None = None,
    accept: Callable[[Mapping[str, Any]], bool] | None = None,
) -> Outcome:
    """Publish a masked document: idempotent, one publication at a time per dataset.

    ``context`` is CKAN's: ``user``, and ``ignore_auth`` for trusted callers. ``provenance`` gives
    ``origin`` (upload, harvest, command), ``source_url``, ``source_modified`` and
    ``harvest_object_id``. Dataset fields named in ``protect`` keep the value they have. ``force``
    publishes again even when the bytes and the policy are the known ones. ``before_write`` is
    called with the dataset's id inside the transaction that publishes. ``dataset_per`` is what a
    dataset groups: ``exercise``, ``budget`` or ``document``. ``package_id`` is that of an existing
    dataset, when the publisher chose it. ``fields`` are the publisher's answers on the sheet.
    ``accept`` decides, from the SCDL resource that is online, whether other bytes of the same
    document replace it; refused, nothing is written.
    """
    if prepared.header.is_draft:
        raise DraftRefused
    job = _Job(
        prepared,
        organization_id,
        context,
        dict(provenance or {}),
        frozenset(protect),
        dataset_per,
        package_id,
        dict(fields or {}),
    )
    with alone(package_id or dataset_id(prepared.header, dataset_per)):
        return job.run(force, before_write, accept)


def document_resources(
    prepared: Prepared,
    known: Mapping[str, Mapping[str, Any]],
    files: ExitStack,
    rows: datastore.Replacement,
) -> list[dict[str, Any]]:
    """The document's resources for a ``package_update`` made elsewhere, files open in ``files``.

    ``known`` are those the dataset has already, by role. The table is loaded in ``rows``.
    """
    job = _Job(prepared, None, {}, {}, frozenset(), "exercise")
    resources = job._resources(known)
    job._fill_datastore(resources, rows)
    job._keep_summary(resources)
    for resource in resources:
        resource["upload"] = job._upload(resource, files)
    return resources


@dataclass(frozen=True)
class _Job:
    """One publication, under the lock of its dataset."""

    prepared: Prepared
    organization_id: str | None
    context: dict[str, Any]
    provenance: dict[str, Any]
    protect: frozenset[str]
    dataset_per: str
    package_id: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)

    def run(
        self,
        force: bool,
        before_write: Callable[[str], None] | None,
        accept: Callable[[Mapping[str, Any]], bool] | None = None,
    ) -> Outcome:
        header = self.prepared.header
        package = self._find()
        known = resources_of(package, header.slug)
        if package and self._is_superseded(package):
            return self._outcome("unchanged", package["id"])
        if package and accept and self._is_other(known) and not accept(known["scdl"]):
            return self._outcome("unchanged", package["id"])
        if package and not force and self._is_published(known):
            ensure_views(package["id"], known)
            return self._outcome("unchanged", package["id"])
        self._check_access(package)
        resources = self._resources(known)
        with FormerFiles() as former, datastore.Replacement() as rows:
            former.watch(resource["id"] for resource in resources)
            self._fill_datastore(resources, rows)
            self._keep_summary(resources)
            package_id = self._write(package, resources, before_write)
        ensure_views(package_id, resources)
        status: Status = "updated" if known else "created"
        log.info("document %s: %s in dataset %s", header.slug, status, package_id)
        return self._outcome(status, package_id)

    def _outcome(self, status: Status, package_id: str) -> Outcome:
        return Outcome(status, package_id, self.prepared.header.slug, self.prepared.report)

    @property
    def _id(self) -> str:
        return dataset_id(self.prepared.header, self.dataset_per)

    @property
    def _name(self) -> str:
        return dataset_name(self.prepared.header, self.dataset_per)

    def _find(self) -> dict[str, Any] | None:
        """The dataset of this budget and exercise as it is in the database, if it exists."""
        package = model.Package.get(self._id) or model.Package.get(self._name)
        if self.package_id:
            package = model.Package.get(self.package_id)
        if package is None:
            return None
        if package.type != "budget":
            raise NameTaken(package.name)
        if package.state == model.State.DELETED:
            raise DatasetDeleted
        # The row is locked, as CKAN's own resource actions do: none of both loses the other's work.
        context = self._trusted(use_cache=False, for_update=True)
        return tk.get_action("package_show")(context, {"id": package.id})

    def _trusted(self, **more: Any) -> Any:
        """Context for the writes: permission was checked once, by :meth:`_check_access`."""
        return tk.fresh_context(self.context, ignore_auth=True, **more)

    def _check_access(self, package: dict[str, Any] | None) -> None:
        context = tk.fresh_context(self.context)
        if package:
            tk.check_access("package_update", context, {"id": package["id"]})
        else:
            tk.check_access(
                "package_create", context, {"owner_org": self.organization_id, "type": "budget"}
            )

    def _roles(self, known: Collection[str]) -> list[str]:
        """The files to publish; an archive without annexes only where one was: its link lives."""
        is_empty = not self.prepared.report.get("annexes")
        absent = {"annexe"} - set(known) if is_empty else set()
        return [role for role in self.prepared.files if role not in absent]

    def _is_published(self, known: Mapping[str, Mapping[str, Any]]) -> bool:
        ours = [known.get(role, {}) for role in self._roles(known)]
        return all(
            resource.get("source_sha256") == self.prepared.sha256
            and not resource.get("withdrawn_on")
            and (resource.get("masking_policy") or "") == self.prepared.policy
            for resource in ours
        )

    def _is_superseded(self, package: Mapping[str, Any]) -> bool:
        """A table made elsewhere, when the document itself is online: it knows more.

        The table does not tell its number: any amending decision of the exercise counts.
        """
        return self.prepared.xml is None and any(
            item.get("role") == "xml"
            and not item.get("withdrawn_on")
            and f"{item.get('document')}-".startswith(f"{self.prepared.header.slug}-")
            for item in package["resources"]
        )

    def _is_other(self, known: Mapping[str, Mapping[str, Any]]) -> bool:
        """Whether other bytes of this document are online, of a kind that knows as much."""
        is_known = set(self.prepared.files) - {"annexe"} <= set(known)
        return is_known and known["scdl"].get("source_sha256") != self.prepared.sha256

    def _resources(self, known: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The document's resources: identity and descriptions of the known ones are kept."""
        wanted = sheet.document_resources(
            self.prepared.header, self.prepared.sha256, self.prepared.report, self.provenance
        )
        roles, is_valid = self._roles(known), self.prepared.report.get("valid", True)
        wanted = [resource for resource in wanted if resource["role"] in roles]
        for resource in wanted:
            path = self._file_of(resource)
            resource.update(hash=sha256_of(path), hash_algorithm=sheet.HASH_ALGORITHM)
            if config.datastore_enabled() and resource["role"] == "scdl":
                resource["datastore_active"] = is_valid
        return [_merged(known.get(resource["role"], {}), resource) for resource in wanted]

    def _file_of(self, resource: Mapping[str, Any]) -> Path:
        return self.prepared.files[resource["role"]]

    def _fill_datastore(self, resources: list[dict[str, Any]], rows: datastore.Replacement) -> None:
        for resource in resources:
            if resource.get("datastore_active"):
                rows.load(resource["id"], self._file_of(resource))

    def _keep_summary(self, resources: list[dict[str, Any]]) -> None:
        """Charts need not read the CSV again: see ``summaries``."""
        from ckan.plugins import plugin_loaded

        if self.prepared.summary and plugin_loaded("budget_view"):
            from ckanext.budget.summaries.compute import keep_prepared

            csv = next(resource for resource in resources if resource["role"] == "scdl")
            keep_prepared(csv["hash"], self.prepared.header, self.prepared.summary)

    def _write(
        self,
        package: dict[str, Any] | None,
        resources: list[dict[str, Any]],
        before_write: Callable[[str], None] | None,
    ) -> str:
        """Dataset, resources and files in one transaction; the id of the dataset."""
        # What was just read under the lock: package_update need not read it again.
        known = {"original_package": package} if package else {}
        package = package or self._create()
        if before_write:
            before_write(package["id"])
        slug = self.prepared.header.slug
        others = [
            item
            for item in package["resources"]
            if item.get("document") != slug or item["role"] not in self.prepared.files
        ]
        for resource in resources:
            if resource["role"] in sheet.CHECKED:
                control.record(
                    self.prepared.report,
                    resource_id=resource["id"],
                    package_id=package["id"],
                    sha256=resource["hash"],
                    origin=self.provenance.get("origin") or "",
                )
        with ExitStack() as files:
            for resource in resources:
                resource["upload"] = self._upload(resource, files)
            changed = self._dataset(package, sheet.ordered([*others, *resources]))
            call("package_update", self._trusted(return_id_only=True, **known), changed)
        return package["id"]

    def _create(self) -> dict[str, Any]:
        """A dataset without resources, flushed and not committed: ``package_update`` commits.

        ``package_create`` never calls the resource uploader, so it cannot publish the files.
        """
        header = self.prepared.header
        package = {
            **sheet.proposals(header, config.default_licence(), self.dataset_per),
            **self._said(),
            "id": self._id,
            "name": self._name,
            "owner_org": self.organization_id,
            "issued": today(),
            "origin": self.provenance.get("origin") or "",
            "source_url": self.provenance.get("dataset_source_url") or "",
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
        said = self._said()
        if self.prepared.xml is None:
            said = {name: value for name, value in said.items() if not package.get(name)}
        derived = {
            **said,
            **sheet.recomputed(resources),
            "modified": today(),
        }
        kept = {name: package[name] for name in self.protect if package.get(name)}
        changed = {**package, **derived, **kept, **self.fields}
        changed.update(resources=resources, state="active")
        changed.pop("metadata_modified", None)
        return changed

    def _upload(self, resource: Mapping[str, Any], files: ExitStack) -> CheckedFile:
        path = self._file_of(resource)
        stream = files.enter_context(path.open("rb"))
        return CheckedFile(stream, filename=path.name, content_type=resource["mimetype"])


def _merged(known: Mapping[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """The known resource with what the document says; the former hash joins the history."""
    merged = {**known, **wanted}
    if not known:
        return merged
    merged["id"] = known["id"]
    for name in ("name", "description"):
        if known.get(name):
            merged[name] = known[name]
    merged.pop("metadata_modified", None)
    history = json.loads(known.get("history") or "[]")
    if known.get("source_sha256") not in (None, "", wanted["source_sha256"]):
        history.append({"sha256": known["source_sha256"], "replaced": now()})
    merged["history"] = json.dumps(history)
    return merged


def ensure_views(package_id: str, resources: Any) -> None:
    """Give each DataStore resource its table view; a publisher's own views are left alone."""
    items = resources.values() if isinstance(resources, Mapping) else resources
    for resource in items:
        if resource.get("datastore_active") and _view_is_missing(resource["id"]):
            call(
                "resource_view_create",
                {"ignore_auth": True, "user": ""},
                {
                    "resource_id": resource["id"],
                    "view_type": TABLE_VIEW,
                    "title": "Tableau",
                },
            )


def _view_is_missing(resource_id: str) -> bool:
    from ckan.plugins import plugin_loaded

    # The charts come by themselves: only another view tells that somebody chose.
    query = model.Session.query(model.ResourceView.id).filter(
        model.ResourceView.resource_id == resource_id,
        model.ResourceView.view_type != "budget_view",
    )
    return plugin_loaded(TABLE_VIEW) and not model.Session.query(query.exists()).scalar()
