"""The compte financier unique."""

from __future__ import annotations

import pytest
from lxml import etree

from ckanext.budget.totem.model import Stage

from .conftest import NAMESPACES, cents, lines_of

CFU = "{http://www.minefi.gouv.fr/cp/demat/doccfu}CompteFinancierUnique"
DC = {"c": "http://www.minefi.gouv.fr/cp/demat/doccomptable"}


@pytest.fixture
def accounts(trees):
    found = [tree for spec, tree in trees.items() if spec.stage is Stage.CFU]
    assert found
    return found


def test_shape(accounts):
    for tree in accounts:
        assert tree.tag == CFU
        names = [etree.QName(child).localname for child in tree]
        assert names == ["DocumentComptable", "DocumentBudgetaire", "Signatures"]
        assert tree.find(".//c:Gestion", DC).get("NomComptable")
        assert tree.find(".//c:Edition", DC).get("Utilisateur")


def _sum(tree, state):
    found = tree.iterfind(".//c:LigneComptable", DC)
    return sum(
        cents(line.find("c:MtNet", DC).get("V"))
        for line in found
        if line.find("c:Etat", DC).get("V") == state
        and line.find("c:ModeTraitement", DC).get("V") != "TOTALISATION"
    )


def test_assets_equal_liabilities(accounts):
    for tree in accounts:
        assert _sum(tree, "BI_A") == _sum(tree, "BI_P") > 0


def _stated(tree, mode):
    found = tree.iterfind(".//c:LigneComptable", DC)
    return sum(
        cents(line.find("c:MtRealNettes", DC).get("V"))
        for line in found
        if line.find("c:MtRealNettes", DC) is not None
        and line.find("c:ModeTraitement", DC).get("V") == mode
    )


def test_execution_agrees_with_the_budget(accounts):
    """What the accountant carried out is what the lines say, results of earlier years aside."""
    for tree in accounts:
        done = sum(
            cents(line["MtReal"]) for line in lines_of(tree) if line["Nature"] not in ("001", "002")
        )
        assert _stated(tree, "DETAIL_CHAPITRE") == done
        assert _stated(tree, "TOTALISATION") == done


def test_subtotals_agree_with_the_lines(accounts):
    for tree in accounts:
        groups = {
            item.get("V"): item.getparent() for item in tree.iterfind(".//t:Groupe", NAMESPACES)
        }
        stated = sum(
            cents(groups[name].find("t:MtReal", NAMESPACES).get("V"))
            for name in ("GDEPTOTFONCA", "GDEPTOTINVCA")
        )
        lines = [line for line in lines_of(tree) if line["CodRD"] == "D"]
        assert stated == sum(cents(line["MtReal"]) for line in lines)
