"""T-NOM-005: what comes from the chart of another year is told, code by code."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from ckanext.budget.totem.checks import check
from ckanext.budget.totem.scdl import write

Make = Callable[..., bytes]


def findings(content: bytes, code: str = "T-NOM-005") -> list[tuple[str, str]]:
    """(severity, message) of the findings of one rule."""
    found = check(io.BytesIO(content)).findings
    return [(item.severity, item.message) for item in found if item.code == code]


@pytest.mark.parametrize(
    ("nomenclature", "year", "nature", "warned"),
    [
        ("M57-M57_D", 2026, "657361", "« Caisse des écoles » en 2024, « Collectivité de rattach"),
        ("M57-M57_D", 2026, "657363", "« à caractère administratif » en 2024, « CCAS/CIAS » en 2"),
        ("M57-M57_D", 2026, "6411", ""),
        ("M57-M57_D", 2025, "657361", ""),  # the plan of the year itself
        # M57_A took in 2024 the label that M57_D took in 2025
        ("M57-M57_A", 2026, "657361", "« Caisse des écoles » en 2023, « Collectivité de rattach"),
        ("M57-M57_A", 2026, "4541", ""),  # named otherwise by M57_D, then as now
        # another variant knows that it changed since
        ("M57-M57_A", 2026, "73141", "« Accise sur l'électricité » en 2025 (M57_D), « Taxe"),
        # another variant, of the year asked for
        ("M4-M43_D", 2023, "6411", ""),
        # no plan of 2021 has it
        ("M57-M57_D", 2021, "21532", "« Réseaux d’assainissement » en 2023, « Réseaux d'alerte »"),
        ("M57-M57_D", 2021, "6411", ""),  # M57 2021 is the plan of that year
        ("M14-M14_COM_SUP3500", 2024, "6411", ""),
    ],
)
def test_a_meaning_that_changed_is_a_warning_that_names_the_code(
    document: Make, line: Callable[..., str], nomenclature: str, year: int, nature: str, warned: str
) -> None:
    lines = line(nature) + line("6413")
    found = findings(document(lines, Nomenclature=nomenclature, Exer=str(year)))
    warnings = [message for severity, message in found if severity == "warning"]
    assert len(warnings) == bool(warned)
    assert all(nature in message and warned in message for message in warnings)


def test_the_other_labels_of_another_plan_are_one_information_by_kind(
    document: Make, line: Callable[..., str]
) -> None:
    natures = ("6411", "6413", "60611", "60612", "657361")
    lines = "".join(line(nature, Fonction="020") for nature in natures)
    found = findings(document(lines, Nomenclature="M57-M57_D", Exer="2026"))
    assert [message for severity, message in found if severity == "info"] == [
        "Le plan de comptes M57_D 2026 est absent : M57_D 2025 est utilisé.",
        "Libellés d'un autre plan que M57_D 2026 : 60611, 60612, 6411, 6413 (M57_D 2025).",
        "Libellés d'un autre plan que M57_D 2026 : 011, 012, 65 (M57_D 2025).",
        "Libellés d'un autre plan que M57_D 2026 : 020 (M57_D 2025).",
    ]
    assert len(found) == 5


@pytest.mark.parametrize(
    ("nomenclature", "year", "told"),
    [
        # (M57_A has neither 6811 nor 6574 of its own)
        ("M57-M57_A", 2026, ["6411 (M57_A 2024) ; 6811 (M57_D 2025)", "012, 68 (M57_A 2024)"]),
        ("M57-M57_A", 2024, []),  # T-NOM-006 tells the account
        ("M4-M43_D", 2023, ["6411, 6811 (M43 2023)", "012, 68 (M43 2023)"]),
        ("M57-M57_D", 2025, []),
    ],
)
def test_each_code_is_told_with_the_plan_of_its_label(
    document: Make, line: Callable[..., str], nomenclature: str, year: int, told: list[str]
) -> None:
    lines = line("6411", ContNat="012") + line("6811", ContNat="68")
    found = findings(document(lines, Nomenclature=nomenclature, Exer=str(year)))
    _, _, variant = nomenclature.partition("-")
    start = f"Libellés d'un autre plan que {variant} {year} : "
    assert [message for _, message in found if "absent" not in message] == [
        f"{start}{one}." for one in told
    ]


def test_a_variant_that_nobody_knows_is_not_quoted(
    document: Make, line: Callable[..., str]
) -> None:
    """What a document writes there may be anything, a name too."""
    found = findings(document(line("6411"), Nomenclature="M57-DUPONT", Exer="2024"))
    assert found and all("celui demandé" in message for _, message in found)
    assert "DUPONT" not in str(found)


@pytest.mark.parametrize(
    ("nomenclature", "year", "unknown"),
    [("M57-M57_D", 2026, 0), ("M57-M57_A", 2025, 0), ("M4-M43_D", 2023, 0), ("M57-M57_X", 2024, 1)],
)
def test_a_variant_that_has_plans_is_never_called_unknown(
    document: Make, line: Callable[..., str], nomenclature: str, year: int, unknown: int
) -> None:
    content = document(line("6411"), Nomenclature=nomenclature, Exer=str(year))
    assert len(findings(content, "T-NOM-001")) == unknown
    absent = [message for _, message in findings(content) if "absent" in message]
    assert bool(absent) == (not unknown)


@pytest.mark.parametrize(
    ("nomenclature", "year", "origin"),
    [
        ("M57-M57_D", 2026, "plan-2025"),
        ("M57-M57_A", 2026, "plan-2024"),
        ("M57-M57_D", 2025, "plan"),
    ],
)
def test_the_provenance_names_the_year_of_each_label(
    document: Make, line: Callable[..., str], nomenclature: str, year: int, origin: str
) -> None:
    side = io.BytesIO()
    content = document(line("657361"), Nomenclature=nomenclature, Exer=str(year))
    write(io.BytesIO(content), io.BytesIO(), side)
    assert f"1,BGT_NATURE_LABEL,{origin}\r\n" in side.getvalue().decode()
