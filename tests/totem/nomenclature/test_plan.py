"""Answers of the plans: labels, chapters, sections, and where each comes from."""

from __future__ import annotations

import pytest

from ckanext.budget.totem.nomenclature import Account, Answer, Plan, load, plan_of


@pytest.fixture(scope="module")
def m14() -> Plan:
    return load("M14", "M14_COM_SUP3500", 2017)


@pytest.fixture(scope="module")
def m57a() -> Plan:
    return load("M57", "M57_A", 2023)


def _account(plan: Plan, code: str) -> Account:
    account = plan.nature(code)
    assert account is not None
    return account


def test_an_account_has_its_label_chapters_and_flags(m14: Plan) -> None:
    account = _account(m14, "2135")
    assert account.label == "Installations générales, agencements, aménagements des constructions"
    assert account.origin == "plan"
    assert (account.dr, account.does, account.dois) == ("21", "040", "041")
    assert account.expense_equipment
    assert not account.heading
    assert _account(m14, "60").heading


@pytest.mark.parametrize(
    ("asked", "code", "origin"),
    [
        (("M14", "M14_COM_SUP3500", 2017), "6413", "plan"),
        (("M4", "M43_D", 2022), "6518", "plan-2021"),  # the 2022 file is the 2020 one
        (("M57", "M57_D", 2026), "6411", "plan-2025"),
        (("M57", "M57_A", 2025), "6411", "plan-2024"),
        (("M4", "M43_D", 2023), "6518", "plan-M43-2023"),
        (("M57", "M57_A", 2023), "6811", "plan-M57_D-2023"),
        (("M57", "M57_A", 2023), "2188103", "prefix:2188"),  # an operation's number appended
        (("M14", "M14_COM_SUP3500", 2017), "211100", "prefix:2111"),
        (("M14", "M14_COM_SUP3500", 2017), "6413999", "prefix:6413"),
        (("M57", "M57_D", 2026), "6413999", "prefix:6413-2025"),
        (("M57", "M57_A", 2025), "6413999", "prefix:6413-2024"),
        (("M4", "M43_D", 2023), "6413999", "prefix:6413-M43-2023"),
    ],
)
def test_an_account_is_looked_for_in_other_years_variants_and_beginnings(
    asked: tuple[str, str, int], code: str, origin: str
) -> None:
    account = _account(load(*asked), code)
    assert account.origin == origin
    assert account.label
    assert code.startswith(account.code)


@pytest.mark.parametrize(
    ("origin", "plan"),
    [
        ("plan", None),
        ("rule", None),
        ("document", None),
        ("", None),
        ("prefix:2188", None),
        ("prefix:2024", None),
        ("plan-2021", ("", 2021)),
        ("plan-M57_D-2025", ("M57_D", 2025)),
        ("prefix:6413-2025", ("", 2025)),
        ("prefix:6413-M57_D-2025", ("M57_D", 2025)),
    ],
)
def test_an_origin_tells_another_plan(origin: str, plan: tuple[str, int] | None) -> None:
    assert plan_of(origin) == plan


@pytest.mark.parametrize(
    ("asked", "kind", "code", "other"),
    [
        (2026, "nature", "657361", ("Caisse des écoles", 2024)),
        (2026, "nature", "65736199", ("Caisse des écoles", 2024)),  # an operation's number after
        (2025, "nature", "657363", ("à caractère administratif", 2024)),
        (2022, "nature", "21532", ("Réseaux d\x92assainissement", 2023)),
        (2024, "function", "33", ("Action culturelle", 2023)),
        # the same in other words, or in none
        (2026, "nature", "2731", None),  # « de placement rémunérés », « de placement »
        (2024, "nature", "4453", None),  # an apostrophe came back
        (2024, "nature", "657", None),  # made more precise
        (2026, "nature", "6411", None),
        (2026, "chapter", "011", None),
        (2026, "nature", "999", None),
    ],
)
def test_a_code_whose_meaning_changed_is_known(
    asked: int, kind: str, code: str, other: tuple[str, int] | None
) -> None:
    change = load("M57", "M57_D", asked).relabelled(kind, code)
    assert (change and (change.other_label, change.other_year)) == other


def test_an_order_chapter_of_the_wrong_section_is_not_followed() -> None:
    """M57_D 2025 gives 040, of investment, to accounts 657x of operation."""
    plan = load("M57", "M57_D", 2025)
    account = plan.nature("65736211")
    assert account and account.does in ("040", "042")
    slips = [account.code for account in plan.accounts() if account.does == "040"]
    assert sum(code.startswith("657") for code in slips) == 28
    for code in slips:
        section = "042" if code[0] in "67" else "040"
        assert plan.chapter_of(code, "D", "1", "2").value == section


def test_functional_articles_answer_when_the_plan_by_nature_is_silent(m14: Plan) -> None:
    account = _account(m14, "90020")
    assert (account.label, account.dr) == ("Administration générale de la collectivité", "900")


@pytest.mark.parametrize("code", ["", "0", "999", "é", "6\t0", "٣٤", "x" * 500])
def test_an_unknown_account_is_none(m14: Plan, code: str) -> None:
    assert m14.nature(code) is None


@pytest.mark.parametrize(
    ("code", "section", "origin"),
    [
        ("011", "F", "plan"),
        ("21", "I", "plan"),
        ("041", "I", "plan"),
        ("656", "F", "plan"),
        ("900", "I", "plan"),
        ("920", "F", "plan"),  # M14 alone: services voted by function
        ("4581001", "I", "prefix:4581"),
        ("45411", "I", "prefix:4541"),
    ],
)
def test_a_chapter_has_a_label_and_a_section(
    m14: Plan, code: str, section: str, origin: str
) -> None:
    chapter = m14.chapter(code)
    assert chapter is not None
    assert chapter.label
    assert (chapter.section, chapter.origin) == (section, origin)
    assert m14.section_of(code) == Answer(section, origin)


@pytest.mark.parametrize(
    ("asked", "code", "label", "origin"),
    [
        (
            ("M14", "M14_COM_SUP3500", 2022),
            "4571",
            "Opérations d'investissement sur voirie",
            "plan-2015",
        ),
        (
            ("M14", "M14_CCAS_SUP3500", 2020),
            "4541",
            "Travaux effectués d'office",
            "plan-M14_COM_SUP3500-2020",
        ),
    ],
)
def test_a_chapter_is_looked_for_in_other_years_and_variants(
    asked: tuple[str, str, int], code: str, label: str, origin: str
) -> None:
    chapter = load(*asked).chapter(code)
    assert chapter is not None
    assert chapter.label.startswith(label)
    assert (chapter.code, chapter.section, chapter.origin) == (code, "I", origin)


def test_credits_voted_by_article_have_the_label_of_the_article(m14: Plan) -> None:
    chapter = m14.chapter("2135")
    assert chapter is not None
    assert chapter.label.startswith("Installations générales")
    assert (chapter.section, chapter.origin) == ("I", "plan")
    assert m14.section_of("2135") == ("I", "prefix:21")


def test_third_party_chapters_are_the_plan_s_own_before_another_variant_s(m57a: Plan) -> None:
    """45411 is a chapter of the developed plan, but 4541 and an operation in the abridged one."""
    chapter = m57a.chapter("45411")
    assert chapter is not None
    assert (chapter.code, chapter.origin) == ("4541", "prefix:4541")
    assert _account(m57a, "45411").code == "4541"
    developed = load("M57", "M57_D", 2023).chapter("45411")
    assert developed is not None
    assert (developed.code, developed.origin) == ("45411", "plan")


def test_special_chapters_have_a_label_without_any_plan() -> None:
    chapter = load("M22", "M22", 2020).chapter("021")
    assert chapter is not None
    assert (chapter.label, chapter.section, chapter.origin) == (
        "Virement de la section de fonctionnement",
        "I",
        "rule",
    )
    assert load("M22", "M22", 2020).chapter("011") is None  # « groupe I » there


@pytest.mark.parametrize(
    ("nature", "rd", "order", "order_type", "expected"),
    [
        ("6413", "D", "0", "", ("012", "plan")),
        ("60611", "D", "0", "", ("011", "plan")),
        ("7411", "R", "0", "", ("74", "plan")),
        ("001", "R", "0", "", ("001", "plan")),
        ("021", "R", "1", "2", ("021", "plan")),
        ("023", "D", "1", "2", ("023", "plan")),
        ("6811", "D", "1", "2", ("042", "plan")),
        ("2135", "D", "1", "2", ("040", "plan")),
        ("2135", "D", "1", "1", ("041", "plan")),
        ("6811", "D", "1", "", ("042", "plan")),  # the only order chapter it has
        ("2135", "D", "1", "", ("040", "plan")),  # both exist: between sections is commoner
        ("7411", "D", "0", "", ("74", "plan")),  # a receipt account among the expenses
        ("64139", "D", "0", "", ("012", "prefix:6413")),
        ("6413", "D", "1", "1", ("043", "rule")),
        ("2135", "D", "1", "9", ("040", "plan")),
        ("4541", "D", "0", "", ("4541", "plan")),
        ("4581001", "D", "0", "", ("4581", "prefix:4581")),
        ("999", "D", "0", "", ("", "")),
        ("", "D", "1", "2", ("", "")),
    ],
)
def test_the_chapter_of_a_line(
    m14: Plan, nature: str, rd: str, order: str, order_type: str, expected: tuple[str, str]
) -> None:
    assert m14.chapter_of(nature, rd, order, order_type) == expected


def test_a_heading_has_the_chapter_that_its_accounts_share(m14: Plan) -> None:
    assert _account(m14, "213").heading
    assert m14.chapter_of("213", "D", "0") == ("21", "plan")
    assert m14.chapter_of("2139", "D", "0") == ("21", "prefix:213")
    assert m14.chapter_of("6", "D", "0") == ("6", "rule")


@pytest.mark.parametrize(
    ("chapter", "nature", "section"),
    [
        ("", "2111", "I"),
        ("", "6411", "F"),
        ("", "481", "I"),
        ("", "002", "F"),
        ("", "", ""),
        ("8", "", ""),
        ("8", "7411", "F"),
        ("915", "", "I"),
        ("952", "", "F"),
    ],
)
def test_a_section_falls_back_on_the_rules(chapter: str, nature: str, section: str) -> None:
    answer = load("M22", "M22", 2020).section_of(chapter, nature)
    assert answer == (section, "rule" if section else "")


@pytest.mark.parametrize(
    ("code", "label", "origin"),
    [
        ("01", "Opérations non ventilables", "plan"),
        ("020", "Administration générale de la collectivité", "plan"),
        ("0209", "Administration générale de la collectivité", "prefix:020"),
        ("7Z", "Logement", "prefix:7"),
    ],
)
def test_a_function_has_a_label(m14: Plan, code: str, label: str, origin: str) -> None:
    function = m14.function(code)
    assert function is not None
    assert (function.label, function.origin) == (label, origin)


@pytest.mark.parametrize("code", ["", "zz", "\n", "x" * 40])
def test_an_unknown_function_is_none(m14: Plan, code: str) -> None:
    assert m14.function(code) is None


def test_a_function_is_looked_for_in_the_closest_variant_that_has_functions() -> None:
    function = load("M14", "M14_COM_500_3500", 2017).function("01")
    assert function is not None
    assert function.origin == "plan-M14_COM_SUP3500-2017"


def test_a_plan_lists_its_year() -> None:
    plan = load("M57", "M57_A", 2024)
    accounts = list(plan.accounts())
    assert len(accounts) == 1612
    assert {account.origin for account in accounts} == {"plan"}
    assert len(list(plan.chapters())) == 48
    assert len(list(plan.functions())) == 249
