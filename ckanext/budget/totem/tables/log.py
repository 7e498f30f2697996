"""What was met while a table is read: one entry for one kind of defect in one column."""

from __future__ import annotations

from dataclasses import dataclass, field

SHOWN = 5
"""Places that a sentence quotes."""


@dataclass(slots=True)
class Met:
    """How many lines, and which: the first ones, the last one, whether they follow each other.

    ``fill`` and ``tail`` complete the sentence of the kind, the latter once all is read.
    ``is_refused``: the national schema refuses it, in one line at least.
    """

    count: int = 0
    first: list[int] = field(default_factory=list)
    last: int = 0
    is_run: bool = True
    fill: str = ""
    tail: str = ""
    is_refused: bool = False

    def add(self, line: int) -> None:
        """One more line; the same line twice counts once."""
        if line == self.last:
            return
        if self.count and line != self.last + 1:
            self.is_run = False
        self.count += 1
        self.last = line
        if len(self.first) < SHOWN:
            self.first.append(line)

    @property
    def lines(self) -> str:
        """``ligne 3``, ``7 lignes, de 2 à 8``, ``30 lignes : 2, 5, 9, 12, 15…``."""
        if self.count == 1:
            return f"ligne {self.first[0]}"
        if self.is_run:
            return f"{self.count} lignes, de {self.first[0]} à {self.last}"
        more = "…" if self.count > len(self.first) else ""
        return f"{self.count} lignes : {', '.join(map(str, self.first))}{more}"


class Log(dict[tuple[str, str], Met]):
    """(kind, column) -> where; the column is empty for what concerns the file."""

    def met(
        self, kind: str, line: int, column: str = "", fill: str = "", *, is_refused: bool = True
    ) -> None:
        """``fill`` completes the sentence of the kind (see ``kinds``); ``is_refused``: by the
        national schema."""
        entry = self.get((kind, column))
        if entry is None:
            entry = self[kind, column] = Met(fill=fill)
        entry.is_refused = entry.is_refused or is_refused
        entry.add(line)
