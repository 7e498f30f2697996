"""More findings than a report keeps: every page, field and message tells the same number."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from ckan.plugins import toolkit as tk

from ckanext.budget.quality.dashboard import dashboard
from ckanext.budget.quality.policy import blocking
from ckanext.budget.totem.checks import tally
from ckanext.budget.totem.checks.model import CAP
from ckanext.budget.uploads.deposit import proposal, store

from ..uploaded import upload

NAME = "budget-21670482500019-2022"
CODE = "T-STR-010"
WRONG = CAP * 5
LINE = b'<LigneBudget><Nature V="6411"/><CodRD V="D"/><%b V="1.00"/><OpBudg V="0"/></LigneBudget>'


def written(number: int, name: str = "mtpropnouv") -> bytes:
    """One of the writings of an element in capitals and small letters, never the right one."""
    text = name[0] + "".join(c.upper() if number >> at & 1 else c for at, c in enumerate(name[1:]))
    return text.encode("ascii")


pytestmark = pytest.mark.validation


@pytest.fixture
def many(make_document: Any) -> bytes:
    """A document with ``WRONG`` lines of one error each."""
    lines = b"".join(LINE % written(number) for number in range(WRONG))
    return make_document().replace(b"<Annexes>", lines + b"<Annexes>")


def test_the_row_the_field_the_dashboard_and_the_page(portal: Any, many: bytes, app: Any) -> None:
    outcome = portal.publish(many)
    table = next(r for r in portal.dataset(NAME)["resources"] if r["role"] == "scdl")
    shown = portal.action("budget_report_show", resource_id=table["id"])
    assert (shown["counts"]["error"], shown["codes"][CODE]) == (WRONG, WRONG)
    assert [f["count"] for f in json.loads(table["findings"]) if f["code"] == CODE] == [WRONG]
    numbers = dashboard(None)
    assert {row["errors"] for row in numbers["files"]} == {WRONG}
    files = numbers["totals"]["checked"]
    assert [r["findings"] for r in numbers["rules"] if r["code"] == CODE] == [WRONG * files]
    total = sum(tally(outcome.report["findings"]).by_code.values())
    page = app.get(f"/budget/{NAME}").body
    assert re.search(rf"<summary>{total} ", page)


def test_the_message_of_the_form(many: bytes, portal: Any) -> None:
    outcome = portal.publish(many)
    first, *shown = blocking(outcome.report["findings"])
    assert re.match(rf"{WRONG}\b", first) and len(shown) <= CAP


def test_the_deposit(many: bytes, portal: Any) -> None:
    user = portal.context()["user"]
    data = {"owner_org": portal.organization["id"], "upload": [upload(many)]}
    made = tk.get_action("budget_deposit")({"user": user, "ignore_auth": True}, data)
    (proposed,) = proposal.proposals(store.find(made["id"]))
    assert proposed.documents[0].counts["error"] == WRONG
    (item,) = made["files"]
    assert item["state"] == "ready" or re.match(rf"{WRONG}\b", item["message"])
