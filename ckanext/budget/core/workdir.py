"""Private working directories: raw documents hold personal data and must not outlive a process.

Every directory is named after the machine and the process that made it, so that the next one
removes what a killed process left behind.
"""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ckanext.budget import config

KEPT_HOURS = 24
_KEPT_FOR = KEPT_HOURS * 3600
"""Seconds after which what nobody picked up is removed, whoever left it."""
_QUEUED_FOR = 2 * _KEPT_FOR
"""The same for large deposits: their own sweep, which tells the publisher, comes first."""


_LIMITS = {"raw": _KEPT_FOR, "masked": _KEPT_FOR, "archive": _KEPT_FOR, "queued": _QUEUED_FOR}


@contextmanager
def private_directory() -> Iterator[Path]:
    """A directory that only this user can read, removed whatever happens."""
    path = Path(tempfile.mkdtemp(prefix=f"raw-{_owner()}-", dir=config.spool_directory()))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def kept(identifier: str) -> Path:
    """Where masked work waits for the next stage: one directory per harvest object."""
    return config.spool_directory() / f"masked-{uuid.UUID(identifier)}"


def emptied(identifier: str) -> Path:
    """:func:`kept`, made anew: what an interrupted stage left there is removed."""
    path = kept(identifier)
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(mode=0o700)
    return path


SWEEPERS: dict[str, Callable[[], int]] = {}
"""What rooms above remove when its time has come, by room: plugins add theirs when they load."""


def sweep_all() -> int:
    """Call every sweeper; the number of things removed."""
    return sum(sweeper() for sweeper in SWEEPERS.values())


def sweep(now: float) -> int:
    """Remove what dead processes of this machine left, and anything raw or masked of a past day.

    The machine may be a container that is no more: its raw work and the archives that a source
    downloaded go with time alone.
    """
    removed = 0
    spool = config.spool_directory()
    for path in (*spool.iterdir(), *spool.glob("archives/*")):
        if _is_orphan(path) or _is_stale(path, now):
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(True)
            removed += 1
    return removed


def _owner() -> str:
    return f"{_machine()}-{os.getpid()}"


def _machine() -> str:
    return uuid.uuid5(uuid.NAMESPACE_DNS, socket.gethostname()).hex[:12]


def _is_orphan(path: Path) -> bool:
    kind, _, rest = path.name.partition("-")
    machine, _, rest = rest.partition("-")
    process = rest.partition("-")[0]
    return (
        kind == "raw"
        and machine == _machine()
        and process.isdigit()
        and not _is_alive(int(process))
    )


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_stale(path: Path, now: float) -> bool:
    archived = path.parent.name == "archives"
    kind = "archive" if archived else path.name.partition("-")[0]
    limit = _LIMITS.get(kind)
    # An archive that has not changed at its source has notes younger than itself.
    names = (path, path.with_suffix(".json"))
    try:
        stamps = [name.stat().st_mtime for name in names if name.exists()]
        return limit is not None and now - max(stamps, default=now) > limit
    except FileNotFoundError:
        return False
