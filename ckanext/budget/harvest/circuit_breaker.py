"""A source whose site does not answer rests, so that its documents do not hold up the others.

Each consumer counts for itself. While a source rests its documents fail at once, with an error that
gives them another chance at the next ``ckan harvester run``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ckanext.budget.collect import CollectError, shown


class SourceRests(CollectError):
    """The site did not answer several times in a row: it is left alone for a while."""

    sentence = (
        "Le site de « {where} » ne répond plus : ses documents attendent, ils seront redemandés "
        "au prochain passage du moissonnage."
    )
    transient = True


class CircuitBreaker:
    """Opens for ``rest`` seconds after ``limit`` transient failures in a row of one source."""

    def __init__(
        self, limit: int = 3, rest: float = 300, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.limit = limit
        self.rest = rest
        self._clock = clock
        self._failures: dict[str, int] = {}
        self._until: dict[str, float] = {}

    @contextmanager
    def guard(self, source_id: str, place: str) -> Iterator[None]:
        """Around one download. Raises SourceRests instead of trying when the source rests."""
        if self._clock() < self._until.get(source_id, float("-inf")):
            raise SourceRests(shown(place))
        try:
            yield
        except CollectError as error:
            self._note(source_id, error.transient)
            raise
        self._note(source_id, False)

    def _note(self, source_id: str, failed: bool) -> None:
        count = self._failures.get(source_id, 0) + 1 if failed else 0
        if count >= self.limit:
            self._until[source_id] = self._clock() + self.rest
            count = self.limit - 1  # one more failure after the rest, and it rests again
        self._failures[source_id] = count
