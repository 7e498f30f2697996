"""What holds for any code whatsoever."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ckanext.budget.totem.nomenclature import Plan, load
from ckanext.budget.totem.nomenclature.facts import format_years, parse_years

PLANS = [
    load("M14", "M14_COM_SUP3500", 2016),
    load("M57", "M57_A", 2023),
    load("M4", "M43_D", 2030),
    load("M52", "M52", 2020),
    load("M22", "M22", 2020),
]
plans = st.sampled_from(PLANS)
digits = st.text("0123456789", max_size=12)
codes = st.one_of(digits, st.text(max_size=40))
known = st.sampled_from([account.code for account in load("M57", "M57_D", 2023).accounts()])


@given(plans, codes, codes, st.text(max_size=3), st.text(max_size=3), st.text(max_size=3))
def test_no_code_raises_and_every_answer_has_an_origin(
    plan: Plan, code: str, chapter: str, rd: str, order: str, order_type: str
) -> None:
    for found in (plan.nature(code), plan.chapter(code), plan.function(code)):
        assert found is None or (found.label and found.origin)
    for answer in (
        plan.chapter_of(code, rd, order, order_type),
        plan.section_of(chapter, code),
    ):
        assert bool(answer.value) == bool(answer.origin)


@given(plans, codes, codes)
def test_a_section_is_f_or_i_or_unknown(plan: Plan, chapter: str, nature: str) -> None:
    assert plan.section_of(chapter, nature).value in ("F", "I", "")


@given(plans, digits, digits)
def test_a_longer_code_is_never_answered_by_a_shorter_beginning(
    plan: Plan, code: str, more: str
) -> None:
    short, long = plan.nature(code), plan.nature(code + more)
    if short is not None and not code.startswith("45"):
        assert long is not None
        assert len(long.code) >= len(short.code)


@given(known, st.text("0123456789", max_size=4))
def test_the_answer_is_a_beginning_of_the_code(code: str, more: str) -> None:
    for plan in PLANS:
        account = plan.nature(code + more)
        assert account is None or (code + more).startswith(account.code)


@given(known)
def test_a_chapter_given_by_a_plan_is_known_to_it_with_a_section(code: str) -> None:
    plan = load("M57", "M57_D", 2023)
    for rd in "DR":
        for order, order_type in (("0", ""), ("1", "1"), ("1", "2"), ("1", "")):
            answer = plan.chapter_of(code, rd, order, order_type)
            if answer.origin == "plan":
                chapter = plan.chapter(answer.value)
                assert chapter is not None
                assert (chapter.origin, chapter.section) == ("plan", chapter.section)
                assert plan.section_of(answer.value, code) == (chapter.section, "plan")


@given(st.sets(st.integers(1990, 2060), min_size=1))
def test_years_are_written_and_read_back(years: set[int]) -> None:
    assert set(parse_years(format_years(years))) == years
