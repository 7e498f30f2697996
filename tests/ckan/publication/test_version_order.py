"""Two versions of one document: the later seal, else the later file, whatever names and order."""

from __future__ import annotations

import io
import zipfile
from itertools import chain
from typing import Any

import pytest
from ckan.plugins import toolkit as tk

from ckanext.budget.publication.version_order import Moments, compare, told

from ..uploaded import upload

DATASET = "budget-21670482500019-2022"
SEAL = '<Scellement md5="00" sha1="00" date="{}T10:00:00"/>'


@pytest.fixture
def plugins() -> str:
    return (
        "budget budget_validation totem_harvester harvest scheming_datasets datastore "
        "datatables_view"
    )


@pytest.fixture
def version(make_document: Any) -> Any:
    """``version(amount, sealed, dated)``: a version of one document."""

    def make(amount: str, sealed: str = "", dated: str = "", **more: Any) -> bytes:
        text = make_document(amount=amount, **more).decode()
        if sealed:
            text = text.replace("<EnTeteDocB", f"{SEAL.format(sealed)}\n<EnTeteDocB", 1)
        if dated:
            text = text.replace("<LibelleColl", f'<DteStr V="{dated}"/><LibelleColl', 1)
        return text.encode()

    return make


PAIRS = {
    "seal": (("2022-04-07", "2022-04-04"), ("2022-06-07", "2022-04-04")),
    "file": (("", "2022-04-04"), ("", "2022-05-04")),
    "seal before file": (("2022-04-07", "2022-05-04"), ("2022-06-07", "2022-04-04")),
}


def amount_online(portal: Any) -> str:
    (content,) = [data for data in portal.files().values() if data.startswith(b"BGT_")]
    return "later" if b"222.00" in content else "earlier"


def versions_told(portal: Any) -> list[str]:
    scdl = portal.dataset(DATASET)["resources"][0]
    return portal.action("budget_report_show", resource_id=scdl["id"])["versions"]


def deposit(portal: Any, **data: Any) -> dict[str, Any]:
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    return tk.get_action("budget_deposit")({"user": user}, data)


def said_by(report: Any) -> str:
    return " ".join(chain.from_iterable(report.errors.values()))


@pytest.fixture
def doors(portal: Any, harvest: Any) -> dict[str, Any]:
    """Each door: sends the versions in this order, tells what was said of the one set aside."""
    owner = portal.organization["id"]

    def by_harvest(*contents: bytes) -> str:
        for rank, content in enumerate(contents):
            (portal.source / f"{'ab'[rank]}.xml").write_bytes(content)
        return said_by(harvest())

    def by_harvests(*contents: bytes) -> str:
        told = []
        for rank, content in enumerate(contents):
            (portal.source / f"{'zy'[rank]}.xml").write_bytes(content)
            told.append(said_by(harvest()))
        return " ".join(told)

    def by_deposits(*contents: bytes) -> str:
        told = []
        for content in contents:
            made = deposit(portal, owner_org=owner, upload=[upload(content)], publish=True)
            told += [file["message"] for file in made["files"]]
        return " ".join(told)

    def by_one_deposit(*contents: bytes) -> str:
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as archive:
            for rank, content in enumerate(contents):
                archive.writestr(f"{'ab'[rank]}.xml", content)
        archive_ = upload(target.getvalue(), "lot.zip")
        made = deposit(portal, owner_org=owner, upload=[archive_], publish=True)
        return " ".join(file["message"] for file in made["files"])

    def by_api(*contents: bytes) -> str:
        made = [
            portal.action("budget_publish", owner_org=owner, upload=upload(content))
            for content in contents
        ]
        return " ".join([*(each["aside"] for each in made), *versions_told(portal)])

    def by_form(*contents: bytes) -> str:
        portal.action("budget_publish", owner_org=owner, upload=upload(contents[0]))
        xml = next(r for r in portal.dataset(DATASET)["resources"] if r["role"] == "xml")
        try:
            portal.action("resource_patch", id=xml["id"], upload=upload(contents[1]))
        except tk.ValidationError as error:
            return " ".join(error.error_dict["upload"])
        return " ".join(versions_told(portal))

    return {
        "harvest": by_harvest,
        "harvests": by_harvests,
        "deposits": by_deposits,
        "one deposit": by_one_deposit,
        "api": by_api,
        "form": by_form,
    }


DOORS = ("harvest", "harvests", "deposits", "one deposit", "api", "form")


@pytest.mark.parametrize("order", [1, -1], ids=["as made", "reversed"])
@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("door", DOORS)
def test_the_later_version_is_on_line_and_the_other_is_named(
    portal, doors, version, door, pair, order
):
    earlier, later = PAIRS[pair]
    contents = [version("111.00", *earlier), version("222.00", *later)][::order]
    said = doors[door](*contents)
    assert amount_online(portal) == "later"
    if door != "deposits" or order == -1:
        assert "mise de côté" in said or "remplacée" in said
    if door != "one deposit" and (door != "form" or order == 1):
        assert len(versions_told(portal)) == 1


def test_the_job_names_the_place_set_aside(portal, harvest, version):
    (portal.source / "a.xml").write_bytes(version("111.00", "2022-04-07"))
    (portal.source / "b.xml").write_bytes(version("222.00", "2022-06-07"))
    report = harvest()
    assert report.statuses == {"a.xml": "added", "b.xml": "updated"}
    (told_,) = report.errors["b.xml"]
    assert told_.startswith("a.xml : ") and "07/04/2022" in told_ and "07/06/2022" in told_
    assert harvest().errors == {}


def test_changes_without_number_are_told_apart_by_their_vote(portal, version):
    for day, amount in (("2022-11-22", "111.00"), ("2022-12-13", "222.00")):
        portal.publish(version(amount, stage="02", voted=day))
    names = [r["name"] for r in portal.dataset(DATASET)["resources"] if r["role"] == "scdl"]
    assert names == [
        "Décision modificative du 22/11/2022 – lignes budgétaires (SCDL)",
        "Décision modificative du 13/12/2022 – lignes budgétaires (SCDL)",
    ]


def test_moments_are_compared_within_one_vote_only():
    assert compare(Moments("2022-04-04", "2022-05-01", ""), Moments("2022-04-05", "", "")) == 0
    assert compare(Moments("", "2022-05-01", ""), Moments("", "", "2022-06-01")) == 0
    assert told(Moments("", "", "")) == "sans date"
