"""What is left to workers.

A large document uploaded by the catalogue's form: its resource is there at once, without file; a
worker checks, masks and publishes the document in its place. And, of any deposit, what a lost queue
or a killed worker left behind.
"""

from __future__ import annotations

import logging
import shutil
from datetime import timedelta
from typing import BinaryIO

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.budget.core.disk import as_disk_full
from ckanext.budget.core.errors import PublicationError, safe_description
from ckanext.budget.core.jobs import enqueue_or_run, in_hand
from ckanext.budget.publication.publish import Request, publish_prepared
from ckanext.budget.quality.policy import blocking
from ckanext.budget.totem.errors import TotemError
from ckanext.budget.uploads.deposit import receive, store

log = logging.getLogger(__name__)

GRACE = timedelta(minutes=2)
"""A deposit that has moved within this is not looked at: its job may be about to be queued."""

_LOST = "La publication en tâche de fond n'a pas eu lieu : recommencez."


def sweep() -> int:
    """Hand out again what no worker has, and remove what nobody published in time."""
    return recover() + store.sweep()


def recover(deposit_id: str | None = None) -> int:
    """Mend the files (of one deposit, or of all) that wait for a job that does not exist any more.

    A document that waits for its check is handed out again; one that was to be published is its
    publisher's again, as what he agreed to left with the job. How many files. Nothing is done while
    Redis does not answer.
    """
    left = store.quiet(GRACE, deposit_id)
    held = in_hand() if left else None
    if held is None:
        return 0
    lost = [item for item in left if item.id not in held and store.take(item.id, GRACE)]
    checks: dict[str, list[str]] = {}
    for item in lost:
        if item.state == "publishing":
            store.change(item.id, state="ready", message=_LOST)
        elif not store.raw_folder(item.id).exists():
            store.change(item.id, state="refused", message=store.EXPIRED)
        elif item.target:
            leave(item.id, store.author_of(item.deposit_id))
        else:
            checks.setdefault(item.deposit_id, []).append(item.id)
    model.Session.commit()
    for identifier, files in checks.items():
        enqueue_or_run(receive.check_all, [files], f"budget deposit {identifier}")
    return len(lost)


def keep(resource_id: str, user_name: str, organization_id: str, stream: BinaryIO) -> str:
    """Keep the raw document for a worker, in CKAN's transaction; the id of its file.

    The bytes wait in a private folder that the job removes whatever happens, or :func:`forget`.
    """
    user = model.User.get(user_name)
    deposit_id = store.add(user.id if user else "", organization_id)
    file_id = store.add_file(deposit_id, "document.xml", "waiting", target=resource_id)
    receive.keep_raw(file_id, stream)
    return file_id


def forget(file_id: str) -> None:
    """Remove the raw bytes: their resource was not saved."""
    shutil.rmtree(store.raw_folder(file_id), ignore_errors=True)


def leave(file_id: str, user_name: str) -> None:
    """Leave the kept document to a worker. To be called once its resource is committed."""
    enqueue_or_run(check_and_publish, [file_id, user_name], f"budget upload {file_id}")


def check_and_publish(file_id: str, user_name: str) -> None:
    """Job: what the form would have done, and the reason on the resource when it is refused."""
    receive.check_waiting(file_id)
    item = store.one_file(file_id)
    if item is None or item.state not in ("ready", "blocked"):
        return
    try:
        state, message = "published", ""
        _publish(item, user_name)
    except (TotemError, PublicationError) as error:
        state, message = "refused", str(error)
    except Exception as error:
        model.Session.rollback()
        log.error("upload of resource %s: %s", item.target, safe_description(error))
        state = "refused"
        failed = tk._("The publication failed and nothing of it is on line: try again")
        message = str(as_disk_full(error) or failed)
    store.change(file_id, state=state, message=message)
    model.Session.commit()
    shutil.rmtree(item.folder, ignore_errors=True)


def _publish(item: store.DepositedFile, user_name: str) -> None:
    resource = model.Resource.get(item.target)
    if resource is None or resource.state != "active" or item.prepared is None:
        raise PublicationError(tk._("The resource does not exist any more"))
    if item.state == "blocked":
        raise PublicationError(" ".join(blocking(item.prepared.report["findings"])))
    request = Request(provenance={"origin": "upload"}, package_id=resource.package_id, force=True)
    publish_prepared(item.prepared, request, {"user": user_name})
