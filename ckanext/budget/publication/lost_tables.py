"""DataStore tables that went away, or became others: another plugin, a restored backup, a hand.

The published file is still there, and the rows are the file's: the control loads them again.
"""

from __future__ import annotations

import logging
from contextlib import ExitStack

import sqlalchemy as sa
from ckan import model

from ckanext.budget import config
from ckanext.budget.core.compat import PACKAGES
from ckanext.budget.core.contexts import site_context
from ckanext.budget.core.errors import safe_description
from ckanext.budget.core.workdir import private_directory
from ckanext.budget.publication import datastore, foreign_table
from ckanext.budget.publication.datasets import call, locked_dataset
from ckanext.budget.quality.inspect import stored_file

log = logging.getLogger(__name__)

_EXPECTED = sa.text(f"""
    SELECT r.id, r.package_id FROM resource r
    JOIN {PACKAGES} p ON p.id = r.package_id AND p.type = 'budget' AND p.state = 'active'
    WHERE r.state = 'active' AND r.url_type = 'upload'
      AND CAST(r.extras AS jsonb) ->> 'role' IN ('scdl', 'subventions')
      AND (CAST(r.extras AS jsonb) ->> 'datastore_active' = 'true'
           OR CAST(r.extras AS jsonb) ->> 'quality' <> 'erreurs')
    ORDER BY r.package_id, r.position
""")
"""Tables of budgets and of grants. Another plugin may have noted in ``datastore_active`` that there
is none: a file without errors has one."""


def reload() -> tuple[int, int]:
    """Load what is missing; how many tables came back, and how many could not."""
    if not config.datastore_enabled():
        return 0, 0
    mended = failed = 0
    sound = datastore.sound_tables()
    for resource_id, package_id in model.Session.execute(_EXPECTED).all():
        if resource_id in sound:
            continue
        try:
            mended += _load(resource_id, package_id)
        except Exception as error:
            model.Session.rollback()
            failed += 1
            log.error("table of resource %s: %s", resource_id, safe_description(error))
    return mended, failed


def _load(resource_id: str, package_id: str) -> bool:
    """False when the file is not there, which the control of files tells."""
    with ExitStack() as stack:
        stack.enter_context(locked_dataset(package_id))
        resource = call("resource_show", site_context(use_cache=False), {"id": resource_id})
        stored = stack.enter_context(stored_file(resource))
        if stored is None:
            return False
        folder = stack.enter_context(private_directory())
        rows = stack.enter_context(datastore.Replacement())
        is_ours = bool(resource.get("document"))
        rows.load(resource_id, stored if is_ours else foreign_table.as_schema(stored, folder))
        if resource.get("datastore_active") is True:
            return True
        call("resource_patch", site_context(), {"id": resource_id, "datastore_active": True})
    return True
