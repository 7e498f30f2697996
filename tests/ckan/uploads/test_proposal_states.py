"""What the deposit proposes it can publish, and it shows nothing that its user may not read."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import flask
import pytest
from ckan.plugins import toolkit as tk

from ckanext.budget.publication.states import STATES, Told
from ckanext.budget.uploads.deposit import proposal, store

from ..uploaded import upload

NAME = "budget-21670482500019-2022"
SLUG = "21670482500019-2022-bp"
SIREN = "216704825"
KEY = "21670482500019-2022"


@pytest.fixture
def plugins() -> str:
    return (
        "budget budget_validation totem_harvester harvest scheming_datasets datastore "
        "datatables_view"
    )


class Case:
    """An editor of ``collectivites``, and another organisation with its own."""

    def __init__(self, portal: Any, make_document: Callable[..., bytes]) -> None:
        from ckan.tests import factories

        self.portal, self.document = portal, make_document
        self.editor = portal.member()
        self.other = factories.Organization(name="la-commune", title="La Commune")
        self.foreigner = portal.member(self.other)

    def act(self, name: str, user: dict[str, Any] | None = None, **data: Any) -> Any:
        return tk.get_action(name)({"user": (user or self.editor)["name"]}, data)

    def deposit(self, **data: Any) -> dict[str, Any]:
        data = {"owner_org": self.portal.organization["id"]} | data
        return self.act("budget_deposit", upload=[upload(self.document())], **data)

    def foreign(self) -> None:
        """The other organisation's budget of the same body, with words of its own."""
        self.portal.publish(self.document(), organization_id=self.other["id"])
        words = {"title": "TITRE SECRET", "notes": "NOTES SECRETES", "territory": "LIEU SECRET"}
        contact = [{"name": "SERVICE SECRET", "email": "secret@commune.fr"}]
        tags = [{"name": "motsecret"}]
        self.portal.action("package_patch", id=NAME, contact=contact, tags=tags, **words)


def nothing(case: Case) -> None:
    """Nobody published anything."""


def online(case: Case) -> None:
    case.portal.publish(case.document())


def other_version(case: Case) -> None:
    case.portal.publish(case.document(amount="31.00"))


def other_document(case: Case) -> None:
    case.portal.publish(case.document(stage="09"))


def withdrawn(case: Case) -> None:
    online(case)
    data = {"package_id": NAME, "document": SLUG, "reason": "une erreur"}
    case.act("budget_document_withdraw", **data)


def deleted(case: Case) -> None:
    other_document(case)
    case.act("package_delete", id=NAME)


def held(case: Case) -> None:
    case.portal.action("budget_body_assign", siren=SIREN, owner_org=case.other["id"])


def foreign(case: Case) -> None:
    case.foreign()


def foreign_private(case: Case) -> None:
    case.foreign()
    case.portal.action("package_patch", id=NAME, private=True)


def foreign_deleted(case: Case) -> None:
    case.foreign()
    case.portal.action("package_delete", id=NAME)


SITUATIONS: dict[Callable[[Case], None], tuple[str, str]] = {
    nothing: ("new", ""),
    other_document: ("new", ""),
    other_version: ("replaces", ""),
    online: ("identical", ""),
    withdrawn: ("withdrawn", "une erreur"),
    deleted: ("deleted", ""),
    held: ("refused", "La Commune"),
    foreign: ("refused", "La Commune"),
    foreign_private: ("refused", "Votre organisation ne peut pas publier ce budget"),
    foreign_deleted: ("refused", "Votre organisation ne peut pas publier ce budget"),
}


@pytest.fixture
def case(portal: Any, make_document: Any) -> Case:
    return Case(portal, make_document)


@pytest.mark.parametrize("situation", SITUATIONS)
def test_what_is_proposed_is_what_happens(case: Case, situation: Callable[[Case], None]) -> None:
    situation(case)
    state, words = SITUATIONS[situation]
    made = case.deposit()
    told = made["datasets"][0]["states"][SLUG]
    assert (told["state"], words in told["sentence"]) == (state, True), told
    kind = STATES[state]
    after = case.act("budget_deposit", id=made["id"], publish=True)
    is_done = after["files"][0]["state"] == "published"
    # What is on line already is done, and nothing is written.
    assert is_done == ((kind.publishes and not kind.asks) or state == "identical"), after
    if not is_done:
        assert after["files"][0]["message"], "it says why"
        after = case.act("budget_deposit", id=made["id"], publish=True, restore=True)
        assert (after["files"][0]["state"] == "published") == kind.publishes, after
    if kind.publishes:
        slugs = {item["document"] for item in case.portal.dataset(NAME)["resources"]}
        assert SLUG in slugs
        assert (f"{KEY}-ca" in slugs) == (situation in (other_document, deleted))


TITLES = {
    "new": "What will be published",
    "replaces": "What will be published",
    "identical": "Everything is already on line",
    "earlier": "Nothing new to publish",
    "withdrawn": "To decide before publishing",
    "deleted": "To decide before publishing",
    "refused": "Nothing can be published",
}


def test_every_state_has_a_title() -> None:
    assert TITLES.keys() == STATES.keys()


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_page_is_called_by_what_can_be_done(
    case: Case, situation: Callable[[Case], None], app: Any
) -> None:
    situation(case)
    made = case.deposit()
    flask.g.pop("_login_user", None)
    headers = {"Authorization": case.editor["token"]}
    page = app.get(f"/budgets/deposer/{made['id']}", headers=headers).body
    state, _ = SITUATIONS[situation]
    assert f"<h1>{TITLES[state]}</h1>" in page
    assert ('value="publish"' in page) is STATES[state].publishes
    assert " disabled" not in page.partition('id="deposit-form"')[2].partition("</form>")[0]


@pytest.mark.parametrize(
    ("files", "title"),
    [
        (("ready new", "ready identical"), "What will be published"),
        (("ready withdrawn", "ready new"), "What will be published"),
        (("ready withdrawn", "blocked new"), "To decide before publishing"),
        (("blocked new", "blocked refused"), "To correct before publishing"),
        (("ready identical", "ready earlier"), "Nothing new to publish"),
        (("ready identical", "ready refused"), "Nothing can be published"),
        (("ready identical", "blocked new"), "To correct before publishing"),
        ((), "Your deposit"),
    ],
)
@pytest.mark.usefixtures("with_request_context")
def test_states_together_have_one_title(files: tuple[str, ...], title: str) -> None:
    documents = []
    for state, told in map(str.split, files):
        documents.append(proposal.Document(SimpleNamespace(state=state), None, Told(told)))
    proposed = [SimpleNamespace(documents=documents)] if files else []
    assert proposal.title_of(proposed) == title


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_api_of_one_document_agrees(case: Case, situation: Callable[[Case], None]) -> None:
    situation(case)
    kind = STATES[SITUATIONS[situation][0]]

    def publish(**more: Any) -> bool:
        data = {"owner_org": case.portal.organization["id"], "upload": upload(case.document())}
        try:
            return case.act("budget_publish", **data, **more)["status"] != "unchanged"
        except tk.ValidationError as refusal:
            assert refusal.error_dict["upload"]
            return False

    assert publish() == (kind.publishes and not kind.asks)
    if kind.asks:
        assert publish(restore=True)


@pytest.mark.parametrize("situation", [foreign, foreign_private, foreign_deleted])
def test_nothing_is_shown_of_what_belongs_to_another(
    case: Case, situation: Callable[[Case], None], app: Any
) -> None:
    situation(case)
    made = case.deposit()
    flask.g.pop("_login_user", None)
    headers = {"Authorization": case.editor["token"]}
    page = app.get(f"/budgets/deposer/{made['id']}", headers=headers).body
    after = case.act("budget_deposit", id=made["id"], publish=True)
    package = case.portal.dataset(NAME)
    for shown in (json.dumps(made), page, json.dumps(after)):
        for word in ("SECRET", "secret", package["id"]):
            assert word not in shown
    [proposed] = made["datasets"]
    assert not proposed["exists"]
    assert proposed["answers"]["title"] == "Budget 2022 – COMMUNE D'ESSAI"
    assert 'name="dataset"' not in page, "nothing to tick: it cannot be published"


def test_two_organisations_read_the_same_of_a_secret_dataset(case: Case) -> None:
    """Private, deleted: one sentence for all that may not be said."""
    foreign_private(case)
    private = case.deposit()["datasets"][0]["states"]
    case.portal.action("package_delete", id=NAME)
    assert case.deposit()["datasets"][0]["states"] == private


def test_the_wish_is_ticked_by_hand(case: Case, app: Any) -> None:
    withdrawn(case)
    made = case.deposit()
    flask.g.pop("_login_user", None)
    headers = {"Authorization": case.editor["token"]}
    page = app.get(f"/budgets/deposer/{made['id']}", headers=headers).body
    assert f'value="{KEY}">' in page and f'value="{KEY}" checked' not in page
    data = {"decision": "publish"}
    app.post(f"/budgets/deposer/{made['id']}", data=data, headers=headers)
    assert store.find(made["id"]).files[0].state == "ready"
    app.post(f"/budgets/deposer/{made['id']}", data=data | {"dataset": KEY}, headers=headers)
    assert store.find(made["id"]).files[0].state == "published"


@pytest.mark.parametrize(("mode", "is_published"), [("block", False), ("warn", True)])
def test_errors_stop_the_api_as_they_stop_the_page(
    case: Case, mode: str, is_published: bool
) -> None:
    extras = [{"key": "budget_validation", "value": mode}]
    case.portal.action("organization_patch", id="collectivites", extras=extras)
    broken = case.document().replace(b'<CodRD V="D"/>', b'<CodRD V="X"/>')
    data = {"owner_org": "collectivites", "upload": upload(broken)}
    try:
        case.act("budget_publish", **data)
    except tk.ValidationError as refusal:
        assert "CodRD" in str(refusal.error_dict["upload"])
    assert (case.portal.budgets() != []) == is_published
