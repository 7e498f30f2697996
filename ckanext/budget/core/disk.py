"""Room on the disks: looked at before work begins, and told as such when there is none left.

A full disk is no fault of a document, nor of the site that it comes from: whoever reads the error
must learn which disk it is, and try again later.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import ckan.plugins.toolkit as tk

from ckanext.budget import config
from ckanext.budget.collect.errors import is_disk_full
from ckanext.budget.core.errors import DiskFull

_POSTGRESQL_DISK_FULL = "53100"


def check_room() -> None:
    """Raise DiskFull when a disk of ours has less room than ``ckanext.budget.free_space``."""
    least = config.free_space()
    for setting, room in rooms():
        if room < least:
            raise DiskFull(setting)


def as_disk_full(error: BaseException) -> DiskFull | None:
    """The error as what it is when it comes from a full disk (or quota); else None."""
    causes = list(_causes(error))
    if any(isinstance(cause, DiskFull) for cause in causes):
        return next(cause for cause in causes if isinstance(cause, DiskFull))
    if any(getattr(getattr(c, "orig", c), "pgcode", "") == _POSTGRESQL_DISK_FULL for c in causes):
        return DiskFull("sqlalchemy.url")
    if any(map(is_disk_full, causes)):
        return DiskFull(min(rooms(), key=lambda place: place[1])[0])
    return None


def rooms() -> Iterator[tuple[str, int]]:
    """By setting: bytes that may still be written there."""
    places = {
        "ckanext.budget.spool": config.spool_directory(),
        "ckan.storage_path": Path(tk.config.get("ckan.storage_path") or "/"),
    }
    for setting, path in places.items():
        there = next(folder for folder in (path, *path.parents) if folder.exists())
        yield setting, shutil.disk_usage(there).free


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
