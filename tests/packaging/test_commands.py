"""``bin/demo``, ``bin/test`` and ``bin/services``: what they refuse, and what they never touch."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

BIN = Path(__file__).resolve().parents[2] / "bin"

WAIT = "import sys; sys.stdin.read()"
"""A program that lives until its input is closed."""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An empty state of its own, on ports that nothing of it uses."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("BUDGET_")}
    own = {"BUDGET_DEV": str(tmp_path / "dev"), "XDG_RUNTIME_DIR": str(tmp_path)}
    return {**kept, **own, "BUDGET_PORT_BASE": "18980"}


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen]:
    """A process that the commands did not start."""
    process = subprocess.Popen([sys.executable, "-c", WAIT], stdin=subprocess.PIPE)
    yield process
    process.stdin.close()
    process.wait(timeout=30)


def run(environment: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    """The command, with its output."""
    program, *arguments = command
    return subprocess.run(
        [str(BIN / program), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["demo", "--from", "/nowhere/at/all"], "There is nothing at /nowhere/at/all"),
        (["demo", "--from"], "--from needs a folder or a URL"),
        (["demo", "--port", "eighty"], "Not a port: eighty"),
        (["demo", "--colour"], "Unknown option: --colour"),
        (["services"], "Usage: bin/services"),
    ],
)
def test_a_wrong_call_is_one_clear_failure(
    environment: dict[str, str], command: list[str], said: str
) -> None:
    done = run(environment, *command)
    assert done.returncode == 1
    assert f"[failed] {said}" in done.stderr


def test_help_is_the_head_of_the_script(environment: dict[str, str]) -> None:
    done = run(environment, "demo", "--help")
    assert done.returncode == 0
    assert "bin/demo --from DIR|URL" in done.stdout


@pytest.mark.parametrize("name", ["portal", "gather-consumer", "fetch-consumer", "redis", "solr"])
def test_stop_spares_a_process_that_took_over_a_pid(
    environment: dict[str, str], stranger: subprocess.Popen, name: str
) -> None:
    """A pid file of last week may name somebody else's process today."""
    folder = Path(environment["BUDGET_DEV"], "run")
    folder.mkdir(parents=True)
    (folder / f"{name}.pid").write_text(f"{stranger.pid}\n")
    done = run(environment, "demo", "stop")
    assert done.returncode == 0, done.stderr
    assert stranger.poll() is None
    assert not (folder / f"{name}.pid").exists()


def test_nothing_runs_in_a_new_checkout(environment: dict[str, str]) -> None:
    done = run(environment, "services", "status")
    assert done.returncode == 1
    assert done.stdout.count("stopped") == 3


def shell(environment: dict[str, str], code: str) -> str:
    """Output of a few lines that use ``bin/lib.sh``."""
    done = subprocess.run(
        ["bash", "-c", f"source '{BIN}/lib.sh'\n{code}"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout + done.stderr


def test_ports_move_away_from_another_program(environment: dict[str, str]) -> None:
    del environment["BUDGET_PORT_BASE"]
    first = int(shell(environment, 'echo "$PORT_BASE"'))
    with socket.create_server(("127.0.0.1", first + 2)):
        second = int(shell(environment, 'echo "$PORT_BASE"'))
    assert second != first
    assert not set(range(first, first + 5)) & set(range(second, second + 5))


@pytest.fixture
def checkouts(environment: dict[str, str], tmp_path: Path) -> list[dict[str, str]]:
    """The environments of several checkouts of one user, who has chosen no ports."""
    del environment["BUDGET_PORT_BASE"]
    return [environment | {"BUDGET_DEV": str(tmp_path / f"dev-{number}")} for number in range(6)]


def test_checkouts_that_start_together_have_their_own_ports(
    checkouts: list[dict[str, str]],
) -> None:
    code = f"source '{BIN}/lib.sh'; echo \"$PORT_BASE\""
    started = [
        subprocess.Popen(["bash", "-c", code], env=environment, stdout=subprocess.PIPE, text=True)
        for environment in checkouts
    ]
    chosen = [process.communicate(timeout=60)[0].strip() for process in started]
    assert len(set(chosen)) == len(checkouts)
    again = [shell(environment, 'echo "$PORT_BASE"').strip() for environment in checkouts]
    assert again == chosen


def test_ports_of_a_checkout_that_is_gone_are_free(checkouts: list[dict[str, str]]) -> None:
    first, second, *_ = checkouts
    chosen = shell(first, 'echo "$PORT_BASE"')
    assert shell(second, 'echo "$PORT_BASE"') != chosen
    shutil.rmtree(first["BUDGET_DEV"])
    shutil.rmtree(second["BUDGET_DEV"])
    assert shell(second, 'echo "$PORT_BASE"') == chosen


def test_a_failing_step_shows_its_output_and_the_remedy(environment: dict[str, str]) -> None:
    said = shell(
        environment,
        'broken() { echo "the disk is full"; return 3; }\n'
        'step "Something" "make room" broken\necho unreachable',
    )
    assert "    | the disk is full" in said
    assert "[failed] Something" in said
    assert "What to do: make room" in said
    assert "unreachable" not in said


def test_a_step_stops_at_its_first_error(environment: dict[str, str]) -> None:
    said = shell(environment, 'half() { false; echo "went on"; }\nstep "Half" "remedy" half')
    assert "went on" not in said
    assert "[failed] Half" in said


def test_a_step_done_on_the_same_inputs_is_fresh(
    environment: dict[str, str], tmp_path: Path
) -> None:
    source = tmp_path / "input"
    source.write_text("one")
    code = f'fresh thing "$(digest {source})" && echo same || echo other'
    shell(environment, f'stamp thing "$(digest {source})"')
    assert shell(environment, code).strip() == "same"
    source.write_text("two")
    assert shell(environment, code).strip() == "other"
