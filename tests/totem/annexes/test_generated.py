"""Generated documents with every annex: all are converted, no planted name is left."""

from __future__ import annotations

import dataclasses
import io
import json
from pathlib import Path

import pytest

from ckanext.budget.totem.annexes import AnnexFile, export, masked
from ckanext.budget.totem.checks import check
from ckanext.budget.totem.reader import Document
from ckanext.budget.totem.structure import load

pytest.importorskip("faker")
frictionless = pytest.importorskip("frictionless")
generate = pytest.importorskip("ckanext.budget.totem.generate")

SPECS = [dataclasses.replace(spec, annexes="all") for spec in generate.plan(6, 11)]


def write(spec: object, out: Path) -> list[AnnexFile]:
    document = Document(io.BytesIO(b"".join(generate.document(spec))))
    return export(masked(document), document, out)


def test_every_annex_of_the_schema_has_its_file(tmp_path: Path) -> None:
    written = {file.name for spec in SPECS for file in write(spec, tmp_path)}
    assert set(load().annexes) <= written


@pytest.mark.parametrize("spec", SPECS[:3], ids=lambda spec: str(getattr(spec, "stage", "")))
def test_files_fit_their_schemas_and_name_nobody(spec: object, tmp_path: Path) -> None:
    for file in write(spec, tmp_path):
        descriptor = json.loads(file.schema.read_text(encoding="utf-8"))
        resource = frictionless.Resource(
            path=file.csv.name,
            basepath=str(tmp_path),
            schema=frictionless.Schema.from_descriptor(descriptor),
        )
        report = frictionless.validate(resource)
        assert report.valid, (file.name, report.flatten(["type", "fieldName", "note"])[:5])
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(tmp_path.iterdir()))
    names = [planted.name for planted in generate.planted_names(spec)]
    assert names and [name for name in names if name in text] == []


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: str(getattr(spec, "stage", "")))
def test_generated_documents_pass_the_checks(spec: object) -> None:
    report = check(io.BytesIO(b"".join(generate.document(spec))))
    assert [f for f in report.findings if f.severity != "info"] == []
