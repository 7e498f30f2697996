"""Luhn keys of SIREN (9 digits) and SIRET (14 digits), as INSEE builds them."""

from __future__ import annotations


def _luhn_sum(digits: str) -> int:
    """Luhn sum of ``digits``, the rightmost one being the key."""
    total = 0
    for rank, char in enumerate(reversed(digits)):
        value = int(char) * (1 + rank % 2)
        total += value - 9 if value > 9 else value
    return total


def is_valid(digits: str) -> bool:
    """True when the last digit is the Luhn key of the others."""
    return digits.isdigit() and _luhn_sum(digits) % 10 == 0


def complete(prefix: str) -> str:
    """``prefix`` followed by its Luhn key."""
    return prefix + str(-_luhn_sum(prefix + "0") % 10)


def siret(siren: str, establishment: int = 1) -> str:
    """SIRET of the n-th establishment of ``siren``: SIREN, 4 digits, Luhn key."""
    return complete(f"{siren}{establishment:04d}")
