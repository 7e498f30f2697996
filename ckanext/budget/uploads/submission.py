"""Files uploaded to a dataset of type `budget`: each becomes resources that may be published.

Nothing is written before every file of the call is understood. What then fails (database, Solr,
disk) leaves the dataset as it was: former files come back, new ones and their tables go.
"""

from __future__ import annotations

import logging
import os
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

import ckan.plugins.toolkit as tk
from ckan import model
from werkzeug.datastructures import FileStorage

from ckanext.budget import config, quality, sheet
from ckanext.budget.core import recognise, signals
from ckanext.budget.core.disk import as_disk_full
from ckanext.budget.core.errors import (
    DatasetBusy,
    DraftRefused,
    PublicationError,
    safe_description,
)
from ckanext.budget.core.storage import FormerFiles, SafeUpload, is_upload
from ckanext.budget.core.workdir import private_directory
from ckanext.budget.publication import datastore, foreign_table, withdrawals
from ckanext.budget.publication.datasets import today
from ckanext.budget.publication.prepared import prepare
from ckanext.budget.publication.resources import DocumentResources, ensure_views
from ckanext.budget.quality import masked
from ckanext.budget.quality.policy import blocking, mode_of, offer
from ckanext.budget.sheet.identity import resource_id
from ckanext.budget.totem import tables
from ckanext.budget.totem.errors import TotemError
from ckanext.budget.totem.files import sha256_of
from ckanext.budget.totem.model import Header, Stage
from ckanext.budget.totem.reader import Document
from ckanext.budget.uploads.deposit import background

log = logging.getLogger(__name__)


class Refused(PublicationError):
    """The uploaded file is not accepted; ``messages`` are sentences to show beside the field.

    ``errors`` is what CKAN's ValidationError has of them; see ``quality.policy.offer``.
    """

    def __init__(self, *messages: str, **errors: list[str]) -> None:
        self.errors = errors or {"upload": list(messages)}
        super().__init__(" ".join(self.errors["upload"]))


@contextmanager
def refusing(position: int, number: int) -> Iterator[None]:
    """A refusal of the block becomes CKAN's error on resource ``position`` of ``number``."""
    try:
        yield
    except (TotemError, PublicationError, OSError) as caught:
        error = _told(caught)
        errors: list[dict[str, Any]] = [{} for _ in range(number)]
        told = {"upload": [str(error)]}
        errors[position] = error.errors if isinstance(error, Refused) else told
        model.Session.rollback()
        raise tk.ValidationError({"resources": errors}) from None


def _told(error: Exception) -> Exception:
    """The error, or what it means; raised again when it means nothing to the publisher."""
    full = as_disk_full(error)
    if full is None and isinstance(error, OSError):
        raise error
    if full is not None:
        log.error("upload: %s", safe_description(error))
    return full or error


@contextmanager
def _writing() -> Iterator[None]:
    """A lock that somebody holds too long, or a full disk, makes the call fail with a sentence."""
    try:
        yield
    except (DatasetBusy, OSError) as caught:
        error = _told(caught)
        model.Session.rollback()
        raise tk.ValidationError({"upload": [str(error)]}) from None


class Submission:
    """One ``package_update`` of a budget with files that nobody has looked at yet."""

    def __init__(self, package: model.Package, context: Any, data_dict: dict[str, Any]) -> None:
        self.package = package
        self.context = context
        self.data = dict(data_dict)
        self.resources: list[dict[str, Any]] = list(data_dict["resources"])
        self.mode = mode_of(data_dict.get("owner_org") or package.owner_org)
        self.stored = self._stored()
        self.reports: dict[str, tuple[str, dict[str, Any]]] = {}
        self.header: Header | None = None
        self.slugs: list[str] = []
        self.large: list[tuple[str, FileStorage]] = []
        self.later: list[str] = []
        self.files = ExitStack()
        self.failed = ExitStack()
        self.former = FormerFiles()
        self.rows = datastore.Replacement()

    def _stored(self) -> dict[str, dict[str, Any]]:
        context = tk.fresh_context(self.context, ignore_auth=True, use_cache=False)
        package = tk.get_action("package_show")(context, {"id": self.package.id})
        return {resource["id"]: resource for resource in package["resources"]}

    def save(self, write: Callable[[dict[str, Any]], Any]) -> Any:
        """Replace the raw files, then ``write`` the dataset. Raises ValidationError."""
        with self.files, self.former, self.rows, self.failed:
            for position, resource in enumerate(list(self.resources)):
                if is_upload(resource.get("upload")) and not _is_checked(resource):
                    with refusing(position, len(self.data["resources"])):
                        self._replace(resource)
            self._record()
            with _writing():
                self._keep_large()
                result = write(self._dataset())
            self.failed.pop_all()
        if not self.context.get("defer_commit"):
            ensure_views(item for item in self.resources if item.get("id"))
            for slug in self.slugs:
                signals.published(self.package.id, slug)
        for file_id in self.later:
            background.leave(file_id, self.context.get("user") or "")
        return result

    def _keep_large(self) -> None:
        """After every file of the call was understood, and with the dataset or not at all."""
        user, organization = self.context.get("user") or "", self.package.owner_org
        for identifier, upload in self.large:
            file_id = background.keep(
                identifier, user, organization, cast("BinaryIO", upload.stream)
            )
            self.later.append(file_id)
            self.failed.callback(background.forget, file_id)

    def _replace(self, resource: dict[str, Any]) -> None:
        is_agreed = tk.asbool(resource.pop("repair", False))
        stored = self.stored.get(resource.get("id", ""), {})
        if stored.get("role") in ("annexe", "subventions") and stored.get("document"):
            raise Refused(
                tk._(
                    "The annexes come from the document: to change them, replace the file of its "
                    "XML resource"
                )
            )
        found, role = recognise.recognised(resource["upload"]), resource.get("role")
        kind = found.kind
        if kind == "opaque" or recognise.is_refused(found):
            raise Refused(recognise.told(found))
        if kind == "totem" and self._is_large(resource["upload"]):
            self._wait(resource)
        elif kind == "totem":
            self._document(resource)
        elif role == "xml":
            raise Refused(recognise.told(found))
        elif kind == "scdl":
            self._table(resource, is_agreed)
        elif role == "scdl" and self.mode != "off":
            raise Refused(recognise.told(found))
        else:
            resource["upload"] = checked(resource["upload"])

    # --- TOTEM -----------------------------------------------------------------------------------

    def _document(self, resource: dict[str, Any]) -> None:
        folder = self.files.enter_context(private_directory())
        prepared = prepare(resource["upload"].stream, folder)
        if prepared.header.is_draft:
            raise DraftRefused
        self._check_budget(prepared.header.siret, str(prepared.header.fiscal_year))
        self._check_findings(prepared.report["findings"])
        known = self._known(prepared.header.slug, resource)
        resources = DocumentResources(prepared, known)
        if resources.is_earlier:
            raise Refused(resources.set_aside)
        report = resources.report
        resources.keep_data(self.rows)
        withdrawals.settle(self.package.id, prepared.header.slug, self.context)
        resources.open_files(self.files)
        made = resources.items
        self.former.watch(item["id"] for item in made)
        document = next(item for item in made if item["role"] == "xml")
        self._put(resource, document, [item for item in made if item is not document])
        self.header = prepared.header
        self.slugs.append(prepared.header.slug)
        for item in made:
            if item["role"] in sheet.CHECKED:
                self.reports[item["id"]] = (item["hash"], report)

    def _is_large(self, upload: FileStorage) -> bool:
        size = upload.stream.seek(0, os.SEEK_END)
        upload.stream.seek(0)
        too_long = 0 < config.background_size() <= size
        return too_long and not self.context.get("defer_commit") and quality.is_ready()

    def _wait(self, resource: dict[str, Any]) -> None:
        """Only the header is read now: the resource is named, its file comes from a worker."""
        upload = resource.pop("upload")
        header = _header_of(upload)
        if header.is_draft:
            raise DraftRefused
        self._check_budget(header.siret, str(header.fiscal_year))
        self._known(header.slug, resource)
        if not resource.get("id"):
            resource.update(id=resource_id(header.slug, "xml"), url="", url_type="")
        if resource.get("name") in (None, "", upload.filename):
            resource["name"] = sheet.document_title(header)
        resource.update(role="xml", document=header.slug, stage=header.stage.name, format="XML")
        self.large.append((resource["id"], upload))

    def _check_budget(self, siret: str, year: str) -> None:
        """The document is of this budget and exercise, unless the dataset groups several."""
        known = self.data.get("siret") or ""
        if known.replace(" ", "") not in ("", siret):
            raise Refused(
                tk._(
                    "This document belongs to another budget (its SIRET is not that of this "
                    "dataset): deposit it on the page /budgets/deposer, which finds its dataset"
                )
            )
        years = {item["document"].split("-")[1] for item in self.resources if item.get("document")}
        expected = self.data.get("fiscal_year") or year
        if year != expected and not years - {expected}:
            raise Refused(
                tk._(
                    "This document is of the fiscal year {year}, this dataset of {expected}: "
                    "deposit it on the page /budgets/deposer, which finds its dataset"
                ).format(year=year, expected=expected)
            )

    def _known(self, slug: str, resource: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """The document's stored resources by role, the uploaded one among them.

        Raises Refused when the document is already somewhere else, or the resource is another's.
        """
        known = {r["role"]: r for r in self.stored.values() if r.get("document") == slug}
        own = self.stored.get(resource.get("id", ""))
        if own and own.get("document") and (own["document"], own["role"]) != (slug, "xml"):
            raise Refused(
                tk._("This file holds another document than this resource: add it as a new file")
            )
        if "xml" in known and known["xml"] is not own:
            raise Refused(
                tk._(
                    "This document is already in this dataset: to replace it, edit the resource "
                    "“{name}” and choose the new file there"
                ).format(name=known["xml"]["name"])
            )
        if any(
            item is not resource and item.get("document") == slug and item.get("role") == "xml"
            for item in self.resources
        ):
            raise Refused(tk._("The same document comes twice: keep one of the two files"))
        self._check_nowhere_else(slug)
        return known | ({"xml": own} if own else {})

    def _check_nowhere_else(self, slug: str) -> None:
        for role in ("xml", "scdl"):
            other = model.Resource.get(resource_id(slug, role))
            if other is None or other.package_id == self.package.id:
                continue
            if other.state == "active" and other.package.state == "active":
                raise Refused(
                    tk._("This document is already published in the dataset “{name}”").format(
                        name=other.package.name
                    )
                )

    def _put(
        self, resource: dict[str, Any], document: dict[str, Any], companions: list[dict[str, Any]]
    ) -> None:
        """The document takes the resource's place; its companions (table, annexes) their former's.

        CKAN's actions find the uploaded resource by its position, or last: neither moves. New
        companions go before a new document, after the others when it has a place already.
        """
        typed = {key: resource[key] for key in ("name", "description") if resource.get(key)}
        if typed.get("name") == resource["upload"].filename:
            del typed["name"]  # CKAN's form writes the file's name there: the title says more
        replaced = resource.get("id")
        resource.update({**document, **typed})
        for item in companions:
            places = {r.get("id"): place for place, r in enumerate(self.resources)}
            if item["id"] in places:
                self.resources[places[item["id"]]] = item
            elif replaced:
                self.resources.append(item)
            else:
                self.resources.insert(places[resource["id"]], item)

    # --- SCDL ------------------------------------------------------------------------------------

    def _table(self, resource: dict[str, Any], is_agreed: bool) -> None:
        folder = self.files.enter_context(private_directory())
        path, table = folder / "table", folder / "budget.csv"
        _copy(resource["upload"], path)
        seen = foreign_table.survey_of(path)
        stage = self._check_rows(seen.rows, resource)
        report, rows = self._written(path, table, seen, is_agreed=is_agreed)
        digest = sha256_of(table)
        resource.update(
            sheet.table_fields(report), hash=digest, hash_algorithm=sheet.HASH_ALGORITHM
        )
        resource["stage"] = stage
        resource.setdefault("id", str(uuid.uuid4()))
        stream = self.files.enter_context(table.open("rb"))
        name = foreign_table.file_name(seen.rows, stage)
        resource["upload"] = SafeUpload(stream, filename=name, content_type="text/csv")
        self.reports[resource["id"]] = (digest, report)
        self.former.watch([resource["id"]])
        if report["valid"] and config.datastore_enabled():
            self.rows.load(resource["id"], rows)
            resource["datastore_active"] = True

    def _written(
        self, path: Path, table: Path, seen: tables.Survey, *, is_agreed: bool
    ) -> foreign_table.Written:
        """Put in ``table`` what is stored. Raises Refused, with the offer."""
        try:
            written = foreign_table.write(path, table, seen, repair=is_agreed)
        except foreign_table.NeedsRepair as error:
            raise Refused(**offer(error.short, *foreign_table.mendable(path))) from None
        errors = blocking(written.report.get("remaining", written.report["findings"]))
        if errors and self.mode == "block":
            if written.report["repairs"]:
                raise Refused(**offer(errors[0], *foreign_table.mendable(path)))
            raise Refused(*errors)
        return written

    def _check_rows(self, rows: list[tables.Rows], resource: Mapping[str, Any]) -> str:
        """The stage of the file, whose every row is of the dataset's budget. Raises Refused."""
        for found in rows:
            try:
                self._check_budget(found.siret, found.year)
            except Refused as error:
                raise Refused(f"{_of_lines(found)} : {error}") from None
        if len(rows) != 1:
            raise Refused(foreign_table.told_apart(rows))
        chosen = Stage.__members__.get(resource.get("stage") or "")
        if chosen and chosen.label == rows[0].stage:
            return chosen.name  # SCDL has one word for both accounts
        return foreign_table.stage_named(rows[0].stage)

    # --- both ------------------------------------------------------------------------------------

    def _check_findings(self, findings: Iterable[Mapping[str, Any]]) -> None:
        errors = blocking(findings)
        if errors and self.mode == "block":
            raise Refused(*errors)

    def _dataset(self) -> dict[str, Any]:
        """The dataset to save: what the documents say is written again, the rest as it came."""
        changed = {**self.data, "resources": self.resources}
        if self.header is not None:
            said = sheet.dataset_fields(self.header, config.masking_policy())
            changed |= {name: value for name, value in said.items() if not changed.get(name)}
            changed |= sheet.recomputed(self.resources)
            changed["origin"] = changed.get("origin") or "upload"
        if self.reports:
            changed["modified"] = today()
            changed["quality"] = sheet.worst_quality(self.resources)
        return changed

    def _record(self) -> None:
        for identifier, (digest, report) in self.reports.items():
            if report.get("masked"):
                masked.keep(identifier, report["masked"])
            quality.record(
                report,
                resource_id=identifier,
                package_id=self.package.id,
                sha256=digest,
                origin="upload",
            )


def _header_of(upload: FileStorage) -> Header:
    """What the document says of itself before its first line. Raises TotemError."""
    upload.stream.seek(0)
    document = Document(upload.stream)  # type: ignore[arg-type]
    next((segment for segment in document if segment.kind == "lines"), None)
    return document.header


def _is_checked(resource: Mapping[str, Any]) -> bool:
    return isinstance(resource["upload"], SafeUpload)


def checked(upload: FileStorage) -> SafeUpload:
    """The file as it is, marked as looked at."""
    upload.stream.seek(0)
    return SafeUpload(upload.stream, upload.filename, content_type=upload.content_type)


def _copy(upload: FileStorage, path: Path) -> None:
    upload.stream.seek(0)
    with path.open("wb") as copy:
        shutil.copyfileobj(upload.stream, copy, 1 << 20)


def _of_lines(rows: tables.Rows) -> str:
    return tk.ungettext("Line {lines}", "Lines {lines}", rows.count).format(lines=rows.lines)
