"""Clearing a source removes what that source brought, and nothing else.

ckanext-harvest purges every dataset that an object of the source ever touched: for budgets, that is
other sources' documents and deposits of the same exercise too.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.lib import search
from ckanext.harvest.model import (
    HarvestGatherError,
    HarvestJob,
    HarvestObject,
    HarvestObjectError,
    HarvestObjectExtra,
    HarvestSource,
)

from ckanext.budget import collect
from ckanext.budget.core.access import Action
from ckanext.budget.core.contexts import site_context
from ckanext.budget.core.errors import ForeignDataset, SourceHeld
from ckanext.budget.core.tables import conflict_table, source_grant_table
from ckanext.budget.harvest import conflicts, grants, precedence
from ckanext.budget.publication.withdrawal import relocate, withdraw

log = logging.getLogger(__name__)

_NO_SYNC: dict[str, Any] = {"execution_options": {"synchronize_session": False}}


def clear(source: HarvestSource) -> int:
    """Remove the documents that the source brought, its jobs and its objects; how many documents.

    A document that another source offers with the same bytes stays online, as that one's.
    """
    touched = _touched(source.id)
    removed = 0
    for package_id in touched:
        for published in list(_brought(source, package_id)):
            removed += _remove(source, published)
    _forget(source.id)
    for package_id in touched:
        _reindex(package_id)
    log.info("harvest source=%s: cleared, %d document(s) removed", source.id, removed)
    return removed


def _touched(source_id: str) -> list[str]:
    """Datasets that exist and that an object of the source names."""
    query = (
        model.Session.query(HarvestObject.package_id)
        .join(model.Package, model.Package.id == HarvestObject.package_id)
        .filter(HarvestObject.harvest_source_id == source_id)
        .distinct()
    )
    return sorted(row.package_id for row in query)


def _brought(source: HarvestSource, package_id: str) -> Iterator[Mapping[str, Any]]:
    """One resource of each document of the dataset that the source brought and may still write."""
    package = tk.get_action("package_show")(
        {"ignore_auth": True, "use_cache": False}, {"id": package_id}
    )
    if package.get("type") != "budget" or package["state"] != model.State.ACTIVE:
        return
    documents = {item["document"]: item for item in package["resources"] if item.get("document")}
    for slug, published in documents.items():
        if precedence.came_from(source.id, published) and _may_write(source, slug, package):
            yield published


def _may_write(source: HarvestSource, slug: str, package: Mapping[str, Any]) -> bool:
    """A dataset that was handed over since is its new owner's."""
    try:
        setting = grants.setting_of(source)
    except (collect.ConfigError, SourceHeld):
        setting = {"organization": "source"}
    try:
        conflicts.check(source, setting, slug, package)
    except ForeignDataset:
        return False
    return True


def _remove(source: HarvestSource, published: Mapping[str, Any]) -> int:
    """1 when the document is not online any more."""
    package_id, slug = published["package_id"], published["document"]
    offered = precedence.holders(package_id, slug)
    others = [item for item in offered if item.source_id != source.id]
    heir = next((item for item in others if item.has_bytes_of(published)), None)
    if heir:
        relocate(package_id, slug, heir.provenance(), site_context())
        return 0
    withdraw(package_id, slug, "delete", site_context())
    precedence.release(others)
    model.Session.commit()
    return 1


def _forget(source_id: str) -> None:
    """Jobs, objects and conflicts of the source, in one transaction."""
    objects = sa.select(HarvestObject.id).where(HarvestObject.harvest_source_id == source_id)
    jobs = sa.select(HarvestJob.id).where(HarvestJob.source_id == source_id)
    for statement in (
        sa.delete(HarvestObjectError).where(HarvestObjectError.harvest_object_id.in_(objects)),
        sa.delete(HarvestObjectExtra).where(HarvestObjectExtra.harvest_object_id.in_(objects)),
        sa.delete(HarvestObject).where(HarvestObject.harvest_source_id == source_id),
        sa.delete(HarvestGatherError).where(HarvestGatherError.harvest_job_id.in_(jobs)),
        sa.delete(HarvestJob).where(HarvestJob.source_id == source_id),
        sa.delete(conflict_table).where(conflict_table.c.source_id == source_id),
    ):
        model.Session.execute(statement, **_NO_SYNC)
    model.Session.commit()
    model.Session.expire_all()


def _reindex(package_id: str) -> None:
    """The dataset is not said to come from the source any more."""
    package = model.Package.get(package_id)
    if package is not None and package.state == model.State.ACTIVE:
        search.rebuild(package_id)


def _ours(data_dict: Mapping[str, Any]) -> HarvestSource | None:
    """The TOTEM source that the action is about."""
    source = HarvestSource.get(data_dict.get("id") or "")
    return source if source is not None and source.type == "totem" else None


@tk.chained_action
def harvest_source_clear(original: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Remove what a TOTEM source brought; ckanext-harvest's own way for the others."""
    source = _ours(data_dict)
    if source is None:
        return original(context, data_dict)
    tk.check_access("harvest_source_clear", context, data_dict)
    clear(source)
    tk.get_action("harvest_source_reindex")(site_context(), {"id": source.id})
    return {"id": source.id}


@tk.chained_action
def harvest_source_index_clear(original: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Datasets of budgets stay in the index: they hold documents of others too."""
    tk.check_access("harvest_source_index_clear", context, data_dict)
    source = _ours(data_dict)
    return original(context, data_dict) if source is None else {"id": source.id}


@tk.chained_action
def harvest_source_job_history_clear(
    original: Action, context: Any, data_dict: dict[str, Any]
) -> Any:
    """Reports of former jobs go; what is known of the documents that are online stays.

    Without it a document that leaves its source would stay for ever, and clearing the source
    would not know what it brought.
    """
    tk.check_access("harvest_source_job_history_clear", context, data_dict)
    if _ours(data_dict) is not None:
        data_dict = {**data_dict, "keep_current": True}
    return original(context, data_dict)


@tk.chained_action
def harvest_source_reindex(original: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """ckanext-harvest asks nobody's leave, and reads the source as if it might.

    ``defer_commit`` is the mark of ``harvest_sources_reindex``, which asked.
    """
    if context.get("defer_commit"):
        context["ignore_auth"] = True
    tk.check_access("harvest_source_reindex", context, data_dict)
    return original(context, data_dict)


@tk.chained_action
def dataset_purge(original: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """A purged source leaves no grant to whoever makes another under its id."""
    package = model.Package.get(data_dict.get("id") or "")
    identifier = package.id if package else None
    answer = original(context, data_dict)
    if identifier:
        grants_of = source_grant_table.c.source_id == identifier
        model.Session.execute(sa.delete(source_grant_table).where(grants_of))
        model.Session.commit()
    return answer


ACTIONS = {
    "harvest_source_clear": harvest_source_clear,
    "harvest_source_index_clear": harvest_source_index_clear,
    "harvest_source_job_history_clear": harvest_source_job_history_clear,
    "harvest_source_reindex": harvest_source_reindex,
    "dataset_purge": dataset_purge,
}
