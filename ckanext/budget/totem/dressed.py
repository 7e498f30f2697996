"""Names of public bodies and of their budgets as people write them; the data keep theirs.

Software writes ``COMMUNE DE MOHON (M57)``; people say Mohon. Only what is written in capitals is
put in small letters: a name that somebody wrote with care stays as it is. Accents that capitals
lost are not invented.
"""

from __future__ import annotations

import re

_NORM = re.compile(
    r"\s*\((?:M[0-9]{1,3}[A-Z_0-9]*|SPIC|SPA)\)|\s+-\s+M(?:14|57|4[0-9]?)\b", re.IGNORECASE
)
_COMMUNE = re.compile(
    r"(?:commune|ville|mairie)(?:\s+nouvelle)?\s+"
    r"(?P<of>de\s+la|de\s+l['’]|du|des|de|d['’])\s*(?=\w)",
    re.IGNORECASE,
)
_ARTICLES = {"du": "Le ", "des": "Les "}
_SMALL = frozenset(
    "à au aux d de des du en et l la le les lès lez ou par pour près sous sur un une".split()
)
_ACRONYMS = frozenset(
    "AEP CA CC CCAS CDC CIAS COM CU DSP EHPAD EPCI HLM MAPA MSP OM PETR PLU PNR REOM RPA SA SCOT "
    "SDIS SIAEP SIEA SIVOM SIVU SMA SMICTOM SICTOM SPA SPANC SPIC SSIAD TEOM USLD VRD "
    "ZA ZAC ZAE ZI".split()
)
_WORD = re.compile(r"\w+")
_VOWELS = re.compile(r"[AEIOUYÀÂÄÉÈÊËÎÏÔÖÙÛÜŒÆ]")


def dressed(name: str) -> str:
    """``CRACH`` -> ``Crach``, ``COMMUNE DE MOHON (M57)`` -> ``Mohon``, ``SAINT MALO AGGLOMERATION``
    -> ``Saint Malo Agglomeration``; acronyms (``CC``, ``SDIS``) and digits stay."""
    text = " ".join(_NORM.sub("", name).split()) or name.strip()
    found = _COMMUNE.match(text)
    if found:
        of = found["of"].casefold()
        article = "La " if of.endswith("la") else "L'" if of.startswith("de l") else ""
        text = (article or _ARTICLES.get(of, "")) + text[found.end() :]
    if not text.isupper() and not (found and text[-3:].isupper()):
        return text[:1].upper() + text[1:]
    lowered = _WORD.sub(_lowered, text)
    return lowered[:1].upper() + lowered[1:]


def _lowered(found: re.Match[str]) -> str:
    word = found[0]
    if word in _ACRONYMS or any(char.isdigit() for char in word):
        return word
    if word.lower() in _SMALL:
        return word.lower()
    if len(word) > 1 and word.isupper() and not _VOWELS.search(word):
        return word
    return word[:1].upper() + word[1:].lower()
