"""What recognition says, what it may spend, and the accounts of what it spent."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import BinaryIO, Literal

Kind = Literal[
    "totem",
    "annexes",
    "contains_totem",
    "scdl",
    "contains_scdl",
    "opaque",
    "spreadsheet",
    "pdf",
    "pes",
    "web_page",
    "archive",
    "empty",
    "other",
]
"""What a file is:

- ``totem``: a TOTEM document or CFU, its root first; what the reader takes;
- ``annexes``: annexes or a piece of a document without its root (the national import format);
- ``contains_totem``: one of the two inside something else, whatever it is;
- ``scdl``: a table with columns of the SCDL schema of budgets;
- ``contains_scdl``: such a table inside a container;
- ``opaque``: what cannot be looked into to the end, with its ``reason``;
- the others: nothing of the above, named when a sentence can say the next step.
"""

Reason = Literal["", "format", "encrypted", "damaged", "depth", "entries", "size", "time"]
"""Why a file is opaque: see ``sentences``."""

GRAVITY: tuple[Kind, ...] = (
    "contains_totem",
    "totem",
    "annexes",
    "opaque",
    "scdl",
    "contains_scdl",
)
"""Of several verdicts on one file, the first of these is the file's."""


@dataclass(frozen=True)
class Limits:
    """What may be spent on one file.

    ``unpacked``: bytes taken out of containers, all levels together; ``depth``: containers inside
    each other; ``entries``: things taken out; ``seconds``: wall-clock time, for what is slow to
    unpack beyond all measure: the other limits come first. The bytes of the file itself are all
    read, once: the door that received it has its own limit.
    """

    unpacked: int = 1 << 30
    depth: int = 8
    entries: int = 10_000
    seconds: float = 120


class Exhausted(Exception):
    """A limit is reached: the rest is not looked into."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass
class Work:
    """The accounts of one recognition, shared by all levels."""

    limits: Limits
    unpacked: int = 0
    entries: int = 0
    started: float = field(default_factory=time.monotonic)

    def took(self, size: int) -> None:
        """``size`` bytes came out of a container. Raises Exhausted."""
        self.unpacked += size
        if self.unpacked > self.limits.unpacked:
            raise Exhausted("size")
        self.tick()

    def entry(self) -> None:
        """One more thing came out of a container. Raises Exhausted."""
        self.entries += 1
        if self.entries > self.limits.entries:
            raise Exhausted("entries")
        self.tick()

    def tick(self) -> None:
        """Raises Exhausted when the time is over."""
        if time.monotonic() - self.started > self.limits.seconds:
            raise Exhausted("time")


@dataclass(frozen=True)
class Recognised:
    """The verdict on a file. ``depth`` is the number of containers around what decided it.

    ``containers`` names them in French by kind and rank, outermost first, never by a name that the
    file gives: ``("archive tar.gz", "fichier 2")``.
    """

    kind: Kind
    reason: Reason = ""
    depth: int = 0
    containers: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """``archive tar.gz > fichier 2``; empty when the file itself decided."""
        return " > ".join(self.containers)


@dataclass(frozen=True)
class Content:
    """Bytes to look at: the file, or what a container holds. ``stream`` is seekable.

    ``name`` is what the container calls it: for whoever sent the file, and nobody else.
    """

    stream: BinaryIO
    containers: tuple[str, ...] = ()
    name: str = ""
    levels: int = 0

    def inner(self, stream: BinaryIO, label: str, name: str = "") -> Content:
        """What this container holds under the neutral ``label``."""
        shown = "/".join(part for part in (self.name, name) if part)
        return Content(stream, (*self.containers, label), shown, self.levels + 1)


@dataclass(frozen=True)
class Leaf:
    """One thing found, with its bytes when somebody may want them."""

    kind: Kind
    content: Content
    reason: Reason = ""

    @property
    def recognised(self) -> Recognised:
        """The verdict, without the bytes."""
        content = self.content
        return Recognised(self.kind, self.reason, content.levels, content.containers)
