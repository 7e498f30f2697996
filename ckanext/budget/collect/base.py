"""The one interface of every place where documents come from.

A :class:`Source` lists candidates, and fetches one of them into a file. Gather and fetch run
in different processes, days apart: what ties them is the candidate's ``locator``, a plain
string without secret, enough to fetch the document with the same source configuration.

To add a kind of source, write a subclass with its ``_list`` and register it::

    @register("udata")
    class UdataSource(Source):
        def _list(self) -> Iterator[Listed]: ...

``fetch`` is common to all kinds: it understands every locator (see :mod:`.locator`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from .errors import CollectError, EmptyDocument, EntryRefused, LimitReached, TooLarge
from .filters import Filters

if TYPE_CHECKING:
    from .places import Places


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

    def narrowed(self, config: dict[str, Any]) -> Limits:
        """These limits with what a validated source configuration asks for."""
        asked = {
            "rate": config.get("rate"),
            "total_timeout": config.get("timeout"),
            "max_documents": config.get("max_documents"),
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


class Source(ABC):
    """A place that offers documents. Use as a context manager, or call :meth:`close`."""

    kind: ClassVar[str] = ""

    def __init__(
        self,
        url: str,
        places: Places,
        filters: Filters | None = None,
        query: dict[str, str] | None = None,
    ) -> None:
        self.url = url
        self.query = query or {}
        self.places = places
        self.limits = places.limits
        self.filters = filters or Filters()
        self.complete = False

    @abstractmethod
    def _list(self) -> Iterator[Listed]:
        """Every document of the source in a stable order; errors of single entries as items."""

    def list(self) -> Iterator[Listed]:
        """Candidates that pass the name filters, and the errors of single entries.

        Raises CollectError when the source as a whole cannot be listed. After the last item
        ``complete`` tells whether the listing saw everything: only then does the absence of
        a document (neither a candidate nor the ``locator`` of an error) mean that it was
        withdrawn.
        """
        self.complete = False
        missed = False
        count = 0
        for item in self._list():
            if isinstance(item, CollectError):
                missed |= not isinstance(item, (EmptyDocument, EntryRefused, TooLarge))
            elif not self.filters.keeps_name(item.name):
                continue
            else:
                count += 1
            if count > self.limits.max_documents:
                yield LimitReached(self.url, reason=f"{self.limits.max_documents} documents lus")
                return
            yield item
        self.complete = not missed

    def fetch(self, locator: str, into: Path, known: Known | None = None) -> Fetched | NotModified:
        """Write the document found at ``locator`` into the file ``into``.

        The file appears at once and whole. With ``known``, answers NotModified when the
        source can tell that nothing changed. Raises CollectError.
        """
        return self.places.fetch(locator, Path(into), known or Known())

    def close(self) -> None:
        """Remove temporary files."""
        self.places.close()

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


KINDS: dict[str, type[Source]] = {}
"""Every kind of source by its name in the configuration."""

S = TypeVar("S", bound=type[Source])


def register(kind: str) -> Callable[[S], S]:
    """Class decorator: make a Source class available under ``kind``."""

    def add(cls: S) -> S:
        cls.kind = kind
        KINDS[kind] = cls
        return cls

    return add
