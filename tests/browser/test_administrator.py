"""What the portal's administrator sees: the harvest source, its job, the form."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect


def test_the_source_shows_its_finished_job(administrator: Page) -> None:
    administrator.goto("/harvest")
    source = administrator.locator(".dataset-heading a").first.get_attribute("href")
    administrator.goto(f"/harvest/admin/{source.rsplit('/', 1)[-1]}")
    counts = {"error": 0, "added": 0, "not modified": 12}
    for kind, number in counts.items():
        badge = administrator.locator(f"[data-diff='{kind}']").first
        expect(badge).to_have_text(re.compile(rf"^\s*{number}\b"))


def test_the_form_of_a_budget_opens(administrator: Page) -> None:
    administrator.goto("/budget/new")
    expect(administrator.locator("#field-title")).to_be_visible()
