"""The form of a source: its fields are a configuration, its address is checked, it is tried."""

from __future__ import annotations

import json
from typing import Any

import ckan.plugins.toolkit as tk
import pytest

from ckanext.budget.harvest import source_form, trial

ROUND_TRIPS = (
    {},
    {"withdrawn": "mark", "precedence": 3},
    {"organization": "create", "priority": ["CA 2021", "BP 2022"]},
    {"filters": {"fiscal_year": {"from": 2020}, "stage": ["BP", "CFU"]}},
    {"filters": {"fiscal_year": {"from": 2020, "to": 2022}, "siren": "217005677"}},
    {"filters": {"fiscal_year": [2020, 2022], "exclude": ["*test*"]}, "kind": "index"},
    {"organization": {"217005677": "ville"}, "recursive": False},
    {"priority": ["CA, 2021"]},
)


def posted(fields: dict[str, Any]) -> dict[str, Any]:
    """What a browser sends back for a form that shows these fields."""
    named = {f"totem_{name}": value for name, value in fields.items() if name != "rest"}
    return {"totem_form": "1", "config": fields["rest"], "url": "x", **named}


@pytest.mark.parametrize("config", ROUND_TRIPS, ids=json.dumps)
def test_a_configuration_comes_back_as_it_was(config: dict[str, Any]) -> None:
    fields = source_form.fields_of(json.dumps(config))
    merged = source_form.merged(posted(fields))
    assert json.loads(merged["config"] or "{}") == config
    assert not [name for name in merged if name.startswith("totem")]


def test_a_year_alone_is_an_interval() -> None:
    fields = source_form.fields_of('{"filters": {"fiscal_year": 2022}}')
    assert (fields["from"], fields["to"]) == (2022, 2022)
    assert fields["rest"] == ""


def test_fields_hold_what_they_can_and_json_the_rest() -> None:
    fields = source_form.fields_of('{"filters": {"stage": "BP", "siren": "217005677"}, "rate": 2}')
    assert fields["stage"] == ["BP"]
    assert json.loads(fields["rest"]) == {"filters": {"siren": "217005677"}, "rate": 2}


@pytest.mark.parametrize("text", ["{oups", "[]", '"x"'])
def test_what_is_no_configuration_stays_for_its_author_to_mend(text: str) -> None:
    assert source_form.fields_of(text)["rest"].strip('"') == text.strip('"')
    assert source_form.merged({"totem_form": "1", "config": text})["config"] == text


def source(portal: Any, **more: Any) -> dict[str, Any]:
    return {
        "name": "depot",
        "title": "Dépôt",
        "source_type": "totem",
        "owner_org": portal.organization["id"],
        "frequency": "MANUAL",
    } | more


def test_the_fields_of_the_form_become_the_configuration(portal: Any) -> None:
    fields = {"totem_form": "1", "totem_from": "2020", "totem_stage": ["BP"], "config": ""}
    made = portal.action(
        "harvest_source_create", **source(portal, url=str(portal.source)), **fields
    )
    stored = json.loads(portal.action("harvest_source_show", id=made["id"])["config"])
    assert stored["totem"] == {"filters": {"fiscal_year": {"from": 2020}, "stage": ["BP"]}}


def test_a_year_that_is_none_is_told(portal: Any) -> None:
    fields = {"totem_form": "1", "totem_from": "vingt", "config": ""}
    with pytest.raises(tk.ValidationError) as refusal:
        portal.action("harvest_source_create", **source(portal, url=str(portal.source)), **fields)
    assert "vingt" in str(refusal.value.error_dict)


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/", "http://169.254.169.254/latest/", "http://[::1]/", "/etc", "/nulle/part"],
)
def test_a_place_that_no_harvest_may_read_is_refused_when_saved(url: str, portal: Any) -> None:
    with pytest.raises(tk.ValidationError) as refusal:
        portal.action("harvest_source_create", **source(portal, url=url))
    assert "url" in refusal.value.error_dict
    with pytest.raises(tk.ValidationError):
        portal.action("budget_source_try", **source(portal, url=url))


def test_a_trial_lists_and_keeps_nothing(portal: Any, make_document: Any, monkeypatch: Any) -> None:
    for number in range(3):
        (portal.source / f"bp-{number}.xml").write_bytes(make_document(number=str(number)))
    (portal.source / "lisez-moi.txt").write_text("rien")
    asked = source(portal, url=str(portal.source))
    found = portal.action("budget_source_try", **asked)
    assert [item["name"] for item in found["documents"]] == [f"bp-{n}.xml" for n in range(3)]
    assert not found["more"]
    assert portal.budgets() == []
    only = portal.action(
        "budget_source_try", **asked, config='{"filters": {"include": ["*-1.xml"]}}'
    )
    assert [item["name"] for item in only["documents"]] == ["bp-1.xml"]
    monkeypatch.setattr(trial, "SHOWN", 2)
    assert portal.action("budget_source_try", **asked)["more"]


def test_a_trial_stops_when_its_time_is_over(
    portal: Any, make_document: Any, monkeypatch: Any
) -> None:
    (portal.source / "bp.xml").write_bytes(make_document())
    monkeypatch.setattr(trial, "SECONDS", -1)
    found = portal.action("budget_source_try", **source(portal, url=str(portal.source)))
    assert found == {"documents": [], "refused": [], "more": True}


@pytest.mark.parametrize("config", ['{"precedence": 5}', '{"auth": "depot"}'])
def test_a_trial_asks_for_no_more_than_its_author_may(config: str, portal: Any) -> None:
    from ckan.tests import factories

    user = factories.User()
    portal.action(
        "organization_member_create",
        id=portal.organization["id"],
        username=user["name"],
        role="editor",
    )
    data = source(portal, url="https://depot.invalid/", config=config)
    with pytest.raises(tk.ValidationError) as refusal:
        tk.get_action("budget_source_try")({"user": user["name"]}, data)
    assert "administrateur" in str(refusal.value.error_dict)
