"""Real documents: what they say is what the plans say. Needs BUDGET_SAMPLES."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from lxml import etree

from ckanext.budget.totem.nomenclature import Plan, load, split_nomenclature

SAMPLES = os.environ.get("BUDGET_SAMPLES", "")
pytestmark = pytest.mark.skipif(not SAMPLES, reason="BUDGET_SAMPLES: directory of documents")
DB = "{http://www.minefi.gouv.fr/cp/demat/docbudgetaire}"


class SampleLine(NamedTuple):
    plan: Plan
    fields: dict[str, str]

    def get(self, name: str) -> str:
        return self.fields.get(name, "")

    @property
    def computed_chapter(self) -> str:
        return self.plan.chapter_of(
            self.get("Nature"), self.get("CodRD"), self.get("OpBudg"), self.get("TypOpBudg")
        ).value

    @property
    def chapter(self) -> str:
        return self.get("ContNat") or self.computed_chapter

    @property
    def section(self) -> str:
        return self.plan.section_of(self.chapter, self.get("Nature")).value


@pytest.fixture(scope="module")
def lines() -> list[SampleLine]:
    return [line for path in sorted(Path(SAMPLES).glob("*.xml")) for line in _lines(path)]


def _lines(path: Path) -> Iterator[SampleLine]:
    root = etree.parse(path).getroot()
    name = next(root.iter(f"{DB}Nomenclature")).get("V", "")
    plan = load(*split_nomenclature(name), int(next(root.iter(f"{DB}Exer")).get("V", "0")))
    for element in root.iter(f"{DB}LigneBudget"):
        if element.get("calculated") != "true":
            yield SampleLine(plan, {_key(child): child.get("V", "") for child in element})


def _key(element: etree._Element) -> str:
    code = element.get("Code")
    name = etree.QName(element).localname
    return f"{name}@{code}" if code else name


def test_order_operations_say_what_typopbudg_means(lines: list[SampleLine]) -> None:
    """1 = inside one section (DOIS, ROIS), 2 = between sections (DOES, ROES)."""
    agreement = Counter(
        (line.get("TypOpBudg"), line.computed_chapter == line.get("ContNat"))
        for line in lines
        if line.get("TypOpBudg") and line.get("ContNat")
    )
    print("order lines, (TypOpBudg, agrees): ", dict(agreement))
    assert not any(count for (_, agrees), count in agreement.items() if not agrees)
    assert {kind for kind, _ in agreement} == {"1", "2"}


def test_the_chapter_of_the_plan_is_the_chapter_of_the_document(lines: list[SampleLine]) -> None:
    """The document differs only where it votes by article inside an operation, or appends the
    number of a third-party operation to the chapter."""
    given = [line for line in lines if line.get("ContNat")]
    others = [line for line in given if line.computed_chapter != line.get("ContNat")]
    print(f"chapters: {len(given) - len(others)} of {len(given)} agree")
    assert len(given) > 0
    for line in others:
        chapter, nature = line.get("ContNat"), line.get("Nature")
        by_article = chapter == nature and line.get("Operation")
        third_party = chapter[:2] == "45" and chapter.startswith(line.computed_chapter)
        assert by_article or third_party, (chapter, nature)


def test_every_line_has_a_chapter_a_section_and_labels(lines: list[SampleLine]) -> None:
    for line in lines:
        chapter = line.plan.chapter(line.chapter)
        nature = line.plan.nature(line.get("Nature"))
        assert line.section in ("F", "I")
        assert chapter is not None and chapter.label and chapter.section == line.section
        assert nature is not None and nature.label
        if line.get("Fonction"):
            function = line.plan.function(line.get("Fonction"))
            assert function is not None and function.label


def test_the_section_is_the_one_that_the_document_states(lines: list[SampleLine]) -> None:
    stated = [line for line in lines if line.get("CaracSup@Section")]
    assert len(stated) > 0
    for line in stated:
        assert line.section == line.get("CaracSup@Section"), line.fields
