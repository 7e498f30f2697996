"""SCDL tables made elsewhere: no name passes a door, and the publisher reads what was replaced."""

from __future__ import annotations

import csv
import io
import logging
from collections.abc import Callable
from typing import Any

import pytest

from ckanext.budget.totem.privacy.policy import MASK
from ckanext.budget.uploads.deposit import proposal, store

from ..test_privacy import everywhere
from ..uploaded import upload

SIRET = "21670482500019"
NAMES = {
    # A known code: the chart's label, whatever the text looks like.
    "BGT_NATURE_LABEL": ("Salaires de quatreplanchesa", "quatreplanchesa"),
    "BGT_OPERATION": ("Zéphyrine QUATREPLANCHESB", "QUATREPLANCHESB"),
    "BGT_FONCTION_LABEL": ("Mme Zéphyrine Quatreplanchesc", "Quatreplanchesc"),
    "BGT_NOM": ("M. Zéphyrin QUATREPLANCHESD", "QUATREPLANCHESD"),
}


@pytest.fixture
def plugins() -> str:
    return (
        "budget budget_validation totem_harvester harvest scheming_datasets datastore "
        "datatables_view"
    )


@pytest.fixture
def table(portal: Any, make_document: Callable[..., bytes], tmp_path: Any) -> bytes:
    """The table of a small document, with a name in each column that may hold a text."""
    from ckanext.budget.totem.publish import publish

    (tmp_path / "d.xml").write_bytes(make_document())
    made = publish(tmp_path / "d.xml", tmp_path)
    text = made.csv.read_text("utf-8")
    for path in (tmp_path / "d.xml", made.csv, made.json, made.xml, made.summary, made.annexes):
        path.unlink()
    rows = list(csv.DictReader(io.StringIO(text)))
    named = rows[-1] | {column: value for column, (value, _) in NAMES.items()}
    rows = [row | {"BGT_NOM": named["BGT_NOM"]} for row in rows] + [
        named | {"BGT_FONCTION": "X9"},
    ]
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def by_form(portal: Any, budget: dict[str, Any], content: bytes, _harvest: Any) -> str:
    file = upload(content, "zephyrine-quatreplanchesd.csv")
    portal.action("resource_create", package_id=budget["id"], upload=file)
    return budget["id"]


def by_action(portal: Any, _budget: Any, content: bytes, _harvest: Any) -> str:
    file = upload(content, "export.csv")
    return portal.action("budget_publish", upload=file, owner_org="collectivites")["package_id"]


def by_deposit(portal: Any, _budget: Any, content: bytes, _harvest: Any) -> str:
    made = portal.action(
        "budget_deposit", upload=[upload(content, "export.csv")], owner_org="collectivites"
    )
    [item] = made["files"]
    assert item["state"] == "ready", item
    shown = str(portal.action("budget_deposit_show", id=made["id"]))
    assert not any(name in shown for _, name in NAMES.values())
    [proposed] = proposal.proposals(store.find(made["id"]))
    codes = {finding["code"] for finding in proposed.documents[0].findings}
    assert "C-PRI-001" in codes, "the page tells it before anything is on line"
    done = portal.action("budget_deposit", id=made["id"], publish=True, repair=True)
    return done["files"][0]["package_id"]


def by_harvest(portal: Any, _budget: Any, content: bytes, harvest: Any) -> str:
    (portal.source / "table.csv").write_bytes(content)
    (portal.source / "liste.txt").write_text("table.csv")
    assert harvest(url=str(portal.source / "liste.txt")).stats == {"added": 1}
    return f"budget-{SIRET}-2022"


@pytest.mark.parametrize("way", [by_form, by_action, by_deposit, by_harvest])
def test_names_are_replaced_and_told(portal, request, table, harvest, caplog, way):
    budget = request.getfixturevalue("budget") if way is by_form else None
    caplog.set_level(logging.DEBUG)
    dataset = portal.dataset(way(portal, budget, table, harvest))
    (portal.source / "table.csv").unlink(missing_ok=True)
    [resource] = [item for item in dataset["resources"] if item["role"] == "scdl"]
    report = portal.action("budget_report_show", resource_id=resource["id"])
    told = [item for item in report["findings"] if item["code"] == "C-PRI-001"]
    assert {item["place"].rpartition(" ")[2] for item in told} >= {"BGT_OPERATION", "BGT_NOM"}
    assert any("plan de comptes" in item["message"] for item in told)
    texts = everywhere(portal, caplog.text)
    places = {
        (name, place)
        for _, name in NAMES.values()
        for place, text in texts.items()
        if name.lower() in text.lower()
    }
    assert places == set()
    assert MASK in texts["datastore database"] and MASK in "".join(texts.values())
