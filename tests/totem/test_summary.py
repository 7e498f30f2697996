"""Summaries: exact sums whatever the file, key figures by hand, bounded size and time."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.budget.totem.columns import COLUMNS
from ckanext.budget.totem.reader import Document
from ckanext.budget.totem.scdl import ScdlWriter
from ckanext.budget.totem.summary import (
    FIGURES,
    KINDS,
    MAX_BYTES,
    Hints,
    NotScdl,
    Summary,
    summarise,
    summarise_document,
)
from ckanext.budget.totem.summary.names import Names
from ckanext.budget.totem.totals import Totals

LINE = {
    "BGT_NATDEC": "budget primitif",
    "BGT_ANNEE": "2022",
    "BGT_SIRET": "21560046100010",
    "BGT_NOM": "COMMUNE D'ESSAI",
    "BGT_CONTNAT": "011",
    "BGT_CONTNAT_LABEL": "Charges à caractère général",
    "BGT_NATURE": "6132",
    "BGT_NATURE_LABEL": "Locations immobilières",
    "BGT_SECTION": "fonctionnement",
    "BGT_OPBUDG": "réel",
    "BGT_CODRD": "dépense",
}


def line(**cells: Any) -> dict[str, str]:
    """A line; ``nature=``, ``MTPREV=``… stand for the columns ``BGT_…``."""
    return LINE | {f"BGT_{name.upper()}": str(value) for name, value in cells.items()}


def scdl(*lines: dict[str, str], columns: tuple[str, ...] = COLUMNS, delimiter: str = ",") -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(
        out, columns, restval="", extrasaction="ignore", delimiter=delimiter, lineterminator="\r\n"
    )
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue().encode("utf-8")


def payload(*lines: dict[str, str], hints: Hints | None = None, **options: Any) -> dict[str, Any]:
    return summarise(scdl(*lines, **options), hints).payload


def codes(found: dict[str, Any]) -> set[str]:
    return {finding["code"] for finding in found["findings"]}


def figure(found: dict[str, Any], name: str) -> Any:
    return next(item["value"] for item in found["figures"] if item["id"] == name)


WORDS = {
    "section": {"fonctionnement": "F", "investissement": "I"},
    "direction": {"recette": "R", "dépense": "D"},
    "order": {"réel": "0", "ordre": "1"},
}


def expected_totals(data: bytes) -> dict[tuple[str, str, str], dict[str, int]]:
    """Sums of the CSV by the standard library alone, in cents."""
    totals: dict[tuple[str, str, str], dict[str, int]] = defaultdict(
        lambda: dict.fromkeys(KINDS, 0)
    )
    for row in csv.DictReader(io.StringIO(data.decode("utf-8"))):
        key = (
            WORDS["section"].get(row["BGT_SECTION"], "?"),
            WORDS["direction"].get(row["BGT_CODRD"], "?"),
            expected_order(row),
        )
        for kind in KINDS:
            amount = Decimal(row[f"BGT_{kind}"] or 0)
            totals[key][kind] += int(amount.quantize(Decimal("0.01"), ROUND_HALF_UP) * 100)
    return totals


def expected_order(row: dict[str, str]) -> str:
    """The one definition of "real", told again from the codes of a row."""
    special = {code for code in (row["BGT_CONTNAT"], row["BGT_NATURE"][:3]) if code[:1] == "0"}
    if special & {"001", "002"}:
        return "2"
    return "1" if special & {"021", "023"} else WORDS["order"].get(row["BGT_OPBUDG"], "?")


def cube_totals(cube: dict[str, Any]) -> dict[tuple[str, str, str], dict[str, int]]:
    totals: dict[tuple[str, str, str], dict[str, int]] = defaultdict(
        lambda: dict.fromkeys(KINDS, 0)
    )
    for kind, amounts in cube["values"].items():
        cells = zip(cube["section"], cube["direction"], cube["order"], amounts, strict=True)
        for section, direction, order, amount in cells:
            totals[section, direction, order][kind] += amount
    return totals


def without_zeros(totals: dict[Any, dict[str, int]]) -> dict[Any, dict[str, int]]:
    kept = {key: {k: v for k, v in sums.items() if v} for key, sums in totals.items()}
    return {key: sums for key, sums in kept.items() if sums}


def stated_totals(found: dict[str, Any]) -> dict[tuple[str, str, str], dict[str, int]]:
    return {
        (item["section"], item["direction"], item["order"]): {
            kind: item[kind] for kind in KINDS if kind in item
        }
        for item in found["totals"]
    }


def assert_adds_up(data: bytes, found: dict[str, Any]) -> None:
    """Every cube and the stated totals are the file's sums, to the cent."""
    wanted = without_zeros(expected_totals(data))
    assert without_zeros(stated_totals(found)) == wanted
    assert without_zeros(cube_totals(found["by_nature"])) == wanted
    if found["by_function"]:
        assert without_zeros(cube_totals(found["by_function"])) == wanted


def assert_tree(table: dict[str, Any]) -> None:
    """Parents come first in the code, exist, and no code is its own ancestor."""
    for place, parent in enumerate(table["parents"]):
        assert parent < len(table["codes"])
        if parent >= 0:
            above, code = table["codes"][parent], table["codes"][place]
            assert code != above and code.startswith(above)


AMOUNTS = st.one_of(
    st.just(""),
    st.integers(-(10**12), 10**12).map(lambda value: f"{Decimal(value) / 100:.2f}"),
    st.integers(-(10**9), 10**9).map(str),
    st.integers(-(10**9), 10**9).map(lambda value: str(Decimal(value) / 10)),
)
LINES = st.lists(
    st.fixed_dictionaries(
        {
            "contnat": st.sampled_from(["011", "012", "16", "21", "001", "73"]),
            "nature": st.sampled_from(["6132", "60611", "64111", "1641", "2111", "73111", "002"]),
            "nature_label": st.sampled_from(["", "Un libellé"]),
            "fonction": st.sampled_from(["", "0", "020", "211", "2", "9-9"]),
            "section": st.sampled_from(["fonctionnement", "investissement"]),
            "opbudg": st.sampled_from(["réel", "ordre", ""]),
            "codrd": st.sampled_from(["recette", "dépense", ""]),
            **dict.fromkeys(KINDS, AMOUNTS),
        }
    ).map(lambda cells: line(**cells)),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(LINES)
def test_sums_are_those_of_the_file_to_the_cent(lines: list[dict[str, str]]) -> None:
    data = scdl(*lines)
    found = summarise(data).payload
    assert found["rows"] == len(lines)
    assert_adds_up(data, found)
    assert_tree(found["functions"])
    assert_tree(found["natures"])
    assert all(found["chapters"]["labels"]) and all(found["natures"]["labels"])
    json.dumps(found, allow_nan=False)


def test_unreadable_amounts_count_for_nothing_and_are_told() -> None:
    found = payload(line(MTPREV="douze"), line(MTPREV="10.00"), line(MTPREV="0.333"))
    assert {"unreadable-amount", "rounded-amount"} <= codes(found)
    assert sum(found["by_nature"]["values"]["MTPREV"]) == 1033


# A small budget whose figures are computed by hand.
BUDGET = (
    line(nature="6411", contnat="012", mtreal="400.00"),
    line(nature="60611", contnat="011", mtreal="100.00"),
    line(nature="66111", contnat="66", mtreal="30.00"),
    line(nature="6811", contnat="042", opbudg="ordre", mtreal="50.00"),
    line(nature="73111", contnat="73", codrd="recette", mtreal="600.00"),
    line(nature="7411", contnat="74", codrd="recette", mtreal="150.00"),
    line(nature="70632", contnat="70", codrd="recette", mtreal="50.00"),
    line(nature="775", contnat="77", codrd="recette", mtreal="1000.00"),
    line(nature="002", contnat="002", codrd="recette", mtreal="200.00"),
    line(nature="2111", contnat="21", section="investissement", mtreal="300.00"),
    line(nature="2041", contnat="204", section="investissement", mtreal="40.00"),
    line(nature="1641", contnat="16", section="investissement", mtreal="70.00"),
    line(nature="165", contnat="16", section="investissement", mtreal="5.00", mtrar3112="4.00"),
    line(
        nature="1641",
        contnat="16",
        section="investissement",
        codrd="recette",
        mtreal="90.00",
        mtrar3112="15.00",
    ),
    line(nature="001", contnat="001", section="investissement", codrd="recette", mtreal="20.00"),
)
ACCOUNT = Hints(norm="M14", variant="M14_COM_SUP3500", stage="CA", population=7)


def test_key_figures_by_hand() -> None:
    found = payload(*BUDGET, hints=ACCOUNT)
    values = {item["id"]: item["value"] for item in found["figures"]}
    assert found["basis"] == "MTREAL"
    assert values == {
        "operating_receipts": 180000,
        "operating_expenditure": 58000,
        "operating_result": 122000,
        "operating_carried_over": 20000,
        "investment_receipts": 9000,
        "investment_expenditure": 41500,
        "investment_result": -32500,
        "investment_carried_over": 2000,
        "annual_result": 89500,
        "closing_result": 111500,
        "result_after_carry_overs": 112600,
        "real_operating_revenue": 180000,
        "current_operating_revenue": 80000,
        "real_operating_expenditure": 53000,
        "management_saving": 30000,
        "gross_saving": 27000,
        "gross_saving_rate": 3375,
        "net_saving": 20000,
        "equipment_expenditure": 30000,
        "equipment_grants": 4000,
        "staff_spending": 40000,
        "service_receipts": 5000,
        "tax_receipts": 60000,
        "state_grants": 15000,
        "debt_service": 10000,
        "debt_interest": 3000,
        "debt_repayment": 7000,
        "new_borrowing": 9000,
        "debt_opening": None,
        "debt_outstanding": None,
        "debt_capacity_years": None,
    }
    assert [item["id"] for item in found["figures"]] == [item.id for item in FIGURES]


def test_per_inhabitant_is_rounded_half_away_from_zero() -> None:
    found = payload(*BUDGET, hints=ACCOUNT)
    by_id = {item["id"]: item["per_inhabitant"] for item in found["figures"]}
    assert by_id["gross_saving"] == 3857  # 270.00 / 7 = 38.571…
    assert by_id["investment_result"] == -4643  # -325.00 / 7 = -46.428…
    assert by_id["gross_saving_rate"] is None


@pytest.mark.parametrize("population", [0, None])
def test_without_population_nothing_is_per_inhabitant(population: int | None) -> None:
    found = payload(*BUDGET, hints=Hints(population=population))
    assert found["document"]["population"] is None
    assert all(item["per_inhabitant"] is None for item in found["figures"])


def test_a_figure_that_the_lines_do_not_tell_is_unknown_not_zero() -> None:
    chapters_only = (
        line(nature="66", contnat="66", mtprev="30.00"),
        line(nature="", contnat="16", section="investissement", mtprev="70.00"),
    )
    found = payload(*chapters_only)
    assert figure(found, "debt_interest") is None
    assert figure(found, "debt_service") is None
    assert figure(found, "debt_repayment") == 7000
    assert figure(found, "operating_expenditure") == 3000


def test_without_real_or_order_the_saving_is_unknown() -> None:
    found = payload(line(opbudg="", mtprev="10.00"), line(codrd="recette", mtprev="30.00"))
    assert figure(found, "gross_saving") is None
    assert figure(found, "operating_result") == 2000
    assert "no-order" in codes(found)


def test_a_rate_without_receipts_is_unknown() -> None:
    found = payload(line(mtprev="10.00"))
    assert figure(found, "gross_saving") == -1000
    assert figure(found, "gross_saving_rate") is None


def test_a_deficit_is_negative() -> None:
    found = payload(
        line(mtreal="100.00", natdec="compte administratif"),
        line(codrd="recette", nature="73111", mtreal="40.00", natdec="compte administratif"),
    )
    assert figure(found, "operating_result") == -6000
    assert figure(found, "gross_saving_rate") == -15000


def test_negative_lines_are_kept_and_told() -> None:
    found = payload(line(mtprev="-5.00"), line(nature="6411", mtprev="20.00"))
    assert "negative-amount" in codes(found)
    assert figure(found, "operating_expenditure") == 1500


@pytest.mark.parametrize(
    ("cells", "basis"),
    [
        ({"mtprev": "100.00", "credouv": "130.00", "mtrarprec": "30.00"}, "CREDOUV"),
        ({"mtprev": "100.00", "credouv": "990.00", "mtrarprec": "30.00"}, "MTPREV"),
        ({"mtprev": "100.00", "credouv": "100.00"}, "MTPREV"),
        ({"mtpropnouv": "100.00"}, "MTPROPNOUV"),
        ({"natdec": "compte administratif", "mtreal": "1.00", "credouv": "9.00"}, "MTREAL"),
        ({"natdec": "compte administratif", "credouv": "9.00"}, "CREDOUV"),
        ({"natdec": "inconnu", "mtreal": "9.00"}, "MTREAL"),
        ({}, None),
    ],
)
def test_the_amount_that_speaks_for_the_document(cells: dict[str, str], basis: str | None) -> None:
    found = payload(line(**cells))
    assert found["basis"] == basis


def test_a_budget_has_no_realised_amount_even_when_one_line_has() -> None:
    found = payload(line(mtprev="1.00", mtreal="2.00"))
    assert found["realised"] is None and found["voted"] == "MTPREV"


def test_an_empty_file_and_a_file_of_zeros_are_explained() -> None:
    assert codes(payload()) == {"empty"}
    assert "no-amount" in codes(payload(line(mtprev="0.00")))
    assert payload()["figures"][0]["value"] is None


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters_are_tolerated(delimiter: str) -> None:
    found = payload(line(mtprev="1.00"), delimiter=delimiter)
    assert figure(found, "operating_expenditure") == 100
    assert "delimiter" in codes(found)


def test_other_encodings_are_tolerated() -> None:
    data = scdl(line(mtprev="1.00", nom="Épinal"))
    with_mark = summarise(b"\xef\xbb\xbf" + data).payload
    assert with_mark["document"]["name"] == "Épinal" and "encoding" not in codes(with_mark)
    for encoding in ("cp1252", "utf-16", "utf-32"):
        other = summarise(data.decode().encode(encoding)).payload
        assert other["document"]["name"] == "Épinal" and "encoding" in codes(other), encoding


def test_missing_columns_are_tolerated() -> None:
    columns = ("BGT_NATURE", "BGT_CODRD", "BGT_MTREAL")
    found = payload(line(mtreal="3.00", nature="6411"), columns=columns)
    assert sum(found["by_nature"]["values"]["MTREAL"]) == 300
    # The section is told by the class of the account.
    assert found["by_nature"]["section"] == "F"
    assert {"guessed-section", "no-order"} <= codes(found)


def test_missing_labels_come_from_the_plan_that_knows_the_accounts() -> None:
    lines = [
        line(nature=nature, nature_label="", contnat_label="", mtprev="1.00")
        for nature in ("60611", "6132", "64111", "6232")
    ]
    found = payload(*lines)
    assert found["document"]["norm_origin"] == "guessed"
    assert "Eau et assainissement" in found["natures"]["labels"]
    assert "no-label" in codes(found)


def test_an_unknown_norm_leaves_the_codes_for_labels() -> None:
    found = payload(line(nature="Z99", contnat="Z9", nature_label="", contnat_label="", mtprev="1"))
    assert found["document"]["norm"] == ""
    assert found["natures"]["labels"] == ["Compte Z99"]
    assert found["chapters"]["labels"] == ["Chapitre Z9"]
    assert "unknown-norm" in codes(found)


def test_without_function_there_is_no_cube_by_function() -> None:
    found = payload(line(mtprev="1.00"))
    assert found["by_function"] is None and found["functions"]["codes"] == []
    assert "no-function" in codes(found)


def test_functions_hang_from_their_domain() -> None:
    found = payload(line(fonction="211", mtprev="1.00"), line(fonction="", mtprev="2.00"),
                    hints=ACCOUNT)  # fmt: skip
    functions = found["functions"]
    chain, place = [], functions["codes"].index("211")
    while place >= 0:
        chain.append(functions["codes"][place])
        place = functions["parents"][place]
    assert chain == ["211", "21", "2"]
    assert functions["labels"][functions["codes"].index("")] == "Non ventilé"


def test_a_file_of_several_documents_shows_the_largest() -> None:
    found = payload(
        line(mtprev="1.00"),
        line(natdec="compte administratif", mtreal="5.00"),
        line(natdec="compte administratif", mtreal="6.00"),
    )
    assert found["document"]["stage"] == "CA" and found["rows"] == 2
    assert "several-documents" in codes(found)


def test_rows_of_the_wrong_width_are_tolerated() -> None:
    data = scdl(line(mtprev="1.00")) + b"budget primitif,2022,21560046100010\r\n\r\n"
    found = summarise(data).payload
    assert "row-width" in codes(found) and found["rows"] == 2


@pytest.mark.parametrize("data", [b"", b"<html></html>", b"a,b\r\n1,2\r\n", b"\xff\xfe\x00\x01"])
def test_what_is_no_scdl_is_refused_with_a_remedy(data: bytes) -> None:
    with pytest.raises(NotScdl, match=r"SCDL|CSV"):
        summarise(data)


def test_the_body_is_the_payload_and_always_the_same() -> None:
    first, second = summarise(scdl(*BUDGET), ACCOUNT), summarise(scdl(*BUDGET), ACCOUNT)
    assert first.body == second.body
    assert json.loads(gzip.decompress(first.body)) == first.payload


def test_chapters_add_up_to_the_sections() -> None:
    summary = summarise(scdl(*BUDGET), ACCOUNT)
    rows = summary.chapters()
    receipts = sum(row[4] for row in rows if row[:2] == ("F", "R") and row[2] != "2")
    assert receipts == summary.figures["operating_receipts"]


def large_document(rows: int) -> bytes:
    """As varied as a large body's: nearly every row another pair of account and function."""
    natures = [f"{prefix}{number}" for prefix in ("60", "61", "62", "64", "65", "73", "74", "21")
               for number in range(100, 225)]  # fmt: skip
    lines = []
    for number in range(rows):
        nature = natures[number % len(natures)]
        function = f"{number * 7919 % 251:03}"
        amounts = {
            kind: f"{number * prime % 99_999_989 / 100:.2f}"
            for kind, prime in zip(KINDS, (7907, 7901, 7883, 7879, 7877, 7873, 7867), strict=True)
        }
        lines.append(
            line(
                nature=nature,
                contnat=nature[:2],
                nature_label=f"Libellé du compte {nature}",
                fonction=function,
                fonction_label=f"Libellé de la fonction {function}",
                section="investissement" if nature[0] == "2" else "fonctionnement",
                codrd="recette" if nature[0] == "7" else "dépense",
                **amounts,
            )
        )
    return scdl(*lines)


@pytest.fixture(scope="module")
def large() -> bytes:
    return large_document(30_000)


def test_a_large_document_stays_small_and_exact(large: bytes) -> None:
    summary = summarise(large)
    assert len(summary.body) <= MAX_BYTES < 60_000
    assert_adds_up(large, summary.payload)
    assert "trimmed" in codes(summary.payload)


def test_a_hostile_document_stays_small() -> None:
    lines = [
        line(nature=f"6{number:05}", contnat=f"9{number:04}", nature_label="é" * 5_000,
             fonction=f"{number:04}", mtprev=f"{number}.{number % 100:02}")
        for number in range(3_000)
    ]  # fmt: skip
    data = scdl(*lines)
    summary = summarise(data)
    assert len(summary.body) <= MAX_BYTES
    assert_adds_up(data, summary.payload)


def check_document(stream: Any) -> None:
    """The summary made while converting is the one made from the CSV, and adds up."""
    document, out, totals = Document(stream), io.BytesIO(), Totals()
    writer = ScdlWriter(document, out, observe=totals)
    for segment in document:
        writer(segment)
    header = document.header
    found = summarise(out.getvalue(), Hints.of(header))
    assert_adds_up(out.getvalue(), found.payload)
    observed = summarise_document(totals, writer.rows, header)
    assert observed.payload == found.payload
    assert Summary.load(observed.body) == found


@pytest.mark.skipif("BUDGET_SAMPLES" not in os.environ, reason="BUDGET_SAMPLES names no folder")
def test_real_documents_add_up() -> None:
    paths = sorted(Path(os.environ["BUDGET_SAMPLES"]).glob("*.xml"))
    assert paths
    for path in paths:
        with open(path, "rb") as stream:
            check_document(stream)


@pytest.mark.slow
def test_generated_documents_add_up(tmp_path: Path) -> None:
    pytest.importorskip("faker")
    from ckanext.budget.totem.generate import generate

    paths = generate(tmp_path, 50, 20_221_231)
    assert len(paths) >= 50
    for path in paths:
        with open(path, "rb") as stream:
            check_document(stream)


def test_two_chapters_of_one_name_tell_their_section() -> None:
    names = Names(None)
    assert names.chapter("020", "Dépenses imprévues") == "Dépenses imprévues (investissement)"
    assert names.chapter("022", "Dépenses imprévues") == "Dépenses imprévues (fonctionnement)"
    assert names.chapter("022", "Imprévus de fonctionnement") == "Imprévus de fonctionnement"
    assert names.chapter("011", "Charges") == "Charges"
