"""The number of findings is the same wherever it is told, beyond the cap too."""

from __future__ import annotations

import argparse
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from ckanext.budget.totem.checks import Finding, Report, render, tally
from ckanext.budget.totem.checks.model import CAP
from ckanext.budget.totem.commands import publish as command
from ckanext.budget.totem.publish import publish

WRONG = CAP * 5
"""Lines that each write an element of amounts otherwise: one error each."""


def written(number: int, name: str = "mtpropnouv") -> str:
    """One of the writings of an element in capitals and small letters, never the right one."""
    return name[0] + "".join(c.upper() if number >> at & 1 else c for at, c in enumerate(name[1:]))


@pytest.fixture
def many(clean: str) -> str:
    """The clean document with ``WRONG`` lines of an error each."""
    line = '<LigneBudget><Nature V="6411"/><CodRD V="D"/><{} V="1.00"/><OpBudg V="0"/>'
    lines = (f"{line.format(written(n))}</LigneBudget>\n" for n in range(WRONG))
    return clean.replace("<Annexes>", "".join(lines) + "<Annexes>")


def test_every_surface_of_a_report_gives_one_number(
    many: str, report_of: Callable[..., Report]
) -> None:
    report = report_of(text=many)
    told = json.loads(render.as_json(report))
    assert report.counts["error"] == WRONG
    assert told["counts"] == report.counts == tally(told["findings"]).by_severity
    assert tally(told["findings"]) == tally(report.findings)
    assert tally(report.findings).by_code["T-STR-010"] == WRONG
    assert f"{WRONG} erreurs," in render.as_text(report)
    assert re.search(rf"<h2>.*{WRONG} erreurs</h2>", render.as_html(report))


def test_what_is_published_keeps_the_number(many: str, tmp_path: Path) -> None:
    found = publish(io.BytesIO(many.encode()), tmp_path)
    written = json.loads(found.json.read_text(encoding="utf-8"))
    for report in (found.report, written):
        assert tally(report["findings"]).by_severity["error"] == WRONG


def test_the_command_tells_the_number(
    many: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bp.xml").write_text(many, encoding="utf-8")
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers())
    out = str(tmp_path / "out")
    args = parser.parse_args(["publish", str(tmp_path / "bp.xml"), "-o", out, "--workers", "1"])
    assert args.run(args) == 1
    assert re.search(rf"\b{WRONG}\n", capsys.readouterr().out)


def test_a_finding_tells_what_it_stands_for_only_when_it_must() -> None:
    one = Finding("T-STR-001", "info", "", "Un.", "Rien.")
    rest = Finding("T-STR-001", "info", "", "Et 80 autres.", "Rien.", times=80)
    assert "times" not in one.as_dict() and rest.as_dict()["times"] == 80
    for findings in ([one, rest], [one.as_dict(), rest.as_dict()]):
        assert tally(findings) == ({"error": 0, "warning": 0, "info": 81}, {"T-STR-001": 81})
