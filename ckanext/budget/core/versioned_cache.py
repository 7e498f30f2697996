"""Answers kept in memory while what they were made from does not change."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class VersionedCache(Generic[Value]):
    """At most ``size`` answers by key, each with the version that it was made from.

    Full, it forgets the oldest. With ``weigh`` the sizes of the answers are added up, and ``most``
    bounds the sum too: a larger answer is not kept. Threads that miss at the same time each make
    the answer: the answers are equal, and no lock is held meanwhile.
    """

    def __init__(
        self, size: int, most: int = 0, weigh: Callable[[Value], int] = lambda _value: 0
    ) -> None:
        self._size = size
        self._most = most
        self._weigh = weigh
        self._kept: dict[Hashable, tuple[str, Value]] = {}

    def get(self, key: Hashable, version: str, make: Callable[[], Value]) -> Value:
        """The answer to ``key`` made from ``version``."""
        kept = self._kept.get(key)
        if kept is not None and kept[0] == version:
            return kept[1]
        value = make()
        self._kept.pop(key, None)
        room = self._most - self._weigh(value)
        while self._kept and (len(self._kept) >= self._size or self._weight() > room):
            self._kept.pop(next(iter(self._kept), None), None)
        if room >= 0:
            self._kept[key] = (version, value)
        return value

    def _weight(self) -> int:
        return sum(self._weigh(value) for _version, value in list(self._kept.values()))

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()
