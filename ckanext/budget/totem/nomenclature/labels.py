"""Whether two official labels of one code say different things, or the same in other words."""

from __future__ import annotations

import re
import unicodedata

ALIKE = 0.7
"""Share of letters in common from which two labels say the same. Between the M57_D plans of 2022 to
2025 (91 labels that changed beyond case, accents and punctuation) it keeps apart new meanings
(« Caisse des écoles », « Collectivité de rattachement »: 0.4) from new wordings (« Comptes de
placement rémunérés », « Comptes de placement »: 0.8)."""

SHORT = 3  # shorter words (de, la, au) name nothing


def differs(one: str, other: str) -> bool:
    """True when neither label is the other one made more precise, nor close to it in letters."""
    words, others = _words(one), _words(other)
    if words == others or _names(words) <= _names(others) or _names(others) <= _names(words):
        return False
    from difflib import SequenceMatcher  # only when labels changed: a look-up stays light

    return SequenceMatcher(None, "".join(words), "".join(others), autojunk=False).ratio() < ALIKE


def _words(label: str) -> list[str]:
    """Words without accents, case, punctuation or apostrophes (plans also lose these)."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().casefold()
    return re.findall(r"[a-z0-9]+", plain.replace("'", ""))


def _names(words: list[str]) -> set[str]:
    return {word for word in words if len(word) >= SHORT} or set(words)
