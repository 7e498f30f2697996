"""What ``bin/demo`` says: everything published the first time, nothing written the second."""

from __future__ import annotations

import re

DOCUMENTS = 12


def counts(report: str) -> dict[str, int]:
    """The numbers of the line ``Harvest: 12 added, 0 updated…``."""
    line = re.search(r"^Harvest: (.*)$", report, re.MULTILINE)
    assert line, report
    return {word: int(number) for number, word in re.findall(r"(\d+) (\w+)", line[1])}


def test_first_run_publishes_every_document(demo_reports: list[str]) -> None:
    expected = {"added": DOCUMENTS, "updated": 0, "unchanged": 0, "deleted": 0, "errors": 0}
    assert counts(demo_reports[0]) == expected


def test_second_run_writes_nothing(demo_reports: list[str]) -> None:
    expected = {"added": 0, "updated": 0, "unchanged": DOCUMENTS, "deleted": 0, "errors": 0}
    assert counts(demo_reports[1]) == expected


def test_links_lead_to_the_datasets(
    demo_reports: list[str], portal_url: str, budgets: list[dict]
) -> None:
    links = set(re.findall(rf"{re.escape(portal_url)}/budget/(\S+)", demo_reports[0]))
    harvested = {found["name"] for found in budgets if found["origin"] == "harvest"}
    assert links == harvested
