"""What is said of a file that a door cannot take as it is: one table for every door.

Each sentence says what the file is, the next step and where the guide is. None holds a name that
the file gives.
"""

from __future__ import annotations

from .model import Recognised

_DOCUMENT = (
    "déposez le fichier XML TOTEM exporté par le logiciel comptable sur la page /budgets/deposer"
)

GUIDE = "Le guide est sur la page /budgets/publier."

KINDS: dict[str, str] = {
    "annexes": (
        "Ce fichier ne contient que des annexes ou un morceau de document TOTEM, qui peuvent "
        f"nommer des personnes : {_DOCUMENT}, avec ses lignes et ses annexes."
    ),
    "contains_totem": (
        "Ce fichier contient un document TOTEM, qui peut nommer des personnes : déposez le fichier "
        "XML lui-même, ou l'archive, l'e-mail ou l'enveloppe qui le porte, sur la page "
        "/budgets/deposer."
    ),
    "scdl": (
        "Ce fichier est une table SCDL : ajoutez-la aux fichiers du budget qu'elle décrit, ou "
        f"{_DOCUMENT}, dont la table sera tirée."
    ),
    "contains_scdl": (
        "Cette archive ou ce message contient une table SCDL : déposez la table elle-même (CSV, "
        "xlsx ou ods), ou ce qui la porte, sur la page /budgets/deposer."
    ),
    "spreadsheet": (
        "Ce fichier est un classeur sans les colonnes du schéma SCDL des budgets (BGT_NATDEC, "
        f"BGT_SIRET…) : exportez la table au format SCDL, ou {_DOCUMENT}."
    ),
    "pdf": f"Ce fichier est un PDF, dont aucun chiffre ne peut être repris : {_DOCUMENT}.",
    "pes": (
        "Ce fichier est un flux PES sans document TOTEM : demandez au logiciel comptable l'export "
        "du document budgétaire (TOTEM), et déposez-le sur la page /budgets/deposer."
    ),
    "web_page": (
        "Ce fichier est une page web, souvent un message d'erreur enregistré à la place du "
        f"document : téléchargez le document à nouveau, ou {_DOCUMENT}."
    ),
    "archive": f"Cette archive ou ce message ne contient aucun document TOTEM : {_DOCUMENT}.",
    "empty": f"Ce fichier est vide : exportez le document à nouveau, puis {_DOCUMENT}.",
    "other": f"Ce fichier n'est pas un document TOTEM : {_DOCUMENT}.",
}
"""By kind; ``totem`` has none, its reader's own errors tell what is wrong with it."""

OPAQUE: dict[str, str] = {
    "format": (
        "Le contenu de ce fichier ne peut pas être examiné (7z, rar ou autre compression) : "
        "déposez le fichier lui-même, ou une archive zip."
    ),
    "encrypted": (
        "Ce fichier est chiffré ou protégé par un mot de passe, son contenu ne peut pas être "
        "examiné : déposez-le sans protection."
    ),
    "damaged": (
        "Cette archive est endommagée ou irrégulière, son contenu ne peut pas être examiné en "
        "entier : recréez-la, puis déposez-la à nouveau."
    ),
    "depth": (
        "Trop d'archives sont les unes dans les autres pour être examinées : déposez les documents "
        "eux-mêmes, ou une seule archive zip."
    ),
    "entries": (
        "Cette archive a trop de fichiers pour être examinée : déposez-la en plusieurs parties."
    ),
    "size": (
        "Cette archive est trop grande, une fois décompressée, pour être examinée : déposez-la en "
        "plusieurs parties."
    ),
    "time": (
        "Ce fichier est trop long à examiner : déposez les documents eux-mêmes, ou une archive zip "
        "plus petite."
    ),
}
"""By reason."""


def sentence(found: Recognised) -> str:
    """What to tell whoever sent the file, in French; empty for a TOTEM document."""
    told = OPAQUE[found.reason] if found.kind == "opaque" else KINDS.get(found.kind, "")
    return told and f"{told} {GUIDE}"
