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
from pathlib import Path
from typing import ClassVar, TypeVar

from .errors import CollectError, EmptyDocument, EntryRefused, LimitReached, TooLarge
from .filters import Filters
from .model import Fetched, Known, Listed, NotModified
from .places import Places


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
