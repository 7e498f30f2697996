"""The verdict of both policies on every attribute of the schema, with its reason.

Three sources and no other: ``policy.tsv`` (what names somebody), ``kept.tsv`` (free texts that do
not), and the types of the XSD (numbers, dates, codes), whose values keep only what their type can
hold. An attribute that has none of them has no verdict: a test says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ckanext.budget.totem.privacy.policy import FieldRule, kept, rules
from ckanext.budget.totem.structure import Field, load

# action -> (strict, standard)
DECISIONS = {
    "always": ("masqué", "masqué"),
    "natural": ("masqué sauf personne morale",) * 2,
    "legal": ("masqué sauf personne morale certaine",) * 2,
    "body": ("masqué sauf personne morale certaine", "masqué si c'est un nom de personne"),
    "lender": ("masqué si c'est, ou peut être, un particulier qui prête",) * 2,
    "somebody": ("masqué si c'est un nom de personne",) * 2,
    "known": ("masqué sauf codes et mots connus",) * 2,
    "person": ("masqué", "masqué si la ligne est une seule personne"),
    "strict": ("masqué", "conservé"),
    "words": ("masqué sauf chiffres, dates et codes de trois caractères",) * 2,
}
FREE = "free"
"""What :data:`NAME_STAYS` says of a text of ``kept.tsv``, which is no rule."""
_GONE, _ALONE, _STAYS = (False, False), (False, True), (True, True)
# action -> policy -> whether a name (with a civility, a first name), then a surname alone, stays in
# a text; of the other actions, nothing does
NAME_STAYS = {
    "body": (_GONE, _ALONE),
    "lender": (_ALONE, _ALONE),  # in a loan of a bank's account
    "somebody": (_ALONE, _ALONE),
    "strict": (_GONE, _STAYS),
    FREE: (_STAYS, _STAYS),
}
_TYPED = "conservé s'il est de son type, masqué sinon"
_OF_TYPES = {
    "amount": "Montant ou nombre : ne nomme personne",
    "integer": "Nombre entier : ne nomme personne",
    "digits": "Chiffres : ne nomment personne",
    "date": "Date d'un acte ou d'un contrat",
    "datetime": "Date d'un acte",
    "year": "Année",
    "month": "Mois",
    "boolean": "Oui ou non",
    "code": "Code d'une liste nationale",
}
_ATTRIBUTES = {
    "Code": "Code de l'information, du montant ou de la caractéristique : un mot sans accent",
    "date": "Date du scellement",
    "calculated": "Oui : ligne calculée par le logiciel",
    "generator": "Code technique du logiciel : un mot sans accent",
    "id": "Identifiant technique : un mot sans accent",
}
_SEALS = ("md5", "sha1")
# The importer tells the attributes of elements that hold a value; these are of a group.
_OF_GROUPS = {"LigneBudget": ("calculated", "generator", "id")}


class Verdict(NamedTuple):
    """One attribute: ``strict`` and ``standard`` in French; ``ground``: a key of ``GROUNDS``."""

    container: str
    element: str
    attribute: str
    strict: str
    standard: str
    ground: str
    reason: str

    @property
    def place(self) -> str:
        """``CONCOURS/LibOrgaBenef``, ``DocumentBudgetaire/Scellement@md5``."""
        suffix = "" if self.attribute == "V" else f"@{self.attribute}"
        return f"{self.container}/{self.element}{suffix}"


def attributes() -> Iterator[tuple[Field, str]]:
    """Every field of XSD version 95 with each of its attributes; the supplement is not in it."""
    structure = load()
    for container in structure.containers:
        for field in structure.fields(container):
            if field.supplement:
                continue
            if field.kind not in ("group", "empty"):
                yield field, "V"
            names = (*field.attributes, *_OF_GROUPS.get(field.name, ()))
            yield from ((field, name) for name in names)


def verdicts() -> list[Verdict]:
    """One verdict per attribute, in the order of the XSD. ``KeyError`` for one without any."""
    return [_verdict(field, attribute) for field, attribute in attributes()]


def free_texts() -> list[tuple[Field, str]]:
    """Every text of the schema in which a policy may keep a name, with its action."""
    found = []
    for field, attribute in attributes():
        rule, text = _rule(field), kept().get((field.container, field.name))
        action = rule.action if rule else text.form if text else ""
        if attribute == "V" and field.kind == "text" and action in NAME_STAYS:
            found.append((field, action))
    return found


def _verdict(field: Field, attribute: str) -> Verdict:
    place = (field.container, field.name, attribute)
    if attribute != "V":
        return Verdict(*place, *_of_attribute(field, attribute))
    rule = _rule(field)
    if rule is not None:
        return Verdict(*place, *DECISIONS[rule.action], rule.ground, rule.reason)
    if field.kind != "text":
        return Verdict(*place, _TYPED, _TYPED, "", _OF_TYPES[field.kind])
    text = kept()[field.container, field.name]
    decision = "conservé" if text.form == "free" else _TYPED
    return Verdict(*place, decision, decision, "", text.reason)


def _of_attribute(field: Field, attribute: str) -> tuple[str, str, str, str]:
    if attribute in _SEALS:
        decision = "remplacé par des zéros dès qu'une valeur est masquée"
        reason = "Empreinte du document brut : elle permettrait de vérifier une valeur devinée"
        return decision, decision, "L311-7", reason
    text = kept().get((field.container, f"{field.name}/@{attribute}"))
    if text is not None:
        return "conservé", "conservé", "", text.reason
    return _TYPED, _TYPED, "", _ATTRIBUTES[attribute]


def _rule(field: Field) -> FieldRule | None:
    own = [rule for rule in rules() if rule.element == field.name]
    return next((rule for rule in own if rule.container in (field.container, "*")), None)
