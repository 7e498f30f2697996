"""Why a good document is not published; the message is one French sentence with the remedy."""

from __future__ import annotations

import errno
import traceback
from pathlib import Path

from ckanext.budget import config


def safe_description(error: BaseException) -> str:
    """``IntegrityError (publish.py:80, default.py:941)``: what a log may say of any error.

    Neither its message nor its traceback: those of a database quote the values of the statement.
    An error of the system has its name too: ``OSError ENOSPC (storage.py:80)``.
    """
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if f"{config.PACKAGE}/" in frame.filename]
    places = (f"{Path(frame.filename).name}:{frame.lineno}" for frame in own[-3:] + frames[-1:])
    system = errno.errorcode.get(getattr(error, "errno", None) or 0, "")
    kind = " ".join(filter(None, (type(error).__name__, system)))
    return f"{kind} ({', '.join(dict.fromkeys(places))})"


class PublicationError(Exception):
    """The document cannot be published; ``str(error)`` is fit for the publisher.

    Never built from a value of the document: messages go to logs and harvest reports.
    """

    message = "Le document ne peut pas être publié."
    transient = False
    """Whether trying again later may work."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or self.message)


class DraftRefused(PublicationError):
    """``ProjetBudget`` is true: the document was not voted."""

    message = (
        "Projet de budget (ProjetBudget vaut « vrai ») : seul un document voté est publié ; "
        "exportez la version votée depuis le logiciel comptable."
    )


_DISKS = {
    "ckanext.budget.spool": "le dossier de travail (« ckanext.budget.spool »)",
    "ckan.storage_path": "le stockage des fichiers (« ckan.storage_path »)",
    "sqlalchemy.url": "la base de données",
}


class DiskFull(PublicationError):
    """There is no room left on a disk of the portal; ``setting`` names the one."""

    transient = True

    def __init__(self, setting: str) -> None:
        super().__init__(
            f"Il n'y a plus assez de place sur le disque du portail pour {_DISKS[setting]} : "
            "rien n'a été publié. Demandez à l'administrateur du portail d'en libérer, puis "
            "recommencez ; un moissonnage recommence de lui-même."
        )


class DatasetBusy(PublicationError):
    """The lock of the dataset was not free in time."""

    transient = True
    message = (
        "Une autre publication du même budget est en cours ; recommencez dans quelques minutes."
    )


class DatasetDeleted(PublicationError):
    """Somebody deleted the dataset: publishing would silently undo their decision."""

    message = (
        "Le jeu de données de ce budget a été supprimé du portail : rien n'est publié tant qu'un "
        "éditeur de son organisation ne l'a pas restauré (bouton « Restaurer » de sa page), ou "
        "n'y a pas déposé de nouveau le document en confirmant."
    )


class DocumentWithdrawn(PublicationError):
    """The publisher withdrew this document: only a click of theirs brings it back."""

    def __init__(self, day: str) -> None:
        super().__init__(
            f"Ce document a été retiré par son éditeur le {day} : il n'est pas remis en ligne sans "
            "son accord. Sur la page du jeu de données, « Remettre en ligne » le rétablit tel "
            "qu'il était, ou laisse de nouveau sa source le publier."
        )


class FilesGone(PublicationError):
    """The files of what was withdrawn or deleted were erased: the delay is over."""

    message = (
        "Les fichiers ont été effacés du portail, le délai de conservation étant passé : déposez "
        "de nouveau le document."
    )


class OwnedByAnother(PublicationError):
    """The dataset is another organisation's, which everybody may see."""

    def __init__(self, owner: str) -> None:
        super().__init__(
            f"Ce budget est publié par l'organisation « {owner} » : adressez-lui le document, ou "
            "demandez à l'administrateur du portail de vous confier cette collectivité."
        )


class NotForYou(PublicationError):
    """Nothing more may be said: whatever stands in the way, this user may not read it."""

    message = (
        "Votre organisation ne peut pas publier ce budget : demandez à l'administrateur du portail "
        "de vous confier cette collectivité."
    )


class NameTaken(PublicationError):
    """The address of the dataset belongs to a dataset of another type."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"L'adresse « {name} » appartient à un jeu de données d'un autre type ; "
            "renommez celui-ci avant de publier."
        )


class OrganizationUnknown(PublicationError):
    """No organisation is configured for the body of the document."""


class SourceHeld(PublicationError):
    """A source asks for more than its organisation may, and no administrator allowed it."""

    def __init__(self, asked: str) -> None:
        super().__init__(
            f"La source est suspendue : sa configuration demande {asked}, ce que seul un "
            "administrateur du portail peut permettre. Demandez-lui d'enregistrer de nouveau la "
            "source, ou retirez-le de la configuration ; rien n'a été lu ni publié."
        )


class ForeignDataset(PublicationError):
    """The dataset of the document belongs to another organisation than the source may write."""

    def __init__(
        self, slug: str, package_id: str, owner_id: str, owner: str, is_refused: bool = False
    ) -> None:
        """``owner`` is empty when the dataset is private or deleted: nothing is told of it."""
        self.slug, self.package_id, self.owner_id = slug, package_id, owner_id
        if not owner:
            super().__init__(NotForYou.message)
            return
        what = "a refusé" if is_refused else "n'a pas encore accepté"
        super().__init__(
            f"Ce budget est publié par « {owner} », qui {what} que cette source le remplace : "
            "rien n'a été changé. Le conflit est noté ; cette organisation ou un administrateur "
            "du portail le règle (page « Conflits », /budgets/conflits)."
        )


class SheetRefused(PublicationError):
    """CKAN's validation refused the metadata sheet; ``fields`` are the names of the fields."""

    def __init__(self, summary: dict[str, str]) -> None:
        self.fields = sorted(summary)
        details = " ; ".join(f"{field} : {reason}" for field, reason in sorted(summary.items()))
        super().__init__(f"La fiche du jeu de données est refusée ({details}).")


class WithdrawalPostponed(PublicationError):
    """Other documents of the harvest are not settled: one may be the missing one, moved."""

    transient = True
    message = (
        "Le retrait de ce document attend la fin du moissonnage, au cas où il aurait seulement "
        "changé d'adresse ; il sera examiné de nouveau au prochain passage."
    )


class HeldByAnother(PublicationError):
    """The body's budgets are published by another organisation, which is named."""

    def __init__(self, owner: str) -> None:
        super().__init__(
            f"Les budgets de cette collectivité sont publiés par l'organisation « {owner} » : "
            "adressez-lui le document, ou demandez à l'administrateur du portail de vous confier "
            "cette collectivité."
        )
