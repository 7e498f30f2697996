"""What can go wrong while collecting documents.

``str(error)`` is one French sentence for the person who runs the portal: what happened,
where, and what to do. It never holds a secret, a query string or a traceback.
"""

from __future__ import annotations

import errno
import re
from urllib.parse import urlsplit

_SHOWN_LENGTH = 200
_USERINFO = re.compile(r"//[^/?#]*@")


def shown(location: str) -> str:
    """The form of a URL, path or locator that may be logged and displayed.

    Drops ``user:password@``, the query string and the fragment (they may carry a token),
    control characters, and whatever exceeds 200 characters.
    """
    text = _USERINFO.sub("//", str(location))
    if "://" in text:
        text = _without_query(text)
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return text if len(text) <= _SHOWN_LENGTH else text[: _SHOWN_LENGTH - 1] + "…"


def public_address(url: str | None) -> str:
    """A web address without its parameters; nothing of a folder of the server."""
    text = (url or "").strip()
    return shown(text) if text.lower().startswith(("http://", "https://")) else ""


def is_disk_full(error: BaseException) -> bool:
    """Whether the system has no room left to write, or the user's quota is used up.

    It says nothing of the site nor of the document: such an error leaves this package as it is.
    """
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def _without_query(text: str) -> str:
    """``text`` with the query of its URL replaced by ``?…`` (an archive entry is kept)."""
    address, mark, entry = text.partition("!/")
    try:
        parts = urlsplit(address)
    except ValueError:
        return "adresse illisible"
    query = "?…" if parts.query else ""
    return f"{parts.scheme}://{parts.netloc}{parts.path}{query}{mark}{entry}"


class CollectError(Exception):
    """Base of every documented error of this package.

    ``where`` is the displayable place, ``locator`` the exact one (never to be displayed);
    ``transient`` says that trying again later may work.
    """

    sentence = "La collecte de « {where} » a échoué : réessayez plus tard."
    transient = False

    def __init__(self, where: str = "", **facts: object) -> None:
        self.locator = str(where)
        self.where = shown(where)
        self.facts = facts
        super().__init__(self.sentence.format(where=self.where, **facts))

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.locator, self.facts))


def _rebuild(kind: type[CollectError], where: str, facts: dict[str, object]) -> CollectError:
    return kind(where, **facts)


class UnusableSource(CollectError):
    """The address or the kind of the source itself cannot be used."""

    sentence = "La source « {where} » n'est pas utilisable : {reason}."


class AddressRefused(CollectError):
    """The host resolves to a private, loopback, link-local or otherwise reserved address."""

    sentence = (
        "« {where} » mène à une adresse interne au réseau : le téléchargement est refusé, "
        "l'administrateur du portail peut autoriser ce réseau dans sa configuration."
    )


class RedirectRefused(CollectError):
    """A redirection leads to another scheme, loops or is too long."""

    sentence = (
        "« {where} » redirige vers une adresse refusée ({reason}) : "
        "indiquez l'adresse définitive du document."
    )


class NotFound(CollectError):
    """404, 410, a missing file or a missing archive entry."""

    sentence = "« {where} » n'existe pas ou plus à la source : vérifiez l'adresse."


class AccessDenied(CollectError):
    """401, 403 or a file that the portal may not read."""

    sentence = (
        "L'accès à « {where} » est refusé : vérifiez les droits de lecture, ou l'identifiant "
        "d'accès (« auth ») déclaré dans la configuration du portail."
    )


class PathRefused(CollectError):
    """A local path outside the directories that the administrator allows."""

    sentence = (
        "« {where} » n'est pas dans un dossier autorisé : demandez à l'administrateur du "
        "portail d'ajouter ce dossier aux dossiers de moissonnage autorisés."
    )


class Unreachable(CollectError):
    """Name resolution, connection, TLS or transfer failed, after the retries."""

    sentence = "« {where} » est injoignable ({reason}) : vérifiez l'adresse ou réessayez plus tard."
    transient = True


class TimedOut(CollectError):
    """The total time limit of a download or of a listing is over."""

    sentence = (
        "« {where} » n'a pas répondu en entier en {seconds} secondes : réessayez plus tard ou "
        "augmentez « timeout » dans la configuration de la source."
    )
    transient = True


class Unavailable(CollectError):
    """429 or 5xx, still there after the retries, or a ``Retry-After`` beyond the limit."""

    sentence = (
        "Le site de « {where} » est indisponible (réponse {status}) : réessayez plus tard "
        "ou ralentissez avec « rate » dans la configuration de la source."
    )
    transient = True


class UnexpectedAnswer(CollectError):
    """Any other HTTP status, bad headers or an unknown content encoding."""

    sentence = (
        "Le site a donné pour « {where} » une réponse inutilisable ({reason}) : "
        "signalez-le à son gestionnaire."
    )


class TooLarge(CollectError):
    """More bytes than allowed, declared or real, before or after decompression."""

    sentence = (
        "« {where} » dépasse la taille permise ({limit}) : vérifiez le fichier ou demandez à "
        "l'administrateur du portail de relever la limite."
    )


class LimitReached(CollectError):
    """The listing stops here: too many pages, links, levels, entries or documents."""

    sentence = (
        "La liste de « {where} » a été arrêtée ({reason}) : restreignez la source, ou relevez "
        "la limite dans sa configuration."
    )


class BadListing(CollectError):
    """A list or an index that cannot be read."""

    sentence = "La liste « {where} » est illisible ({reason}) : corrigez-la, ou l'adresse."


class BadArchive(CollectError):
    """A zip or gzip that is damaged, truncated, or shaped as a bomb."""

    sentence = "L'archive « {where} » est refusée ({reason}) : recréez-la puis redéposez-la."


class EntryRefused(CollectError):
    """One entry of an archive, of a list or of a folder that is not safe to read."""

    sentence = "« {where} » est refusé ({reason}) : corrigez puis redéposez ce fichier."


class StillWritten(CollectError):
    """A local file that changed less than ``min_age`` seconds ago: it may not be whole."""

    sentence = "« {where} » vient d'être écrit : il sera lu au prochain moissonnage."
    transient = True


class EmptyDocument(CollectError):
    """A document of zero byte."""

    sentence = "« {where} » est vide : exportez le document à nouveau puis redéposez-le."


class UnsupportedContent(CollectError):
    """The bytes are not what the place announces (an archive where a document is due)."""

    sentence = "« {where} » n'est pas un document XML ({reason}) : {remedy}."
