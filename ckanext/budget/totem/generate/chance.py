"""Reproducible chance: the same words give the same draws on every machine and Python.

``random.Random`` seeded with text hashes it by SHA-512, so neither ``PYTHONHASHSEED`` nor the
clock matters. Amounts are whole cents: no float reaches a document unrounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

Item = TypeVar("Item")


def chance(*words: object) -> Random:
    """A generator of draws that depends on ``words`` alone."""
    return Random("/".join(str(word) for word in words))


def around(rng: Random, amount: int, spread: float) -> int:
    """``amount`` cents, more or less ``spread`` (0.1 = 10 %)."""
    return round(amount * (1 + spread * (2 * rng.random() - 1)))


def skewed(rng: Random) -> float:
    """A weight between 0.02 and 1, small more often than large: how budgets split."""
    return 0.02 + 0.98 * rng.random() ** 3


def round_to(amount: int, step: int) -> int:
    """``amount`` rounded to a multiple of ``step`` cents, as forecasts are."""
    return round(amount / step) * step


def weighted(rng: Random, items: Sequence[Item], weights: Sequence[int]) -> Item:
    """One of ``items`` drawn by ``weights``."""
    return rng.choices(items, weights)[0]
