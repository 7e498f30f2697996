"""Annexes and accounting statements as CSV: columns, masking, flattening, schemas."""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from ckanext.budget.totem.annexes import AnnexFile, export, masked
from ckanext.budget.totem.annexes.cli import add_parser
from ckanext.budget.totem.annexes.tables import GrowingTable
from ckanext.budget.totem.errors import TooLarge, TotemError
from ckanext.budget.totem.privacy import MASK, Masker
from ckanext.budget.totem.reader import Document
from ckanext.budget.totem.structure import load

SAMPLES = sorted(Path(os.environ.get("BUDGET_SAMPLES", "/nonexistent")).glob("*.xml"))
NS = "http://www.minefi.gouv.fr/cp/demat/docbudgetaire"
BODY = """<VersionSchema V="95"/>
<EnTeteDocBudgetaire><LibelleColl V="Ville d'essai"/><IdColl V="21930048000015"/>
</EnTeteDocBudgetaire>
<Budget>
<EnTeteBudget><IdEtab V="21930048000015"/><Nomenclature V="M14-M14_COM_SUP3500"/></EnTeteBudget>
<BlocBudget><NatDec V="{stage}"/><Exer V="2022"/></BlocBudget>
<InformationsGenerales/>
<LigneBudget><Nature V="6411"/><CodRD V="D"/><OpBudg V="0"/></LigneBudget>
<Annexes>{annexes}</Annexes>
</Budget>"""
CONCOURS = """<DATA_CONCOURS>
<CONCOURS><CodNatJurBenefCA V="{code}"/><LibOrgaBenef V="{name}"/><MtSubv V="150.00"/>
<ObjSubv V="Aide"/>{more}</CONCOURS>
</DATA_CONCOURS>"""
ACCOUNTS = """<DocumentComptable xmlns="http://www.minefi.gouv.fr/cp/demat/doccomptable">
<EnteteComptable><Infos><Edition Utilisateur="camille.durand"/></Infos></EnteteComptable>
<BudgetComptable SIRET="21930048000015">
<LigneComptable><Etat V="BI_A"/><NumOrdre V="1"/><Intitule1 V="Terrains"/><MtNet V="10.00"/>
</LigneComptable>
<LigneComptable><Etat V="CR"/><NumOrdre V="1"/><MtNet V="3.00"/><Variation V="-1.00"/>
</LigneComptable>
<LigneComptable><Etat V="NOUVEAU"/><NumOrdre V="1"/><MtNet V="7.00"/></LigneComptable>
</BudgetComptable></DocumentComptable>"""


def xml(annexes: str = "", encoding: str = "UTF-8") -> bytes:
    text = f'<?xml version="1.0" encoding="{encoding}"?>\n<DocumentBudgetaire xmlns="{NS}">'
    body = BODY.format(stage="01", annexes=annexes)
    return f"{text}{body}</DocumentBudgetaire>".encode(encoding)


def cfu(accounts: str = ACCOUNTS) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<d:CompteFinancierUnique xmlns:d="http://www.minefi.gouv.fr/cp/demat/doccfu">'
        f'{accounts}<DocumentBudgetaire xmlns="{NS}">{BODY.format(stage="10", annexes="")}'
        "</DocumentBudgetaire></d:CompteFinancierUnique>"
    ).encode()


def run(data: bytes, out: Path, policy: str = "strict") -> dict[str, AnnexFile]:
    document = Document(io.BytesIO(data))
    return {f.name: f for f in export(masked(document, policy), document, out)}


def rows(file: AnnexFile) -> list[dict[str, str]]:
    with file.csv.open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def grant(code: str, more: str = "") -> str:
    name = "Camille Durand" if code == "P3" else "Tennis club Durand"
    return CONCOURS.format(code=code, more=more, name=name)


def test_a_record_is_a_row_after_its_context(tmp_path: Path) -> None:
    (row,) = rows(run(xml(grant("P1")), tmp_path)["CONCOURS"])
    assert list(row)[:6] == ["siret", "exercice", "stade", "numero", "ligne", "CodArticle"]
    assert (row["siret"], row["exercice"], row["stade"]) == ("21930048000015", "2022", "BP")
    assert row["ligne"] == "11"
    assert (row["LibOrgaBenef"], row["MtSubv"]) == ("Tennis club Durand", "150.00")


def test_natural_persons_are_masked_exactly_as_in_the_xml(tmp_path: Path) -> None:
    data = xml(grant("P3"))
    files = run(data, tmp_path)
    (row,) = rows(files["CONCOURS"])
    document, masker = Document(io.BytesIO(data)), Masker("strict")
    public = b"".join(masker(segment) for segment in document)
    published = ET.fromstring(public).find(f".//{{{NS}}}CONCOURS/{{{NS}}}LibOrgaBenef")
    assert published is not None and row["LibOrgaBenef"] == published.get("V") == MASK
    assert rows(files["subventions"])[0]["nomBeneficiaire"] == MASK
    for path in tmp_path.iterdir():
        assert "Durand" not in path.read_text(encoding="utf-8"), path.name


def test_subtotals_of_the_producer_are_not_rows(tmp_path: Path) -> None:
    total = '<CONCOURS calculated="true"><LibOrgaBenef V="Total"/><MtSubv V="9"/></CONCOURS>'
    annex = grant("P1").replace("</DATA", total + "</DATA")
    assert run(xml(annex), tmp_path)["CONCOURS"].rows == 1


def test_unknown_elements_join_as_last_columns(tmp_path: Path) -> None:
    second = '<CONCOURS><LibOrgaBenef V="B"/><MtSubv V="1"/><Nouveau V="x"/></CONCOURS>'
    annex = grant("P1").replace("</DATA", second + "</DATA")
    file = run(xml(annex), tmp_path)["CONCOURS"]
    first, last = rows(file)
    assert list(first)[-1] == "Nouveau" and (first["Nouveau"], last["Nouveau"]) == ("", MASK)
    schema = json.loads(file.schema.read_text(encoding="utf-8"))
    assert [field["name"] for field in schema["fields"]] == list(first)


def test_repeated_and_nested_elements_are_flattened(tmp_path: Path) -> None:
    more = '<MtSup V="1" Code="A"/><MtSup V="2" Code="B"/><Groupe><Champ V="3"/></Groupe>'
    (row,) = rows(run(xml(grant("P1", more)), tmp_path)["CONCOURS"])
    assert (row["MtSup"], row["MtSup@Code"], row["Groupe.Champ"]) == ("1 | 2", "A | B", "3")


def test_the_schema_has_french_titles_types_and_codes(tmp_path: Path) -> None:
    schema = json.loads(run(xml(grant("P1")), tmp_path)["CONCOURS"].schema.read_text("utf-8"))
    fields = {field["name"]: field for field in schema["fields"]}
    assert fields["MtSubv"]["title"] == "Montant de la subvention"
    assert fields["MtSubv"]["type"] == "number"
    assert fields["MtSubv"]["constraints"] == {"required": True}
    assert fields["CodNatJurBenefCA"]["constraints"]["enum"] == list(
        fields["CodNatJurBenefCA"]["codes"]
    )
    assert fields["LibOrgaBenef"]["constraints"] == {"maxLength": 100}


def test_grants_leave_empty_what_totem_does_not_say(tmp_path: Path) -> None:
    (row,) = rows(run(xml(grant("P1")), tmp_path)["subventions"])
    assert (row["nomAttribuant"], row["montant"], row["objet"], row["nature"]) == (
        "Ville d'essai",
        "150.00",
        "Aide",
        "aide en numéraire",
    )
    assert row["dateConvention"] == row["notificationUE"] == row["pourcentageSubvention"] == ""


@pytest.mark.parametrize(
    ("service", "nature"),
    [
        ("Prêt de salle", "aide en numéraire;aide en nature"),
        ("Aide", "aide en numéraire"),
    ],
)
def test_a_service_repeating_the_object_is_no_gift_in_kind(
    tmp_path: Path, service: str, nature: str
) -> None:
    more = f'<LibPrestaNat V="{service}"/>'
    assert rows(run(xml(grant("P1", more)), tmp_path)["subventions"])[0]["nature"] == nature


def test_the_accounting_side_of_a_cfu_goes_to_its_statements(tmp_path: Path) -> None:
    files = run(cfu(), tmp_path)
    assert set(files) == {"bilan", "compte-de-resultat", "etat-nouveau"}
    (line,) = rows(files["bilan"])
    assert (line["stade"], line["Intitule1"], line["MtNet"], line["ligne"]) == (
        "CFU",
        "Terrains",
        "10.00",
        "5",
    )
    assert rows(files["compte-de-resultat"])[0]["Variation"] == "-1.00"
    assert rows(files["etat-nouveau"])[0]["MtNet"] == "7.00"
    for path in tmp_path.iterdir():
        assert "durand" not in path.read_text(encoding="utf-8").lower(), path.name


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "windows-1252", "UTF-8"])
def test_files_are_utf8_whatever_the_source(tmp_path: Path, encoding: str) -> None:
    data = xml(grant("P1").replace("Tennis club Durand", "École d'été"), encoding)
    assert rows(run(data, tmp_path)["CONCOURS"])[0]["LibOrgaBenef"] == "École d'été"


def test_a_broken_document_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(TotemError):
        run(xml(grant("P1"))[:-30], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_declaration_that_never_ends_is_a_documented_error(tmp_path: Path) -> None:
    data = xml(grant("P1")).replace(b'encoding="UTF-8"?>', b"encod<>")
    with pytest.raises(TotemError):
        run(data, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_table_that_does_not_grow_is_not_rewritten(tmp_path: Path) -> None:
    table = GrowingTable(tmp_path / "t.csv", ("a", "b"))
    table.write({"a": "1", "b": 'x,"y"\nz'})
    table.close()
    assert (tmp_path / "t.csv").read_text() == 'a,b\n1,"x,""y""\nz"\n'


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    add_parser(parser.add_subparsers())
    source = tmp_path / "bp.xml"
    source.write_bytes(xml(grant("P1")))
    args = parser.parse_args(["annexes", str(source), "-o", str(tmp_path / "out")])
    assert args.run(args) == 0
    assert "concours.csv : 1 ligne," in capsys.readouterr().out
    source.write_bytes(b"<html>")
    with pytest.raises(TotemError, match="page web"):
        args.run(args)


@pytest.mark.skipif(not SAMPLES, reason="set BUDGET_SAMPLES to a folder of real documents")
@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: p.stem)
def test_every_record_of_the_samples_is_a_row_and_fits_its_schema(
    path: Path, tmp_path: Path
) -> None:
    frictionless = pytest.importorskip("frictionless")
    files = run(path.read_bytes(), tmp_path)
    root = ET.parse(path).getroot()
    for annex in load().annexes:
        records = [
            record
            for data in root.iter(f"{{{NS}}}DATA_{annex}")
            for record in data
            if record.get("calculated") != "true"
        ]
        assert (files[annex].rows if annex in files else 0) == len(records), annex
    for file in files.values():
        schema = frictionless.Schema.from_descriptor(
            json.loads(file.schema.read_text(encoding="utf-8"))
        )
        resource = frictionless.Resource(path=file.csv.name, basepath=str(tmp_path), schema=schema)
        report = frictionless.validate(resource)
        assert report.valid, (file.name, report.flatten(["type", "fieldName", "note"])[:5])


def test_an_account_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(export.__globals__, "MAX_PENDING", 2)
    with pytest.raises(TooLarge, match="lignes comptables"):
        run(cfu(), tmp_path)
    assert not list(tmp_path.iterdir())


def test_states_without_end_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(export.__globals__, "MAX_FILES", 2)
    with pytest.raises(TooLarge, match="états comptables différents"):
        run(cfu(), tmp_path)
    assert not list(tmp_path.iterdir())


def test_names_that_files_cannot_have_are_cut_and_share_a_file(tmp_path: Path) -> None:
    long = "X" * 300
    unknown = "".join(
        f'<DATA_{name}><{name}><Champ V="1"/></{name}></DATA_{name}>'
        for name in (f"{long}_A", f"{long}_B", "DEUX_MOTS", "Deux_Mots")
    )
    files = run(xml(unknown), tmp_path)
    assert [file.rows for file in files.values()] == [2, 2]
    assert max(len(path.name) for path in tmp_path.iterdir()) < 120


def test_columns_without_end_are_refused(tmp_path: Path) -> None:
    many = "".join(f'<C{number} V="1"/>' for number in range(600))
    with pytest.raises(TooLarge, match="colonnes"):
        run(xml(f"<DATA_AUTRE><AUTRE>{many}</AUTRE></DATA_AUTRE>"), tmp_path)
    assert not list(tmp_path.iterdir())


def test_elements_without_end_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(export.__globals__, "MAX_ELEMENTS", 5)
    with pytest.raises(TooLarge, match="éléments"):
        run(cfu(), tmp_path)


def test_free_text_names_no_file(tmp_path: Path) -> None:
    files = run(cfu(ACCOUNTS.replace("NOUVEAU", "Camille Durand 06 12 34 56 78")), tmp_path)
    assert files["etats-sans-code"].rows == 1
    told = [file.title for file in files.values()] + [path.name for path in tmp_path.iterdir()]
    assert "durand" not in " ".join(told).lower()
