"""Planted names: where the manifest says, in a form that a search finds."""

from __future__ import annotations

from html import unescape

from lxml import etree

from ckanext.budget.totem.generate.run import names_manifest

from .conftest import NAMESPACES


def test_every_planted_name_is_in_its_document(made, planted):
    found = 0
    for spec, content in made.items():
        text = unescape(content.decode(spec.style.codec))
        for one in planted[spec]:
            assert one.name in text, (spec.file_name, one)
            found += 1
    assert found > 500


def test_every_sensitive_element_is_planted_somewhere(planted):
    places = {one.place for found in planted.values() for one in found}
    assert places >= {
        "CONCOURS/LibOrgaBenef",
        "PRET/NomBenefPret",
        "PJRef/NomPJ",
        "SIGNATAIRE/Signataire",
        "FORMATION/NomElu",
        "PATRIMOINE/LibBien",
        "TIERS/LibOper",
        "Gestion/@NomComptable",
        "LigneBudget/LibCpte",
        "Edition/@Utilisateur",
        "Signatures//X509SubjectName",
    }


def test_no_other_natural_person_gets_a_grant(planted, trees):
    """Every beneficiary with the code of natural persons (P3) is in the manifest."""
    checked = 0
    for spec, found in planted.items():
        known = {one.name for one in found}
        for grant in trees[spec].iterfind(".//t:CONCOURS", NAMESPACES):
            kind = grant.find("t:CodNatJurBenefCA", NAMESPACES)
            if kind is not None and kind.get("V") == "P3":
                assert grant.find("t:LibOrgaBenef", NAMESPACES).get("V") in known
                checked += 1
    assert checked > 50


def test_signatories_are_all_planted(planted, trees):
    for spec, found in planted.items():
        known = {one.name for one in found}
        signing = {item.get("V") for item in trees[spec].iterfind(".//t:Signataire", NAMESPACES)}
        assert signing and signing <= known


def test_the_manifest_is_json_ready(specs):
    manifest = names_manifest(specs[:2])
    assert list(manifest) == [spec.file_name for spec in specs[:2]]
    assert all(
        set(entry) == {"name", "place", "kind"}
        for entries in manifest.values()
        for entry in entries
    )


def test_names_are_well_formed_xml_values(trees):
    """Accents and apostrophes survive whatever the encoding of the document."""
    names = [
        item.get("V")
        for tree in trees.values()
        for item in tree.iterfind(".//t:Signataire", NAMESPACES)
    ]
    assert any(not name.isascii() for name in names)
    assert not any("\ufffd" in name for name in names)
    assert etree.QName(next(iter(trees.values()))).localname == "DocumentBudgetaire"
