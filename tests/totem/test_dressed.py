"""Names as people write them."""

from __future__ import annotations

import pytest

from ckanext.budget.totem.dressed import dressed


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("CRACH", "Crach"),
        ("COMMUNE DE MOHON (M57)", "Mohon"),
        ("Commune de La Roche", "La Roche"),
        ("VILLE DU HAVRE", "Le Havre"),
        ("COMMUNE DES ROUSSES", "Les Rousses"),
        ("COMMUNE DE L'HAY", "L'Hay"),
        ("VILLE D'AY-CHAMPAGNE", "Ay-Champagne"),
        ("SAINT-DIE-DES-VOSGES", "Saint-Die-des-Vosges"),
        ("SAINT MALO AGGLOMERATION", "Saint Malo Agglomeration"),
        ("EUROMÉTROPOLE DE METZ", "Eurométropole de Metz"),
        ("CC DU PAYS DE L'OURCQ", "CC du Pays de l'Ourcq"),
        ("CCAS DE CRACH", "CCAS de Crach"),
        ("SDIS 67", "SDIS 67"),
        ("BUDGET EAU - M49", "Budget Eau"),
        ("Département de la Meuse", "Département de la Meuse"),
        ("COMMUNE", "Commune"),
        ("(M57)", "(M57)"),
        ("", ""),
    ],
)
def test_a_name_is_dressed(written: str, shown: str) -> None:
    assert dressed(written) == shown
    assert dressed(shown) == shown, "what is dressed stays so"
