"""SCDL tables made elsewhere, harvested as budgets: same dataset, same report, less said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ckanext.budget.publication import versions

DATASET = "budget-21670482500019-2022"


@pytest.fixture
def table(portal, make_document) -> Any:
    """``table(stage=…)``: the SCDL table of a small document."""
    from ckanext.budget.totem.publish import publish

    def make(**options: Any) -> bytes:
        work = portal.source.parent / "work"
        work.mkdir(exist_ok=True)
        (work / "document.xml").write_bytes(make_document(**options))
        return publish(work / "document.xml", work).csv.read_bytes()

    return make


def listing(portal: Any, **files: bytes) -> str:
    """The address of a list of these files."""
    for name, content in files.items():
        (portal.source / name.replace("_", ".")).write_bytes(content)
    path = portal.source / "liste.txt"
    path.write_text("\n".join(name.replace("_", ".") for name in files))
    return str(path)


def by_role(portal: Any) -> dict[str, dict[str, Any]]:
    return {item["role"]: item for item in portal.dataset(DATASET)["resources"]}


def test_a_table_is_published_as_it_is_with_its_report(portal, harvest, table):
    content = table()
    place = listing(portal, bp_csv=content)
    assert harvest(url=place).statuses == {"bp.csv": "added"}
    dataset = portal.dataset(DATASET)
    assert (dataset["siret"], dataset["fiscal_year"]) == ("21670482500019", "2022")
    assert (dataset["budget_type"], dataset["stages"]) == ("principal", ["BP"])
    assert "telle quelle" in dataset["known_limits"]
    assert dataset["masking_policy"] == "strict", "as the portal masks every table"
    [resource] = dataset["resources"]
    assert resource["quality"] == "avertissements", resource["findings"]
    assert resource["schema_name"] == "scdl/budget"
    assert portal.rows(resource["id"])["total"] == 2
    assert list(portal.files().values()) == [content]
    from ckanext.budget import quality as control

    assert control.latest(resource["id"])["kind"] == "scdl"
    assert harvest(url=place).stats == {"not modified": 1}


def test_the_document_completes_its_table_and_a_table_never_replaces_it(
    portal, harvest, table, make_document
):
    place = listing(portal, bp_csv=table())
    harvest(url=place)
    alone = by_role(portal)["scdl"]
    listing(portal, bp_csv=table(amount="77.00"), bp_xml=make_document())
    assert harvest(url=place).statuses == {"bp.csv": "not modified", "bp.xml": "updated"}
    after = by_role(portal)
    assert set(after) == {"scdl", "xml", "annexe", "subventions"}
    assert (after["scdl"]["id"], after["scdl"]["url"]) == (alone["id"], alone["url"])
    ids = [after["scdl"]["id"], after["xml"]["id"]]
    assert len(set(versions.of(ids).values())) == 1
    assert portal.rows(alone["id"], filters={"BGT_MTPREV": 77})["total"] == 0
    assert portal.dataset(DATASET)["norm"] == "M57"


def test_a_table_of_an_amending_decision_that_is_online_is_left(
    portal, harvest, table, make_document
):
    dm = {"stage": "02", "number": "1"}
    place = listing(portal, a_csv=table(**dm), dm_xml=make_document(**dm))
    assert harvest(url=place).statuses == {"a.csv": "not modified", "dm.xml": "added"}
    assert set(by_role(portal)) == {"scdl", "xml", "annexe", "subventions"}


def spoilt(content: bytes, how: str) -> bytes:
    lines = content.decode("utf-8-sig").splitlines()
    if how == "several":
        lines.append(lines[1].replace(",2022,", ",2023,"))
    elif how == "columns":
        lines = [f"{line},{extra}" for line, extra in zip(lines, ["AGENT", "X", "Y"], strict=True)]
    elif how == "titles":
        lines = ["Budget de la commune", *lines]
    elif how == "semicolons":
        lines = [line.replace(",", ";") for line in lines]
    return "\n".join(lines).encode()


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("several", "plusieurs budgets"),
        ("columns", "d'autres colonnes"),
        ("titles", "L'en-tête est à la ligne 2"),
    ],
)
def test_a_table_that_cannot_be_one_budget_is_explained_once(portal, harvest, table, how, words):
    place = listing(portal, bp_csv=spoilt(table(), how))
    assert words in harvest(url=place).errors["bp.csv"][0]
    assert portal.budgets() == []
    assert portal.files() == {}
    again = harvest(url=place)
    assert (again.stats, words in again.errors["bp.csv"][0]) == ({"errored": 1}, True)
    assert not list(Path(portal.spool).glob("masked-*"))


def test_a_table_with_errors_is_published_without_queries(portal, harvest, table):
    lines = table().decode("utf-8-sig").splitlines()
    lines[1] = lines[1].replace("1500.25", "mille")
    place = listing(portal, bp_csv="\n".join(lines).encode())
    assert harvest(url=place).statuses == {"bp.csv": "added"}
    dataset = portal.dataset(DATASET)
    assert dataset["quality"] == "erreurs"
    assert not dataset["resources"][0]["datastore_active"]


def test_a_table_with_another_separator_is_published_as_it_is(portal, harvest, table):
    content = spoilt(table(), "semicolons")
    place = listing(portal, bp_csv=content)
    assert harvest(url=place).statuses == {"bp.csv": "added"}
    [resource] = portal.dataset(DATASET)["resources"]
    assert list(portal.files().values()) == [content]
    assert portal.rows(resource["id"])["total"] == 2


def test_a_table_does_not_bring_back_a_withdrawn_document(portal, harvest, table, make_document):
    """It has the same figures, and does not tell its number."""
    dm = {"stage": "02", "number": "1"}
    place = listing(portal, dm_xml=make_document(**dm))
    harvest(url=place)
    [slug] = {item["document"] for item in portal.dataset(DATASET)["resources"]}
    data = {"package_id": DATASET, "document": slug, "reason": "une erreur"}
    portal.action("budget_document_withdraw", **data)
    listing(portal, a_csv=table(**dm), dm_xml=make_document(**dm))
    report = harvest(url=place)
    assert set(report.errors) == {"a.csv", "dm.xml"}
    assert "retiré par son éditeur" in report.errors["a.csv"][0]
    assert portal.dataset(DATASET)["resources"] == []
