"""A document with a private name in every element that the policy masks.

The table of the policy decides: a rule that is added there is planted here, or a test fails.
"""

from __future__ import annotations

from typing import NamedTuple

from ckanext.budget.totem.privacy.policy import FieldRule, rules
from ckanext.budget.totem.structure import load

__all__ = ["Planted", "planted_document"]


class Planted(NamedTuple):
    """A document and what must never be seen of it, by element."""

    content: bytes
    names: dict[str, str]


_ANYWHERE = {
    "Champ_Editeur": "EMPRUNT",
    "LibProprietaire": "SERVICE_FERROVIAIRE_PATRIM",
    "LibObserv": "PERSONNEL",
}
"""A container for the rules of every container."""


def planted_document(base: bytes, mark: str) -> Planted:
    """``base`` (a DocumentBudgetaire) with, in each masked element, a name made of ``mark``.

    ``mark`` is three digits: numbers are planted where the element holds numbers.
    """
    names = {f"{r.container}/{r.element}": _name(r, mark, rank) for rank, r in enumerate(rules())}
    held = set(map(_container, rules()))
    annexes = "".join(_annex(name, names) for name in load().annexes if name in held)
    text = base.decode()
    for name in sorted(held - set(load().annexes)):
        extra = '<OpeCpteTiers V="1"/>' if name == "LigneBudget" else ""
        text = text.replace(f"<{name}>", f"<{name}>{_fields(name, names)}{extra}", 1)
    text = text.replace("</Annexes>", annexes + "</Annexes>")
    text = text.replace(
        "</Budget>",
        f"{names['#text/*']}"
        f'<Gestion NomComptable="{names["Gestion/@NomComptable"]}"/>'
        f'<Edition Utilisateur="{names["Edition/@Utilisateur"]}"/>'
        f"<PJRef>{_fields('PJRef', names)}</PJRef>"
        f'<LigneComptable><NoteBasTableau V="{names["LigneComptable/NoteBasTableau"]}"/>'
        "</LigneComptable></Budget>",
    )
    missing = {place for place, name in names.items() if name not in text}
    assert not missing, f"nothing is planted in {missing}"
    return Planted(text.encode(), names)


def _container(rule: FieldRule) -> str:
    return _ANYWHERE[rule.element] if rule.container == "*" else rule.container


def _name(rule: FieldRule, mark: str, rank: int) -> str:
    """Found by nothing but itself; digits where the schema wants digits."""
    field = load().field(rule.container, rule.element)
    if field is not None and field.kind in ("digits", "amount"):
        return f"7{mark}{rank:02d}47163928"
    return f"ZOÉ QUATREPLANCHES{mark}X{rank:02d}"


def _annex(name: str, names: dict[str, str]) -> str:
    field = load().annex(name)
    person = '<CodNatJurBenefCA V="P3"/>' if name == "CONCOURS" else ""
    record = field.target or name if field else name
    return f"<DATA_{name}><{record}>{person}{_fields(name, names)}</{record}></DATA_{name}>"


def _fields(container: str, names: dict[str, str]) -> str:
    """``<LibBien V="…"/>`` for each rule on an element of the container."""
    own = (rule for rule in rules() if _container(rule) == container)
    return "".join(
        f"<{rule.element}{_CODES.get(rule.element, '')} "
        f'V="{names[f"{rule.container}/{rule.element}"]}"/>'
        for rule in own
        if rule.element[0] not in "@*"
    )


_CODES = {"Information": ' Code="Note"'}
"""Attributes without which an element says nothing."""
