"""A listing that loses too much waits; what the harvest deleted itself comes back by itself."""

from __future__ import annotations

import pytest

DATASET = "budget-21670482500019-2022"
CONFIG = '{"withdrawn": "delete"}'
STAGES = ("01", "02", "09")


@pytest.fixture
def published(portal, harvest, web_folder, make_document, ckan_config, monkeypatch):
    """Three documents of one budget, harvested from the web."""
    monkeypatch.setitem(ckan_config, "ckanext.budget.withdrawn_share", "0.3")
    for stage in STAGES:
        (portal.source / f"{stage}.xml").write_bytes(make_document(stage=stage))
    assert harvest(CONFIG, url=web_folder.url).stats == {"added": 3}
    return portal.dataset(DATASET)


def lose(portal, *stages):
    for stage in stages:
        (portal.source / f"{stage}.xml").rename(portal.source / f"{stage}.away")


def test_a_maintenance_page_withdraws_nothing_however_long(portal, harvest, published):
    (portal.source / "index.html").write_text("<h1>Maintenance</h1><a href='/'>Accueil</a>")
    for _night in range(3):
        [message] = harvest().gather_errors
        assert "ne liste ni document ni dossier" in message
    assert portal.dataset(DATASET) == published


def test_what_is_missed_twice_is_withdrawn(portal, harvest, published):
    lose(portal, "01", "02")
    first = harvest()
    assert "2 document(s) publié(s) sur 3" in first.gather_errors[0]
    assert portal.dataset(DATASET) == published
    (portal.source / "02.away").rename(portal.source / "02.xml")
    lose(portal, "09")
    assert harvest().statuses == {"01.xml": "deleted", "02.xml": "not modified"}
    assert portal.dataset(DATASET)["stages"] == ["DM", "CA"]
    assert harvest().statuses["09.xml"] == "deleted"


def test_a_share_that_is_declared_is_withdrawn_at_once(
    portal, harvest, published, ckan_config, monkeypatch
):
    monkeypatch.setitem(ckan_config, "ckanext.budget.withdrawn_share", "0.4")
    lose(portal, "01")
    assert harvest().statuses["01.xml"] == "deleted"


def test_a_dataset_that_the_harvest_deleted_comes_back(portal, harvest, make_document):
    (portal.source / "01.xml").write_bytes(make_document())
    harvest(CONFIG)
    before = portal.dataset(DATASET)
    lose(portal, "01")
    assert harvest().stats == {"deleted": 1}
    assert portal.budgets() == []
    (portal.source / "01.away").rename(portal.source / "01.xml")
    assert harvest().stats == {"added": 1}
    after = portal.dataset(DATASET)
    assert [item["id"] for item in after["resources"]] == [i["id"] for i in before["resources"]]
    scdl = after["resources"][0]["id"]
    assert portal.rows(scdl)["total"] == 2
    portal.action("package_delete", id=DATASET)
    (portal.source / "01.xml").write_bytes(make_document(amount="9.00"))
    assert "supprimé" in harvest().errors["01.xml"][0], "somebody's own decision stands"
