"""The reader's bounds, its amounts and codes, the command."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from ckanext.budget.totem.checks.scdl import check_table
from ckanext.budget.totem.scdl import COLUMNS, write
from ckanext.budget.totem.tables import NotScdl, Table, codes, money, repair
from ckanext.budget.totem.tables.encodings import detect

from .cases import CASES
from .cases.control import GOOD, rows, text

SAMPLES = sorted(Path(os.environ.get("BUDGET_SAMPLES", "/nonexistent")).glob("*.xml"))
PLANS = Path(os.environ.get("BUDGET_PLANS", "/nonexistent").split(os.pathsep)[0])


@pytest.mark.parametrize(
    ("written", "expected", "kind"),
    [
        ("1234.56", "1234.56", ""), ("", "", ""), (" ", "", "blank-amount"),
        ("12,5", "12.50", "decimal-comma"), ("-12,50", "-12.50", "decimal-comma"),
        ("1 234,56", "1234.56", "amount-form"), ("1\u202f234,56 €", "1234.56", "amount-form"),
        ("1.234,56", "1234.56", "amount-form"), ("1,234.56", "1234.56", "amount-form"),
        ("1.234.567", "1234567.00", "amount-form"), ("(12,50)", "-12.50", "amount-form"),
        ("12,50-", "-12.50", "amount-form"), ("−3,10", "-3.10", "amount-form"),
        ("-   €", "0.00", "amount-form"), ("+3.10", "3.10", "amount-style"),
        (".5", "0.50", "amount-style"), ("100.00000000001", "100.00", "amount-style"),
        ("1,234", "1,234", "ambiguous-amount"), ("1.234", "1.234", "three-decimals"),
        ("1.2E+04", "1.2E+04", "scientific"), ("12 34", "12 34", "not-amount"),
        ("abc", "abc", "not-amount"), ("NaN", "NaN", "not-amount"),
        ("9" * 400, "9" * 400, "not-amount"),
    ],
)  # fmt: skip
def test_amounts(written: str, expected: str, kind: str) -> None:
    assert money.mend(written) == (expected, kind)


@pytest.mark.parametrize(
    ("column", "code", "label", "expected"),
    [
        ("BGT_CONTNAT", "11", "Charges à caractère général", ("011", "lost-zeros")),
        ("BGT_CONTNAT", "11", "CHARGES A CARACTERE GENERAL", ("011", "lost-zeros")),
        ("BGT_NATURE", "2", "Résultat de fonctionnement reporté", ("002", "lost-zeros")),
        ("BGT_CONTNAT", "21", "Virement de la section de fonctionnement", ("021", "lost-zeros")),
        ("BGT_CONTNAT", "21", "Immobilisations corporelles", ("21", "")),
        ("BGT_CONTNAT", "20", "Immobilisations incorporelles", ("20", "")),
        ("BGT_CONTNAT", "11", "Divers", ("11", "maybe-lost-zeros")),
        ("BGT_CONTNAT", "21", "Divers", ("21", "")),
        ("BGT_NATURE", "60612", "Charges à caractère général", ("60612", "")),
        ("BGT_CONTNAT", "12", "Charges de personnel et", ("012", "lost-zeros")),
        # « Autres actions » is another function 48
        (
            "BGT_FONCTION",
            "48",
            "Autres actions de coopération décentralisée",
            ("048", "lost-zeros"),
        ),
        ("BGT_FONCTION", "20", "Administration générale de la collectivité", ("020", "lost-zeros")),
    ],
)
def test_lost_zeros(column: str, code: str, label: str, expected: tuple[str, str]) -> None:
    assert codes.restored(column, code, label) == expected


def table_of(columns: int, lines: int) -> bytes:
    header = ",".join([*COLUMNS, *(f"X{n}" for n in range(columns))])
    return "\r\n".join([header, *[",".join(["1"] * (22 + columns))] * lines, ""]).encode()


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 300_000_000)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (table_of(50_000, 3), "colonnes"),
        (GOOD + b"a" * 5_000_000, "trop longue"),
        (b"PK\x03\x04 damaged", "archive"),
        (b"\xd0\xcf\x11\xe0 damaged", "classeur"),
        (b"\x1f\x8b damaged", "gzip"),
        (b"{}", "JSON"),
    ],
    ids=["columns", "line", "zip", "ole", "gzip", "json"],
)
def test_what_cannot_be_read_costs_little_and_is_told(data: bytes, words: str) -> None:
    tracemalloc.start()
    with pytest.raises(NotScdl, match=words):
        list(Table(io.BytesIO(data)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100_000_000


def test_a_bomb_stays_shut() -> None:
    with pytest.raises(NotScdl, match="trop grand"):
        Table(io.BytesIO(bomb()))


def test_memory_does_not_grow_with_the_rows() -> None:
    line = GOOD.split(b"\r\n")[1]
    data = b"\r\n".join([GOOD.split(b"\r\n")[0], *[line] * 40_000, b""])
    tracemalloc.start()
    assert sum(1 for _ in Table(io.BytesIO(data))) == 40_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000


@pytest.mark.parametrize(
    "encoding", ["utf-8", "cp1252", "cp850", "mac-roman", "utf-16", "utf-16-le", "utf-16-be"]
)
def test_encodings(encoding: str) -> None:
    found = detect(io.BytesIO(GOOD.decode().encode(encoding)))
    assert GOOD.decode().encode(encoding).decode(found.codec) == GOOD.decode()


def test_lines_of_an_older_file_pasted_into_a_newer_one() -> None:
    head, *lines = GOOD.decode().split("\r\n")
    data = b"\r\n".join([head.encode(), lines[0].encode("cp1252"), *map(str.encode, lines[1:])])
    out = io.BytesIO()
    repair(io.BytesIO(data), out)
    assert out.getvalue() == GOOD


def test_no_sentence_quotes_a_cell() -> None:
    table = rows()
    for row in table:
        row[3:] = ["Camille Durand"] * 19
    out = io.BytesIO()
    report = check_table(io.BytesIO(text(table).encode()))
    done = repair(io.BytesIO(text(table).encode()), out)
    assert report.findings and "Durand" not in str((report.as_dict(), done.mended, done.refused))


def run(*arguments: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "ckanext.budget.totem.cli", "repair", *arguments]
    return subprocess.run(command, input=data, capture_output=True, check=False)


def test_the_command(tmp_path: Path) -> None:
    source, out = tmp_path / "budget.xls.csv", tmp_path / "out.csv"
    source.write_bytes(CASES["excel-in-france"].data)
    done = run(str(source), "-o", str(out))
    assert (done.returncode, out.read_bytes()) == (0, GOOD)
    assert [line[:9] for line in done.stderr.decode().splitlines()] == ["réparé : "] * 2
    done = run("-", data=CASES["scientific"].data)
    assert done.returncode == 1 and "à corriger : " in done.stderr.decode()
    done = run("-", data=b"%PDF-1.7")
    assert done.returncode == 2 and done.stdout == b"" and "PDF" in done.stderr.decode()


@pytest.mark.skipif(not SAMPLES, reason="set BUDGET_SAMPLES to a folder of real documents")
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_converted_document_is_left_as_it_is(path: Path) -> None:
    made, out = io.BytesIO(), io.BytesIO()
    with path.open("rb") as stream:
        write(stream, made)
    done = repair(io.BytesIO(made.getvalue()), out)
    assert out.getvalue() == made.getvalue() and done.mended == done.refused == []


@pytest.mark.skipif(not (SAMPLES and PLANS.is_dir()), reason="set BUDGET_SAMPLES and BUDGET_PLANS")
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_the_table_of_another_converter_is_accepted_after_repair(path: Path) -> None:
    """yatotem2scdl writes « Budget primitif », and leaves chapters and sections empty."""
    conversion = pytest.importorskip("yatotem2scdl.conversion")
    made, out = io.StringIO(), io.BytesIO()
    conversion.ConvertisseurTotemBudget().totem_budget_vers_scdl(path, PLANS, made)
    before = check_table(io.BytesIO(made.getvalue().encode()))
    assert not before.is_valid and len(before.findings) <= 3
    done = repair(io.BytesIO(made.getvalue().encode()), out)
    assert done.refused == [] and check_table(io.BytesIO(out.getvalue())).findings == []
