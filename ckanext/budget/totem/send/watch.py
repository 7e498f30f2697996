"""A folder where the accounting software writes: what is whole and new is sent, once."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ckanext.budget.totem.errors import TotemError, os_sentence
from ckanext.budget.totem.send.sender import Outcome, Sender

SUFFIXES = (".xml", ".zip", ".gz", ".tar", ".tgz")
LONGEST_WAIT = 600
"""Seconds between two passes while the portal does not answer or refuses the token."""
MAX_FILES = 20_000
"""Files of a pass, the newest: a folder of many years may hold more."""
_FULL = (errno.ENOSPC, errno.EDQUOT)

Mark = tuple[int, int]
"""Size and time of the last change, in nanoseconds."""


def candidates(folder: Path) -> list[Path]:
    """Files that may hold documents, the oldest first: of two versions, the newest comes last.

    Hidden files and other extensions (``.tmp``, ``.part``) are what is being written. Raises
    OSError when the folder cannot be listed.
    """
    found = sorted(_files(folder))
    return [path for _time, path in found[-MAX_FILES:]]


def _files(folder: Path) -> Iterator[tuple[int, Path]]:
    for entry in os.scandir(folder):
        name = entry.name
        if name.startswith((".", "~")) or not name.lower().endswith(SUFFIXES):
            continue
        try:
            if entry.is_file():
                yield entry.stat().st_mtime_ns, Path(entry.path)
        except OSError:
            continue  # renamed since it was listed: the next pass finds it


class Watcher:
    """Passes over the folder; ``tell`` gets each outcome, ``warn`` what holds everything up."""

    def __init__(
        self,
        folder: Path,
        sender: Callable[[], Sender],
        tell: Callable[[Outcome], Any],
        warn: Callable[[str], Any],
    ) -> None:
        self._folder, self._sender = folder, sender
        self._tell, self._warn = tell, warn
        self._seen: dict[Path, Mark] = {}
        self._done: dict[Path, Mark] = {}
        self._unread: dict[Path, Mark] = {}
        self._warned = ""

    def run(self, interval: float, wait: Callable[[float], bool]) -> None:
        """Pass after pass until ``wait(seconds)`` says to stop."""
        pause = interval
        while True:
            pause = interval if self.once() else min(LONGEST_WAIT, pause * 2)
            if wait(pause):
                return

    def once(self) -> bool:
        """One pass; False when something stopped it (it is told once, and tried again)."""
        try:
            for path in candidates(self._folder):
                self._look(path)
        except TotemError as error:
            return self._stopped(str(error))
        except OSError as error:
            return self._stopped(os_sentence(error))
        if self._warned:
            self._warned = ""
            self._warn("Les envois reprennent.")
        return True

    def _stopped(self, sentence: str) -> bool:
        if sentence != self._warned:
            self._warn(sentence)
        self._warned = sentence
        return False

    def _look(self, path: Path) -> None:
        mark = _mark(path)
        if mark is None or self._done.get(path) == mark:
            return
        if self._seen.get(path) != mark:  # it may still grow: the next pass tells
            self._seen[path] = mark
            return
        try:
            outcomes = self._sender().send(path, again=False)
        except FileNotFoundError:
            return
        except OSError as error:
            if error.errno in _FULL:  # of this computer, not of the file
                raise
            if self._unread.get(path) != mark:
                self._warn(f"{path.name} : {os_sentence(error)}")
            self._unread[path] = mark
            return
        for outcome in outcomes:
            self._tell(outcome)
        if _mark(path) == mark:
            self._done[path] = mark


def _mark(path: Path) -> Mark | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns
