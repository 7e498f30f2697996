"""The sheet for scripts: generated rules and pages agree with their source, and with CKAN."""

from __future__ import annotations

import json
from pathlib import Path

import ckan.plugins.toolkit as tk
import pytest

from ckanext.budget.core.contexts import PUBLICATION
from ckanext.budget.sheet import schema as sheet_schema

ROOT = Path(__file__).parents[3]


pytestmark = pytest.mark.validation


def test_json_schema_is_that_of_the_yaml():
    assert sheet_schema.GENERATED.read_text(encoding="utf-8") == sheet_schema.json_schema_text(), (
        "run: ckan budget sheet document docs"
    )


def test_printed_table_is_that_of_the_yaml():
    page = (ROOT / "docs" / "metadata.md").read_text(encoding="utf-8")
    assert page == sheet_schema.as_table(), "run: ckan budget sheet document docs"


def test_sheet_of_a_published_budget_is_valid_and_makes_the_same_dataset(portal, make_document):
    outcome = portal.publish(make_document())
    package = portal.action("package_show", id=outcome.package_id)
    sheet = sheet_schema.exported(package)
    assert sheet_schema.problems(sheet) == []
    written = json.loads(json.dumps(sheet)) | {"name": "copie", "type": "budget", "resources": []}
    made = tk.get_action("package_create")(portal.context() | {PUBLICATION: True}, written)
    fields = [field["field_name"] for field in sheet_schema.sheet()["dataset_fields"]]
    same = [name for name in fields if name not in ("name", "tag_string", "quality", "stages")]
    for name in same:
        assert (made.get(name) or "") == (package.get(name) or ""), name


VALID = {
    "title": "Budget 2022",
    "name": "budget-2022",
    "owner_org": "mairie",
    "body_kind": "commune",
    "siret": "21560046100010",
    "budget_type": "principal",
    "fiscal_year": "2022",
}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"siret": "21560046100011"}, "siret"),
        ({"siret": "2156"}, "siret"),
        ({"fiscal_year": "22"}, "fiscal_year"),
        ({"body_kind": "mairie"}, "body_kind"),
        ({"stages": ["BP", "XX"]}, "stages/1"),
        ({"titre": "x"}, ""),
        ({"title": ""}, "title"),
    ],
    ids=str,
)
def test_problem_is_told_with_its_field(portal, change, field):
    assert sheet_schema.problems(VALID) == []
    answer = portal.action("budget_sheet_validate", sheet=VALID | change)
    assert [problem["field"] for problem in answer["problems"]] == [field]
    assert not answer["valid"]


def test_missing_field_is_named():
    rest = {key: value for key, value in VALID.items() if key != "siret"}
    (problem,) = sheet_schema.problems(rest)
    assert "siret" in problem["message"]


def test_anonymous_visitors_may_not_ask(portal):
    with pytest.raises(tk.NotAuthorized):
        tk.get_action("budget_sheet_validate")({"user": ""}, {"sheet": VALID})
