"""The one way in: what a document becomes, and what stays when it comes again."""

from __future__ import annotations

import csv
import gzip
import json
import zipfile
from dataclasses import replace
from typing import Any

import ckan.plugins.toolkit as tk
import pytest

from ckanext.budget.core.contexts import PUBLICATION
from ckanext.budget.core.errors import DatasetDeleted, DraftRefused, NameTaken, SheetRefused
from ckanext.budget.publication import publish as publication
from ckanext.budget.publication.resources import DocumentResources
from ckanext.budget.totem.privacy import MASK

PREFIX = "21670482500019-2022-bp"
NAME = "budget-21670482500019-2022"


def by_role(dataset: dict[str, Any], stage: str) -> dict[str, dict[str, Any]]:
    return {item["role"]: item for item in dataset["resources"] if item.get("stage") == stage}


def test_document_becomes_a_dataset_with_csv_and_masked_xml(portal, make_document):
    outcome = portal.publish(make_document(), provenance={"origin": "command"})
    dataset = portal.dataset(NAME)
    assert (outcome.status, outcome.package_id) == ("created", dataset["id"])
    assert dataset["title"] == "Budget 2022 – COMMUNE D'ESSAI"
    expected = {
        "state": "active",
        "siret": "21670482500019",
        "siren": "216704825",
        "body_kind": "commune",
        "fiscal_year": "2022",
        "norm": "M57",
        "population": "1234",
        "voted_on": "2022-03-31",
        "stages": ["BP"],
        "license_title": "Licence Ouverte / Open Licence version 2.0",
        "masking_policy": "strict",
        "owner_org": portal.organization["id"],
    }
    assert {name: dataset[name] for name in expected} == expected
    files = by_role(dataset, "BP")
    assert [item["role"] for item in dataset["resources"]] == [
        "scdl",
        "xml",
        "annexe",
        "subventions",
    ]
    assert files["scdl"]["url"].endswith("/21670482500019-2022-bp.csv")
    assert files["xml"]["url"].endswith("/21670482500019-2022-bp.xml")
    assert files["annexe"]["url"].endswith("/21670482500019-2022-bp.annexes.zip")
    stored = portal.files()
    assert len(stored) == 4
    assert {item["size"] for item in files.values()} == {
        len(content) for content in stored.values()
    }


def test_same_bytes_write_nothing(portal, make_document):
    first = portal.publish(make_document())
    before, stored = portal.dataset(NAME), portal.files()
    again = portal.publish(make_document())
    assert (first.status, again.status) == ("created", "unchanged")
    assert portal.dataset(NAME) == before
    assert portal.files() == stored


def test_new_bytes_replace_the_files_in_place(portal, make_document):
    portal.publish(make_document(amount="1500.25"))
    before = by_role(portal.dataset(NAME), "BP")
    outcome = portal.publish(make_document(amount="1777.00"))
    after = by_role(portal.dataset(NAME), "BP")
    assert outcome.status == "updated"
    assert {role: item["id"] for role, item in after.items()} == {
        role: item["id"] for role, item in before.items()
    }
    assert portal.rows(after["scdl"]["id"], filters={"BGT_MTPREV": 1777})["total"] == 1
    assert len(portal.files()) == 4


def annexes_of(portal: Any, resource: dict[str, Any]) -> dict[str, str]:
    """What the stored archive of annexes holds, by name."""
    (path,) = (path for path in portal.files() if "".join(path.parts[-3:]) == resource["id"])
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_annexes_are_published_masked_each_with_its_description(portal, make_document):
    portal.publish(make_document(beneficiary="ZÉPHYRINE QUATREPLANCHES"))
    archive = by_role(portal.dataset(NAME), "BP")["annexe"]
    assert (archive["format"], archive["mimetype"]) == ("ZIP", "application/zip")
    found = annexes_of(portal, archive)
    assert set(found) == {
        f"{PREFIX}-{name}.{kind}"
        for name in ("concours", "subventions")
        for kind in ("csv", "schema.json")
    }
    (grant,) = csv.DictReader(found[f"{PREFIX}-concours.csv"].splitlines())
    assert (grant["MtSubv"], grant["LibOrgaBenef"]) == ("150.00", MASK)
    schema = json.loads(found[f"{PREFIX}-concours.schema.json"])
    assert [field["name"] for field in schema["fields"]] == list(grant)
    assert "ZÉPHYRINE" not in "".join(found.values())


def test_document_without_annexes_has_no_archive(portal, make_document):
    portal.publish(make_document(annexes=False))
    assert set(by_role(portal.dataset(NAME), "BP")) == {"scdl", "xml"}
    assert portal.publish(make_document(annexes=False)).status == "unchanged"


def test_annexes_that_a_new_version_dropped_leave_an_empty_archive_at_their_address(
    portal, make_document
):
    portal.publish(make_document())
    before = by_role(portal.dataset(NAME), "BP")["annexe"]
    portal.publish(make_document(annexes=False))
    after = by_role(portal.dataset(NAME), "BP")["annexe"]
    assert (after["id"], after["url"]) == (before["id"], before["url"])
    assert annexes_of(portal, after) == {}
    assert portal.publish(make_document(annexes=False)).status == "unchanged"


def test_documents_of_a_budget_share_its_dataset(portal, make_document):
    portal.publish(make_document(stage="02", number="1", voted="2022-09-15"))
    portal.publish(make_document(stage="01", voted="2022-03-31"))
    portal.publish(make_document(stage="09", voted="2023-06-01"))
    dataset = portal.dataset(NAME)
    assert [item["document"].split("-", 2)[2] for item in dataset["resources"]] == [
        *["bp"] * 4, *["dm-1"] * 4, *["ca"] * 4,
    ]  # fmt: skip
    assert dataset["stages"] == ["BP", "DM", "CA"]
    assert dataset["voted_on"] == "2023-06-01"


def test_document_may_have_its_own_dataset(portal, make_document):
    for stage, number in (("01", ""), ("02", "1")):
        portal.publish(make_document(stage=stage, number=number), dataset_per="document")
    assert portal.budgets() == [
        "budget-21670482500019-2022-bp",
        "budget-21670482500019-2022-dm-1",
    ]


def test_draft_is_refused_and_leaves_nothing(portal, make_document):
    with pytest.raises(DraftRefused, match="ProjetBudget"):
        portal.publish(make_document(draft=True))
    assert portal.budgets() == []
    assert portal.files() == {}


def test_protected_fields_survive_and_free_fields_always_do(portal, make_document):
    portal.publish(make_document())
    portal.action(
        "package_patch",
        id=NAME,
        title="Le budget de ma ville",
        body_name="Ville d'Essai",
        territory="Ried",
    )
    portal.publish(make_document(amount="2.00"), protect=["body_name"])
    dataset = portal.dataset(NAME)
    assert dataset["title"] == "Le budget de ma ville"
    assert dataset["territory"] == "Ried"
    assert dataset["body_name"] == "Ville d'Essai"
    portal.publish(make_document(amount="3.00"))
    assert portal.dataset(NAME)["body_name"] == "COMMUNE D'ESSAI"


def test_resources_added_by_hand_stay_last(portal, make_document):
    portal.publish(make_document())
    portal.action(
        "resource_create", package_id=NAME, url="https://example.org/note.pdf", name="Note"
    )
    portal.publish(make_document(stage="09"))
    assert [item["name"] for item in portal.dataset(NAME)["resources"]][-1] == "Note"


def test_each_csv_has_a_table_view(portal, make_document):
    portal.publish(make_document())
    files = by_role(portal.dataset(NAME), "BP")
    views = portal.action("resource_view_list", id=files["scdl"]["id"])
    assert [view["view_type"] for view in views] == ["datatables_view"]
    assert portal.action("resource_view_list", id=files["xml"]["id"]) == []


def test_deleted_dataset_is_not_resurrected(portal, make_document):
    portal.publish(make_document())
    portal.action("package_delete", id=NAME)
    with pytest.raises(DatasetDeleted):
        portal.publish(make_document(amount="9.00"))
    assert portal.dataset(NAME)["state"] == "deleted"


def test_name_of_another_type_is_refused(portal, make_document):
    data = {"name": NAME, "owner_org": portal.organization["id"]}
    tk.get_action("package_create")(portal.context() | {PUBLICATION: True}, data)
    with pytest.raises(NameTaken):
        portal.publish(make_document())


def test_wrong_siret_is_refused_by_the_sheet(portal, make_document):
    with pytest.raises(SheetRefused) as refusal:
        portal.publish(make_document(siret="21670482500018"))
    assert "SIRET" in str(refusal.value)
    assert portal.budgets() == []


def test_permission_is_the_dataset_s(portal, make_document):
    from ckan.tests import factories

    stranger = {"user": factories.User()["name"]}
    with pytest.raises(tk.NotAuthorized):
        portal.publish(make_document(), context=stranger)
    editor = {"user": portal.member()["name"]}
    assert portal.publish(make_document(), context=editor).status == "created"


class Crash(Exception):
    """The process dies here."""


@pytest.mark.parametrize(
    ("step", "place"),
    [
        (DocumentResources, "keep_data"),
        (publication.Publication, "_create"),
        (DocumentResources, "open_files"),
        (publication.Publication, "_dataset"),
    ],
)
def test_interrupted_publication_shows_nothing_and_the_retry_succeeds(
    portal, make_document, monkeypatch, step, place
):
    def crash(*_args: Any) -> None:
        raise Crash

    with monkeypatch.context() as broken:
        broken.setattr(step, place, crash)
        with pytest.raises(Crash):
            portal.publish(make_document())
    assert portal.budgets() == []
    assert portal.publish(make_document()).status == "created"
    assert portal.publish(make_document()).status == "unchanged"
    scdl = by_role(portal.dataset(NAME), "BP")["scdl"]
    assert portal.rows(scdl["id"])["total"] == 2


def test_broken_solr_leaves_the_former_version(portal, make_document, monkeypatch):
    portal.publish(make_document())
    before = portal.dataset(NAME)

    def crash(*_args: Any) -> None:
        raise Crash

    with monkeypatch.context() as broken:
        broken.setattr("ckan.logic.index_update_package_dicts", crash)
        with pytest.raises(Crash):
            portal.publish(make_document(amount="31.00"))
    assert portal.dataset(NAME) == before
    assert portal.publish(make_document(amount="31.00")).status == "updated"


def test_missing_view_is_made_when_the_document_comes_again(portal, make_document, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(publication, "ensure_views", lambda *_args: None)
        portal.publish(make_document())
    scdl = by_role(portal.dataset(NAME), "BP")["scdl"]
    assert portal.action("resource_view_list", id=scdl["id"]) == []
    assert portal.publish(make_document()).status == "unchanged"
    assert len(portal.action("resource_view_list", id=scdl["id"])) == 1


def test_two_publications_of_a_dataset_wait_for_each_other(portal, make_document, monkeypatch):
    from ckanext.budget.core.errors import DatasetBusy
    from ckanext.budget.core.locks import exclusive

    portal.publish(make_document())
    held = portal.dataset(NAME)["id"]
    monkeypatch.setitem(tk.config, "ckanext.budget.lock_timeout", 1)
    with exclusive(held), pytest.raises(DatasetBusy):
        portal.publish(make_document(amount="4.00"))
    assert portal.publish(make_document(amount="4.00")).status == "updated"


def test_what_an_earlier_version_masked_is_masked_again(portal, make_document, tmp_path):
    """A deposit waits for its publisher through upgrades; its raw bytes are gone."""
    source, folder = tmp_path / "document.xml", tmp_path / "kept"
    source.write_bytes(make_document())
    folder.mkdir()
    made = publication.prepare(source, folder)
    masked = made.xml.read_bytes()
    assert MASK.encode() in masked
    made.xml.write_bytes(source.read_bytes())  # as if that version had masked nothing
    made.summary.write_bytes(gzip.compress(b'{"version": 1}'))
    report = {key: value for key, value in made.report.items() if key != "maker"}
    report |= {"seal": "broken", "masked": {**report["masked"], "count": 0}}
    former = replace(made, report=report)
    done = publication.publish_prepared(
        former, publication.Request(portal.organization["id"]), portal.context()
    )
    assert masked in portal.files().values()
    assert source.read_bytes() not in portal.files().values()
    assert done.report["seal"] == "broken"
    assert (
        publication.publish_prepared(
            made, publication.Request(portal.organization["id"]), portal.context()
        ).status
        == "unchanged"
    )
