"""What is promised of every document, on generated ones of all norms and on real ones."""

from __future__ import annotations

import csv
import io
import json
from importlib.resources import files
from pathlib import Path

import pytest

from ckanext.budget.totem.privacy import Masker
from ckanext.budget.totem.publish import publish
from ckanext.budget.totem.reader import Document
from ckanext.budget.totem.scdl import write

frictionless = pytest.importorskip("frictionless")
generate = pytest.importorskip("ckanext.budget.totem.generate")

SCHEMA = json.loads((files("ckanext.budget") / "schemas" / "scdl-budget.json").read_text("utf-8"))
SPECS = list(generate.plan(40, 2026))


def convert(data: bytes) -> bytes:
    out = io.BytesIO()
    write(io.BytesIO(data), out)
    return out.getvalue()


def anonymise(data: bytes) -> bytes:
    return b"".join(map(Masker(), Document(io.BytesIO(data))))


def breaking_rows(path: Path) -> list[str]:
    """What frictionless says against the project's own Table Schema."""
    resource = frictionless.Resource(
        path=path.name,
        basepath=str(path.parent),
        schema=frictionless.Schema.from_descriptor(SCHEMA),
    )
    report = resource.validate()
    return [error.message for task in report.tasks for error in task.errors]


def check_promises(data: bytes, folder: Path) -> None:
    done = publish(io.BytesIO(data), folder)
    assert breaking_rows(done.csv) == []
    assert done.report["missing"] == []
    with open(done.csv, encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == done.report["rows"]
    assert all(row["BGT_NATDEC"] == row["BGT_NATDEC"].lower() for row in rows)
    masked = done.xml.read_bytes()
    assert anonymise(masked) == masked
    assert convert(masked) == done.csv.read_bytes() == convert(data)


@pytest.mark.parametrize("spec", SPECS, ids=[str(number) for number in range(len(SPECS))])
def test_generated_documents(spec, tmp_path):
    data = b"".join(generate.document(spec))
    check_promises(data, tmp_path)
    names = [planted.name for planted in generate.planted_names(spec)]
    for path in tmp_path.iterdir():
        encoding = "utf-8" if path.suffix != ".xml" else Document(io.BytesIO(data)).encoding
        text = path.read_bytes().decode(encoding, "replace")
        assert [name for name in names if name in text] == []


def test_real_documents(sample, tmp_path):
    check_promises(sample.read_bytes(), tmp_path)
