"""The folder of the dataset: each build in a folder of its own, one of them current.

Readers see the current build, whole: the next one is made aside and takes its place by renaming a
link. Files that did not change are the same files, by a second name.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ckanext.budget import config
from ckanext.budget.core.storage import link_or_copy

MANIFEST, STATE = "datapackage.json", ".state.json"
_CURRENT = "current"


def current() -> Path | None:
    """The folder of the current build; None before the first."""
    link = config.dataset_folder() / _CURRENT
    try:
        return link.resolve(strict=True)
    except OSError:
        return None


def version() -> str:
    """Changes with each build; empty before the first."""
    found = current()
    return found.name if found else ""


def manifest(folder: Path) -> dict[str, Any]:
    """What the build says of its files."""
    found: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return found


def state(folder: Path | None) -> dict[str, Any]:
    """What the build was made from: ``version``, ``documents`` (resource -> fingerprint, year,
    stage), ``groups`` (year -> :data:`.lines.Ledger`). Empty before the first, and when it cannot
    be read: everything is then made again."""
    try:
        found = json.loads((folder / STATE).read_text(encoding="utf-8")) if folder else {}
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def remember(folder: Path, state: dict[str, Any]) -> None:
    """Write what :func:`state` gives."""
    (folder / STATE).write_text(json.dumps(state), encoding="utf-8")


@contextmanager
def aside() -> Iterator[Path]:
    """A folder for the next build, removed unless :func:`swap` took it."""
    root = config.dataset_folder()
    root.mkdir(parents=True, exist_ok=True)
    _sweep(root)
    folder = root / f".new-{uuid.uuid4().hex}"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def take_over(former: Path, folder: Path, but: set[str]) -> None:
    """The former build's files by a second name, without those ``but`` and what told of them."""
    skipped = but | {MANIFEST, STATE, "SHA256SUMS", "dictionnaire.csv"}
    for path in sorted(former.rglob("*")):
        name = path.relative_to(former).as_posix()
        if path.is_file() and name not in skipped:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            link_or_copy(path, folder / name)


def swap(folder: Path, name: str) -> Path:
    """Make the folder the current build; the former one goes at once, withdrawn rows with it."""
    root = config.dataset_folder()
    target = root / name
    os.replace(folder, target)
    link = root / f".link-{uuid.uuid4().hex}"
    link.symlink_to(target.name)
    os.replace(link, root / _CURRENT)
    _sweep(root)
    return target


def _sweep(root: Path) -> None:
    """Remove what is not current: former builds, and what an interrupted one left."""
    kept = {_CURRENT, (root / _CURRENT).resolve().name}
    for path in root.iterdir():
        if path.name not in kept and path.name.startswith((".new-", ".link-", "build-")):
            path.unlink() if path.is_symlink() or path.is_file() else shutil.rmtree(path, True)
