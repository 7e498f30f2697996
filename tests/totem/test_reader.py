"""The header and the lines of a document."""

from __future__ import annotations

import io

import pytest

from ckanext.budget.totem.errors import IncompleteDocument, NotTotem, TooLarge
from ckanext.budget.totem.model import Stage
from ckanext.budget.totem.reader import Document, lines_of


def read(data: bytes) -> Document:
    document = Document(io.BytesIO(data))
    for _ in document:
        pass
    return document


def test_header_of_a_small_document(document):
    header = read(document(bloc='<ProjetBudget V="true"/><CodTypBud V="A"/>')).header
    assert (header.siret, header.fiscal_year, header.stage) == ("21670482500019", 2023, Stage.CA)
    assert (header.norm, header.variant) == ("M57", "M57_D")
    assert header.name == "COMMUNE D'ESSAI"
    assert header.population == 1234
    assert header.is_draft
    assert header.budget_type == "annexe"
    assert header.slug == "21670482500019-2023-ca"


@pytest.mark.parametrize(
    ("code", "number", "slug"),
    [("01", "", "bp"), ("02", "003", "dm-3"), ("03", "0", "bs"), ("10", "", "cfu")],
)
def test_slug_tells_the_stage_and_its_number(document, code, number, slug):
    header = read(document(NatDec=code, bloc=f'<NumDec V="{number}"/>')).header
    assert header.slug == f"21670482500019-2023-{slug}"


NAME = "Jeanne QUELQUUN"
# (element, what is read when it is right, what an element that is not of its type becomes)
TYPED = [
    ("NumDec", "number", "12", "12", ""),
    ("NumDec", "number", "DM 1", "dm1", ""),
    ("DteDec", "vote_date", "2023-04-05", "2023-04-05", None),
    ("DteDec", "vote_date", "2023-04-05+02:00", "2023-04-05+02:00", None),
    ("IdColl", "collectivity_siret", "21670482500019", "21670482500019", ""),
    ("Departement", "department", "067", "67", ""),
    ("Departement", "department", "2A", "2A", ""),
    ("CodInseeColl", "insee_code", "2A004", "2A004", ""),
    ("Nomenclature", "norm", "M14-M14_COM_SUP3500", "M14", ""),
    ("VersionSchema", "schema_version", "113", "113", ""),
    ("NatCEPL", "body_label", "Commune", "Commune", ""),
    ("PopTot", "population", "1 234", 1234, None),
]


def with_value(document, element, value):
    if element in ("IdColl", "Nomenclature", "NatCEPL", "PopTot"):
        return document(**{element: value})
    if element in ("NumDec", "DteDec"):
        return document(bloc=f'<{element} V="{value}"/>')
    if element == "VersionSchema":
        return document().replace(b'<VersionSchema V="113"', f'<{element} V="{value}"'.encode())
    before = {"Departement": b"<NatCEPL", "CodInseeColl": b"<Nomenclature"}[element]
    return document().replace(before, f'<{element} V="{value}"/>'.encode() + before)


@pytest.mark.parametrize(("element", "field", "written", "expected", "blank"), TYPED)
def test_a_header_is_read_through_the_types_of_the_schema(
    document, element, field, written, expected, blank
):
    """A header becomes a sheet, an address, a file name, a report: no name may enter it."""
    assert getattr(read(with_value(document, element, written)).header, field) == expected
    for wrong in (NAME, f"{written} {NAME}", "QUELQUUN, Jeanne"):
        if element == "NatCEPL" and wrong.startswith(written):
            continue
        header = read(with_value(document, element, wrong)).header
        assert getattr(header, field) in (blank, expected if element == "PopTot" else blank)
        assert "QUELQUUN" not in str(header.as_dict()) and "quelquun" not in header.slug


@pytest.mark.parametrize("date", ["2023-02-30", "2023-13-01", "2023-04-05 Jeanne", "0000-00-00"])
def test_a_date_that_does_not_exist_is_none(document, date):
    assert read(document(bloc=f'<DteDec V="{date}"/>')).header.vote_date is None


@pytest.mark.parametrize("population", ["0", "0,00", "", "0612345678"])
def test_population_zero_is_unknown(document, population):
    assert read(document(PopTot=population)).header.population is None


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"IdEtab": "123", "IdColl": ""}, "SIRET"),
        ({"Exer": "23"}, "exercice"),
        ({"NatDec": "77"}, "NatDec"),
    ],
)
def test_what_identifies_a_budget_is_asked_for(document, wrong, words):
    with pytest.raises(IncompleteDocument, match=words):
        read(document(**wrong))


def test_header_is_known_from_the_first_line_on(document):
    found = Document(io.BytesIO(document()))
    with pytest.raises(IncompleteDocument):
        found.header  # noqa: B018
    for segment in found:
        if segment.kind == "lines":
            assert found.header.fiscal_year == 2023


def test_a_wrong_inner_namespace_is_refused(document):
    inner = document().split(b"?>", 1)[1].replace(b"docbudgetaire", b"other")
    data = (
        b'<c:CompteFinancierUnique xmlns:c="http://www.minefi.gouv.fr/cp/demat/doccfu">'
        + inner
        + b"</c:CompteFinancierUnique>"
    )
    with pytest.raises(NotTotem, match="espace de noms"):
        read(data)


@pytest.mark.parametrize("encoding", ["UTF-8", "ISO-8859-1", "windows-1252"])
def test_every_encoding_of_real_files_is_read(document, encoding):
    data = document(encoding=encoding, LibelleColl="Saint-Dié &amp; Épinal")
    assert read(data).header.name == "Saint-Dié & Épinal"
    if encoding == "UTF-8":
        assert read(b"\xef\xbb\xbf" + data).header.name == "Saint-Dié & Épinal"


def test_lines_in_any_dress(document):
    text = (
        "<LigneBudget id='x' calculated='true'><Nature V='60'/></LigneBudget>\n"
        "<LigneBudget ><CodRD V = 'R' /><Nature\n V='7022'/><CaracSup V='F' Code='Section'/>"
        "<MtReal V='-3.5'/></LigneBudget >"
    )
    data = document(text)
    found = Document(io.BytesIO(data))
    lines = [
        line
        for segment in found
        if segment.kind == "lines"
        for line in lines_of(segment, found.encoding)
    ]
    assert [line.calculated for line in lines] == [True, False]
    assert lines[1].nature == "7022" and lines[1].rd == "R" and lines[1].section_hint == "F"
    assert lines[1].amounts == {"MtReal": "-3.5"}
    assert lines[1].position == lines[0].position + 1


def test_real_headers(sample):
    header = read(sample.read_bytes()).header
    assert header.stage.name.lower() == sample.stem.split("-")[0]
    assert str(header.fiscal_year) == sample.stem.split("-")[1]
    assert header.is_cfu == sample.stem.startswith("cfu")


def test_two_budgets_in_a_file_are_refused(document):
    one = document()
    inner = one[one.index(b"<EnTeteBudget>") : one.index(b"</Budget>")]
    for twice in (
        one.replace(b"</Budget>", b"</Budget><Budget>" + inner + b"</Budget>"),
        one.replace(b"<EnTeteBudget>", inner + b"<EnTeteBudget>", 1),
    ):
        with pytest.raises(NotTotem, match="un fichier par budget"):
            list(Document(io.BytesIO(twice)))


def test_annexes_without_end_are_refused(document):
    many = "".join(f"<DATA_X{n}><X{n}><A V='1'/></X{n}></DATA_X{n}>" for n in range(201))
    with pytest.raises(TooLarge, match="200 annexes"):
        list(Document(io.BytesIO(document(annexes=many))))
