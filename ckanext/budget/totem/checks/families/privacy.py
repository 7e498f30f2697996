"""T-PRI and T-SEA: personal values still in clear, and the seal."""

from __future__ import annotations

from collections.abc import Iterable

from ckanext.budget.totem.checks.facts import Facts
from ckanext.budget.totem.checks.model import Hit, place, rule


@rule(
    "T-PRI-001",
    "error",
    "Masquage complet d'un document anonymisé",
    "Ne publiez pas ce fichier : repartez de l'original et publiez-le par la chaîne de masquage.",
)
def residue(facts: Facts) -> Iterable[Hit]:
    """The file carries masks, so it is said to be anonymised, and yet holds personal values."""
    if facts.masks:
        for (container, element), count in sorted(facts.personal.items()):
            yield Hit(
                f"{_count(count)} restées en clair dans un document anonymisé.",
                place(None, container, element),
            )


@rule(
    "T-PRI-002",
    "info",
    "Données personnelles à masquer",
    "Rien à faire si vous publiez par ce portail : le masquage précède tout stockage public.",
)
def to_be_masked(facts: Facts) -> Iterable[Hit]:
    """A raw document: what the masking will hide; the privacy report counts it all."""
    if not facts.masks and facts.personal:
        total = _count(sum(facts.personal.values()))
        yield Hit(
            f"Le document contient {total} à masquer dans tous les cas ; la politique "
            "« strict » masque aussi les textes libres."
        )


_CHANGED = "Le scellement est rompu : le document a changé depuis qu'il a été scellé."
_MASKED = (
    "Le scellement est rompu : des noms ont été masqués depuis, ce qui le rompt toujours ; ce que "
    "le document disait avant ne peut plus être vérifié."
)


@rule(
    "T-SEA-001",
    "warning",
    "Scellement intact",
    "Si le fichier n'a pas été anonymisé volontairement, repartez du fichier scellé d'origine.",
)
def broken_seal(facts: Facts) -> Iterable[Hit]:
    """The hash of the seal is not that of the document; a masked one is broken by construction."""
    if facts.seal == "broken":
        is_masked = bool(facts.masks) or facts.is_masked_elsewhere
        yield Hit(_MASKED if is_masked else _CHANGED, place(None, "Scellement"),
                  "info" if is_masked else "")  # fmt: skip


@rule(
    "T-SEA-002",
    "info",
    "Scellement vérifiable",
    "Rien à faire : le document peut être publié sans scellement.",
)
def no_seal(facts: Facts) -> Iterable[Hit]:
    """No seal, or one whose rule is not known (CFU)."""
    if facts.seal == "absent":
        yield Hit("Le document n'est pas scellé.")
    elif facts.seal == "unverifiable":
        yield Hit("Le scellement d'un compte financier unique ne peut pas être vérifié.")


def _count(count: int) -> str:
    return "1 valeur personnelle" if count == 1 else f"{count} valeurs personnelles"
