"""Clearing or deleting a source: what it brought goes, what others brought stays."""

from __future__ import annotations

from typing import Any

import pytest

DATASET = "budget-21670482500019-2022"


def write(folder: Any, **documents: bytes) -> None:
    folder.mkdir(exist_ok=True)
    for name, content in documents.items():
        (folder / f"{name}.xml").write_bytes(content)


@pytest.fixture
def shared(portal: Any, harvest: Any, make_document: Any) -> dict[str, str]:
    """One budget of three origins: a deposit (BP), two sources (CA; DM and another budget)."""
    portal.publish(make_document(), provenance={"origin": "upload"})
    write(portal.source, ca=make_document(stage="09"))
    others = portal.source.parent / "others"
    write(others, dm=make_document(stage="02", number="1"), bp=make_document(year=2023))
    harvest()
    harvest(url=str(others), name="others")
    return {name: portal.action("package_show", id=name)["id"] for name in ("source", "others")}


def found(portal: Any) -> list[str]:
    portal.action("harvest_jobs_run")
    return sorted(item["name"] for item in portal.action("package_search")["results"])


def objects(source_id: str) -> int:
    from ckan import model
    from ckanext.harvest.model import HarvestObject

    return model.Session.query(HarvestObject).filter_by(harvest_source_id=source_id).count()


WAYS = {
    "clear": lambda portal, source: portal.action("harvest_source_clear", id=source),
    "delete and clear": lambda portal, source: _delete(portal, source),
}


def _delete(portal: Any, source: str) -> None:
    import ckan.plugins.toolkit as tk

    context = portal.context() | {"clear_source": True}
    tk.get_action("harvest_source_delete")(context, {"id": source})


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("name", "stages", "left"),
    [
        ("source", ["BP", "DM"], [DATASET, "budget-21670482500019-2023"]),
        ("others", ["BP", "CA"], [DATASET]),
    ],
)
def test_what_the_source_brought_goes_and_nothing_else(portal, shared, way, name, stages, left):
    before = {item["id"]: item for item in portal.dataset(DATASET)["resources"]}
    rows = {key: portal.rows(key) for key, item in before.items() if item["datastore_active"]}
    assert {found["total"] for found in rows.values()} == {1, 2}, "tables of lines and of grants"
    files = portal.files()
    WAYS[way](portal, shared[name])
    dataset = portal.dataset(DATASET)
    assert dataset["stages"] == stages
    assert found(portal) == portal.budgets() == left
    for item in dataset["resources"]:
        former = {**before[item["id"]], "position": item["position"]}
        assert item == former, "documents of others are as they were"
        if item["datastore_active"]:
            assert portal.rows(item["id"]) == rows[item["id"]]
    kept = {path for path in portal.files() if path in files}
    assert all(portal.files()[path] == files[path] for path in kept)
    assert objects(shared[name]) == 0
    assert objects(shared["others" if name == "source" else "source"]) > 0


def test_clearing_makes_the_next_harvest_begin_anew(portal, shared, harvest):
    portal.action("harvest_source_clear", id=shared["source"])
    assert harvest().stats == {"added": 1}
    assert portal.dataset(DATASET)["stages"] == ["BP", "DM", "CA"]


def test_a_document_that_another_source_offers_stays_as_its_own(portal, harvest, make_document):
    copies = portal.source.parent / "copies"
    for folder in (portal.source, copies):
        write(folder, bp=make_document())
    harvest()
    harvest(url=str(copies), name="copies")
    source = portal.action("package_show", id="source")["id"]
    portal.action("harvest_source_clear", id=source)
    assert portal.budgets() == [DATASET]
    [search] = portal.action("package_search")["results"]
    extras = {item["key"]: item["value"] for item in search["extras"]}
    assert extras["harvest_source_title"] == "copies"


def test_history_goes_and_what_is_online_is_still_followed(portal, shared, harvest):
    harvest()
    before = portal.dataset(DATASET)
    portal.action("harvest_source_job_history_clear", id=shared["source"])
    assert portal.dataset(DATASET) == before
    assert harvest().fetched == 0
    portal.action("harvest_source_clear", id=shared["source"])
    assert portal.dataset(DATASET)["stages"] == ["BP", "DM"]


def test_deleting_a_source_leaves_its_documents(portal, shared):
    before = portal.dataset(DATASET)
    portal.action("harvest_source_delete", id=shared["source"])
    assert portal.dataset(DATASET) == before
    assert found(portal) == [DATASET, "budget-21670482500019-2023"]


def test_the_index_alone_is_never_cleared(portal, shared):
    portal.action("harvest_source_index_clear", id=shared["source"])
    assert found(portal) == [DATASET, "budget-21670482500019-2023"]
