"""What becomes of one document of a source: fetched, published, withdrawn, or refused.

The states of a harvest object and the functions that lead from one to the next::

    listed ── fetch ──> masked, in the spool ── settle ──> published | unchanged
       │                                          │
       │ same bytes                               ├── withdrawn: marked or deleted,
       └────> unchanged                           │   or handed over to another place
                                                  └── failed: refused for good, or again later

The raw bytes live only in a private directory, for the time of :func:`fetch`, which masks them at
once. What waits for :func:`settle` is the masked work; when it is missing (another machine, a
reboot), it is fetched again.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import ckan.plugins.toolkit as tk
from ckan import model
from ckanext.harvest.model import HarvestObject, HarvestObjectError, HarvestSource

from ckanext.budget import __version__, collect, config, sheet
from ckanext.budget.core import disk, workdir
from ckanext.budget.core.contexts import site_context
from ckanext.budget.core.digests import harmless, keyed
from ckanext.budget.core.errors import (
    ForeignDataset,
    PublicationError,
    WithdrawalPostponed,
    safe_description,
)
from ckanext.budget.harvest import (
    claims,
    conflicts,
    grants,
    notes,
    objects,
    precedence,
    redaction,
)
from ckanext.budget.harvest.circuit_breaker import CircuitBreaker
from ckanext.budget.harvest.notes import WITHDRAW, Note
from ckanext.budget.harvest.objects import Remembered
from ckanext.budget.publication import version_order
from ckanext.budget.publication.organizations import organization_for
from ckanext.budget.publication.prepared import Prepared, applied_policy, prepare
from ckanext.budget.publication.publish import Request, publish_prepared
from ckanext.budget.publication.withdrawal import relocate, withdraw
from ckanext.budget.totem.errors import TotemError
from ckanext.budget.totem.model import Header

log = logging.getLogger(__name__)

EXPLAINED = (TotemError, PublicationError, collect.CollectError, collect.ConfigError)
"""Errors whose message is a French sentence fit for the publisher."""

_BREAKER = CircuitBreaker()

_PATIENCE = 60
"""Seconds that a withdrawal waits for the documents being worked on."""


def fetch(harvest_object: HarvestObject, known: Remembered | None = None) -> Prepared | None:
    """The masked document; None when its bytes are the ``known`` ones."""
    disk.check_room()
    with workdir.private_directory() as private:
        path = private / "document.xml"
        note = _download(harvest_object, path, known)
        if known and known.note.version == note.version:
            objects.refresh(known, note)
            return None
        prepared = _prepared(harvest_object, path)
    notes.write(harvest_object.id, replace(note, slug=prepared.header.slug))
    harvest_object.save()
    return prepared


def _download(harvest_object: HarvestObject, path: Path, known: Remembered | None) -> Note:
    """Put the document in ``path``; its note. Nothing is written if it is the known one."""
    note = notes.of(harvest_object)
    tags = collect.Known(known.note.etag, known.note.modified) if known else None
    origin = harvest_object.source
    with (
        source_of(origin, setting_of(harvest_object)) as source,
        _BREAKER.guard(origin.id, origin.url),
    ):
        fetched = source.fetch(harvest_object.guid, path, tags)
    if isinstance(fetched, collect.NotModified):
        assert known is not None  # only a known document can be the same
        told = known.note
        return replace(note, etag=told.etag, modified=told.modified, version=told.version)
    version, etag = keyed(fetched.sha256), harmless(fetched.etag)
    return replace(note, etag=etag, modified=fetched.modified, version=version)


def _prepared(harvest_object: HarvestObject, path: Path) -> Prepared:
    """What may be published of the file. Raises TotemError."""
    from ckanext.budget.publication import foreign_table  # frictionless takes a second to import

    folder = workdir.emptied(harvest_object.id)
    if foreign_table.is_table(path):
        return foreign_table.prepare(path, folder)
    return prepare(path, folder, policy_of(setting_of(harvest_object)))


def settle(harvest_object: HarvestObject) -> bool | str:
    """Publish or withdraw: True, or "unchanged"; safe to run again at any time."""
    if notes.of(harvest_object).action == WITHDRAW:
        return _withdraw(harvest_object)
    if harvest_object.current and harvest_object.state == "IMPORT":
        return _delivered_again(harvest_object)
    prepared = Prepared.read(workdir.kept(harvest_object.id))
    try:
        # without a known state, what is fetched is never "unchanged"
        return _import(harvest_object, prepared or cast(Prepared, fetch(harvest_object)))
    finally:
        forget(harvest_object.id)


def _delivered_again(harvest_object: HarvestObject) -> bool | str:
    """The queue lost the acknowledgement of an object that is published already."""
    if harvest_object.package_id is None:
        return "unchanged"
    past = objects.has_past(harvest_object)
    return _reported(harvest_object, "updated" if past else "added")


def _import(harvest_object: HarvestObject, prepared: Prepared) -> bool | str:
    setting = setting_of(harvest_object)
    header = prepared.header
    if _refusal(setting, header):
        log.info("harvest object %s: not asked for by the filters", harvest_object.id)
        return _settled(harvest_object, None)
    context, set_aside = _context(), list[str]()
    request = Request(
        organization_for(setting["organization"], header, harvest_object.source.id, context),
        provenance=_provenance(harvest_object),
        protect=setting["protect"],
        dataset_per=setting["dataset_per"],
        force=bool(harvest_object.current),
        before_write=partial(objects.make_current, harvest_object),
        accept=partial(_prevails, harvest_object, prepared, set_aside),
        may_restore=objects.deleted_dataset,
        may_write=partial(conflicts.check, harvest_object.source, setting, header.slug),
    )
    outcome = publish_prepared(prepared, request, context)
    if outcome.aside:
        set_aside.append(f"{notes.of(harvest_object).name} : {outcome.aside}")
    for sentence in set_aside:
        HarvestObjectError.create(sentence, harvest_object, "Import")
    if outcome.status == "unchanged":
        return _settled(harvest_object, outcome.package_id)
    return _reported(harvest_object, "added" if outcome.status == "created" else "updated")


def _prevails(
    harvest_object: HarvestObject,
    prepared: Prepared,
    set_aside: list[str],
    published: Mapping[str, Any],
) -> bool:
    """Whether the document replaces the published one: its owner said so, or it comes first.

    A version of another place that gives way is named in ``set_aside``.
    """
    source, slug = harvest_object.source, prepared.header.slug
    if conflicts.is_accepted(source, slug, published["package_id"]):
        return True
    if not precedence.prevails(harvest_object, prepared, published):
        return False
    former = precedence.name_of_other(harvest_object, published)
    if former:
        theirs = version_order.of_resource(published)
        sentence = version_order.set_aside(theirs, version_order.of_document(prepared))
        set_aside.append(f"{former} : {sentence}")
    return True


def _settled(harvest_object: HarvestObject, package_id: str | None) -> str:
    """Remember the document as seen, nothing having been written."""
    objects.make_current(harvest_object, package_id)
    model.Session.commit()
    return "unchanged"


def _withdraw(harvest_object: HarvestObject) -> bool | str:
    """Apply the source's ``withdrawn`` policy to a document that it no longer lists."""
    policy = setting_of(harvest_object)["withdrawn"]
    former = remembered_state(harvest_object)
    if former is None or not former.package_id or policy == "keep":
        return "unchanged"
    if not _is_ours(harvest_object, former):
        _retire(harvest_object, None)
        return "unchanged"
    _wait_for_the_others(harvest_object)
    if others := _elsewhere(former):
        return _hand_over(harvest_object, former, others)
    slug = former.note.slug or ""
    changed = withdraw(former.package_id, slug, policy, _context())
    if policy == "mark" and not changed:
        return "unchanged"
    _retire(harvest_object, former.package_id)
    return _reported(harvest_object, "updated" if policy == "mark" else "deleted")


def _is_ours(harvest_object: HarvestObject, former: Remembered) -> bool:
    """Whether the document is still one that the source may write.

    Its dataset may have been given to another organisation since: what the source no longer
    offers is then that organisation's affair, and the report says so once.
    """
    package = model.Package.get(former.package_id)
    if package is None:
        return True
    told = {"id": package.id, "owner_org": package.owner_org, "siret": package.extras.get("siret")}
    setting = setting_of(harvest_object)
    try:
        conflicts.check(harvest_object.source, setting, former.note.slug or "", told)
    except ForeignDataset as error:
        HarvestObjectError.create(str(error), harvest_object, "Import")
        return False
    return True


def _hand_over(
    harvest_object: HarvestObject, former: Remembered, others: list[precedence.Holder]
) -> str:
    """The document stays online, as another place offers it: "unchanged"."""
    same = [item for item in others if item.note.version == former.note.version]
    if same and former.package_id:
        heir = HarvestObject.get(same[0].id)
        slug, context = former.note.slug or "", _context()
        relocate(former.package_id, slug, _provenance(heir), context)
    else:
        precedence.release(others)
    _retire(harvest_object, None)
    return "unchanged"


def _retire(harvest_object: HarvestObject, package_id: str | None) -> None:
    objects.retire(harvest_object)
    harvest_object.package_id = package_id
    harvest_object.current = False
    harvest_object.save()


def failed(harvest_object: HarvestObject, error: Exception, stage: str) -> None:
    """Write the error down, and whether the next run may try again."""
    note = notes.of(harvest_object)
    error = _told_by_the_disk(error)
    if getattr(error, "transient", False):
        note = replace(note, transient=True, chances=note.chances + 1)
    elif isinstance(error, TotemError):
        note = replace(note, refused=__version__)
    elif isinstance(error, ForeignDataset):
        conflicts.note(error, harvest_object.harvest_source_id)
    notes.write(harvest_object.id, note)
    reason = reason_of(error, f"harvest object={harvest_object.id}")
    HarvestObjectError.create(f"{note.name} : {reason}", harvest_object, stage)


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


def _refusal(setting: dict[str, Any], header: Header) -> str | None:
    return collect.Filters.from_config(setting).refusal(
        siret=header.siret,
        fiscal_year=header.fiscal_year,
        stage=header.stage.name,
        body_kind=sheet.body_kind(header),
    )


def _provenance(harvest_object: HarvestObject) -> dict[str, Any]:
    modified = notes.of(harvest_object).modified
    return redaction.provenance(harvest_object.id, harvest_object.harvest_source_id, modified)


def _context() -> dict[str, Any]:
    """Of the user of harvests that the portal chose, else of the portal itself."""
    chosen = tk.config.get("ckanext.harvest.user_name")
    return {"user": chosen, "ignore_auth": True} if chosen else site_context()


def _reported(harvest_object: HarvestObject, status: str) -> bool:
    """Keep the document's own status ("added", "updated", "deleted") for the job's report."""
    harvest_object.totem_status = status
    return True


def setting_of(harvest_object: HarvestObject) -> dict[str, Any]:
    """The configuration of the object's source, as it is now. Raises ConfigError, SourceHeld."""
    return grants.setting_of(harvest_object.source)


def remembered_state(harvest_object: HarvestObject) -> Remembered | None:
    """The current state of the object's locator, if it was ever published or settled."""
    guid = harvest_object.guid
    return objects.remembered(harvest_object.source.id, guid).get(guid)


def published_state(harvest_object: HarvestObject) -> Remembered | None:
    """The published state of the locator, when it was published under the same settings."""
    former = remembered_state(harvest_object)
    if former is None or not former.is_online:
        return None
    return former if former.note.settings == notes.of(harvest_object).settings else None


def source_of(source: HarvestSource, setting: dict[str, Any]) -> collect.Source:
    """Where the source's documents come from, within the portal's limits. Raises CollectError."""
    return collect.source_for(
        source.url,
        setting,
        allowed_directories=config.local_directories(),
        network=config.network(),
        credential=config.credential(setting.get("auth")),
        workspace=config.spool_directory() / "archives",
    )


def policy_of(setting: dict[str, Any]) -> str:
    """What masks the source's documents: its own policy, or the portal's when that masks more."""
    return applied_policy(setting.get("policy") or "")


def reason_of(error: Exception, where: str) -> str:
    """The French sentence of the error; an unexpected one goes to the log with its place."""
    error = _told_by_the_disk(error)
    if isinstance(error, EXPLAINED):
        log.info("%s: %s", where, type(error).__name__)
        return str(error)
    log.error("%s: unexpected error: %s", where, safe_description(error))
    return (
        f"Erreur imprévue ({type(error).__name__}) : relancez le moissonnage ; si elle persiste, "
        "transmettez le journal du portail à son administrateur."
    )


def _told_by_the_disk(error: Exception) -> Exception:
    """A full disk as what it is, whatever it broke, with its place in the log."""
    full = disk.as_disk_full(error)
    if full is None or full is error:
        return error
    log.error("no room left: %s", safe_description(error))
    return full


def forget(identifier: str) -> None:
    """Remove the masked work of the harvest object from the spool."""
    shutil.rmtree(workdir.kept(identifier), ignore_errors=True)
