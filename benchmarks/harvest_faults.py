"""Break a harvest in every way, for real, then check that nothing was lost, doubled or told.

    BUDGET_DEV=… BUDGET_PORT_BASE=… python benchmarks/harvest_faults.py --documents 1000

5 % of the documents are bad; 10 % of the requests are answered by an error, cut or slow; a consumer
is killed (-9) every 30 seconds; PostgreSQL, Redis and Solr are killed and started again, once each.
Never on services that somebody else uses. Exit 1 when a promise is broken.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg2
from harvest import documents
from lab.portal import CKAN, DEV, ROOT, Consumers, Portal, counts, environment, port, services, site

sys.path.insert(0, str(ROOT))

KILL_EVERY = 30
RUN_EVERY = 23
"""``ckan harvester run`` is a cron of five minutes in production; a short test has a fast one."""

DAMAGE: tuple[Callable[[bytes], bytes], ...] = (
    lambda content: content[: len(content) // 2],
    lambda _content: b"<!DOCTYPE html><html><body>Maintenance</body></html>",
    lambda content: content.replace(b"?>", b"?><!DOCTYPE a [<!ENTITY b 'c'>]>", 1),
    lambda _content: b"PK\x03\x04 not a zip",
    lambda _content: b"<?xml version='1.0'?><autre/>",
)


def damaged(number: int, share: float) -> tuple[Path, set[str]]:
    """A copy of the generated documents, and the names of those that were made bad."""
    folder = DEV / f"lab-faulty-{number}"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(documents(number), folder)
    names = sorted(path.name for path in folder.glob("*.xml"))
    bad = set(random.Random(5).sample(names, round(number * share)))
    for rank, name in enumerate(sorted(bad)):
        path = folder / name
        path.write_bytes(DAMAGE[rank % len(DAMAGE)](path.read_bytes()))
    return folder, bad


# --- breaking things ---


def _kill(pid_file: Path, how: int) -> None:
    os.kill(int(pid_file.read_text().split()[0]), how)


def restart_postgres() -> None:
    _kill(DEV / "postgres/data/postmaster.pid", signal.SIGQUIT)
    _start_again()


def restart_redis() -> None:
    """Killed: the queue is what the last snapshot had, most likely nothing."""
    _kill(DEV / "run/redis.pid", signal.SIGKILL)
    _start_again()


def restart_solr() -> None:
    _kill(DEV / "run/solr.pid", signal.SIGKILL)
    _start_again()


def _start_again() -> None:
    time.sleep(3)
    services("start")


RESTARTS = (restart_postgres, restart_redis, restart_solr)


class Breakage:
    """The calendar of the faults of one run."""

    def __init__(self, portal: Portal, consumers: Consumers) -> None:
        self.portal = portal
        self.consumers = consumers
        self.kills = 0
        self.restarts: list[str] = []
        self.began = self.killed = self.ran = time.monotonic()
        self.cron: subprocess.Popen[bytes] | None = None

    def tick(self) -> None:
        """Once a second: what is due happens."""
        now = time.monotonic()
        self.consumers.keep()
        if now - self.killed > KILL_EVERY:
            self.killed = now
            self.consumers.kill(1 + self.kills % (len(self.consumers.commands) - 1))
            self.kills += 1
        if now - self.ran > RUN_EVERY and (self.cron is None or self.cron.poll() is not None):
            self.ran = now
            self.cron = self._run()
        due = len(self.restarts)
        if due < len(RESTARTS) and now - self.began > 75 * (due + 1):
            self.restarts.append(RESTARTS[due].__name__)
            print(f"  {now - self.began:.0f} s: {self.restarts[-1]}", flush=True)
            RESTARTS[due]()

    def _run(self) -> subprocess.Popen[bytes]:
        log = open(self.portal.log.with_name("run.log"), "ab")  # noqa: SIM115 (the child's own)
        words = [str(CKAN), "-c", str(self.portal.ini), "harvester", "run"]
        return subprocess.Popen(words, env=environment(), stdout=log, stderr=log)


def broken_harvest(portal: Portal, consumers: Consumers, limit: float) -> Breakage:
    """Harvest while things break, until the job is finished."""
    portal.new_job()
    breakage = Breakage(portal, consumers)
    while time.monotonic() - breakage.began < limit:
        breakage.tick()
        try:
            if portal.query("SELECT status FROM harvest_job") == [("Finished",)]:
                return breakage
        except psycopg2.Error:
            pass
        time.sleep(1)
    print(portal.ckan("budget", "harvest", "status"))
    raise SystemExit("the job did not finish in time")


# --- checking ---


def published(portal: Portal) -> list[dict[str, Any]]:
    """Every resource of a document that is online, its extra fields with the rest."""
    rows = portal.query(
        "SELECT r.id, r.package_id, r.hash, r.extras FROM resource r JOIN package p "
        "ON p.id = r.package_id WHERE r.state = 'active' AND p.state = 'active'"
    )
    found = []
    for identifier, package, digest, extras in rows:
        extras = json.loads(extras) if isinstance(extras, str) else extras
        found.append({"id": identifier, "package": package, "hash": digest, **(extras or {})})
    return [item for item in found if item.get("document")]


def stored(portal: Portal, identifier: str) -> Path:
    parts = (identifier[:3], identifier[3:6], identifier[6:])
    return portal.storage.joinpath("resources", *parts)


def problems(portal: Portal, folder: Path, bad: set[str], number: int) -> Iterator[str]:
    """Every broken promise."""
    good = {path.name: path for path in sorted(folder.glob("*.xml")) if path.name not in bad}
    resources = published(portal)
    yield from _once(good, resources)
    yield from _bytes(portal, good, resources)
    yield from _errors(portal, bad)
    yield from _names(portal, good, resources, number)
    yield from _leftovers(portal, resources)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _once(good: dict[str, Path], resources: list[dict[str, Any]]) -> Iterator[str]:
    seen = Counter((item["source_sha256"], item["role"]) for item in resources)
    wanted = {(_sha256(path.read_bytes()), role) for path in good.values() for role in ROLES}
    yield from (f"not published: {key}" for key in wanted - set(seen))
    yield from (f"published and not wanted: {key}" for key in set(seen) - wanted)
    yield from (f"published {count} times: {key}" for key, count in seen.items() if count > 1)
    slugs = {item["document"] for item in resources}
    if len(slugs) != len(good):
        yield f"{len(slugs)} documents for {len(good)} good files"
    datasets = {slug.rsplit("-", 1)[0][:19] for slug in slugs}  # SIRET and exercise
    if len({item["package"] for item in resources}) != len(datasets):
        yield f"datasets: {len({item['package'] for item in resources})} for {len(datasets)}"


ROLES = ("scdl", "xml", "annexe")
"""Every generated document has annexes."""


def _bytes(portal: Portal, good: dict[str, Path], resources: list[dict[str, Any]]) -> Iterator[str]:
    """Files and tables are those that the library makes of the source's bytes."""
    from ckanext.budget.totem.publish import publish

    out = DEV / "lab-expected"
    out.mkdir(exist_ok=True)
    sources = {_sha256(path.read_bytes()): path for path in good.values()}
    tables = dict(
        portal.query(
            "SELECT relname, n_live_tup FROM pg_stat_user_tables", database="datastore_lab"
        )
    )
    made: dict[str, Any] = {}
    for item in resources:
        file = stored(portal, item["id"])
        content = file.read_bytes() if file.exists() else b""
        if _sha256(content) != item["hash"]:
            yield f"stored bytes differ from the hash: {item['document']} {item['role']}"
        source = sources.get(item["source_sha256"])
        if source is None:
            continue
        if item["document"] not in made:
            done = publish(source, out, policy="strict")
            files = dict(zip(ROLES, (done.csv, done.xml, done.annexes), strict=True))
            made[item["document"]] = {role: _digest(path) for role, path in files.items()}
            for path in files.values():
                path.unlink()
        if made[item["document"]][item["role"]] != item["hash"]:
            yield f"not the expected bytes: {item['document']} {item['role']}"
        if item["role"] == "scdl":
            rows = _rows(portal, item["id"]) if item["id"] in tables else -1
            if rows != int(item["rows"]):
                yield f"table of {rows} rows for {item['rows']}: {item['document']}"


def _readable(path: Path) -> bytes:
    """The file's bytes, and those of what it packs: compressed words cannot be searched."""
    content = path.read_bytes()
    if not zipfile.is_zipfile(path):
        return content
    with zipfile.ZipFile(path) as archive:
        return b"\n".join([content, *map(archive.read, archive.namelist())])


def _digest(path: Path) -> str:
    return _sha256(path.read_bytes())


def _rows(portal: Portal, table: str) -> int:
    return portal.query(f'SELECT count(*) FROM "{table}"', database="datastore_lab")[0][0]


def _errors(portal: Portal, bad: set[str]) -> Iterator[str]:
    rows = portal.query(
        "SELECT o.guid, o.state, o.report_status, array_remove(array_agg(e.message), NULL) "
        "FROM harvest_object o LEFT JOIN harvest_object_error e ON e.harvest_object_id = o.id "
        "GROUP BY o.id"
    )
    for guid, state, status, messages in rows:
        name = guid.rpartition("/")[2]
        expected = ("ERROR", "errored") if name in bad else ("COMPLETE", status)
        if (state, status) != expected:
            yield f"{name} is {state}, {status}: {messages}"
        if name in bad and (len(messages) != 1 or name not in messages[0]):
            yield f"{name} has {len(messages)} errors"
        if name not in bad and messages:
            yield f"{name} is good and has an error: {messages}"
    statuses = Counter(status for guid, _s, status, _m in rows)
    print(f"  outcomes: {dict(statuses)}")


def _names(
    portal: Portal, good: dict[str, Path], resources: list[dict[str, Any]], number: int
) -> Iterator[str]:
    """No planted name in a stored file, a harvest table or a log."""
    from ckanext.budget.totem.generate.run import names_manifest, specs

    planted = names_manifest(specs(number, 7))
    sources = {_sha256(path.read_bytes()): name for name, path in good.items()}
    count = 0
    for item in resources:
        content = _readable(stored(portal, item["id"]))
        names = planted.get(sources.get(item["source_sha256"], ""), ())
        for each in names:
            count += 1
            if each["name"].encode() in content:
                yield f"a name of {each['place']} is in {item['document']} {item['role']}"
    rows = portal.query(
        "SELECT content FROM harvest_object UNION ALL SELECT message FROM harvest_object_error"
    )
    said = "\n".join(row[0] or "" for row in rows)
    said += "".join(path.read_text(errors="replace") for path in portal.log.parent.glob("*.log"))
    everyone = {each["name"] for names in planted.values() for each in names}
    told = [name for name in everyone if name in said]
    yield from (f"a name was told in a log or an error: {len(told)}" for _ in told[:1])
    print(f"  {count} names looked for in files, {len(everyone)} in logs and tables")


def _leftovers(portal: Portal, resources: list[dict[str, Any]]) -> Iterator[str]:
    """Nothing waits, nothing is stuck, no raw document is left on disk, the index is right."""
    keys = subprocess.run(
        ["redis-cli", "-p", str(port(2)), "-n", "3", "keys", "ckanext-harvest*"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    if keys:
        yield f"left in Redis: {len(keys)} keys"
    report = subprocess.run(
        [str(CKAN), "-c", str(portal.ini), "budget", "harvest", "status", "--json"],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    told = json.loads(report.stdout.splitlines()[-1])
    if told["jobs"] or told["is_stuck"]:
        yield f"status: {told['jobs']} {told['problems']}"
    files = [path for path in portal.storage.rglob("*") if path.is_file()]
    known = {stored(portal, item["id"]) for item in resources}
    strangers = [path for path in files if path not in known]
    if strangers:
        yield f"{len(strangers)} files in the storage belong to nothing"
    left = [path.name for path in (portal.ini.parent / "spool").glob("raw-*")]
    print(f"  raw working directories of dead consumers, before the next harvest: {len(left)}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--consumers", type=int, default=2)
    parser.add_argument("--limit", type=float, default=3600, help="seconds")
    arguments = parser.parse_args()
    folder, bad = damaged(arguments.documents, 0.05)
    portal = Portal()
    portal.reset()
    print(f"{arguments.documents} documents, {len(bad)} bad", flush=True)
    with site(folder, faults=0.1) as url, Consumers(portal, arguments.consumers) as consumers:
        config = {"rate": 50, "organization": "create", "timeout": 60}
        portal.make_source(url, config)
        consumers.wait_until_ready()
        breakage = broken_harvest(portal, consumers, arguments.limit)
        seconds = time.monotonic() - breakage.began
        pace, asked = arguments.documents / seconds * 60, counts()
        print(
            f"finished in {seconds:.0f} s ({pace:.0f} documents/min); {breakage.kills} kills, "
            f"{len(breakage.restarts)} restarts, {consumers.started} consumers started; "
            f"asked {asked}; load {os.getloadavg()[0]:.1f}",
            flush=True,
        )
    broken = list(problems(portal, folder, bad, arguments.documents))
    print("\n".join(broken[:50]) or "every promise is kept")
    return bool(broken)


if __name__ == "__main__":
    sys.exit(main())
