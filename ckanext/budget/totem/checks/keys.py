"""Keys of SIREN and SIRET numbers (Luhn), La Poste's exception included."""

from __future__ import annotations

LA_POSTE = "356000000"
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def is_siren(number: str) -> bool:
    """True for 9 digits with a right key."""
    return len(number) == 9 and _is_digits(number) and _luhn(number) % 10 == 0


def is_siret(number: str) -> bool:
    """True for 14 digits with a right key.

    The establishments of La Poste follow another rule: the sum of their digits is a multiple of 5
    (its head office follows both).
    """
    if len(number) != 14 or not _is_digits(number):
        return False
    if number.startswith(LA_POSTE) and sum(map(int, number)) % 5 == 0:
        return True
    return _luhn(number) % 10 == 0


def _is_digits(number: str) -> bool:
    return number.isascii() and number.isdigit()


def _luhn(number: str) -> int:
    digits = [int(c) for c in reversed(number)]
    return sum(digits[::2]) + sum(_DOUBLED[d] for d in digits[1::2])
