"""CKAN's file storage: what may enter it, what a failed publication puts back.

CKAN writes a file before Solr and the database have agreed to the dataset that shows it, hence
:class:`FormerFiles`. A file enters as a :class:`SafeUpload`, the mark that this process has masked
or checked it: a request cannot forge a class.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from ckan.lib import uploader
from werkzeug.datastructures import FileStorage


class SafeUpload(FileStorage):
    """A file fit for the public storage. ``budget_validation`` lets it through without a look."""


def is_upload(value: Any) -> bool:
    """Whether the value of a resource's ``upload`` is a file, and not the empty field of a form."""
    return bool(value) and hasattr(value, "stream")


def is_raw(resource: Any) -> bool:
    """Whether the resource brings a file that nobody has looked at yet."""
    if not isinstance(resource, dict):
        return False
    upload = resource.get("upload")
    return is_upload(upload) and not isinstance(upload, SafeUpload)


class FormerFiles:
    """Puts the files of the watched resources back when the block fails.

    A former file is kept by a second name, which costs nothing; by a copy on the file systems (SMB,
    some containers) where a file has one name only.
    """

    def __init__(self) -> None:
        self._kept: dict[Path, Path | None] = {}

    def watch(self, identifiers: Iterable[str]) -> None:
        """Remember what these resources have now."""
        for identifier in identifiers:
            path = path_of(identifier)
            if path is not None and path not in self._kept:
                self._kept[path] = _second_name(path)

    def __enter__(self) -> FormerFiles:
        return self

    def __exit__(self, kind: object, *_exc: object) -> None:
        for path, second in self._kept.items():
            with suppress(OSError):
                if kind is not None:
                    _put_back(second, path)
                elif second is not None:
                    second.unlink()


def _put_back(second: Path | None, path: Path) -> None:
    """Nothing happens in a rename between two names of the same file, so the second goes after."""
    if second is None:
        path.unlink(missing_ok=True)
        return
    os.replace(second, path)
    second.unlink(missing_ok=True)


def path_of(identifier: str) -> Path | None:
    """Where CKAN's own storage keeps the file; None for other storages, which have no such path."""
    found = uploader.get_resource_uploader({"id": identifier, "url_type": "upload", "url": "x"})
    if not isinstance(found, uploader.ResourceUpload) or not found.storage_path:
        return None
    return Path(found.get_path(identifier))


def _second_name(path: Path) -> Path | None:
    if not path.exists():
        return None
    second = path.with_name(f"{path.name}.{uuid.uuid4().hex[:8]}")
    link_or_copy(path, second)
    return second


def link_or_copy(path: Path, second: Path) -> None:
    """Give the file a second name, or its content where a file has one name only."""
    try:
        os.link(path, second)
    except OSError:
        shutil.copy2(path, second)
