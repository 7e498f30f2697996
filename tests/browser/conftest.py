"""A real Chromium in front of the portal that ``bin/test`` built, harvested and serves.

==========================  ==================================================================
``BUDGET_PORTAL_URL``       the portal; without it these tests are skipped
``BUDGET_PORTAL_HOME``      its folder: ``admin-password``
``BUDGET_DEMO_REPORTS``     what ``bin/demo`` printed, first and second run
``BUDGET_CHROMIUM``         the browser; Playwright's own when empty
``BUDGET_MVIEWER``          a checkout of mviewer; its own test is skipped without it
==========================  ==================================================================
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

playwright = pytest.importorskip("playwright.sync_api")

PATIENCE = 120_000
"""Milliseconds after which what is waited for is taken to have failed, on the slowest machine."""
playwright.expect.set_options(timeout=PATIENCE)

# CKAN's own table view asks for an image that CKAN 2.12 does not ship.
KNOWN_MISSING = ("webassets/ckanext-datatablesview/",)


def setting(name: str) -> str:
    """An environment variable that ``bin/test`` sets; skips the test without it."""
    if not os.environ.get(name):
        pytest.skip(f"{name} is not set: run bin/test tests/browser")
    return os.environ[name]


@pytest.fixture(scope="session")
def portal_url() -> str:
    """Address of the portal, without a final slash."""
    return setting("BUDGET_PORTAL_URL").rstrip("/")


@pytest.fixture(scope="session")
def admin_password() -> str:
    """Password of the account ``admin``."""
    return Path(setting("BUDGET_PORTAL_HOME"), "admin-password").read_text().strip()


@pytest.fixture(scope="session")
def demo_reports() -> list[str]:
    """What the first and the second ``bin/demo`` printed."""
    folder = Path(setting("BUDGET_DEMO_REPORTS"))
    return [(folder / name).read_text() for name in ("demo-1.txt", "demo-2.txt")]


def _published(portal_url: str) -> list[dict]:
    query = {"fq": "dataset_type:budget", "rows": 1000}
    answer = requests.get(f"{portal_url}/api/3/action/package_search", params=query, timeout=60)
    return answer.json()["result"]["results"]


@pytest.fixture(scope="session")
def budgets(portal_url: str) -> list[dict]:
    """The budget datasets of the demonstration, as the API gives them to anybody."""
    return _published(portal_url)


@pytest.fixture
def budgets_now(portal_url: str) -> list[dict]:
    """Those of this moment: other tests publish some."""
    return _published(portal_url)


Visit = Callable[..., playwright.BrowserContext]


@pytest.fixture(scope="session")
def visit(chromium: playwright.Browser) -> Iterator[Visit]:
    """``visit(base_url=…)``: another visitor's browser, in French, as patient as every test."""
    contexts: list[playwright.BrowserContext] = []

    def visitor(**options: Any) -> playwright.BrowserContext:
        context = chromium.new_context(locale="fr-FR", **options)
        context.set_default_timeout(PATIENCE)  # a click waits for the answer of the page it asks
        contexts.append(context)
        return context

    yield visitor
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[playwright.Browser]:
    """One browser for the session. No sandbox: tests may run as root, on loopback only."""
    executable = os.environ.get("BUDGET_CHROMIUM") or None
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(visit: Visit, portal_url: str) -> Iterator[playwright.Page]:
    """A page in French; the test fails on a broken script or a broken answer."""
    context = visit(base_url=portal_url, accept_downloads=True)
    tab = context.new_page()
    broken: list[str] = []
    tab.on("pageerror", lambda error: broken.append(f"script: {error}"))
    tab.on("response", lambda answer: broken.extend(broken_answer(answer)))
    yield tab
    context.close()
    assert not broken, "\n".join(broken)


@pytest.fixture
def administrator(page: playwright.Page, admin_password: str) -> playwright.Page:
    """A page where ``admin`` is logged in."""
    page.goto("/user/login")
    page.fill("#field-login", "admin")
    page.fill("#field-password", admin_password)
    page.locator("form:has(#field-password) button[type=submit]").click()
    playwright.expect(page.locator(".account.authed").first).to_be_visible()
    return page


@pytest.fixture
def publisher(administrator: playwright.Page) -> playwright.Page:
    """A page on the organisation, where a publisher starts."""
    administrator.goto("/organization/")
    href = administrator.locator("a[href*='/organization/']:has(h2), .media-view").first
    administrator.goto(href.get_attribute("href"))
    return administrator


def broken_answer(answer: playwright.Response) -> list[str]:
    """A line for an error answer, CKAN's own known ones excepted."""
    if answer.status < 400 or any(known in answer.url for known in KNOWN_MISSING):
        return []
    return [f"HTTP {answer.status}: {answer.url}"]
