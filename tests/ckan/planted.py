"""A document with a private name in every element that the policy masks.

The table of the policy decides: a rule that is added there is planted here, or a test fails.
"""

from __future__ import annotations

from typing import NamedTuple

from ckanext.budget.totem.privacy.policy import Rule, rules
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
    text = text.replace(
        "</InformationsGenerales>", _information(names) + "</InformationsGenerales>"
    )
    text = text.replace(
        "<LigneBudget>",
        f'<LigneBudget><LibCpte V="{names["LigneBudget/LibCpte"]}"/><OpeCpteTiers V="1"/>',
        1,
    )
    text = text.replace("</Annexes>", annexes + "</Annexes>")
    text = text.replace(
        "</Budget>",
        f"{names['#text/*']}"
        f'<Gestion NomComptable="{names["Gestion/@NomComptable"]}"/>'
        f'<Edition Utilisateur="{names["Edition/@Utilisateur"]}"/>'
        f'<PJRef><NomPJ V="{names["PJRef/NomPJ"]}"/></PJRef>'
        f'<LigneComptable><NoteBasTableau V="{names["LigneComptable/NoteBasTableau"]}"/>'
        "</LigneComptable></Budget>",
    )
    missing = {place for place, name in names.items() if name not in text}
    assert not missing, f"nothing is planted in {missing}"
    return Planted(text.encode(), names)


def _container(rule: Rule) -> str:
    return _ANYWHERE[rule.element] if rule.container == "*" else rule.container


def _name(rule: Rule, mark: str, rank: int) -> str:
    """Found by nothing but itself; digits where the schema wants digits."""
    field = load().field(rule.container, rule.element)
    if field is not None and field.kind in ("digits", "amount"):
        return f"7{mark}{rank:02d}47163928"
    return f"ZOÉ QUATREPLANCHES{mark}X{rank:02d}"


def _annex(name: str, names: dict[str, str]) -> str:
    field = load().annex(name)
    fields = "".join(
        f'<{rule.element} V="{names[f"{rule.container}/{rule.element}"]}"/>'
        for rule in rules()
        if _container(rule) == name
    )
    person = '<CodNatJurBenefCA V="P3"/>' if name == "CONCOURS" else ""
    record = field.target or name if field else name
    return f"<DATA_{name}><{record}>{person}{fields}</{record}></DATA_{name}>"


def _information(names: dict[str, str]) -> str:
    return f'<Information Code="Note" V="{names["InformationsGenerales/Information"]}"/>'
