"""The quick ways of checking blocks say what the slow one says."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.budget.totem.checks import check
from ckanext.budget.totem.checks import checker as module
from ckanext.budget.totem.checks.shape import Scanner, elements_of, usual_block
from ckanext.budget.totem.checks.values import problem
from ckanext.budget.totem.structure import load

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<DocumentBudgetaire xmlns="http://www.minefi.gouv.fr/cp/demat/docbudgetaire">
<EnTeteDocBudgetaire><LibelleColl V="Essai"/></EnTeteDocBudgetaire><Budget>
<EnTeteBudget><IdEtab V="21930048000015"/><Nomenclature V="M57-M57_D"/></EnTeteBudget>
<BlocBudget><NatDec V="09"/><Exer V="2022"/></BlocBudget>"""
TAIL = "</Budget></DocumentBudgetaire>"

VALUES = st.sampled_from(
    [
        "0",
        "1",
        "D",
        "R",
        "T",
        "true",
        "vrai",
        "6411",
        "011",
        "12.50",
        "-12.5",
        "12,50",
        "+3",
        "",
        " ",
        "2022-02-28",
        "2022-02-30",
        "2022-12-31",
        "2022-13-01",
        "0" * 31,
        "9" * 15,
        "P3",
        "é" * 100,
        "é" * 101,
        "A &amp; B",
        "21930048000015",
        "21930048000016",
        "1.234",
        ".5",
        "IV-B1.7",
    ]
)
NAMES = st.sampled_from(
    [
        "Nature",
        "LibCpte",
        "Fonction",
        "Operation",
        "ContNat",
        "ArtSpe",
        "CodRD",
        "MtPrev",
        "MtReal",
        "CredOuv",
        "OpBudg",
        "TypOpBudg",
        "Inconnu",
        "MtCumulCA",
        "Groupe",
    ]
)
CODED = st.builds('<MtSup Code="{}" V="{}"/>'.format, st.sampled_from(["A", "x" * 31]), VALUES)
PLAIN = (
    st.builds("<{} V='{}'/>".format, NAMES, VALUES)
    | st.builds('<{} V="{}"/>'.format, NAMES, VALUES)
    | st.builds("<{}/>".format, NAMES)
)
LINES = st.builds(
    "<LigneBudget{}>{}</LigneBudget>".format,
    st.sampled_from(["", "", ' calculated="true"', ' id="a"']),
    st.lists(PLAIN | CODED, max_size=6).map("".join),
)
GRANT_NAMES = st.sampled_from(["CodArticle", "CodNatJurBenefCA", "LibOrgaBenef", "MtSubv", "Siret"])
GRANTS = st.builds(
    "<CONCOURS>{}</CONCOURS>".format,
    st.lists(st.builds('<{} V="{}"/>'.format, GRANT_NAMES, VALUES), max_size=5).map("".join),
)
NEVER = re.compile(rb"(?!)")


def document(lines: list[str], grants: list[str]) -> bytes:
    annex = f"<Annexes><DATA_CONCOURS>{''.join(grants)}</DATA_CONCOURS></Annexes>"
    return f"{HEAD}{''.join(lines)}{annex if grants else ''}{TAIL}".encode()


@settings(max_examples=150, deadline=None)
@given(st.lists(LINES, max_size=6), st.lists(GRANTS, max_size=4))
def test_quick_and_slow_ways_find_the_same(lines: list[str], grants: list[str]) -> None:
    data = document(lines, grants)
    quick = check(io.BytesIO(data))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "usual_block", lambda *args: NEVER)
        scanned = check(io.BytesIO(data))
        patch.setattr(Scanner, "is_right", lambda *args: False)
        slow = check(io.BytesIO(data))
    assert quick == scanned == slow


def test_the_usual_line_is_recognised_as_a_whole() -> None:
    usual = usual_block(load(), "LigneBudget", "LigneBudget", ("Nature", "MtReal"))
    line = (
        b'\n  <LigneBudget>\n<Nature V="6411"/>\n<CodRD V="D"/><MtReal V="-1.50"/>'
        b'<OpBudg V="0"/><MtSup Code="A" V="0.00"/><MtSup Code="B" V="1"/></LigneBudget>'
    )
    match = usual.match(line)
    assert match and match.groupdict() == {"Nature": b"6411", "MtReal": b"-1.50"}
    assert not usual.match(line.replace(b"6411", b"64a1"))
    assert not usual.match(line.replace(b'<CodRD V="D"/>', b""))


def test_a_known_shape_with_elements_of_newer_schemas_is_right() -> None:
    scanner = Scanner(load(), "LigneBudget", "UTF-8")
    line = b'<LigneBudget id="x"><Nature V="1"/><CodRD V="D"/><OpBudg V="0"/><MtCumulCA V="1"/>'
    assert scanner.is_right(elements_of(line))
    assert not scanner.is_right(elements_of(line + b'<Nature V="1"/>'))


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("MtReal", "123456789012.34", ""),
        ("MtReal", "1234567890123.45", "type"),
        ("MtReal", "1.500", ""),
        ("MtReal", "1.555", "type"),
        ("MtReal", "", "empty"),
        ("ArtSpe", "1", ""),
        ("ArtSpe", "oui", "type"),
        ("CodRD", "D", ""),
        ("CodRD", "d", "code"),
        ("Nature", "", "empty"),
        ("Nature", "6" * 31, "length"),
        ("LibCpte", "", ""),
    ],
)
def test_problems_of_values(name: str, value: str, expected: str) -> None:
    field = load().field("LigneBudget", name)
    assert field is not None and problem(field, value) == expected
