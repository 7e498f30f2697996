"""A small document without a fault, and the means to break one thing in it."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from ckanext.budget.totem.checks import Report, check

CLEAN = """<?xml version="1.0" encoding="UTF-8"?>
<DocumentBudgetaire xmlns="http://www.minefi.gouv.fr/cp/demat/docbudgetaire">
<VersionSchema V="95"/>
<BlocEditeur><CodeEditeur V="Essai"/><ed:Outil xmlns:ed="http://exemple.fr/x" V="1"/></BlocEditeur>
<EnTeteDocBudgetaire>
<DteStr V="2022-04-04"/><LibellePoste V="SGC"/><IdPost V="093001"/>
<LibelleColl V="Ville d'essai"/><IdColl V="21930048000015"/><NatCEPL V="Commune"/>
<Departement V="093"/>
</EnTeteDocBudgetaire>
<Budget>
<EnTeteBudget><LibelleEtab V="Budget principal"/><IdEtab V="21930048000015"/><CodColl V="001"/>
<CodBud V="00"/><Nomenclature V="M14-M14_COM_SUP3500"/></EnTeteBudget>
<BlocBudget>
<NatDec V="01"/><Exer V="2017"/><ProjetBudget V="false"/><DteDec V="2017-03-28"/>
<BudgPrec V="1"/><ReprRes V="1"/><NatFonc V="1"/><CodTypBud V="P"/>
</BlocBudget>
<InformationsGenerales><Information Code="PopTot" V="1000"/></InformationsGenerales>
<LigneBudget><Nature V="6411"/><Fonction V="020"/><ContNat V="012"/><ArtSpe V="false"/>
<CodRD V="D"/><MtPrev V="900.00"/><OpBudg V="0"/></LigneBudget>
<LigneBudget><Nature V="6811"/><Fonction V="01"/><ContNat V="042"/><ArtSpe V="false"/>
<CodRD V="D"/><MtPrev V="100.00"/><OpBudg V="1"/><TypOpBudg V="2"/></LigneBudget>
<LigneBudget><Nature V="73111"/><Fonction V="01"/><ContNat V="73"/><ArtSpe V="false"/>
<CodRD V="R"/><MtPrev V="1000.00"/><OpBudg V="0"/></LigneBudget>
<LigneBudget><Nature V="28188"/><Fonction V="01"/><ContNat V="040"/><ArtSpe V="false"/>
<CodRD V="R"/><MtPrev V="100.00"/><OpBudg V="1"/><TypOpBudg V="2"/></LigneBudget>
<LigneBudget><Nature V="2188"/><Fonction V="020"/><ContNat V="21"/><ArtSpe V="false"/>
<CodRD V="D"/><MtPrev V="100.00"/><OpBudg V="0"/></LigneBudget>
<Annexes>
<DATA_CONCOURS><CONCOURS><CodArticle V="6574"/><CodNatJurBenefCA V="P1"/>
<LibOrgaBenef V="Club"/><MtSubv V="150.00"/></CONCOURS></DATA_CONCOURS>
<DATA_SOMMAIRE><SOMMAIRE><CodeAnnexe V="IV-B1.7"/><Present V="true"/></SOMMAIRE></DATA_SOMMAIRE>
</Annexes>
</Budget>
</DocumentBudgetaire>
"""


@pytest.fixture
def clean() -> str:
    """The document: its only finding is that it has no seal."""
    return CLEAN


@pytest.fixture
def report_of() -> Callable[..., Report]:
    """``report_of(old, new, …)``: report of the clean document with each ``old`` made ``new``."""

    def report(*changes: str, text: str = CLEAN) -> Report:
        for old, new in zip(changes[::2], changes[1::2], strict=True):
            assert old in text, f"nothing to change: {old}"
            text = text.replace(old, new)
        return check(io.BytesIO(text.encode()))

    return report
