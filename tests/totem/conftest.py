"""Small documents for the library's tests, and the real ones when they are at hand."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest

from ckanext.budget.totem.model import Stage
from ckanext.budget.totem.scdl import write
from ckanext.budget.totem.summary import Summary
from ckanext.budget.totem.summary.document import summarise_totem

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


class Paper(NamedTuple):
    """A generated document: its bytes, its SCDL rows, and the summary that the portal stores."""

    name: str
    totem: bytes
    rows: list[dict[str, str]]
    summary: Summary

    def cents(self, row: dict[str, str]) -> int:
        """The amount of a row that speaks for the document."""
        return int(Decimal(row[f"BGT_{self.summary.payload['basis']}"] or 0) * 100)


@pytest.fixture(scope="session")
def papers() -> list[Paper]:
    """Generated documents of every norm and every stage."""
    pytest.importorskip("faker")
    from ckanext.budget.totem.generate import document as generated
    from ckanext.budget.totem.generate import plan

    seen: set[str] = set()
    found = []
    for spec in plan(80, 2024):
        marks = {spec.budget.case.norm, spec.stage.name}
        if not marks <= seen:
            seen |= marks
            found.append(paper(spec.file_name, b"".join(generated(spec))))
    assert seen == {"M14", "M57", "M4", "M52", "M61", "M71", *Stage.__members__}
    return found


def paper(name: str, totem: bytes) -> Paper:
    """The same document by the two ways: its CSV, and the summary made while it is read."""
    out = io.BytesIO()
    write(io.BytesIO(totem), out)
    rows = list(csv.DictReader(io.StringIO(out.getvalue().decode("utf-8"))))
    return Paper(name, totem, rows, summarise_totem(io.BytesIO(totem))[1])


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
