"""What a citizen sees: the list, a budget, its table, its files."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

SCDL = (
    "BGT_NATDEC BGT_ANNEE BGT_SIRET BGT_NOM BGT_CONTNAT BGT_CONTNAT_LABEL BGT_NATURE "
    "BGT_NATURE_LABEL BGT_FONCTION BGT_FONCTION_LABEL BGT_OPERATION BGT_SECTION BGT_OPBUDG "
    "BGT_CODRD BGT_MTREAL BGT_MTBUDGPREC BGT_MTRARPREC BGT_MTPROPNOUV BGT_MTPREV BGT_CREDOUV "
    "BGT_MTRAR3112 BGT_ARTSPE"
)
"""The 22 columns of the SCDL schema « Budget », in its order."""


@pytest.fixture
def dataset(budgets: list[dict]) -> dict:
    """The budget with the most files."""
    return max(budgets, key=lambda found: (len(found["resources"]), found["name"]))


@pytest.fixture
def lines(dataset: dict) -> dict:
    """Its first CSV."""
    return next(item for item in dataset["resources"] if item["format"] == "CSV")


def test_every_budget_is_listed(page: Page, budgets_now: list[dict]) -> None:
    titles: list[str] = []
    for number in range(1, len(budgets_now) + 1):
        if len(titles) == len(budgets_now):
            break
        page.goto(f"/budget/?page={number}")
        expect(page.locator(".dataset-heading a").first).to_be_visible()
        titles += page.locator(".dataset-heading").all_inner_texts()
    assert sorted(t.strip() for t in titles) == sorted(found["title"] for found in budgets_now)


def test_a_budget_leads_to_its_files(page: Page, dataset: dict) -> None:
    page.goto("/budget/")
    page.locator(".dataset-heading a", has_text=dataset["title"]).first.click()
    expect(page.get_by_role("heading", level=1, name=dataset["title"]).first).to_be_visible()
    page.wait_for_load_state()  # the heading comes before the files
    links = page.locator("a.resource-url-analytics").all()
    names = {(link.get_attribute("href") or "").rsplit("/", 1)[-1] for link in links}
    assert names == {item["url"].rsplit("/", 1)[-1] for item in dataset["resources"]}


def test_the_table_shows_lines_and_finds_words(page: Page, dataset: dict, lines: dict) -> None:
    page.goto(f"/budget/{dataset['name']}/resource/{lines['id']}")
    page.locator("a.view-item-datatables_view").first.click()
    expect(page.locator("a.view-item-datatables_view.active")).to_be_visible()
    table = page.frame_locator("iframe[data-module=data-viewer]")
    rows = table.locator("#dtprv tbody tr")
    expect(rows.nth(5)).to_be_visible()
    words = table.locator("#dtprv_filter input")
    words.fill("aucune-ligne-ne-dit-cela")
    words.press("Enter")
    expect(rows.nth(1)).to_be_hidden()


def test_the_csv_has_the_columns_of_scdl(
    page: Page, dataset: dict, lines: dict, tmp_path: Path
) -> None:
    page.goto(f"/budget/{dataset['name']}/resource/{lines['id']}")
    with page.expect_download() as download:
        page.locator("a.resource-url-analytics[href$='.csv']").first.click()
    file = tmp_path / "lines.csv"
    download.value.save_as(file)
    with file.open(encoding="utf-8-sig", newline="") as stream:
        header, *rows = csv.reader(stream)
    assert header == SCDL.split()
    assert rows
    assert {len(row) for row in rows} == {22}
