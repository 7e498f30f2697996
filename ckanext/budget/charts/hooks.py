"""What follows a change of dataset: every SCDL resource has its view and its summary.

Called inside the transaction of the change, so nothing here may break it: a failure is a line in
the log, and the summary is made when somebody looks.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.budget.charts import compute, source, store
from ckanext.budget.charts.subject import as_dict, is_scdl
from ckanext.budget.core.errors import safe_description

log = logging.getLogger(__name__)

VIEW_TYPE = "budget_view"
DEFAULT_TITLES = {"fr": "Le budget en graphiques", "en": "Budget charts"}
"""Titles of views that nobody named."""


def follow(package: Mapping[str, Any]) -> None:
    """Views and summaries of a dataset's SCDL resources.

    Read from the model: the dictionary of a change does not tell the ids of new resources.
    """
    found = model.Package.get(package.get("id"))
    for resource in found.resources if found else ():
        if is_scdl(as_dict(resource)):
            _attempt(_follow_resource, resource.id)


def forget(resource_id: str) -> None:
    """The resource is going."""
    _attempt(store.forget, [resource_id])


def _attempt(action: Any, argument: Any) -> None:
    try:
        with model.Session.begin_nested():
            action(argument)
    except sa.exc.ProgrammingError:
        log.error("budget_view: tables are missing, run: ckan db upgrade -p budget")
    except Exception as error:
        log.error(
            "budget_view: resource %s could not be followed: %s", argument, safe_description(error)
        )


def _follow_resource(resource_id: str) -> None:
    if tk.config.get("ckanext.budget.view.automatic") and _is_new(resource_id):
        _add_view(resource_id)
    _summarise(resource_id)


def _is_new(resource_id: str) -> bool:
    """No such view, and nobody ever looked at one: a view that a publisher removed stays away."""
    views = model.Session.query(model.ResourceView).filter_by(
        resource_id=resource_id, view_type=VIEW_TYPE
    )
    known = store.find(resource_id)
    return views.first() is None and not (known and known.fingerprint)


def _add_view(resource_id: str) -> None:
    """Before the other views. Not by ``resource_view_create``: it would end the transaction."""
    others = model.Session.query(sa.func.min(model.ResourceView.order)).filter_by(
        resource_id=resource_id
    )
    first = others.scalar()
    view = model.ResourceView(
        resource_id=resource_id,
        view_type=VIEW_TYPE,
        title=_title(),
        description="",
        order=0 if first is None else first - 1,
        config={},
    )
    model.Session.add(view)


def _title() -> str:
    """In the portal's language, whatever that of the harvest job or of the publisher."""
    is_french = str(tk.config.get("ckan.locale_default") or "fr").startswith("fr")
    return DEFAULT_TITLES["fr" if is_french else "en"]


def _summarise(resource_id: str) -> None:
    """Now for a file just stored whose hash is known: a published document has its charts."""
    subject = compute.find_subject(resource_id)
    if not subject or not subject.is_upload or not subject.sha256 or store.is_linked(subject):
        return
    size = source.size_of(subject)
    limit = tk.config.get("ckanext.budget.view.inline_bytes")
    if size is not None and size <= limit:
        compute.keep(subject)
