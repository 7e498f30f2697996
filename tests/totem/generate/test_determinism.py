"""Same seed, same bytes: whatever the process, its hash seed, its locale and its date."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ckanext import budget
from ckanext.budget.totem.generate import generate


def _digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "1", "TZ": "Pacific/Auckland", "LC_ALL": "C"},
        {"PYTHONHASHSEED": "4242", "TZ": "UTC", "PYTHONUTF8": "1"},
    ],
)
def test_another_process_writes_the_same_bytes(tmp_path, environment):
    generate(tmp_path / "here", 9, 7, faults=["T-ARI-001", "C-TAB-001", "hostile-bombe"])
    command = [
        sys.executable,
        "-m",
        "ckanext.budget.totem.cli",
        "generate",
        "-o",
        str(tmp_path / "there"),
        "--documents",
        "9",
        "--seed",
        "7",
        "--faults",
        "T-ARI-001,C-TAB-001,hostile-bombe",
    ]
    subprocess.run(
        command,
        check=True,
        capture_output=True,
        env={**os.environ, **environment, "PYTHONPATH": str(Path(budget.__file__).parents[2])},
    )
    assert _digests(tmp_path / "here") == _digests(tmp_path / "there")


def test_a_document_does_not_depend_on_how_many_are_made(tmp_path):
    few, many = tmp_path / "few", tmp_path / "many"
    generate(few, 3, 7)
    generate(many, 8, 7)
    assert _digests(few).items() <= _digests(many).items()
