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
def locked_dataset(package_id: str) -> Iterator[None]:
    """Hold the dataset's lock; on an error the database is as it was before."""
    with exclusive(package_id):
        try:
            yield
        except Exception:
            model.Session.rollback()
            raise


def resources_of(package: dict[str, Any] | None, slug: str) -> dict[str, dict[str, Any]]:
    """Resources of the document by role."""
    resources = package["resources"] if package else ()
    return {item["role"]: item for item in resources if item.get("document") == slug}


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
