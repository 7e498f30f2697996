"""No accessibility violation in any page of the extension, nor scrolling to the side of a phone.

CKAN's own header, footer and forms included.
"""

from __future__ import annotations

from typing import Any

import pytest

from .barriers import barriers

PAGES = (
    "/budgets",
    "/budgets?vue=tableau",
    "/budgets/carte",
    "/budgets/publier",
    "/budgets/groupe",
    "/budgets/vie-privee",
    "/budgets/vie-privee/matrice",
    "/budgets/guides/pas-a-pas",
    "/budgets/deposer",
    "/budgets/controle",
    "/budgets/rapport/{xml}",
    "/budget/new",
    "/budget/{name}",
    "/budget/edit/{name}",
    "/budget/{name}/resource/new",
    "/budget/{name}/resource/{scdl}",
    "/budget/{name}/resource/{xml}",
    "/budget/{name}/resource/{xml}/edit",
)
WIDTHS = (390, 1280)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", PAGES)
def test_for_a_publisher(administrator: Any, budgets: list[dict], path: str, width: int) -> None:
    budget = budgets[0]
    resources = {item["role"]: item["id"] for item in budget["resources"]}
    administrator.set_viewport_size({"width": width, "height": 900})
    administrator.goto(path.format(name=budget["name"], **resources))
    assert barriers(administrator) == []
    assert administrator.evaluate("document.documentElement.scrollWidth") <= width
