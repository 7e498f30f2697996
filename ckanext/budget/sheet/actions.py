"""The action that checks a sheet; ``plugin`` says who may call it."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk


def budget_sheet_validate(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Check a metadata sheet without saving it.

    :param sheet: the sheet, as ``ckan budget sheet export`` writes it
    :returns: ``valid`` and ``problems`` (``field``, ``message``)
    """
    from ckanext.budget.sheet.schema import problems

    tk.check_access("budget_sheet_validate", context, data_dict)
    found = problems(tk.get_or_bust(data_dict, "sheet"))
    return {"valid": not found, "problems": found}


ACTIONS = {"budget_sheet_validate": budget_sheet_validate}
