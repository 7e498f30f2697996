"""What errors do to an upload: the choice of the organisation, else of the portal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.budget import config
from ckanext.budget.totem.checks import tally

_SHOWN = 10
"""Findings shown beside the upload field; the report has them all."""


def mode_of(organization_id: str | None) -> str:
    """``block``, ``warn`` or ``off``: the organisation's custom field, else the portal's."""
    group = model.Group.get(organization_id) if organization_id else None
    chosen = (group.extras or {}).get("budget_validation") if group else None
    return chosen if chosen in ("block", "warn", "off") else config.validation_mode()


def blocking(findings: Iterable[Mapping[str, Any]]) -> list[str]:
    """Sentences on the errors among the findings, their number first; empty without error."""
    errors = [finding for finding in findings if finding["severity"] == "error"]
    if not errors:
        return []
    number = tally(errors).by_severity["error"]
    first = tk.ungettext(
        "{number} error: nothing was saved.", "{number} errors: nothing was saved.", number
    )
    return [first.format(number=number), *map(_sentence, errors[:_SHOWN])]


def _sentence(finding: Mapping[str, Any]) -> str:
    place = f"{finding['place'][:1].upper()}{finding['place'][1:]} : " if finding["place"] else ""
    return f"{place}{finding['message']} {finding['remedy']} ({finding['code']})"


def offer(
    first: str, repairs: Iterable[str], remaining: Iterable[Mapping[str, Any]]
) -> dict[str, list[str]]:
    """As a ``ValidationError`` has it: why a table is refused, what its repair would mend and what
    it would leave (``upload``); how to accept it, when that is enough (``repair``)."""
    mended = [tk._("Can be corrected: {what}").format(what=repair) for repair in repairs]
    errors = blocking(remaining)
    if errors:
        link = [tk._("Only you can correct the rest:")] if mended else []
        return {"upload": [first, *mended, *link, *errors[1:]]}
    how = tk._("Accept the corrections (repair: true), choose the file again and save")
    return {"upload": [first, *mended], "repair": [how]}
