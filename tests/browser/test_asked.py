"""Names that may be those of bodies, asked of their publisher at the deposit, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.ckan.conftest import small_document

from .barriers import check_page

BODY, PERSON = "LA BOULE JOYEUSE", "LE MOULIN D'EN HAUT"
SECOND_GRANT = (
    b'</CONCOURS><CONCOURS><CodArticle V="6574"/><LibOrgaBenef V="LE MOULIN D\'EN HAUT"/>'
    b'<MtSubv V="75.00"/></CONCOURS>'
)
ASKED = "Qui sont ces bénéficiaires ?"
DEPOSIT, READY = "Déposer des budgets", "Ce qui sera publié"


@pytest.fixture
def document(tmp_path: Path) -> Callable[[str], Path]:
    """``document(siret)``: two grants to names that say nothing, as a CFU has them; the body is
    another one in each test, for what is confirmed stays so."""

    def make(siret: str) -> Path:
        content = small_document(siret=siret, beneficiary=BODY)
        content = content.replace(b'<CodNatJurBenefCA V="P3"/>', b"")
        path = tmp_path / f"budget-{siret}.xml"
        path.write_bytes(content.replace(b"</CONCOURS>", SECOND_GRANT))
        return path

    return make


@pytest.fixture
def form(publisher: Page) -> Page:
    """The deposit page, as a publisher comes to it."""
    publisher.get_by_role("link", name=DEPOSIT).click()
    return publisher


def choose(page: Page, path: Path) -> Locator:
    """The files are chosen: the group of names that the page asks about."""
    page.set_input_files("#deposit-files", path)
    group = page.get_by_role("group", name=ASKED)
    expect(group.get_by_role("checkbox")).to_have_count(2)
    return group


def published(page: Page) -> str:
    """Publish the deposit that is shown; every file that is on line, as one text."""
    page.get_by_role("button", name="Publier", exact=True).click()
    expect(page.locator("#deposit-form")).to_have_count(0)
    name = page.url.rstrip("/").rsplit("/", 1)[-1]
    shown = page.request.get(f"/api/3/action/package_show?id={name}").json()["result"]
    texts = [page.request.get(each["url"]).body() for each in shown["resources"]]
    assert texts
    return b" ".join(texts).decode("utf-8", "replace")


def test_what_is_ticked_is_named_and_the_rest_is_masked(
    form: Page, document: Callable[[str], Path]
) -> None:
    group = choose(form, document("21890999200016"))
    expect(form.get_by_role("heading", name=ASKED)).to_be_focused()
    check_page(form, DEPOSIT)
    group.get_by_label(BODY).check()
    form.get_by_role("button", name="Nommer ceux qui sont cochés").click()
    check_page(form, READY)
    online = published(form)
    assert BODY in online and PERSON not in online


def test_what_is_left_stays_masked(form: Page, document: Callable[[str], Path]) -> None:
    group = choose(form, document("21890998400013"))
    group.get_by_label(PERSON).check()  # ticked, then left: leaving wins
    form.get_by_role("button", name="Les laisser occultés").click()
    expect(form.locator("h1")).to_have_text(READY)
    expect(form.get_by_text(re.compile("2 bénéficiaires occultés sont peut-être"))).to_be_visible()
    assert BODY not in form.content() and PERSON not in form.content(), "asked on one page only"
    online = published(form)
    assert BODY not in online and PERSON not in online


def test_without_script_the_names_are_a_page_of_their_own(
    form: Page,
    document: Callable[[str], Path],
    visit: Callable[..., BrowserContext],
    portal_url: str,
) -> None:
    known = form.context.storage_state()
    context = visit(base_url=portal_url, java_script_enabled=False, storage_state=known)
    plain, path = context.new_page(), document("21560046100010")
    plain.goto(form.url)
    plain.set_input_files("#deposit-files", path)
    plain.get_by_role("button", name="Contrôler les fichiers").click()
    expect(plain.locator("h1")).to_have_text(ASKED)
    plain.get_by_label(BODY).check()
    plain.set_input_files("#again", path)
    plain.get_by_role("button", name="Nommer ceux qui sont cochés").click()
    expect(plain.locator("h1")).to_have_text(READY)
    online = published(plain)
    assert BODY in online and PERSON not in online
