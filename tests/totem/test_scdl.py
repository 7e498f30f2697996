"""The SCDL CSV: complete, exact, and the same whatever the layout of the lines."""

from __future__ import annotations

import csv
import io
from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from ckanext.budget.totem.columns import COLUMNS, MANDATORY
from ckanext.budget.totem.privacy import Masker
from ckanext.budget.totem.reader import Document
from ckanext.budget.totem.scdl import AMOUNTS, write

DIRECTION = {"R": "recette", "D": "dépense"}
ORDER = {"0": "réel", "1": "ordre"}


def convert(data: bytes) -> tuple[list[dict[str, str]], object]:
    out = io.BytesIO()
    writer = write(io.BytesIO(data), out)
    return list(csv.DictReader(io.StringIO(out.getvalue().decode("utf-8"), newline=""))), writer


def test_a_row_says_everything_that_the_plan_knows(document, line):
    rows, writer = convert(document(line("6413", Fonction="020", ArtSpe="false", MtPrev="12.5")))
    assert list(rows[0]) == list(COLUMNS)
    assert rows[0] == dict.fromkeys(COLUMNS, "") | {
        "BGT_NATDEC": "compte administratif",
        "BGT_ANNEE": "2023",
        "BGT_SIRET": "21670482500019",
        "BGT_NOM": "COMMUNE D'ESSAI",
        "BGT_CONTNAT": "012",
        "BGT_CONTNAT_LABEL": "Charges de personnel et frais assimilés",
        "BGT_NATURE": "6413",
        "BGT_NATURE_LABEL": "Personnel non titulaire",
        "BGT_FONCTION": "020",
        "BGT_FONCTION_LABEL": "Administration générale de la collectivité",
        "BGT_SECTION": "fonctionnement",
        "BGT_OPBUDG": "réel",
        "BGT_CODRD": "dépense",
        "BGT_MTREAL": "10.00",
        "BGT_MTPREV": "12.5",
        "BGT_ARTSPE": "non spécialisé",
    }
    assert writer.missing == []
    assert writer.origins["BGT_CONTNAT", "plan"] == 1


@pytest.mark.parametrize(
    ("fields", "chapter", "section"),
    [
        ({"nature": "021", "rd": "R", "OpBudg": "1"}, "021", "investissement"),
        ({"nature": "023", "OpBudg": "1"}, "023", "fonctionnement"),
        ({"nature": "001", "rd": "R"}, "001", "investissement"),
        ({"nature": "002", "rd": "R"}, "002", "fonctionnement"),
        ({"nature": "28188", "rd": "R", "OpBudg": "1", "TypOpBudg": "2"}, "040", "investissement"),
        ({"nature": "6811", "OpBudg": "1", "TypOpBudg": "2"}, "042", "fonctionnement"),
        ({"nature": "2313", "OpBudg": "1", "TypOpBudg": "1"}, "041", "investissement"),
        ({"nature": "2313", "Operation": "100"}, "23", "investissement"),
        ({"nature": "64111"}, "012", "fonctionnement"),
        ({"nature": "231399"}, "23", "investissement"),
    ],
)
def test_chapter_and_section_come_from_the_plan(document, line, fields, chapter, section):
    (row,), writer = convert(document(line(**fields)))
    assert (row["BGT_CONTNAT"], row["BGT_SECTION"]) == (chapter, section)
    assert row["BGT_CONTNAT_LABEL"] and row["BGT_NATURE_LABEL"]
    assert writer.missing == []


def test_nobody_knows_stays_empty_and_is_told(document, line):
    (row,), writer = convert(document(line("99Z", rd="X"), Nomenclature="M22-M22"))
    assert row["BGT_CODRD"] == "" and row["BGT_NATURE"] == "99Z"
    told = {cell.column for cell in writer.missing}
    assert told == {column for column in MANDATORY if not row[column]}
    assert all(cell.position > 1 for cell in writer.missing)


def test_a_chapter_voted_without_account_is_its_own_account(document):
    text = (
        '<LigneBudget><ContNat V="022"/><CodRD V="D"/><MtPrev V="5"/><OpBudg V="0"/></LigneBudget>'
    )
    (row,), _ = convert(document(text))
    assert row["BGT_NATURE"] == "022" and row["BGT_NATURE_LABEL"] == "Dépenses imprévues"


def test_subtotals_are_not_rows(document, line):
    subtotal = line().replace("<LigneBudget>", '<LigneBudget calculated="true" generator="x">')
    rows, _ = convert(document(subtotal + line() + subtotal))
    assert len(rows) == 1


def test_an_unreadable_amount_is_told_not_invented(document, line):
    rows, writer = convert(
        document(line(MtReal="1 234,50") + line(MtReal="abc") + line(MtReal="+7"))
    )
    assert [row["BGT_MTREAL"] for row in rows] == ["1234.50", "", "7"]
    assert [cell.column for cell in writer.unreadable] == ["BGT_MTREAL"]


def test_cells_with_commas_and_quotes_survive(document, line):
    (row,), _ = convert(
        document(
            line(Operation="A,1"), LibelleColl="Ville &quot;basse&quot;, quartiers &amp; bords"
        )
    )
    assert row["BGT_NOM"] == 'Ville "basse", quartiers & bords'
    assert row["BGT_OPERATION"] == "A,1"


FIELDS = st.fixed_dictionaries(
    {"nature": st.sampled_from(["6413", "021", "7022", "2313", "1641", "999", "6811"])},
    optional={
        "rd": st.sampled_from("RD"),
        "Fonction": st.sampled_from(["01", "020", "99"]),
        "ContNat": st.sampled_from(["012", "040", "4581001"]),
        "Operation": st.text("0123456789AéB,", min_size=1, max_size=5),
        "OpBudg": st.sampled_from("01"),
        "TypOpBudg": st.sampled_from("12"),
        "ArtSpe": st.sampled_from(["true", "false", "1", "0"]),
        "MtReal": st.decimals(-(10**9), 10**9, places=2).map(str),
        "MtPrev": st.decimals(-(10**9), 10**9, places=2).map(str),
    },
)


def undress(text: str) -> str:
    """The same line as an unusual producer writes it: other quotes, spaces and order."""
    root = etree.fromstring(text)
    inner = "".join(f"\n <{c.tag}  V = '{c.get('V')}' ></{c.tag}>" for c in reversed(root))
    return f"<LigneBudget\n>{inner}</LigneBudget >"


@given(lines=st.lists(FIELDS, min_size=1, max_size=8))
@settings(
    deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@pytest.mark.parametrize("encoding", ["UTF-8", "ISO-8859-1"])
def test_dress_and_masking_never_change_the_csv(document, line, encoding, lines):
    texts = [line(**fields) for fields in lines]
    usual = document("".join(texts), encoding=encoding)
    rows, _ = convert(usual)
    assert convert(document("".join(map(undress, texts)), encoding=encoding))[0] == rows
    masker = Masker()
    masked = b"".join(map(masker, Document(io.BytesIO(usual))))
    assert convert(masked)[0] == rows
    for fields, row in zip(lines, rows, strict=True):
        assert row["BGT_MTREAL"] == fields.get("MtReal", "10.00")


def test_real_sums_equal_the_xml_to_the_cent(sample):
    expected: Counter[tuple[str, str, str]] = Counter()
    lines = 0
    for element in etree.parse(str(sample)).iter("{*}LigneBudget"):
        if element.get("calculated") == "true":
            continue
        lines += 1
        values = {etree.QName(child).localname: child.get("V") for child in reversed(element)}
        for name in AMOUNTS:
            key = (DIRECTION[values["CodRD"]], ORDER[values["OpBudg"]], name)
            expected[key] += Decimal(values.get(name) or 0)
    rows, writer = convert(sample.read_bytes())
    found: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        for name, column in zip(AMOUNTS, COLUMNS[14:21], strict=True):
            found[row["BGT_CODRD"], row["BGT_OPBUDG"], name] += Decimal(row[column] or 0)
    assert len(rows) == writer.rows == lines
    assert +found == +expected and -found == -expected
    assert writer.missing == [] and writer.unreadable == []


@pytest.mark.parametrize("element", ["Nature", "Fonction", "ContNat", "Operation", "MtReal"])
def test_a_name_in_a_cell_is_in_no_table(document, line, element):
    """Neither in that of the raw document nor in that of the masked one, which is the same."""
    fields = {element: "Jeanne QUELQUUN"}
    nature = fields.pop("Nature", "6413")
    data = document(line() + line(nature, **fields))
    tables = []
    for text in (data, b"".join(map(Masker(), Document(io.BytesIO(data))))):
        out = io.BytesIO()
        write(io.BytesIO(text), out)
        tables.append(out.getvalue())
    assert tables[0] == tables[1] and b"QUELQUUN" not in tables[0]
    assert tables[0].count(b"\r\n") == 3
