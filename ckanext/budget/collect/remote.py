"""What every source of the web does with an archive or a single document."""

from __future__ import annotations

from collections.abc import Iterator

from .archive import list_archive
from .errors import CollectError
from .model import Candidate, Listed
from .places import Places


def list_remote_archive(places: Places, found: Candidate) -> Iterator[Listed]:
    """The documents of the archive that ``found`` designates, or the error that forbids it."""
    try:
        with places.opened(found.locator) as stream:
            yield from list_archive(stream, places.limits, found.locator, found.name)
    except CollectError as error:
        yield error
