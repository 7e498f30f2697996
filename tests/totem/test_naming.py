"""Names dressed for pages."""

from __future__ import annotations

import pytest

from ckanext.budget.totem.naming import dressed


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("CRACH", "Crach"),
        ("COMMUNE DE MOHON (M57)", "Mohon"),
        ("COMMUNE DE MOHON 260", "Mohon"),
        ("COMMUNE D'AUBRIVES", "Aubrives"),
        ("VILLE DE MONTREUIL", "Montreuil"),
        ("LOTISSEMENT LE BOCENO", "Lotissement Le Boceno"),
        ("SAINT MALO AGGLOMERATION", "Saint Malo agglomération"),
        ("TRANSPORT ET MOBILITE SMA", "Transport et mobilité SMA"),
        ("CHARLEVILLE-MÉZIÈRES", "Charleville-Mézières"),
        ("BELVAL-BOIS-DES-DAMES", "Belval-Bois-des-Dames"),
        ("L'HAY-LES-ROSES", "L'Hay-les-Roses"),
        ("CC DU PAYS RETHELOIS", "CC du Pays Rethelois"),
        ("DEPARTEMENT DE LA MARNE", "Département de la Marne"),
        ("CCAS DE REIMS", "CCAS de Reims"),
        ("BUDGET ANNEXE ASSAINISSEMENT 2022", "Budget annexe assainissement"),
        ("  EAU   POTABLE (M49)", "Eau potable"),
        ("Grand Est", "Grand Est"),  # what is written for people stays
        ("Commune de Vrigne aux Bois", "Vrigne aux Bois"),
        ("VILLE", "Ville"),
        ("M57", "M57"),
        ("2022", "2022"),
        ("()", "()"),
        ("", ""),
    ],
)
def test_a_name_is_dressed(written: str, shown: str) -> None:
    assert dressed(written) == shown
    assert dressed(shown) == shown
