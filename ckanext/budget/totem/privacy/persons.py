"""Whose name is it: a legal person's, certainly; a natural person's, by its look; or doubtful.

``kind_of`` never guesses in favour of publication: *legal* needs a legal form at the start or at
the end of the name, an RNA number, or a body of a list that the caller gives. Everything else is
``doubtful``, unless it looks like a natural person's name. The words are data: ``persons.tsv``.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

from ckanext.budget.totem.privacy.forms import holds_contact

LEGAL, NATURAL, DOUBTFUL = "legal", "natural", "doubtful"

_NOT_WORD = re.compile(r"[^0-9A-Z]+")
_RNA = re.compile(r"(?<![0-9A-Z])W\d{9}(?![0-9A-Z])")
# "S.A.R.L." and "S A R L" are one word: single letters that follow each other are joined.
_SPELLED = re.compile(r"(?<![0-9A-Z])[A-Z](?:[. ]{1,2}[A-Z](?![0-9A-Z])){1,5}\.?")
_TOKEN = re.compile(r"[^\W\d_][\w'’-]*")
_DOTTED = re.compile(r"(?<![\w.])(?:M|MM|Mr|MR|Me|Dr)\.\s?[^\W\d_]{2}")
_MOST_TOKENS = 4
# Nothing longer is a name: a hostile value must not cost more than a real one.
_LONGEST = 300


@lru_cache(maxsize=20_000)
def normal(name: str) -> str:
    """Capitals without accents, signs as single spaces: what two spellings have in common.

    >>> normal("Comité des fêtes (l'Étang)")
    'COMITE DES FETES L ETANG'
    """
    return _NOT_WORD.sub(" ", _plain(name)).strip()


def _plain(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name[:_LONGEST].replace("œ", "oe").replace("Œ", "OE"))
    return "".join(c for c in plain if not unicodedata.combining(c)).upper()


@cache
def _words(kind: str) -> frozenset[str]:
    with open(Path(__file__).with_name("persons.tsv"), encoding="utf-8", newline="") as table:
        rows = csv.DictReader(table, delimiter="\t")
        return frozenset(normal(row["words"]) for row in rows if row["kind"] == kind)


@cache
def _at_start() -> re.Pattern[str]:
    return re.compile(rf"(?:(?:LE|LA|LES|L) )?(?:{_any_of('start')})(?: |$)")


@cache
def _at_end() -> re.Pattern[str]:
    return re.compile(rf"(?:^|.* )(?:{_any_of('end')})$")


@cache
def _of_people() -> re.Pattern[str]:
    start = f"(?:{_any_of('person-start')}) (?=[A-Z]{{2}})"
    return re.compile(rf"{start}|(?:^|.* )(?:{_any_of('person')})(?: |$)")


@cache
def _of_trade() -> re.Pattern[str]:
    return re.compile(rf"(?:{_any_of('trade')})(?: |$)")


def _any_of(kind: str) -> str:
    return "|".join(sorted(map(re.escape, _words(kind)), key=len, reverse=True))


@lru_cache(maxsize=20_000)
def kind_of(name: str, bodies: frozenset[str] = frozenset()) -> str:
    """``legal``, ``natural`` or ``doubtful``.

    ``bodies``: normalised names (see ``normal``) of bodies that are known to be public, such as
    the communes and groups of the territory.
    """
    plain = normal(name)
    if not plain:
        return DOUBTFUL
    if plain in bodies or _RNA.search(plain):
        return LEGAL
    has_people = bool(
        _of_people().match(plain)
        or _DOTTED.search(name[:_LONGEST])
        or holds_contact(name[:_LONGEST])
    )
    joined = normal(_SPELLED.sub(lambda m: re.sub(r"[. ]", "", m[0]), _plain(name)))
    if any(map(_has_legal_form, (plain, joined))):
        # "Association de M. Untel" is one thing and the other: somebody must look.
        return DOUBTFUL if has_people else LEGAL
    return NATURAL if has_people or _looks_like_somebody(name[:_LONGEST]) else DOUBTFUL


def _has_legal_form(plain: str) -> bool:
    start = _at_start().match(plain)
    if start is None:
        return bool(_at_end().match(plain))
    # "SAS MICHEL": a company, or Michel SAS.
    is_short = len(start[0].strip()) <= 3
    rest = plain[start.end() :].split()
    is_first_name = is_short and bool(rest) and all(word in _words("first") for word in rest)
    return not is_first_name and not _of_trade().match(plain)


def names_somebody(text: str) -> bool:
    """True when a text reads as a natural person's: a civility, a name alone, how to reach one.

    An absence proves nothing: no list knows every name.
    """
    return kind_of(text) == NATURAL


def has_known_words_only(text: str) -> bool:
    """True when each word of a code, a grade or a kind of work is known (``thing`` and ``known`` of
    ``persons.tsv``), a number, or shorter than three letters, and there is no civility.

    Any other word may be a surname, which nothing tells from a word.

    >>> has_known_words_only("Adjoint technique 2ème classe"), has_known_words_only("Trucmuche")
    (True, False)
    """
    words = normal(text).split()
    return (
        len(text) <= _LONGEST
        and ((len(words) == 1 and len(words[0]) <= _SHORT) or all(map(_is_known, words)))
        and not names_somebody(text)
    )


_SHORT = 3
"""A code of so many letters names nobody."""
_SPELT = 8
"""From so many letters on, a known word may have one that is missing or too many."""


@lru_cache(maxsize=20_000)
def _is_known(word: str) -> bool:
    letters = word.strip("0123456789")
    if len(letters) < _SHORT or letters in _known():
        return True
    if letters != word:
        return len(letters) <= _SHORT
    return len(word) >= _SPELT - 1 and (
        word in _misspelt() or not _known().isdisjoint(_one_less(word))
    )


@cache
def _known() -> frozenset[str]:
    return _words("thing") | _words("known") | _words("particle")


@cache
def _misspelt() -> frozenset[str]:
    return frozenset().union(*(_one_less(word) for word in _known() if len(word) >= _SPELT))


def _one_less(word: str) -> set[str]:
    return {word[:place] + word[place + 1 :] for place in range(len(word))}


def _looks_like_somebody(name: str) -> bool:
    """``Jeanne QUELQUUN``, ``QUELQUUN Jeanne``, ``QUELQUUN JEANNE``: a name and nothing else.

    Inside a longer text only the first of these, which nothing else looks like.
    """
    tokens = [token for token in _TOKEN.findall(name) if normal(token) not in _words("particle")]
    if any(_is_full_name(*pair) for pair in pairwise(tokens)):
        return True
    if not 2 <= len(tokens) <= _MOST_TOKENS or any(map(_is_thing, tokens)):
        return False
    first = sum(map(_is_first_name, tokens))
    others = len(tokens) - first
    if first:
        return others <= 1 or (others == 2 and _is_first_name(tokens[0]) and len(tokens) == 3)
    return len(tokens) == 2 and _is_mixed(*tokens)


def _is_first_name(token: str) -> bool:
    parts = normal(token).split()
    return bool(parts) and all(part in _words("first") or _is_compound(part) for part in parts)


def _is_compound(part: str) -> bool:
    """First names that no list holds whole: ``Abdelkhalek``, ``Kiritkumar``."""
    starts, ends = tuple(_words("first-start")), tuple(_words("first-end"))
    return len(part) > 6 and (part.startswith(starts) or part.endswith(ends))


def _is_thing(token: str) -> bool:
    return any(part in _words("thing") for part in normal(token).split())


def _is_full_name(first: str, last: str) -> bool:
    """``Jeanne QUELQUUN``: a first name, then three capitals or more."""
    is_surname = len(last) > 2 and last.isupper() and last.isalpha() and not _is_thing(last)
    return is_surname and not first.isupper() and _is_first_name(first)


def _is_mixed(one: str, other: str) -> bool:
    """One word in capitals, the other with one capital only: how people write a full name."""
    upper, title = (one, other) if one.isupper() else (other, one)
    return (
        len(upper) > 3
        and upper.isupper()
        and title[:1].isupper()
        and title[1:].islower()
        and len(title) > 2
    )


def is_public_number(number: str) -> bool:
    """True for a SIREN or SIRET that only a public body can have (it starts with 1 or 2).

    The other numbers are given to companies and to sole traders alike: they say nothing.
    """
    # The checks import the masker: at module level, each would wait for the other.
    from ckanext.budget.totem.identifiers import is_siren, is_siret

    digits = re.sub(r"\s", "", number)
    return digits[:1] in ("1", "2") and (is_siren(digits) or is_siret(digits))
