"""The portal's pages about budgets in a real browser: words, keyboard, phone width, axe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from .barriers import barriers

pytest.importorskip("playwright.sync_api")

PAGES = (
    "/",
    "/about",
    "/budgets/pages/contact",
    "/budgets/pages/accessibilite",
    "/budgets/pages/mentions-legales",
    "/budgets",
    "/budgets?vue=tableau",
    "/budgets/glossaire",
    "/budgets/comparer",
    "/budgets/carte",
    "/budgets/donnees",
    "/budgets/donnees/couverture",
    "/budgets/donnees/recettes",
    "/budgets/envoi",
    "/budgets/publier",
    "/budgets/region",
    "/budgets/groupe",
    "/budgets/vie-privee",
    "/budgets/vie-privee/matrice",
    "/budgets/guides/pas-a-pas",
    "/budgets/guides/quelles-donnees",
    "/budgets/guides/livret",
    "/budgets?q=cantine",
)
LISTS = (
    "/dataset",
    "/budget",
    "/organization",
    "/organization/demo",
    "/organization/about/demo",
    "/group",
    "/reunion",
    "/harvest",
    "/user/login",
    "/user/reset",
    "/nulle-part",
)
"""CKAN's own pages, in the dress of the front door."""
OF_AN_ADMINISTRATOR = (
    "/dashboard/datasets",
    "/dashboard/organizations",
    "/user/admin",
    "/user/edit/admin",
    "/user/admin/api-tokens",
    "/organization/edit/demo",
    "/organization/members/demo",
    "/organization/member_new/demo",
    "/organization/bulk_process/demo",
    "/organization/new",
    "/organization/delete/demo",
    "/harvest",
    "/harvest/new",
    "/harvest/{source}",
    "/harvest/about/{source}",
    "/harvest/admin/{source}",
    "/harvest/edit/{source}",
    "/harvest/{source}/job",
    "/harvest/{source}/job/last",
    "/dataset/new",
    "/reunion/new",
    "/budget/resources/{budget}",
    "/budget/delete/{budget}",
    "/budget/groups/{budget}",
    "/group/new",
    "/user/delete/admin",
    "/ckan-admin/",
    "/ckan-admin/config",
    "/ckan-admin/trash",
    "/budgets/groupe/modifier",
    "/budgets/groupe/reunion",
    "/budgets/conflits",
    "/budgets/confier",
    "/budgets/controle",
)
WIDTHS = (320, 1280)


@pytest.fixture(params=WIDTHS)
def sized(request: pytest.FixtureRequest, page: Any) -> Iterator[Any]:
    page.set_viewport_size({"width": request.param, "height": 900})
    yield page


@pytest.fixture(scope="module")
def source(portal_url: str) -> str:
    """Name of a harvest source."""
    query = {"fq": "dataset_type:harvest", "rows": 1}
    address = f"{portal_url}/api/3/action/package_search"
    [found] = requests.get(address, params=query, timeout=60).json()["result"]["results"]
    return found["name"]


@pytest.mark.parametrize("path", PAGES)
def test_no_barrier(path: str, sized: Any, portal_url: str) -> None:
    sized.goto(portal_url + path)
    assert barriers(sized) == []


@pytest.mark.parametrize("path", LISTS)
def test_no_barrier_in_the_pages_of_ckan(path: str, visit: Any, portal_url: str) -> None:
    page = visit(base_url=portal_url).new_page()
    page.goto(path)
    assert barriers(page) == []


@pytest.mark.parametrize("path", OF_AN_ADMINISTRATOR)
def test_no_barrier_for_an_administrator(
    path: str, administrator: Any, portal_url: str, budgets: list[dict], source: str
) -> None:
    administrator.goto(portal_url + path.format(budget=budgets[0]["name"], source=source))
    assert barriers(administrator) == []


def test_a_meeting_is_on_line_with_its_files_in_one_form(
    administrator: Any, portal_url: str, visit: Any
) -> None:
    """From the page of the group: two clicks, no draft, no step of resources."""
    title, page = "Réunion de rentrée", administrator
    page.goto("/budgets/groupe")
    page.get_by_role("link", name="Nouvelle réunion").click()
    page.get_by_label("Titre").fill(title)
    page.get_by_label("Jour", exact=False).first.fill("2020-09-08")
    page.get_by_label("Heure").fill("14:00")
    page.get_by_label("Lieu").fill("Metz")
    pdf = {"name": "compte-rendu.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"}
    page.get_by_label("Compte rendu (fichier)").set_input_files(pdf)
    page.get_by_role("button", name="Mettre en ligne").click()
    page.wait_for_url("**/budgets/groupe")
    assert barriers(page) == []  # the message that says it is on line included
    reader = visit(base_url=portal_url).new_page()
    reader.goto("/budgets/groupe")
    meeting = reader.get_by_role("listitem").filter(has_text=title).first
    assert meeting.get_by_role("link", name="Compte rendu").is_visible()
    assert reader.get_by_text("Brouillon").count() == 0
    assert reader.get_by_role("link", name="Nouvelle réunion").count() == 0


@pytest.mark.parametrize("path", PAGES)
def test_nothing_of_ours_is_wider_than_the_screen(path: str, page: Any, portal_url: str) -> None:
    """CKAN's own footer is six pixels too wide at 320 pixels: only our part is looked at."""
    page.set_viewport_size({"width": 320, "height": 900})
    page.goto(portal_url + path)
    right = page.evaluate(
        "Math.max(...[...document.querySelectorAll('.module-content > *')]"
        ".map(one => one.getBoundingClientRect().right))"
    )
    assert right <= 320


def test_a_filter_is_used_with_the_keyboard(
    page: Any, portal_url: str, budgets: list[dict]
) -> None:
    page.goto(f"{portal_url}/budgets")
    year = budgets[0]["fiscal_year"]
    page.get_by_label("Exercice").focus()
    page.get_by_label("Exercice").select_option(year)
    page.get_by_label("Exercice").press("Tab")
    page.get_by_role("button", name="Rechercher", exact=True).last.press("Enter")
    page.wait_for_url(f"**exercice={year}**")
    query = {"fq": f"dataset_type:budget fiscal_year:{year}", "rows": 0}
    answer = requests.get(f"{portal_url}/api/3/action/package_search", params=query, timeout=60)
    shown = page.locator("#budget-count").inner_text()
    assert "".join(filter(str.isdigit, shown)) == str(answer.json()["result"]["count"])


def test_a_body_is_found_from_home_with_the_keyboard(
    page: Any, portal_url: str, budgets: list[dict]
) -> None:
    page.goto(portal_url)
    name = budgets[0]["body_name"]
    field = page.locator("#budget-find")
    field.press_sequentially(name[:12])
    page.get_by_role("option", name=name).first.wait_for()
    field.press("ArrowDown")
    field.press("Enter")
    page.wait_for_url("**/budgets/collectivite/**")
    assert page.locator("main h1").inner_text().casefold() in name.casefold()  # Crach, CRACH


def test_a_question_is_answered_with_its_query_and_its_file(page: Any, portal_url: str) -> None:
    page.goto(f"{portal_url}/budgets/donnees")
    page.get_by_role("link", name="Que contient le jeu de données ?").click()
    rows = page.locator("table tbody tr")
    assert rows.count() > 1
    page.get_by_text("La requête (SQL)").click()
    assert page.get_by_text("FROM documents").is_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Télécharger en CSV").click()
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == rows.count() + 1


def test_the_region_tells_totals_beside_who_is_counted(page: Any, portal_url: str) -> None:
    page.goto(f"{portal_url}/budgets/region")
    page.get_by_label("Étape").select_option("BP")
    page.get_by_role("button", name="Afficher").click()
    page.wait_for_url("**etape=BP**")
    assert page.get_by_role("heading", name="Qui est compté").is_visible()
    assert "€" in page.get_by_role("region", name="Totaux").inner_text()
    assert page.get_by_role("link", name="Lesquels manquent").is_visible()


def test_the_region_draws_its_figure_beside_who_is_counted(page: Any, portal_url: str) -> None:
    page.goto(f"{portal_url}/budgets/region?etape=BP")
    if not page.locator("#budget-map").count():
        pytest.skip("no commune of the list published, or the front end was not built")
    page.wait_for_selector("#budget-map[data-state=ready]")
    assert page.get_by_text("Communes sur la carte").is_visible()
    assert page.get_by_text("Non publié, ou non connu").is_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Télécharger (CSV)").click()
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert any(line.rsplit(",", 1)[1] for line in lines[1:]), "some commune has its figure"


def test_names_are_proposed_while_typing(page: Any, portal_url: str, budgets: list[dict]) -> None:
    page.goto(f"{portal_url}/budgets")
    name = budgets[0]["body_name"]
    page.get_by_label("Collectivité", exact=False).first.press_sequentially(name[:12])
    page.get_by_role("option", name=name).first.click()
    page.wait_for_url("**collectivite=**")
    assert name in page.locator("#budget-count ~ article").first.inner_text()


def test_the_map_is_drawn_without_any_other_site(page: Any, portal_url: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{portal_url}/budgets/carte")
    if not page.locator("#budget-map").count():
        pytest.skip("no list of bodies on this portal, or the front end was not built")
    page.wait_for_selector(
        "#budget-map[data-state=ready] canvas, #budget-map[data-state=ready] path"
    )
    assert [url for url in asked if not url.startswith((portal_url, "data:", "blob:"))] == []


def test_a_chosen_departement_fills_the_map(page: Any, portal_url: str) -> None:
    """Its communes are dots from the first start: the map comes nearer."""
    page.goto(f"{portal_url}/budgets/carte?departement=67")
    page.wait_for_selector("#budget-map[data-state=ready]")
    assert page.locator("[data-budget-legend=bodies]").is_visible()
    assert page.locator("#list").inner_text().endswith("Bas-Rhin")


def test_the_guide_prints_without_menus(page: Any, portal_url: str) -> None:
    page.goto(f"{portal_url}/budgets/guides/pas-a-pas")
    page.emulate_media(media="print")
    assert page.locator(".budget-guide").is_visible()
    assert not page.locator(".site-footer").is_visible()
    assert not page.locator(".budget-noprint").is_visible()


BODY_PAGES = ("/budgets/collectivite/{siren}", "/budgets/collectivite/{siren}/integrer")


@pytest.mark.parametrize("path", BODY_PAGES)
def test_no_barrier_on_the_pages_of_a_body(
    path: str, sized: Any, portal_url: str, budgets: list[dict]
) -> None:
    for budget in (budgets[0], budgets[-1]):
        sized.goto(portal_url + path.format(siren=budget["siren"]))
        assert barriers(sized) == []
        width = sized.viewport_size["width"]
        if "integrer" in path or width == 320:
            assert sized.evaluate("document.documentElement.scrollWidth") <= width + 6


def test_each_budget_leads_to_its_body_and_back(
    page: Any, portal_url: str, budgets: list[dict]
) -> None:
    budget = budgets[0]
    page.goto(f"{portal_url}/budget/{budget['name']}")
    page.get_by_role("link", name="Toutes les années et tous les budgets").click()
    page.wait_for_url(f"**/budgets/collectivite/{budget['siren']}*")
    assert page.locator(f"a[href*='/budget/{budget['name']}/resource/']").count()


def test_two_documents_are_chosen_and_compared(
    sized: Any, portal_url: str, budgets: list[dict]
) -> None:
    first, second = budgets[0], budgets[-1]
    sized.goto(f"{portal_url}/budget/{first['name']}")
    sized.get_by_role("link", name="Comparer").first.click()
    sized.get_by_label("Une autre collectivité").fill(second["siren"])
    sized.get_by_role("button", name="Voir ses documents").click()
    sized.locator("main li a").last.click()
    sized.wait_for_url("**b=*")
    assert barriers(sized) == []


def test_a_figure_leads_to_its_word(page: Any, portal_url: str, budgets: list[dict]) -> None:
    principal = next(one for one in budgets if one["budget_type"] == "principal")
    page.goto(f"{portal_url}/budgets/collectivite/{principal['siren']}")
    link = page.locator("[data-figure] a").first
    link.click()
    page.wait_for_url("**/budgets/glossaire#*")
    assert page.locator("dt:target").is_visible()
