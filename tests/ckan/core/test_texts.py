"""A list or a number where an action wants a text is a refusal, never an error 500."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import pytest

NAMES = ("id", "package_id", "resource_id", "owner_org", "organization", "siren", "document",
         "source_id", "state", "decision")  # fmt: skip
WRONG: dict[str, Any] = {"a list": ["x"], "a number": 3, "a table": {"a": 1}}


@pytest.fixture
def plugins() -> str:
    return (
        "budget budget_view budget_validation totem_harvester harvest scheming_datasets datastore"
    )


@pytest.mark.parametrize("value", WRONG.values(), ids=WRONG)
def test_ids_are_texts(portal: Any, value: Any) -> None:
    from ckan import model
    from ckan.logic import _actions

    tk.get_action("budget_summary")
    ours = [name for name in _actions if name.startswith("budget_")]
    assert len(ours) > 15
    wrong = []
    sysadmin, anonymous = portal.context(), {"user": "", "auth_user_obj": model.AnonymousUser()}
    for action in ours:
        for context in (sysadmin, anonymous):
            for data in (*({name: value} for name in NAMES), dict.fromkeys(NAMES, value)):
                try:
                    tk.get_action(action)(dict(context), dict(data))
                except (tk.ValidationError, tk.NotAuthorized, tk.ObjectNotFound):
                    pass
                except Exception as error:
                    wrong.append((action, sorted(data), type(error).__name__))
                model.Session.rollback()
    assert not wrong, wrong
