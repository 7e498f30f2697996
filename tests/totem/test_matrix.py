"""Every attribute of the schema has a verdict, in one table, for each policy."""

from __future__ import annotations

import os
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from ckanext.budget.totem.privacy.documentation import matrix_page
from ckanext.budget.totem.privacy.matrix import DECISIONS, attributes, verdicts
from ckanext.budget.totem.privacy.policy import GROUNDS, POLICIES, kept, rules
from ckanext.budget.totem.structure import load

XS = "{http://www.w3.org/2001/XMLSchema}"


def test_every_attribute_has_one_verdict_and_a_reason():
    found = verdicts()
    assert [v.place for v in found] == list(dict.fromkeys(v.place for v in found))
    assert len(found) == len(list(attributes())) == 577
    for verdict in found:
        assert verdict.strict and verdict.standard and verdict.reason, verdict.place
        assert not verdict.ground or verdict.ground in GROUNDS


def test_no_text_is_in_both_tables_and_none_is_of_another_schema():
    masked = {(rule.container, rule.element) for rule in rules()}
    anywhere = {rule.element for rule in rules() if rule.container == "*"}
    assert not masked & kept().keys()
    assert not {element for _, element in kept()} & anywhere
    assert max(Counter((r.container, r.element) for r in rules()).values()) == 1
    for container, element in kept():
        assert load().field(container, element.partition("/@")[0]), (container, element)


def test_what_standard_keeps_a_text_makes_public():
    """Private life (L311-6) is no ground to keep: such rows are masked in both policies."""
    for rule in rules():
        strict, standard = DECISIONS[rule.action]
        if rule.ground in ("L311-6", "L311-7") and rule.action != "person":
            assert strict == standard, (rule.container, rule.element)


def test_the_page_is_the_table():
    page = Path(__file__).parents[2].joinpath("docs", "privacy-matrix.md")
    assert page.read_text("utf-8") == matrix_page(), "run privacy.documentation"


def _in_schema(folder: Path) -> Iterator[str]:
    """Places of the attributes, walked from the XSD itself and not from the project's tables."""
    types = {
        node.get("name", ""): node
        for path in folder.rglob("SchemaDocBudg/*.xsd")
        for node in ET.parse(path).getroot()
        if node.tag == XS + "complexType"
    }
    pending, seen = [("DocumentBudgetaire", types["TDocumentBudgetaire"])], set()
    while pending:
        name, kind = pending.pop()
        for element in kind.iter(XS + "element"):
            child = element.get("name", "")
            own = types.get(element.get("type", ""), element.find(XS + "complexType"))
            if (name, child) in seen or own is None:
                continue
            seen.add((name, child))
            for attribute in own.findall(XS + "attribute"):
                label = attribute.get("name", "")
                yield f"{name}/{child}" + ("" if label == "V" else f"@{label}")
            pending.append((child, own))


@pytest.mark.skipif(not os.environ.get("BUDGET_XSD"), reason="BUDGET_XSD is not set")
def test_the_table_has_the_attributes_of_the_official_schema():
    records = {load().annex(n).target: n for n in load().annexes}
    official = set()
    for place in _in_schema(Path(os.environ["BUDGET_XSD"])):
        container, _, rest = place.partition("/")
        official.add(f"{records.get(container, container)}/{rest}")
    assert {v.place for v in verdicts()} == official


@pytest.mark.parametrize("policy", POLICIES)
def test_every_action_is_decided(policy):
    assert {rule.action for rule in rules()} == set(DECISIONS)
