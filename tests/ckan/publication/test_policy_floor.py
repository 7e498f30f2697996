"""The portal's masking policy is a floor, whichever door the document comes by."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from werkzeug.datastructures import FileStorage

NAME = "budget-21670482500019-2022"

Door = Callable[..., None]


pytestmark = pytest.mark.validation


@pytest.fixture
def doors(portal: Any, harvest: Any, cli: Any, make_document: Any) -> dict[str, Door]:
    """Each way in, asked for a policy (empty: none); two of them have nothing to ask with."""
    from ckanext.budget.plugin.cli import budget

    editor = portal.member()
    owner, context = portal.organization["id"], {"user": editor["name"]}

    def upload() -> FileStorage:
        return FileStorage(io.BytesIO(make_document()), "bp.xml")

    def as_editor(action: str, **data: Any) -> Any:
        return tk.get_action(action)(dict(context), data)

    def api(policy: str) -> None:
        as_editor("budget_publish", upload=upload(), owner_org=owner, policy=policy)

    def source(policy: str) -> None:
        (portal.source / "bp.xml").write_bytes(make_document())
        harvest(f'{{"policy": "{policy}"}}' if policy else "")

    def command(policy: str) -> None:
        path = portal.source / "bp.xml"
        path.write_bytes(make_document())
        options = ["--policy", policy] if policy else []
        done = cli.invoke(budget, ["publish", str(path), "--org", owner, *options])
        assert done.exit_code == 0, done.output

    def form(policy: str) -> None:
        made = as_editor(
            "package_create",
            type="budget",
            name=NAME[:6] + "-par-formulaire",
            title="x",
            owner_org=owner,
            siret="21670482500019",
            body_kind="commune",
            budget_type="principal",
            fiscal_year="2022",
        )
        sent = {"package_id": made["id"], "upload": upload(), "masking_policy": policy}
        as_editor("resource_create", **sent)

    def deposit(policy: str) -> None:
        from ckanext.budget.uploads.deposit import publish, store

        sent = {"owner_org": owner, "upload": [upload()], "policy": policy}
        made = as_editor("budget_deposit", **sent)
        publish.publish(store.find(made["id"]), dict(context))

    return {"api": api, "source": source, "command": command, "form": form, "deposit": deposit}


@pytest.mark.parametrize("door", ["api", "source", "command", "form", "deposit"])
@pytest.mark.parametrize(
    ("floor", "asked", "applied"),
    [
        ("strict", "standard", "strict"),
        ("strict", "", "strict"),
        ("standard", "", "standard"),
        ("standard", "strict", "strict"),
    ],
)
def test_nobody_goes_below(
    portal: Any,
    doors: dict[str, Door],
    ckan_config: Any,
    monkeypatch: pytest.MonkeyPatch,
    door: str,
    floor: str,
    asked: str,
    applied: str,
) -> None:
    if door in ("form", "deposit") and asked == "strict":
        applied = floor  # they have no policy to ask for: the portal's
    monkeypatch.setitem(ckan_config, "ckanext.budget.masking_policy", floor)
    doors[door](asked)
    [name] = portal.budgets()
    dataset = portal.dataset(name)
    told = {item["masking_policy"] for item in dataset["resources"]}
    assert (dataset["masking_policy"], told) == (applied, {applied})
