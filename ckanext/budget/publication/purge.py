"""Erasure that erases: what deleted and purged budgets leave on the portal.

CKAN keeps the files, the rows and the sheet of what is deleted, and the files of what is purged.
After ``ckanext.budget.purge_days`` nothing of a deleted budget or a withdrawn document is left but
what other portals took, and the line that says who withdrew it and why.
"""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import sqlalchemy as sa
from ckan import model

from ckanext.budget import config
from ckanext.budget.core import activities
from ckanext.budget.core.contexts import site_context
from ckanext.budget.core.storage import path_of
from ckanext.budget.core.tables import (
    is_ready,
    masking_table,
    report_table,
    summary_resource_table,
    summary_table,
    version_table,
)
from ckanext.budget.publication import datastore, withdrawals
from ckanext.budget.publication.datasets import call, locked_dataset
from ckanext.budget.sheet.identity import is_reserved

log = logging.getLogger(__name__)

_OF_RESOURCES = (report_table, version_table, masking_table, summary_resource_table)
_STORED = re.compile(r"([0-9a-f-]{36})(\.[0-9a-f]{8})?")


@dataclass
class Tally:
    """What was removed: datasets, resources, files, DataStore tables, rows of our own tables,
    revisions of the activity stream."""

    datasets: int = 0
    resources: int = 0
    files: int = 0
    tables: int = 0
    rows: int = 0
    activities: int = 0

    @property
    def total(self) -> int:
        """Things of every kind."""
        return sum(vars(self).values())


def purge() -> Tally:
    """Remove what was deleted more than ``ckanext.budget.purge_days`` ago; what was removed."""
    tally = Tally()
    limit = datetime.now(timezone.utc).replace(tzinfo=None) - timedelta(days=config.purge_days())
    _forget_withdrawals(limit, tally)
    for package_id in _deleted_datasets(limit):
        with locked_dataset(package_id):
            _purge_dataset(package_id, tally)
    _purge_resources(_deleted_resources(limit), tally)
    _purge_tables(tally)
    _purge_files(tally)
    _purge_rows(tally)
    tally.activities += activities.forget_lost(limit, withdrawals.resource_ids())
    model.Session.commit()
    log.info("purge: %s", tally)
    return tally


def sweep() -> int:
    """The same for the daily control; the number of things removed."""
    return purge().total


def _deleted_datasets(limit: datetime) -> list[str]:
    query = model.Session.query(model.Package.id).filter(
        model.Package.type == "budget",
        model.Package.state == model.State.DELETED,
        model.Package.metadata_modified < limit,
    )
    return [identifier for (identifier,) in query]


def _deleted_resources(limit: datetime) -> list[str]:
    """Those of budgets that are still there."""
    query = model.Session.query(model.Resource.id).join(model.Package)
    query = query.filter(
        model.Package.type == "budget",
        model.Resource.state == model.State.DELETED,
        sa.func.coalesce(model.Resource.metadata_modified, model.Resource.created) < limit,
    )
    kept = withdrawals.resource_ids()
    return [identifier for (identifier,) in query if identifier not in kept]


def _purge_dataset(package_id: str, tally: Tally) -> None:
    query = model.Session.query(model.Resource.id).filter_by(package_id=package_id)
    identifiers = [identifier for (identifier,) in query]
    _remove_data(identifiers, tally)
    _release_harvests(package_id)
    tally.activities += activities.forget([package_id])
    call("dataset_purge", site_context(), {"id": package_id})
    tally.datasets += 1
    tally.resources += len(identifiers)


def _forget_withdrawals(limit: datetime, tally: Tally) -> None:
    """Nobody puts back any more what was withdrawn before ``limit``."""
    identifiers = list(withdrawals.forget_files(limit.replace(tzinfo=timezone.utc)))
    _remove_data(identifiers, tally)
    tally.activities += activities.forget(identifiers)
    model.Session.commit()


def _release_harvests(package_id: str) -> None:
    """The harvester's objects refer to the dataset: PostgreSQL would refuse to let it go."""
    if sa.inspect(model.Session.connection()).has_table("harvest_object"):
        query = sa.text("UPDATE harvest_object SET package_id = NULL WHERE package_id = :id")
        model.Session.execute(query, {"id": package_id})


def _purge_resources(identifiers: list[str], tally: Tally) -> None:
    _remove_data(identifiers, tally)
    tally.activities += activities.forget(identifiers)
    for identifier in identifiers:
        resource = model.Resource.get(identifier)
        if resource is not None:
            resource.purge()
            tally.resources += 1
    model.Session.commit()


def _remove_data(identifiers: Iterable[str], tally: Tally) -> None:
    for identifier in identifiers:
        path = path_of(identifier)
        if path is not None and path.exists():
            path.unlink()
            tally.files += 1
        if config.datastore_enabled():
            tally.tables += datastore.drop(identifier)


def _purge_tables(tally: Tally) -> None:
    """DataStore tables of budgets whose resource is no more."""
    if not config.datastore_enabled():
        return
    names = [name for name in datastore.table_names() if is_reserved(name)]
    for identifier in set(names) - _known(names):
        tally.tables += datastore.drop(identifier)


def _purge_files(tally: Tally) -> None:
    """Files of the storage, old enough, whose resource is no more: of budgets only."""
    probe = path_of(str(uuid.uuid4()))
    if probe is None:
        return
    root, oldest = probe.parents[2], time.time() - config.purge_days() * 86400
    found: dict[Path, str] = {}
    for path in root.glob("*/*/*"):
        match = _STORED.fullmatch("".join(path.parts[-3:]))
        if match and is_reserved(match[1]) and path.stat().st_mtime < oldest:
            # A second name is what an interrupted publication left: its file has the first.
            found[path] = "" if match[2] else match[1]
    gone = set(found.values()) - _known(found.values())
    for path, identifier in found.items():
        if identifier in gone:
            path.unlink(missing_ok=True)
            tally.files += 1


def _purge_rows(tally: Tally) -> None:
    """Reports, digests and summaries of resources that are no more.

    Those of a publication under way are in its transaction: nobody else sees them before it ends.
    """
    if not is_ready():
        return
    known, kept = model.resource_table.c.id, withdrawals.resource_ids()
    for table in _OF_RESOURCES:
        column = table.c.resource_id
        gone = column.is_not(None) & ~sa.exists().where(known == column) & column.not_in(kept)
        tally.rows += model.Session.execute(table.delete().where(gone)).rowcount
    shown = sa.exists().where(summary_resource_table.c.key == summary_table.c.key)
    old = summary_table.c.created < datetime.now(timezone.utc) - timedelta(days=1)
    tally.rows += model.Session.execute(summary_table.delete().where(old, ~shown)).rowcount
    model.Session.commit()


def _known(identifiers: Iterable[str]) -> set[str]:
    """Those that CKAN has, deleted and withdrawn ones included: their own delay is not over."""
    query = model.Session.query(model.Resource.id)
    query = query.filter(model.Resource.id.in_(list(identifiers)))
    return {identifier for (identifier,) in query} | withdrawals.resource_ids()
