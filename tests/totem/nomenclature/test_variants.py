"""Which plan answers for the norm, variant and year of a document."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ckanext.budget.totem.nomenclature import load, split_nomenclature, use_folder
from ckanext.budget.totem.nomenclature.importer import import_plans


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
        (("M57", "M57_A", 2026), ("M57", "M57_A", 2024)),  # and not M57_D 2025
        (("M57", "M57_P", 2026), ("M57", "M57_P", 2024)),
        # what it came from, what it became
        (("M4", "M43_D", 2023), ("M4", "M43", 2023)),
        (("M4", "M43_A", 2027), ("M4", "M43", 2024)),
        (("M57", "M57_A", 2018), ("M57", "M57", 2018)),
        (("M57", "M57", 2023), ("M57", "M57_D", 2023)),
        (("M57", "M57_P", 2022), ("M57", "M57_D", 2022)),
        (("M57", "M57_P", 2019), ("M57", "M57", 2019)),
        (("M4", "M43", 2020), ("M4", "M43_D", 2020)),
        # an unknown variant
        (("M57", "M57_X", 2024), ("M57", "M57_D", 2024)),
        (("M57", "M57_X", 2018), ("M57", "M57", 2018)),
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


Named = tuple[str, int]  # variant, year

OLD, NEW = "Caisse des écoles", "Collectivité de rattachement"


@pytest.fixture
def extra(tmp_path: Path) -> Iterator[Path]:
    """A folder of extra plans that answers beside the shipped ones."""
    use_folder(tmp_path / "extra")
    yield tmp_path / "extra"
    use_folder(None)


@pytest.mark.parametrize(
    ("asked", "held", "answered", "origin", "told"),
    [
        # the plan asked for, whatever else is newer
        (("M57_A", 2024), {("M57_D", 2026): NEW}, ("M57_A", 2024), "plan", None),
        (("M57_D", 2024), {("M57_A", 2024): NEW}, ("M57_D", 2024), "plan", None),
        (("M57_A", 2031), {("M57_A", 2031): OLD}, ("M57_A", 2031), "plan", None),
        # its variant in another year, before another variant of the year
        (("M57_D", 2026), {("M57_A", 2026): OLD}, ("M57_D", 2025), "plan-2025", None),
        (("M57_A", 2026), {("M57_D", 2026): OLD}, ("M57_A", 2024), "plan-2024", None),
        (("M57_P", 2026), {("M57_D", 2026): OLD}, ("M57_P", 2024), "plan-2024", None),
        (("M52", 2026), {("M52", 2026): OLD}, ("M52", 2026), "plan", None),
        # its nearest year, the earlier of two
        (("M57_A", 2026), {("M57_A", 2025): OLD}, ("M57_A", 2025), "plan-2025", None),
        (("M57_A", 2025), {("M57_A", 2026): OLD}, ("M57_A", 2024), "plan-2024", None),
        # a meaning that changed: in its own later plan, or in another variant's since
        (("M57_A", 2025), {("M57_A", 2026): NEW}, ("M57_A", 2024), "plan-2024", ("M57_A", 2026)),
        (("M57_A", 2026), {("M57_D", 2026): NEW}, ("M57_A", 2024), "plan-2024", ("M57_D", 2026)),
        (("M57_A", 2026), {("M57_D", 2030): NEW}, ("M57_A", 2024), "plan-2024", None),  # too far
        # a plan that ended is not what came instead, nor what came before
        (("M43_D", 2026), {("M43", 2026): OLD}, ("M43", 2026), "plan-M43-2026", None),
        (("M57", 2026), {("M57_A", 2026): OLD}, ("M57_D", 2025), "plan-M57_D-2025", None),
    ],
)
def test_who_answers_and_what_is_told_of_it(
    extra: Path,
    put_plan: Callable[..., Path],
    asked: Named,
    held: dict[Named, str],
    answered: Named,
    origin: str,
    told: Named | None,
) -> None:
    """``held``: plans beside the shipped ones, and how they name 6011 (OLD: as everybody does)."""
    norm = "M4" if asked[0].startswith("M43") else asked[0][:3]
    shipped = load(norm, *asked).nature("6011")
    assert shipped
    for (variant, year), label in held.items():
        source = put_plan(year, norm, variant, label=shipped.label if label is OLD else label)
        import_plans(source, extra)
    plan = load(norm, *asked)
    account, change = plan.nature("6011"), plan.relabelled("nature", "6011")
    assert (plan.variant, plan.year) == answered
    assert account and account.origin == origin
    assert (change and (change.other_variant, change.other_year)) == told


def test_a_code_that_the_variant_lacks_is_the_year_s_in_another() -> None:
    account = load("M57", "M57_A", 2026).nature("6811")
    assert account and account.origin == "plan-M57_D-2025"


def test_a_plan_is_loaded_once() -> None:
    assert load("M57", "M57_A", 2023) is load("M57", "M57_A", 2023)
