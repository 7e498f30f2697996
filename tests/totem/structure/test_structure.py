"""The structure tables: what they say, how they are imported, that real documents fit them."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

from ckanext.budget.totem.errors import TotemError
from ckanext.budget.totem.structure import Structure, load
from ckanext.budget.totem.structure.importer import import_schema

SAMPLES = sorted(Path(os.environ.get("BUDGET_SAMPLES", "/nonexistent")).glob("*.xml"))
BUDGET = "{http://www.minefi.gouv.fr/cp/demat/docbudgetaire}"

XSD = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:z="odm:enrichissement">
 <xs:simpleType name="V_Nom"><xs:restriction base="xs:string"><xs:maxLength value="20"/>
 </xs:restriction></xs:simpleType>
 <xs:complexType name="Base_Nom"><xs:attribute name="V" type="V_Nom"/></xs:complexType>
 <xs:complexType name="TSens"><xs:attribute name="V"><xs:simpleType>
   <xs:restriction base="xs:string"><xs:enumeration value="R"><xs:annotation>
   <xs:documentation>Recette</xs:documentation></xs:annotation></xs:enumeration>
   </xs:restriction></xs:simpleType></xs:attribute></xs:complexType>
 <xs:complexType name="TDocumentBudgetaire"><xs:sequence>
   <xs:element name="Nom" type="Base_Nom"><xs:annotation><xs:documentation>
     <z:libelle>Nom &lt;b&gt;court&lt;/b&gt;</z:libelle><z:description>Long.</z:description>
   </xs:documentation></xs:annotation></xs:element>
   <xs:element name="Sens" type="TSens" minOccurs="0" maxOccurs="unbounded"/>
   <xs:element name="DATA_ESSAIS" type="TEssais"/>
 </xs:sequence></xs:complexType>
 <xs:complexType name="TEssais"><xs:sequence>
   <xs:element name="ESSAI" type="TEssai" maxOccurs="unbounded"/></xs:sequence></xs:complexType>
 <xs:complexType name="TEssai"><xs:sequence>
   <xs:element name="Lib" type="Base_Nom"/></xs:sequence></xs:complexType>
</xs:schema>"""


def test_a_field_carries_the_facts_of_the_xsd() -> None:
    amount = load().field("CONCOURS", "MtSubv")
    assert amount is not None
    assert (amount.kind, amount.digits, amount.decimals) == ("amount", 14, 2)
    assert amount.required and not amount.repeated and not amount.supplement
    assert amount.title == "Montant de la subvention"


def test_codes_have_french_labels() -> None:
    side = load().field("LigneBudget", "CodRD")
    assert side is not None and side.codes == {"R": "Recette", "D": "Dépense"}


def test_annexes_keep_the_order_of_the_xsd_and_name_their_record() -> None:
    structure = load()
    assert structure.annexes[0] == "EMPRUNT" and structure.annexes[-1] == "SOMMAIRE"
    assert len(structure.annexes) == 39
    members = structure.annex("MEMBRESASA")
    assert members is not None and members.target == "MEMBREASA"
    assert [f.name for f in structure.fields("MEMBRESASA")] == [
        "Commune",
        "Proprietaire",
        "Superficie",
    ]


def test_every_annex_is_flat_so_that_a_record_is_a_row() -> None:
    structure = load()
    for annex in structure.annexes:
        for field in structure.fields(annex):
            assert field.kind != "group" and not field.repeated, (annex, field.name)


def test_unknown_names_are_answered_without_error() -> None:
    assert load().fields("INCONNU") == ()
    assert load().field("CONCOURS", "Inconnu") is None
    assert load().annex("INCONNU") is None


def test_supplement_adds_elements_and_improves_titles() -> None:
    structure = load()
    cumul = structure.field("LigneBudget", "MtCumulCA")
    voted = structure.field("LigneBudget", "MtPrev")
    stage = structure.field("BlocBudget", "NatDec")
    assert cumul is not None and cumul.supplement
    assert voted is not None and not voted.supplement and voted.title == "Montant du budget voté"
    assert stage is not None and stage.codes["10"] == "Compte financier unique"


def test_titles_are_one_short_line_without_markup() -> None:
    structure = load()
    for container in structure.containers:
        for field in structure.fields(container):
            assert field.title and len(field.title) <= 120, field
            assert not set("<>\n\t") & set(field.title), field


def test_importer_reads_names_order_types_and_codes(tmp_path: Path) -> None:
    (tmp_path / "essai.xsd").write_text(XSD, encoding="utf-8")
    assert import_schema(tmp_path, tmp_path) == (4, 1)
    rows = [r.split("\t") for r in (tmp_path / "fields.tsv").read_text().splitlines()[1:]]
    assert [r[:5] for r in rows] == [
        ["DocumentBudgetaire", "Nom", "1", "1", "text"],
        ["DocumentBudgetaire", "Sens", "0", "*", "code"],
        ["DocumentBudgetaire", "DATA_ESSAIS", "1", "1", "group"],
        ["ESSAIS", "Lib", "1", "1", "text"],
    ]
    assert rows[0][8] == "20" and rows[0][12] == "Nom court" and rows[2][11] == "ESSAI"
    codes = (tmp_path / "codes.tsv").read_text(encoding="utf-8").splitlines()
    assert codes[1] == "DocumentBudgetaire\tSens\tR\tRecette"


def test_importer_refuses_a_folder_without_schema(tmp_path: Path) -> None:
    with pytest.raises(TotemError):
        import_schema(tmp_path, tmp_path)


def test_structure_needs_the_standard_library_only() -> None:
    code = (
        "import sys; from ckanext.budget.totem.structure import load; load();"
        "sys.exit(any(m in sys.modules for m in ('lxml', 'frictionless', 'ckan')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.skipif(not SAMPLES, reason="set BUDGET_SAMPLES to a folder of real documents")
@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: p.stem)
def test_every_element_of_the_samples_is_known(path: Path) -> None:
    root = ET.parse(path).getroot()
    document = (
        root
        if root.tag.endswith("DocumentBudgetaire")
        else root.find(f"{BUDGET}DocumentBudgetaire")
    )
    assert document is not None
    assert sorted(_unknown(load(), "DocumentBudgetaire", document)) == []


def _unknown(structure: Structure, container: str, node: ET.Element) -> Iterator[str]:
    for child in node:
        if not child.tag.startswith(BUDGET):
            continue  # publishers may add elements of their own vocabulary
        name = child.tag.removeprefix(BUDGET)
        field = structure.field(container, name)
        if field is None:
            yield f"{container}/{name}"
        elif container == "Annexes":
            for record in child:
                yield from _unknown(structure, name.removeprefix("DATA_"), record)
        elif field.kind == "group":
            yield from _unknown(structure, field.target, child)
