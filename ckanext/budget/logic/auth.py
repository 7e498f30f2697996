"""Who may do what."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

__all__ = ["budget_publish"]


def budget_publish(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Whoever may create a dataset in the organisation; the dataset's own rights come next."""
    try:
        tk.check_access(
            "package_create", context, {"owner_org": data_dict.get("owner_org"), "type": "budget"}
        )
    except tk.NotAuthorized:
        return {
            "success": False,
            "msg": tk._("You may not publish budgets in this organization"),
        }
    return {"success": True}
