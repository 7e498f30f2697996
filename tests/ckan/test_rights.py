"""Who may do what: every action, page and command, as each role, against a written matrix.

``rights.tsv`` beside this file is the matrix; ``docs/rights.md`` is the same for people.
"""

from __future__ import annotations

import csv
import importlib.util
import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
import pytest
from flask import g
from werkzeug.datastructures import FileStorage

from ckanext.budget.opendata.build import build

HERE = Path(__file__).parent
ROLES = ("anonymous", "user", "member", "stranger", "editor", "admin", "sysadmin")
ROWS = list(csv.DictReader((HERE / "rights.tsv").open(encoding="utf-8"), delimiter="\t"))
OURS = ("budget", "budget_view", "budget_validation", "totem_harvester")


@pytest.fixture
def plugins() -> str:
    return (
        "budget budget_view budget_validation totem_harvester harvest scheming_datasets datastore"
        " datatables_view"
    )


class World:
    """A public and a private budget of one organisation, and somebody of each role."""

    def __init__(self, portal: Any, make_document: Callable[..., bytes]) -> None:
        from ckan.tests import factories

        self.portal, self.document = portal, make_document
        org = portal.organization["id"]
        self.users = {
            "user": factories.UserWithToken(),
            "sysadmin": factories.SysadminWithToken(),
            **{role: factories.UserWithToken() for role in ("member", "editor", "admin")},
            "stranger": factories.UserWithToken(),
        }
        for role in ("member", "editor", "admin"):
            self._join(org, self.users[role], role)
        self._join(factories.Organization()["id"], self.users["stranger"], "editor")
        self.packages = {"public": self._publish(2022), "private": self._publish(2023)}
        portal.action("package_patch", id=self.packages["private"]["id"], private=True)
        self.deposit_id = self._deposit()
        self.meeting = portal.action(
            "package_create",
            type="reunion",
            name="reunion-1",
            title="Réunion",
            meeting_day="2026-12-10",
            owner_org=org,
        )
        build()

    def _join(self, organization: str, user: dict[str, Any], role: str) -> None:
        self.portal.action(
            "organization_member_create", id=organization, username=user["name"], role=role
        )

    def _publish(self, year: int) -> dict[str, Any]:
        done = self.portal.publish(self.document(year=year))
        return self.portal.action("package_show", id=done.package_id)

    def _deposit(self) -> str:
        context = self.context("editor")
        data = {"owner_org": self.portal.organization["id"], "upload": self.upload(2024)}
        return tk.get_action("budget_deposit")(context, data)["id"]

    def context(self, role: str) -> dict[str, Any]:
        """As CKAN makes it for a request: an anonymous reader is an object, and it is true."""
        from ckan import model

        if role == "anonymous":
            return {"user": "", "auth_user_obj": model.AnonymousUser()}
        user = model.User.get(self.users[role]["id"])
        return {"user": user.name, "auth_user_obj": user}

    def headers(self, role: str) -> dict[str, str]:
        return {} if role == "anonymous" else {"Authorization": self.users[role]["token"]}

    def upload(self, year: int = 2025) -> FileStorage:
        return FileStorage(BytesIO(self.document(year=year)), "budget.xml")

    def resource(self, which: str) -> str:
        return next(r["id"] for r in self.packages[which]["resources"] if r["role"] == "scdl")

    def data(self, name: str, on: str) -> dict[str, Any]:
        """What the action is called with."""
        which = "private" if "private" in on else "public"
        organization = self.portal.organization["id"]
        return {
            "a file": lambda: {"upload": self.upload()},
            "a source": lambda: {"owner_org": organization, "url": "https://depot.invalid/"},
            "a sheet": lambda: {"sheet": {"title": "x"}},
            "the organisation": lambda: (
                {"organization": organization}
                if name.endswith("_list")
                else {"owner_org": organization, "upload": self.upload()}
            ),
            "the editor's deposit": lambda: {"id": self.deposit_id},
            "the portal": lambda: {},
            "a body": lambda: {"siren": "217005677", "owner_org": organization},
            "their organisations": lambda: {},
            "a document": lambda: self._document(online=True) | {"reason": "x"},
            "a withdrawn document": lambda: self._document(online=False),
            "a deleted dataset": self._deleted,
            "a conflict about a dataset": lambda: {"id": self.conflict(), "decision": "refuse"},
            f"a {which} dataset": lambda: {"package_id": self.packages[which]["id"]},
            f"a {which} resource": lambda: {
                "resource_id" if name == "budget_report_show" else "id": self.resource(which)
            },
        }[on]()

    def _document(self, online: bool) -> dict[str, str]:
        """The document of the public dataset, in this state."""
        data = {
            "package_id": self.packages["public"]["id"],
            "document": self.packages["public"]["resources"][0]["document"],
        }
        if not online:
            self.portal.action("budget_document_withdraw", reason="x", **data)
        return data

    def _deleted(self) -> dict[str, str]:
        self.portal.action("package_delete", id=self.packages["public"]["id"])
        return {"package_id": self.packages["public"]["id"]}

    def restore(self) -> None:
        """Everything as it was before the last role tried."""
        from ckan import model

        from ckanext.budget.publication import withdrawals

        package = model.Package.get(self.packages["public"]["id"])
        if package.state == "deleted":
            self.portal.action("budget_dataset_restore", package_id=package.id)
        for item in withdrawals.all_pending().values():
            data = {"package_id": item.package_id, "document": item.slug}
            self.portal.action("budget_document_restore", **data)

    def conflict(self) -> str:
        """A source that nobody has left offers a document of the public dataset."""
        from ckanext.budget.core.errors import ForeignDataset
        from ckanext.budget.harvest import conflicts

        package, owner = self.packages["public"]["id"], self.portal.organization
        error = ForeignDataset("slug", package, owner["id"], owner["title"])
        conflicts.note(error, "a-source")
        return conflicts.listed(None)[0]["id"]

    def address(self, name: str, on: str) -> str:
        which = "private" if "private" in on else "public"
        if on in ("a document", "a withdrawn document", "a deleted dataset"):
            self.data(name, on)
        return name.format(
            resource=self.resource(which),
            deposit=self.deposit_id,
            siren=self.packages["public"]["siren"],
            package=self.packages[which]["name"],
            document=self.packages[which]["resources"][0]["document"],
            conflict=self.conflict() if "{conflict}" in name else "",
            question="couverture",
            path="datapackage.json",
            part="xml",
            year="2022",
            meeting=self.meeting["name"],
        )


@pytest.fixture
def world(portal: Any, make_document: Any, ckan_config: Any, monkeypatch: Any) -> World:
    monkeypatch.setitem(ckan_config, "ckanext.budget.group", portal.organization["name"])
    return World(portal, make_document)


def allowed(world: World, app: Any, row: dict[str, str], role: str) -> bool:
    """Whether the role may, tried for real; a refusal is a refusal and nothing else."""
    if row["kind"] == "action":
        try:
            tk.get_action(row["name"])(world.context(role), world.data(row["name"], row["on"]))
        except tk.NotAuthorized:
            return False
        except tk.ValidationError:
            return row["on"] == "a source"  # nobody answers at its address
        return True
    g.pop("_login_user", None)  # the request of the fixtures remembers who came before
    address, options = world.address(row["name"], row["on"]), {"headers": world.headers(role)}
    if row["kind"] == "post":
        data = {"owner_org": world.portal.organization["id"], "upload": (BytesIO(b"x"), "a.xml")}
        answer = app.post(address, data=data, follow_redirects=False, **options)
    else:
        answer = app.get(address, follow_redirects=False, **options)
    assert answer.status_code < 500, answer.body
    is_login = "/user/login" in answer.headers.get("Location", "")
    return answer.status_code not in (401, 403, 404) and not is_login


@pytest.mark.parametrize("kind", ["action", "page", "post"])
def test_each_role_may_what_the_matrix_says(world: World, app: Any, kind: str) -> None:
    differences = [
        (row["name"], row["on"], role, "may" if told != "yes" else "may not")
        for row in ROWS
        if row["kind"] == kind
        for role in ROLES
        for told in [row[role]]
        if allowed(world, app, row, role) != (told == "yes") or _restored(world) is None
    ]
    assert not differences, "\n".join(map(str, differences))


def _restored(world: World) -> World:
    """The deposit, the document and the dataset are there again for the next role."""
    world.restore()
    from ckanext.budget.uploads.deposit import store

    if store.find(world.deposit_id) is None:
        world.deposit_id = world._deposit()
    return world


def _registered(interface: Any, method: str) -> set[str]:
    found: set[str] = set()
    for name in OURS:
        plugin = p.get_plugin(name)
        if interface.implemented_by(type(plugin)):
            found |= set(getattr(plugin, method)())
    return found


def test_every_action_of_ours_is_in_the_matrix(portal: Any) -> None:
    ours = {name for name in _registered(p.IActions, "get_actions") if name.startswith("budget_")}
    assert {row["name"] for row in ROWS if row["kind"] == "action"} == ours


def test_every_page_of_ours_is_in_the_matrix(portal: Any, app: Any) -> None:
    known = {
        (row["kind"], re.sub(r"\{\w+\}|pas-a-pas$|(?<=/pages/)contact$", "<>", row["name"]))
        for row in ROWS
        if row["kind"] != "action"
    }
    rules = {
        ("post" if method == "POST" else "page", re.sub(r"<[^>]+>", "<>", rule.rule))
        for rule in app.flask_app.url_map.iter_rules()
        if rule.rule.startswith("/budgets")
        for method in rule.methods & {"GET", "POST"}
    }
    assert known == rules


def test_the_page_for_people_says_the_same(portal: Any) -> None:
    place = HERE.parents[1] / "dev" / "document_rights.py"
    spec = importlib.util.spec_from_file_location("document_rights", place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    written = module.PAGE.read_text(encoding="utf-8")
    assert written == module.page(), "run: python dev/document_rights.py"
