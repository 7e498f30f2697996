"""What a file is, told by its bytes and never by its name, and the documents that it holds.

A TOTEM document called ``photo.jpg`` still names people, and so does one in base64 in an e-mail in
a zip. Whatever may hold one is looked into; what cannot be is ``opaque``, never "nothing found".

Work is bounded (see ``Limits``): each byte is read once where it lies, and once more in each
container around it that had to be opened.

>>> import io
>>> recognise(io.BytesIO(b"%PDF-1.7")).kind
'pdf'
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar

from ckanext.budget.totem.errors import TotemError

from .model import GRAVITY, Content, Kind, Leaf, Limits, Reason, Recognised, Work
from .sentences import sentence
from .signs import ROOT
from .walk import walk

Refusal = TypeVar("Refusal", bound=TotemError)

_INSIDE: tuple[Kind, ...] = ("totem", "annexes")
_DOCUMENTS: dict[Kind, str] = {"totem": "xml", "scdl": "csv"}
_TOLD: tuple[Kind, ...] = ("annexes", "contains_totem", "opaque")
"""Inside a container, what is worth a word; a picture beside a document is not."""


def recognise(stream: BinaryIO, limits: Limits = Limits()) -> Recognised:  # noqa: B008
    """The kind of the file in the seekable ``stream``, which is left at its beginning."""
    best: Recognised | None = None
    try:
        for leaf in walk(Content(stream), Work(limits)):
            best = _graver(best, _outside(leaf))
            if best.kind == "contains_totem":
                break
    finally:
        stream.seek(0)
    assert best is not None
    return best


def _outside(leaf: Leaf) -> Recognised:
    """The verdict that ``leaf`` means for the whole file."""
    found = leaf.recognised
    if not found.depth:
        return found
    if found.kind in _INSIDE:
        return Recognised("contains_totem", "", found.depth, found.containers)
    if found.kind == "scdl":
        return Recognised("contains_scdl", "", found.depth, found.containers)
    return found if found.kind in GRAVITY[:4] else Recognised("other")


def _graver(former: Recognised | None, found: Recognised) -> Recognised:
    return found if former is None or _rank(found) <= _rank(former) else former


def _rank(found: Recognised) -> int:
    return GRAVITY.index(found.kind) if found.kind in GRAVITY else len(GRAVITY) + found.depth


def explained(error: Refusal, stream: BinaryIO) -> Refusal:
    """The refusal of a file that is no document, in the words of every door, when it is something
    that has a name (a PDF, a workbook, an archive…); else as it is."""
    if not stream.seekable():
        return error
    stream.seek(0)
    found = recognise(stream)
    return type(error)(sentence(found)) if found.kind not in _DOCUMENTS else error


@dataclass(frozen=True)
class Found:
    """A document taken out of a file, or the reason why something in it is none.

    ``path`` is the extracted document (``totem`` or ``scdl``), None for a refusal; ``name`` is what
    its container calls it, for whoever sent the file and nobody else.
    """

    recognised: Recognised
    name: str
    path: Path | None = None

    @property
    def sentence(self) -> str:
        """What to tell the sender when it is not a TOTEM document."""
        return sentence(self.recognised)


def documents_in(
    stream: BinaryIO,
    folder: Path,
    limits: Limits = Limits(),  # noqa: B008
) -> Iterator[Found]:
    """The documents in the seekable ``stream``, whatever holds them, copied to ``folder``.

    ``folder`` is private; files are called ``document-1.xml``, ``document-2.csv``, whatever they
    were called. A document that stands alone is copied too. Annexes without their document, what
    cannot be looked into and documents that cannot be taken out come with their sentence; when
    nothing was found, the file itself does. Raises OSError when ``folder`` cannot be written.
    """
    told = number = 0
    for leaf in walk(Content(stream), Work(limits)):
        if leaf.kind in _DOCUMENTS:
            number += 1
            path = folder / f"document-{number}.{_DOCUMENTS[leaf.kind]}"
            _copy(leaf.content.stream, path)
            yield Found(leaf.recognised, leaf.content.name, path)
        elif leaf.kind in _TOLD or not (told or number or leaf.content.levels):
            told += 1
            yield Found(leaf.recognised, leaf.content.name)


def _copy(stream: BinaryIO, path: Path) -> None:
    stream.seek(0)
    with path.open("wb") as out:
        shutil.copyfileobj(stream, out, 1 << 20)
