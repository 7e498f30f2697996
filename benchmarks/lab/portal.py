"""A portal with databases of its own on the services of ``bin/services``, and its consumers.

Set ``BUDGET_DEV`` and ``BUDGET_PORT_BASE`` so that these services are nobody else's: the lab drops
its databases, and a fault run restarts PostgreSQL, Redis and Solr.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2

ROOT = Path(__file__).resolve().parents[2]
DEV = Path(os.environ.get("BUDGET_DEV", ROOT / ".dev"))
HOME = DEV / "lab"
CKAN = Path(sys.executable).parent / "ckan"
PLUGINS = (
    "budget budget_view budget_validation totem_harvester harvest scheming_datasets dcat "
    "datastore datatables_view text_view"
)
SOURCE = "laboratoire"
ORGANIZATION = "laboratoire"
READY = "queue consumer registered"


def port(offset: int) -> int:
    """Ports of ``bin/lib.sh``: 1 PostgreSQL, 2 Redis, 3 Solr; 5 is the lab's own site."""
    return int(os.environ["BUDGET_PORT_BASE"]) + offset


def services(*words: str) -> None:
    """Run ``bin/services``; raises CalledProcessError."""
    subprocess.run([ROOT / "bin/services", *words], check=True, stdout=subprocess.DEVNULL)


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


class Portal:
    """The portal under test: ``reset`` makes it empty."""

    def __init__(self, plugins: str = PLUGINS, settings: dict[str, str] | None = None) -> None:
        self.ini = HOME / "ckan.ini"
        self.storage = HOME / "storage"
        self.log = HOME / "consumers.log"
        self.plugins = plugins
        self.settings = settings or {}

    def reset(self) -> None:
        """Empty databases, queue, index and storage; an organisation to publish in."""
        services("start")
        shutil.rmtree(HOME, ignore_errors=True)
        for folder in (self.storage, HOME / "spool"):
            folder.mkdir(parents=True)
        self._write_ini()
        for name in ("ckan_lab", "datastore_lab"):
            _admin(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            _admin(f"CREATE DATABASE {name} OWNER ckan ENCODING 'UTF8' TEMPLATE template0")
        self.ckan("db", "init")
        self.ckan("db", "pending-migrations", "--apply")
        permissions = HOME / "permissions.sql"
        permissions.write_text(self.ckan("datastore", "set-permissions"))
        services("sql", "postgres", "-f", str(permissions))
        self.ckan("search-index", "clear")
        subprocess.run(
            ["redis-cli", "-p", str(port(2)), "-n", "3", "flushdb"],
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def _write_ini(self) -> None:
        values = {
            "SECRET": "a-lab-on-loopback-has-no-secret-worth-keeping",
            "POSTGRES": f"127.0.0.1:{port(1)}",
            "DATABASE": "ckan_lab",
            "DATASTORE": "datastore_lab",
            "REDIS": f"redis://127.0.0.1:{port(2)}/3",
            "SOLR": f"http://127.0.0.1:{port(3)}/solr/ckan",
            "SITE_ID": "budget.lab",
            "SITE_URL": "http://127.0.0.1:1",
            "STORAGE": str(self.storage),
            "SPOOL": str(HOME / "spool"),
            "DIRECTORIES": "",
        }
        text = (ROOT / "dev/portal.ini").read_text(encoding="utf-8")
        for name, value in values.items():
            text = text.replace(f"@{name}@", value)
        own = {"ckan.plugins": self.plugins, **self.settings}
        kept = [line for line in text.splitlines() if line.partition(" =")[0] not in own]
        start = kept.index("use = egg:ckan") + 1
        kept[start:start] = [f"{name} = {value}" for name, value in own.items()]
        self.ini.write_text("\n".join(kept) + "\n", encoding="utf-8")

    def ckan(self, *words: str) -> str:
        """Output of a ``ckan`` command. Raises CalledProcessError."""
        with open(HOME / "commands.log", "a", encoding="utf-8") as log:
            command = [str(CKAN), "-c", str(self.ini), *words]
            done = subprocess.run(
                command,
                env=environment(),
                check=True,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        return done.stdout

    def start(self, *words: str) -> None:
        """A ``ckan`` command that nobody waits for."""
        with open(HOME / "commands.log", "a", encoding="utf-8") as log:
            command = [str(CKAN), "-c", str(self.ini), *words]
            subprocess.Popen(command, env=environment(), stdout=log, stderr=log)

    def make_source(self, url: str, config: dict[str, Any], name: str = SOURCE) -> None:
        """The organisation and the harvest source."""
        script = HOME / "source.py"
        script.write_text(_SOURCE_SCRIPT, encoding="utf-8")
        fields = json.dumps({"url": url, "config": json.dumps(config), "name": name})
        with open(HOME / "commands.log", "a", encoding="utf-8") as log:
            command = [sys.executable, str(script), str(self.ini), ORGANIZATION, fields]
            subprocess.run(command, env=environment(), check=True, stderr=log)

    def new_job(self) -> None:
        """Put a job of the source on the gather queue."""
        self.ckan("harvester", "job", SOURCE)

    def query(self, sql: str, *values: Any, database: str = "ckan_lab") -> list[tuple[Any, ...]]:
        with _connection(database) as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall()


_SOURCE_SCRIPT = """
import json, sys
from ckan.cli import load_config
from ckan.config.middleware import make_app
app = make_app(load_config(sys.argv[1]))
with app._wsgi_app.test_request_context():
    import ckan.plugins.toolkit as tk
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    def call(action, **data):
        return tk.get_action(action)({"user": user, "ignore_auth": True}, data)
    try:
        organization = call("organization_create", name=sys.argv[2], title="Laboratoire")
    except tk.ValidationError:
        organization = call("organization_show", id=sys.argv[2])
    fields = json.loads(sys.argv[3])
    call("harvest_source_create", **fields, title=fields["name"], source_type="totem",
         owner_org=organization["id"], frequency="MANUAL")
"""


def _admin(sql: str) -> None:
    services("sql", "postgres", "-c", sql)


@contextmanager
def _connection(database: str) -> Iterator[Any]:
    connection = psycopg2.connect(
        host="127.0.0.1", port=port(1), user="ckan", password="ckan", dbname=database
    )
    try:
        yield connection.cursor()
    finally:
        connection.close()


class Consumers:
    """Harvest consumers as a service manager runs them: started again whenever they end."""

    def __init__(self, portal: Portal, fetchers: int) -> None:
        self.portal = portal
        self.commands = ["gather-consumer"] + ["fetch-consumer"] * fetchers
        self.running: list[subprocess.Popen[bytes] | None] = [None] * len(self.commands)
        self.started = 0
        self.ended_cpu = 0.0

    def __enter__(self) -> Consumers:
        self.keep()
        return self

    def __exit__(self, *exc: object) -> None:
        for process in self.running:
            if process:
                process.kill()
                process.wait()

    def keep(self) -> None:
        """Start what is not running."""
        for rank, command in enumerate(self.commands):
            process = self.running[rank]
            if process is None or process.poll() is not None:
                self.running[rank] = self._start(command)

    def wait_until_ready(self) -> None:
        """Wait until every consumer listens to its queue."""
        ready = lambda: self.portal.log.read_text(errors="replace").count(READY)  # noqa: E731
        if not wait_for(lambda: ready() >= len(self.commands), 120):
            raise RuntimeError(f"the consumers did not start: read {self.portal.log}")

    def _start(self, command: str) -> subprocess.Popen[bytes]:
        self.started += 1
        log = open(self.portal.log, "ab")  # noqa: SIM115 (the child's own)
        words = [str(CKAN), "-c", str(self.portal.ini), "harvester", command]
        return subprocess.Popen(
            words, env=environment(), stdout=log, stderr=log, preexec_fn=_die_with_us
        )

    def kill(self, rank: int) -> None:
        """kill -9 the consumer of this rank."""
        process = self.running[rank]
        if process and process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait()

    def cpu(self) -> float:
        """Seconds of processor used by the consumers that run now."""
        return sum(cpu_of(process.pid) for process in self.running if process)

    def memory(self) -> int:
        """The largest memory (bytes) that one of the consumers that run now ever took."""
        return max((peak_of(process.pid) for process in self.running if process), default=0)


def _die_with_us() -> None:
    """A consumer must not outlive a benchmark that is killed (PR_SET_PDEATHSIG, Linux)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def cpu_of(pid: int, children: bool = False) -> float:
    """Seconds of processor used by a process (and its ended children); 0 when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11 : 15 if children else 13])) / os.sysconf("SC_CLK_TCK")


def machine_cpu() -> float:
    """Seconds of processor used by everything on this machine."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, fields)
    busy = user + nice + system + irq + softirq + steal
    return busy / os.sysconf("SC_CLK_TCK")


def peak_of(pid: int) -> int:
    """The largest resident memory of a process, in bytes; 0 when it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next(
        (int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM")),
        0,
    )


@contextmanager
def site(folder: Path, faults: float = 0.0, seed: int = 1) -> Iterator[str]:
    """The address of a site that serves ``folder`` from another process."""
    words = [str(folder), "--port", str(port(5)), "--faults", str(faults), "--seed", str(seed)]
    process = subprocess.Popen([sys.executable, str(Path(__file__).with_name("site.py")), *words])
    try:
        wait_for(lambda: counts() is not None, 20)
        yield f"http://127.0.0.1:{port(5)}/docs/"
    finally:
        process.kill()
        process.wait()


def counts() -> dict[str, int] | None:
    """What the site has given so far; None when it does not answer."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port(5)}/_stats", timeout=5) as answer:
            return json.load(answer)
    except OSError:
        return None


def wait_for(condition: Callable[[], bool], seconds: float, pause: float = 0.2) -> bool:
    """Whether ``condition`` became true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(pause)
    return False
