"""What the rows of a document add up to, in cents, gathered while they are written."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from ckanext.budget.totem import columns
from ckanext.budget.totem.amounts import ZEROS, read, usual
from ckanext.budget.totem.limits import check_codes
from ckanext.budget.totem.scdl import AMOUNTS, Amounts, Codes, Named


class Total(NamedTuple):
    """The rows that share their codes, operations excepted: sums in cents, as ``AMOUNTS``."""

    codes: Codes
    function: Named
    cents: list[int]


class Totals:
    """``ScdlWriter(…, observe=totals)``.

    An amount of more than two decimals is rounded half up, and counted in ``rounded``.
    """

    def __init__(self) -> None:
        self.rounded = 0
        self._found: dict[tuple[bytes, bytes, str], Total] = {}
        # By direction and order, what the rounding lost, in euros.
        self._lost: dict[tuple[str, str], list[Decimal]] = {}

    def __call__(self, codes: Codes, function: Named, amounts: Amounts) -> None:
        """Add one row."""
        key = (codes.left, codes.right, function.code)
        found = self._found.get(key)
        if found is None:
            check_codes(len(self._found) + 1)
            found = self._found[key] = Total(codes, function, [0] * len(AMOUNTS))
        cents = found[2]
        for index, amount in enumerate(amounts):
            if amount not in ZEROS:
                known = usual(amount)
                cents[index] += self._unusual(codes, index, amount) if known is None else known

    def __iter__(self) -> Iterator[Total]:
        """The totals in the order of the document."""
        return iter(self._found.values())

    def as_list(self) -> list[dict[str, str]]:
        """JSON-ready exact sums, in euros, by direction and order:
        ``{"BGT_CODRD", "BGT_OPBUDG", "BGT_MTREAL": "12.30", …}``."""
        sums: dict[tuple[str, str], list[int]] = {}
        for total in self:
            known = sums.setdefault(_side(total.codes), [0] * len(AMOUNTS))
            for index, cents in enumerate(total.cents):
                known[index] += cents
        return [
            {"BGT_CODRD": side[0], "BGT_OPBUDG": side[1]}
            | dict(zip(columns.AMOUNTS, self._euros(side, cents), strict=True))
            for side, cents in sorted(sums.items())
        ]

    def _euros(self, side: tuple[str, str], sums: list[int]) -> list[str]:
        lost = self._lost.get(side, [Decimal(0)] * len(sums))
        return [f"{Decimal(c) / 100 + more:.2f}" for c, more in zip(sums, lost, strict=True)]

    def _unusual(self, codes: Codes, index: int, written: bytes) -> int:
        amount = read(written)
        if amount is None:
            return 0  # the conversion lets none through
        if amount.lost:
            self.rounded += 1
            lost = self._lost.setdefault(_side(codes), [Decimal(0)] * len(AMOUNTS))
            lost[index] += amount.lost
        return amount.cents


def _side(codes: Codes) -> tuple[str, str]:
    return codes.direction, codes.order
