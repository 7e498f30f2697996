"""Key figures, debt, legal ratios and changes: by hand, on generated documents, on real ones."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ckanext.budget.totem.model import Stage
from ckanext.budget.totem.summary import FIGURES, Debt
from ckanext.budget.totem.summary.cube import movement
from ckanext.budget.totem.summary.document import summarise_totem
from ckanext.budget.totem.summary.ratios import FORMULAS, RATIOS, READINGS, printed_of
from ckanext.budget.totem.summary.words import figure_words, glossary, ratio_words

MOHON, CA2016, CA2017, CRACH, LAND, BUSES = (
    "cfu-2023-commune-m57a",
    "ca-2016-commune-m14-sans-annexes",
    "ca-2017-commune-m14-anonymise",
    "bp-2022-commune-m14",
    "bp-2022-lotissement-m14",
    "bp-2022-transport-m43d",
)
# What real documents print or imply, in euros, per cent or years (FINANCE: recounted apart).
REAL: dict[str, dict[str, str | None]] = {
    MOHON: {
        "annual_result": "42585.43",
        "closing_result": "1029827.53",
        "result_after_carry_overs": "795892.53",
        "real_operating_revenue": "931181.38",
        "real_operating_expenditure": "701450.06",
        "debt_outstanding": "249941.48",
        "debt_opening": "313478.49",
    },
    CA2016: {
        "annual_result": "5130775.44",
        "closing_result": "5926442.91",
        "debt_outstanding": None,
        "debt_capacity_years": None,
    },
    CA2017: {
        "annual_result": "7687164.86",
        "closing_result": "10550309.49",
        "debt_outstanding": "213804603.33",
        "gross_saving": "18226901.36",
        "management_saving": "22338852.09",
        "debt_capacity_years": "11.73",
    },
    CRACH: {
        "real_operating_revenue": "3082599.00",
        "annual_result": None,
        "closing_result": None,
        "debt_opening": "2079074.34",
        "debt_outstanding": "1946486.14",
    },
    LAND: {"gross_saving": None, "net_saving": None, "debt_capacity_years": None},
    BUSES: {"gross_saving": "1181250.00", "debt_opening": "974931.77"},
}


def told(sample: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "ckanext.budget.totem.cli", "figures", str(sample), "--json"]
    done = subprocess.run(command, capture_output=True, timeout=120, check=True)
    return json.loads(done.stdout)


def test_real_documents_to_the_cent(sample: Path) -> None:
    found = told(sample)["figures"]
    wanted = REAL[sample.stem]
    assert {name: found[name]["value"] for name in wanted} == wanted
    assert all(found[figure.id][key] for figure in FIGURES for key in ("formula", "accounts",
               "source"))  # fmt: skip


def test_printed_ratios_are_ours_or_the_difference_is_explained(sample: Path) -> None:
    ratios = told(sample)["figures"]["legal_ratios"]["value"]
    for ratio in ratios.values():
        assert ratio["agrees"] is not False or ratio["readings"], ratio
    if sample.stem in (BUSES, CA2016):
        assert all(ratio["printed"] is None for ratio in ratios.values())
    else:  # an annex budget has no inhabitants of its own: only its percentages compare
        least = 3 if sample.stem == LAND else 7
        assert sum(ratio["agrees"] is not None for ratio in ratios.values()) >= least


@pytest.mark.parametrize(
    ("order", "chapter", "nature", "expected"),
    [
        ("0", "011", "6132", "0"), ("1", "042", "6811", "1"), ("?", "011", "6132", "?"),
        ("0", "001", "001", "2"), ("0", "002", "002", "2"), ("?", "", "002", "2"),
        ("1", "002", "002", "2"), ("0", "021", "021", "1"), ("0", "", "023", "1"),
        ("?", "023", "", "1"), ("0", "024", "024", "0"), ("0", "020", "020", "0"),
    ],
)  # fmt: skip
def test_real_is_defined_once(order: str, chapter: str, nature: str, expected: str) -> None:
    assert movement(order, chapter, nature) == expected


def sums(paper: Any, **wanted: tuple[str, ...]) -> int:
    """Cents of the rows whose cells have these values; recounted from the CSV alone."""
    return sum(
        paper.cents(row)
        for row in paper.rows
        if all(row[f"BGT_{name}"] in values for name, values in wanted.items())
    )


def recount(paper: Any) -> dict[str, int]:
    """Figures from the rows by another way: words and codes, no cube."""
    special = {"001", "002", "021", "023"}
    real: dict[tuple[str, str], int] = {}
    for row in paper.rows:
        if row["BGT_OPBUDG"] == "réel" and not special & {row["BGT_CONTNAT"], row["BGT_NATURE"]}:
            side = (row["BGT_SECTION"], row["BGT_CODRD"])
            real[side] = real.get(side, 0) + paper.cents(row)
    receipts, spent = (sums(paper, CODRD=(side,)) for side in ("recette", "dépense"))
    carried = [sums(paper, CODRD=(side,), NATURE=("001", "002")) for side in ("recette", "dépense")]
    return {
        "real_operating_revenue": real.get(("fonctionnement", "recette"), 0),
        "real_operating_expenditure": real.get(("fonctionnement", "dépense"), 0),
        "closing_result": receipts - spent,
        "annual_result": receipts - spent - (carried[0] - carried[1]),
    }


def test_the_summary_is_a_recount_of_the_rows(papers: list[Any]) -> None:
    for paper in papers:
        payload, found = paper.summary.payload, paper.summary.figures
        for name, value in recount(paper).items():
            if found.get(name) is not None:
                assert found[name] == value, (paper.name, name)
        kind = Stage[payload["document"]["stage"]].kind
        assert (found.get("annual_result") is not None) == (kind == "account"), paper.name


def test_parts_add_up(papers: list[Any]) -> None:
    for paper in papers:
        found = paper.summary.figures
        real = paper.summary.payload["by_nature"]
        basis = paper.summary.payload["basis"]
        browser = sum(
            amount
            for place, amount in enumerate(real["values"][basis])
            if (real["section"][place], real["direction"][place], real["order"][place])
            == ("F", "R", "0")
        )
        assert found["real_operating_revenue"] == browser
        year = found["operating_result"] + found["investment_result"]
        if "annual_result" in found and found["annual_result"] is not None:
            carried = found["operating_carried_over"] + found["investment_carried_over"]
            assert found["annual_result"] == year
            assert found["closing_result"] == year + carried
        if found.get("gross_saving") is not None and found["debt_interest"] is not None:
            assert found["management_saving"] == found["gross_saving"] + found["debt_interest"]
            assert found["net_saving"] == found["gross_saving"] - found["debt_repayment"]
        assert_debt(paper.summary.payload["debt"])


def assert_debt(debt: dict[str, Any] | None) -> None:
    for parts in ("lenders", "rates", "risks", "terms") if debt else ():
        assert sum(part["amount"] for part in debt[parts]) == debt["closing"]


def test_a_change_is_told_as_a_change(papers: list[Any]) -> None:
    kinds = {paper.summary.payload["document"]["kind"] for paper in papers}
    assert kinds == {"budget", "change", "account"}
    for paper in papers:
        payload = paper.summary.payload
        if payload["document"]["kind"] != "change":
            assert payload["changes"] is None and payload["figures"]
            continue
        changes = payload["changes"]
        assert payload["figures"] == [] and payload["legal_ratios"] == []
        for side, word in (("R", "recette"), ("D", "dépense")):
            rows = [row for row in changes["chapters"] if row["direction"] == side]
            assert sum(row["change"] for row in rows) == sums(paper, CODRD=(word,))
            assert all(row["before"] is None or row["after"] == row["before"] + row["change"]
                       for row in rows)  # fmt: skip
        is_balanced = not (changes["receipts"] or changes["expenditure"])
        assert (changes["moved"] is not None) == is_balanced


def amending(line: Any, *lines: dict[str, str]) -> str:
    return "".join(
        line(each.pop("nature"), each.pop("rd", "D"), MtReal="", **each) for each in lines
    )


def test_a_decision_that_only_moves_says_how_much(document: Any, line: Any, tmp_path: Path) -> None:
    lines = amending(
        line,
        {"nature": "60612", "ContNat": "011", "MtBudgPrec": "9000.00", "MtPrev": "-1595.00"},
        {"nature": "65748", "ContNat": "65", "MtBudgPrec": "100.00", "MtPrev": "1595.00"},
    )
    path = tmp_path / "dm.xml"
    path.write_bytes(document(lines, NatDec="02"))
    found = told(path)
    assert found["changes"]["moved"] == "1595.00"
    assert [(row["chapter"], row["before"], row["change"], row["after"])
            for row in found["changes"]["chapters"]] == [
        ("011", "9000.00", "-1595.00", "7405.00"), ("65", "100.00", "1595.00", "1695.00"),
    ]  # fmt: skip
    assert all(figure["value"] is None for figure in found["figures"].values())
    command = [sys.executable, "-m", "ckanext.budget.totem.cli", "figures", str(path)]
    text = subprocess.run(command, capture_output=True, timeout=60, check=True).stdout.decode()
    assert "Déplace 1\u202f595,00 €" in text


@pytest.mark.parametrize("stage", list(Stage))
def test_account_is_one_kind(stage: Stage) -> None:
    kinds = {"BP": "budget", "BS": "change", "DM": "change", "CA": "account", "CFU": "account"}
    assert stage.kind == kinds[stage.name]
    assert {each.name for each in Stage.of_kind("account")} == {"CA", "CFU"}


LOAN = {
    "CodTypEmpr": "01",
    "MtCapitalRestDu_01_01": "100.00",
    "MtCapitalRestDu_31_12": "90.00",
    "MtCapitalExer": "10.00",
    "CodTypPreteur": "01",
    "CodTyptxDtVote": "F",
    "TxActua": "2.50",
    "DureeRest": "4.50",
}


def loans(*changes: dict[str, str]) -> Debt:
    debt = Debt()
    for change in changes:
        debt.add(LOAN | change)
    return debt


def test_only_own_loans_are_the_debt() -> None:
    others = [{"CodTypEmpr": code} for code in ("02", "05", "06", "07", "08", "09", "10", "")]
    debt = loans({}, *others)
    assert (debt.loans, debt.opening, debt.closing) == (1, 10_000, 9_000)
    assert debt.guaranteed == 9_000


@pytest.mark.parametrize(
    ("change", "opening", "closing"),
    [
        ({"MtCapitalRestDu_31_12": ""}, 10_000, 9_000),
        ({"MtCapitalRestDu_31_12": "", "MtCapitalExer": "100.00"}, 10_000, 0),
        ({"MtCapitalRestDu_31_12": "", "MtCapitalExer": ""}, 10_000, None),
        ({"MtCapitalRestDu_01_01": ""}, None, 9_000),
        ({"MtCapitalRestDu_01_01": "x", "MtCapitalRestDu_31_12": "y"}, None, None),
    ],
)
def test_what_a_loan_does_not_tell_is_deduced_or_unknown(
    change: dict[str, str], opening: int | None, closing: int | None
) -> None:
    debt = loans(change)
    assert (debt.opening, debt.closing) == (opening, closing)


def test_no_loan_told_is_not_a_debt_of_zero() -> None:
    assert loans().as_dict() is None
    assert loans({"CodTypEmpr": "09"}).as_dict() is None


def test_the_structure_of_the_debt() -> None:
    found = loans(
        {},
        {"CodTypPreteur": "02", "CodTyptxDtVote": "V", "TxActua": "1.00", "DureeRest": "25"},
        {"CodTypPreteur": "Banque de Mme X", "CodTyptxDtVote": "", "DureeRest": ""},
    ).as_dict()
    assert found is not None
    assert [part["code"] for part in found["lenders"]] == ["", "01", "02"]
    assert [(part["from"], part["to"]) for part in found["terms"]] == [
        (1, 5),
        (20, None),
        (None, None),
    ]
    assert found["average_rate"] == 200


def test_zero_everywhere_is_not_computed() -> None:
    zeros = {"ValDepRFonc": "0,00", "ValDepPers": "0,00 %", "MoyNatDepRFonc": "578,00"}
    assert printed_of(zeros) == {"MoyNatDepRFonc": Decimal("578.00")}
    some = printed_of(zeros | {"ValProdImpo": "1 490,81 €"})
    assert some["ValProdImpo"] == Decimal("1490.81") and some["ValDepRFonc"] == 0
    assert printed_of({"LieuCommDoc": "12", "ValDepRFonc": "M. Durand"}) == {}


def test_words_are_there_for_everything_that_is_shown() -> None:
    for language in ("fr", "en"):
        terms = [term.id for term in glossary(language)]
        words = figure_words(language)
        assert len(terms) == len(set(terms)) >= 60
        assert list(words) == [figure.id for figure in FIGURES]
        assert {word.term for word in words.values()} <= set(terms)
        assert list(ratio_words(language)) == [ratio.id for ratio in RATIOS]
        for row in (*words.values(), *glossary(language), *ratio_words(language).values()):
            assert all(row)
    readings = {name for each in FORMULAS.values() for key in each for name in key.split()}
    assert readings | {"second_homes"} == set(READINGS)


def test_a_lotissement_is_told_by_its_stock(document: Any, line: Any) -> None:
    import io

    stock = line("7015", "R", ContNat="70", MtReal="900.00")
    stock += line("3555", "D", ContNat="040", MtReal="900.00", OpBudg="1")
    _, land = summarise_totem(io.BytesIO(document(stock)))
    town = stock + line("73111", "R", ContNat="731", MtReal="9000.00")
    _, other = summarise_totem(io.BytesIO(document(town)))
    status = [{figure["id"]: figure["status"] for figure in each.payload["figures"]}["gross_saving"]
              for each in (land, other)]  # fmt: skip
    assert status == ["not_applicable", "known"]


def test_words_that_are_mistaken_for_one_another_are_told_apart() -> None:
    """What is left at the end of a year has three amounts: their words say which is which, and an
    entry of the glossary that names another names one that exists."""
    quoted = {"fr": r"« ([^»]+) »", "en": "“([^”]+)”"}
    for language, pattern in quoted.items():
        terms = {term.id: term for term in glossary(language)}
        words = figure_words(language)
        alike = [terms[name] for name in ("resultat_cloture", "resultat_rar", "disponibilites")]
        assert len({term.definition.split(".")[0] for term in alike}) == 3
        names = {re.sub(r"\s*\([^)]*\)", "", term.term).strip() for term in terms.values()}
        named = [re.findall(pattern, term.definition) for term in terms.values()]
        assert {name for each in named for name in each} <= names
        assert all(re.findall(pattern, term.definition) for term in alike)
        closing, after = (words[name].meaning for name in
                          ("closing_result", "result_after_carry_overs"))  # fmt: skip
        assert closing.split()[:2] != after.split()[:2]
        needed = {"recettes_reelles", "hors_cessions", "mediane", "dette", "lotissement"}
        assert needed <= set(terms)
