"""The record for the data protection officer: counts and grounds, never a value."""

from __future__ import annotations

import hashlib
import io
import json
from html.parser import HTMLParser

from ckanext.budget.totem.privacy.dpo import examine
from ckanext.budget.totem.privacy.policy import GROUNDS, rules

NAME = "Jeanne Quelquun"
ANNEXES = (
    f'<DATA_SIGNATAIRE><SIGNATAIRE><Signataire V="{NAME}"/></SIGNATAIRE></DATA_SIGNATAIRE>'
    f'<DATA_PRET><PRET><NomBenefPret V="{NAME}"/></PRET></DATA_PRET>'
)


def test_both_policies_are_told_with_their_ground(document):
    record = examine(io.BytesIO(document(annexes=ANNEXES)))
    told = {
        (v.container, v.element): (v.found, v.masked_strict, v.masked_standard)
        for v in record.values
    }
    assert told == {("SIGNATAIRE", "Signataire"): (1, 1, 0), ("PRET", "NomBenefPret"): (1, 1, 1)}
    assert {v.ground for v in record.values} == {"L2121-25", "L312-1-2"}


def test_no_form_of_the_record_quotes_a_value(document):
    content = document(annexes=ANNEXES)
    record = examine(io.BytesIO(content))
    for text in (record.as_text(), record.as_html(), json.dumps(record.as_dict())):
        assert "COMMUNE" in text
        assert "Jeanne" not in text and hashlib.sha256(content).hexdigest() not in text
    HTMLParser().feed(record.as_html())


def test_nothing_personal_is_said_plainly(document):
    assert "Aucune donnée personnelle" in examine(io.BytesIO(document())).as_text()


def test_every_rule_has_a_known_ground():
    assert {rule.ground for rule in rules()} <= set(GROUNDS)


def test_the_documentation_holds_the_table():
    from pathlib import Path

    from ckanext.budget.totem.privacy.documentation import grounds_table, policy_table

    text = Path(__file__).parents[2].joinpath("docs", "privacy.md").read_text("utf-8")
    assert policy_table() in text and grounds_table() in text
