"""Bodies and keys."""

from __future__ import annotations

import pytest

from ckanext.budget.totem.generate.bodies import bodies, of_kind, of_place
from ckanext.budget.totem.generate.keys import complete, is_valid, siret


def test_luhn_keys_of_known_identifiers():
    # Région Grand Est, département de la Moselle, and their SIRET as INSEE publishes them.
    assert is_valid("200052264")
    assert siret("225700012").startswith("225700012") and is_valid(siret("225700012"))
    assert not is_valid("200052265")


@pytest.mark.parametrize("prefix", ["0", "21570463", "2154039500001"])
def test_complete_makes_a_valid_key_and_only_one(prefix):
    completed = complete(prefix)
    assert is_valid(completed)
    others = {prefix + str(digit) for digit in range(10)} - {completed}
    assert not any(is_valid(other) for other in others)


def test_every_body_has_a_valid_siren_of_its_own():
    everyone = bodies()
    assert all(is_valid(body.siren) and len(body.siren) == 9 for body in everyone)
    assert all(is_valid(body.siret(rank)) for body in everyone for rank in (1, 2, 14))
    assert len({body.siren for body in everyone}) == len(everyone)


def test_bodies_cover_grand_est():
    assert {body.department for body in bodies()} == {
        "08",
        "10",
        "51",
        "52",
        "54",
        "55",
        "57",
        "67",
        "68",
        "88",
    }
    assert len(of_kind("commune")) >= 100
    assert len(of_kind("departement")) == 10
    assert len(of_kind("region")) == 1
    assert all(body.population > 0 for body in bodies())


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Épinal", "d'Épinal"),
        ("Le Thillot", "du Thillot"),
        ("Les Islettes", "des Islettes"),
        ("Metz", "de Metz"),
        ("La Bresse", "de La Bresse"),
    ],
)
def test_of_place(name, said):
    assert of_place(name) == said
