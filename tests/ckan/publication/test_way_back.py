"""A document withdrawn and put back, a dataset deleted and restored, and what others see of it."""

from __future__ import annotations

import os
from typing import Any

import ckan.plugins.toolkit as tk
import flask
import pytest

from ckanext.budget.core.errors import DatasetDeleted, DocumentWithdrawn
from ckanext.budget.core.storage import path_of
from ckanext.budget.publication import withdrawals

NAME = "budget-21670482500019-2022"
BP, CA = "21670482500019-2022-bp", "21670482500019-2022-ca"


@pytest.fixture
def plugins() -> str:
    return (
        "budget budget_validation totem_harvester harvest scheming_datasets datastore "
        "datatables_view"
    )


@pytest.fixture
def editor(portal: Any) -> dict[str, Any]:
    """Of the organisation."""
    return {"user": portal.member()["name"]}


@pytest.fixture
def two(portal: Any, make_document: Any) -> dict[str, Any]:
    """A budget and its account, of different populations."""
    portal.publish(make_document(stage="09", voted="2023-06-01"))
    first = make_document().replace(b'V="1 234"', b'V="777"')
    portal.publish(first)
    return portal.dataset(NAME)


def act(name: str, context: dict[str, Any], **data: Any) -> Any:
    return tk.get_action(name)(dict(context), {"package_id": NAME, **data})


def withdraw(context: dict[str, Any], document: str = BP, **more: Any) -> Any:
    data = {"document": document, "reason": "Un nom est visible", **more}
    return act("budget_document_withdraw", context, **data)


def without_moments(package: dict[str, Any]) -> dict[str, Any]:
    """The dataset without what CKAN writes at each change."""
    own = ("metadata_modified", "resources", "modified")
    kept = {name: value for name, value in package.items() if name not in own}
    own = ("metadata_modified", "position", "last_modified")
    resources = [
        {name: value for name, value in item.items() if name not in own}
        for item in package["resources"]
    ]
    return kept | {"resources": resources}


def test_document_is_withdrawn_whole_and_put_back_as_it_was(portal, two, editor):
    gone = [item for item in two["resources"] if item["document"] == BP]
    assert {item["role"] for item in gone} == {"scdl", "xml", "annexe", "subventions"}
    files, table = portal.files(), portal.rows(gone[0]["id"])
    withdraw(editor)
    now = portal.dataset(NAME)
    assert {item["document"] for item in now["resources"]} == {CA}
    act("budget_document_restore", editor, document=BP)
    assert without_moments(portal.dataset(NAME)) == without_moments(two)
    assert portal.files() == files
    assert portal.rows(gone[0]["id"])["records"] == table["records"]
    assert [item["state"] for item in act("budget_withdrawal_list", editor)] == ["back"]


def test_nobody_reads_a_withdrawn_document(portal, two, editor, app):
    gone = [item for item in two["resources"] if item["document"] == BP]
    addresses = [item["url"] for item in gone]
    addresses += [f"/budget/{NAME}/resource/{item['id']}" for item in gone]
    addresses += [f"/api/3/action/resource_show?id={item['id']}" for item in gone]
    addresses += [f"/api/3/action/datastore_search?resource_id={gone[0]['id']}"]
    addresses += [
        f"/budgets/rapport/{item['id']}" for item in gone if item["role"] in ("scdl", "xml")
    ]
    assert [address for address in addresses if app.get(address).status_code != 200] == []
    withdraw(editor)
    assert [address for address in addresses if app.get(address).status_code != 404] == []
    assert BP not in app.get(f"/budget/{NAME}").body
    assert BP not in app.get(f"/api/3/action/package_search?q=name:{NAME}").body
    listed = app.get(f"/api/3/action/budget_report_list?package_id={NAME}").json["result"]
    assert {item["resource_id"] for item in listed}.isdisjoint(item["id"] for item in gone)


def test_later_changes_of_the_dataset_do_not_lose_what_was_withdrawn(portal, two, editor):
    """CKAN forgets a deleted resource for good at the next change."""
    withdraw(editor)
    for title in ("Un", "Deux"):
        tk.get_action("package_patch")(dict(editor), {"id": NAME, "title": title})
    act("budget_document_restore", editor, document=BP)
    assert {item["document"] for item in portal.dataset(NAME)["resources"]} == {BP, CA}


def test_the_purge_keeps_withdrawn_files_for_their_delay(
    portal, two, editor, cli, ckan_config, monkeypatch
):
    from ckanext.budget.plugin.cli import budget

    gone = [item["id"] for item in two["resources"] if item["document"] == BP]
    for identifier in gone:
        os.utime(path_of(identifier), (1, 1))
    withdraw(editor)
    tk.get_action("package_patch")(dict(editor), {"id": NAME, "title": "Autre"})
    assert cli.invoke(budget, ["purge"]).exit_code == 0
    assert all(path_of(identifier).exists() for identifier in gone)
    monkeypatch.setitem(ckan_config, "ckanext.budget.purge_days", 0)
    assert cli.invoke(budget, ["purge"]).exit_code == 0
    assert not any(path_of(identifier).exists() for identifier in gone)
    [told] = act("budget_withdrawal_list", editor)
    assert (told["state"], told["can_be_put_back"]) == ("withdrawn", False)
    with pytest.raises(tk.ValidationError, match="effacés"):
        act("budget_document_restore", editor, document=BP)


DERIVED = ("stages", "voted_on", "quality", "population", "norm_variant", "masking_policy")


def test_fields_follow_the_documents_whichever_came_last(portal, two, editor):
    """The budget came after the account: the account's population is the dataset's all the same."""
    assert two["population"] == "1234" and two["stages"] == ["BP", "CA"]
    withdraw(editor, CA)
    left = portal.dataset(NAME)
    assert [left["stages"], left["voted_on"], left["population"]] == [["BP"], "2022-03-31", "777"]
    withdraw(editor, BP)
    empty = portal.dataset(NAME)
    assert not any(empty.get(name) for name in ("stages", "voted_on", "quality", "population"))
    assert (empty["fiscal_year"], empty["state"]) == ("2022", "active")
    act("budget_document_restore", editor, document=CA)
    act("budget_document_restore", editor, document=BP)
    back = portal.dataset(NAME)
    assert {name: back.get(name) for name in DERIVED} == {name: two.get(name) for name in DERIVED}


def by_ckan(portal: Any, two: dict[str, Any]) -> None:
    for item in two["resources"]:
        if item["document"] == CA:
            portal.action("resource_delete", id=item["id"])


def by_form(portal: Any, two: dict[str, Any]) -> None:
    kept = [item for item in two["resources"] if item["document"] == BP]
    portal.action("package_patch", id=NAME, resources=kept)


@pytest.mark.parametrize("door", [by_ckan, by_form])
def test_fields_follow_by_every_door(portal, two, door):
    door(portal, two)
    left = portal.dataset(NAME)
    assert [left["stages"], left["voted_on"], left["population"]] == [["BP"], "2022-03-31", "777"]


def test_each_document_s_figures_have_its_own_population(portal, two):
    from ckanext.budget.charts.compute import find_subject

    tables = {r["document"]: r["id"] for r in two["resources"] if r["role"] == "scdl"}
    found = {slug: find_subject(identifier).hints for slug, identifier in tables.items()}
    assert {slug: hints.population for slug, hints in found.items()} == {BP: 777, CA: 1234}


def test_withdrawn_document_comes_back_by_a_wish_only(portal, two, editor, make_document):
    [table] = [r["id"] for r in two["resources"] if (r["document"], r["role"]) == (BP, "scdl")]
    withdraw(editor)
    for amount in ("1500.25", "31.00"):
        with pytest.raises(DocumentWithdrawn, match="retiré par son éditeur le"):
            portal.publish(make_document(amount=amount))
    assert portal.publish(make_document(amount="31.00"), restore=True).status == "created"
    again = portal.dataset(NAME)["resources"][0]
    assert (again["id"], withdrawals.pending(two["id"], BP)) == (table, None)


def test_reason_is_asked_and_shown_to_editors_only(portal, two, editor, app):
    with pytest.raises(tk.ValidationError) as refusal:
        withdraw(editor, reason=" ")
    assert "reason" in refusal.value.error_dict
    withdraw(editor)
    [told] = act("budget_withdrawal_list", editor)
    assert (told["reason"], told["document"]) == ("Un nom est visible", BP)
    assert "Un nom est visible" not in app.get(f"/budget/{NAME}").body
    assert "Un nom est visible" not in str(portal.dataset(NAME))


ACTIONS: dict[str, dict[str, str]] = {
    "budget_document_withdraw": {"document": BP, "reason": "x"},
    "budget_document_restore": {"document": BP},
    "budget_withdrawal_list": {},
    "budget_dataset_restore": {},
}


@pytest.mark.parametrize("action", ACTIONS)
def test_nobody_else_may(portal, two, action, make_document):
    from ckan.tests import factories

    foreign = portal.member(factories.Organization(), "admin")
    others = [portal.member(role="member"), factories.User(), foreign]
    for name in ["", *(user["name"] for user in others)]:
        with pytest.raises(tk.NotAuthorized):
            act(action, {"user": name}, **ACTIONS[action])


def test_deleted_dataset_is_restored_by_its_editors(portal, two, editor, app):
    rows = {
        r["id"]: portal.rows(r["id"])["records"] for r in two["resources"] if r["role"] == "scdl"
    }
    tk.get_action("package_delete")(dict(editor), {"id": NAME})
    assert app.get(f"/budget/{NAME}").status_code == 404
    act("budget_dataset_restore", editor)
    assert without_moments(portal.dataset(NAME)) == without_moments(two)
    assert {identifier: portal.rows(identifier)["records"] for identifier in rows} == rows
    with pytest.raises(tk.ObjectNotFound):
        act("budget_dataset_restore", editor)


def test_publishing_after_a_deletion_says_what_to_do(portal, two, editor, make_document):
    tk.get_action("package_delete")(dict(editor), {"id": NAME})
    with pytest.raises(DatasetDeleted, match="Restaurer"):
        portal.publish(make_document())


def test_files_that_were_erased_are_told(portal, two, editor):
    tk.get_action("package_delete")(dict(editor), {"id": NAME})
    path_of(two["resources"][0]["id"]).unlink()
    with pytest.raises(tk.ValidationError, match="effacés"):
        act("budget_dataset_restore", editor)
    assert portal.budgets() == []


def test_private_is_private_everywhere(portal, two, editor, app):
    """CKAN's button "Unpublish" is not on the form; its field of visibility does what it says."""
    ids = [item["id"] for item in two["resources"]]
    addresses = [item["url"] for item in two["resources"]] + [f"/budget/{NAME}"]
    addresses += [f"/budget/{NAME}/resource/{item}" for item in ids]
    addresses += [f"/api/3/action/package_show?id={NAME}"]
    addresses += [f"/api/3/action/resource_show?id={item}" for item in ids]
    addresses += [f"/api/3/action/datastore_search?resource_id={ids[0]}"]
    assert {app.get(address).status_code for address in addresses} == {200}
    tk.get_action("package_patch")(dict(editor), {"id": NAME, "private": True})
    assert {app.get(address).status_code for address in addresses} <= {403, 404}
    assert NAME not in app.get("/api/3/action/package_search?q=*:*").body
    portal.action("package_patch", id=NAME, private=False)
    assert {app.get(address).status_code for address in addresses} == {200}


class Visitor:
    """Pages as one user asks for them."""

    def __init__(self, app: Any, user: dict[str, Any]) -> None:
        self.app, self.headers = app, {"Authorization": user["token"]}

    def __call__(self, address: str, **data: str) -> Any:
        flask.g.pop("_login_user", None)
        ask = self.app.post if data else self.app.get
        more = {"data": data} if data else {}
        return ask(address, headers=self.headers, follow_redirects=False, **more)


def read(app: Any, address: str) -> Any:
    """As anybody."""
    flask.g.pop("_login_user", None)
    return app.get(address)


@pytest.fixture
def visit(portal: Any, app: Any) -> Visitor:
    """An editor of the organisation."""
    return Visitor(app, portal.member())


def test_pages_of_a_document_from_its_button_to_its_history(portal, two, visit, app):
    address = f"/budgets/jeu/{NAME}/retirer/{BP}"
    resource = two["resources"][0]["id"]
    for page in (f"/budget/{NAME}", f"/budget/{NAME}/resource/{resource}"):
        assert address in visit(page).body
        assert "/retirer/" not in read(app, page).body, "for editors only"
    assert "Budget primitif 2022" in visit(address).body
    assert "Say why" in visit(address, reason=" ").body
    assert portal.dataset(NAME)["stages"] == ["BP", "CA"]
    assert visit(address, reason="Un nom").status_code == 302
    shown = visit(f"/budget/{NAME}").body
    back = f"/budgets/jeu/{NAME}/remettre/{BP}"
    assert back in shown and "Un nom" in shown
    public = read(app, f"/budget/{NAME}").body
    assert "Budget primitif 2022, withdrawn on" in public
    assert back not in public and "Un nom" not in public
    assert "Let its source" not in visit(back).body, "it was deposited"
    assert visit(back, decision="back").status_code == 302
    assert portal.dataset(NAME)["stages"] == ["BP", "CA"]
    assert "on line again on" in visit(f"/budget/{NAME}").body


def test_a_budget_without_any_document_says_why(portal, two, visit, app):
    for slug in (BP, CA):
        visit(f"/budgets/jeu/{NAME}/retirer/{slug}", reason="Erreur")
    page = read(app, f"/budget/{NAME}").body
    assert page.count("withdrawn on") == 2


def test_pages_of_a_deleted_budget(portal, two, visit, app):
    portal.action("package_delete", id=NAME)
    address = f"/budgets/jeu/{NAME}/restaurer"
    assert address in visit(f"/budget/{NAME}").body
    assert "2 documents" in visit(address).body
    assert visit(address, decision="restore").status_code == 302
    assert read(app, f"/budget/{NAME}").status_code == 200
    assert visit(address).status_code == 404


def test_the_form_has_no_button_that_does_nothing(portal, two, visit):
    page = visit(f"/budget/edit/{NAME}/1").body
    assert "go-metadata-unpublish" not in page
    assert 'name="private"' in page, "what does hide a budget"


def test_a_body_is_handed_over_by_the_page(portal, two, app):
    from ckan.tests import factories

    commune = factories.Organization(title="La Commune")
    visit = Visitor(app, factories.SysadminWithToken())
    asked = {"siren": "216704825", "owner_org": commune["id"]}
    assert "216704825" not in visit("/budgets/confier").body
    assert "has a wrong key" in visit("/budgets/confier", **asked | {"siren": "216704826"}).body
    sure = visit("/budgets/confier", **asked).body
    assert NAME in sure and "La Commune" in sure
    assert portal.dataset(NAME)["owner_org"] != commune["id"], "nothing before the answer"
    assert visit("/budgets/confier", **asked, sure="move").status_code == 302
    assert portal.dataset(NAME)["owner_org"] == commune["id"]
    assert "La Commune" in visit("/budgets/confier").body


def test_commands(portal, two, cli):
    from ckanext.budget.plugin.cli import budget

    def run(*arguments: str) -> str:
        done = cli.invoke(budget, list(arguments))
        assert done.exit_code == 0, done.output
        return done.output

    run("withdraw", NAME, BP, "--reason", "une erreur")
    assert portal.dataset(NAME)["stages"] == ["CA"]
    assert f"{BP} " in run("withdrawals", NAME) and "une erreur" in run("withdrawals", NAME)
    run("put-back", NAME, BP)
    assert portal.dataset(NAME)["stages"] == ["BP", "CA"]
    assert cli.invoke(budget, ["put-back", NAME, BP]).exit_code == 1
    portal.action("package_delete", id=NAME)
    run("restore", NAME)
    assert portal.dataset(NAME)["state"] == "active"
