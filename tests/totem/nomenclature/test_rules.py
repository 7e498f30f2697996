"""The general rules agree with every official plan, their few known exceptions apart."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from ckanext.budget.totem.nomenclature import TABLES_DIR, rules
from ckanext.budget.totem.nomenclature.facts import parse_facts

M57_2025 = set(
    """
    65731 65732 65733 657341 657348 657351 657358 657361 65736211 65736212 65736221
    65736222 657363 657364 6573641 6573642 6573643 6573644 657365 65737 657381 657382
    65741 65742 65743 65748 6575 6577
    """.split()
)
Fact = tuple[str, str, dict[str, str | bool]]  # table, code, facts


def _facts(*kinds: str) -> Iterator[Fact]:
    for path in sorted(TABLES_DIR.glob("M*.tsv")):
        for line in path.read_text(encoding="utf-8").split("\n")[1:-1]:
            kind, code, _, _, facts = line.split("\t")
            if kind in kinds:
                yield path.stem, code, parse_facts(facts)


def test_the_section_of_a_chapter_follows_its_code() -> None:
    """But for the services of an M14 budget voted by function, 920 to 929."""
    others = {
        (table, code)
        for table, code, facts in _facts("chapter", "function-chapter")
        if rules.section(code) != facts["section"]
    }
    assert others == {("M14-M14_COM_SUP3500", str(code)) for code in range(920, 930)}


@pytest.mark.parametrize(
    ("field", "order_type", "exceptions"),
    [
        # M57_D 2025: 040 for the accounts 657x that it added (Plan.chapter_of does not follow it)
        ("does", rules.BETWEEN_SECTIONS, M57_2025),
        # a slip of one plan: 041 in the column of operations between sections
        ("roes", rules.BETWEEN_SECTIONS, {"28175324"}),
        ("dois", rules.INSIDE_SECTION, set()),
        ("rois", rules.INSIDE_SECTION, set()),
    ],
)
def test_the_chapter_of_an_order_operation_follows_the_section(
    field: str, order_type: str, exceptions: set[str]
) -> None:
    given = [(code, facts[field]) for _, code, facts in _facts("account") if field in facts]
    assert len(given) > 4000
    others = {
        code
        for code, chapter in given
        if code not in rules.SPECIAL_CHAPTERS
        and rules.order_chapter(rules.section("", code), order_type) != chapter
    }
    assert others == exceptions


def test_special_chapters_have_the_label_of_the_plans() -> None:
    """Each label that the rules give is written so in at least one plan."""
    written: dict[str, set[str]] = {}
    for path in TABLES_DIR.glob("M*.tsv"):
        for line in path.read_text(encoding="utf-8").split("\n")[1:-1]:
            kind, code, _, label, _ = line.split("\t")
            if kind == "chapter":
                written.setdefault(code, set()).add(label)
    for code, (_, label) in rules.SPECIAL_CHAPTERS.items():
        assert not label or label in written[code], code


def test_a_look_up_imports_nothing_heavy() -> None:
    """Start-up time of the command: neither an XML parser nor the importer is loaded."""
    program = (
        "import sys\n"
        "before = set(sys.modules)\n"
        "from ckanext.budget.totem.nomenclature import load\n"
        "load('M57', 'M57_D', 2023).nature('6411')\n"
        "print(' '.join(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "ckanext.budget.totem.nomenclature.plan" in loaded
    heavy = {"lxml", "xml.etree.ElementTree", "dataclasses", "argparse", "jsonschema"}
    assert not heavy & loaded
