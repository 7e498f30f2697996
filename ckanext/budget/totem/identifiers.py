"""SIREN (9 digits) and SIRET (14 digits) numbers of INSEE, and their keys (Luhn, ISO/IEC 7812-1).

python-stdnum knows the keys, and that of La Poste's establishments, which follow another rule.
Numbers are exact here: no blank, no point, ASCII digits only.
"""

from __future__ import annotations

from stdnum import luhn
from stdnum.fr import siren as _siren
from stdnum.fr import siret as _siret


def is_siren(number: str) -> bool:
    """Nine digits whose last is the key."""
    return _are_digits(number, 9) and _siren.is_valid(number)


def is_siret(number: str) -> bool:
    """Fourteen digits with a right key: those of the SIREN, a rank, and the key of the whole."""
    return _are_digits(number, 14) and _siret.is_valid(number)


def complete(prefix: str) -> str:
    """``prefix`` followed by its Luhn key."""
    return prefix + luhn.calc_check_digit(prefix)


def siret(siren: str, establishment: int = 1) -> str:
    """SIRET of the n-th establishment of ``siren``: SIREN, 4 digits, key."""
    return complete(f"{siren}{establishment:04d}")


def _are_digits(text: str, length: int) -> bool:
    return len(text) == length and text.isascii() and text.isdigit()
