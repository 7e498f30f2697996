"""Which plan answers for the norm, variant and year of a document."""

from __future__ import annotations

import pytest

from ckanext.budget.totem.nomenclature import load, split_nomenclature


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("M14-M14_COM_SUP3500", ("M14", "M14_COM_SUP3500")),
        ("M57-M57_A", ("M57", "M57_A")),
        ("M4-M43_D", ("M4", "M43_D")),
        (" M57_A ", ("M57", "M57_A")),
        ("M52", ("M52", "M52")),
        ("M22", ("M22", "M22")),
        ("", ("", "")),
    ],
)
def test_the_nomenclature_of_a_document_is_a_norm_and_a_variant(
    text: str, expected: tuple[str, str]
) -> None:
    assert split_nomenclature(text) == expected


@pytest.mark.parametrize(
    ("norm", "variant", "year"),
    [("M14", "M14_CE", 2013), ("M57", "M57_A", 2023), ("M4", "M43_D", 2022), ("M71", "M71", 2024)],
)
def test_the_plan_asked_for_answers_when_it_exists(norm: str, variant: str, year: int) -> None:
    plan = load(norm, variant, year)
    assert (plan.norm, plan.variant, plan.year) == plan.requested == (norm, variant, year)
    assert plan.is_exact
    assert plan.is_known


@pytest.mark.parametrize(
    ("asked", "answering"),
    [
        # another year of the same variant
        (("M57", "M57_D", 2027), ("M57", "M57_D", 2025)),
        (("M52", "M52", 2009), ("M52", "M52", 2013)),
        (("M4", "M42", 2024), ("M4", "M42", 2022)),
        # the same line of plans
        (("M4", "M43_D", 2023), ("M4", "M43", 2023)),
        (("M4", "M43_A", 2027), ("M4", "M43", 2024)),
        (("M57", "M57_A", 2018), ("M57", "M57", 2018)),
        (("M57", "M57_A", 2026), ("M57", "M57_D", 2025)),
        (("M57", "M57", 2023), ("M57", "M57_D", 2023)),
        (("M57", "M57_P", 2022), ("M57", "M57_D", 2022)),
        # an unknown variant
        (("M57", "M57_X", 2024), ("M57", "M57_D", 2024)),
        (("M14", "M14_COM_SUP500", 2020), ("M14", "M14_COM_SUP3500", 2020)),
        # a family named alone, or a wrong norm
        (("M14", "", 2020), ("M14", "M14_COM_SUP3500", 2020)),
        (("M57", "", 2024), ("M57", "M57_D", 2024)),
        (("M49", "M49", 2020), ("M4", "M49_D", 2020)),
        (("M43", "M43_D", 2022), ("M4", "M43_D", 2022)),
    ],
)
def test_the_closest_plan_stands_in(
    asked: tuple[str, str, int], answering: tuple[str, str, int]
) -> None:
    plan = load(*asked)
    assert (plan.norm, plan.variant, plan.year) == answering
    assert plan.is_known
    assert plan.is_exact == (asked[1:] == answering[1:])


@pytest.mark.parametrize("norm", ["M21", "M22", "M31", "M832", "", "../../etc"])
def test_a_norm_without_plan_still_answers_by_the_rules(norm: str) -> None:
    plan = load(norm, norm, 2022)
    assert (plan.is_known, plan.is_exact) == (False, False)
    assert plan.nature("6411") is None
    assert plan.function("01") is None
    assert list(plan.accounts()) == list(plan.chapters()) == list(plan.functions()) == []
    assert plan.section_of("21") == ("I", "rule")
    assert plan.section_of("018", "7351") == ("F", "rule")
    assert plan.chapter_of("2111", "D", "0") == ("21", "rule")
    assert plan.chapter_of("6811", "D", "1") == ("042", "rule")
    assert plan.chapter_of("6411", "D", "0") == ("", "")  # M22 groups differ: nobody knows


def test_a_plan_is_loaded_once() -> None:
    assert load("M57", "M57_A", 2023) is load("M57", "M57_A", 2023)
