"""The publisher's own way, in a real browser: from files on a disk to budgets on line."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.totem.tables.cases import control

from .barriers import check_page

pytest.importorskip("faker")

MOST_CLICKS = 6


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Five documents that the demonstration does not hold."""
    from ckanext.budget.totem.generate import generate

    return sorted(generate(tmp_path_factory.mktemp("documents"), 5, 4242))


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Five more, one for each test that needs a document which is not on line yet."""
    from ckanext.budget.totem.generate import generate

    return sorted(generate(tmp_path_factory.mktemp("others"), 5, 4246))


@pytest.fixture(scope="module")
def archive(documents: list[Path]) -> Path:
    path = documents[0].parent / "lot.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for document in documents:
            target.write(document, f"exports/{document.name}")
    return path


def leave_masked(page: Page) -> int:
    """Answer the page on beneficiaries, if there is one: how many clicks it took.

    A beneficiary may be a person: the documents are drawn at random.
    """
    asked = page.locator("a:visible, button:visible").filter(has_text="Les laisser occultés")
    beyond = page.locator("h1").filter(has_not_text="Déposer des budgets")
    expect(asked.or_(beyond).first).to_be_visible()
    if not asked.is_visible():
        return 0
    asked.click()
    return 1


class Counted:
    """A page whose clicks are counted."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = 0

    def click(self, name: str) -> None:
        self.clicks += 1
        pattern = re.compile(rf"^\s*{name}\s*$")
        self.page.locator("a, button, summary").filter(has_text=pattern).first.click()

    def choose(self, *files: Path) -> None:
        """One click opens the browser's own dialog; the script sends what is chosen there."""
        self.clicks += 1
        self.page.set_input_files("#deposit-files", files)
        self.clicks += leave_masked(self.page)


def publish(publisher: Page, *files: Path) -> Counted:
    user = Counted(publisher)
    user.click("Déposer des budgets")
    check_page(publisher, "Déposer des budgets")
    user.choose(*files)
    check_page(publisher, "Ce qui sera publié")
    user.click("Publier")
    expect(publisher.locator("#deposit-form")).to_have_count(0)
    assert user.clicks <= MOST_CLICKS
    return user


def test_one_document_from_the_disk_to_the_catalogue(
    publisher: Page, documents: list[Path]
) -> None:
    publish(publisher, documents[0])
    expect(publisher.locator("article h3 a").first).to_be_visible()
    publisher.locator(".budget-report a").first.click()
    check_page(publisher, "Rapport de contrôle")


def test_archive_of_five_documents(publisher: Page, archive: Path, documents: list[Path]) -> None:
    publish(publisher, archive)
    if "/budgets/deposer/" in publisher.url:
        published = publisher.locator(".alert-success a")
        budgets = {tuple(path.name.split("_")[1:3]) for path in documents}
        expect(published).to_have_count(len(budgets))
        check_page(publisher, "Votre dépôt")
        published.first.click()
    expect(publisher.locator("article h3 a").first).to_be_visible()


def test_figures_and_masked_values_are_shown_before_publishing(
    publisher: Page, others: list[Path]
) -> None:
    user = Counted(publisher)
    user.click("Déposer des budgets")
    user.choose(others[3])
    expect(publisher.locator("h1")).to_have_text("Ce qui sera publié")
    publisher.wait_for_load_state()
    for summary in publisher.locator("[role=main] summary").all():
        summary.click()
    expect(publisher.get_by_text("Recettes de fonctionnement")).to_be_visible()
    expect(publisher.get_by_label("Titre")).to_have_value(re.compile(r"^Budget"))
    check_page(publisher, "Ce qui sera publié")
    user.click("Supprimer le dépôt")
    check_page(publisher, "Supprimer le dépôt ?")
    user.click("Le garder")
    expect(publisher.locator("h1")).to_have_text("Ce qui sera publié")
    forget(publisher)


def forget(page: Page) -> None:
    """Delete the deposit that the page shows."""
    page.get_by_role("button", name="Supprimer le dépôt").click()
    page.get_by_role("button", name="Supprimer", exact=True).click()
    expect(page.get_by_text("Le dépôt est supprimé")).to_be_visible()


def test_draft_waits_for_its_publisher(publisher: Page, others: list[Path]) -> None:
    user = Counted(publisher)
    user.click("Déposer des budgets")
    user.choose(others[4])
    expect(publisher.locator("h1")).to_have_text("Ce qui sera publié")
    user.click("Garder en brouillon")
    expect(publisher.get_by_text("Le dépôt est conservé")).to_be_visible()
    publisher.get_by_role("link", name=re.compile("^Dépôt du")).first.click()
    expect(publisher.locator("h1")).to_have_text("Ce qui sera publié")
    forget(publisher)


def test_keyboard_alone(publisher: Page, others: list[Path]) -> None:
    """From the organisation to the catalogue without a pointer; the dialog is the system's own."""
    go_to(publisher, "Déposer des budgets")
    publisher.keyboard.press("Enter")
    expect(publisher.locator("h1")).to_have_text("Déposer des budgets")
    go_to(publisher, "deposit-files")
    with publisher.expect_file_chooser() as chooser:
        publisher.keyboard.press("Space")
    chooser.value.set_files(others[1])
    expect(publisher.locator("h1")).to_have_text("Ce qui sera publié")
    go_to(publisher, "Publier")
    publisher.keyboard.press("Enter")
    expect(publisher.locator("#deposit-form")).to_have_count(0)


def go_to(page: Page, name: str) -> None:
    """Tab until the element with this text or id has the focus, which must be visible."""
    page.wait_for_load_state()
    for _ in range(80):
        page.keyboard.press("Tab")
        focus = "[document.activeElement.textContent.trim(), document.activeElement.id]"
        if name in page.evaluate(focus):
            ring = page.evaluate(
                "() => { const s = getComputedStyle(document.activeElement);"
                " return s.outlineStyle !== 'none' || s.boxShadow !== 'none' }"
            )
            assert ring, f"nothing shows that {name} has the focus"
            return
    pytest.fail(f"{name} cannot be reached with the keyboard")


@pytest.fixture
def plain(visit: Callable[..., BrowserContext], publisher: Page, portal_url: str) -> Page:
    """The same visitor in a browser that runs no script."""
    known = publisher.context.storage_state()
    context = visit(base_url=portal_url, java_script_enabled=False, storage_state=known)
    tab = context.new_page()
    tab.goto(publisher.url)
    return tab


def test_without_script(plain: Page, others: list[Path]) -> None:
    plain.get_by_role("link", name="Déposer des budgets").click()
    plain.set_input_files("#deposit-files", others[2])
    plain.get_by_role("button", name="Contrôler les fichiers").click()
    leave_masked(plain)
    expect(plain.locator("h1")).to_have_text("Ce qui sera publié")
    plain.get_by_role("button", name="Publier", exact=True).click()
    expect(plain.locator("article h3 a").first).to_be_visible()


def test_refused_file_of_a_deposit_says_why(publisher: Page, tmp_path: Path) -> None:
    wrong = tmp_path / "page.xml"
    wrong.write_text("<html><body>Connexion</body></html>", encoding="utf-8")
    user = Counted(publisher)
    user.click("Déposer des budgets")
    user.choose(wrong)
    check_page(publisher, "Votre dépôt")
    expect(publisher.get_by_text("Ce fichier est une page web")).to_be_visible()


def test_error_stands_beside_the_field_of_the_catalogue_s_form(
    publisher: Page, others: list[Path], tmp_path: Path
) -> None:
    publish(publisher, others[0])
    name = publisher.url.rstrip("/").rsplit("/", 1)[-1]
    cut = tmp_path / "coupe.xml"
    cut.write_bytes(others[0].read_bytes()[:-200])
    publisher.goto(f"/budget/{name}/resource/new")
    publisher.set_input_files("#field-resource-upload", cut)
    publisher.fill("#field-name", "Mon fichier")  # after: CKAN writes the file's name there
    publisher.locator("button[name=save]").last.click()
    message = publisher.locator("#field-resource-upload-error")
    expect(message).to_be_visible()
    expect(publisher.locator("#field-name")).to_have_value("Mon fichier")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A budget as Excel saves it in France, its words in capitals."""
    rows = [["Budget primitif", *row[1:]] for row in control.rows()]
    written = [[cell.replace(".", ",") if cell[:1].isdigit() else cell for cell in r] for r in rows]
    path = tmp_path / "export tableur.csv"
    path.write_bytes(control.text(written, delimiter=";").encode("cp1252"))
    return path


def test_table_is_published_mended_once_its_publisher_agrees(publisher: Page, table: Path) -> None:
    user = Counted(publisher)
    user.click("Déposer des budgets")
    user.choose(table)
    check_page(publisher, "Ce qui sera publié")
    offer = publisher.get_by_role("group", name="Ce qui sera corrigé")
    expect(offer.get_by_text("windows-1252")).to_be_visible()
    expect(offer.get_by_text(re.compile(r"BGT_NATDEC.*7 lignes"))).to_be_visible()
    expect(offer.get_by_text(re.compile(r"virgule décimale.*7 lignes"))).to_be_visible()
    user.click("Publier")
    expect(publisher.get_by_text("Acceptez ses corrections")).to_be_visible()
    check_page(publisher, "Ce qui sera publié")
    publisher.get_by_label("J’accepte ces corrections").check()
    user.click("Publier")
    expect(publisher.locator("#deposit-form")).to_have_count(0)
    expect(publisher.locator("article h3 a").first).to_be_visible()
    publisher.locator(".budget-report a").first.click()
    expect(publisher.get_by_text("windows-1252")).to_be_visible()
    check_page(publisher, "Rapport de contrôle")


def test_form_offers_to_mend_a_table(publisher: Page, table: Path) -> None:
    wanted = publisher.request.get("/api/3/action/package_show?id=budget-21930048000015-2021")
    assert wanted.ok, "published by the test above"
    publisher.goto("/budget/budget-21930048000015-2021/resource/new")
    publisher.set_input_files("#field-resource-upload", table)
    publisher.locator("button[name=save]").last.click()
    expect(publisher.locator("#field-resource-upload-error")).to_contain_text("windows-1252")
    publisher.get_by_label("J’accepte ces corrections").check()
    publisher.set_input_files("#field-resource-upload", table)
    publisher.locator("button[name=save]").last.click()
    expect(publisher.locator("#field-resource-upload-error")).to_have_count(0)
    shown = publisher.request.get("/api/3/action/package_show?id=budget-21930048000015-2021")
    assert len(shown.json()["result"]["resources"]) == 2


def test_dashboard(publisher: Page) -> None:
    publisher.get_by_role("link", name="Contrôle des budgets locaux").click()
    expect(publisher.get_by_role("heading", name="Par collectivité")).to_be_visible()
    check_page(publisher, "Contrôle des budgets locaux")
