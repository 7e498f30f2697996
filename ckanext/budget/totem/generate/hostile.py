"""Inputs that no software should trip on: bytes that are not the document they claim to be."""

from __future__ import annotations

from collections.abc import Callable

NAMESPACE = b"http://www.minefi.gouv.fr/cp/demat/docbudgetaire"
PAGE = (
    b'<!DOCTYPE html>\n<html lang="fr"><head><title>404</title></head>'
    b"<body><p>Page introuvable</p></body></html>\n"
)
LEVELS = 10
DEPTH = 200_000
MEBIBYTE = 1 << 20


def _truncated(sound: bytes) -> bytes:
    return sound[: len(sound) * 2 // 3]


def _doctype(declarations: bytes, reference: bytes) -> Callable[[bytes], bytes]:
    """A DOCTYPE after the XML declaration, and an entity of it used in a value."""

    def spoil(sound: bytes) -> bytes:
        head, mark, tail = sound.partition(b"<DocumentBudgetaire")
        doctype = b"<!DOCTYPE DocumentBudgetaire [" + declarations + b"]>\n"
        return head + doctype + mark + tail.replace(b'V="', b'V="' + reference, 1)

    return spoil


def _bomb() -> bytes:
    """Entities that would expand to more than 10 GB (10 levels of ten, 10 bytes each)."""
    lines = [b'<!ENTITY e0 "lollollol!">']
    for level in range(1, LEVELS):
        again = b"&e%d;" % (level - 1) * 10
        lines.append(b'<!ENTITY e%d "%s">' % (level, again))
    return b"\n".join(lines)


def _recoded(sound: bytes) -> bytes:
    """Latin-1 bytes under a UTF-8 declaration."""
    text = sound.decode("utf-8") if b'"UTF-8"' in sound[:60] else sound.decode("latin-1")
    body = text.partition("?>")[2].replace('V="', 'V="É', 1)
    return b'<?xml version="1.0" encoding="UTF-8"?>' + body.encode("latin-1", "xmlcharrefreplace")


def _utf16(sound: bytes) -> bytes:
    body = sound.decode("latin-1").partition("?>")[2]
    return ('<?xml version="1.0" encoding="UTF-16"?>' + body).encode("utf-16")


HOSTILE: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "hostile-tronque": ("document coupé au milieu", _truncated),
    "hostile-doctype": ("DOCTYPE sans entité", _doctype(b"", b"")),
    "hostile-bombe": ("entités qui se multiplient jusqu'à 10 Go", _doctype(_bomb(), b"&e9;")),
    "hostile-entite-externe": (
        "entité externe (fichier local)",
        _doctype(b'<!ENTITY x SYSTEM "file:///etc/hostname">', b"&x;"),
    ),
    "hostile-espace-de-noms": (
        "autre espace de noms",
        lambda sound: sound.replace(NAMESPACE, b"http://www.exemple.fr/autre", 1),
    ),
    "hostile-vide": ("fichier vide", lambda sound: b""),
    "hostile-blancs": ("des blancs seulement", lambda sound: b" \n" * 500),
    "hostile-html": ("page d'erreur nommée .xml", lambda sound: PAGE),
    "hostile-encodage": ("encodage déclaré faux", _recoded),
    "hostile-utf16": ("UTF-16", _utf16),
    "hostile-encodage-inconnu": (
        "encodage inexistant",
        lambda sound: sound.replace(b"encoding=", b'encoding="x-inconnu" n=', 1),
    ),
    "hostile-nul": (
        "octets nuls au milieu",
        lambda sound: sound[:2000] + b"\0" * 16 + sound[2000:],
    ),
    "hostile-binaire": ("archive nommée .xml", lambda sound: b"PK\x03\x04" + bytes(range(256)) * 8),
    "hostile-profond": (
        "éléments emboîtés sans fin",
        lambda sound: b'<DocumentBudgetaire xmlns="' + NAMESPACE + b'">' + b"<a>" * DEPTH,
    ),
    "hostile-ligne-sans-fin": (
        "une valeur de 64 Mo",
        lambda sound: sound.replace(b'V="', b'V="' + b"A" * (64 * MEBIBYTE), 1),
    ),
    "hostile-suite": ("octets après la fin", lambda sound: sound + b"<encore/>"),
}
