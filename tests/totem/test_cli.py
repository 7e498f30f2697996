"""The command: exit codes, one clear line on error, standard streams, lazy imports."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from ckanext.budget import __version__
from ckanext.budget.totem.cli import COMMANDS, main

COMMAND = [sys.executable, "-m", "ckanext.budget.totem.cli"]


def run(*arguments: str, data: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*COMMAND, *arguments], input=data, capture_output=True, timeout=120)


@pytest.fixture(name="good")
def _good(tmp_path, document):
    path = tmp_path / "good.xml"
    path.write_bytes(document())
    return path


def test_info_tells_the_agreed_keys(good):
    done = run("info", str(good))
    facts = json.loads(done.stdout)
    assert done.returncode == 0
    assert {
        "siret", "name", "fiscal_year", "stage", "stage_code", "number", "budget_name",
        "budget_type", "norm", "variant", "population", "is_draft", "is_cfu", "lines", "seal",
    } <= set(facts)  # fmt: skip
    assert facts["seal"] == {"status": "absent"} and facts["lines"] == 1


def test_standard_streams(document):
    done = run("scdl", "-", data=document())
    assert done.returncode == 0 and done.stdout.startswith(b"BGT_NATDEC,")
    assert run("anonymise", "-", "-o", "-", data=document()).stdout == document()


def test_missing_cells_are_findings(tmp_path, document, line):
    path = tmp_path / "gap.xml"
    path.write_bytes(document(line("6413", rd="X")))
    done = run("scdl", str(path), "-o", str(tmp_path / "out.csv"))
    assert done.returncode == 1
    assert "BGT_CODRD" in done.stderr.decode("utf-8")
    assert (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("command", ["info", "scdl", "anonymise", "publish", "privacy", "annexes"])
@pytest.mark.parametrize(
    "content", [b"", b"<html/>", b"<?xml version='1.0'?><!DOCTYPE a><a/>", None]
)
def test_unusable_input_is_one_line_and_exit_2(tmp_path, command, content):
    path = tmp_path / "bad.xml"
    if content is not None:
        path.write_bytes(content)
    out = ["-o", str(tmp_path / "out")] if command in ("anonymise", "publish", "annexes") else []
    done = run(command, str(path), *out)
    assert done.returncode == 2
    lines = done.stderr.decode("utf-8").strip().splitlines()
    assert len(lines) == 1 and "Traceback" not in lines[0]
    assert not (tmp_path / "out").is_file()


def test_what_the_csv_lacks_is_told_apart(tmp_path, document, line):
    path = tmp_path / "odd.xml"
    path.write_bytes(document(line("6413", MtReal="1.2E3")))
    done = run("scdl", str(path), "-o", str(tmp_path / "out.csv"))
    assert done.returncode == 1
    assert "BGT_MTREAL" in done.stderr.decode() and "pas un nombre" in done.stderr.decode()
    path.write_bytes(document(""))
    done = run("scdl", str(path), "-o", str(tmp_path / "out.csv"))
    assert done.returncode == 1 and "aucune ligne" in done.stderr.decode()


def test_check_reads_the_standard_input_whatever_it_is(document):
    done = run("check", "-", data=document())
    assert done.returncode == 0 and "T-SEA-002" in done.stdout.decode()
    pytest.importorskip("frictionless")
    table = run("scdl", "-", data=document()).stdout
    assert run("check", "-", data=table).stdout.decode().startswith("0 erreur")
    done = run("check", "-", data=table.replace(b",dep", b",x").replace(b"BGT_NOM", b"NOM"))
    assert done.returncode == 1 and "C-TAB-001" in done.stdout.decode()


def test_check_reports_what_it_cannot_read_and_exits_2():
    done = run("check", "--json", "-", data=b"<html/>")
    assert done.returncode == 2 and len(done.stderr.decode().splitlines()) == 1
    assert json.loads(done.stdout)["findings"][0]["code"] == "T-DOC-001"


def test_system_errors_name_the_file_and_say_what_to_do(tmp_path, good):
    missing = tmp_path / "no" / "out.csv"
    for arguments, name, words in (
        (["scdl", str(good), "-o", str(missing)], missing, "vérifiez le chemin"),
        (["scdl", str(good), "-o", str(tmp_path)], tmp_path, "donnez un fichier"),
        (["annexes", str(good), "-o", str(good)], good, "donnez un dossier"),
    ):
        done = run(*arguments)
        assert done.returncode == 2
        assert done.stderr.decode().startswith(f"totem-budget : {name} : ")
        assert words in done.stderr.decode() and done.stderr.count(b"\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "il manque COMMANDE"),
        (["nonsense"], "'nonsense' n'existe pas"),
        (["info"], "il manque FICHIER"),
        (["info", "a", "b"], "b n'est pas un argument"),
        (["check", "a", "--json", "--html"], "s'excluent"),
        (["scdl", "a", "-o"], "-o/--output : il manque une valeur"),
        (["publish", "a", "-o", "b", "--workers", "x"], "--workers : 'x' n'est pas un nombre"),
    ],
)
def test_a_wrong_command_line_is_one_french_line(arguments, words, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    message = capsys.readouterr().err
    assert words in message and message.count("\n") == 1


def test_publish_goes_on_after_a_bad_file(tmp_path, document, good):
    (tmp_path / "bad.xml").write_bytes(document()[:200])
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "other.XML").write_bytes(document(Exer="2022"))
    out = tmp_path / "out"
    for workers in ("1", "2"):
        done = run("publish", str(tmp_path), "-o", str(out), "--workers", workers)
        assert done.returncode == 1
        assert "2 publiés, 1 refusé." in done.stdout.decode("utf-8")
        assert "bad.xml" in done.stderr.decode("utf-8")
        assert {p.name.partition(".")[0] for p in out.iterdir()} == {
            "21670482500019-2022-ca", "21670482500019-2023-ca"
        }  # fmt: skip


def test_two_files_of_one_identity_are_told(tmp_path, document, good):
    (tmp_path / "twin.xml").write_bytes(document())
    done = run("publish", str(good), str(tmp_path / "twin.xml"), "-o", str(tmp_path / "out"))
    assert done.returncode == 1
    assert "même budget" in done.stderr.decode("utf-8")


def test_version_and_unknown_command(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert __version__ in capsys.readouterr().out
    with pytest.raises(SystemExit) as stop:
        main(["nonsense"])
    assert stop.value.code == 2


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command, capsys):
    with pytest.raises(SystemExit) as stop:
        main([command, "--help"])
    assert stop.value.code == 0
    assert "Usage" in capsys.readouterr().out


HEAVY = ("lxml", "frictionless", "faker", "tqdm", "requests", "jsonschema", "ckan")


@pytest.mark.parametrize("arguments", [["--version"], ["scdl", "-"], ["anonymise", "-", "-o", "-"]])
def test_light_commands_import_no_heavy_library(document, arguments):
    probe = (
        "import sys\nfrom ckanext.budget.totem.cli import main\n"
        f"try: main({arguments!r})\nexcept SystemExit: pass\n"
        f"sys.exit(','.join(sorted(set({HEAVY!r}) & set(sys.modules))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe], input=document(), capture_output=True, timeout=60
    )
    assert done.returncode == 0 or done.stderr == b"\n", done.stderr
