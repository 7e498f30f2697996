"""Keys of SIREN and SIRET numbers (INSEE; Luhn formula of ISO/IEC 7812-1, annex B)."""

from __future__ import annotations

_LA_POSTE = "356000000"
"""SIREN whose establishments follow another key: the sum of the digits is a multiple of 5."""


def is_siren(digits: str) -> bool:
    """Nine digits whose last is the key."""
    return _are_digits(digits, 9) and _luhn(digits)


def is_siret(digits: str) -> bool:
    """Fourteen digits whose last is the key; La Poste's own rule included."""
    if not _are_digits(digits, 14):
        return False
    if digits.startswith(_LA_POSTE) and sum(map(int, digits)) % 5 == 0:
        return True
    return _luhn(digits)


def _are_digits(text: str, length: int) -> bool:
    return len(text) == length and text.isascii() and text.isdigit()


def _luhn(digits: str) -> bool:
    doubled = (int(digit) * (1 + rank % 2) for rank, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
