"""``totem-budget generate``."""

from __future__ import annotations

import json

import pytest

from ckanext.budget.totem.cli import main as command


def main(arguments: list[str]) -> int:
    return command(["generate", *arguments])


def test_documents_are_written_and_named(tmp_path, capsys):
    assert main(["-o", str(tmp_path), "--documents", "3", "--seed", "2"]) == 0
    written = sorted(tmp_path.iterdir())
    assert [str(path) for path in written] == sorted(capsys.readouterr().out.split())
    assert all(path.suffix == ".xml" and path.stat().st_size > 3000 for path in written)


def test_faults_are_named_after_their_code(tmp_path):
    assert main(["-o", str(tmp_path), "--faults", "T-ARI-003,C-IDE-001"]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"T-ARI-003.xml", "C-IDE-001.csv"}


def test_the_manifest_of_names(tmp_path):
    names = tmp_path / "names.json"
    folder = tmp_path / "out"
    assert main(["-o", str(folder), "--documents", "2", "--names", str(names)]) == 0
    manifest = json.loads(names.read_text(encoding="utf-8"))
    assert set(manifest) == {path.name for path in folder.iterdir()}
    assert all(manifest.values())


def test_faults_are_listed(capsys):
    assert main(["--list-faults"]) == 0
    shown = capsys.readouterr().out
    assert "T-SEA-001" in shown and "hostile-bombe" in shown


@pytest.mark.parametrize("arguments", [[], ["-o", "x", "--faults", "T-NON-000"]])
def test_what_cannot_be_done_is_said_in_one_line(arguments, capsys):
    assert main(arguments) == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 1 and message.startswith("totem-budget : ")


@pytest.mark.parametrize("arguments", [["--size", "beaucoup"], ["--annex-share", "1.5"]])
def test_wrong_options_are_usage_errors(arguments):
    with pytest.raises(SystemExit) as stopped:
        main(["-o", "x", *arguments])
    assert stopped.value.code == 2
