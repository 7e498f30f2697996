"""Whose name it is: a legal person's only when it is certain."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.budget.totem.privacy.persons import (
    has_known_words_only,
    is_public_number,
    kind_of,
    normal,
)

NAMES = {
    "legal": [
        "ASSOCIATION LES TILLEULS", "Asso. sportive", "Amicale du personnel", "SARL Bois",
        "S.A.R.L. Untel", "S A R L UNTEL", "Transports Untel SARL", "SCI Les Tilleuls",
        "SA HLM LOGIS", "S.A. d'HLM Logis", "Collège Jean Moulin", "Lycée Jules FERRY",
        "OCCE ÉCOLE JEAN JAURÈS", "Commune de Crach", "la commune de Crach", "CCAS",
        "Syndicat mixte du bassin", "Caisse des Écoles", "Comité des fêtes", "Untel (W123456789)",
        "Fondation Untel", "Association Jeanne Quelquun", "Banque Postale Est", "CDC", "Arkea",
    ],
    "natural": [
        "M. Quelquun", "Mme Quelquun", "Quelquun (Mme)", "MR QUELQUUN", "Monsieur X. Quelquun",
        "QUELQUUN Jean", "Jean QUELQUUN", "QUELQUUN JEAN", "Jean-Pierre Quelquun",
        "QUELQUUN MARIE CLAIRE", "Jean de Quelquun", "EI Quelquun", "QUELQUUN (EI)",
        "Entrepreneur individuel Quelquun", "Quelquun Jean auto-entrepreneur",
        "Indivision Quelquun",
        "Famille Quelquun", "secrétaire de mairie – Jeanne QUELQUUN", "emploi de M. Quelquun",
        "Quelquun TRUCMUCHE", "QUELQUUN RAJKUMAR", "ABDELTRUC QUELQUUN", "Zineddine QUELQUUN",
    ],
    "doubtful": [
        "", "?", "0", "TENNIS CLUB", "QUELQUUN", "ASS NDIAYE", "SA FERNANDO CARNEIRO",
        "NGUYEN VAN SA",
        "Association de M. Quelquun", "École de conduite Quelquun", "Les amis de Jean",
        "SAINT-MARTIN", "SGC SAINT-MARTIN", "adjoint administratif",
        "Le conseil municipal", "rédacteur principal de 2ème classe", "Pays Quelquun",
        "Maison Quelquun", "QUELQUUN ABDEL", "LES ABDELTRUC REUNIS",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("kind", "name"), [(k, n) for k, names in NAMES.items() for n in names])
def test_kinds_of_names(kind, name):
    found = kind_of(name)
    # A short form before a first name, a first name anywhere: never published is what matters.
    assert found == kind or (kind == "doubtful" and found == "natural" and "FERNANDO" in name)


def test_a_body_of_the_territory_is_known_by_its_name_alone():
    assert kind_of("Montreuil-Bellay") == "doubtful"
    assert kind_of("MONTREUIL BELLAY", frozenset({normal("Montreuil-Bellay")})) == "legal"


@pytest.mark.parametrize(
    ("number", "public"),
    [("21670482500019", True), ("216704825", True), ("2167 0482 5000 19", True),
     ("21670482500018", False), ("35600000000048", False), ("Jeanne", False), ("", False)],
)  # fmt: skip
def test_only_public_bodies_have_these_numbers(number, public):
    assert is_public_number(number) is public


@given(
    civility=st.sampled_from(["M. ", "Mme ", "Mlle ", "Monsieur ", "Madame "]),
    name=st.text("abcdefghijklmnopqrstuvwxyzéè -'", min_size=2, max_size=40),
)
def test_a_civility_is_never_a_legal_person_s(civility, name):
    assert kind_of(civility + name) != "legal"


@given(st.text(max_size=400))
def test_any_text_has_a_kind(text):
    assert kind_of(text) in ("legal", "natural", "doubtful")


@pytest.mark.parametrize(
    "text",
    ["", "101", "20160004", "R01", "OPFI", "2016-voirie", "Aménagement du cimetière", "2313/04",
     "Adjoint technique principal de 2ème classe", "adjoint administratif territoral", "ROY",
     "Educateur territorial des A.P.S.", "D.G.A.S 40 à 150.000 hab.", "ETABLISSEMENT PUBLIC"],
)  # fmt: skip
def test_codes_grades_and_works_have_known_words_only(text):
    assert has_known_words_only(text)


@pytest.mark.parametrize(
    "text",
    ["Trucmuche", "TRUCMUCHE", "Adjoint technique Trucmuche", "Mme Roy", "101 Trucmuche",
     "TRUCMUCHE2", "maison TRUCMUCHE", "Adjoint technique (Trucmuche)", "Jeanne", "06 12 34 56 78",
     "a@example.org", "adjoint " * 60],
)  # fmt: skip
def test_any_other_word_may_be_a_surname(text):
    assert not has_known_words_only(text)
