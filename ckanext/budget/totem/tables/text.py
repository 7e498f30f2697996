"""Spelling: what two writings of the same word share, and accents that a program has damaged."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LONGEST = 500
"""Characters of a text that are looked at; a label of the charts has some two hundred."""

# C3 and C2 begin the accented letters of French in UTF-8; E2 the typographic marks.
_MOJIBAKE = re.compile("[ÃÂâÅ][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|\u251c\\S|\u221a\\S")
_OLD = ("cp1252", "cp850", "cp437", "mac-roman")
_LOST_LETTER = re.compile(r"\ufffd|(?<=\w)\?+(?=\w)|(?<=\w)\?+(?=,| |$)|(?<![\w?])\?+(?=\w)")


def folded(text: str) -> str:
    """``" Décision  Modificative"`` -> ``"decision modificative"``: no case, accent nor sign.

    Of a text without end, its beginning.
    """
    return _folded(text[:_LONGEST])


@lru_cache(maxsize=20_000)
def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "OE"))
    letters = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return " ".join(letters.casefold().split())


def has_lost_letters(text: str) -> bool:
    """Whether a letter was replaced by a question mark or by U+FFFD."""
    return "\ufffd" in text or ("?" in text and bool(_LOST_LETTER.search(text)))


def fits_lost(damaged: str, whole: str) -> bool:
    """Whether ``damaged`` is ``whole``, each lost letter aside (one or two marks for a letter)."""
    return bool(
        _lost_pattern(damaged.strip()[:_LONGEST]).fullmatch(unicodedata.normalize("NFC", whole))
    )


@lru_cache(maxsize=5_000)
def _lost_pattern(damaged: str) -> re.Pattern[str]:
    pieces = re.split(r"[\ufffd?]+", damaged)
    marks = re.findall(r"[\ufffd?]+", damaged)
    pattern = re.escape(pieces[0])
    for mark, piece in zip(marks, pieces[1:], strict=True):
        pattern += f"[^\\x00-\\x7f]{{1,{len(mark)}}}" + re.escape(piece)
    return re.compile(pattern, re.IGNORECASE)


def undone_mojibake(text: str) -> str:
    """The text before UTF-8 was read as an older encoding; itself when it was not."""
    for _ in range(2):
        if not _MOJIBAKE.search(text):
            break
        found = next(filter(None, (_reread(text, codec) for codec in _OLD)), "")
        if not found:
            break
        text = found
    return text


def _reread(text: str, codec: str) -> str:
    try:
        return b"".join(_byte(char, codec) for char in text).decode("utf-8")
    except UnicodeError:
        return ""


def _byte(char: str, codec: str) -> bytes:
    """The byte of a character; windows-1252 shares latin-1's where it has nothing of its own."""
    if codec == "cp1252" and "\x80" <= char <= "\x9f":
        return char.encode("latin-1")
    return char.encode(codec)
