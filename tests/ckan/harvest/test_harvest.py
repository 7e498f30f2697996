"""Whole harvests through ckanext-harvest's own stages, of folders made for each test."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from ckanext.budget.core import workdir
from ckanext.budget.harvest import document

from ..conftest import Report, finish, gather, new_job

DATASET = "budget-21670482500019-2022"


def write(folder: Path, documents: dict[str, bytes]) -> None:
    for name, content in documents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def test_documents_are_published_then_unchanged(portal, harvest, make_document):
    write(
        portal.source,
        {
            "bp.xml": make_document(),
            "dm1.xml": make_document(stage="02", number="1"),
            "2023/bp.xml": make_document(year=2023),
        },
    )
    first = harvest()
    assert first.stats == {"added": 3}
    assert first.job["status"] == "Finished"
    assert portal.budgets() == [DATASET, "budget-21670482500019-2023"]
    assert portal.dataset(DATASET)["stages"] == ["BP", "DM"]
    assert portal.dataset(DATASET)["origin"] == "harvest"
    before = portal.dataset(DATASET)
    second = harvest()
    assert second.stats == {"not modified": 3}
    assert second.fetched == 0, "the listing alone tells that nothing changed"
    assert portal.dataset(DATASET) == before


def test_touched_file_with_the_same_bytes_is_unchanged(portal, harvest, make_document):
    write(portal.source, {"bp.xml": make_document()})
    harvest()
    before = portal.dataset(DATASET)
    os.utime(portal.source / "bp.xml", (1, 1))
    again = harvest()
    assert (again.stats, again.fetched) == ({"not modified": 1}, 1)
    assert portal.dataset(DATASET) == before
    assert harvest().fetched == 0, "the new date is remembered"


def test_changed_document_is_updated_and_the_others_are_not(portal, harvest, make_document):
    write(portal.source, {"bp.xml": make_document(), "ca.xml": make_document(stage="09")})
    harvest()
    write(portal.source, {"bp.xml": make_document(amount="4321.00")})
    again = harvest()
    assert again.statuses == {"bp.xml": "updated", "ca.xml": "not modified"}
    scdl = portal.dataset(DATASET)["resources"][0]
    assert portal.rows(scdl["id"], filters={"BGT_MTPREV": 4321})["total"] == 1


BAD_FILES = {
    "vide.xml": (b"", "vide"),
    "page.xml": (b"<!DOCTYPE html><html><body>404</body></html>", "page web"),
    "autre.xml": (b"<?xml version='1.0'?><autre/>", "TOTEM"),
    "entites.xml": (
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><DocumentBudgetaire>&b;'
        b"</DocumentBudgetaire>",
        "DOCTYPE",
    ),
    "archive.xml": (b"PK\x03\x04 zip", "archive zip"),
}


def test_each_bad_file_gives_one_error_and_the_job_goes_on(portal, harvest, make_document):
    good = make_document()
    write(portal.source, {name: content for name, (content, _reason) in BAD_FILES.items()})
    write(portal.source, {"coupe.xml": good[: len(good) // 2], "zz-bon.xml": good})
    report = harvest()
    assert report.stats == {"added": 1, "errored": 7 - 1}
    assert report.statuses["zz-bon.xml"] == "added"
    said = {**report.errors, "vide.xml": [e for e in report.gather_errors if "vide.xml" in e]}
    for name, reason in {name: reason for name, (_c, reason) in BAD_FILES.items()}.items():
        assert len(said[name]) == 1, name
        assert name in said[name][0]
        assert reason in said[name][0]
    assert len(report.errors["coupe.xml"]) == 1
    assert portal.budgets() == [DATASET]
    assert report.job["status"] == "Finished"


def test_draft_is_an_error_and_is_published_once_voted(portal, harvest, make_document):
    write(portal.source, {"bp.xml": make_document(draft=True)})
    report = harvest()
    assert "Projet de budget" in report.errors["bp.xml"][0]
    assert portal.budgets() == []
    write(portal.source, {"bp.xml": make_document()})
    assert harvest().stats == {"added": 1}


@pytest.mark.parametrize(
    ("module", "target"), [(document, "publish_prepared"), (document, "prepare")]
)
def test_unexpected_error_is_contained(portal, harvest, make_document, monkeypatch, module, target):
    write(portal.source, {"bp.xml": make_document(), "ca.xml": make_document(stage="09")})
    real, calls = getattr(module, target), []

    def fails_once(*args: Any, **options: Any) -> Any:
        calls.append(args)
        if len(calls) == 1:
            raise ZeroDivisionError("a value of the document")
        return real(*args, **options)

    monkeypatch.setattr(module, target, fails_once)
    report = harvest()
    assert sorted(report.statuses.values()) == ["added", "errored"]
    [[message]] = report.errors.values()
    assert "ZeroDivisionError" in message
    assert "a value of the document" not in message
    assert harvest().stats == {"added": 1, "not modified": 1}


def run_after_refusal(portal: Any, url: str, setting: str, allowed: str, patch: Any) -> Report:
    """Saving the source is refused; it is saved while ``allowed``, then harvested when no more."""
    import ckan.plugins.toolkit as tk

    with pytest.raises(tk.ValidationError) as refusal:
        new_job(portal, "", url, "source")
    assert list(refusal.value.error_dict) == ["url"]
    with patch.context() as now:
        now.setitem(tk.config, f"ckanext.budget.{setting}", [allowed])
        job = new_job(portal, "", url, "source")
    return finish(portal, job, gather(job))


def test_source_that_cannot_be_listed_is_a_gather_error(portal, monkeypatch):
    report = run_after_refusal(portal, "/etc", "local_directories", "/etc", monkeypatch)
    assert report.stats == {"errored": 1}
    assert "dossier autorisé" in report.gather_errors[0]
    assert report.job["status"] == "Finished"


def test_organisations_are_made_from_the_documents(portal, harvest, make_document):
    write(
        portal.source,
        {
            "a.xml": make_document(),
            "b.xml": make_document(year=2023),
            "c.xml": make_document(siret="24350078200095", name="Communauté d'Essai", body="EPCI"),
        },
    )
    assert harvest('{"organization": "create"}').stats == {"added": 3}
    owners = {name: portal.dataset(name)["organization"]["title"] for name in portal.budgets()}
    assert owners == {
        DATASET: "COMMUNE D'ESSAI",
        "budget-21670482500019-2023": "COMMUNE D'ESSAI",
        "budget-24350078200095-2022": "Communauté d'Essai",
    }


def test_organisation_may_come_from_a_table(portal, harvest, make_document):
    write(portal.source, {"a.xml": make_document(), "b.xml": make_document(siret="24350078200095")})
    report = harvest('{"organization": {"216704825": "collectivites"}}')
    assert report.statuses == {"a.xml": "added", "b.xml": "errored"}
    assert "243500782" in report.errors["b.xml"][0]


def test_filtered_documents_are_not_published_nor_read_again(portal, harvest, make_document):
    write(portal.source, {"bp.xml": make_document(), "ca.xml": make_document(stage="09")})
    config = '{"filters": {"stage": "CA"}}'
    assert harvest(config).statuses == {"bp.xml": "not modified", "ca.xml": "added"}
    assert portal.dataset(DATASET)["stages"] == ["CA"]
    assert harvest(config).fetched == 0


@pytest.mark.parametrize(
    ("policy", "status", "stages"), [("keep", None, ["BP", "CA"]), ("delete", "deleted", ["BP"])]
)
def test_withdrawn_document(portal, harvest, make_document, policy, status, stages):
    write(portal.source, {"bp.xml": make_document(), "ca.xml": make_document(stage="09")})
    config = f'{{"withdrawn": "{policy}"}}'
    harvest(config)
    (portal.source / "ca.xml").unlink()
    report = harvest(config)
    assert report.statuses.get("ca.xml") == status
    assert portal.dataset(DATASET)["stages"] == stages
    assert "ca.xml" not in harvest(config).statuses


def test_withdrawn_document_is_marked_until_it_comes_back(portal, harvest, make_document):
    write(portal.source, {"bp.xml": make_document()})
    config = '{"withdrawn": "mark"}'
    harvest(config)
    (portal.source / "bp.xml").rename(portal.source / "bp.away")
    assert harvest(config).statuses == {"bp.xml": "updated"}
    assert all(item["withdrawn_on"] for item in portal.dataset(DATASET)["resources"])
    (portal.source / "bp.away").rename(portal.source / "bp.xml")
    assert harvest(config).statuses == {"bp.xml": "updated"}
    assert not any(item.get("withdrawn_on") for item in portal.dataset(DATASET)["resources"])


def test_object_delivered_twice_is_published_once(portal, consumer, make_document):
    """The queue sends an object again when its acknowledgement was lost (180 s)."""
    write(portal.source, {"bp.xml": make_document()})
    job = consumer.new_job(portal, "", str(portal.source), "source")
    ids = consumer.gather(job)
    consumer.finish(portal, job, ids)
    before = portal.dataset(DATASET)
    again = consumer.finish(portal, job, ids)
    assert again.statuses == {"bp.xml": "added"}
    assert portal.dataset(DATASET) == before


def test_job_gathered_twice_keeps_its_objects(portal, consumer, make_document):
    write(portal.source, {"bp.xml": make_document(), "ca.xml": make_document(stage="09")})
    job = consumer.new_job(portal, "", str(portal.source), "source")
    first = consumer.gather(job)
    assert consumer.gather(job) == first
    assert consumer.finish(portal, job, first).stats == {"added": 2}


def test_import_fetches_again_when_the_masked_work_is_lost(portal, consumer, make_document):
    from ckanext.harvest import queue
    from ckanext.harvest.model import HarvestObject

    write(portal.source, {"bp.xml": make_document()})
    job = consumer.new_job(portal, "", str(portal.source), "source")
    [identifier] = consumer.gather(job)
    harvester = queue.get_harvester("totem")
    assert harvester.fetch_stage(HarvestObject.get(identifier)) is True
    for path in workdir.kept(identifier).iterdir():
        path.unlink()
    assert harvester.import_stage(HarvestObject.get(identifier)) is True
    assert portal.dataset(DATASET)["stages"] == ["BP"]


def test_new_policy_publishes_again(portal, harvest, make_document, ckan_config, monkeypatch):
    monkeypatch.setitem(ckan_config, "ckanext.budget.masking_policy", "standard")
    write(portal.source, {"bp.xml": make_document()})
    harvest()
    shown = portal.action("harvest_source_show", id="source")
    data = {name: shown[name] for name in ("id", "name", "title", "url", "owner_org")}
    data |= {"source_type": "totem", "frequency": "MANUAL", "config": '{"policy": "strict"}'}
    portal.action("harvest_source_update", **data)
    assert harvest().stats == {"updated": 1}
    assert portal.dataset(DATASET)["masking_policy"] == "strict"


def test_datasets_know_their_source(portal, harvest, make_document):
    write(portal.source, {"bp.xml": make_document()})
    harvest()
    found = portal.action("package_search", fq='harvest_source_title:"source"')
    assert [item["name"] for item in found["results"]] == [DATASET]


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ('{"organisation": "create"}', "vouliez-vous écrire « organization »"),
        ("{", "JSON valide"),
        ('{"policy": "aucune"}', "policy"),
    ],
)
def test_configuration_is_checked_in_french(portal, config, message):
    import ckan.plugins.toolkit as tk

    with pytest.raises(tk.ValidationError) as refusal:
        portal.action(
            "harvest_source_create",
            name="fautive",
            title="fautive",
            url=str(portal.source),
            source_type="totem",
            config=config,
            owner_org=portal.organization["id"],
            frequency="MANUAL",
        )
    assert message in str(refusal.value.error_dict["config"])


def test_nothing_is_left_in_the_working_directory(portal, harvest, make_document):
    write(portal.source, {"bp.xml": make_document(), "mauvais.xml": b"<a>"})
    harvest()
    assert [path.name for path in portal.spool.iterdir() if path.name != "archives"] == []
    assert portal.spool.stat().st_mode & 0o077 == 0


def test_web_folder_is_published_then_not_downloaded_again(
    portal, harvest, web_folder, make_document
):
    write(portal.source, {"bp.xml": make_document(), "lot/ca.xml": make_document(stage="09")})
    assert harvest(url=web_folder.url).stats == {"added": 2}
    assert {path for path in web_folder.requests if path.endswith(".xml")} == {
        "/bp.xml",
        "/lot/ca.xml",
    }
    assert portal.dataset(DATASET)["resources"][0]["source_url"] == web_folder.url
    assert harvest(url=web_folder.url).stats == {"not modified": 2}
    write(portal.source, {"bp.xml": make_document(amount="5.00")})
    os.utime(portal.source / "bp.xml", (2e9, 2e9))
    again = harvest(url=web_folder.url)
    assert again.statuses == {"bp.xml": "updated", "ca.xml": "not modified"}


def test_loopback_is_refused_by_default(portal, web_folder, ckan_config, monkeypatch):
    monkeypatch.setitem(ckan_config, "ckanext.budget.private_networks", [])
    network = "127.0.0.0/8"
    report = run_after_refusal(portal, web_folder.url, "private_networks", network, monkeypatch)
    assert "adresse interne" in report.gather_errors[0]
    assert web_folder.requests == []


def test_zip_archive(portal, harvest, make_document):
    import zipfile

    archive = portal.source / "lot.zip"
    with zipfile.ZipFile(archive, "w") as lot:
        lot.writestr("2022/bp.xml", make_document())
        lot.writestr("2022/ca.xml", make_document(stage="09"))
        lot.writestr("../hors.xml", make_document(year=2023))
    report = harvest(url=str(archive))
    assert report.stats == {"added": 2, "errored": 1}
    assert "hors.xml" in report.gather_errors[0]
    assert portal.budgets() == [DATASET]
    assert harvest(url=str(archive)).fetched == 0


def test_real_documents(portal, harvest, samples, monkeypatch):
    import ckan.plugins.toolkit as tk

    monkeypatch.setitem(tk.config, "ckanext.budget.local_directories", [str(samples)])
    count = len(list(samples.glob("*.xml")))
    assert harvest(url=str(samples)).stats == {"added": count}
    assert harvest(url=str(samples)).stats == {"not modified": count}
