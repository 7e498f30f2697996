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
from ckanext.budget.totem.tables.header import SCHEMA

from .cases.control import rows, text
from .cases.kinds import CASES
from .defects import DEFECTS, spoil

frictionless = pytest.importorskip("frictionless")

DESCRIPTOR = json.loads(SCHEMA.read_text(encoding="utf-8"))
#: Errors that are damage, though the national schema lets their form pass.
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
    assert judged(data, tmp_path) is (errors <= set(DAMAGE))


@pytest.mark.parametrize("name", [n for n, d in DEFECTS.items() if d.is_mended])
def test_the_judge_accepts_every_repaired_table(name: str, tmp_path: Path) -> None:
    data, refused = mended(spoil(list(COLUMNS), rows(), DEFECTS[name]))
    assert refused == [] and judged(data, tmp_path)


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
        # an error here is damage, or two texts of which one has broken accents
        assert errors <= {*DAMAGE, "C-TAB-002", "C-TAB-005"} or cell == table[row][column]
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
