"""The policy table as Markdown, so that ``docs/privacy.md`` can never differ from the code."""

from __future__ import annotations

from ckanext.budget.totem.privacy.policy import GROUNDS, rules

# action -> (strict, standard)
_DECISIONS = {
    "always": ("masqué", "masqué"),
    "natural": ("masqué si personne physique ou inconnue",) * 2,
    "person": ("masqué", "masqué si la ligne est une seule personne"),
    "strict": ("masqué", "conservé"),
    "words": ("masqué sauf chiffres, dates et codes de trois caractères", "conservé"),
}


def policy_table() -> str:
    """One row per rule: element, strict, standard, ground, reason."""
    rows = ["| Élément | strict | standard | Fondement | Pourquoi |", "|---|---|---|---|---|"]
    for rule in rules():
        place = "texte entre les balises" if rule.container == "#text" else (
            f"`{rule.element}`, partout" if rule.container == "*"
            else f"`{rule.container}/{rule.element}`"
        )  # fmt: skip
        strict, standard = _DECISIONS[rule.action]
        rows.append(f"| {place} | {strict} | {standard} | {rule.ground} | {rule.reason} |")
    return "\n".join(rows)


def grounds_table() -> str:
    """One row per legal ground."""
    rows = ["| Repère | Texte |", "|---|---|"]
    rows += [f"| {key} | {text} |" for key, text in GROUNDS.items()]
    return "\n".join(rows)
