"""Every kind of nearly right file gets its right answer: the cause, once, and the repair."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import NamedTuple

import pytest

from ckanext.budget.totem.checks import Report, check_file
from ckanext.budget.totem.checks.scdl import check_table
from ckanext.budget.totem.summary import summarise
from ckanext.budget.totem.tables import identities, repair, strangers

from .cases import CASES
from .cases.control import GOOD
from .cases.kinds import Case

REAL = Path(os.environ.get("BUDGET_CASES", "/nonexistent"))
needs_cases = pytest.mark.skipif(not REAL.is_dir(), reason="set BUDGET_CASES to the real cases")


def texts(report: Report) -> list[tuple[str, str, str]]:
    return [(f.severity, f.code, f"{f.place} {f.message}") for f in report.findings]


def mended(data: bytes) -> bytes:
    out = io.BytesIO()
    repair(io.BytesIO(data), out)
    return out.getvalue()


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_the_cause_is_told_once_and_nothing_hides_it(case: Case) -> None:
    found = texts(check_table(io.BytesIO(case.data)))
    for severity, code, words in case.told:
        assert any((severity, code) == f[:2] and words in f[2] for f in found), found
    rules = {code for _, code, _ in case.told}
    assert {f[1] for f in found} <= rules, found
    assert len(found) <= max(len(case.told), 1)


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_the_repair_gives_the_control_back_or_says_what_it_cannot(case: Case) -> None:
    once = mended(case.data)
    assert (once == GOOD) is (case.repaired == "whole")
    assert mended(once) == once


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_the_charts_read_what_the_repair_writes(case: Case) -> None:
    def drawn(data: bytes) -> dict[str, object]:
        found = summarise(data).payload
        return {key: value for key, value in found.items() if key != "findings"}

    assert drawn(case.data) == drawn(mended(case.data))


class Real(NamedTuple):
    """name: of the file; told: (severity, words) of findings that must be there; most: how many
    findings there may be; whole: the repair gives 00-good.csv back."""

    name: str
    told: tuple[tuple[str, str], ...] = ()
    most: int = 1
    whole: bool = False


RIGHT_ANSWERS = (
    Real("00-good.csv", (), 0, True),
    Real(
        "03-utf8bom-semicolon-decimal-comma.csv",
        (("warning", "« ; »"), ("error", "virgule décimale")),
        2,
        True,
    ),
    Real("05-lowercase-headers.csv", (("info", "majuscules"),), 1, True),
    Real(
        "08-capitalised-values.csv",
        tuple(
            ("error", words)
            for words in (
                "BGT_NATDEC",
                "BGT_SECTION",
                "BGT_OPBUDG",
                "BGT_CODRD",
                "BGT_ARTSPE",
                "« budget primitif »",
                "7 lignes",
            )
        ),
        5,
        True,
    ),
    Real("10-reordered.csv", (("info", "ordre"),), 1, True),
    Real("12-thirteen-columns.csv", (("warning", "BGT_MTPROPNOUV"),), 1),
    Real("14-title-lines-before-header.csv", (("error", "L'en-tête est à la ligne 4"),), 2, True),
    Real("16-siret-spaces.csv", (("error", "SIRET"),), 1, True),
    Real("18-codes-lost-leading-zeros.csv", (("error", "zéros"),), 1, True),
    Real("20b.xlsx", (("error", "classeur"),), 1, True),
    Real("26-nfd-accents.csv", (("error", "BGT_CODRD"),), 6, True),
    Real("30-rar-code-chapter-92-2.csv", (("warning", "BGT_CONTNAT"),), 1),
    Real(
        "41-many-same-errors-hide-others.csv",
        (
            ("error", "BGT_NATDEC"),
            ("error", "30 lignes"),
            ("error", "BGT_SECTION"),
            ("error", "mis en forme"),
            ("error", "pas un nombre"),
            ("error", "SIRET"),
        ),
        6,
    ),
    Real("50-own-body-first-other-body-larger.csv", (("warning", "lignes 4 à 17"),), 2),
    Real("51-other-year-only.csv", (), 0),
    Real("52-ca-in-bp-resource.csv", (), 0),
    Real("60-only-MTREAL-all-empty.csv", (("warning", "montant"),), 1),
    Real("63-one-mandatory-column-missing.csv", (("error", "BGT_CONTNAT_LABEL"),), 1),
    Real(
        "64-orphan-quote.csv",
        (("error", "lignes 4 à 8"), ("error", "ouvert à la ligne 3")),
        1,
        True,
    ),
    Real("65-amounts-scientific.csv", (("error", "scientifique"),), 1),
    Real("67-blank-in-amount.csv", (("info", "espaces"),), 1, True),
    Real("68-siret-truncated-22040000000000.csv", (("error", "00000"),), 1),
    Real("73-signed-double-spend-negative-expense.csv", (("warning", "négatifs"),), 1),
)


@needs_cases
@pytest.mark.parametrize("answer", RIGHT_ANSWERS, ids=lambda answer: answer.name)
def test_a_real_case_gets_its_right_answer(answer: Real) -> None:
    path = REAL / "scdl" / answer.name
    found = texts(check_file(path))
    for severity, words in answer.told:
        assert any(severity == f[0] and words in f[2] for f in found), found
    assert len(found) <= answer.most, found
    good = (REAL / "scdl" / "00-good.csv").read_bytes()
    assert (mended(path.read_bytes()) == good) is answer.whole


@needs_cases
def test_every_real_table_has_its_answer() -> None:
    assert {path.name for path in (REAL / "scdl").iterdir()} == {a.name for a in RIGHT_ANSWERS}


@needs_cases
def test_lost_zeros_change_no_figure() -> None:
    found = summarise((REAL / "scdl/18-codes-lost-leading-zeros.csv").read_bytes()).payload
    values = {item["id"]: item["value"] for item in found["figures"]}
    assert (values["current_operating_revenue"], values["gross_saving"]) == (11234567, 0)


@needs_cases
def test_whose_the_rows_are() -> None:
    def of(name: str) -> list[tuple[str, str, str, str]]:
        with (REAL / "scdl" / name).open("rb") as stream:
            return [(r.siret, r.year, r.stage, r.lines) for r in identities(stream)]

    assert of("50-own-body-first-other-body-larger.csv") == [
        ("21890999200016", "2022", "budget primitif", "2 à 3"),
        ("21890998400013", "2022", "budget primitif", "4 à 17"),
    ]
    assert [found[1] for found in of("51-other-year-only.csv")] == ["2023"]
    assert [found[2] for found in of("52-ca-in-bp-resource.csv")] == ["compte administratif"]


XML = {
    "x1-siret-nic-00000.xml": (("error", "00000"),),
    "x2-amount-element-wrong-case.xml": (("error", "s'écrit MtPrev"),),
    "x7-code-of-newer-schema.xml": (("info", "inconnu de la version 95 du schéma, notre"),),
    "x8-formation-of-newer-schema.xml": (
        ("info", "FORMATION/NomOrgaForm"),
        ("info", "FORMATION/CoutForm"),
        ("info", "FORMATION/DateLieuForm"),
        ("info", "inconnu de la version 95 du schéma, notre référence"),
    ),
}


@needs_cases
@pytest.mark.parametrize("name", XML)
def test_a_real_document_gets_its_right_answer(name: str) -> None:
    report = check_file(REAL / "totem" / name)
    found = texts(report)
    for severity, words in XML[name]:
        assert any(severity == f[0] and words in f[2] for f in found), found
    of_schema = [f for f in report.findings if f.code in ("T-STR-001", "T-STR-006", "T-STR-010")]
    assert len(of_schema) == {"x1": 0, "x8": 3}.get(name[:2], 1)
    assert not any("ans effet" in f.remedy or "Choisissez" in f.remedy for f in of_schema)


def test_rows_of_another_budget_are_named() -> None:
    rows = identities(io.BytesIO(CASES["other-body-larger"].data))
    (other,) = strangers(rows, siret="21930048000015", year="2021", stage="budget primitif")
    assert (other.siret, other.lines, other.count) == ("21670482500019", "4 à 10", 7)
    assert strangers(rows) == [] and len(strangers(rows, year="2022")) == 2
