"""What no real document exceeds: beyond, reading stops with one sentence.

Each limit is far above the largest document known, and low enough that memory and time stay those
of an ordinary file. They are told here, and met where the bytes are read.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from ckanext.budget.totem.errors import TooLarge, TotemError

MAX_DEPTH = 64
"""Elements in one another; real documents have fewer than 12 levels."""

MAX_HEADER = 1 << 20
"""Bytes of a document before its first line; a real header has a few thousand."""

MAX_RECORD = 1 << 20
"""Bytes of one budget line or annex record; a real record has under 10 000."""

MAX_ELEMENTS = 10_000
"""Elements of one record; the widest of the XSD has 111."""

MAX_ATTRIBUTES = 1000
"""Of one element; those of the XSD have fewer than 10."""

MAX_NAMES = 5000
"""Different names of elements and attributes; the XSD has 1100."""

MAX_TEXT = 1000
"""Characters of a text of the header; the longest of the XSD has 250."""

MAX_CODE = 200
"""Bytes of an account, a function or an operation; the longest of the XSD has 30."""

MAX_CODES = 100_000
"""Different combinations of codes; a real document has a few thousand."""

MAX_NAMESPACES = 64
"""Namespaces that an element of a sealed document may see; a real one sees fewer than 10."""

MAX_DIGITS = 15
"""Of the whole euros of an amount, leading zeros apart; the XSD allows 14 or 15 in all."""

MAX_DECIMALS = 40
"""Of an amount; software that computes in binary writes up to 17."""

MAX_COLUMNS = 100
"""Of a CSV; the schema of SCDL budgets has 22."""

MAX_LINE = 1 << 16
"""Characters of a line of a CSV; that of a real budget has a few hundred."""

_MOST_LINES = 1000
"""Lines of the file in one row, whose texts may hold line breaks."""


# Bytes between two looks at the clock; a segment counts for a 256th of it, were it empty.
_LOOK = 1 << 18
_SOON = 1.0
"""Seconds after which the processor's clock begins to count."""


class TooSlow(TotemError):
    """The document asks for far more computing than a document of its size."""


@dataclass(frozen=True)
class Budget:
    """Processor time that a document may take: ``base`` seconds and so many for each megabyte.

    The last resort: every limit above is met first, and does not depend on the machine. Ordinary
    documents take less than a second for a megabyte.
    """

    base: float = 60.0
    per_megabyte: float = 10.0

    def seconds(self, size: int) -> float:
        """For a document of ``size`` bytes."""
        return self.base + self.per_megabyte * size / 1e6


DEFAULT_BUDGET = Budget()


class Meter:
    """Compares the time taken with what the bytes read so far allow.

    ``clock`` gives seconds of processor of this thread: a busy machine refuses nobody. It is a call
    of the system, and costs a small document a fifth of its time: it is asked only of documents
    that are already late by the ``wall``, which is read without any.
    """

    def __init__(
        self,
        budget: Budget | None = None,
        clock: Callable[[], float] = time.thread_time,
        wall: Callable[[], float] = time.monotonic,
    ) -> None:
        self._budget = budget or DEFAULT_BUDGET
        self._clock, self._wall = clock, wall
        self._began = wall()
        self._start: float | None = None
        self._size = 0
        self._unseen = 0

    def read(self, size: int) -> None:
        """So many more bytes. Raises ``TooSlow``.

        The clocks are looked at once in a while: segments may be tiny. The processor's counts
        from the look that finds the document a second old.
        """
        self._size += size
        self._unseen += size + _LOOK // 256
        if self._unseen < _LOOK:
            return
        self._unseen = 0
        elapsed, allowed = self._wall() - self._began, self._budget.seconds(self._size)
        if elapsed <= min(allowed, _SOON):
            return
        if self._start is None:
            self._start = self._clock()
        if elapsed > allowed and self._clock() - self._start > allowed:
            raise TooSlow(
                "La lecture demande beaucoup plus de calcul qu'un document de cette taille : ce "
                "n'est pas un export ordinaire, exportez-le de nouveau."
            )


def check_code(code: bytes | str, line: int) -> None:
    """Raises ``TooLarge`` for a code longer than ``MAX_CODE``, told by its line of the file."""
    if len(code) > MAX_CODE:
        raise TooLarge(
            f"Un code dépasse {MAX_CODE} caractères, ligne {line} : corrigez-le dans le logiciel "
            "puis exportez de nouveau."
        )


def check_codes(count: int) -> None:
    """Raises ``TooLarge`` for more than ``MAX_CODES`` different codes or combinations of codes."""
    if count > MAX_CODES:
        raise TooLarge(
            f"Le document a plus de {MAX_CODES} combinaisons de codes différentes : ce n'est pas "
            "un export ordinaire, exportez-le de nouveau."
        )


def check_columns(columns: Sequence[str]) -> None:
    """Raises ``TooLarge`` for a table wider than ``MAX_COLUMNS``."""
    if len(columns) > MAX_COLUMNS:
        raise TooLarge(
            f"La table a plus de {MAX_COLUMNS} colonnes : gardez les 22 du schéma SCDL des budgets."
        )


def check_table(path: Path) -> None:
    """Look at the width of a CSV before another reader does. Raises ``TooLarge``, ``OSError``.

    A validator holds a line whole, and keeps an error for each cell beyond the header. What is no
    CSV is left to it.
    """
    with path.open(encoding="utf-8", errors="replace", newline="") as source:
        lines = _Lines(source)
        try:
            for row in csv.reader(lines):
                check_columns(row)
                lines.count = 0
        except csv.Error:
            return


class _Lines:
    """Lines of bounded length, and a bounded number of them for one row of the table."""

    def __init__(self, source: TextIO) -> None:
        self._source = source
        self.count = 0

    def __iter__(self) -> Iterator[str]:
        while line := self._source.readline(MAX_LINE + 1):
            self.count += 1
            if len(line) > MAX_LINE or self.count > _MOST_LINES:
                raise TooLarge(
                    f"Une ligne de la table dépasse {MAX_LINE} caractères ou {_MOST_LINES} lignes "
                    "du fichier : enregistrez-la de nouveau en CSV, une ligne par ligne de budget."
                )
            yield line
