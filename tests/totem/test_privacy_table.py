"""An SCDL table made elsewhere: no personal name is left, and the table says the same."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.budget.totem.privacy.policy import MASK, POLICIES
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


def run(rows: list[dict[str, str]], separator: str = ",", **options: object):
    source = io.StringIO(newline="")
    writer = csv.DictWriter(source, list(rows[0]), delimiter=separator, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    source.seek(0)
    out, masker = io.StringIO(newline=""), TableMasker(**options)
    mask_table(source, out, masker)
    return list(csv.DictReader(io.StringIO(out.getvalue()), delimiter=separator)), masker, out


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("separator", [",", ";"])
def test_a_name_in_any_column_is_masked_and_told(policy, column, separator):
    rows, masker, out = run([ROW, ROW | {column: NAME}], separator, policy=policy)
    assert "QUELQUUN" not in out.getvalue() and "QUELQUUN" not in repr(masker)
    assert rows == [ROW, ROW | {column: MASK}]
    assert masker.masked == {column: 1} and masker.lines == {column: [3]}


@pytest.mark.parametrize("policy", POLICIES)
def test_a_column_of_no_schema_is_free_text(policy):
    extra = {"NOTE": "Travaux divers", "TIERS": "SARL Bois", NAME: "1"}
    rows, masker, out = run(
        [ROW | extra, ROW | {"TIERS": NAME, "NOTE": "", NAME: ""}], policy=policy
    )
    assert "QUELQUUN" not in out.getvalue()
    assert rows[0]["TIERS"] == "SARL Bois"
    assert (rows[0]["NOTE"] == "Travaux divers") == (policy == "standard")
    assert masker.lines["*"][0] == 1


def test_the_label_of_a_known_code_is_the_chart_s():
    wrong = ROW | {"BGT_NATURE_LABEL": "Salaire de l'agent Quelquun"}
    rows, masker, _ = run([wrong], norm="M57", variant="M57_D", year=2023)
    assert "Quelquun" not in rows[0]["BGT_NATURE_LABEL"] and rows[0]["BGT_NATURE_LABEL"] != MASK
    assert masker.replaced["BGT_NATURE_LABEL"] == 1
    unknown = ROW | {"BGT_NATURE": "X9", "BGT_NATURE_LABEL": NAME}
    assert run([unknown], norm="M57", year=2023)[0][0]["BGT_NATURE_LABEL"] == MASK


def test_a_table_of_this_library_is_left_as_it_is(document, line):
    out = io.BytesIO()
    write(io.BytesIO(document(line("6413", Operation="101") + line("60611", "R"))), out)
    text = out.getvalue().decode()
    again, masker = io.StringIO(newline=""), TableMasker()
    mask_table(io.StringIO(text, newline=""), again, masker)
    assert again.getvalue() == text and not masker.masked


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
    rows, _, out = run([ROW | cells])
    assert "QUELQUUN" not in out.getvalue()
    again, masker, _ = run(rows)
    assert again == rows and not masker.masked


def test_unknown_policy_is_an_error():
    with pytest.raises(ValueError):
        TableMasker("laxiste")
