"""What a sheet says of the body goes together, at every door, in one sentence."""

from __future__ import annotations

import html
from typing import Any

import pytest
from ckan.plugins import toolkit as tk
from ckan.tests import factories

from ckanext.budget.sheet.agreement import disagreements

RIGHT = {
    "siret": "21670482500019",
    "siren": "216704825",
    "insee_code": "67482",
    "department": "67",
}
CASES = [
    # what is changed, the field that is told, words of its sentence
    ({}, "", ""),
    ({"siren": "", "insee_code": "", "department": ""}, "", ""),
    ({"department": "067"}, "", ""),
    ({"department": "6AE"}, "", ""),
    ({"insee_code": "216704825"}, "", ""),
    ({"insee_code": "44", "department": ""}, "", ""),
    ({"siren": "200052264"}, "siren", "216704825"),
    ({"insee_code": "99999", "department": ""}, "insee_code", "67482"),
    ({"insee_code": "674"}, "insee_code", "67482"),
    ({"insee_code": "٦٧٤٨٢"}, "insee_code", "67482"),
    ({"insee_code": "<b>67482</b>"}, "insee_code", "67482"),
    ({"insee_code": "200052264"}, "insee_code", "67482"),
    ({"department": "20"}, "department", "2A"),
    ({"department": "99"}, "department", "2A"),
    ({"department": "Bas-Rhin"}, "department", "2A"),
    ({"department": "57"}, "department", "67"),
    ({"insee_code": "57463", "department": "57"}, "insee_code", "57463"),
    ({"insee_code": "2A004", "department": ""}, "insee_code", "2A004"),
]
SHEET = {
    "type": "budget",
    "title": "Budget",
    "body_kind": "commune",
    "budget_type": "principal",
    "fiscal_year": "2022",
}


@pytest.fixture
def plugins() -> str:
    return "budget budget_validation totem_harvester harvest scheming_datasets datastore"


def refusal(call: Any, *arguments: Any, **data: Any) -> dict[str, Any]:
    """What the action says of each field; empty when it accepts."""
    try:
        call(*arguments, **data)
    except tk.ValidationError as error:
        return {name: said for name, said in error.error_dict.items() if name in RIGHT}
    return {}


@pytest.mark.parametrize(("change", "field", "words"), CASES)
def test_every_door_says_the_same(portal, app, change, field, words):
    wrong = RIGHT | change
    told = disagreements(wrong)
    assert set(told) == ({field} if field else set())
    assert words in told.get(field, "")
    expected = {name: [sentence] for name, sentence in told.items()}
    owner = portal.organization["id"]

    # the actions: create, patch, update
    new = SHEET | wrong | {"name": "autre", "owner_org": owner}
    assert refusal(portal.action, "package_create", **new) == expected
    portal.action("package_create", **SHEET, **RIGHT, name="fiche", owner_org=owner)
    assert refusal(portal.action, "package_patch", id="fiche", **wrong) == expected
    assert (
        refusal(portal.action, "package_update", id="fiche", **(new | {"name": "fiche"}))
        == expected
    )
    # the sheet on its own
    sheet = {key: value for key, value in SHEET.items() if key != "type"}
    shown = portal.action("budget_sheet_validate", sheet=sheet | wrong | {"title": "Budget"})
    problems = {item["field"]: item["message"] for item in shown["problems"]}
    assert {name: problems[name] for name in told} == told
    # the form and the API, as an editor
    headers = {"Authorization": factories.SysadminWithToken()["token"]}
    form = SHEET | wrong | {"name": "fiche", "owner_org": owner, "pkg_name": "fiche", "save": ""}
    with app.flask_app.app_context():
        patch = {"id": "fiche", **wrong}
        answer = app.post("/api/3/action/package_patch", json=patch, headers=headers)
    with app.flask_app.app_context():
        page = app.post("/budget/edit/fiche", data=form, headers=headers, follow_redirects=False)
    assert answer.status_code == (409 if told else 200)
    assert all(sentence in answer.json["error"][name] for name, sentence in told.items())
    assert page.status_code == (200 if told else 302)
    for sentence in told.values():
        assert sentence in html.unescape(page.get_data(as_text=True))


def test_what_a_document_gets_wrong_is_left_out(portal, make_document):
    wrong = make_document().replace(b'CodInseeColl V="67482"', b'CodInseeColl V="57463"')
    portal.publish(wrong)
    dataset = portal.dataset("budget-21670482500019-2022")
    assert not dataset.get("insee_code")
    assert dataset["siren"] == "216704825"


@pytest.mark.parametrize(
    ("change", "field"),
    [({"siret": "21560046100010", "siren": ""}, "siret"), ({"fiscal_year": "2021"}, "fiscal_year")],
)
def test_the_dataset_is_of_its_documents(portal, make_document, change, field):
    portal.publish(make_document())
    change |= {"insee_code": "", "department": ""}
    with pytest.raises(tk.ValidationError) as error:
        portal.action("package_patch", id="budget-21670482500019-2022", **change)
    assert field in error.value.error_dict


def test_the_list_of_territories_knows_the_code(portal):
    import sqlalchemy as sa
    from ckan import model

    from ckanext.budget.core.tables import territory_table

    row = dict.fromkeys(("name", "department", "region", "source"), "")
    row |= {"kind": "commune", "code": "67482", "siren": "216704825"}
    model.Session.execute(sa.delete(territory_table))
    model.Session.execute(sa.insert(territory_table).values(row))
    new = SHEET | RIGHT | {"name": "autre", "owner_org": portal.organization["id"]}
    with pytest.raises(tk.ValidationError, match="67482"):
        portal.action("package_create", **(new | {"insee_code": "67218"}))
    portal.action("package_create", **new)
    model.Session.execute(sa.delete(territory_table))
    model.Session.commit()
