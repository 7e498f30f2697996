"""Small documents for the library's tests, and the real ones when they are at hand."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

SAMPLES = os.environ.get("BUDGET_SAMPLES", "")
NS = "http://www.minefi.gouv.fr/cp/demat/docbudgetaire"


def line(nature: str = "6413", rd: str = "D", **fields: str) -> str:
    """One ``LigneBudget`` in the order of the XSD."""
    values = {"Nature": nature, "CodRD": rd, "OpBudg": "0", "MtReal": "10.00"} | fields
    order = (
        "Nature LibCpte Fonction Operation ContNat ArtSpe CodRD MtBudgPrec MtRARPrec MtPropNouv "
        "MtPrev CredOuv MtReal MtRAR3112 OpBudg TypOpBudg OpeCpteTiers"
    ).split()
    inner = "".join(f'<{name} V="{values[name]}"/>' for name in order if values.get(name))
    return f"<LigneBudget>{inner}</LigneBudget>"


def document(
    lines: str = line(),
    annexes: str = "",
    *,
    encoding: str = "UTF-8",
    seal: str = "",
    bloc: str = "",
    before: str = "",
    **header: str,
) -> bytes:
    """A whole ``DocumentBudgetaire``; ``header`` replaces the values of its blocks."""
    values = {
        "LibelleColl": "COMMUNE D'ESSAI",
        "IdColl": "21670482500019",
        "NatCEPL": "Commune",
        "LibelleEtab": "BUDGET PRINCIPAL",
        "IdEtab": "21670482500019",
        "Nomenclature": "M57-M57_D",
        "NatDec": "09",
        "Exer": "2023",
        "PopTot": "1 234",
    } | header
    text = f"""<?xml version="1.0" encoding="{encoding}"?>
<DocumentBudgetaire xmlns="{NS}">
<VersionSchema V="113"/>{seal}
<EnTeteDocBudgetaire><LibelleColl V="{values["LibelleColl"]}"/><IdColl V="{values["IdColl"]}"/>\
<NatCEPL V="{values["NatCEPL"]}"/></EnTeteDocBudgetaire>
<Budget>
<EnTeteBudget><LibelleEtab V="{values["LibelleEtab"]}"/><IdEtab V="{values["IdEtab"]}"/>\
<Nomenclature V="{values["Nomenclature"]}"/></EnTeteBudget>
<BlocBudget><NatDec V="{values["NatDec"]}"/><Exer V="{values["Exer"]}"/>{bloc}</BlocBudget>
<InformationsGenerales><Information Code="PopTot" V="{values["PopTot"]}"/></InformationsGenerales>
{before}{lines}
<Annexes>{annexes}</Annexes>
</Budget>
</DocumentBudgetaire>
"""
    return text.encode(encoding)


@pytest.fixture(name="document")
def _document() -> Callable[..., bytes]:
    return document


@pytest.fixture(name="line")
def _line() -> Callable[..., str]:
    return line


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """``sample``: the path of each real document, none when BUDGET_SAMPLES is not set."""
    if "sample" in metafunc.fixturenames:
        paths = sorted(Path(SAMPLES).glob("*.xml")) if SAMPLES else []
        metafunc.parametrize("sample", paths, ids=[path.stem for path in paths])
