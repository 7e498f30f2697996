"""The columns of the SCDL budget schema 0.8, which every writer and reader takes from one file."""

from __future__ import annotations

from ckanext.budget.totem import scdl
from ckanext.budget.totem.columns import AMOUNTS, BY_NAME, COLUMNS, DESCRIPTOR, MANDATORY
from ckanext.budget.totem.summary.cube import KINDS

# https://schema.data.gouv.fr/scdl/budget/: its columns, in its order.
NATIONAL = """
    BGT_NATDEC BGT_ANNEE BGT_SIRET BGT_NOM BGT_CONTNAT BGT_CONTNAT_LABEL BGT_NATURE BGT_NATURE_LABEL
    BGT_FONCTION BGT_FONCTION_LABEL BGT_OPERATION BGT_SECTION BGT_OPBUDG BGT_CODRD BGT_MTREAL
    BGT_MTBUDGPREC BGT_MTRARPREC BGT_MTPROPNOUV BGT_MTPREV BGT_CREDOUV BGT_MTRAR3112 BGT_ARTSPE
""".split()


def test_the_schema_has_the_national_columns() -> None:
    assert list(COLUMNS) == NATIONAL
    assert set(NATIONAL[:8] + NATIONAL[11:14]) == MANDATORY
    assert list(AMOUNTS) == NATIONAL[14:21]
    assert all(field["title"] and field["description"] for field in DESCRIPTOR["fields"])
    assert BY_NAME["BGT_ANNEE"].type == "year"


def test_amounts_and_their_elements_go_together() -> None:
    assert [f"BGT_{name.upper()}" for name in scdl.AMOUNTS] == list(AMOUNTS)
    assert [f"BGT_{kind}" for kind in KINDS] == list(AMOUNTS)
