"""Nine journeys, each with its clicks counted, as ``docs/journeys.md`` tells them.

Typing is no click; the choice of files in the browser's own dialog is one. A picture of where each
journey ends goes to ``journeys/`` beside the reports of ``bin/test``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Locator, Page, expect

_PAGE = Path(__file__).parents[2] / "docs" / "journeys.md"
_ROW = re.compile(r"^\| (?P<name>[\w-]+) \| .* \| (?P<told>\d+) \| (?P<most>\d+) \|$", re.M)
TABLE = {
    row["name"]: (int(row["told"]), int(row["most"])) for row in _ROW.finditer(_PAGE.read_text())
}


class Walk:
    """A reader of a page, whose clicks are counted."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = 0

    def click(self, target: Locator | str) -> None:
        self.clicks += 1
        found = (
            target if not isinstance(target, str) else self.page.get_by_role("link", name=target)
        )
        found.first.click()

    def press(self, name: str) -> None:
        """A button."""
        self.click(self.page.get_by_role("button", name=name, exact=True))

    def find(self, name: str) -> None:
        """A body, from home, by the beginning of its name."""
        self.page.goto("/")
        self.page.locator("#budget-find").press_sequentially(name[:12])
        self.click(self.page.get_by_role("option", name=name))
        self.page.wait_for_url("**/budgets/collectivite/**")


Journey = Callable[[Walk, dict[str, Any]], None]


def debt_of_my_commune(walk: Walk, budget: dict[str, Any]) -> None:
    walk.find(budget["body_name"])
    expect(walk.page.get_by_text("Dette").first).to_be_visible()


def where_the_money_goes(walk: Walk, budget: dict[str, Any]) -> None:
    walk.find(budget["body_name"])
    walk.click(walk.page.locator("main a[href*='/resource/']"))
    expect(walk.page.locator("h1").first).to_be_visible()


def table_of_a_budget(walk: Walk, budget: dict[str, Any]) -> None:
    walk.page.goto(f"/budget/{budget['name']}")
    with walk.page.expect_download():
        walk.click(walk.page.locator("#dataset-resources a.resource-url-analytics"))


def who_has_not_published(walk: Walk, _budget: dict[str, Any]) -> None:
    walk.page.goto("/")
    walk.click(walk.page.get_by_role("link", name="Carte", exact=True))
    walk.click("N'afficher que ce qui manque")
    expect(walk.page.locator("#list")).to_be_visible()


def what_pays_for_the_canteen(walk: Walk, _budget: dict[str, Any]) -> None:
    walk.page.goto("/")
    walk.page.locator(".site-search input").fill("cantine")
    walk.page.locator(".site-search input").press("Enter")
    walk.click(walk.page.locator("[aria-labelledby=budget-words] li a"))
    expect(walk.page.locator("dt:target")).to_be_visible()


def what_the_law_asks(walk: Walk, _budget: dict[str, Any]) -> None:
    walk.page.goto("/")
    walk.click(walk.page.get_by_role("link", name="Publier des budgets"))
    expect(walk.page.get_by_text("Ce que dit la loi")).to_be_visible()


ANYBODY: tuple[Journey, ...] = (
    debt_of_my_commune,
    where_the_money_goes,
    table_of_a_budget,
    who_has_not_published,
    what_pays_for_the_canteen,
    what_the_law_asks,
)


def withdraw_a_document(walk: Walk, budget: dict[str, Any]) -> None:
    walk.page.goto(f"/budget/{budget['name']}")
    walk.click("Retirer ce document")
    walk.page.get_by_label("Motif").fill("Un essai")
    walk.press("Retirer ce document")
    expect(walk.page.get_by_text("Le document est retiré")).to_be_visible()
    walk.page.get_by_role("link", name="Remettre en ligne").click()  # as it was, not counted
    walk.page.get_by_role("button", name="Remettre en ligne").click()
    expect(walk.page.get_by_text("de nouveau en ligne")).to_be_visible()


def deposit_five_files(walk: Walk, _budget: dict[str, Any], files: list[Path]) -> None:
    walk.page.goto("/")
    walk.click(walk.page.get_by_role("link", name="Déposer", exact=True))
    walk.clicks += 1  # the browser's own dialog
    walk.page.set_input_files("#deposit-files", files)
    asked = walk.page.get_by_role("button", name="Les laisser occultés")
    publish = walk.page.get_by_role("button", name="Publier", exact=True)
    expect(asked.or_(publish).first).to_be_visible()
    if asked.is_visible():  # a beneficiary may be a person: the documents are drawn at random
        asked.click()
    walk.click(publish)
    expect(walk.page.locator("#deposit-form")).to_have_count(0)


def put_a_meeting_on_line(walk: Walk, _budget: dict[str, Any]) -> None:
    walk.page.goto("/budgets/groupe")
    walk.click("Nouvelle réunion")
    walk.page.get_by_label("Titre").fill("Réunion d'un parcours")
    walk.page.locator("[name=meeting_day]").fill("2020-10-06")
    walk.press("Mettre en ligne")
    walk.page.wait_for_url("**/budgets/groupe")


def check(name: str, walk: Walk) -> None:
    folder = Path(os.environ["BUDGET_DEMO_REPORTS"], "journeys")
    folder.mkdir(exist_ok=True)
    walk.page.screenshot(path=folder / f"{name}.png")
    told, most = TABLE[name]
    assert walk.clicks == told, "docs/journeys.md tells another number"
    assert told <= most


def name_of(journey: Callable[..., None]) -> str:
    return journey.__name__.replace("_", "-")


@pytest.mark.parametrize("journey", ANYBODY, ids=name_of)
def test_a_reader(journey: Journey, page: Page, budgets: list[dict]) -> None:
    walk = Walk(page)
    journey(walk, next(one for one in budgets if one["budget_type"] == "principal"))
    check(name_of(journey), walk)


@pytest.mark.parametrize("journey", (withdraw_a_document, put_a_meeting_on_line), ids=name_of)
def test_an_editor(journey: Journey, administrator: Page, budgets_now: list[dict]) -> None:
    walk = Walk(administrator)
    journey(walk, budgets_now[0])
    check(name_of(journey), walk)


def test_five_files(administrator: Page, tmp_path: Path) -> None:
    pytest.importorskip("faker")
    from ckanext.budget.totem.generate import generate

    walk = Walk(administrator)
    deposit_five_files(walk, {}, sorted(generate(tmp_path, 5, 4251)))
    check("deposit-five-files", walk)


def test_every_journey_of_the_page_is_walked() -> None:
    walked = {name_of(one) for one in (*ANYBODY, withdraw_a_document, put_a_meeting_on_line)}
    assert {*walked, "deposit-five-files"} == set(TABLE)
