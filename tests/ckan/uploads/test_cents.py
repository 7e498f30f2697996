"""Cents for euros: a table is compared with what is on line of the same budget, at every door."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from ckan.plugins import toolkit as tk

from ckanext.budget.quality.inspect import inspect
from tests.totem.tables.cases import control

from ..conftest import small_document
from ..uploaded import upload

pytestmark = pytest.mark.validation
SIRET, YEAR = "21930048000015", "2021"
AMOUNTS = range(14, 21)


def table(times: int = 1, year: str = YEAR) -> bytes:
    """The control, of a year, every amount (the former budget's too) so many times what it is."""
    rows = [[*row[:1], year, *row[2:]] for row in control.rows()]
    for row in rows:
        for at in AMOUNTS:
            row[at] = row[at] and f"{float(row[at]) * times:.2f}"
    return control.text(rows).encode()


def as_document(data: bytes) -> bytes:
    """A TOTEM document of the same budget, whose expenses are the table's."""
    rows = list(csv.reader(io.StringIO(data.decode(), newline="")))[1:]
    spent = sum(float(row[19] or 0) for row in rows if row[13] == "dépense")
    return small_document(siret=SIRET, year=int(YEAR), voted="2021-03-31", amount=f"{spent:.2f}")


ALIKE: dict[str, bytes] = {
    "last year": table(year="2020"),
    "its own XML": as_document(table()),
}


@pytest.fixture
def doors(portal: Any) -> dict[str, Callable[[bytes], str]]:
    """Each door publishes a table: the id of its resource."""
    owner = portal.organization["id"]

    def of_own_year() -> str:
        names = [name for name in portal.budgets() if name.endswith(YEAR)]
        return names[0] if names else ""

    def only(before: set[str]) -> str:
        resources = portal.dataset(of_own_year())["resources"]
        found = [r["id"] for r in resources if r["role"] == "scdl"]
        return next((each for each in found if each not in before), found[0])

    def by_api(data: bytes) -> str:
        portal.action("budget_publish", owner_org=owner, upload=upload(data, "budget.csv"))
        return only(set())

    def by_deposit(data: bytes) -> str:
        user = {"user": portal.member()["name"]}
        send = {"owner_org": owner, "upload": [upload(data, "budget.csv")], "publish": True}
        tk.get_action("budget_deposit")(user, send)
        return only(set())

    def by_form(data: bytes) -> str:
        name = (
            of_own_year()
            or portal.action(
                "package_create",
                type="budget",
                name=f"budget-{YEAR}",
                title="Mon budget",
                owner_org=owner,
                siret=SIRET,
                body_kind="departement",
                budget_type="principal",
                fiscal_year=YEAR,
            )["name"]
        )
        return portal.action("resource_create", package_id=name, upload=upload(data, "budget.csv"))[
            "id"
        ]

    return {"api": by_api, "deposit": by_deposit, "form": by_form}


@pytest.mark.parametrize(("times", "told"), [(1, ""), (100, "cent fois trop grands")])
@pytest.mark.parametrize("door", ["api", "deposit", "form"])
def test_a_table_a_hundred_times_last_year_s(
    portal: Any, doors: Any, door: str, times: int, told: str
) -> None:
    portal.action(
        "budget_publish",
        owner_org=portal.organization["id"],
        upload=upload(ALIKE["last year"], "budget.csv"),
    )
    report = portal.action("budget_check", upload=upload(table(times), "budget.csv"))
    assert units(report["findings"]) == units(report["remaining"]) == ([told] if told else [])
    made = doors[door](table(times))
    assert said(portal, made) == ([told] if told else [])


@pytest.mark.parametrize(("times", "told"), [(1, ""), (100, "cent fois trop grands")])
def test_a_table_a_hundred_times_its_own_document(
    portal: Any, doors: Any, times: int, told: str
) -> None:
    portal.publish(ALIKE["its own XML"])
    made = doors["form"](table(times))
    assert said(portal, made) == ([told] if told else [])


def said(portal: Any, resource_id: str) -> list[str]:
    """The finding on the unit of amounts, the same in the report shown and in the next control."""
    shown = portal.action("budget_report_show", resource_id=resource_id)["findings"]
    again = inspect(portal.action("resource_show", id=resource_id))
    assert again and units(again.report["findings"]) == units(shown)
    return units(shown)


def units(findings: list[dict[str, Any]]) -> list[str]:
    return [
        found["message"].split(" sont ")[1].split(" :")[0]
        for found in findings
        if found["code"] == "C-TAB-010"
    ]
