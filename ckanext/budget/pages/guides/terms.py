"""Words of the glossary in a guide: each is a link to its definition where it comes first."""

from __future__ import annotations

import re
from functools import lru_cache

import ckan.plugins.toolkit as tk

from ckanext.budget.core.formats import locale
from ckanext.budget.totem.summary.words import glossary

_TAG = re.compile(r"(<[^>]*>)")
_KEPT = re.compile(r"<(/?)(a|h[1-6]|code|pre|th)\b")
"""Text inside of these is a name or a link already."""


def linked(text: str) -> str:
    """The HTML with its first occurrence of each term linked; everything else as it is."""
    pattern, ids = _terms(locale())
    address = tk.url_for("budget_portal.glossary")
    depth, seen, pieces = 0, set(), []

    def link(found: re.Match[str]) -> str:
        name = ids[_plain(found[0])]
        if name in seen:
            return found[0]
        seen.add(name)
        return f'<a class="budget-term" href="{address}#{name}">{found[0]}</a>'

    for piece in _TAG.split(text):
        if tag := _KEPT.match(piece):
            depth += -1 if tag[1] else 1
        pieces.append(piece if depth or piece.startswith("<") else pattern.sub(link, piece))
    return "".join(pieces)


@lru_cache(maxsize=2)
def _terms(language: str) -> tuple[re.Pattern[str], dict[str, str]]:
    """What to look for, the longest first, and the id of each: a term of the table is one or more
    words, each with its plural; « Budget primitif (BP) » is found without its letters."""
    ids: dict[str, str] = {}
    for term in glossary(language):
        for word in re.sub(r"\s*\([^)]*\)", "", term.term).split(", "):
            # Words that mean something else in everyday language would be linked wrongly.
            if term.id not in _EVERYDAY:
                ids.setdefault(_plain(word), term.id)
    longest = sorted(ids, key=len, reverse=True)
    words = "|".join(r"\s+".join(f"{re.escape(one)}s?" for one in name.split()) for name in longest)
    either = words.replace("'", "['’]")
    return re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.IGNORECASE), ids


_EVERYDAY = frozenset(("nature", "fonction", "article", "chapitre", "equilibre", "interets"))


def _plain(text: str) -> str:
    """In small letters, without the plurals that the pattern allows."""
    words = text.casefold().replace("’", "'").split()
    return " ".join(word.removesuffix("s") for word in words)
