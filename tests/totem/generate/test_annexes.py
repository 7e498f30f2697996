"""Annexes of generated documents."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import etree

from ckanext.budget.totem.generate import document, plan
from ckanext.budget.totem.generate.annexes import counts
from ckanext.budget.totem.structure import load

from .conftest import NAMESPACES, cents


@pytest.fixture(scope="module")
def complete():
    """A document with every annex."""
    spec = replace(next(plan(1, 5)), annexes="all")
    return etree.fromstring(b"".join(document(spec)))


def test_the_table_lists_every_annex_in_the_order_of_the_xsd():
    assert tuple(count.annex for count in counts()) == load().annexes


def test_every_annex_can_be_made(complete):
    held = [
        etree.QName(item).localname.removeprefix("DATA_")
        for item in complete.find(".//t:Annexes", NAMESPACES)
    ]
    assert tuple(held) == load().annexes
    assert all(len(item) for item in complete.find(".//t:Annexes", NAMESPACES))


@pytest.mark.parametrize("seed", range(5))
def test_every_annex_is_valid_against_the_official_xsd(xsd, seed):
    for spec in plan(6, seed):
        if spec.stage.name != "CFU":
            tree = etree.fromstring(b"".join(document(replace(spec, annexes="all"))))
            assert xsd.validate(tree), (spec.file_name, xsd.error_log[0])


def test_records_agree_with_themselves(complete):
    def amount(record, name):
        return cents(record.find(f"t:{name}", NAMESPACES).get("V"))

    loans = complete.findall(".//t:EMPRUNT", NAMESPACES)
    for loan in loans:
        left = amount(loan, "MtCapitalRestDu_01_01") - amount(loan, "MtCapitalExer")
        assert left == amount(loan, "MtCapitalRestDu_31_12")
    votes = complete.find(".//t:SIGNATURE", NAMESPACES)
    count = {etree.QName(item).localname: item.get("V") for item in votes}
    assert int(count["NbrMembPresent"]) <= int(count["NbrMembExer"])
    assert loans


def test_the_summary_announces_what_is_there(trees):
    announced = 0
    for tree in trees.values():
        held = {etree.QName(item).localname for item in tree.iterfind(".//t:Annexes/*", NAMESPACES)}
        for line in tree.iterfind(".//t:SOMMAIRE", NAMESPACES):
            if line.find("t:CodeAnnexe", NAMESPACES).get("V") == "IV-B1.7":
                present = line.find("t:Present", NAMESPACES).get("V") in ("true", "1")
                assert present == ("DATA_CONCOURS" in held)
                announced += present
    assert announced


def test_no_annex_when_none_is_wanted():
    content = b"".join(document(replace(next(plan(1, 5)), annexes="none")))
    assert b"<Annexes" not in content
