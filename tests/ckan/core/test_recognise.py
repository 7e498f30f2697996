"""An upload of werkzeug is recognised (tests/totem/recognise has the kinds); tables run nothing."""

from __future__ import annotations

import io

import pytest
from werkzeug.datastructures import FileStorage

from ckanext.budget.core.csv_export import escape_formula
from ckanext.budget.core.recognise import kind_of


def test_an_upload_is_told_by_its_content_and_left_at_its_beginning():
    upload = FileStorage(io.BytesIO(b"<DocumentBudgetaire/>"), filename="photo.jpg")
    assert (kind_of(upload), upload.stream.tell()) == ("totem", 0)


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
