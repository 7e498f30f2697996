"""SCDL CSV files: every rule both ways."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ckanext.budget.totem.checks import Report, check_file, rules
from ckanext.budget.totem.columns import COLUMNS
from ckanext.budget.totem.scdl import write

pytest.importorskip("frictionless")

SAMPLES = sorted(Path(os.environ.get("BUDGET_SAMPLES", "/nonexistent")).glob("*.xml"))

HEAD = "budget primitif,2017,21930048000015,Ville,"
TAIL = ",,,,,{},,,non spécialisé"
ROWS = [
    HEAD
    + "012,Personnel,6411,Titulaires,020,Admin,,fonctionnement,réel,dépense"
    + TAIL.format("900.00"),
    HEAD + "042,Ordre,6811,Dotations,,,,fonctionnement,ordre,dépense" + TAIL.format("100.00"),
    HEAD + "73,Impôts,73111,Taxes,,,,fonctionnement,réel,recette" + TAIL.format("1000.00"),
    HEAD + "040,Ordre,28188,Amort.,,,,investissement,ordre,recette" + TAIL.format("100.00"),
    HEAD + "21,Immo.,2188,Autres,,,A1,investissement,réel,dépense" + TAIL.format("100.00"),
]
CLEAN = "\r\n".join([",".join(COLUMNS), *ROWS, ""])
TO_CA = ("budget primitif", "compte administratif", ",,,,,900.00,,,", ",900.00,,,,,800,,")

FAULTS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "C-TAB-001": ("error", "BGT_ARTSPE", (",BGT_ARTSPE", "", ",non spécialisé", "")),
    "C-TAB-002": ("error", "ligne 2, BGT_CONTNAT", ("012,Personnel", ",Personnel")),
    "C-TAB-003": ("error", "", ("", "")),
    "C-DOC-001": ("error", "", ("\r\n".join(["", *ROWS, ""]), "\r\n")),
    "C-IDE-001": ("error", "ligne 2, BGT_SIRET", ("21930048000015", "21930048000016")),
    "C-IDE-002": (
        "warning",
        "ligne 6, BGT_ANNEE",
        (HEAD + "21,", HEAD.replace("2017", "2018") + "21,"),
    ),
    "C-IDE-003": ("error", "ligne 2, BGT_ANNEE", (",2017,", ",1789,")),
    "C-ARI-001": ("warning", "BGT_MTPREV", ("recette,,,,,100.00", "recette,,,,,90.00")),
    "C-ARI-002": ("warning", "BGT_MTPREV", (",042,", ",043,", ",040,", ",041,")),
    "C-ARI-003": ("warning", "BGT_MTPREV", ("900.00", "900.01")),
    "C-ARI-004": ("warning", "BGT_MTREAL", TO_CA),
}


@pytest.fixture
def report_of(tmp_path: Path) -> Callable[..., Report]:
    def report(*changes: str) -> Report:
        text = CLEAN
        for old, new in zip(changes[::2], changes[1::2], strict=True):
            text = text.replace(old, new) if old else text
        path = tmp_path / "budget.csv"
        path.write_bytes(text.encode("utf-8"))
        return check_file(path)

    return report


def test_a_clean_file_has_no_finding(report_of: Callable[..., Report]) -> None:
    report = report_of()
    assert report.findings == [] and report.rows == 5 and report.kind == "scdl"


@pytest.mark.parametrize("code", sorted(set(FAULTS) - {"C-TAB-003"}))
def test_a_fault_is_found_where_it_is(code: str, report_of: Callable[..., Report]) -> None:
    severity, place, changes = FAULTS[code]
    found = [finding for finding in report_of(*changes).findings if finding.code == code]
    assert found and found[0].severity == severity and place in found[0].place


@pytest.mark.parametrize("data", [CLEAN.encode("latin-1"), b""])
def test_an_unreadable_file_is_told(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "budget.csv"
    path.write_bytes(data)
    assert "C-TAB-003" in {finding.code for finding in check_file(path).findings}


def test_every_rule_of_tables_is_tested() -> None:
    assert {rule.code for rule in rules("table")} == set(FAULTS)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (",2017,", ",17,"),
        ("21930048000015", "2193004800001"),
        ("réel,dépense", "réelle,dépense"),
        ("900.00", "900,00"),
        ("fonctionnement,réel", "F,réel"),
        ("012,Personnel", "0123,Personnel"),
        ("6411,Titulaires", "6411,"),
        ("budget primitif", "BP"),
        ("Ville", ""),
    ],
)
def test_cells_against_the_schema(old: str, new: str, report_of: Callable[..., Report]) -> None:
    assert "C-TAB-002" in {finding.code for finding in report_of(old, new).findings}


def test_semicolons_are_refused(report_of: Callable[..., Report]) -> None:
    assert "C-TAB-001" in {finding.code for finding in report_of(",", ";").findings}


def test_no_finding_quotes_a_cell(report_of: Callable[..., Report]) -> None:
    report = report_of("6411", "Camille Durand", "012", "Camille Durand", "2017", "Camille Durand")
    assert len(report.findings) > 3 and "Durand" not in str(report.as_dict())


def test_the_test_file_is_a_csv_of_22_columns() -> None:
    assert {len(row) for row in csv.reader(CLEAN.splitlines())} == {22}


@pytest.mark.skipif(not SAMPLES, reason="set BUDGET_SAMPLES to a folder of real documents")
@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: p.stem)
def test_converted_documents_have_no_finding(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "budget.csv"
    with target.open("wb") as out:
        write(io.BytesIO(path.read_bytes()), out)
    report = check_file(target)
    assert report.findings == [] and report.rows > 20
