"""One document in; CSV, XML and report out, all or none."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import traceback
import zipfile
from decimal import Decimal

import pytest

from ckanext.budget.totem import publish as module
from ckanext.budget.totem.annexes import export
from ckanext.budget.totem.errors import TotemError, UnexpectedFailure
from ckanext.budget.totem.publish import publish
from ckanext.budget.totem.reader import Document
from ckanext.budget.totem.summary import Hints, Summary, summarise

SIGNED = (
    '<DATA_SIGNATAIRE><SIGNATAIRE><Signataire V="Jeanne Quelquun"/></SIGNATAIRE></DATA_SIGNATAIRE>'
)


def test_six_files_and_a_report_that_adds_up(tmp_path, document, line):
    data = document(line("6413", MtReal="10.05") + line("7022", "R", MtReal="-3"), SIGNED)
    done = publish(io.BytesIO(data), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"21670482500019-2023-ca.{kind}"
        for kind in ("annexes.zip", "csv", "json", "subventions.csv", "summary.json.gz", "xml")
    ]
    assert done.sha256 == hashlib.sha256(data).hexdigest()
    assert json.loads(done.json.read_text("utf-8")) == done.report
    assert not {"sha256", "size"} & set(done.report), "both tell something of the raw bytes"
    assert len(list(csv.reader(done.csv.open(encoding="utf-8", newline="")))) == 3
    sums = {(row["BGT_CODRD"], row["BGT_OPBUDG"]): row for row in done.report["sums"]}
    assert sums["dépense", "réel"]["BGT_MTREAL"] == "10.05"
    assert sums["recette", "réel"]["BGT_MTREAL"] == "-3.00"
    assert done.report["masked"]["count"] == 1
    assert done.report["seal"] == "absent"
    for path in tmp_path.iterdir():
        data = path.read_bytes()
        assert b"Jeanne" not in (gzip.decompress(data) if path.suffix == ".gz" else data)


def test_the_annexes_are_those_of_the_masked_document(tmp_path, document):
    done = publish(io.BytesIO(document(annexes=SIGNED)), tmp_path)
    with done.xml.open("rb") as stream:
        source = Document(stream)
        wanted = export(source, source, tmp_path / "alone")
    with zipfile.ZipFile(done.annexes) as archive:
        assert archive.testzip() is None
        found = {name: archive.read(name) for name in archive.namelist()}
    assert found == {path.name: path.read_bytes() for path in (tmp_path / "alone").iterdir()}
    assert done.report["annexes"] == [
        {"name": file.name, "title": file.title, "rows": file.rows} for file in wanted
    ]
    assert [annex["name"] for annex in done.report["annexes"]] == ["SIGNATAIRE"]
    assert b"Jeanne" not in b"".join(found.values())


def test_a_document_without_annexes_has_an_empty_archive(tmp_path, document):
    done = publish(io.BytesIO(document()), tmp_path)
    assert done.report["annexes"] == []
    assert zipfile.ZipFile(done.annexes).namelist() == []


def test_the_summary_is_that_of_the_csv(tmp_path, document, line):
    """Amounts of any number of decimals, of several lines with the same codes, of both signs."""
    amounts = ("10.005", "-0.125", "3", "0.1", "7.50", "-2", "1234567890123.45")
    lines = "".join(
        line(nature, MtReal=amount, CredOuv=amount)
        for amount in amounts
        for nature in ("6413", "60611", "6413")
    )
    done = publish(io.BytesIO(document(lines)), tmp_path)
    found = summarise(done.csv.read_bytes(), Hints.of(done.header))
    assert Summary.load(done.summary.read_bytes()) == found
    assert done.summary.read_bytes() == found.body
    total = 3 * sum(map(Decimal, amounts))
    assert [row["BGT_MTREAL"] for row in done.report["sums"]] == [f"{total:.2f}"]


def test_a_bad_document_leaves_nothing(tmp_path, document):
    with pytest.raises(TotemError):
        publish(io.BytesIO(document()[:-30]), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "part", ["Masker.__call__", "ScdlWriter.__call__", "Checker.feed", "Exporter.feed"]
)
def test_a_failing_part_publishes_nothing_and_says_no_name(tmp_path, document, monkeypatch, part):
    def explode(self, segment):
        raise KeyError("Jeanne Quelquun")

    name, method = part.split(".")
    monkeypatch.setattr(getattr(module, name), method, explode)
    with pytest.raises(UnexpectedFailure, match=r"KeyError, test_publish\.py:") as failure:
        publish(io.BytesIO(document(annexes=SIGNED)), tmp_path)
    assert "Jeanne" not in "".join(traceback.format_exception(failure.value))
    assert list(tmp_path.iterdir()) == []


def test_publishing_again_gives_the_same_bytes(tmp_path, document):
    first, second = tmp_path / "1", tmp_path / "2"
    for folder in (first, second):
        folder.mkdir()
        publish(io.BytesIO(document(annexes=SIGNED)), folder)
    for path in first.iterdir():
        assert path.read_bytes() == (second / path.name).read_bytes()
