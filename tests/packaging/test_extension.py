"""``examples/budget-example``, installed by pip: what it adds is there, what it breaks is told."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from ..totem.conftest import document

EXAMPLE = Path(__file__).parents[2] / "examples" / "budget-example"

READS = """
from pathlib import Path
from ckanext.budget.collect import Limits, source_for, validate_config
from ckanext.budget.totem.checks import check

folder = Path(ROOT)
config = validate_config('{"kind": "journal"}')
with source_for(str(folder), config, allowed_directories=[folder]) as source:
    [one] = source.list()
    source.fetch(one.locator, folder / "fetched.xml")
with (folder / "fetched.xml").open("rb") as stream:
    codes = [finding.code for finding in check(stream).findings]
print(one.name, "X-EXE-001" in codes)
"""


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """Where pip put the example, its dependencies being those of the tests."""
    target = tmp_path / "site"
    options = "-q --no-deps --no-build-isolation --no-cache-dir --disable-pip-version-check"
    command = [sys.executable, "-m", "pip", "install", *options.split(), "--target", str(target)]
    source = tmp_path / "source"
    subprocess.run(["cp", "-r", str(EXAMPLE), str(source)], check=True)
    subprocess.run([*command, str(source)], check=True, timeout=300)
    return target


def run(program: str, installed: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    command = [sys.executable, "-c", program]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.mark.slow
def test_its_source_and_its_rule_are_used(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "journal.txt").write_text("bp.xml\n")
    (tmp_path / "bp.xml").write_bytes(document(Exer="2012"))
    done = run(READS.replace("ROOT", repr(str(tmp_path))), installed)
    assert done.stdout.split() == ["bp.xml", "True"], done.stderr


@pytest.mark.slow
def test_an_extension_that_cannot_be_loaded_is_told_and_left(
    installed: Path, tmp_path: Path
) -> None:
    (installed / "budget_example" / "source.py").write_text("1 / 0\n")
    (installed / "budget_example" / "rules.py").write_text("1 / 0\n")
    done = run(
        "from ckanext.budget.collect import source_for, validate_config\n"
        "from ckanext.budget.totem.checks.families import rules\n"
        f"source_for({str(tmp_path)!r}, validate_config('')); print(len(rules()) > 50)",
        installed,
    )
    assert done.stdout.strip() == "True", done.stderr
    assert "source kind journal" in done.stderr and "rules example" in done.stderr


@pytest.mark.slow
@pytest.mark.skipif(find_spec("ckan") is None, reason="the listener is CKAN's")
def test_its_plugin_listens(installed: Path) -> None:
    done = run(
        "from ckan.plugins.core import _get_service as get\n"
        "from ckan.plugins import toolkit as tk\n"
        "[(signal, receivers)] = get('budget_example').get_signal_subscriptions().items()\n"
        "print(signal is tk.signals.ckanext.signal('budget_published'), len(receivers))",
        installed,
    )
    assert done.stdout.split() == ["True", "1"], done.stderr
