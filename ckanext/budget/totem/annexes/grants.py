"""Grants paid (annex CONCOURS) in the shape of the SCDL *subventions* schema.

TOTEM knows the giver, the beneficiary, the object, the amount and gifts in kind. The schema also
asks for facts that no budget document holds (date of the agreement, terms of payment, European
notification, share): those cells stay empty rather than invented, and the file is to be completed.
Source: https://schema.data.gouv.fr/scdl/subventions/ 2.1.1, 16 columns (decree 2017-779,
order of 17 November 2017).
"""

from __future__ import annotations

from collections.abc import Mapping

from ckanext.budget.totem.amounts import plain
from ckanext.budget.totem.annexes.schemas import Description, Descriptor, as_texts
from ckanext.budget.totem.model import Header

_NATURES = ("aide en numéraire", "aide en nature", "aide en numéraire;aide en nature")

_FIELDS: tuple[Descriptor, ...] = (
    {"name": "nomAttribuant", "title": "Nom de l'attribuant", "type": "string"},
    {
        "name": "idAttribuant",
        "title": "SIRET de l'attribuant",
        "type": "string",
        "constraints": {"pattern": "^[0-9]{14}$"},
    },
    {"name": "dateConvention", "title": "Date de la convention", "type": "date"},
    {"name": "referenceDecision", "title": "Référence de la décision", "type": "string"},
    {"name": "nomBeneficiaire", "title": "Nom du bénéficiaire", "type": "string"},
    {
        "name": "idBeneficiaire",
        "title": "SIRET du bénéficiaire",
        "type": "string",
        "constraints": {"pattern": "^[0-9]{14}$"},
    },
    {"name": "rnaBeneficiaire", "title": "Numéro RNA du bénéficiaire", "type": "string"},
    {
        "name": "objet",
        "title": "Objet de la subvention",
        "type": "string",
        "constraints": {"maxLength": 256},
    },
    {"name": "montant", "title": "Montant total de la subvention", "type": "number"},
    {
        "name": "nature",
        "title": "Nature de la subvention",
        "type": "string",
        "constraints": {"enum": list(_NATURES)},
    },
    {"name": "conditionsVersement", "title": "Conditions de versement", "type": "string"},
    {"name": "datesPeriodeVersement", "title": "Dates ou période de versement", "type": "string"},
    {"name": "idRAE", "title": "Numéro au répertoire des aides aux entreprises", "type": "string"},
    {
        "name": "notificationUE",
        "title": "Aide notifiée à la Commission européenne",
        "type": "boolean",
        "trueValues": ["oui"],
        "falseValues": ["non"],
    },
    {"name": "pourcentageSubvention", "title": "Part attribuée au bénéficiaire", "type": "number"},
    {"name": "dispositifAide", "title": "Identifiant du dispositif d'aide", "type": "string"},
)
NAME = "subventions"
SCHEMA, VERSION = "scdl/subventions", "2.1.1"
COLUMNS = tuple(field["name"] for field in _FIELDS)
TITLED = {str(field["name"]): (str(field["title"]), str(field["type"])) for field in _FIELDS}

DESCRIPTION = Description(
    NAME,
    "Subventions versées",
    "Concours attribués à des tiers, dans les colonnes du schéma SCDL « subventions ». "
    "Les colonnes dont le document budgétaire ne dit rien sont vides : à compléter.",
    as_texts(_FIELDS),
    COLUMNS,
)
"""What its Table Schema says: the *subventions* columns, none mandatory (see module)."""


def grant_row(header: Header, record: Mapping[str, str]) -> dict[str, str]:
    """One CONCOURS record in the *subventions* columns; what TOTEM does not say stays absent."""
    siret = record.get("Siret", "").replace(" ", "")
    return {
        "nomAttribuant": header.name,
        "idAttribuant": header.siret,
        "nomBeneficiaire": record.get("LibOrgaBenef", ""),
        "idBeneficiaire": siret if len(siret) == 14 else "",
        "objet": record.get("ObjSubv") or record.get("DenomOuNumSubv", ""),
        "montant": plain(record.get("MtSubv", "")) or "",
        "nature": _nature(record),
    }


def _nature(record: Mapping[str, str]) -> str:
    """In cash when there is an amount, in kind when a service is described, or both.

    Some producers repeat the object in ``LibPrestaNat``: a service is described only when the two
    texts differ.
    """
    in_cash = bool(record.get("MtSubv", "").strip("0.,- "))
    in_kind = record.get("LibPrestaNat", "").strip() not in ("", record.get("ObjSubv", "").strip())
    if in_cash and in_kind:
        return _NATURES[2]
    return _NATURES[1] if in_kind else (_NATURES[0] if in_cash else "")
