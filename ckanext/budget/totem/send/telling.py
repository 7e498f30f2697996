"""What went on line and what did not: on the screen, and in a log that a finance officer reads."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TextIO

from ckanext.budget.totem.send.sender import ON_LINE, Outcome

_WORDS = {
    "online": "EN LIGNE",
    "unchanged": "INCHANGÉ",
    "known": "INCHANGÉ",
    "refused": "REFUSÉ",
    "blocked": "À CORRIGER",
}
MAX_LOG = 5 << 20
"""Bytes after which the log is put aside (``….1``), once."""


class Teller:
    """Writes each outcome at once; ``as_json``: one object per line on standard output."""

    def __init__(self, log: Path | None, as_json: bool) -> None:
        self._as_json = as_json
        self._log: TextIO | None = _opened(log) if log else None

    def __enter__(self) -> Teller:
        return self

    def __exit__(self, *_exc: object) -> None:
        if self._log:
            self._log.close()

    def tell(self, outcome: Outcome) -> None:
        """One document."""
        parts = filter(None, (outcome.file, outcome.title, outcome.sentence, outcome.address))
        lines = [f"{_WORDS[outcome.state]:<11}{' · '.join(parts)}"]
        lines += [f"{'':<11}- {detail}" for detail in outcome.details]
        self._write(lines)
        if self._as_json:
            print(json.dumps(outcome.as_dict(), ensure_ascii=False), flush=True)

    def warn(self, sentence: str) -> None:
        """What holds up everything."""
        self._write([f"{'ATTENTION':<11}{sentence}"], sys.stderr)

    def note(self, sentence: str) -> None:
        """Start and stop."""
        self._write([sentence])

    def end(self, states: Sequence[str]) -> None:
        """How many, when there are several."""
        if len(states) != 1:
            there = sum(state in ON_LINE for state in states)
            self._write([f"{there} en ligne, {len(states) - there} non publié(s)."])

    def _write(self, lines: list[str], screen: TextIO | None = None) -> None:
        now = datetime.now().strftime("%d/%m/%Y %H:%M:%S")
        for line in lines:
            if not self._as_json or screen is sys.stderr:
                print(line, file=screen, flush=True)
            if self._log:
                self._log.write(f"{now}  {line}\n")
                self._log.flush()


def _opened(path: Path) -> TextIO:
    if path.exists() and path.stat().st_size > MAX_LOG:
        os.replace(path, path.with_name(f"{path.name}.1"))
    return path.open("a", encoding="utf-8")
