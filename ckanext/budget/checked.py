"""The mark of a file that this process has masked or checked: a request cannot forge a class."""

from __future__ import annotations

from typing import Any

from werkzeug.datastructures import FileStorage


class CheckedFile(FileStorage):
    """A file fit for the public storage. ``budget_validation`` lets it through without a look."""


def is_upload(value: Any) -> bool:
    """Whether the value of a resource's ``upload`` is a file, and not the empty field of a form."""
    return bool(value) and hasattr(value, "stream")
