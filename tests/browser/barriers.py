"""What axe-core finds in a page: nothing may be left, whoever made the part of the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

__all__ = ["barriers", "check_page"]

PHONE = {"width": 390, "height": 844}
_AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"


def barriers(page: Any) -> list[tuple[str, list[str]]]:
    """Every violation of the whole page: its rule, and the first elements at fault."""
    page.wait_for_load_state()
    page.emulate_media(reduced_motion="reduce")  # no colour is read half-way to another
    page.evaluate(_AXE.read_text(encoding="utf-8"))
    found = page.evaluate("async () => (await axe.run()).violations")
    return [(item["id"], [node["html"][:200] for node in item["nodes"]][:3]) for item in found]


def check_page(page: Page, heading: str) -> None:
    """No accessibility violation in the whole page; nothing of ours beyond a phone's width.

    The heading says which page is meant: a click or a script may still be on its way there.
    """
    expect(page.locator("h1")).to_have_text(heading)
    assert barriers(page) == []
    size = page.viewport_size
    page.set_viewport_size(PHONE)
    wide = page.evaluate(
        "() => [...document.querySelectorAll('[role=main] *')].filter(e => "
        "!e.closest('.table-responsive, pre') && e.getBoundingClientRect().right > innerWidth + 1)"
        ".map(e => e.outerHTML.slice(0, 120))"
    )
    page.set_viewport_size(size)
    assert wide == []
