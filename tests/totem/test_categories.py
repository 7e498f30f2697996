"""Plain categories: every line in one and only one, whatever the norm; sums are the lines' own."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.budget.totem.nomenclature import load
from ckanext.budget.totem.summary.categories import (
    AXES,
    BOOK_ENTRIES,
    FORMER_YEARS,
    NO_POLICY,
    UNTOLD,
    _codes,
    categories,
    category_of,
)
from ckanext.budget.totem.summary.cube import Cell
from ckanext.budget.totem.summary.document import summarise_totem
from ckanext.budget.totem.summary.words import table

PLANS = (
    ("M14", "M14_COM_SUP3500", 2020), ("M14", "M14_COM_INF500", 2020),
    ("M14", "M14_CCAS_SUP3500", 2020), ("M57", "M57_D", 2024), ("M57", "M57_A", 2024),
    ("M57", "M57_P", 2024), ("M4", "M49_D", 2020), ("M4", "M43_D", 2020), ("M52", "M52", 2020),
    ("M61", "M61", 2020), ("M71", "M71", 2020),
)  # fmt: skip
IDS = {category.id for category in categories()}


def cell(section: str, direction: str, nature: str, function: str = "", order: str = "0") -> Cell:
    return Cell(section, direction, order, "", nature, function)


def test_some_forty_categories_each_with_its_sentence() -> None:
    for language in ("fr", "en"):
        found = categories(language)
        assert len({category.id for category in found}) == len(found) <= 40
        assert all(category.label and category.meaning.endswith(".") for category in found)
    assert {row["category"] for row in table("category_codes")} <= IDS
    per_axis = {axis: [c for c in categories() if c.axis in (axis, "*")] for axis in AXES}
    assert all(15 <= len(found) <= 25 for found in per_axis.values())


def test_no_code_is_mapped_twice() -> None:
    keys = [tuple(list(row.values())[:5]) for row in table("category_codes")]
    assert len(keys) == len(set(keys)) and len(keys) == sum(map(len, _codes().values()))


@pytest.mark.parametrize(("norm", "variant", "year"), PLANS)
def test_every_account_and_function_of_the_official_plans_is_told(
    norm: str, variant: str, year: int
) -> None:
    plan = load(norm, variant, year)
    for account in plan.accounts():
        routes = (("D", account.dr), ("R", account.rr))
        for direction, chapter in routes:
            section = plan.section_of(chapter, account.code).value if chapter else ""
            if section and account.code[:3] not in ("001", "002", "021", "023"):
                found = category_of("nature", norm, cell(section, direction, account.code))
                assert found in IDS - {UNTOLD}, account
    for function in plan.functions():
        if function.code[:1].isdigit() and "en réserve" not in function.label:
            found = category_of("policy", norm, cell("F", "D", "6132", function.code))
            assert found in IDS - {UNTOLD}, function


@given(
    st.builds(
        Cell,
        st.sampled_from("FI?"),
        st.sampled_from("RD?"),
        st.sampled_from("012?"),
        st.text("0123456789", max_size=3),
        st.text("0123456789", max_size=6),
        st.text("0123456789-", max_size=4),
    ),
    st.sampled_from(["M14", "M57", "M4", "M52", "M61", "M71", ""]),
)
def test_every_cell_has_one_category(found: Cell, norm: str) -> None:
    for axis in AXES:
        name = category_of(axis, norm, found)
        assert name in IDS
        assert (name == FORMER_YEARS) == (found.order == "2")
        assert (name == BOOK_ENTRIES) == (found.order == "1")


@pytest.mark.parametrize(
    ("norm", "axis", "found", "expected"),
    [
        ("M57", "nature", cell("F", "D", "64111"), "staff"),
        ("M57", "nature", cell("F", "D", "6218"), "staff"),
        ("M57", "nature", cell("F", "D", "60612"), "purchases"),
        ("M57", "nature", cell("F", "D", "739211"), "handed_over"),
        ("M57", "nature", cell("F", "D", "65748"), "support"),
        ("M4", "nature", cell("F", "D", "695"), "other_charges"),
        ("M57", "nature", cell("I", "D", "20422"), "works_of_others"),
        ("M14", "nature", cell("F", "R", "775"), "sales"),
        ("M14", "nature", cell("I", "R", "1068"), "saving_set_aside"),
        ("M57", "nature", Cell("F", "D", "0", "012", "", ""), "staff"),
        ("M57", "nature", Cell("F", "D", "2", "002", "002", ""), FORMER_YEARS),
        ("M14", "policy", cell("F", "D", "60612", "024"), "culture"),
        ("M14", "policy", cell("F", "D", "60612", "822"), "transport"),
        ("M57", "policy", cell("F", "D", "60612", "331"), "sport_youth"),
        ("M52", "policy", cell("F", "D", "60612", "56"), "social"),
        ("M71", "policy", cell("F", "D", "60612", "11"), "education"),
        ("M57", "policy", cell("F", "D", "60612", "01"), NO_POLICY),
        ("M57", "policy", cell("F", "D", "66111", "020"), NO_POLICY),
        ("M57", "policy", cell("F", "D", "60612", ""), UNTOLD),
    ],
)
def test_where_lines_go(norm: str, axis: str, found: Cell, expected: str) -> None:
    assert category_of(axis, norm, found) == expected


def test_categories_add_up_to_the_lines(papers: list[Any]) -> None:
    for paper in papers:
        assert_partition(paper.summary.payload, {
            side: sum(paper.cents(row) for row in paper.rows if row["BGT_CODRD"] == word)
            for side, word in (("R", "recette"), ("D", "dépense"))
        })  # fmt: skip


def assert_partition(payload: dict[str, Any], whole: dict[str, int]) -> None:
    for axis, parts in payload["plain"].items():
        if axis == "policy" and payload["by_function"] is None:
            assert parts == []
            continue
        for side, amount in whole.items():
            assert sum(each["amount"] for each in parts if each["direction"] == side) == amount
        assert axis == "policy" or UNTOLD not in {each["id"] for each in parts}


def test_each_cell_of_the_pictures_tells_its_category(papers: list[Any]) -> None:
    """What a browser adds up by the column ``plain`` is what the summary tells, on both axes, for
    documents of every norm and stage; results of former years are a category of their own."""
    for paper in papers:
        payload = paper.summary.payload
        for axis, name in (("nature", "by_nature"), ("policy", "by_function")):
            if payload[name] is None:
                continue
            told = {
                (each["id"], each["direction"], each["section"]): each["amount"]
                for each in payload["plain"][axis]
            }
            assert _drawn(payload, payload[name]) == told


def _drawn(payload: dict[str, Any], cube: dict[str, Any]) -> dict[tuple[str, str, str], int]:
    sums: dict[tuple[str, str, str], int] = {}
    for at, amount in enumerate(cube["values"][payload["basis"]]):
        category = payload["categories"][cube["plain"][at]]
        assert (category == FORMER_YEARS) == (cube["order"][at] == "2")
        key = (category, cube["direction"][at], cube["section"][at])
        sums[key] = sums.get(key, 0) + amount
    return {key: amount for key, amount in sums.items() if amount}


def test_categories_of_real_documents_add_up(sample: Any) -> None:
    with open(sample, "rb") as stream:
        payload = summarise_totem(stream)[1].payload
    totals, basis = payload["totals"], payload["basis"]
    assert_partition(payload, {
        side: sum(each[basis] for each in totals if each["direction"] == side) for side in "RD"
    })  # fmt: skip
