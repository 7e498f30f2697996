"""SCDL CSV files: every rule both ways."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ckanext.budget.totem.checks import Report, check_file, rules
from ckanext.budget.totem.cli import main
from ckanext.budget.totem.privacy.policy import MASK
from ckanext.budget.totem.scdl import COLUMNS, write

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
    "C-TAB-001": (
        "error",
        "ligne 1",
        (",BGT_SECTION", "", ",fonctionnement", "", ",investissement", ""),
    ),
    "C-TAB-002": ("error", "ligne 2, BGT_CODRD", ("réel,dépense,,,,,900.00", "réel,,,,,,900.00")),
    "C-TAB-003": ("error", "", ("", "")),
    "C-TAB-004": ("warning", "ligne 1", (",", ";")),
    "C-TAB-005": ("error", "ligne 2, BGT_CODRD", ("dépense", "Dépense")),
    "C-TAB-006": ("error", "ligne 2, BGT_MTPREV", ("900.00", "9.0E+02")),
    "C-TAB-007": ("warning", "ligne 7", (ROWS[-1], f"{ROWS[-1]}\r\n{ROWS[-1]}")),
    "C-TAB-008": (
        "warning",
        "",
        ("900.00", "", "1000.00", "", "100.00", ""),
    ),
    "C-TAB-009": (
        "warning",
        "BGT_CODRD",
        ("dépense,,,,,", "dépense,,,,,-"),
    ),
    "C-TAB-010": ("warning", "BGT_MTPREV", ("dépense,,,,,900.00", "dépense,,9.00,,,900.00")),
    "C-TAB-011": ("warning", "ligne 6, BGT_CONTNAT", (",21,Immo", ",92-2,Immo")),
    "C-PRI-001": ("info", "BGT_NOM", (",Ville,", f",{MASK},")),
    "C-DOC-001": ("error", "", ("\r\n".join(["", *ROWS, ""]), "\r\n")),
    "C-IDE-001": ("error", "BGT_SIRET", ("21930048000015", "21930048000016")),
    "C-IDE-002": (
        "warning",
        "BGT_ANNEE",
        (HEAD + "21,", HEAD.replace("2017", "2018") + "21,"),
    ),
    "C-IDE-003": ("error", "BGT_ANNEE", (",2017,", ",1789,")),
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


@pytest.mark.parametrize("data", [b"", b"\r\n", b"%PDF-1.4", b"a,b\r\n1,2\r\n", b"\xff\xfe"])
def test_what_is_no_table_is_told_in_one_sentence(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "budget.csv"
    path.write_bytes(data)
    report = check_file(path)
    assert [finding.code for finding in report.findings] == ["C-TAB-003"]
    assert report.refusal.endswith(".")


def test_every_rule_of_tables_is_tested() -> None:
    assert {rule.code for rule in rules("table")} == set(FAULTS)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (",2017,", ",17,", "C-TAB-002"),
        ("21930048000015", "2193004800001", "C-TAB-002"),
        ("réel,dépense", "réelle,dépense", "C-TAB-005"),
        ("900.00", "900,00", "C-TAB-004"),
        ("fonctionnement,réel", "F,réel", "C-TAB-005"),
        ("fonctionnement,réel", "fonds,réel", "C-TAB-002"),
        ("012,Personnel", "0123456789,Personnel", "C-TAB-002"),
        ("6411,Titulaires", ",Titulaires", "C-TAB-002"),
        ("budget primitif", "BP", "C-TAB-005"),
        ("Ville", "", "C-TAB-002"),
    ],
)
def test_cells_against_the_schema(
    old: str, new: str, code: str, report_of: Callable[..., Report]
) -> None:
    report = report_of(old, new)
    assert code in {finding.code for finding in report.findings} and not report.is_valid


def test_no_finding_quotes_a_cell(report_of: Callable[..., Report]) -> None:
    report = report_of("6411", "Camille Durand", "012", "Camille Durand", "2017", "Camille Durand")
    assert len(report.findings) > 2 and "Durand" not in str(report.as_dict())


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


@pytest.mark.parametrize(("times", "told"), [(1, False), (100, True)])
@pytest.mark.parametrize("like", ["document.xml", "last-year.csv"])
def test_the_command_compares_a_table_with_what_it_should_be_like(
    clean: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    like: str,
    times: int,
    told: bool,
) -> None:
    """Every amount in cents, that of the former budget too: only another document tells."""
    made = io.BytesIO()
    write(io.BytesIO(clean.encode()), made)
    (tmp_path / "document.xml").write_text(clean, encoding="utf-8")
    (tmp_path / "last-year.csv").write_bytes(made.getvalue().replace(b",2017,", b",2016,"))
    rows = list(csv.reader(io.StringIO(made.getvalue().decode(), newline="")))
    for row in rows[1:]:
        row[14:21] = [cell and f"{float(cell) * times:.2f}" for cell in row[14:21]]
    table = tmp_path / "budget.csv"
    with table.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(rows)
    assert main(["check", str(table), "--like", str(tmp_path / like)]) == 0
    assert ("C-TAB-010" in capsys.readouterr().out) is told


def test_what_it_should_be_like_must_be_a_budget(
    clean: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, content in (("budget.csv", "BGT"), ("page.html", "<html></html>")):
        (tmp_path / name).write_text(content, encoding="utf-8")
    like = str(tmp_path / "page.html")
    assert main(["check", str(tmp_path / "budget.csv"), "--like", like]) == 2
    assert capsys.readouterr().err.count("\n") == 1
