"""Beneficiaries that may be bodies: asked of whoever deposits, kept masked until then, by token."""

from __future__ import annotations

from typing import Any

import flask
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk

from ckanext.budget.publication import confirmations

from ..uploaded import everything_of, upload

NAME = "LA BOULE JOYEUSE"
SIREN = "216704825"


@pytest.fixture
def plugins() -> str:
    return (
        "budget budget_validation totem_harvester harvest scheming_datasets datastore "
        "datatables_view"
    )


@pytest.fixture
def document(make_document: Any) -> Any:
    """``document(**options)``: a grant to a name that says nothing, as a CFU has it."""

    def make(**options: Any) -> bytes:
        code = b'<CodNatJurBenefCA V="P3"/>'
        return make_document(beneficiary=NAME, **options).replace(code, b"")

    return make


@pytest.fixture
def editor(portal: Any) -> dict[str, Any]:
    from ckan.tests import factories

    user = factories.UserWithToken()
    organization = portal.organization["id"]
    portal.action(
        "organization_member_create", id=organization, username=user["name"], role="editor"
    )
    return user


def deposit(portal: Any, user: dict[str, Any], content: bytes | None, **data: Any) -> Any:
    files = [upload(content)] if content else []
    data = {"owner_org": portal.organization["id"], "upload": files} | data
    return tk.get_action("budget_deposit")({"user": user["name"]}, data)


def public(portal: Any) -> bytes:
    return everything_of(portal.storage)


def tables() -> str:
    """Everything that the database holds, as text."""
    names = sa.inspect(model.Session.get_bind()).get_table_names()
    rows = (model.Session.execute(sa.text(f'SELECT * FROM "{name}"')).all() for name in names)
    return str(list(rows))


def test_the_name_is_in_one_answer_and_nowhere_else(portal, editor, document):
    made = deposit(portal, editor, document())
    (asked,) = made["asked"]
    assert (asked["name"], asked["number"]) == (NAME, 1)
    assert NAME.encode() not in everything_of(portal.spool) + public(portal)
    assert NAME not in tables()
    shown = tk.get_action("budget_deposit_show")({"user": editor["name"]}, {"id": made["id"]})
    assert NAME not in str(shown)
    deposit(portal, editor, None, id=made["id"], publish=True)
    assert NAME.encode() not in public(portal)
    assert NAME not in tables()


def test_what_is_confirmed_is_named_in_this_document_and_the_later_ones(portal, editor, document):
    first = deposit(portal, editor, document())
    tokens = [item["token"] for item in first["asked"]]
    again = deposit(portal, editor, document(), id=first["id"], confirm=tokens)
    assert (len(again["files"]), again["asked"]) == (1, [])
    assert NAME not in tables()
    deposit(portal, editor, None, id=first["id"], publish=True)
    assert NAME.encode() in public(portal)
    later = deposit(portal, editor, document(year=2023))
    assert later["asked"] == []
    other = deposit(portal, editor, document(siret="21560046100010"))
    assert [item["name"] for item in other["asked"]] == [NAME], "what is said is said of one body"


def test_every_door_knows_what_was_confirmed(portal, editor, document, harvest):
    first = deposit(portal, editor, document())
    tokens = [item["token"] for item in first["asked"]]
    deposit(portal, editor, document(), id=first["id"], confirm=tokens)
    (portal.source / "bp.xml").write_bytes(document(year=2021))
    harvest()
    assert NAME.encode() in public(portal)


def test_a_confirmation_unmasks_what_is_on_line(portal, editor, document):
    first = deposit(portal, editor, document(), publish=True)
    assert NAME.encode() not in public(portal)
    second = deposit(portal, editor, document())
    tokens = [item["token"] for item in first["asked"]]
    deposit(portal, editor, document(), id=second["id"], confirm=tokens, publish=True)
    assert NAME.encode() in public(portal)


def test_who_does_not_publish_for_the_body_confirms_nothing(portal, editor, document):
    from ckan.tests import factories

    holder = factories.Organization()
    first = deposit(portal, editor, document())
    portal.action("budget_body_assign", siren=SIREN, owner_org=holder["id"])
    tokens = [item["token"] for item in first["asked"]]
    again = deposit(portal, editor, document(), id=first["id"], confirm=tokens)
    assert [file["state"] for file in again["files"]][-1] == "refused"
    assert confirmations.kept_for(SIREN) == set()


def test_without_script_the_names_are_on_a_page_that_nothing_keeps(portal, editor, document, app):
    def visit(method: str, url: str, **options: Any) -> Any:
        flask.g.pop("_login_user", None)
        headers = {"Authorization": editor["token"]}
        return getattr(app, method)(url, headers=headers, follow_redirects=False, **options)

    data = {"owner_org": portal.organization["id"], "upload": upload(document())}
    page = visit("post", "/budgets/deposer", data=data)
    assert NAME in page.body
    assert "no-store" in page.headers["Cache-Control"]
    token = page.body.partition('name="confirm" value="')[2][:32]
    address = page.body.partition('action="/budgets/deposer/')[2].partition('"')[0]
    data = {"confirm": token, "upload": upload(document())}
    answer = visit("post", f"/budgets/deposer/{address}", data=data)
    assert answer.status_code == 302
    assert confirmations.kept_for(SIREN) == {token}
