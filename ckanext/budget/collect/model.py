"""What is told of documents wherever they come from: candidates, fetched files, limits."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from .errors import CollectError

MiB = 1024 * 1024


@dataclass(frozen=True)
class Candidate:
    """A document that a source offers.

    ``name`` is the path of the document as the source shows it (``2022/bp.xml``,
    ``lot.zip/bp.xml``). ``size`` is in bytes, but many web listings round it. ``modified`` is
    the date as the source writes it and ``etag`` a strong mark of the content: only equality
    has a meaning for both.
    """

    locator: str
    name: str
    size: int | None = None
    modified: str | None = None
    etag: str | None = None
    is_table: bool = False
    """A table that its catalogue declares as SCDL budget, rather than a TOTEM document."""

    @property
    def version(self) -> str | None:
        """A text that stays the same as long as the listing shows no change; None: unknown.

        Compare it with the one stored at the last harvest of the same locator to skip the
        fetch altogether.
        """
        if self.etag:
            return f"etag {self.etag}"
        if self.modified:
            return f"{self.size} {self.modified}"
        return None


Listed = Candidate | CollectError
"""One item of a listing: a candidate, or what makes one entry unusable (go on with the rest)."""


@dataclass(frozen=True)
class Known:
    """What the last fetch said of the document; sent back to avoid a useless download."""

    etag: str | None = None
    modified: str | None = None


@dataclass(frozen=True)
class Fetched:
    """A document now in the file ``path``: decompressed, complete, hashed."""

    path: Path
    sha256: str
    size: int
    etag: str | None = None
    modified: str | None = None

    @property
    def known(self) -> Known:
        """What to store, and to give to the next ``fetch`` of the same locator."""
        return Known(self.etag, self.modified)


@dataclass(frozen=True)
class NotModified:
    """The source says that the document is still the known one; nothing was written."""


@dataclass(frozen=True)
class Limits:
    """What one source may cost. Times in seconds, sizes in bytes, rate in requests/second/host.

    The portal sets them once. A source's own configuration chooses its ``rate``, ``timeout``
    and ``max_documents`` (with a ceiling in the JSON Schema) and how deep it wants to go
    (:meth:`narrowed`); the other guards are out of its reach.
    """

    connect_timeout: float = 10
    read_timeout: float = 30
    total_timeout: float = 150
    listing_timeout: float = 1800
    retries: int = 3
    backoff: float = 0.5
    max_wait: float = 60
    rate: float = 5
    max_redirects: int = 5
    max_header_bytes: int = 64 * 1024
    max_document_bytes: int = 512 * MiB
    max_listing_bytes: int = 16 * MiB
    max_archive_bytes: int = 2048 * MiB
    max_unpacked_bytes: int = 4096 * MiB
    max_ratio: int = 250
    max_nesting: int = 2
    max_entries: int = 100_000
    max_pages: int = 2_000
    max_depth: int = 5
    chosen_depth: int | None = None
    max_documents: int = 100_000
    min_age: int = 0

    def narrowed(self, config: dict[str, Any]) -> Limits:
        """These limits with what a validated source configuration asks for."""
        asked = {
            "rate": config.get("rate"),
            "total_timeout": config.get("timeout"),
            "max_documents": config.get("max_documents"),
            "min_age": config.get("min_age"),
            "chosen_depth": 0 if config.get("recursive") is False else config.get("max_depth"),
        }
        return replace(self, **{key: value for key, value in asked.items() if value is not None})

    def goes_to(self, depth: int) -> bool:
        """Whether the source wants the folders at this depth (the guard ``max_depth`` apart)."""
        return self.chosen_depth is None or depth <= self.chosen_depth

    def __post_init__(self) -> None:
        for field in fields(self):
            if (getattr(self, field.name) or 0) < 0:
                raise ValueError(f"{field.name} must not be negative")
