"""What a file is, told by its bytes."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile

import pytest
from werkzeug.datastructures import FileStorage

from ckanext.budget.intake import kind_of
from ckanext.budget.spreadsheet import inert

ROOT = '<DocumentBudgetaire xmlns="http://www.minefi.gouv.fr/cp/demat/docbudgetaire"/>'


def zipped(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.bin", data)
    return out.getvalue()


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
        (zipped(bz2.compress(ROOT.encode())), "hidden"),
        (b"7z\xbc\xaf\x27\x1c" + b"\0" * 30, "hidden"),
        (zipped(b"a report"), "other"),
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
    assert inert(cell) == shown
