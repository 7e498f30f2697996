"""Names as people write them, for pages: « CRACH » -> « Crach », « COMMUNE DE MOHON (M57) » ->
« Mohon ». The data keep what the document says: this is for eyes only."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache


def _unaccented(word: str) -> str:
    letters = unicodedata.normalize("NFKD", word)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


# A norm or a number that software adds to the name, at its end.
_MARKS = re.compile(
    r"\s*(?:\(?\bM\s?\d{2}[A-Z]?\b\)?|\(\s*\)|-\s*)\s*$|\s+\d{2,4}\s*$", re.IGNORECASE
)
# « Commune de Mohon » is Mohon; a département, a region or a syndicat keeps what it is.
_KIND = re.compile(r"^(?:commune|ville|mairie)\s+(?:de\s+|d[’'`]\s*)(?=\S)", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:\.[^\W\d_]+)*")
_ACRONYMS = frozenset(
    "CA CC CU CCAS CIAS SIVU SIVOM SIVOS EPCI EPT SDIS PNR PETR SCOT SPIC SPA SPANC ZAC ZA ZI ZAE "
    "RPA EHPAD OM TEOM CDE CFA SMICTOM SIRTOM SICTOM SIAEP SIEA SMA BP HLM RN RD".split()
)
_SMALL = frozenset(
    "à au aux d de des du en et l la le les lès lez ou par pour près s sous sur un une".split()
)
_ARTICLES = frozenset("la le les l".split())
# What a body or a budget is, not what it is called: a common noun inside a name, accents included.
_COMMON = {
    _unaccented(noun): noun
    for noun in (
        "agglomération aménagement annexe assainissement atelier ateliers bâtiments budget caisse "
        "camping centre chaleur cimetière cinéma collectif commerces commun commune communal "
        "communale communauté communautaire communes culturel déchets département départemental "
        "départementale eau eaux école écoles économique énergie énergies enfance funéraires "
        "général gestion habitat industriel intercommunal intercommunale logement logements "
        "lotissement lotissements maison métropole métropolitain mixte mobilité municipal "
        "municipale non ordures ménagères parc photovoltaïque pompes port potable principal "
        "production public publics publique région régional relais réseau restauration santé "
        "scolaire secours service services social sociale syndicat tourisme transport transports "
        "urbain urbaine ville zone zones"
    ).split()
}


@lru_cache(maxsize=4096)
def dressed(name: str) -> str:
    """The name without what software added; capitals throughout become those of a proper name."""
    bare = _without_marks(" ".join(name.split()))
    bare = _KIND.sub("", bare) or bare
    if not bare or bare != bare.upper():
        return bare
    lowered = _WORD.sub(lambda found: _cased(found[0], bare[: found.start()]), bare)
    return lowered[:1].upper() + lowered[1:]


def _without_marks(name: str) -> str:
    while (shorter := _MARKS.sub("", name)) != name and shorter.strip(" ()-"):
        name = shorter
    return name


def _cased(word: str, before: str) -> str:
    lower = word.lower()
    if word in _ACRONYMS:
        return word
    if before and lower in _SMALL and not (lower in _ARTICLES and _ends_common(before)):
        return lower
    common = _COMMON.get(_unaccented(lower))
    return common if common and before else (common or lower).capitalize()


def _ends_common(before: str) -> bool:
    """« Lotissement Le Boceno »: an article after a common noun begins the name itself."""
    words = before.rstrip().split(" ")
    return before.endswith(" ") and _unaccented(words[-1].lower()) in _COMMON
