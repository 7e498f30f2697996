"""The tables as Markdown, so that ``docs/privacy*.md`` can never differ from the code.

``python -m ckanext.budget.totem.privacy.documentation > docs/privacy-matrix.md`` writes the page.
"""

from __future__ import annotations

from ckanext.budget.totem.privacy.matrix import DECISIONS, NAME_STAYS, free_texts, verdicts
from ckanext.budget.totem.privacy.policy import GROUNDS, rules


def policy_table() -> str:
    """One row per rule: element, strict, standard, ground, reason."""
    rows = ["| Élément | strict | standard | Fondement | Pourquoi |", "|---|---|---|---|---|"]
    for rule in rules():
        place = "texte entre les balises" if rule.container == "#text" else (
            f"`{rule.element}`, partout" if rule.container == "*"
            else f"`{rule.container}/{rule.element}`"
        )  # fmt: skip
        strict, standard = DECISIONS[rule.action]
        rows.append(f"| {place} | {strict} | {standard} | {rule.ground} | {rule.reason} |")
    return "\n".join(rows)


def grounds_table() -> str:
    """One row per legal ground."""
    rows = ["| Repère | Texte |", "|---|---|"]
    rows += [f"| {key} | {text} |" for key, text in GROUNDS.items()]
    return "\n".join(rows)


_HEAD = """# Chaque attribut du schéma, et ce que chaque politique en fait

Page écrite par `python -m ckanext.budget.totem.privacy.documentation`, d'après `policy.tsv`,
`kept.tsv` et les types du schéma national (XSD 95, {count} attributs) : ne la modifiez pas à la
main. Les fondements sont dans [Données personnelles](privacy.md). Ce qui n'est pas dans le schéma
(éléments inconnus, textes entre les balises, commentaires) est masqué, sauf un nombre ordinaire.
"""


_NAMES = """
## Un nom de personne dans un texte libre

Les textes que l'une des politiques peut conserver, et ce que devient un nom de personne qu'on y
écrit. « Masqué, sauf seul » : un nom se reconnaît à une civilité, à un prénom connu, à « Prénom
NOM » ; un nom de famille seul (« QUELQUUN ») ne se distingue pas d'un autre mot. Les autres textes
sont masqués, ceux des aides selon leur bénéficiaire. Un test plante ces noms dans chacun.
"""
_FATES = {(False, False): "masqué", (False, True): "masqué, sauf seul", (True, True): "conservé"}


def names_table() -> str:
    """What becomes of a person's name in each text that a policy may keep."""
    places: dict[str, list[str]] = {}
    for field, action in free_texts():
        places.setdefault(action, []).append(f"`{field.container}/{field.name}`")
    rows = ["| strict | standard | Textes |", "|---|---|---|"]
    for action, names in places.items():
        strict, standard = (_FATES[fate] for fate in NAME_STAYS[action])
        note = " (aux comptes où un particulier peut prêter : masqué)" if action == "lender" else ""
        rows.append(f"| {strict}{note} | {standard}{note} | {', '.join(names)} |")
    return "\n".join(rows)


def matrix_page() -> str:
    """``docs/privacy-matrix.md``, whole."""
    found = verdicts()
    rows = ["| Attribut | strict | standard | Fondement | Pourquoi |", "|---|---|---|---|---|"]
    rows += [
        f"| `{v.place}` | {v.strict} | {v.standard} | {v.ground} | {v.reason} |" for v in found
    ]
    return "\n".join((_HEAD.format(count=len(found)), *rows, _NAMES, names_table())) + "\n"


if __name__ == "__main__":
    print(matrix_page(), end="")
