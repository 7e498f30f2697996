"""What every write of a budget's dataset shares."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.budget.core.contexts import PUBLICATION
from ckanext.budget.core.errors import SheetRefused
from ckanext.budget.core.locks import exclusive


@contextmanager
def locked_dataset(*package_ids: str) -> Iterator[None]:
    """Hold the locks of the datasets; on an error the database is as it was before."""
    with exclusive(*package_ids):
        try:
            yield
        except Exception:
            model.Session.rollback()
            raise


def resources_of(package: dict[str, Any] | None, slug: str) -> dict[str, dict[str, Any]]:
    """Resources of the document by role."""
    resources = package["resources"] if package else ()
    return {item["role"]: item for item in resources if item.get("document") == slug}


def as_stored(package_id: str, state: str = model.State.ACTIVE) -> dict[str, Any] | None:
    """The budget as the database holds it; None when there is none in this ``state``."""
    package = model.Package.get(package_id)
    if package is None or package.state != state:
        return None
    return tk.get_action("package_show")(
        {"ignore_auth": True, "use_cache": False}, {"id": package_id}
    )


def save(package: dict[str, Any], resources: list[dict[str, Any]], context: Any) -> None:
    """Write the dataset with these resources, in the name of ``context``'s user."""
    changed = {**package, "resources": resources}
    changed.pop("metadata_modified", None)
    trusted = tk.fresh_context(context, ignore_auth=True, return_id_only=True)
    call("package_update", trusted, changed)


def call(action: str, context: Any, data: dict[str, Any]) -> Any:
    """Call the action as a write of ours; a refused sheet becomes one French sentence."""
    context[PUBLICATION] = True
    try:
        return tk.get_action(action)(context, data)
    except tk.ValidationError as error:
        summary = {str(key): _text(value) for key, value in error.error_summary.items()}
        raise SheetRefused(summary) from error


def _text(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_text, value))
    return str(value)


def now() -> str:
    """This second in UTC, ISO 8601."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def today() -> str:
    """The date in UTC, ISO 8601."""
    return now()[:10]
