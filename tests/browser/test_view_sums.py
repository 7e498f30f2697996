"""What is drawn is what the file says, to the cent: generated documents, real ones when given.

No portal: light pages made of the library's summary and of the built scripts, one Chromium.
``BUDGET_DRAWN`` is how many documents are generated (12; 50 for the figures of docs/charts.md),
``BUDGET_SAMPLES`` a folder of real TOTEM documents.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route

from ckanext.budget.totem.generate import document, plan
from ckanext.budget.totem.scdl import write
from ckanext.budget.totem.summary import summarise

BUILD = Path(__file__).parents[2] / "ckanext" / "budget" / "plugin" / "assets" / "build"
SITE = "http://budget.test"
SEED = 6
FORMER = ("001", "002")
Sums = dict[Any, int]


@dataclass(frozen=True)
class Paper:
    """One document: its SCDL lines, and the summary that the charts are drawn from."""

    name: str
    lines: list[dict[str, str]]
    summary: dict[str, Any]

    @property
    def column(self) -> str:
        return f"BGT_{self.summary['basis']}"

    def sums(self, *columns: str) -> Sums:
        """Cents by these columns, without those of zero."""
        found: dict[Any, Decimal] = defaultdict(Decimal)
        for line in self.lines:
            found[tuple(line[f"BGT_{name}"] for name in columns)] += Decimal(line[self.column] or 0)
        return {key: int(value * 100) for key, value in found.items() if value}


def paper(name: str, totem: bytes) -> Paper:
    out = io.BytesIO()
    write(io.BytesIO(totem), out)
    text = out.getvalue().decode("utf-8-sig")
    return Paper(name, list(csv.DictReader(io.StringIO(text))), summarise(out.getvalue()).payload)


def papers() -> Iterator[tuple[str, Callable[[], bytes]]]:
    folder = os.environ.get("BUDGET_SAMPLES")
    for path in sorted(Path(folder).glob("*.xml")) if folder else ():
        yield path.stem, path.read_bytes
    for number, spec in enumerate(plan(int(os.environ.get("BUDGET_DRAWN", "12")), SEED)):
        yield f"generated-{number}", lambda spec=spec: b"".join(document(spec))


class Reader:
    """A page that shows one document after the other, and what its tables say."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        self.body = ""
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda said: said.type == "error" and self.errors.append(said.text))
        page.route(f"{SITE}/**", self._answer)

    def _answer(self, route: Route) -> None:
        name = route.request.url.rsplit("/", 1)[-1]
        if name.startswith("budget-view."):
            route.fulfill(path=BUILD / name)
        elif name == "favicon.ico":
            route.fulfill(status=204)
        else:
            route.fulfill(body=self.body, content_type="text/html; charset=utf-8")

    def open(self, paper: Paper) -> None:
        options = escape(json.dumps({"lang": "fr", "resource_id": paper.name}), quote=True)
        written = json.dumps(paper.summary).replace("<", "\\u003c")
        self.body = (
            '<!doctype html><html lang="fr"><title>Budget</title>'
            '<link rel="stylesheet" href="/budget-view.css">'
            f'<main><div data-budget-view="{options}"></div></main>'
            f'<script type="application/json" id="budget-summary">{written}</script>'
            '<script src="/budget-view.js"></script>'
        )
        self.page.goto(f"{SITE}/{paper.name}.html#tab=tableau")
        self.page.wait_for_selector(".bv[data-drawn]")

    def table(self, state: str) -> list[list[str]]:
        """Cells of the data table of the chart that this state draws; none when it explains."""
        drawn = self.page.get_attribute(".bv", "data-drawn")
        self.page.evaluate("state => { location.hash = state }", state)
        self.page.wait_for_selector(f".bv:not([data-drawn='{drawn}'])")
        assert self.page.query_selector(".bv-panel:not([hidden]) :is(.bv-chart svg, .bv-empty)")
        return self.page.evaluate(
            """() => {
              const table = document.querySelector(".bv-panel:not([hidden]) .bv-data .bv-table");
              const cells = (row) => [...row.querySelectorAll("th, td")];
              return [...(table?.querySelectorAll("tbody tr") ?? [])].map((row) =>
                cells(row).map((cell) => cell.textContent));
            }"""
        )


def cents(text: str) -> int:
    """'−1 234,56 €' in cents."""
    return int(Decimal(re.sub(r"[^\d,-]", "", text.replace("−", "-")).replace(",", ".")) * 100)


@pytest.fixture(scope="module")
def scripts() -> None:
    """Skips without the browser and the build that ``bin/test`` prepares."""
    if not os.environ.get("BUDGET_CHROMIUM") or not (BUILD / "budget-view.js").exists():
        pytest.skip("BUDGET_CHROMIUM is not set or nothing is built: run bin/test tests/browser")


@pytest.fixture(scope="module")
def reader(scripts: None, visit: Callable[..., BrowserContext]) -> Reader:
    return Reader(visit(reduced_motion="reduce").new_page())


@pytest.mark.parametrize(("name", "make"), [pytest.param(*each, id=each[0]) for each in papers()])
def test_drawings_equal_the_sums_of_the_file(
    reader: Reader, name: str, make: Callable[[], bytes]
) -> None:
    shown = paper(name, make())
    reader.open(shown)
    assert _plain_sums(shown) == shown.sums("CODRD")
    if shown.summary["changes"]:
        _changes(reader, shown)
    else:
        _figures(reader, shown)
        _hundred(reader)
        _blocks(reader, shown)
        _plain_blocks(reader, shown)
        _flows(reader, shown)
    assert reader.errors == []


def _plain_sums(paper: Paper) -> Sums:
    """Plain categories partition all the lines: those of each direction add up to the file's."""
    found: Sums = defaultdict(int)
    words = {"D": "dépense", "R": "recette"}
    for row in paper.summary["plain"]["nature"]:
        found[(words[row["direction"]],)] += row["amount"]
    return {key: amount for key, amount in found.items() if amount}


def _changes(reader: Reader, paper: Paper) -> None:
    """A vote that changes a budget: its changes add up to its lines, and no figure of a whole."""
    rows = reader.table("tab=essentiel")
    sums = paper.sums("CODRD")
    for word, side in (("dépense", "Dépenses"), ("recette", "Recettes")):
        assert sum(cents(row[5]) for row in rows if row[1] == side) == sums.get((word,), 0)
    assert reader.page.query_selector(".bv-card") is None


def _figures(reader: Reader, paper: Paper) -> None:
    """Cards are the summary's figures; those of a section are sums of the file."""
    reader.table("tab=essentiel")
    cards = reader.page.evaluate(
        "() => Object.fromEntries([...document.querySelectorAll('.bv-card')]"
        ".map(({dataset}) => [dataset.figure, dataset.value]))"
    )
    figures = {each["id"]: each["value"] for each in paper.summary["figures"]}
    assert cards == {name: "" if each is None else str(each) for name, each in figures.items()}
    real: Sums = defaultdict(int)
    for key, amount in paper.sums("SECTION", "CODRD", "OPBUDG", "CONTNAT").items():
        section, way, movement, chapter = key
        if movement == "réel" and chapter not in ("001", "002", "021", "023"):
            real[section, way] += amount
    for name, way in (("revenue", "recette"), ("expenditure", "dépense")):
        shown = figures[f"real_operating_{name}"]
        assert shown is None or shown == real["fonctionnement", way]


def _hundred(reader: Reader) -> None:
    """« Sur 100 € » adds up to 100."""
    euros = reader.page.evaluate(
        "() => [...document.querySelectorAll('[data-chart=hundred] tbody tr')]"
        ".map((row) => Number(row.lastElementChild.textContent))"
    )
    assert sum(euros) in (0, 100)


def _plain_blocks(reader: Reader, paper: Paper) -> None:
    """Plain categories: their blocks add up to the file; what is of former years is apart."""
    sums = paper.sums("CODRD", "CONTNAT")
    for letter, word in (("D", "dépense"), ("R", "recette")):
        whole = sum(amount for (way, _), amount in sums.items() if way == word)
        former = sum(
            amount for (way, code), amount in sums.items() if way == word and code in FORMER
        )
        for axis in ("nature", "function"):
            rows = reader.table(f"tab=repartition&axis={axis}&order=all&direction={letter}")
            assert sum(cents(row[2]) for row in rows) == whole
            apart = [row for row in rows if row[0].startswith(("former_years", "Résultats des"))]
            assert sum(cents(row[2]) for row in apart) == former


def _blocks(reader: Reader, paper: Paper) -> None:
    """Treemap: chapters are the file's, policies add up to them, each level to the one above."""
    sums = paper.sums("CODRD", "CONTNAT")
    for letter, word in (("D", "dépense"), ("R", "recette")):
        official = "tab=repartition&order=all&words=official"
        rows = reader.table(f"{official}&axis=nature&direction={letter}")
        chapters = {row[1]: cents(row[2]) for row in rows if cents(row[2])}
        expected = {code: amount for (way, code), amount in sums.items() if way == word}
        former = sum(expected.pop(code, 0) for code in FORMER)
        assert chapters.pop("–", 0) == former
        assert chapters == expected
        axes = [("nature", "c", rows)]
        if paper.summary["by_function"]:
            policies = reader.table(f"{official}&axis=function&direction={letter}")
            assert sum(cents(row[2]) for row in policies) == sum(chapters.values()) + former
            axes.append(("function", "f", policies))
        for axis, prefix, parents in axes:
            for parent in [row for row in parents if row[1] not in ("–", "")][:2]:
                state = f"{official}&axis={axis}&direction={letter}"
                inner = reader.table(f"{state}&path={prefix}{parent[1]}")
                assert sum(cents(row[2]) for row in inner) == cents(parent[2])


def _flows(reader: Reader, paper: Paper) -> None:
    """Sankey: both sides are the file's receipts and expenditure, and balance."""
    rows = reader.table("tab=flux&axis=nature&order=all&words=official")
    sides: dict[str, int] = defaultdict(int)
    for side, _section, _post, amount in rows:
        sides[side] += cents(amount)
    assert sorted(sides.values()) == sorted(_expected(paper))


def _expected(paper: Paper) -> list[int]:
    """The height of each side: a negative post stands on the other one; results of former years
    are posts of their own, that fill what operation lacks and then go to investment; what is
    missing or left over, once the operating surplus has gone there too, is a post as well."""
    given, spent, left, former = 0, 0, defaultdict(int), defaultdict(int)
    for (section, way, chapter), amount in paper.sums("SECTION", "CODRD", "CONTNAT").items():
        is_receipt = way == "recette"
        if chapter in FORMER:
            former[section] += amount if is_receipt else -amount
            continue
        left[section] += amount if is_receipt else -amount
        if is_receipt == (amount > 0):
            given += abs(amount)
        else:
            spent += abs(amount)
    invests = "investissement" in {line["BGT_SECTION"] for line in paper.lines}
    for section, amount in former.items():
        given, spent = (given + amount, spent) if amount > 0 else (given, spent - amount)
        kept = amount
        if section == "fonctionnement" and invests and amount > 0:
            kept = min(amount, max(0, -left[section]))
            left["investissement"] += amount - kept
        left[section] += kept
    if left["fonctionnement"] > 0 and invests:
        left["investissement"] += left.pop("fonctionnement")
    for amount in left.values():
        given, spent = (given, spent + amount) if amount > 0 else (given - amount, spent)
    return [side for side in (given, spent) if side]
