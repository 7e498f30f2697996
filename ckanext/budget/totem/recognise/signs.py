"""The signs that bytes are a TOTEM document, annexes, a container, or a format with a name.

Only the beginning of an element betrays TOTEM, in any prefix: names of bodies or of software do
not. The text is looked at in a plain form (see ``plain``), so that UTF-16, escapes and quoting
need no sign of their own.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import groupby

from ckanext.budget.totem.structure import load
from ckanext.budget.totem.tables import header as headers

ROOTS = (b"DocumentBudgetaire", b"CompteFinancierUnique")

_PREFIX = rb"<(?:[^\s<>/:]{1,64}:)?"
_PIECES = ("EnTeteDocBudgetaire", "EnTeteBudget", "BlocBudget", "LigneBudget", "LigneComptable")
"""Containers outside the annexes that nothing but TOTEM has."""
ROOT = re.compile(_PREFIX + rb"(?:" + b"|".join(ROOTS) + rb")[\s>/]")
VALUE = re.compile(rb"""\sV\s*=\s*["']""")
"""TOTEM puts its values in attributes ``V``."""


@lru_cache(maxsize=1)
def piece() -> re.Pattern[bytes]:
    """An annex, one of its records or a block of the document, after ``<`` or a prefix.

    The prefix itself is left to :func:`has_piece`: here it would cost five times the rest.
    """
    structure = load()
    annexes = [structure.annex(name) for name in structure.annexes]
    records = {field.target or field.name for field in annexes if field}
    names = [*_PIECES, *records, *(f"DATA_{name}" for name in structure.annexes)]
    return re.compile(rb"[<:]" + _one_of(sorted(set(names))).encode() + rb"[\s>/]")


def _one_of(names: list[str]) -> str:
    """A pattern of ``names`` (sorted) that tries each first letter once."""
    groups = {letter: [*group] for letter, group in groupby(names, lambda name: name[:1])}
    parts = [_beginning(*item) for item in groups.items()]
    return f"(?:{'|'.join(parts)})" if len(parts) > 1 else parts[0]


def _beginning(letter: str, names: list[str]) -> str:
    return letter and letter + _one_of([name[1:] for name in names])


def has_piece(text: bytes) -> bool:
    """Whether ``text`` has one of these tags, whatever its prefix."""
    return any(_is_tag(text, match.start()) for match in piece().finditer(text))


def begins_with_piece(text: bytes) -> bool:
    """Whether ``text`` opens with such a tag, or the root of the import format of annexes."""
    bare = re.sub(_PREFIX, b"<", text[:200], count=1)
    return bool(piece().match(bare) or bare.startswith((b"<data ", b"<data>")))


def _is_tag(text: bytes, place: int) -> bool:
    _before, opening, prefix = text[max(0, place - 64) : place].rpartition(b"<")
    return text[place] == ord("<") or bool(opening and prefix and not _NOT_A_NAME.search(prefix))


_NOT_A_NAME = re.compile(rb"[\s<>/:]")


class Signs:
    """What was seen of TOTEM in the blocks of a text, whatever their order."""

    def __init__(self) -> None:
        self.root = self._piece = self._value = False

    def look(self, block: bytes) -> None:
        """Take note of what ``block`` shows."""
        self.root = self.root or bool(ROOT.search(block))
        self._value = self._value or bool(VALUE.search(block))
        self._piece = self._piece or has_piece(block)

    @property
    def annexes(self) -> bool:
        """A piece of TOTEM and values as TOTEM writes them: names may be there."""
        return self._piece and self._value

    @property
    def found(self) -> bool:
        """Whether there is anything of TOTEM."""
        return self.root or self.annexes


def first_element(text: bytes) -> bytes:
    """``text`` from its first element on: byte order mark, blanks and prologue skipped."""
    text = text.lstrip(b"\xef\xbb\xbf\xfe\xff \t\r\n")
    while text.startswith((b"<?", b"<!")):
        end = next(mark for opening, mark in _SKIPPED if text.startswith(opening))
        text = text.partition(end)[2].lstrip()
    return text


def is_xml(head: bytes) -> bool:
    """Whether a file that begins so is XML, in one byte a character or more."""
    return first_element(head.translate(None, b"\0")).startswith(b"<")


_SKIPPED = ((b"<?", b"?>"), (b"<!--", b"-->"), (b"<!", b">"))

_SCDL_COLUMN = re.compile(rb"\bBGT_(?:NATDEC|SIRET|CONTNAT|NATURE)\b", re.IGNORECASE)


def is_scdl(text: bytes) -> bool:
    """Whether the first lines of ``text`` have columns of the SCDL schema of budgets."""
    lines = re.split(rb"[\r\n]+", text, maxsplit=20)[:20]
    return bool(_SCDL_COLUMN.search(b"\n".join(lines))) or _has_titles(lines)


def _has_titles(lines: list[bytes]) -> bool:
    """The same columns under their human titles."""
    if not all(map(_is_short, lines)):
        return False
    text = b"\n".join(lines)
    try:
        written = text.decode("utf-8-sig")
    except UnicodeDecodeError:
        written = text.decode("cp1252", "replace")
    return headers.is_of_a_budget(headers.find(written.split("\n")))


def _is_short(line: bytes) -> bool:
    return len(line) < _LONG_LINE


_LONG_LINE = 4096


SEALED: tuple[tuple[bytes, str], ...] = (
    (b"7z\xbc\xaf\x27\x1c", "format"),
    (b"Rar!\x1a\x07", "format"),
    (b"\x28\xb5\x2f\xfd", "format"),  # Zstandard
    (b"\x04\x22\x4d\x18", "format"),  # lz4
    (b"LZIP", "format"),
    (b"\x89LZO\0", "format"),
    (b"\x1f\x9d\x90", "format"),  # compress
    (b"MSCF\0\0\0\0", "format"),  # cabinet
    (b"xar!\0", "format"),
    (b"Salted__", "encrypted"),  # openssl enc
    (b"age-encryption.org/", "encrypted"),
    (b"-----BEGIN PGP MESSAGE", "encrypted"),
    (b"-----BEGIN AGE ENCRYPTED", "encrypted"),
    (b"\x8c\x0d\x04", "encrypted"),  # gpg --symmetric
    (b"\x85\x01\x0c\x03", "encrypted"),  # gpg for a key of 2048 bits
    (b"\x85\x02\x0c\x03", "encrypted"),  # of 4096 bits
    (b"\x84\x5e\x03", "encrypted"),  # of Curve25519
)
"""Beginnings of files that nothing here reads, with the reason."""

SEALED_ANYWHERE = tuple(magic for magic, _reason in SEALED[:2])
"""7z and rar open a file that begins with a program or a picture too."""

LOCKED = (
    b"-----BEGIN PGP MESSAGE",
    b"smime-type=enveloped-data",
    b'smime-type="enveloped-data',
    b"manifest:encryption-data",
)
"""In an e-mail, a text or the manifest of an OpenDocument: a part that only its addressee reads."""

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
WORKBOOK = "Workbook".encode("utf-16-le")
PROTECTED = "EncryptedPackage".encode("utf-16-le")
"""Streams of an OLE file: those of an old spreadsheet, of an office file with a password."""

PDF = b"%PDF-"

PES = re.compile(rb"<(?:[^\s<>/:]{1,64}:)?PES_(?:Aller|DepenseAller|RecetteAller|PJ)[\s>/]")
WEB_PAGE = re.compile(rb"<(?:!doctype html|html|head|body)[\s>]", re.IGNORECASE)
MAIL = re.compile(
    rb"(?:From |(?:Return-Path|Received|Delivered-To|Message-ID|MIME-Version|From|To|Subject|Date"
    rb"|Content-Type|X-[\w-]+):)",
    re.IGNORECASE,
)
MAIL_PART = re.compile(rb"^(?:MIME-Version|Content-Type):", re.IGNORECASE | re.MULTILINE)
