"""An SCDL table made elsewhere: no personal name is left, and the table says the same."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.budget.totem.privacy.policy import MASK
from ckanext.budget.totem.privacy.table import TableMasker, mask_table
from ckanext.budget.totem.scdl import COLUMNS, write

NAME = "Jeanne QUELQUUN"
ROW = dict(
    zip(
        COLUMNS,
        ["compte administratif", "2023", "21670482500019", "COMMUNE D'ESSAI", "012",
         "Charges de personnel", "6413", "Personnel non titulaire", "020", "Administration",
         "OPFI", "fonctionnement", "réel", "dépense", "10.00", "1", "2", "3", "4", "5", "-6.5",
         "non spécialisé"],
        strict=True,
    )
)  # fmt: skip


def table_of(rows: list[dict[str, str]], separator: str = ",") -> bytes:
    source = io.StringIO(newline="")
    writer = csv.DictWriter(source, COLUMNS, delimiter=separator, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return source.getvalue().encode()


def run(rows: list[dict[str, str]], separator: str = ","):
    """The rows as masked, what masked them, and the bytes written."""
    out = io.BytesIO()
    masker = mask_table(io.BytesIO(table_of(rows, separator)), out)
    text = out.getvalue().decode()
    return list(csv.DictReader(io.StringIO(text))), masker, text


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("separator", [",", ";"])
def test_a_name_in_any_column_is_masked_and_told(column, separator):
    unknown = {"BGT_CONTNAT": "X7", "BGT_NATURE": "X8", "BGT_FONCTION": "X9"}
    rows, masker, out = run([ROW, ROW | unknown | {column: NAME}], separator)
    assert "QUELQUUN" not in out and "QUELQUUN" not in repr(masker)
    assert rows[1][column] == MASK
    assert masker.masked == {column: 1} and not masker.replaced


def test_the_label_of_a_known_code_is_the_chart_s():
    wrong = ROW | {"BGT_NATURE_LABEL": "Salaire de l'agent Quelquun"}
    rows, masker, _ = run([ROW, wrong])
    assert [row["BGT_NATURE_LABEL"] for row in rows] == ["Personnel non titulaire"] * 2
    assert masker.replaced == {"BGT_NATURE_LABEL": 1} and masker.count == 1


def test_a_label_is_the_file_s_but_for_what_it_says():
    written = ROW | {"BGT_NATURE_LABEL": "PERS. NON-TITULAIRE"}
    rows, masker, _ = run([ROW, written])
    assert rows[1] == written and masker.count == 0


def test_a_table_of_this_library_is_left_as_it_is(document, line):
    source, out = io.BytesIO(), io.BytesIO()
    write(io.BytesIO(document(line("6413", Operation="101") + line("60611", "R"))), source)
    masker = mask_table(source, out)
    assert out.getvalue() == source.getvalue() and not masker.count


def test_rows_are_not_kept():
    """A generator that never ends is read one row at a time."""

    def endless():
        while True:
            yield dict(ROW, BGT_OPERATION=NAME)

    rows = TableMasker().rows(endless())
    assert next(rows)["BGT_OPERATION"] == next(rows)["BGT_OPERATION"] == MASK


CELL = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=20)


@given(cells=st.dictionaries(st.sampled_from(COLUMNS), CELL | st.just(NAME)), twice=st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_table_is_masked_once(cells, twice):
    rows, _, out = run([ROW, ROW | cells])
    assert "QUELQUUN" not in out
    again, masker, _ = run(rows)
    assert again == rows and not masker.count
