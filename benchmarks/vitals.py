"""Largest paint, blocking time and layout shift of the portal's pages, at a quarter of the speed.

    .dev/venv/bin/python benchmarks/vitals.py http://127.0.0.1:18504 [--runs 3]

The median of some visits with an empty cache, in Chromium slowed down four times by its protocol
(``Emulation.setCPUThrottlingRate``), as Lighthouse does. Blocking: what long tasks take beyond
50 ms. Right on a quiet machine only: whatever else runs counts too, four times.
The pages of a body and of a dataset are those of a budget that the portal has.
"""

from __future__ import annotations

import argparse
import os
import statistics

import requests
from playwright.sync_api import Browser, sync_playwright

SLOWER = 4
WATCH = """
window.vitals = { paint: 0, blocking: 0, shift: 0 };
const watch = (type, act) => new PerformanceObserver((list) => list.getEntries().forEach(act))
  .observe({ type, buffered: true });
watch("largest-contentful-paint", (one) => { vitals.paint = one.startTime; });
watch("longtask", (one) => { vitals.blocking += Math.max(0, one.duration - 50); });
watch("layout-shift", (one) => { if (!one.hadRecentInput) vitals.shift += one.value; });
"""


def pages(portal: str) -> dict[str, str]:
    """Name and address of what is measured."""
    query = {"fq": "dataset_type:budget budget_type:principal", "rows": 1}
    answer = requests.get(f"{portal}/api/3/action/package_search", params=query, timeout=60)
    [budget] = answer.json()["result"]["results"]
    return {
        "home": "/",
        "search": "/budgets",
        "body": f"/budgets/collectivite/{budget['siren']}",
        "dataset": f"/budget/{budget['name']}",
        "map": "/budgets/carte",
    }


def visit(browser: Browser, address: str) -> tuple[float, float, float]:
    """One visit of somebody new: milliseconds, milliseconds, and a share of the screen."""
    context = browser.new_context(locale="fr-FR", viewport={"width": 412, "height": 823})
    page = context.new_page()
    page.add_init_script(WATCH)
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(address, wait_until="networkidle", timeout=120_000)
    found = page.evaluate("vitals")
    context.close()
    return found["paint"], found["blocking"], found["shift"]


def main() -> None:
    """A line for each page, as a table of Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("portal")
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    portal = asked.portal.rstrip("/")
    executable = os.environ.get("BUDGET_CHROMIUM") or None
    print("| Page | Largest paint (ms) | Blocking (ms) | Layout shift |\n| --- | --- | --- | --- |")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        for name, path in pages(portal).items():
            runs = [visit(browser, portal + path) for _ in range(asked.runs)]
            paint, blocking, shift = map(statistics.median, zip(*runs, strict=True))
            print(f"| {name} | {paint:.0f} | {blocking:.0f} | {shift:.3f} |", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
