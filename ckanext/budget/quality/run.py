"""The a posteriori control: what is on line is checked again when files, rules or plans change.

Each dataset is its own transaction: the run may be stopped at any time, and the next one goes on
where it ended because what is done is no longer due.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.budget import sheet
from ckanext.budget.core import workdir
from ckanext.budget.core.contexts import PUBLICATION, site_context
from ckanext.budget.core.errors import safe_description
from ckanext.budget.core.jobs import enqueue
from ckanext.budget.core.tables import is_ready
from ckanext.budget.quality import store
from ckanext.budget.quality.due import due
from ckanext.budget.quality.inspect import Seen, inspect

log = logging.getLogger(__name__)


MENDERS: dict[str, Callable[[], tuple[int, int]]] = {}
"""What rooms above find broken and put right, by room: how many things, how many in vain."""


@dataclass
class Tally:
    """What a run did."""

    checked: int = 0
    changed: int = 0
    mended: int = 0
    failed: int = 0
    stopped: bool = False


def run(
    *,
    everything: bool = False,
    limit: int = 0,
    stop: Callable[[], bool] = lambda: False,
    tell: Callable[[str, Tally], None] = lambda _package, _tally: None,
) -> Tally:
    """Check what is due. ``stop`` is asked between two datasets, ``tell`` called after each."""
    tally = Tally()
    workdir.sweep(time.time())
    if not is_ready():
        raise tk.ValidationError({"control": [tk._("Run first: ckan db upgrade -p budget")]})
    store.prune()
    model.Session.commit()
    for mender in MENDERS.values():
        mended, failed = mender()
        tally.mended += mended
        tally.failed += failed
    for package_id, resource_ids in list(due(everything)):
        if stop() or (limit and tally.checked >= limit):
            tally.stopped = True
            break
        _guarded(package_id, resource_ids, tally)
        tell(package_id, tally)
    return tally


def leave() -> None:
    """Leave a run to a background worker, in pieces."""
    enqueue(_piece, [], "budget control")


def _piece() -> None:
    """Job: some hundreds of resources, then the next piece after what else waits in the queue."""
    tally = run(limit=_PIECE)
    log.info("control: %s checked, %s failed", tally.checked, tally.failed)
    if tally.stopped and tally.checked > tally.failed:
        leave()


_PIECE = 200


def _guarded(package_id: str, resource_ids: list[str], tally: Tally) -> None:
    try:
        _check(package_id, set(resource_ids), tally)
    except Exception as error:
        model.Session.rollback()
        tally.failed += len(resource_ids)
        log.error("control of dataset %s: %s", package_id, safe_description(error))
    finally:
        model.Session.expunge_all()


def _check(package_id: str, wanted: set[str], tally: Tally) -> None:
    context = _trusted()
    package = tk.get_action("package_show")(context, {"id": package_id})
    changed = False
    documents: dict[str, list[Any]] = {}
    for resource in sorted(package["resources"], key=_tables_last):
        seen = inspect(resource) if resource["id"] in wanted else None
        if resource.get("role") == "xml":
            documents[resource.get("document") or ""] = _findings(resource, seen)
        if seen is None:
            continue
        if resource.get("role") == "scdl" and resource.get("document"):
            # A table made from a document is as good as its document, at best.
            seen.report["findings"] += documents.get(resource["document"], [])
        store.record(
            seen.report,
            resource_id=resource["id"],
            package_id=package_id,
            sha256=seen.sha256,
            origin="control",
        )
        tally.checked += 1
        changed |= _judged(resource, seen.report)
    if changed:
        tally.changed += 1
        package["quality"] = sheet.worst_quality(package["resources"])
        package.pop("metadata_modified", None)
        tk.get_action("package_update")(_trusted(), package)
    model.Session.commit()


def _tables_last(resource: dict[str, Any]) -> bool:
    return resource.get("role") == "scdl"


def _findings(resource: dict[str, Any], seen: Seen | None) -> list[Any]:
    """What was just found in the document, else what its last report says."""
    if seen is not None:
        return seen.report["findings"]
    former = store.latest(resource["id"])
    return former["result"]["findings"] if former else []


def _judged(resource: dict[str, Any], report: dict[str, Any]) -> bool:
    """Write the verdict on the resource; whether it is another than before.

    A link has none of its own: its report tells.
    """
    if resource.get("role") not in sheet.CHECKED or report.get("kind") == "link":
        return False
    quality = sheet.quality_of(report)
    if resource.get("quality") == quality:
        return False
    resource["quality"] = quality
    if resource.get("findings") or resource["role"] == "scdl":
        grouped = sheet.table_fields(report)["findings"]
        resource["findings"] = grouped if json.loads(grouped) else ""
    return True


def _trusted() -> dict[str, Any]:
    return site_context(return_id_only=True, use_cache=False, **{PUBLICATION: True})
