"""The `totem_harvester` plugin: gather, fetch, import over ``collect`` and ``publication``.

What becomes of each document is told in :mod:`.document`.

No exception leaves a stage: ckanext-harvest would stop the consumer, or lose the job.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timezone
from functools import cache, partial, wraps
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckanext.harvest.harvesters.base import HarvesterBase
from ckanext.harvest.model import HarvestJob, HarvestObject

from ckanext.budget import __version__, collect, config
from ckanext.budget.core import disk, workdir
from ckanext.budget.core.digests import keyed
from ckanext.budget.harvest import (
    actions,
    claims,
    confirmed,
    conflict_pages,
    document,
    foreign_doors,
    grants,
    log_rows,
    notes,
    objects,
    plausible,
    redaction,
    source_guard,
    trial,
)
from ckanext.budget.harvest.blueprint import blueprint
from ckanext.budget.harvest.notes import GET, WITHDRAW, Note
from ckanext.budget.harvest.objects import Remembered
from ckanext.budget.harvest.outages import is_outage, through_outages
from ckanext.budget.harvest.solr_commits import deferred_commits
from ckanext.budget.totem.maker import MAKER

log = logging.getLogger(__name__)

log_rows.install()

_LAST = 1_000_000
"""Rank of tables: their documents, which know more, come first when the source has both."""

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
        document.forget(identifier)
        document.failed(harvest_object, error, stage)
        return False


def _tell(harvest_object: HarvestObject, where: str, result: Any, seconds: float) -> None:
    """One log line: job, object, document, outcome, duration."""
    note = notes.of(harvest_object)
    outcome = {True: getattr(harvest_object, "totem_status", "done"), False: "error"}
    log.info(
        "%s job=%s document=%s outcome=%s seconds=%.2f",
        where,
        harvest_object.harvest_job_id,
        note.slug or "unread",  # never its file's name, which may be somebody's
        outcome.get(result, result),
        seconds,
    )


@sa.event.listens_for(HarvestObject.report_status, "set", retval=True)
def _status_of_document(target: HarvestObject, value: Any, _former: Any, _initiator: Any) -> Any:
    """The document's own status: ckanext-harvest tells that of the dataset from its objects."""
    if value in ("added", "updated", "deleted"):
        return getattr(target, "totem_status", value)
    return value


class TotemHarvester(HarvesterBase):
    """Harvests TOTEM documents from web folders, lists of addresses, archives and local folders."""

    p.implements(p.IActions)
    p.implements(p.IAuthFunctions)
    p.implements(p.IBlueprint)
    p.implements(p.ITemplateHelpers)
    p.implements(p.IPackageController, inherit=True)
    p.implements(p.IConfigurable, inherit=True)

    def configure(self, _config: Any) -> None:
        """Once every plugin is loaded."""
        redaction.hide_in_activities()
        workdir.SWEEPERS["harvest"] = redaction.clean_activities

    def get_helpers(self) -> dict[str, Any]:
        """What pages of other rooms say of conflicts."""
        return {"budget_open_conflicts": conflict_pages.budget_open_conflicts}

    def get_actions(self) -> dict[str, Any]:
        """Actions of its own, and those of CKAN and of ckanext-harvest that it refines."""
        from ckanext.budget.harvest import clearing, recovery

        rooms = (actions, trial, source_guard, recovery, clearing, redaction)
        ours = {name: action for room in rooms for name, action in room.ACTIONS.items()}
        return ours | foreign_doors.actions()

    def get_auth_functions(self) -> dict[str, Any]:
        """Who may call the actions of its own, and who has no account for the others."""
        return actions.AUTH | trial.AUTH | foreign_doors.auth_functions()

    def get_blueprint(self) -> list[Any]:
        """The trial of a source, conflicts, and what is asked before something changes."""
        return [blueprint, conflict_pages.blueprint, confirmed.blueprint]

    def after_dataset_show(self, context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
        """A source as its reader may read it."""
        redaction.after_show(context, data_dict)
        return data_dict

    def after_dataset_search(self, search_results: Any, _search_params: Any) -> Any:
        """Sources as everybody may read them, whoever searches."""
        for package in search_results["results"]:
            if redaction.is_source(package):
                redaction.redact(package)
        return search_results

    def before_dataset_index(self, pkg_dict: dict[str, Any]) -> dict[str, Any]:
        """No message of a harvest in the search index."""
        return redaction.before_index(pkg_dict)

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
        """The text as it is stored, when it is valid. Raises ConfigError (French sentences)."""
        collect.validate_config(text)
        return collect.stored_config(text)

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
            self._save_gather_error(document.reason_of(error, where), job)
            return []

    def _gather(self, job: HarvestJob) -> list[str]:
        workdir.sweep(time.time())
        disk.check_room()
        notes.adopt_all(HarvestObject.harvest_source_id == job.source.id)
        if already := objects.waiting(job):
            return already
        objects.prune(job.source.id)
        setting = grants.setting_of(job.source)
        known = objects.remembered(job.source.id)
        with document.source_of(job.source, setting) as source:
            listed, refused = self._listed(source.list(), job, setting)
            complete = source.complete
        new, same = _sorted(listed, known)
        if complete and setting["withdrawn"] != "keep":
            for guid, former in self._gone(job, known, {*listed, *refused}).items():
                new[guid] = replace(former.note, action=WITHDRAW)
        refused_before = objects.refusals(job.source.id, __version__)
        unusable = {
            guid: refusal
            for guid, refusal in refused_before.items()
            if guid in new and new[guid].action == GET and new[guid].is_as_listed(refusal.note)
        } | objects.withdrawn(listed, known)
        new = {guid: note for guid, note in new.items() if guid not in unusable}
        now = datetime.now(timezone.utc)
        return objects.add_objects(job, new, same, now, unusable)

    def _gone(
        self, job: HarvestJob, known: dict[str, Remembered], seen: set[str]
    ) -> dict[str, Remembered]:
        """Published documents to withdraw; a doubt about the listing becomes a gather error."""
        gone = objects.absent(known, seen)
        if (doubt := plausible.doubt(known, gone)) is None:
            return gone
        believed = plausible.missed_twice(job, gone)
        if len(believed) < len(gone):
            self._save_gather_error(doubt, job)
        return believed

    def _listed(
        self, items: Iterable[collect.Listed], job: HarvestJob, setting: dict[str, Any]
    ) -> tuple[dict[str, Note], set[str]]:
        """Notes of the documents by locator, and the locators of the unusable entries.

        An unusable entry becomes a gather error; it is still at the source.
        """
        found: dict[str, Note] = {}
        refused: set[str] = set()
        settings, priority = _settings(setting), setting.get("priority")
        for item in items:
            if isinstance(item, collect.CollectError):
                self._save_gather_error(str(item), job)
                refused.add(item.locator)
            else:
                rank = collect.rank_of(item.name, priority) + _LAST * _is_table(item)
                listed = keyed(item.version or "") or None
                found[item.locator] = Note(item.name, settings, listed=listed, rank=rank)
        return found, refused

    @_contained("Fetch")
    def fetch_stage(self, harvest_object: HarvestObject) -> bool | str:
        """Download, compare with what is published, mask. True, or "unchanged"."""
        _sweep_once()
        if harvest_object.current or notes.of(harvest_object).action == WITHDRAW:
            return True
        known = document.published_state(harvest_object)
        return "unchanged" if document.fetch(harvest_object, known) is None else True

    @_contained("Import")
    def import_stage(self, harvest_object: HarvestObject) -> bool | str:
        """Publish the masked document. True, or "unchanged"; safe to run again at any time."""
        with deferred_commits():
            return document.settle(harvest_object)


def _is_table(item: collect.Candidate) -> bool:
    return item.is_table or item.locator.lower().endswith(".csv")


def _settings(setting: dict[str, Any]) -> str:
    """Changes when what is published of the same bytes may change."""
    deciding = {name: setting.get(name) for name in ("dataset_per", "filters")}
    deciding |= {"policy": document.policy_of(setting), "maker": MAKER}
    text = json.dumps(deciding, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _sorted(
    listed: dict[str, Note], known: dict[str, Remembered]
) -> tuple[dict[str, Note], dict[str, Remembered]]:
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
