"""Keys of SIREN and SIRET numbers, La Poste's included; one implementation for all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.budget.totem.identifiers import complete, is_siren, is_siret, siret


@pytest.mark.parametrize(
    ("number", "is_establishment", "is_body"),
    [
        ("21930048000015", True, False),
        ("21930048000016", False, False),
        ("219300480", False, True),
        ("219300481", False, False),
        ("200052264", False, True),  # Région Grand Est, as INSEE publishes it
        ("356000000", False, True),  # La Poste
        ("35600000000048", True, False),  # its head office: Luhn
        ("35600000049837", True, False),  # another establishment: sum of the digits
        ("35600000049838", False, False),
        ("21930048100005", False, False),  # the key of the whole is right, that of the SIREN is not
        ("", False, False),
        ("2193004800001", False, False),
        ("2193004800001x", False, False),
        ("219 300 480", False, False),
        ("219300480 00015", False, False),
        ("٢١٩٣٠٠٤٨٠٠٠٠١٥", False, False),
        ("²1930048000015", False, False),
    ],
)
def test_keys(number: str, is_establishment: bool, is_body: bool) -> None:
    assert (is_siret(number), is_siren(number)) == (is_establishment, is_body)


@given(st.from_regex("[0-9]{8}", fullmatch=True), st.integers(0, 9999))
def test_a_made_number_has_its_key_and_no_other(prefix: str, rank: int) -> None:
    siren = complete(prefix)
    found = siret(siren, rank)
    assert is_siren(siren) and found.startswith(siren)
    assert is_siret(found) or siren == "356000000"
    assert not any(is_siren(prefix + key) for key in "0123456789" if prefix + key != siren)
