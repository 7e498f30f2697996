"""What axe-core finds in a page: nothing may be left, whoever made the part of the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

__all__ = ["barriers"]

_AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"


def barriers(page: Any) -> list[tuple[str, list[str]]]:
    """Every violation of the whole page: its rule, and the first elements at fault."""
    page.wait_for_load_state()
    page.emulate_media(reduced_motion="reduce")  # no colour is read half-way to another
    page.evaluate(_AXE.read_text(encoding="utf-8"))
    found = page.evaluate("async () => (await axe.run()).violations")
    return [(item["id"], [node["html"][:200] for node in item["nodes"]][:3]) for item in found]
