"""A budget belongs to the body that votes it, and nobody takes its place."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from ckan import model

from ckanext.budget.core.errors import HeldByAnother
from ckanext.budget.publication import ownership
from ckanext.budget.sheet.identity import resource_id

NAME = "budget-21670482500019-2022"
SIREN = "216704825"


@pytest.fixture
def commune(portal: Any) -> dict[str, Any]:
    """The body's own organisation, beside the portal's ``collectivites``."""
    from ckan.tests import factories

    return factories.Organization(name="la-commune", title="La Commune")


@pytest.fixture
def editor(portal: Any) -> dict[str, Any]:
    """Of ``collectivites``, which holds nothing."""
    return {"user": portal.member()["name"]}


def test_until_the_body_arrives_anybody_may_publish_for_it(portal: Any, make_document: Any) -> None:
    assert portal.publish(make_document()).status == "created"


def test_once_held_nobody_else_publishes(portal: Any, commune: Any, make_document: Any) -> None:
    portal.action("budget_body_assign", siren=SIREN, owner_org=commune["id"])
    with pytest.raises(HeldByAnother) as refusal:
        portal.publish(make_document())
    assert "La Commune" in str(refusal.value)
    assert portal.budgets() == [] and portal.files() == {}
    assert portal.publish(make_document(), organization_id=commune["id"]).status == "created"


def test_what_is_online_stays_its_owner_s_until_it_is_handed_over(
    portal: Any, commune: Any, make_document: Any
) -> None:
    portal.publish(make_document())
    portal.action("budget_body_assign", siren=SIREN, owner_org=commune["id"])
    with pytest.raises(HeldByAnother):
        portal.publish(make_document(amount="31.00"))
    done = portal.action("budget_body_assign", siren=SIREN, owner_org=commune["id"], hand_over=True)
    assert done["moved"] == [NAME]
    assert portal.dataset(NAME)["owner_org"] == commune["id"]
    again = portal.publish(make_document(amount="31.00"), organization_id=commune["id"])
    assert again.status == "updated"


SLUG = "21670482500019-2022-bp"
WAYS_ON_LINE: dict[str, tuple[tuple[str, dict[str, Any]], tuple[str, dict[str, Any]]]] = {
    "a deleted dataset restored": (
        ("package_delete", {"id": NAME}),
        ("budget_dataset_restore", {"package_id": NAME}),
    ),
    "a deleted dataset saved as active": (
        ("package_delete", {"id": NAME}),
        ("package_patch", {"id": NAME, "state": "active"}),
    ),
    "a withdrawn document put back": (
        ("budget_document_withdraw", {"package_id": NAME, "document": SLUG, "reason": "x"}),
        ("budget_document_restore", {"package_id": NAME, "document": SLUG}),
    ),
    "a private dataset made public": (
        ("package_patch", {"id": NAME, "private": True}),
        ("package_patch", {"id": NAME, "private": False}),
    ),
}
"""How a budget leaves the readers, and how it comes back to them."""


@pytest.mark.parametrize("way", WAYS_ON_LINE)
def test_nothing_comes_back_for_a_body_that_another_holds(
    portal: Any, editor: Any, commune: Any, make_document: Any, way: str
) -> None:
    """Given to its commune meanwhile: who published before has no way back on line."""
    portal.publish(make_document())
    (off, taken), (back, given) = WAYS_ON_LINE[way]
    tk.get_action(off)(dict(editor), dict(taken))
    portal.action("budget_body_assign", siren=SIREN, owner_org=commune["id"])
    before = _on_line()
    with pytest.raises(tk.ValidationError) as refusal:
        tk.get_action(back)(dict(editor), dict(given))
    assert "La Commune" in str(refusal.value.error_dict)
    model.Session.rollback()
    assert _on_line() == before
    portal.action("budget_body_assign", siren=SIREN, owner_org=portal.organization["id"])
    tk.get_action(back)(dict(editor), dict(given))
    assert _on_line() == ("active", False, True)


@pytest.mark.parametrize("way", WAYS_ON_LINE)
def test_nothing_comes_back_of_a_regie_of_that_body(
    portal: Any, editor: Any, commune: Any, make_document: Any, way: str
) -> None:
    """Nobody holds its own SIREN: it is published by who publishes for its commune."""
    name = f"budget-{REGIE}00095-2022"
    portal.publish(of_regie(make_document, "30.00"))
    calls = json.dumps(WAYS_ON_LINE[way]).replace("21670482500019", f"{REGIE}00095")
    (off, taken), (back, given) = json.loads(calls)
    tk.get_action(off)(dict(editor), dict(taken))
    portal.action("budget_body_assign", siren=SIREN, owner_org=commune["id"])
    before = _on_line(name)
    with pytest.raises(tk.ValidationError) as refusal:
        tk.get_action(back)(dict(editor), dict(given))
    assert "La Commune" in str(refusal.value.error_dict)
    model.Session.rollback()
    assert _on_line(name) == before
    portal.action("budget_body_assign", siren=REGIE, owner_org=portal.organization["id"])
    tk.get_action(back)(dict(editor), dict(given))
    assert _on_line(name) == ("active", False, True)


def _on_line(name: str = NAME) -> tuple[str, bool, bool]:
    """State of the dataset, whether it is private, whether it has documents."""
    model.Session.expire_all()
    package = model.Package.get(name)
    return package.state, package.private, bool(package.resources)


def test_a_deleted_budget_is_handed_over_too(
    portal: Any, editor: Any, commune: Any, make_document: Any
) -> None:
    """It has the name and the id of its exercise: left to the former publisher, the commune could
    never publish that one."""
    portal.publish(make_document())
    tk.get_action("package_delete")(dict(editor), {"id": NAME})
    done = portal.action("budget_body_assign", siren=SIREN, owner_org=commune["id"], hand_over=True)
    assert done["moved"] == [NAME] and model.Package.get(NAME).state == "deleted"
    with pytest.raises(tk.NotAuthorized):
        tk.get_action("budget_dataset_restore")(dict(editor), {"package_id": NAME})
    theirs = {"user": portal.member(commune)["name"]}
    tk.get_action("budget_dataset_restore")(theirs, {"package_id": NAME})
    shown = portal.dataset(NAME)
    assert (shown["organization"]["name"], shown["state"]) == ("la-commune", "active")


REGIE = "243500782"


def of_regie(make_document: Any, amount: str) -> bytes:
    """A budget with a SIREN of its own, of the commune."""
    made = make_document(siret=f"{REGIE}00095", amount=amount)
    return made.replace(f'IdColl V="{REGIE}00095"'.encode(), b'IdColl V="21670482500019"')


def test_a_regie_with_its_own_siren(portal: Any, commune: Any, make_document: Any) -> None:
    """Who publishes for the commune publishes for it, until it has an organisation of its own."""
    from ckan.tests import factories

    regie, own = factories.Organization(name="la-regie"), REGIE

    def publish(amount: str, organization: dict[str, Any]) -> str:
        content = of_regie(make_document, amount)
        return portal.publish(content, organization_id=organization["id"]).status

    portal.action("budget_body_assign", siren=SIREN, owner_org=commune["id"])
    for stranger in (portal.organization, regie):
        with pytest.raises(HeldByAnother):
            publish("30.00", stranger)
    assert publish("30.00", commune) == "created"
    shown = portal.dataset(f"budget-{own}00095-2022")
    assert (shown["siren"], shown["siret"][:9]) == (own, own)
    portal.action("budget_body_assign", siren=own, owner_org=regie["id"], hand_over=True)
    assert publish("31.00", regie) == "updated"
    portal.action("budget_body_assign", siren=own, owner_org=commune["id"])
    with pytest.raises(HeldByAnother):
        publish("32.00", regie)


def test_a_body_that_nobody_holds_any_more_is_free(
    portal: Any, commune: Any, make_document: Any
) -> None:
    portal.action("budget_body_assign", siren=SIREN, owner_org=commune["id"])
    portal.action("budget_body_assign", siren=SIREN, owner_org="")
    assert ownership.holder_of(SIREN) is None
    assert portal.publish(make_document()).status == "created"


def sheet(portal: Any, **more: Any) -> dict[str, Any]:
    """A budget described by hand."""
    return {
        "type": "budget",
        "name": "mon-budget",
        "title": "Mon budget",
        "owner_org": portal.organization["id"],
        "siret": "21670482500019",
        "body_kind": "commune",
        "budget_type": "principal",
        "fiscal_year": "2022",
        **more,
    }


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": NAME}, "name"),
        ({"name": "budget-21670482500019"}, "name"),
        ({"name": "budget-21670482500019-2022-bp"}, "name"),
        ({"name": NAME, "private": True}, "name"),
        ({"name": NAME, "type": "dataset"}, "name"),
        ({"id": resource_id("21670482500019-2022-bp", "scdl")}, "id"),
        ({"resources": [{"id": resource_id("x", "xml"), "url": "http://x.org/a"}]}, "id"),
    ],
)
def test_names_and_ids_of_budgets_are_kept_for_them(
    portal: Any, editor: Any, make_document: Any, more: dict[str, Any], field: str
) -> None:
    """A stranger's dataset, private or not, stands in the way of no document."""
    with pytest.raises(tk.ValidationError) as refusal:
        tk.get_action("package_create")(editor, sheet(portal, **more))
    assert field in refusal.value.error_dict
    assert portal.publish(make_document()).status == "created"


def test_no_dataset_takes_the_name_later(portal: Any, editor: Any) -> None:
    tk.get_action("package_create")(dict(editor), sheet(portal))
    with pytest.raises(tk.ValidationError) as refusal:
        tk.get_action("package_patch")(dict(editor), {"id": "mon-budget", "name": NAME})
    assert "name" in refusal.value.error_dict


def test_no_sheet_speaks_for_a_body_of_another(portal: Any, editor: Any, commune: Any) -> None:
    tk.get_action("package_create")(dict(editor), sheet(portal, name="avant"))
    portal.action("budget_body_assign", siren=SIREN, owner_org=commune["id"])
    with pytest.raises(tk.ValidationError) as refusal:
        tk.get_action("package_create")(dict(editor), sheet(portal))
    assert "La Commune" in refusal.value.error_dict["siret"][0]


CLAIMS = {
    "quality": "conforme",
    "masking_policy": "strict",
    "origin": "harvest",
    "stages": ["CA"],
    "voted_on": "2001-01-01",
}


def test_claims_of_trust_cannot_be_typed(portal: Any, editor: Any, make_document: Any) -> None:
    portal.publish(make_document())
    before = portal.dataset(NAME)
    typed = {name: value for name, value in CLAIMS.items() if before.get(name) != value}
    tk.get_action("package_patch")(dict(editor), {"id": NAME, "title": "Autre titre", **typed})
    after = portal.dataset(NAME)
    assert after["title"] == "Autre titre"
    assert {name: after.get(name) for name in CLAIMS} == {name: before.get(name) for name in CLAIMS}
    xml = next(item for item in before["resources"] if item["role"] == "xml")
    forged = {"id": xml["id"], "quality": "conforme", "masked_count": "0", "seal": "valid"}
    tk.get_action("resource_patch")(dict(editor), forged)
    now = next(r for r in portal.dataset(NAME)["resources"] if r["id"] == xml["id"])
    assert [now[name] for name in ("quality", "masked_count", "seal")] == [
        xml[name] for name in ("quality", "masked_count", "seal")
    ]


def test_claims_are_not_typed_as_extra_fields(portal: Any, editor: Any, make_document: Any) -> None:
    """CKAN keeps what the schema does not know as extra fields, and the sheet is kept there too."""
    portal.publish(make_document())
    before = portal.dataset(NAME)
    typed = [
        {"key": name, "value": value if isinstance(value, str) else '["CA"]'}
        for name, value in CLAIMS.items()
    ]
    for name, data in {
        "package_create": sheet(portal, name="a-la-main", extras=typed),
        "package_patch": {"id": NAME, "extras": typed},
        "package_revise": {"match": {"name": NAME}, "update": {"extras": typed}},
    }.items():
        with suppress(tk.ValidationError):
            tk.get_action(name)(dict(editor), data)
        model.Session.rollback()
    after = portal.dataset(NAME)
    assert {name: after.get(name) for name in CLAIMS} == {name: before.get(name) for name in CLAIMS}
    made = model.Package.get("a-la-main")
    assert made is None or not any(made.extras.get(name) for name in CLAIMS)


def test_no_table_is_called_as_one_to_come(portal: Any, editor: Any, make_document: Any) -> None:
    """The table of a document that is not published yet has a name that anybody finds."""
    mine = tk.get_action("package_create")(
        dict(editor), {"name": "le-mien", "owner_org": portal.organization["id"]}
    )
    table = resource_id("21670482500019-2022-bp", "scdl")
    for aliases in (table, [table], f"x,{table}", table.upper()):
        data = {"resource": {"package_id": mine["id"]}, "aliases": aliases, "records": [{"a": 1}]}
        with pytest.raises(tk.ValidationError) as refusal:
            tk.get_action("datastore_create")(dict(editor), data)
        assert list(refusal.value.error_dict) == ["aliases"]
    assert portal.publish(make_document()).status == "created"
    assert portal.rows(table)["total"] == 2


def test_a_sheet_made_by_hand_claims_nothing(portal: Any, editor: Any) -> None:
    made = tk.get_action("package_create")(dict(editor), sheet(portal, **CLAIMS))
    assert not any(made.get(name) for name in CLAIMS)
