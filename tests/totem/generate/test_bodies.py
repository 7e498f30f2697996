"""Bodies and their identifiers."""

from __future__ import annotations

import pytest

from ckanext.budget.totem.generate.bodies import bodies, of_kind, of_place
from ckanext.budget.totem.identifiers import is_siren, is_siret


def test_every_body_has_a_valid_siren_of_its_own():
    everyone = bodies()
    assert all(is_siren(body.siren) for body in everyone)
    assert all(is_siret(body.siret(rank)) for body in everyone for rank in (1, 2, 14))
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
