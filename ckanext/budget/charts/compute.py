"""Make summaries: small files at once, larger and distant ones in a background job.

``state_of`` is what a request calls. It never waits for the network nor for a large file: it
answers ``computing`` and leaves the work to ``ckan jobs worker``.
"""

from __future__ import annotations

import hashlib
import io
import logging
from datetime import datetime, timedelta, timezone
from pathlib import Path

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.budget.charts import siblings, source, store
from ckanext.budget.charts.store import Known
from ckanext.budget.charts.subject import Subject, as_dict, is_scdl, subject_of
from ckanext.budget.core.errors import safe_description
from ckanext.budget.core.jobs import enqueue
from ckanext.budget.totem.errors import TotemError
from ckanext.budget.totem.model import Header
from ckanext.budget.totem.summary import Beside, Hints, Summary, summarise
from ckanext.budget.totem.summary.document import beside_of

log = logging.getLogger(__name__)

RETRY_AFTER = timedelta(hours=1)
"""A failure is kept that long before the same file is tried again."""

_JOB_SECONDS = 600


def find_subject(resource_id: str) -> Subject | None:
    """The resource as it is now, None when it does not exist or is no SCDL table.

    Any reader may ask: nothing else of the portal is ever fetched or read for the asking.
    """
    resource = model.Resource.get(resource_id)
    if resource is None or resource.state != "active" or not is_scdl(as_dict(resource)):
        return None
    package = model.Package.get(resource.package_id)
    return subject_of(resource, package.extras if package else {})


def state_of(subject: Subject) -> Known:
    """What can be answered now; starts what is missing."""
    known = store.find(subject.resource_id)
    if known is None or not _is_current(known, subject):
        _start(subject)
        return store.find(subject.resource_id) or _nothing(subject)
    if known.state == "ready" and _is_old_link(known, subject):
        _ask(subject, is_refresh=True)
    return known


def compute(subject: Subject) -> None:
    """Read, summarise and store now; a failure is stored as a French sentence."""
    try:
        data = source.read(subject)
        _remember(subject, data)
    except (TotemError, source.Unreadable) as error:
        store.fail(subject, str(error))
    except Exception as error:
        log.error("resource %s: no summary: %s", subject.resource_id, safe_description(error))
        store.fail(subject, "Les graphiques n'ont pas pu être préparés : prévenez le portail.")


def compute_in_job(resource_id: str) -> None:
    """What the worker runs."""
    subject = find_subject(resource_id)
    if subject:
        compute(subject)


def keep(subject: Subject) -> None:
    """Compute and store the summary of a stored file, for a resource not committed yet.

    The resource's own state is written in CKAN's transaction, and stands or falls with it.
    Raises what goes wrong.
    """
    key = store.known_key(subject)
    if not key:
        data = source.read(subject)
        sha256 = hashlib.sha256(data).hexdigest()
        key = store.save_summary(sha256, subject.hints, _summarised(subject, data))
    store.link_with_publication(subject, key)


def keep_prepared(sha256: str, header: Header, summary: Path) -> None:
    """Store the summary that was made while a document was converted, by the hash of its CSV.

    Its resource finds it when it comes. A failure is a line in the log: the CSV is then read.
    """
    try:
        store.save_summary(sha256, Hints.of(header), Summary.load(summary.read_bytes()))
    except Exception as error:
        log.error("document %s: its summary is not kept: %s", header.slug, safe_description(error))


def _remember(subject: Subject, data: bytes) -> None:
    sha256 = hashlib.sha256(data).hexdigest()
    store.save(subject, sha256, _summarised(subject, data))


def _summarised(subject: Subject, data: bytes) -> Summary:
    return summarise(data, subject.hints, _beside(subject, data))


def _beside(subject: Subject, data: bytes) -> Beside | None:
    """Debt and printed ratios, which no line tells: read in the masked document that is published
    beside the table. None without it, or when it is another budget's: they are then not computed.
    """
    document = siblings.of(subject.resource_id, "xml")
    if document is None:
        return None
    try:
        header, beside = beside_of(io.BytesIO(source.read(document)))
    except (TotemError, source.Unreadable) as error:
        log.error("document of %s: %s", subject.resource_id, safe_description(error))
        return None
    return beside if header.siret.encode() in data else None


def _is_current(known: Known, subject: Subject) -> bool:
    if known.fingerprint != subject.fingerprint:
        return False
    age = datetime.now(timezone.utc) - known.updated
    if known.state == "ready":
        return known.body is not None
    return age < (RETRY_AFTER if known.state == "failed" else store.CLAIMED_FOR)


def _is_old_link(known: Known, subject: Subject) -> bool:
    hours = tk.config.get("ckanext.budget.view.link_refresh_hours")
    if subject.is_upload or not hours:
        return False
    return datetime.now(timezone.utc) - known.updated > timedelta(hours=hours)


def _start(subject: Subject) -> None:
    key = store.known_key(subject)
    if key:
        store.link(subject, key)
        return
    size = _work(subject)
    limit = tk.config.get("ckanext.budget.view.inline_bytes")
    if size is not None and size <= limit:
        compute(subject)
    else:
        _ask(subject)


def _work(subject: Subject) -> int | None:
    """Bytes to read: those of the table and of the document beside it; None when unknown."""
    size, document = source.size_of(subject), siblings.of(subject.resource_id, "xml")
    more = source.size_of(document) if document else 0
    return None if size is None or more is None else size + more


def _ask(subject: Subject, is_refresh: bool = False) -> None:
    """Put the computation on the queue, once; a refresh leaves the old summary in place."""
    if is_refresh:
        if not store.touch(subject):
            return
    elif not store.claim(subject):
        return
    try:
        title = f"Budget summary of {subject.resource_id}"
        enqueue(compute_in_job, [subject.resource_id], title, _JOB_SECONDS)
    except Exception as error:
        log.error(
            "resource %s: the job queue does not answer: %s",
            subject.resource_id,
            safe_description(error),
        )
        if not is_refresh:
            store.fail(subject, "La file des traitements ne répond pas : réessayez plus tard.")


def _nothing(subject: Subject) -> Known:
    now = datetime.now(timezone.utc)
    return Known(subject.fingerprint, "computing", "", now, None, None)
