"""From a deposit to the catalogue, one document at a time, each whole or absent."""

from __future__ import annotations

import logging
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.budget.core.disk import as_disk_full
from ckanext.budget.core.errors import PublicationError, safe_description
from ckanext.budget.core.jobs import enqueue_or_run
from ckanext.budget.publication import states, way_back
from ckanext.budget.publication.publish import Request, publish_prepared
from ckanext.budget.totem.errors import TotemError
from ckanext.budget.uploads.deposit import store
from ckanext.budget.uploads.deposit.proposal import Document, Proposal, fields_of, proposals

log = logging.getLogger(__name__)

AT_ONCE = 10
"""Documents that a request publishes itself; more are left to a worker."""


def publish(
    deposit: store.Deposit,
    context: dict[str, Any],
    keys: set[str] | None = None,
    agreed: set[str] | None = None,
    restore: bool = False,
) -> None:
    """Publish what is ready, in the datasets named by ``keys`` (None: in all).

    A dataset whose documents are all on line as they are needs no choice: it is done.

    ``agreed``: ids of the files whose repair the publisher accepts (None: of all); a table that has
    to be mended is not published without. ``restore``: what was withdrawn or deleted before comes
    back. The state of each file tells what became of it.
    """
    chosen = [i for i in proposals(deposit) if keys is None or i.key in keys or i.is_online]
    ready = [d for item in chosen for d in item.documents if d.file.state == "ready"]
    mended = [d for d in ready if d.repairs and d.told.state != "identical"]
    kept = {d.file.id for d in mended if agreed is not None and d.file.id not in agreed}
    wanted = {d.file.id for d in ready} - kept
    for document in ready:
        if document.file.id not in wanted:
            message = tk._("Accept its corrections, or correct it and deposit it again")
            store.change(document.file.id, message=message)
    if len(wanted) > AT_ONCE:
        for identifier in wanted:
            store.change(identifier, state="publishing", message="")
        model.Session.commit()
        arguments = [deposit.id, context["user"], sorted(wanted), restore]
        enqueue_or_run(publish_waiting, arguments, f"budget deposit {deposit.id}")
        return
    model.Session.commit()
    for proposal in chosen:
        _publish_dataset(deposit, proposal, context, wanted, restore)


def publish_waiting(deposit_id: str, user: str, file_ids: list[str], restore: bool = False) -> None:
    """Job: publish the files of a large deposit in the name of its user."""
    deposit = store.find(deposit_id)
    if deposit is None:
        return
    for proposal in proposals(deposit, ("publishing",)):
        _publish_dataset(deposit, proposal, {"user": user}, set(file_ids), restore)


def _publish_dataset(
    deposit: store.Deposit,
    proposal: Proposal,
    context: dict[str, Any],
    wanted: set[str],
    restore: bool,
) -> None:
    for document in proposal.documents:
        if document.file.id in wanted:
            _publish_document(deposit, proposal, document, context, restore)


def _publish_document(
    deposit: store.Deposit,
    proposal: Proposal,
    document: Document,
    context: dict[str, Any],
    restore: bool,
) -> None:
    file_id = document.file.id
    # Told again: the document before may have restored the dataset of both.
    told = states.told(document.prepared, deposit.organization_id, context)
    if told.state == "identical":
        store.change(file_id, state="published", message="", package_id=told.package_id)
        model.Session.commit()
        return
    request = Request(
        deposit.organization_id,
        provenance={"origin": "upload"},
        fields=fields_of(proposal),
        force=True,
        restore=restore,
    )
    try:
        if restore and told.state == "deleted":
            way_back.restore(told.package_id, dict(context))
        outcome = publish_prepared(document.prepared, request, dict(context))
        done = {"name": outcome.document, "package_id": outcome.package_id}
        if outcome.aside:
            store.change(file_id, state="refused", message=outcome.aside)
        else:
            store.change(file_id, state="published", message="", **done)
    except (TotemError, PublicationError) as error:
        store.change(file_id, state="ready", message=str(error))
    except tk.NotAuthorized:
        message = tk._("You may not publish in the dataset of this budget")
        store.change(file_id, state="ready", message=message)
    except Exception as error:
        model.Session.rollback()
        log.error("publication of deposit file %s: %s", file_id, safe_description(error))
        failed = tk._("The publication failed and nothing of it is on line: try again")
        message = str(as_disk_full(error) or failed)
        store.change(file_id, state="ready", message=message)
    model.Session.commit()
