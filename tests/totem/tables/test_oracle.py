"""Two judges agree: what the reader accepts or repairs, frictionless accepts with the schema."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.budget.totem.checks.scdl import check_table
from ckanext.budget.totem.scdl import COLUMNS
from ckanext.budget.totem.tables import repair
from ckanext.budget.totem.tables.national import SCHEMA, accepts

from .cases import CASES
from .cases.control import rows, text
from .defects import DEFECTS, spoil

frictionless = pytest.importorskip("frictionless")

DESCRIPTOR = json.loads(SCHEMA.read_text(encoding="utf-8"))
#: Errors that are damage, though the national schema lets their form pass: digits that are lost,
#: a SIRET or an exercise that is nobody's, no row at all.
DAMAGE = ("C-TAB-006", "C-IDE-001", "C-IDE-003", "C-DOC-001")


def judged(data: bytes, folder: Path) -> bool:
    (folder / "table.csv").write_bytes(data)
    resource = frictionless.Resource(
        path="table.csv",
        basepath=str(folder),
        encoding="utf-8",
        schema=frictionless.Schema.from_descriptor(DESCRIPTOR),
        dialect=frictionless.Dialect(controls=[frictionless.formats.CsvControl(delimiter=",")]),
    )
    return frictionless.validate(resource).valid


def mended(data: bytes) -> tuple[bytes, list[str]]:
    out = io.BytesIO()
    refused = repair(io.BytesIO(data), out).refused
    return out.getvalue(), refused


@pytest.mark.parametrize("name", CASES)
def test_the_judge_accepts_what_the_check_accepts(name: str, tmp_path: Path) -> None:
    data, _ = mended(CASES[name].data)
    errors = {f.code for f in check_table(io.BytesIO(data)).findings if f.severity == "error"}
    if not errors <= {"C-TAB-006"} or not errors:  # lost digits may keep the form, or not
        assert judged(data, tmp_path) is (errors <= set(DAMAGE))


@pytest.mark.parametrize("name", [n for n, d in DEFECTS.items() if d.is_mended])
def test_the_judge_accepts_every_repaired_table(name: str, tmp_path: Path) -> None:
    data, refused = mended(spoil(list(COLUMNS), rows(), DEFECTS[name]))
    assert refused == [] and judged(data, tmp_path)


BOUNDS: dict[str, tuple[str, ...]] = {
    "string": ("", " ", "x", "x" * 9, "x" * 10, "011", "92-2", " 011", "60621,0", "1 - Charges",
               "chapitre 1", "1.5E4", "11-janv", "=A1", "#REF!", "'011", "NULL", "r&eacute;el",
               "Budget primitif", "budget primitif", "dépense", "d\u0301", "ÃƒÂ©", "?t?"),
    "year": ("", "999", "0999", "1000", "1996", "1997", "2100", "2101", "2999", "3000", " 2021",
             "2021.0", "2 021", "21", "2021-01-01"),
    "number": ("", " ", "0", "-0.00", "+1", "1.", ".5", " 1.00 ", "1.005", "1.2345", "1E3", "NaN",
               "1,5", "1 000", "1_000", "1 €", "(1)", "abc", "=1", "12345678901234567.00"),
}  # fmt: skip
"""Values at both sides of what the schema accepts, by type of its fields."""
SIRETS = (
    "21930048000015",
    "2193004800001",
    "219300480000150",
    "21930048000016",
    "219 300 480 00015",
)


def of_schema() -> list[tuple[str, str]]:
    """(column, value) for each column of the national schema and each value at its limits."""
    found = []
    for field in DESCRIPTOR["fields"]:
        limits = field.get("constraints", {})
        values = [*BOUNDS[field["type"]], *limits.get("enum", ())]
        values += SIRETS if "pattern" in limits else ()
        found += [(field["name"], value) for value in values]
    return found


#: Accepted by the schema, and says nothing where a value is mandatory.
NOTHING_SAID = (" ", "NULL")


def test_nothing_is_stricter_than_the_national_schema() -> None:
    """Each constraint, at its limits: what the schema accepts is no error, but for damage; what it
    refuses is one, but for a blank amount, which everybody reads."""
    judges = {field.name: field for field in frictionless.Schema.from_descriptor(DESCRIPTOR).fields}
    verdicts = {True: 0, False: 0}
    for column, value in of_schema():
        is_accepted = not judges[column].read_cell(value)[1]
        verdicts[is_accepted] += 1
        assert accepts(column, value) is is_accepted, (column, value)
        row = list((dict(zip(COLUMNS, rows()[0], strict=True)) | {column: value}).values())
        found = check_table(io.BytesIO(text([row, *rows()[1:]]).encode())).findings
        errors = {f.code for f in found if f.severity == "error"}
        if is_accepted:
            assert errors <= set(DAMAGE) or value in NOTHING_SAID, (column, value, found)
        else:
            assert errors or (judges[column].type, value) == ("number", " "), (column, value, found)
    assert min(verdicts.values()) > 100


CELLS = st.one_of(
    st.sampled_from(["", " ", "011", "11", "92-2", "réel", "Réel", "dépense", "2021", "21", "12.5",
                     "12,5", "1 000", "1E5", "néant", "é", "BP", "0123456789", "NaN", "1.234"]),
    st.text(alphabet="aé0,.;'=#-? ", max_size=6),
)  # fmt: skip


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(row=st.integers(0, 6), column=st.integers(0, 21), cell=CELLS)
def test_any_cell(row: int, column: int, cell: str, tmp_path: Path) -> None:
    table = rows()
    table[row][column] = cell
    data = text(table).encode("utf-8")
    found = check_table(io.BytesIO(data)).findings
    errors = {finding.code for finding in found if finding.severity == "error"}
    accepted = judged(data, tmp_path)
    if accepted:
        assert errors <= set(DAMAGE) or cell in (" ", "NaN")
    if not errors:
        repaired, _ = mended(data)
        assert judged(repaired, tmp_path)


def test_the_words_are_those_of_the_schema() -> None:
    from ckanext.budget.totem.tables.values import LISTS

    lists = {f["name"]: f["constraints"]["enum"] for f in DESCRIPTOR["fields"]
             if "enum" in f.get("constraints", {})}  # fmt: skip
    assert {name: set(words) for name, words in LISTS.items()} == {
        name: set(words) for name, words in lists.items()
    }
    patterns = [f["name"] for f in DESCRIPTOR["fields"] if "pattern" in f.get("constraints", {})]
    assert patterns == ["BGT_SIRET"]
    assert len(next(csv.reader(io.StringIO(text())))) == len(COLUMNS)
