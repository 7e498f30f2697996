"""Each fault breaks the rule it is named after; a sound document breaks none."""

from __future__ import annotations

import io

import pytest

from ckanext.budget.totem.checks import check, check_file, rules
from ckanext.budget.totem.generate import faulty
from ckanext.budget.totem.generate.faults import FAULTS, FaultMissed, _once
from ckanext.budget.totem.generate.hostile import HOSTILE
from ckanext.budget.totem.generate.tables import TABLES, convert

SEED = 11
# Rules that say what is so rather than what is wrong.
OBSERVATIONS = {"T-PRI-002", "T-SEA-002"}
# What cannot but come with a fault.
COMPANIONS = {
    "T-DOC-002": {"T-STR-002"},
    "T-STR-009": {"T-STR-001"},
    "T-IDE-004": {"T-NOM-005"},
    "T-NOM-001": {"T-NOM-007"},
    "T-NOM-003": {"T-STR-004"},
    "T-NOM-007": {"T-ARI-003", "T-ARI-006", "T-NOM-002"},
    "T-ARI-003": {"T-ARI-006"},
    "T-ARI-005": {"T-ARI-006"},
}


def _codes(content: bytes) -> set[str]:
    return {finding.code for finding in check(io.BytesIO(content)).findings}


@pytest.mark.parametrize("code", FAULTS)
def test_a_fault_breaks_its_rule_and_little_else(code):
    found = _codes(faulty.content(code, SEED))
    assert code in found
    assert found - {code} <= OBSERVATIONS | COMPANIONS.get(code, set())


def test_sound_documents_break_no_rule(made):
    for spec, content in made.items():
        assert _codes(content) <= OBSERVATIONS, spec.file_name


def test_every_rule_has_its_fault():
    assert {rule.code for rule in rules()} == {*FAULTS, *TABLES}


@pytest.mark.parametrize("code", TABLES)
def test_a_fault_of_a_table_breaks_its_rule_alone(code, tmp_path):
    (path,) = faulty.write(tmp_path, [code], SEED)
    found = {finding.code for finding in check_file(path).findings}
    assert code in found
    assert found - {code} <= COMPANIONS.get(code, set())


def test_a_sound_table_breaks_no_rule(made, tmp_path):
    for spec, content in made.items():
        path = tmp_path / f"{spec.file_name}.csv"
        path.write_text(convert(content), encoding="utf-8", newline="")
        assert not check_file(path).findings, spec.file_name


@pytest.mark.parametrize("code", list(HOSTILE))
def test_hostile_inputs_are_refused(code):
    assert _codes(faulty.content(code, SEED)) == {"T-DOC-001"}


def test_hostile_entities_would_expand_to_more_than_ten_gigabytes():
    content = faulty.content("hostile-bombe", SEED)
    assert b"<!ENTITY e9" in content and b"&e9;" in content
    assert len(content) < 10**6
    assert len("lollollol!") * 10**9 >= 10**10


def test_list_of_faults():
    assert set(faulty.summaries()) == {*FAULTS, *TABLES, *HOSTILE}
    assert faulty.codes("all") == list(faulty.summaries())
    assert faulty.codes("T-ARI-001, T-SEA-001") == ["T-ARI-001", "T-SEA-001"]
    with pytest.raises(faulty.UnknownFault):
        faulty.codes("T-ARI-001,T-XXX-999")


def test_a_fault_that_changes_nothing_is_not_silent():
    with pytest.raises(FaultMissed):
        _once("absent", "")("text", None)
