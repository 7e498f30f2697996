"""The charts of a budget, as a citizen meets them: every tab, by mouse, by keyboard, by link."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
import requests
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from .barriers import barriers

TABS = (
    "essentiel", "flux", "repartition", "execution", "dette", "subventions", "personnel", "impots",
    "programmes", "bilan", "ratios", "evolution", "comparer", "annexes", "tableau",
)  # fmt: skip
WIDTHS = (320, 1280)


@dataclass(frozen=True)
class View:
    """The charts of one CSV: its resource, the address of its page, its summary."""

    resource: dict[str, Any]
    url: str
    summary: dict[str, Any]

    @property
    def stage(self) -> str:
        return self.summary["document"]["stage"]


@pytest.fixture(scope="session")
def views(portal_url: str, budgets: list[dict]) -> list[View]:
    """Every SCDL file of the portal: each has its charts by itself."""
    found = [
        _view(portal_url, package, resource)
        for package in budgets
        for resource in package["resources"]
        if resource.get("role") == "scdl"
    ]
    assert found
    return found


def _view(portal_url: str, package: dict, resource: dict) -> View:
    listed = requests.get(
        f"{portal_url}/api/3/action/resource_view_list", params={"id": resource["id"]}, timeout=60
    ).json()["result"]
    (own,) = (view for view in listed if view["view_type"] == "budget_view")
    place = f"{portal_url}/budget/{package['name']}/resource/{resource['id']}/view/{own['id']}"
    summary = requests.get(f"{portal_url}/budgets/resume/{resource['id']}.json", timeout=60).json()
    return View(resource, place, summary)


@pytest.fixture(scope="session")
def rich(views: list[View]) -> View:
    """The realised budget with policies that has the most lines; else the largest one."""
    return max(
        views,
        key=lambda view: (
            view.stage in ("CA", "CFU") and bool(view.summary["by_function"]),
            view.summary["rows"],
        ),
    )


@pytest.fixture(autouse=True)
def errors(page: Page) -> Iterator[list[str]]:
    """What the console complained about; nothing may be left at the end."""
    heard: list[str] = []
    page.on("console", lambda said: heard.append(said.text) if said.type == "error" else None)
    yield heard
    assert heard == []


def show(page: Page, view: View, state: str = "") -> Locator:
    """Open the view in a state; the panel that is shown, once it is drawn."""
    page.goto("about:blank")
    page.goto(f"{view.url}#{state}")
    panel = page.locator(".bv-panel:visible")
    expect(panel.locator(".bv-tab-title")).to_be_visible()
    return panel


def turn(page: Page, state: str) -> Locator:
    """Another state of the view that is open, as the back button gives it: the panel, redrawn."""
    drawn = page.locator(".bv").get_attribute("data-drawn")
    page.evaluate("state => { location.hash = state }", state)
    expect(page.locator(f".bv:not([data-drawn='{drawn}'])")).to_be_attached()
    return page.locator(".bv-panel:visible")


def cents(text: str) -> int:
    """'−1 234,56 €' in cents."""
    number = re.sub(r"[^\d,.−-]", "", text).replace(",", ".").replace("−", "-")
    return int(Decimal(number) * 100)


def rows_of(panel: Page | Locator) -> list[list[str]]:
    """Cells of the data table, read even while it is folded."""
    rows = panel.locator(".bv-data .bv-table").first.locator("tbody tr").all()
    return [row.locator("th, td").all_text_contents() for row in rows]


def amounts_of(panel: Locator) -> dict[str, int]:
    return {row[1]: cents(row[2]) for row in rows_of(panel)}


def tabs_of(page: Page) -> list[str]:
    """The tabs of the view that is open: those that its document fills."""
    return [each.get_attribute("data-tab") or "" for each in page.locator(".bv-tab").all()]


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_draws_or_explains(page: Page, rich: View, tab: str) -> None:
    panel = show(page, rich, f"tab={tab}")
    if tab not in tabs_of(page):
        return expect(panel).to_have_attribute("data-tab", "essentiel")
    drawn = panel.locator(".bv-chart svg, .bv-empty, .bv-results table")
    expect(drawn.first).to_be_visible()
    assert not re.search(r"\b(null|undefined|NaN)\b", page.locator(".bv").inner_text())
    for chart in panel.locator(".bv-figure").all():
        expect(chart.locator(".bv-chart svg")).to_be_visible()
        assert len(chart.locator(".bv-summary").first.inner_text()) > 20
        assert chart.locator(".bv-table tbody tr").count()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("tab", TABS)
def test_no_barrier_is_found(page: Page, rich: View, tab: str, width: int) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    show(page, rich, f"tab={tab}")
    page.evaluate("document.querySelectorAll('.bv details').forEach(each => { each.open = true })")
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_what_is_drawn_equals_the_files(page: Page, views: list[View]) -> None:
    for view in views:
        kind = view.summary["basis"]
        expected = _by_chapter(view, f"BGT_{kind}")
        show(page, view)
        for direction, word in (("D", "dépense"), ("R", "recette")):
            state = f"tab=repartition&axis=nature&order=all&words=official&direction={direction}"
            if "repartition" not in tabs_of(page):
                break  # a vote that only changes a budget
            panel = turn(page, state)
            drawn = amounts_of(panel) if panel.locator(".bv-figure").count() else {}
            drawn = {code: amount for code, amount in drawn.items() if amount and code != "–"}
            chapters = expected.get(word, {})
            former = {code: chapters.pop(code) for code in ("001", "002") if code in chapters}
            # The block of former years is open where nothing stands beside it.
            apart = [drawn.pop(code) for code in former if code in drawn]
            assert drawn == chapters, (view.resource["name"], word)
            apart += [cents(row[2]) for row in rows_of(panel) if row[0].startswith("Résultats des")]
            assert sum(apart) == sum(former.values())


def _by_chapter(view: View, column: str) -> dict[str, dict[str, int]]:
    """Sums of the published file, by direction and chapter, without those of zero."""
    text = requests.get(view.resource["url"], timeout=60).content.decode("utf-8-sig")
    sums: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in csv.DictReader(io.StringIO(text)):
        sums[row["BGT_CODRD"]][row["BGT_CONTNAT"]] += Decimal(row[column] or 0)
    return {
        way: {code: int(each * 100) for code, each in found.items() if each}
        for way, found in sums.items()
    }


# Words that are cut by the edge of a picture or lie over one another; what is wider than the page.
_ILLEGIBLE = """() => {
  const found = [];
  for (const svg of document.querySelectorAll(".bv-panel:not([hidden]) .bv-chart svg")) {
    const edge = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll("text")].filter((each) => each.textContent.trim());
    const boxes = texts.map((each) => [each.textContent, each.getBoundingClientRect()]);
    for (const [i, [text, box]] of boxes.entries()) {
      if (box.left < edge.left - 2 || box.right > edge.right + 2 || box.top < edge.top - 2
          || box.bottom > edge.bottom + 2) found.push(`cut: ${text}`);
      if (text.includes("…")) found.push(`shortened: ${text}`);
      for (const [other, beside] of boxes.slice(i + 1)) {
        const wide = Math.min(box.right, beside.right) - Math.max(box.left, beside.left);
        const high = Math.min(box.bottom, beside.bottom) - Math.max(box.top, beside.top);
        if (wide > 3 && high > 5) found.push(`over: ${text} / ${other}`);
      }
    }
  }
  const page = document.documentElement;
  if (page.scrollWidth > innerWidth) found.push("wider than the page");
  return found;
}"""


@pytest.mark.parametrize("width", (1366, 390, 320))
def test_no_word_is_cut_nor_lies_over_another(page: Page, views: list[View], width: int) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    wrong = []
    for view in views[:6]:
        show(page, view)
        for tab in tabs_of(page):
            states = [f"tab={tab}"]
            if tab in ("flux", "repartition"):
                states += [
                    f"tab={tab}&words=official&order=all",
                    f"tab={tab}&axis=nature&section=I",
                ]
            for state in states:
                turn(page, state)
                where = f"{view.resource['name']} {state}"
                wrong += [f"{where}: {each}" for each in page.evaluate(_ILLEGIBLE)]
    assert wrong == []


@pytest.mark.parametrize("width", (1366, 390, 320))
def test_no_tab_is_hidden(page: Page, rich: View, width: int) -> None:
    """All in sight, or all in a list of choices that is in sight."""
    page.set_viewport_size({"width": width, "height": 900})
    show(page, rich)
    menu = page.locator(".bv-tab-menu select")
    if menu.is_visible():
        assert menu.locator("option").count() == len(tabs_of(page))
        menu.select_option("tableau")
        expect(page.locator(".bv-panel:visible")).to_have_attribute("data-tab", "tableau")
    else:
        boxes = [tab.bounding_box() for tab in page.locator(".bv-tab").all()]
        assert all(box and box["x"] >= 0 and box["x"] + box["width"] <= width for box in boxes)


def test_out_of_100_euros_adds_up_to_100(page: Page, views: list[View]) -> None:
    for view in views:
        panel = show(page, view)
        table = panel.locator("[data-chart=hundred] .bv-data .bv-table tbody tr")
        euros = [int(row.locator("td").last.text_content() or 0) for row in table.all()]
        assert sum(euros) == 100 or not euros, view.resource["name"]


def test_grants_are_searched_and_sorted(page: Page, views: list[View]) -> None:
    for view in views:
        show(page, view)
        if "subventions" in tabs_of(page):
            panel = turn(page, "tab=subventions")
            if panel.get_by_role("searchbox").count():
                break
    else:
        pytest.skip("no document of the demonstration has many grants")
    rows = panel.locator("tbody tr")
    amounts = [cents(row.locator("td").last.inner_text()) for row in rows.all()]
    assert amounts == sorted(amounts, reverse=True)
    name = rows.first.locator("th").inner_text()
    panel.get_by_role("searchbox").fill(name)
    for row in rows.all():
        expect(row).to_contain_text(name)
    panel.get_by_role("searchbox").fill("")
    panel.locator("thead button").last.click()
    panel.locator("thead button").last.click()
    amounts = [cents(row.locator("td").last.inner_text()) for row in rows.all()]
    assert amounts == sorted(amounts)


def test_key_figures_are_those_of_the_summary(page: Page, rich: View) -> None:
    panel = show(page, rich)
    shown = {
        card.get_attribute("data-figure"): card.get_attribute("data-value")
        for card in panel.locator(".bv-card").all()
    }
    assert shown == {
        each["id"]: "" if each["value"] is None else str(each["value"])
        for each in rich.summary["figures"]
    }


def test_going_down_and_back_by_keyboard(page: Page, rich: View) -> None:
    panel = show(page, rich, "tab=repartition")
    before = rows_of(panel)
    first = panel.locator("button.bv-ranking-row").first
    first.focus()
    page.keyboard.press("Enter")
    where = panel.locator(".bv-trail [aria-current=location]")
    expect(where).to_have_text(before[0][0])
    expect(where).to_be_focused()
    assert sum(cents(row[2]) for row in rows_of(panel)) == cents(before[0][2])
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(panel.locator(".bv-trail button")).to_have_count(0)
    assert rows_of(panel) == before


def test_each_level_adds_up_to_the_one_above(page: Page, rich: View) -> None:
    for axis in ("function", "nature"):
        panel = show(page, rich, f"tab=repartition&axis={axis}")
        for _ in range(3):
            parent = rows_of(panel)
            if not panel.locator("button.bv-ranking-row").count():
                break
            name = panel.locator("button.bv-ranking-row .bv-ranking-name").first.inner_text()
            row = next(row for row in parent if name.endswith(row[0]))
            panel.locator("button.bv-ranking-row").first.click()
            expect(panel.locator(".bv-trail [aria-current]")).to_have_text(row[0])
            assert sum(cents(each[2]) for each in rows_of(panel)) == cents(row[2])


def test_a_click_in_the_drawing_opens_a_post(page: Page, rich: View) -> None:
    page.emulate_media(reduced_motion="reduce")
    panel = show(page, rich, "tab=flux&words=official")
    name = panel.locator(".bv-list button.bv-ranking-row .bv-ranking-name").first.inner_text()
    words = name.split(" ", 1)[1].split()[:2]
    panel.locator(".bv-chart svg text").filter(has_text=" ".join(words)).first.click()
    expect(panel.locator(".bv-trail")).to_be_visible()
    assert "path=" in urlsplit(page.url).fragment
    page.go_back()
    expect(panel.locator(".bv-trail")).to_have_count(0)


def test_tabs_follow_the_arrows(page: Page, rich: View) -> None:
    show(page, rich)
    page.get_by_role("tab", selected=True).focus()
    tabs = tabs_of(page)
    for tab in tabs[1:]:
        page.keyboard.press("ArrowRight")
        current = page.get_by_role("tab", selected=True)
        expect(current).to_have_attribute("data-tab", tab)
        expect(current).to_be_focused()
    page.keyboard.press("Home")
    expect(page.get_by_role("tab", selected=True)).to_have_attribute("data-tab", tabs[0])


def test_the_link_gives_the_same_picture(page: Page, rich: View) -> None:
    panel = show(page, rich, "tab=repartition")
    panel.get_by_label("Recettes", exact=True).check(force=True)
    panel.get_by_label("Soleil").check(force=True)
    panel.locator("button.bv-ranking-row").first.click()
    expect(panel.locator(".bv-trail button")).to_have_count(1)
    page.locator(".bv-share > summary").click()
    link = page.locator("[data-share=link]").input_value()
    rows, title = rows_of(panel), panel.locator(".bv-figure-title").first.inner_text()
    page.goto("about:blank")
    page.goto(link)
    expect(panel.locator(".bv-figure-title").first).to_have_text(title)
    assert rows_of(panel) == rows
    expect(panel.get_by_label("Soleil")).to_be_checked()


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """Another site (its port makes another origin): its folder and its address."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield tmp_path, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_another_site_embeds_it_at_its_full_height(
    page: Page, rich: View, elsewhere: tuple[Path, str]
) -> None:
    folder, address = elsewhere
    show(page, rich, "tab=execution")
    page.locator(".bv-share > summary").click()
    code = page.locator("[data-share=code]").input_value()
    bare = '<!doctype html><title>Elsewhere</title><link rel="icon" href="data:,">'
    (folder / "page.html").write_text(bare + code)
    page.goto(f"{address}/page.html")
    inside = page.frame_locator("iframe")
    expect(inside.locator(".bv-panel[data-tab=execution] .bv-tab-title")).to_be_visible()
    frame = page.locator("iframe").element_handle().content_frame()
    frame.wait_for_function(
        "() => { const foot = document.querySelector('.bv-footer').getBoundingClientRect();"
        " return foot.bottom <= innerHeight && innerHeight < foot.bottom + 120 }"
    )
    assert page.evaluate("document.querySelector('iframe').style.height") != ""


def test_charts_are_saved_as_images_and_data(page: Page, rich: View, tmp_path: Path) -> None:
    panel = show(page, rich, "tab=execution")
    saved = {kind: _download(page, panel, kind, tmp_path) for kind in ("png", "svg", "csv")}
    assert saved["png"].read_bytes().startswith(b"\x89PNG\r\n")
    assert saved["png"].stat().st_size > 10_000
    drawing = ElementTree.parse(saved["svg"]).getroot()
    words = " ".join(drawing.itertext())
    assert panel.locator(".bv-figure-title").first.inner_text() in words
    with saved["csv"].open(encoding="utf-8-sig", newline="") as stream:
        _, *rows = csv.reader(stream)
    assert [[row[0], int(Decimal(row[2]) * 100)] for row in rows] == [
        [row[0], cents(row[2])] for row in rows_of(panel)
    ]


def _download(page: Page, panel: Locator, kind: str, folder: Path) -> Path:
    with page.expect_download() as download:
        panel.locator(f"[data-download={kind}]").first.click()
    target = folder / download.value.suggested_filename
    download.value.save_as(target)
    return target


def test_lines_are_searched_sorted_and_saved(page: Page, rich: View, tmp_path: Path) -> None:
    panel = show(page, rich, "tab=tableau&direction=&order=all")
    results = panel.locator(".bv-results")
    expect(results).to_have_attribute("data-total", str(rich.summary["rows"]))
    panel.get_by_role("searchbox").fill("personnel")
    page.keyboard.press("Enter")
    expect(results).not_to_have_attribute("data-total", str(rich.summary["rows"]))
    panel.get_by_role("button", name="Nature").click()
    expect(panel.locator("th[aria-sort=ascending]")).to_contain_text("Nature")
    natures = panel.locator("tbody th .bv-code").all_inner_texts()
    assert natures == sorted(natures) and natures
    total = int(results.get_attribute("data-total") or 0)
    file = _download(page, panel, "csv", tmp_path)
    with file.open(encoding="utf-8-sig", newline="") as stream:
        assert len(list(csv.DictReader(stream))) == total > 0


def test_words_are_explained(page: Page, rich: View) -> None:
    panel = show(page, rich)
    panel.locator(".bv-card .bv-term").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".bv-target dd")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(panel.locator(".bv-card .bv-term").first).to_be_focused()


def test_it_prints_without_its_buttons(page: Page, rich: View) -> None:
    panel = show(page, rich, "tab=execution")
    page.emulate_media(media="print")
    expect(panel.locator(".bv-chart svg")).to_be_visible()
    for hidden in (".bv-nav", ".bv-controls", ".bv-tools"):
        expect(page.locator(hidden).first).to_be_hidden()
    assert page.pdf().startswith(b"%PDF")


def test_english_is_complete(page: Page, rich: View, portal_url: str) -> None:
    english = View(rich.resource, rich.url.replace(portal_url, f"{portal_url}/en", 1), rich.summary)
    panel = show(page, english)
    expect(page.get_by_role("tab", selected=True)).to_have_text("Essentials")
    expect(panel.locator(".bv-lead-sentence")).to_contain_text("operating")
    expect(page.locator(".bv")).to_have_attribute("lang", "en")
    assert "€" in panel.locator(".bv-card-value").first.inner_text()


def test_remarks_are_in_the_language_of_the_page(
    page: Page, views: list[View], portal_url: str
) -> None:
    noted = next(view for view in views if view.summary["findings"])
    french = [each["message"] for each in noted.summary["findings"]]
    for prefix, is_french in (("", True), ("/en", False)):
        place = noted.url.replace(portal_url, f"{portal_url}{prefix}", 1)
        show(page, View(noted.resource, place, noted.summary))
        page.locator(".bv-notices > summary").click()
        said = page.locator(".bv-notices li").all_inner_texts()
        assert len(said) == len(french) and all(said)
        assert any(each.split()[0] in said[0].split() for each in french) is is_french


def test_figures_and_tables_are_there_without_scripts(
    visit: Callable[..., BrowserContext], rich: View
) -> None:
    page = visit(java_script_enabled=False).new_page()
    page.goto(rich.url)
    expect(page.locator("[data-figure=gross_saving]")).to_be_visible()
    expect(page.locator("[data-budget-static] table").first).to_be_visible()


def test_a_silent_portal_is_told_in_a_sentence(page: Page, errors: list[str], rich: View) -> None:
    page.route("**/budgets/evolution/**", lambda route: route.abort())
    panel = show(page, rich)
    page.get_by_role("tab", name="Évolution").click()
    expect(panel.get_by_role("alert")).to_contain_text("ne répond pas")
    errors.clear()  # the browser's own, about the request that was cut
    page.unroute("**/budgets/evolution/**")
    page.get_by_role("tab", name="Comparer").click()
    page.get_by_role("tab", name="Évolution").click()
    expect(panel.get_by_role("alert")).to_have_count(0)
    expect(panel.locator(".bv-figure, .bv-empty").first).to_be_visible()


def _without_amounts(summary: dict) -> None:
    summary["amounts"] = []
    summary["basis"] = None
    for figure in summary["figures"]:
        figure["value"] = figure["per_inhabitant"] = None
    summary["voted"] = summary["realised"] = summary["remainders"] = None
    for cube in ("by_nature", "by_function"):
        if summary[cube]:
            summary[cube]["values"] = {}


def _all_negative(summary: dict) -> None:
    for cube in ("by_nature", "by_function"):
        for kind, column in (summary[cube] or {"values": {}})["values"].items():
            summary[cube]["values"][kind] = [-abs(value) for value in column]


def _nothing_known(summary: dict) -> None:
    summary["document"] |= {"year": None, "stage": "", "norm": "", "population": None}
    summary["voted"] = summary["realised"] = summary["remainders"] = None
    for figure in summary["figures"]:
        figure["value"] = figure["per_inhabitant"] = None
    for cube in ("by_nature", "by_function"):
        if summary[cube]:
            for column in ("section", "direction", "order"):
                summary[cube][column] = "?" * len(summary[cube]["section"])


def _no_line(summary: dict) -> None:
    _without_amounts(summary)
    empty: dict[str, Any] = {
        "section": "", "direction": "", "order": "", "plain": [], "values": {},
    }  # fmt: skip
    summary["by_nature"] = {**empty, "chapter": [], "nature": []}
    summary["by_function"] = None


def _deficit(summary: dict) -> None:
    for cube in ("by_nature", "by_function"):
        found = summary[cube] or {"direction": "", "values": {}}
        for column in found["values"].values():
            for at, direction in enumerate(found["direction"]):
                column[at] *= 3 if direction == "D" else 1


HARD = (_without_amounts, _all_negative, _nothing_known, _no_line, _deficit)


@pytest.mark.parametrize("spoil", HARD, ids=lambda spoil: spoil.__name__.strip("_"))
def test_hard_documents_are_drawn_or_explained(
    page: Page, rich: View, spoil: Callable[[dict], None]
) -> None:
    summary = deepcopy(rich.summary)
    spoil(summary)
    written = json.dumps(summary).replace("<", "\\u003c")

    def answer(route: Route) -> None:
        given = route.fetch()
        body = re.sub(
            r'(<script type="application/json" id="budget-summary">).*?(</script>)',
            lambda found: found[1] + written + found[2],
            given.text(),
            flags=re.DOTALL,
        )
        route.fulfill(response=given, body=body)

    page.route(rich.url, answer)
    show(page, rich, "tab=tableau&page=2")
    for tab in tabs_of(page):
        for choice in ("", "&direction=R&section=I&order=1", "&shape=sunburst&axis=nature"):
            panel = turn(page, f"tab={tab}{choice}")
            drawn = panel.locator(".bv-chart svg path, .bv-empty p, .bv-results")
            expect(drawn.first).to_be_attached()
            expect(panel.get_by_role("alert")).to_have_count(0)
            assert not re.search(r"\b(null|undefined|NaN)\b", page.locator(".bv").inner_text())


def test_a_budget_in_preparation_appears_by_itself(page: Page, rich: View) -> None:
    answer = {"state": "computing"}
    page.route(rich.url, lambda route: _without_summary(route))
    page.route("**/budgets/resume/**", lambda route: route.fulfill(json=answer))
    page.goto(rich.url)
    expect(page.locator(".bv-waiting[role=status]")).to_be_visible()
    answer = rich.summary
    expect(page.locator(".bv-panel .bv-chart svg").first).to_be_visible()


def test_a_file_that_is_no_budget_is_told(page: Page, rich: View) -> None:
    page.route(rich.url, lambda route: _without_summary(route))
    refusal = {"state": "failed", "message": "Ce fichier n'a pas de colonne de montant."}
    page.route("**/budgets/resume/**", lambda route: route.fulfill(json=refusal))
    page.goto(rich.url)
    expect(page.get_by_role("alert")).to_contain_text(refusal["message"])


def _without_summary(route: Route) -> None:
    """The page as the server gives it while the summary is being computed."""
    given = route.fetch()
    body = re.sub(r'<script [^>]*id="budget-summary">.*?</script>', "", given.text(), flags=re.S)
    route.fulfill(response=given, body=body)


def test_settings_are_seen_while_they_are_chosen(administrator: Page, rich: View) -> None:
    administrator.goto(rich.url.replace("/view/", "/edit_view/"))
    seen = administrator.frame_locator(".budget-preview").locator(".bv-tab[aria-selected=true]")
    expect(seen).to_have_attribute("data-tab", "essentiel")
    administrator.select_option("#field-first_tab", "flux")
    expect(seen).to_have_attribute("data-tab", "flux")
    tabs = administrator.frame_locator(".budget-preview").locator(".bv-tab")
    before = tabs.count()
    administrator.get_by_label("Évolution").check()
    expect(tabs).to_have_count(before - 1)
    expect(administrator.locator("[data-module=resource-view-filters-form]")).to_be_hidden()


def test_the_portal_page_keeps_the_state_in_its_address(page: Page, rich: View) -> None:
    address, view = rich.url.split("/view/")
    page.goto(f"{address}?view_id={view}#tab=execution")
    inside = page.frame_locator("iframe[data-module=data-viewer]")
    selected = inside.locator(".bv-tab[aria-selected=true]")
    expect(selected).to_have_attribute("data-tab", "execution")
    inside.get_by_role("tab", name="Tableau").click()
    page.wait_for_function("location.hash === '#tab=tableau'")
    page.go_back()
    expect(selected).to_have_attribute("data-tab", "execution")
