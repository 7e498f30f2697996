"""A drop folder for each body: the distribution's sshd, then a real harvest of the folder.

The server runs the configuration that ``docs/send.md`` gives, with two changes: its lines are for
an account that every system has, and the folder is a temporary one.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from werkzeug.serving import make_server

from ..conftest import SECRET

DOCUMENTATION = Path(__file__).parents[3] / "docs/send.md"
ACCOUNT = "nobody"
SSHD = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")

pytestmark = pytest.mark.skipif(
    not SSHD or not shutil.which("sftp") or os.geteuid() != 0,
    reason="needs openssh-server, openssh-client and root",
)


def documented(start: str) -> list[str]:
    """The lines of the block of code that begins so."""
    lines = DOCUMENTATION.read_text(encoding="utf-8").splitlines()
    first = next(number for number, line in enumerate(lines) if line.strip().startswith(start))
    block = []
    for line in lines[first:]:
        if not line.startswith("    "):
            break
        block.append(line.strip())
    return block


@dataclass
class Server:
    """The folder of one body behind sshd, and a platform that has its key."""

    home: Path
    keys: Path
    port: int

    @property
    def budgets(self) -> Path:
        return self.home / "budgets"

    def _options(self, flag: str) -> list[str]:
        return [
            flag, str(self.port), "-i", str(self.keys / "key"), "-oBatchMode=yes", "-F/dev/null",
            "-oStrictHostKeyChecking=no", "-oUserKnownHostsFile=/dev/null", "-oLogLevel=ERROR",
        ]  # fmt: skip

    def sftp(self, *commands: str) -> subprocess.CompletedProcess[str]:
        """Commands of one session, which ends with the first that fails."""
        words = ["sftp", "-b", "-", *self._options("-P"), f"{ACCOUNT}@127.0.0.1"]
        return subprocess.run(
            words, input="\n".join(commands), capture_output=True, text=True, timeout=120
        )

    def ssh(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = ["ssh", *self._options("-p"), *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, input="")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def drops() -> Iterator[Path]:
    """A folder that root alone writes, up to the top: what a chroot asks for."""
    with tempfile.TemporaryDirectory(dir="/run", prefix="budget-depot-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def server(drops: Path, tmp_path: Path) -> Iterator[Server]:
    home, keys = drops / "217501234", tmp_path / "keys"
    shutil.rmtree(home, ignore_errors=True)
    (home / "budgets").mkdir(parents=True)
    shutil.chown(home / "budgets", ACCOUNT)
    keys.mkdir(mode=0o700)
    for name in ("key", "host"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(keys / name)], check=True
        )
    authorized = drops / "account.pub"  # as the real ones: in a folder that only root writes
    shutil.copy(keys / "key.pub", authorized)
    found = Server(home, keys, free_port())
    block = "\n".join(documented("Match Group budget-depot"))
    block = block.replace("Match Group budget-depot", f"Match User {ACCOUNT}").replace(
        "%h", str(home)
    )
    block = block.replace("/etc/ssh/budget-depot/%u.pub", str(authorized))
    (keys / "sshd_config").write_text(
        f"Port {found.port}\nListenAddress 127.0.0.1\nHostKey {keys}/host\nPidFile none\n"
        f"UsePAM no\nSubsystem sftp internal-sftp\n{block}\n"
    )
    Path("/run/sshd").mkdir(exist_ok=True)  # where the server leaves its rights
    with (keys / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(SSHD), "-D", "-e", "-f", str(keys / "sshd_config")], stderr=log
        )
        try:
            answers(found.port, process, keys / "log")
            yield found
        finally:
            process.terminate()
            process.wait()


def answers(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait for the server; fail with what it says when it ends."""
    while process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as found:
                if found.recv(4) == b"SSH-":
                    return
        except OSError:
            continue
    pytest.fail(log.read_text())


@pytest.fixture
def collect(
    portal: Any, server: Server, harvest: Any, ckan_config: Any, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """``collect()``: a harvest of the body's folder, configured as the documentation says."""
    monkeypatch.setitem(ckan_config, "ckanext.budget.local_directories", [str(server.home.parent)])
    text = DOCUMENTATION.read_text(encoding="utf-8")
    found = re.search(r'`(\{"min_age": \d+\})`', text)
    assert found

    def run() -> Any:
        return harvest(url=str(server.budgets), config=found[1])

    return run


def settle(server: Server) -> None:
    """Time passes."""
    for path in server.budgets.rglob("*"):
        age = path.stat().st_mtime - 1000
        os.utime(path, (age, age))


@pytest.fixture
def document(make_document: Any, tmp_path: Path) -> Path:
    path = tmp_path / "document.xml"
    path.write_bytes(make_document())
    return path


def test_a_document_is_read_once_it_is_whole(
    portal: Any, server: Server, collect: Any, document: Path
) -> None:
    done = server.sftp(f"put {document} .bp.xml.part", f"put {document} bp.filepart")
    assert done.returncode == 0, done.stderr
    settle(server)
    assert collect().stats == {}, "what is being sent is no document"
    assert server.sftp("rename .bp.xml.part bp.xml", "rm bp.filepart").returncode == 0
    assert collect().stats == {"added": 1}
    [name] = portal.budgets()
    assert portal.dataset(name)["organization"]["name"] == portal.organization["name"]
    assert collect().stats == {"not modified": 1}


def test_an_interrupted_transfer_waits_and_goes_on(
    portal: Any, server: Server, collect: Any, document: Path, tmp_path: Path
) -> None:
    half = tmp_path / "half.xml"
    half.write_bytes(document.read_bytes()[:900])
    assert server.sftp(f"put {half} bp.xml").returncode == 0
    report = collect()
    assert portal.budgets() == []
    assert "prochain moissonnage" in " ".join(report.gather_errors)
    done = server.sftp(f"reput {document} bp.xml")
    assert done.returncode == 0, done.stderr
    settle(server)
    assert collect().stats["added"] == 1


HOSTILE = (
    "; touch pwned;.xml",
    "$(touch pwned).xml",
    "C:\\\\budgets\\\\bp.xml",
    "é ✓ \u202etxt.xml",
    "<script>alert(1)</script>.xml",
    "-rf.xml",
    "%2e%2e%2fbp.xml",
    "=cmd|' '!A0.xml",
)


def test_hostile_names_are_only_names(
    portal: Any, server: Server, collect: Any, make_document: Any, tmp_path: Path
) -> None:
    commands = []
    for number, name in enumerate(HOSTILE):
        if "/" in name:
            continue
        path = tmp_path / f"{number}.xml"
        path.write_bytes(make_document(year=2014 + number))
        commands.append(f'put {path} "{name}"')
    done = server.sftp(*commands)
    assert done.returncode == 0, done.stderr
    settle(server)
    report = collect()
    assert report.stats == {"added": len(commands)}, report.gather_errors
    assert not list(tmp_path.rglob("pwned")) + list(server.home.rglob("pwned"))


def test_the_body_is_alone_in_its_folder(server: Server, document: Path) -> None:
    beside = server.home.parent / "219999999" / "budgets"
    beside.mkdir(parents=True, exist_ok=True)
    (beside / "secret.xml").write_bytes(document.read_bytes())
    assert server.sftp("ls -1 /").stdout.split()[-1] == "/budgets"
    for command in (
        "get ../../219999999/budgets/secret.xml /dev/null",
        "get /etc/passwd /dev/null",
        f"put {document} /hors.xml",
        "rmdir /budgets",
        "ln -s /etc/passwd link.xml",
        f"ln -s {beside}/secret.xml link.xml",
        f"ln {beside}/secret.xml link.xml",
    ):
        assert server.sftp(command).returncode != 0, command
    assert list(server.budgets.iterdir()) == []


def test_there_is_no_shell_and_no_tunnel(server: Server) -> None:
    done = server.ssh(f"{ACCOUNT}@127.0.0.1", "id")
    assert "uid=" not in done.stdout
    done = server.ssh("-W", f"127.0.0.1:{server.port}", f"{ACCOUNT}@127.0.0.1")
    assert "SSH-" not in done.stdout
    assert done.returncode != 0


def test_a_link_that_is_there_all_the_same_leads_nowhere(
    portal: Any, server: Server, collect: Any, document: Path
) -> None:
    """As when an administrator forgot ``-P``: the folder beside is another body's."""
    beside = server.home.parent / "218888888" / "budgets"
    beside.mkdir(parents=True, exist_ok=True)
    (beside / "bp.xml").write_bytes(document.read_bytes())
    (server.budgets / "link.xml").symlink_to(beside / "bp.xml")
    settle(server)
    report = collect()
    assert portal.budgets() == []
    assert "n'est pas dans un dossier autorisé" in " ".join(report.gather_errors)


def test_the_original_is_removed_and_never_served(
    portal: Any, app: Any, server: Server, collect: Any, document: Path
) -> None:
    assert SECRET.encode() in document.read_bytes()
    server.sftp(f"put {document} bp.xml")
    settle(server)
    assert collect().stats == {"added": 1}
    assert not [path for path, data in portal.files().items() if SECRET.encode() in data]
    for address in ("/217501234/budgets/bp.xml", f"{server.budgets}/bp.xml"):
        assert app.get(address, status=404)

    [line] = [one for one in documented("# /etc/cron.d/budget-depot") if "find" in one]
    command = line.partition("root  ")[2].replace("/srv/depot", str(server.home.parent))
    subprocess.run(command, shell=True, check=True)
    assert (server.budgets / "bp.xml").exists(), "it is not three days old"
    old = (server.budgets / "bp.xml").stat().st_mtime - 5 * 86400
    os.utime(server.budgets / "bp.xml", (old, old))
    subprocess.run(command, shell=True, check=True)
    assert not (server.budgets / "bp.xml").exists()
    collect()
    [name] = portal.budgets()
    assert not any(one.get("withdrawn_on") for one in portal.dataset(name)["resources"])


@pytest.fixture
def post(portal: Any, app: Any, document: Path) -> Iterator[Any]:
    """``post(token)``: the request of the line of ``curl`` in the documentation."""
    site = make_server("127.0.0.1", 0, app.flask_app, threaded=True)
    threading.Thread(target=site.serve_forever, daemon=True).start()

    def ask(token: str) -> Any:
        return requests.post(
            f"http://127.0.0.1:{site.server_port}/api/3/action/budget_publish",
            headers={"Authorization": token},
            data={"owner_org": portal.organization["name"]},
            files={"upload": ("acquitté n° 12.xml", document.read_bytes())},
            timeout=120,
        )

    yield ask
    site.shutdown()
    site.server_close()


def test_a_platform_that_posts(portal: Any, post: Any) -> None:
    """A double of a transmission platform (Pastell, S²LOW), of which none runs here, posts what
    it got, and again since it lost the answer."""
    token = portal.member()["token"]
    told = [post(token).json()["result"]["status"] for _ in range(2)]
    assert told == ["created", "unchanged"]
    assert not [path for path, data in portal.files().items() if SECRET.encode() in data]


def test_a_platform_without_right(portal: Any, post: Any) -> None:
    """The same double, with a token that is not one."""
    assert post("unknown").status_code == 403
    assert portal.budgets() == []
