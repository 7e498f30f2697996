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

import hashlib
import json
import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, fields
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, BinaryIO, Literal

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.budget import config, control, datastore, sheet
from ckanext.budget.checked import CheckedFile
from ckanext.budget.errors import (
    DatasetDeleted,
    DraftRefused,
    NameTaken,
    SheetRefused,
)
from ckanext.budget.former_files import FormerFiles
from ckanext.budget.identity import dataset_id, dataset_name
from ckanext.budget.locks import exclusive
from ckanext.budget.totem.model import Header, Stage
from ckanext.budget.workdir import private_directory

__all__ = [
    "Outcome",
    "Prepared",
    "document_resources",
    "prepare",
    "publish_file",
    "publish_prepared",
    "relocate",
    "withdraw",
]

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


@dataclass(frozen=True)
class Prepared:
    """A document converted and masked: nothing personal is left in ``csv`` and ``xml``.

    ``sha256`` is the hash of the original bytes.
    """

    header: Header
    sha256: str
    csv: Path
    xml: Path
    report: dict[str, Any]

    @property
    def policy(self) -> str:
        """The masking policy that was applied."""
        return self.report["masked"]["policy"]

    @classmethod
    def read(cls, folder: Path) -> Prepared | None:
        """What :func:`prepare` left in ``folder``; None when it is missing or incomplete."""
        for path in folder.glob("*.json"):
            report = json.loads(path.read_text(encoding="utf-8"))
            csv, xml = path.with_suffix(".csv"), path.with_suffix(".xml")
            if csv.exists() and xml.exists():
                header = _header_of(report["header"])
                return cls(header, report["sha256"], csv, xml, report)
        return None


def _header_of(data: Mapping[str, Any]) -> Header:
    values = {field.name: data[field.name] for field in fields(Header) if field.name in data}
    return Header(**{**values, "stage": Stage[data["stage"]]})


def prepare(source: Path | BinaryIO, folder: Path, policy: str = "") -> Prepared:
    """Convert and mask the document into ``folder``. Raises TotemError; then nothing is usable."""
    from ckanext.budget.totem.publish import publish

    done = publish(source, folder, policy=policy or config.masking_policy())
    return Prepared(done.header, done.sha256, done.csv, done.xml, done.report)


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
    with _alone(package_id or dataset_id(prepared.header, dataset_per)):
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
    for resource in resources:
        resource["upload"] = job._upload(resource, files)
    return resources


@contextmanager
def _alone(package_id: str) -> Iterator[None]:
    """Hold the dataset's lock; on an error the database is as it was before."""
    with exclusive(package_id):
        try:
            yield
        except Exception:
            model.Session.rollback()
            raise


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
        known = _resources_of(package, header.slug)
        if package and accept and self._is_other(known) and not accept(known["scdl"]):
            return self._outcome("unchanged", package["id"])
        if package and not force and self._is_published(known):
            _ensure_views(package["id"], known)
            return self._outcome("unchanged", package["id"])
        self._check_access(package)
        resources = self._resources(known)
        with FormerFiles() as former, datastore.Replacement() as rows:
            former.watch(resource["id"] for resource in resources)
            self._fill_datastore(resources, rows)
            package_id = self._write(package, resources, before_write)
        _ensure_views(package_id, resources)
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

    def _is_published(self, known: Mapping[str, Mapping[str, Any]]) -> bool:
        return set(known) == {"scdl", "xml"} and all(
            resource.get("source_sha256") == self.prepared.sha256
            and not resource.get("withdrawn_on")
            and resource.get("masking_policy") == self.prepared.policy
            for resource in known.values()
        )

    def _is_other(self, known: Mapping[str, Mapping[str, Any]]) -> bool:
        """Whether other bytes of this document are online."""
        return "scdl" in known and known["scdl"].get("source_sha256") != self.prepared.sha256

    def _resources(self, known: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The document's resources: identity and descriptions of the known ones are kept."""
        wanted = sheet.document_resources(
            self.prepared.header, self.prepared.sha256, self.prepared.report, self.provenance
        )
        for resource in wanted:
            path = self._file_of(resource)
            resource.update(hash=_sha256(path), hash_algorithm=_SHA256)
            if config.datastore_enabled() and resource["role"] == "scdl":
                resource["datastore_active"] = True
        return [_merged(known.get(resource["role"], {}), resource) for resource in wanted]

    def _file_of(self, resource: Mapping[str, Any]) -> Path:
        return self.prepared.csv if resource["role"] == "scdl" else self.prepared.xml

    def _fill_datastore(self, resources: list[dict[str, Any]], rows: datastore.Replacement) -> None:
        for resource in resources:
            if resource.get("datastore_active"):
                rows.load(resource["id"], self._file_of(resource))

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
        others = [item for item in package["resources"] if item.get("document") != slug]
        for resource in resources:
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
            _call("package_update", self._trusted(return_id_only=True, **known), changed)
        return package["id"]

    def _create(self) -> dict[str, Any]:
        """A dataset without resources, flushed and not committed: ``package_update`` commits.

        ``package_create`` never calls the resource uploader, so it cannot publish the files.
        """
        header = self.prepared.header
        package = {
            **sheet.proposals(header, config.default_licence(), self.dataset_per),
            **sheet.dataset_fields(header, self.prepared.policy),
            "id": self._id,
            "name": self._name,
            "owner_org": self.organization_id,
            "issued": _today(),
            "origin": self.provenance.get("origin") or "",
            "source_url": self.provenance.get("dataset_source_url") or "",
        }
        context = self._trusted(defer_commit=True, return_id_only=True)
        _call("package_create", context, dict(package))
        return {**package, "resources": []}

    def _dataset(self, package: dict[str, Any], resources: list[dict[str, Any]]) -> dict[str, Any]:
        """The dataset to save: derived fields written again, everything else as it was."""
        derived = {
            **sheet.dataset_fields(self.prepared.header, self.prepared.policy),
            **sheet.recomputed(resources),
            "modified": _today(),
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


_SHA256 = "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"


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
        history.append({"sha256": known["source_sha256"], "replaced": _now()})
    merged["history"] = json.dumps(history)
    return merged


def withdraw(package_id: str, slug: str, policy: str, context: dict[str, Any]) -> bool:
    """Apply ``policy`` to a document that its source no longer offers; False: nothing to do.

    ``mark`` writes the date on its resources, ``delete`` removes them with their tables, and the
    dataset with its last document.
    """
    with _alone(package_id):
        package = _active(package_id)
        known = _resources_of(package, slug)
        if not package or not known:
            return False
        if policy == "mark" and all(item.get("withdrawn_on") for item in known.values()):
            return False
        if policy == "mark":
            _mark(package, known, context)
        else:
            _delete(package, known, context)
    return True


def relocate(
    package_id: str, slug: str, provenance: Mapping[str, Any], context: dict[str, Any]
) -> None:
    """Note where the published document is now offered; its bytes are the same."""
    told = ("source_url", "source_modified", "harvest_object_id")
    with _alone(package_id):
        package = _active(package_id)
        for resource in _resources_of(package, slug).values():
            resource.update({name: provenance.get(name) or "" for name in told})
        if package:
            _save(package, package["resources"], context)


def _active(package_id: str) -> dict[str, Any] | None:
    package = model.Package.get(package_id)
    if package is None or package.state != model.State.ACTIVE:
        return None
    return tk.get_action("package_show")(
        {"ignore_auth": True, "use_cache": False}, {"id": package_id}
    )


def _mark(
    package: dict[str, Any], known: dict[str, dict[str, Any]], context: dict[str, Any]
) -> None:
    for resource in known.values():
        resource["withdrawn_on"] = _today()
    _save(package, package["resources"], context)


def _delete(
    package: dict[str, Any], known: dict[str, dict[str, Any]], context: dict[str, Any]
) -> None:
    gone = {resource["id"] for resource in known.values()}
    rest = [item for item in package["resources"] if item["id"] not in gone]
    if any(item.get("document") for item in rest):
        _save({**package, **sheet.recomputed(rest)}, rest, context)
    else:
        _call("package_delete", tk.fresh_context(context), {"id": package["id"]})
    if config.datastore_enabled():
        for identifier in gone:
            datastore.drop(identifier)


def _save(
    package: dict[str, Any], resources: list[dict[str, Any]], context: dict[str, Any]
) -> None:
    changed = {**package, "resources": resources}
    changed.pop("metadata_modified", None)
    _call("package_update", tk.fresh_context(context, return_id_only=True), changed)


def _resources_of(package: dict[str, Any] | None, slug: str) -> dict[str, dict[str, Any]]:
    """Resources of the document by role."""
    resources = package["resources"] if package else ()
    return {item["role"]: item for item in resources if item.get("document") == slug}


def _ensure_views(package_id: str, resources: Any) -> None:
    """Give each DataStore resource its table view; a publisher's own views are left alone."""
    items = resources.values() if isinstance(resources, Mapping) else resources
    for resource in items:
        if resource.get("datastore_active") and _view_is_missing(resource["id"]):
            _call(
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


def _call(action: str, context: Any, data: dict[str, Any]) -> Any:
    """Call the action; a refused sheet becomes one French sentence."""
    try:
        return tk.get_action(action)(context, data)
    except tk.ValidationError as error:
        summary = {str(key): _text(value) for key, value in error.error_summary.items()}
        raise SheetRefused(summary) from error


def _text(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_text, value))
    return str(value)


def _sha256(path: Path) -> str:
    with open(path, "rb") as stream:
        digest = hashlib.sha256()
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def _today() -> str:
    return _now()[:10]
