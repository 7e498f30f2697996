"""Every error that the library raises on purpose.

The message of each is one French sentence: what is wrong, where, what to do. It never quotes
a value of the document, because a value may be a person's name.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class TotemError(Exception):
    """The document cannot be used; ``str(error)`` is fit for the publisher."""


class NotTotem(TotemError):
    """The file is something else: another XML vocabulary, a web page, an empty file."""


class MalformedXml(TotemError):
    """The bytes are not well-formed XML: truncated, damaged, badly encoded."""


class UnsafeXml(TotemError):
    """A DOCTYPE or entity declaration, refused before anything is expanded."""


class UnsupportedEncoding(TotemError):
    """An encoding that TOTEM producers do not use and that cannot be masked byte for byte."""


class IncompleteDocument(TotemError):
    """Well-formed TOTEM without what identifies a budget (SIRET, fiscal year, stage)."""


class TooLarge(TotemError):
    """Larger than any real document, one element or too many annexes: memory is protected."""


class NoRoom(TotemError):
    """Whatever was unpacked has no room on the disk: no fault of the file."""


class UnexpectedFailure(TotemError):
    """A mistake of this library, told by kind and place: its own text may quote the document."""


_REASONS = {
    errno.ENOENT: "fichier ou dossier introuvable, vérifiez le chemin",
    errno.EACCES: "accès refusé, vérifiez vos droits",
    errno.EPERM: "accès refusé, vérifiez vos droits",
    errno.EISDIR: "c'est un dossier, donnez un fichier",
    errno.ENOTDIR: "c'est un fichier, donnez un dossier",
    errno.EEXIST: "c'est un fichier, donnez un dossier",
    errno.ENAMETOOLONG: "nom trop long, choisissez-en un plus court",
    errno.ENOSPC: "plus de place sur le disque, libérez-en",
    errno.EDQUOT: "plus de place dans votre quota, libérez-en",
    errno.EMFILE: "trop de fichiers ouverts, relevez la limite (ulimit -n)",
    errno.EROFS: "dossier en lecture seule, choisissez-en un autre",
}


def os_sentence(error: OSError) -> str:
    """An error of the system as one French sentence: which file, what, what to do."""
    name = f"{error.filename} : " if error.filename else ""
    reason = _REASONS.get(error.errno or 0, error.strerror or "lecture ou écriture impossible")
    return f"{name}{reason}."


@contextmanager
def unquoted() -> Iterator[None]:
    """Let the documented errors and the system's through; nothing else tells what it holds.

    A ``KeyError`` names its key, which may be a person: neither a log nor a page may get it.
    """
    try:
        yield
    except (TotemError, OSError, MemoryError):
        raise
    except Exception as error:
        raise UnexpectedFailure(
            f"Erreur imprévue ({type(error).__name__}, {_place(error)}) : rien n'est publié, "
            "signalez ce document à l'équipe du portail."
        ) from None


def _place(error: Exception) -> str:
    """``mask.py:120``: where the error was raised."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "?"
