"""What a document tells of the other budgets of its body: its annex CONSOLIDATION, its flows."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest

from ckanext.budget.totem.identifiers import siret
from ckanext.budget.totem.nomenclature import load
from ckanext.budget.totem.summary.consolidation import MOST, Consolidation
from ckanext.budget.totem.summary.cube import KINDS, Cell
from ckanext.budget.totem.summary.document import summarise_totem
from ckanext.budget.totem.summary.flows import internal_flows

OWN, ANNEX = siret("217005677"), siret("217005677", 2)


def record(**values: str) -> dict[str, str]:
    usual = {"CodTypBudAgreg": "02", "CodInvFonc": "F", "CodRD": "D", "MtCredOuv": "10.50",
             "MtRealMandatTitre": "9.25", "RAR": "0", "SiretBudAnnexe": ANNEX}  # fmt: skip
    return usual | values


def rows(*records: dict[str, str]) -> list[tuple[Any, ...]]:
    found = Consolidation()
    for one in records:
        found.add(one)
    return [tuple(row.values()) for row in found.as_list()]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, ("annex", ANNEX, "F", "D", 1050, 925, 0)),
        ({"CodTypBudAgreg": "01"}, ("principal", ANNEX, "F", "D", 1050, 925, 0)),
        ({"CodTypBudAgreg": "04"}, ("flows", ANNEX, "F", "D", 1050, 925, 0)),
        ({"SiretBudAnnexe": "JEANNE MARTIN"}, ("annex", "", "F", "D", 1050, 925, 0)),
        ({"MtCredOuv": ""}, ("annex", ANNEX, "F", "D", 0, 925, 0)),
        ({"CodTypBudAgreg": "03"}, None),
        ({"CodRD": "X"}, None),
        ({"CodInvFonc": ""}, None),
    ],
)
def test_a_record_is_a_row_of_codes_and_amounts(given: dict, told: tuple | None) -> None:
    assert rows(record(**given)) == ([told] if told else [])


def test_records_of_one_budget_add_up() -> None:
    assert rows(record(), record(MtRealMandatTitre="0.75")) == [
        ("annex", ANNEX, "F", "D", 2100, 1000, 0)
    ]


def test_a_hostile_document_does_not_grow() -> None:
    many = (record(SiretBudAnnexe=siret("217005677", n)) for n in range(1, 2 * MOST))
    assert len(rows(*many)) == MOST


def document(records: str) -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<DocumentBudgetaire xmlns="http://www.minefi.gouv.fr/cp/demat/docbudgetaire">
<VersionSchema V="95"/>
<EnTeteDocBudgetaire><LibelleColl V="ESSAI"/><IdColl V="{OWN}"/></EnTeteDocBudgetaire>
<Budget><EnTeteBudget><LibelleEtab V="BP"/><IdEtab V="{OWN}"/><Nomenclature V="M57-M57_D"/>
</EnTeteBudget>
<BlocBudget><NatDec V="09"/><Exer V="2023"/><CodTypBud V="P"/></BlocBudget>
<LigneBudget><Nature V="6573641"/><ContNat V="65"/><CodRD V="D"/><MtReal V="120.00"/><OpBudg V="0"/>
</LigneBudget>
<LigneBudget><Nature V="70872"/><ContNat V="70"/><CodRD V="R"/><MtReal V="30.00"/><OpBudg V="0"/>
</LigneBudget>
<LigneBudget><Nature V="6413"/><ContNat V="012"/><CodRD V="D"/><MtReal V="7.00"/><OpBudg V="0"/>
</LigneBudget>
<Annexes><DATA_CONSOLIDATION>{records}</DATA_CONSOLIDATION></Annexes></Budget></DocumentBudgetaire>
""".encode()


def test_the_summary_of_a_document_tells_both() -> None:
    inner = "".join(f'<{name} V="{value}"/>' for name, value in record().items())
    named = inner + '<LibBudAnnex V="JEANNE MARTIN"/>'
    _header, summary = summarise_totem(BytesIO(document(f"<CONSOLIDATION>{named}</CONSOLIDATION>")))
    [row] = summary.payload["consolidation"]
    assert (row["kind"], row["siret"], row["carried_out"]) == ("annex", ANNEX, 925)
    assert [(one["direction"], one["code"], one["amount"])
            for one in summary.payload["internal_flows"]] == [
        ("D", "6573641", 12000), ("R", "70872", 3000)]  # fmt: skip
    assert b"MARTIN" not in summary.body


@pytest.mark.parametrize(
    ("norm", "variant", "year", "code", "is_internal"),
    [
        ("M57", "M57", 2024, "657362", True),
        ("M57", "M57", 2023, "657362", False),  # the CCAS, until 2023
        ("M57", "M57", 2023, "65821", True),
        ("M14", "M14_COM_SUP3500", 2020, "6521", True),
        ("M14", "M14_COM_SUP3500", 2020, "70841", False),  # also paid by the CCAS
        ("M14", "M14_COM_SUP3500", 2020, "657351", False),  # a grouping is another body
        ("M4", "M49_D", 2022, "6215", True),
        ("M57", "M57", 2023, "6413", False),
    ],
)
def test_the_words_of_the_official_chart_decide(
    norm: str, variant: str, year: int, code: str, is_internal: bool
) -> None:
    amounts = [0] * len(KINDS)
    amounts[KINDS.index("MTREAL")] = 500
    cells = {Cell("F", "D", "0", "65", code, ""): amounts}
    found = internal_flows(cells, "MTREAL", load(norm, variant, year))
    assert [one["amount"] for one in found] == ([500] if is_internal else [])


def test_book_entries_are_no_payment() -> None:
    amounts = [100] * len(KINDS)
    cells = {Cell("F", "D", "1", "042", "6573641", ""): amounts}
    assert internal_flows(cells, "MTREAL", load("M57", "M57", 2023)) == []
    assert internal_flows(cells, None, load("M57", "M57", 2023)) == []
    assert internal_flows(cells, "MTREAL", None) == []
