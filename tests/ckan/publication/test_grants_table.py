"""The grants of a document as a resource of their own: SCDL columns, rows, masks, and its life."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from ckanext.budget.totem.annexes.grants import COLUMNS
from ckanext.budget.totem.privacy import MASK

NAME = "budget-21670482500019-2022"


@pytest.fixture
def plugins() -> str:
    return "budget budget_view totem_harvester harvest scheming_datasets datastore datatables_view"


def grants(portal: Any) -> dict[str, Any] | None:
    found = [one for one in portal.dataset(NAME)["resources"] if one["role"] == "subventions"]
    assert len(found) <= 1
    return found[0] if found else None


def rows(app: Any, resource: dict[str, Any]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(app.get(resource["url"]).body)))


def test_it_is_a_table_with_its_schema_and_its_view(portal, app, make_document):
    portal.publish(make_document())
    found = grants(portal)
    assert found["url"].endswith("/21670482500019-2022-bp.subventions.csv")
    assert (found["schema_name"], found["schema_version"]) == ("scdl/subventions", "2.1.1")
    assert found["datastore_active"] is True
    views = portal.action("resource_view_list", id=found["id"])
    assert [view["view_type"] for view in views] == ["datatables_view"]
    [row] = rows(app, found)
    assert tuple(row) == COLUMNS and len(COLUMNS) == 16
    assert (row["nomBeneficiaire"], row["montant"]) == (MASK, "150.00")
    table = portal.rows(found["id"])
    types = {field["id"]: field["type"] for field in table["fields"]}
    assert (types["montant"], types["idAttribuant"]) == ("numeric", "text")
    assert [(one["nomBeneficiaire"], float(one["montant"])) for one in table["records"]] == [
        (MASK, 150.0)
    ]


def test_a_document_without_grants_has_none(portal, make_document):
    portal.publish(make_document(annexes=False))
    assert grants(portal) is None


def test_it_is_replaced_in_place_and_its_link_lives(portal, app, make_document):
    portal.publish(make_document())
    before = grants(portal)
    portal.publish(make_document(annexes=False))
    after = grants(portal)
    assert (after["id"], after["url"]) == (before["id"], before["url"])
    assert rows(app, after) == []
    assert portal.rows(after["id"])["total"] == 0


@pytest.mark.parametrize("policy", ["mark", "delete"])
def test_it_is_withdrawn_with_its_document(policy, portal, make_document):
    from ckanext.budget.publication.withdrawal import withdraw

    done = portal.publish(make_document())
    portal.publish(make_document(stage="09"))
    withdraw(done.package_id, done.document, policy, portal.context())
    left = [one for one in portal.dataset(NAME)["resources"] if one["role"] == "subventions"]
    marks = {one["stage"]: bool(one["withdrawn_on"]) for one in left}
    assert marks == ({"BP": True, "CA": False} if policy == "mark" else {"CA": False})


def test_an_amount_that_cannot_be_read_is_not_invented(portal, make_document):
    content = make_document().replace(b'<MtSubv V="150.00"/>', b'<MtSubv V="cent euros"/>')
    portal.publish(content)
    [row] = portal.rows(grants(portal)["id"])["records"]
    assert row["montant"] is None


def test_rows_come_from_the_file_alone(portal, make_document):
    import ckan.plugins.toolkit as tk

    portal.publish(make_document())
    with pytest.raises(tk.ValidationError):
        portal.action("datastore_upsert", resource_id=grants(portal)["id"], method="insert",
                      records=[{"montant": 1}], force=True)  # fmt: skip
