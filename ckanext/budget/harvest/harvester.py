"""The `totem_harvester` plugin: gather, fetch, import over ``collect`` and ``publication``.

The raw document lives only in a private directory, for the time of the fetch stage, which masks
it at once: neither the database nor the public storage ever sees it. What waits for the import
stage is the masked work; when it is missing (another machine, a reboot), import fetches again.

No exception leaves a stage: ckanext-harvest would stop the consumer, or lose the job.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timezone
from functools import cache, partial, wraps
from pathlib import Path
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckanext.harvest.harvesters.base import HarvesterBase
from ckanext.harvest.model import HarvestJob, HarvestObject, HarvestSource

from ckanext.budget import __version__, collect, config, sheet
from ckanext.budget.core import workdir
from ckanext.budget.core.errors import PublicationError, WithdrawalPostponed, safe_description
from ckanext.budget.harvest import claims, objects, precedence, source_guard
from ckanext.budget.harvest.circuit_breaker import CircuitBreaker
from ckanext.budget.harvest.objects import GET, WITHDRAW, ObjectState, Remembered, note_of
from ckanext.budget.harvest.outages import is_outage, through_outages
from ckanext.budget.harvest.solr_commits import deferred_commits
from ckanext.budget.publication.organizations import organization_for
from ckanext.budget.publication.prepared import Prepared, prepare
from ckanext.budget.publication.publish import Request, publish_prepared
from ckanext.budget.publication.withdrawal import relocate, withdraw
from ckanext.budget.totem.errors import TotemError
from ckanext.budget.totem.model import Header

log = logging.getLogger(__name__)

EXPLAINED = (TotemError, PublicationError, collect.CollectError, collect.ConfigError)
"""Errors whose message is a French sentence fit for the publisher."""

_BREAKER = CircuitBreaker()

_LAST = 1_000_000
"""Rank of tables: their documents, which know more, come first when the source has both."""

_PATIENCE = 60
"""Seconds that a withdrawal waits for the documents being worked on."""

Stage = Callable[["TotemHarvester", HarvestObject], Any]


def _contained(stage: str) -> Callable[[Stage], Stage]:
    """Decorator: claim the object; an exception becomes its error, that names the file; False.

    A service that is away is waited for: that is no error of the document.
    """

    def decorator(method: Stage) -> Stage:
        @wraps(method)
        def contained(self: TotemHarvester, harvest_object: HarvestObject) -> Any:
            began = time.monotonic()
            where = f"harvest object={harvest_object.id} stage={stage.lower()}"
            result: Any = False
            try:
                work = partial(_attempt, stage, method, self, harvest_object)
                result = through_outages(work, where)
            finally:
                if stage == "Import" or result is not True:
                    claims.release()
            _tell(harvest_object, where, result, time.monotonic() - began)
            return result

        return contained

    return decorator


def _attempt(
    stage: str, method: Stage, harvester: TotemHarvester, harvest_object: HarvestObject
) -> Any:
    """The stage's own result; False and an error when it fails. Raises what is an outage."""
    identifier = harvest_object.id
    if claims.held() != identifier:
        if not claims.take(identifier, config.lock_timeout()):
            return "unchanged"  # another consumer is at it, and will say what becomes of it
        model.Session.refresh(harvest_object)
        objects.forget_errors(harvest_object)
    try:
        return method(harvester, harvest_object)
    except Exception as error:
        if is_outage(error):
            raise
        model.Session.rollback()
        _forget(identifier)
        harvester._failed(harvest_object, error, stage)
        return False


def _tell(harvest_object: HarvestObject, where: str, result: Any, seconds: float) -> None:
    """One log line: job, object, document, outcome, duration."""
    note = note_of(harvest_object)
    outcome = {True: getattr(harvest_object, "totem_status", "done"), False: "error"}
    log.info(
        "%s job=%s document=%s outcome=%s seconds=%.2f",
        where,
        harvest_object.harvest_job_id,
        note.slug or collect.shown(note.name),
        outcome.get(result, result),
        seconds,
    )


def _reason(error: Exception, where: str) -> str:
    """The French sentence of the error; an unexpected one goes to the log with its place."""
    if isinstance(error, EXPLAINED):
        log.info("%s: %s", where, type(error).__name__)
        return str(error)
    log.error("%s: unexpected error: %s", where, safe_description(error))
    return (
        f"Erreur imprévue ({type(error).__name__}) : relancez le moissonnage ; si elle persiste, "
        "transmettez le journal du portail à son administrateur."
    )


def _forget(identifier: str) -> None:
    shutil.rmtree(workdir.kept(identifier), ignore_errors=True)


@sa.event.listens_for(HarvestObject.report_status, "set", retval=True)
def _status_of_document(target: HarvestObject, value: Any, _former: Any, _initiator: Any) -> Any:
    """The document's own status: ckanext-harvest tells that of the dataset from its objects."""
    if value in ("added", "updated", "deleted"):
        return getattr(target, "totem_status", value)
    return value


class TotemHarvester(HarvesterBase):
    """Harvests TOTEM documents from web folders, lists of addresses, archives and local folders."""

    p.implements(p.IActions)

    def get_actions(self) -> dict[str, Any]:
        """Actions of CKAN and of ckanext-harvest that this plugin refines."""
        from ckanext.budget.harvest import recovery

        return {**source_guard.ACTIONS, **recovery.ACTIONS}

    def info(self) -> dict[str, str]:
        """Name, title and description for the form of harvest sources."""
        return {
            "name": "totem",
            "title": tk._("Local budgets (TOTEM)"),
            "description": tk._(
                "TOTEM budget documents (XML) of a web folder, a list of addresses, a zip "
                "archive or a folder of the server: each is masked, converted to SCDL and "
                "published in the dataset of its budget"
            ),
        }

    def validate_config(self, text: str) -> str:
        """The text as typed when it is valid. Raises ConfigError (French sentences)."""
        collect.validate_config(text)
        return text

    def get_original_url(self, harvest_object_id: str) -> str | None:
        """Address of the document at its source, without what could be a secret."""
        harvest_object = HarvestObject.get(harvest_object_id)
        if harvest_object is None or not harvest_object.guid.startswith("http"):
            return None
        return collect.shown(harvest_object.guid)

    def gather_stage(self, harvest_job: HarvestJob) -> list[str]:
        """List the source; one object per document, queued only if the listing shows a change."""
        where = f"harvest job={harvest_job.id} stage=gather"
        began = time.monotonic()
        try:
            found = through_outages(partial(self._claimed_gather, harvest_job, where), where)
        finally:
            claims.release()
        log.info("%s documents=%d seconds=%.2f", where, len(found), time.monotonic() - began)
        return found

    def _claimed_gather(self, job: HarvestJob, where: str) -> list[str]:
        """Ids of the objects to fetch; none and a gather error when the source cannot be listed."""
        if not claims.take(job.id, config.lock_timeout()):
            return []
        try:
            return self._gather(job)
        except Exception as error:
            if is_outage(error):
                raise
            model.Session.rollback()
            self._save_gather_error(_reason(error, where), job)
            return []

    def _gather(self, job: HarvestJob) -> list[str]:
        workdir.sweep(time.time())
        if already := objects.waiting(job):
            return already
        objects.prune(job.source.id)
        setting = collect.validate_config(job.source.config)
        known = objects.remembered(job.source.id)
        with _source(job.source, setting) as source:
            listed, refused = self._listed(source.list(), job, setting)
            complete = source.complete
        new, same = _sorted(listed, known)
        if complete and setting["withdrawn"] != "keep":
            for guid, former in objects.absent(known, {*listed, *refused}).items():
                new[guid] = replace(former.note, action=WITHDRAW)
        refused_before = objects.refusals(job.source.id, __version__)
        unusable = {
            guid: refusal
            for guid, refusal in refused_before.items()
            if guid in new and new[guid].action == GET and new[guid].is_as_listed(refusal.note)
        }
        new = {guid: note for guid, note in new.items() if guid not in unusable}
        now = datetime.now(timezone.utc)
        return objects.add_objects(job, new, same, now, unusable)

    def _listed(
        self, items: Iterable[collect.Listed], job: HarvestJob, setting: dict[str, Any]
    ) -> tuple[dict[str, ObjectState], set[str]]:
        """Notes of the documents by locator, and the locators of the unusable entries.

        An unusable entry becomes a gather error; it is still at the source.
        """
        notes: dict[str, ObjectState] = {}
        refused: set[str] = set()
        settings, priority = _settings(setting), setting.get("priority")
        for item in items:
            if isinstance(item, collect.CollectError):
                self._save_gather_error(str(item), job)
                refused.add(item.locator)
            else:
                rank = collect.rank_of(item.name, priority) + _LAST * _is_table(item)
                notes[item.locator] = ObjectState(
                    item.name, settings, listed=item.version, rank=rank
                )
        return notes, refused

    @_contained("Fetch")
    def fetch_stage(self, harvest_object: HarvestObject) -> bool | str:
        """Download, compare with what is published, mask. True, or "unchanged"."""
        _sweep_once()
        if harvest_object.current or note_of(harvest_object).action == WITHDRAW:
            return True
        known = _published(harvest_object)
        return "unchanged" if self._fetch(harvest_object, known) is None else True

    def _fetch(
        self, harvest_object: HarvestObject, known: Remembered | None = None
    ) -> Prepared | None:
        """The masked document; None when its bytes are the ``known`` ones."""
        with workdir.private_directory() as private:
            path = private / "document.xml"
            note = self._download(harvest_object, path, known)
            if known and known.note.sha256 == note.sha256:
                objects.refresh(known, note)
                return None
            prepared = _prepared(harvest_object, path)
        harvest_object.content = replace(note, slug=prepared.header.slug).dumps()
        harvest_object.save()
        return prepared

    def _download(
        self, harvest_object: HarvestObject, path: Path, known: Remembered | None
    ) -> ObjectState:
        """Put the document in ``path``; its note. Nothing is written if it is the known one."""
        note = note_of(harvest_object)
        tags = collect.Known(known.note.etag, known.note.modified) if known else None
        origin = harvest_object.source
        with (
            _source(origin, _setting(harvest_object)) as source,
            _BREAKER.guard(origin.id, origin.url),
        ):
            fetched = source.fetch(harvest_object.guid, path, tags)
        if known and isinstance(fetched, collect.NotModified):
            fetched = known.note
        return replace(note, etag=fetched.etag, modified=fetched.modified, sha256=fetched.sha256)

    @_contained("Import")
    def import_stage(self, harvest_object: HarvestObject) -> bool | str:
        """Publish the masked document. True, or "unchanged"; safe to run again at any time."""
        with deferred_commits():
            return self._settle(harvest_object)

    def _settle(self, harvest_object: HarvestObject) -> bool | str:
        if note_of(harvest_object).action == WITHDRAW:
            return self._withdraw(harvest_object)
        if harvest_object.current and harvest_object.state == "IMPORT":
            return self._delivered_again(harvest_object)
        prepared = Prepared.read(workdir.kept(harvest_object.id))
        try:
            return self._import(harvest_object, prepared or self._fetch(harvest_object))
        finally:
            _forget(harvest_object.id)

    def _delivered_again(self, harvest_object: HarvestObject) -> bool | str:
        """The queue lost the acknowledgement of an object that is published already."""
        if harvest_object.package_id is None:
            return "unchanged"
        past = objects.has_past(harvest_object)
        return _reported(harvest_object, "updated" if past else "added")

    def _import(self, harvest_object: HarvestObject, prepared: Prepared) -> bool | str:
        setting = _setting(harvest_object)
        header = prepared.header
        if _refusal(setting, header):
            log.info("harvest object %s: not asked for by the filters", harvest_object.id)
            return self._settled(harvest_object, None)
        context = self._context()
        request = Request(
            organization_for(setting["organization"], header, harvest_object.source.id, context),
            provenance=_provenance(harvest_object),
            protect=setting["protect"],
            dataset_per=setting["dataset_per"],
            force=bool(harvest_object.current),
            before_write=partial(objects.make_current, harvest_object),
            accept=partial(precedence.prevails, harvest_object, header),
        )
        outcome = publish_prepared(prepared, request, context)
        if outcome.status == "unchanged":
            return self._settled(harvest_object, outcome.package_id)
        return _reported(harvest_object, "added" if outcome.status == "created" else "updated")

    def _settled(self, harvest_object: HarvestObject, package_id: str | None) -> str:
        """Remember the document as seen, nothing having been written."""
        objects.make_current(harvest_object, package_id)
        model.Session.commit()
        return "unchanged"

    def _withdraw(self, harvest_object: HarvestObject) -> bool | str:
        """Apply the source's ``withdrawn`` policy to a document that it no longer lists."""
        policy = _setting(harvest_object)["withdrawn"]
        former = _remembered(harvest_object)
        if former is None or not former.package_id or policy == "keep":
            return "unchanged"
        _wait_for_the_others(harvest_object)
        if others := _elsewhere(former):
            return self._hand_over(harvest_object, former, others)
        slug = former.note.slug or ""
        changed = withdraw(former.package_id, slug, policy, self._context())
        if policy == "mark" and not changed:
            return "unchanged"
        self._retire(harvest_object, former.package_id)
        return _reported(harvest_object, "updated" if policy == "mark" else "deleted")

    def _hand_over(
        self, harvest_object: HarvestObject, former: Remembered, others: list[precedence.Holder]
    ) -> str:
        """The document stays online, as another place offers it: "unchanged"."""
        same = [item for item in others if item.note.sha256 == former.note.sha256]
        if same and former.package_id:
            heir = HarvestObject.get(same[0].id)
            slug, context = former.note.slug or "", self._context()
            relocate(former.package_id, slug, _provenance(heir), context)
        else:
            precedence.release(others)
        self._retire(harvest_object, None)
        return "unchanged"

    def _retire(self, harvest_object: HarvestObject, package_id: str | None) -> None:
        objects.retire(harvest_object)
        harvest_object.package_id = package_id
        harvest_object.current = False
        harvest_object.save()

    def _failed(self, harvest_object: HarvestObject, error: Exception, stage: str) -> None:
        """Write the error down, and whether the next run may try again."""
        note = note_of(harvest_object)
        if getattr(error, "transient", False):
            note = replace(note, transient=True, chances=note.chances + 1)
        elif isinstance(error, TotemError):
            note = replace(note, refused=__version__)
        harvest_object.content = note.dumps()
        reason = _reason(error, f"harvest object={harvest_object.id}")
        self._save_object_error(f"{note.name} : {reason}", harvest_object, stage)

    def _context(self) -> dict[str, Any]:
        return {"user": self._get_user_name(), "ignore_auth": True}


def _is_table(item: collect.Candidate) -> bool:
    return item.is_table or item.locator.lower().endswith(".csv")


def _prepared(harvest_object: HarvestObject, path: Path) -> Prepared:
    """What may be published of the file. Raises TotemError."""
    from ckanext.budget.publication import foreign_table  # frictionless takes a second to import

    folder = workdir.emptied(harvest_object.id)
    if foreign_table.is_table(path):
        return foreign_table.prepare(path, folder)
    return prepare(path, folder, _policy(_setting(harvest_object)))


def _source(source: HarvestSource, setting: dict[str, Any]) -> collect.Source:
    return collect.source_for(
        source.url,
        setting,
        allowed_directories=config.local_directories(),
        network=config.network(),
        credential=config.credential(setting.get("auth")),
        workspace=config.spool_directory() / "archives",
    )


def _settings(setting: dict[str, Any]) -> str:
    """Changes when what is published of the same bytes may change."""
    deciding = {name: setting.get(name) for name in ("dataset_per", "filters")}
    deciding["policy"] = _policy(setting)
    text = json.dumps(deciding, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _policy(setting: dict[str, Any]) -> str:
    """The source's own masking policy, else the portal's."""
    return setting.get("policy") or config.masking_policy()


def _sorted(
    listed: dict[str, ObjectState], known: dict[str, Remembered]
) -> tuple[dict[str, ObjectState], dict[str, Remembered]]:
    """Documents to fetch, and those whose listing shows no change."""
    same = {
        guid: known[guid]
        for guid, note in listed.items()
        if guid in known and known[guid].is_online and note.is_as_listed(known[guid].note)
    }
    return {guid: note for guid, note in listed.items() if guid not in same}, same


@cache
def _sweep_once() -> None:
    """At the first document of a consumer: remove what a killed one left on this machine."""
    workdir.sweep(time.time())


def _wait_for_the_others(harvest_object: HarvestObject) -> None:
    """Until the job's documents are settled: one may be the missing document at a new address.

    Raises WithdrawalPostponed when some are neither settled nor being worked on.
    """
    deadline = time.monotonic() + _PATIENCE
    while others := objects.unfinished(harvest_object.harvest_job_id):
        if time.monotonic() > deadline or not claims.claimed(others):
            raise WithdrawalPostponed
        model.Session.commit()
        time.sleep(1)


def _elsewhere(former: Remembered) -> list[precedence.Holder]:
    """Other places that offer the document."""
    found = precedence.holders(former.package_id or "", former.note.slug or "")
    return [item for item in found if item.id != former.id]


def _setting(harvest_object: HarvestObject) -> dict[str, Any]:
    return collect.validate_config(harvest_object.source.config)


def _remembered(harvest_object: HarvestObject) -> Remembered | None:
    guid = harvest_object.guid
    return objects.remembered(harvest_object.source.id, guid).get(guid)


def _published(harvest_object: HarvestObject) -> Remembered | None:
    """The published state of the locator, when it was published under the same settings."""
    former = _remembered(harvest_object)
    if former is None or not former.is_online:
        return None
    return former if former.note.settings == note_of(harvest_object).settings else None


def _refusal(setting: dict[str, Any], header: Header) -> str | None:
    return collect.Filters.from_config(setting).refusal(
        siret=header.siret,
        fiscal_year=header.fiscal_year,
        stage=header.stage.name,
        body_kind=sheet.body_kind(header),
    )


def _provenance(harvest_object: HarvestObject) -> dict[str, Any]:
    guid = harvest_object.guid
    return {
        "origin": "harvest",
        "source_url": collect.shown(guid) if guid.startswith("http") else "",
        "source_modified": note_of(harvest_object).modified or "",
        "harvest_object_id": harvest_object.id,
    }


def _reported(harvest_object: HarvestObject, status: str) -> bool:
    """Keep the document's own status ("added", "updated", "deleted") for the job's report."""
    harvest_object.totem_status = status
    return True
