"""What a file is, told by its bytes."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import pytest
from werkzeug.datastructures import FileStorage

from ckanext.budget.core.csv_export import escape_formula
from ckanext.budget.core.recognise import kind_of

ROOT = '<DocumentBudgetaire xmlns="http://www.minefi.gouv.fr/cp/demat/docbudgetaire"/>'


def zipped(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("note.txt", "a note")
        archive.writestr("a.bin", data)
    return out.getvalue()


def tarred(data: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in (("big.bin", b"0" * 200_000), ("a.xml", data)):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def many_levels(data: bytes) -> bytes:
    for _ in range(6):
        data = gzip.compress(data)
    return data


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (ROOT.encode(), "totem"),
        (ROOT.encode("utf-16"), "totem"),
        (ROOT.replace("<D", "<é:D").encode(), "totem"),
        (b"a,b\n" * 300_000 + ROOT.encode(), "totem"),
        (gzip.compress(ROOT.encode()), "hidden"),
        (bz2.compress(ROOT.encode()), "hidden"),
        (lzma.compress(ROOT.encode()), "hidden"),
        (zipped(ROOT.encode("utf-16")), "hidden"),
        (zipped(zipped(bz2.compress(ROOT.encode()))), "hidden"),
        (tarred(ROOT.encode()), "totem"),
        (gzip.compress(tarred(ROOT.encode())), "hidden"),
        (many_levels(ROOT.encode()), "sealed"),
        (zipped(ROOT.encode())[:-30], "sealed"),
        (gzip.compress(b"a report" * 90_000)[:90], "sealed"),
        (b"7z\xbc\xaf\x27\x1c" + b"\0" * 30, "sealed"),
        (zipped(b"7z\xbc\xaf\x27\x1c" + b"\0" * 30), "sealed"),
        (zipped(zipped(b"a report")), "other"),
        (gzip.compress(b"a;b\n1;2\n"), "other"),
        (b"%PDF-1.7", "other"),
    ],
)
def test_the_content_decides(data, kind):
    assert kind_of(FileStorage(io.BytesIO(data), filename="photo.jpg")) == kind


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ('=HYPERLINK("http://x")', '\'=HYPERLINK("http://x")'),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"),
        ("  =1+1", "'  =1+1"),
        ("-12.50", "-12.50"),
        ("+3,5 %", "+3,5 %"),
        ("COMMUNE D'ESSAI", "COMMUNE D'ESSAI"),
        (-3, -3),
    ],
)
def test_a_table_for_readers_runs_nothing(cell, shown):
    assert escape_formula(cell) == shown
