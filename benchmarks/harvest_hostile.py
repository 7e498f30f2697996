"""Harvest a hostile site for real, gather and fetch consumers alive, and check what it could do.

    BUDGET_DEV=… BUDGET_PORT_BASE=… python benchmarks/harvest_hostile.py

Two sources: a listing of 100,000 folders that are the same listing again, and a folder of traps
(endless bodies and headers, redirections inside the network, bombs) with one good document. Stops
by itself; exit 1 when a promise is broken.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from harvest import documents
from lab.hostile import GOOD, TRAPS
from lab.portal import Consumers, Portal, counts, port, wait_for

MEMORY = 512 * 1024 * 1024
"""Bytes that no consumer may pass: the smallest of the limits in docs/deploy is twice this."""

FETCHERS = 2
SOURCES = {"boucle": {"rate": 50}, "docs": {"rate": 50, "timeout": 20}}


def harvested(portal: Portal, consumers: Consumers, limit: float) -> float | None:
    """Seconds until every job is finished; None when it took too long."""
    began = ran = time.monotonic()
    for name in SOURCES:
        portal.ckan("harvester", "job", name)

    def over() -> bool:
        nonlocal ran
        consumers.keep()
        if time.monotonic() - ran > 30:
            ran = time.monotonic()
            portal.ckan("harvester", "run")
        return portal.query("SELECT DISTINCT status FROM harvest_job") == [("Finished",)]

    return time.monotonic() - began if wait_for(over, limit, 1) else None


def told(portal: Portal) -> dict[str, list[str]]:
    """Every error by the name of the file; those of listings under what they name."""
    rows = portal.query(
        "SELECT o.guid, e.message FROM harvest_object_error e "
        "JOIN harvest_object o ON o.id = e.harvest_object_id "
        "UNION ALL SELECT '', message FROM harvest_gather_error"
    )
    found: dict[str, list[str]] = {}
    for guid, message in rows:
        names = [name for name in TRAPS if name in f"{guid} {message}"]
        found.setdefault(max(names, key=len, default="boucle"), []).append(message)
    return found


def problems(portal: Portal, errors: dict[str, list[str]], memory: int) -> Iterator[str]:
    """Every broken promise."""
    for name in (*TRAPS, "boucle"):
        count = len(errors.get(name, []))
        if not count or (count > 1 and not name.endswith(".zip")):  # one for each of its entries
            yield f"{name}: {count} errors"
    if (counts() or {}).get("secret"):
        yield f"a place that must not be reached was: {counts()}"
    published = portal.query("SELECT count(*) FROM package WHERE type = 'budget'")[0][0]
    if published != 1:
        yield f"{published} datasets for one good document"
    if memory > MEMORY:
        yield f"a consumer took {memory / 1e6:.0f} MB"
    spool = portal.ini.parent / "spool"
    left = [path for path in spool.rglob("*") if path.is_file() and path.parent.name != "archives"]
    if left:
        yield f"left on disk: {len(left)} files"


def run(portal: Portal, consumers: Consumers, limit: float) -> list[str]:
    base = f"http://127.0.0.1:{port(5)}"
    for name, config in SOURCES.items():
        portal.make_source(f"{base}/{name}/", config, name)
    consumers.wait_until_ready()
    seconds = harvested(portal, consumers, limit)
    memory = consumers.memory()
    errors = told(portal)
    for name, messages in sorted(errors.items()):
        print(f"  {name}: {messages[0][:200]}")
    print(
        f"{len(TRAPS)} traps and {GOOD}: {'not finished' if seconds is None else round(seconds)} "
        f"s, {memory / 1e6:.0f} MB at most in a consumer, {consumers.started} consumers started "
        f"for {len(consumers.commands)}; asked {counts()}; load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    found = list(problems(portal, errors, memory))
    if seconds is None:
        found.append("a job is not finished")
    if consumers.started != len(consumers.commands):
        found.append("a consumer ended")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=float, default=900, help="seconds")
    arguments = parser.parse_args()
    document = min(documents(12).glob("*.xml"))
    portal = Portal(settings={"ckanext.budget.private_networks": "127.0.0.1/32"})
    portal.reset()
    script = Path(__file__).parent / "lab/hostile.py"
    words = [sys.executable, str(script), "--port", str(port(5)), "--document", str(document)]
    site = subprocess.Popen(words)
    try:
        if not wait_for(lambda: counts() is not None, 120):
            raise SystemExit("the hostile site did not start")
        with Consumers(portal, FETCHERS) as consumers:
            found = run(portal, consumers, arguments.limit)
    finally:
        site.kill()
        site.wait()
    print("\n".join(found) or "every promise is kept")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
