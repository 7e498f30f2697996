"""Answers kept in memory while what they were made from does not change."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class VersionedCache(Generic[Value]):
    """At most ``size`` answers by key, each with the version that it was made from.

    Full, it forgets the oldest. Threads that miss at the same time each make the answer: the
    answers are equal, and no lock is held meanwhile.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: dict[Hashable, tuple[str, Value]] = {}

    def get(self, key: Hashable, version: str, make: Callable[[], Value]) -> Value:
        """The answer to ``key`` made from ``version``."""
        kept = self._kept.get(key)
        if kept is not None and kept[0] == version:
            return kept[1]
        value = make()
        self._kept.pop(key, None)
        while len(self._kept) >= self._size:
            self._kept.pop(next(iter(self._kept)), None)
        self._kept[key] = (version, value)
        return value

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()
