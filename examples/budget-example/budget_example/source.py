"""A kind of source: a folder of this machine whose file ``journal.txt`` names its documents."""

from collections.abc import Iterator
from pathlib import Path

from ckanext.budget.collect import Candidate, Listed, Source
from ckanext.budget.collect.locator import local_locator


class Journal(Source):
    """Lists what the journal names, in its order; ``fetch`` is that of every source."""

    def _list(self) -> Iterator[Listed]:
        folder = self.places.allowed(self.places.root or Path(self.url), self.url)
        for name in (folder / "journal.txt").read_text(encoding="utf-8").split():
            yield Candidate(local_locator(name), name)
