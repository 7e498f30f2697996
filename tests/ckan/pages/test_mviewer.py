"""What mviewer is given: well-formed, with the portal's own address, readable from any site."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import pytest
import sqlalchemy as sa
from ckan import model

from ckanext.budget.pages.territories import mviewer, reference, store

SITE = "http://test.ckan.net"


@pytest.fixture
def listed(portal: Any, make_document: Any) -> Any:
    """A public budget, and the shipped list of bodies."""
    model.Session.execute(sa.text("TRUNCATE budget_territory"))
    store.save(reference.shipped(), "test")
    portal.publish(make_document())
    return portal


@pytest.fixture
def read(listed: Any, app: Any) -> Any:
    def fetch(path: str) -> str:
        answer = app.get(f"/budgets/carte{path}", status=200)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        return answer.body

    return fetch


def test_the_configuration_has_a_theme_for_each_kind_that_can_be_drawn(read: Any) -> None:
    root = ElementTree.fromstring(read("/mviewer.xml"))
    themes = [one.get("id") for one in root.iter("theme")]
    assert themes == ["budgets_commune", "budgets_departement", "budgets_fond"]
    shown = [one.get("id") for one in root.iter("layer") if one.get("visible") == "true"]
    assert shown == ["budgets_commune_bp", mviewer.OUTLINES]
    for layer in root.iter("layer"):
        assert layer.get("type") == "customlayer", layer.get("id")
        assert layer.get("url") == f"{SITE}/budgets/carte/mviewer.js"  # mviewer wants this ending
        assert layer.get("vectorlegend") == "true"
    for template in root.iter("template"):
        assert template.get("url") == f"{SITE}/budgets/carte/mviewer.mst"
    assert [one.get("type") for one in root.iter("baselayer")] == ["fake"]
    assert "example.org" not in read("/mviewer.xml")


def test_the_first_view_is_the_territory(read: Any) -> None:
    options = ElementTree.fromstring(read("/mviewer.xml")).find("mapoptions")
    east, north = map(float, options.get("center").split(","))
    assert 550_000 < east < 800_000 and 6_100_000 < north < 6_350_000  # Grand Est, EPSG:3857
    assert options.get("zoom") in ("7", "8")


def test_the_base_map_of_the_portal_is_that_of_mviewer(
    read: Any, ckan_config: Any, monkeypatch: Any
) -> None:
    monkeypatch.setitem(ckan_config, "ckanext.budget.map_tiles", "https://t.example/{s}/{z}.png")
    [base] = ElementTree.fromstring(read("/mviewer.xml")).iter("baselayer")
    assert (base.get("type"), base.get("url")) == ("OSM", "https://t.example/{a-c}/{z}.png")


def test_every_layer_of_the_configuration_is_made_by_the_script(read: Any) -> None:
    layers = {one.get("id") for one in ElementTree.fromstring(read("/mviewer.xml")).iter("layer")}
    script = read("/mviewer.js")
    assert set(re.findall(r'"(budgets_\w+)"', script)) == layers
    assert f'HOME = "{SITE}/budgets/carte"' in script and 'YEAR = "2022"' in script


def test_the_address_chooses_the_exercise(read: Any, app: Any) -> None:
    root = ElementTree.fromstring(read("/2022/mviewer.xml"))
    assert {one.get("url") for one in root.iter("layer")} == {
        f"{SITE}/budgets/carte/2022/mviewer.js"
    }
    read("/2022/mviewer.js")
    app.get("/budgets/carte/2021/mviewer.xml", status=404)


def test_the_card_names_fields_of_the_layer(read: Any) -> None:
    from ckanext.budget.pages.territories.feed import COLUMNS

    card = read("/mviewer.mst")
    assert set(re.findall(r"{{[#^/]?(\w+)}}", card)) <= {*COLUMNS, "features"}
    assert card.count("{{#features}}") == card.count("{{/features}}") == 1
