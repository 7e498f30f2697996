"""What the masking did, as JSON-ready facts without any value."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ckanext.budget.totem.privacy.mask import Masker
from ckanext.budget.totem.privacy.policy import FieldRule, rules, rules_of

_UNKNOWN = FieldRule(
    "*", "*", "always", "L311-7", "Élément inconnu du schéma, masqué par précaution"
)


def masking_report(masker: Masker) -> dict[str, Any]:
    """Counts by element: ``{"policy", "count", "kept", "asked", "elements": [{...}]}``; ``asked``
    is how many different names, masked, may be those of bodies.

    Each element: ``container``, ``element``, ``found``, ``masked``, ``asked`` (those of the masked
    that may be a legal person's), ``action``, ``ground``, ``reason``. ``found`` counts the values
    that the policy table names and that are not blank.
    """
    asked: Counter[tuple[str, str]] = Counter()
    for question in masker.confirmations.asked:
        asked[question.container, question.element] += question.number
    elements = [
        {
            "container": container,
            "element": element,
            "found": found,
            "masked": masker.masked[(container, element)],
            "asked": asked[container, element],
            "action": rule.action,
            "ground": rule.ground,
            "reason": rule.reason,
        }
        for (container, element), found in sorted(masker.seen.items())
        for rule in [_rule(container, element)]
    ]
    count = sum(masker.masked.values())
    return {
        "policy": masker.policy,
        "count": count,
        "kept": sum(masker.seen.values()) - count,
        "asked": len(masker.confirmations.asked),
        "elements": elements,
    }


def _rule(container: str, element: str) -> FieldRule:
    if container == "#text":
        return next(rule for rule in rules() if rule.container == "#text")
    return rules_of(container).get(element, _UNKNOWN)
