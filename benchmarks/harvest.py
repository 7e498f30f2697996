"""Throughput of harvests, measured for real: PostgreSQL, Redis, Solr, queue, consumers, web site.

    BUDGET_DEV=… BUDGET_PORT_BASE=… python benchmarks/harvest.py --documents 300 --consumers 1 2

For each number of consumers: an empty portal, a first harvest, then a harvest of the unchanged
source. Prints documents a minute and consumer, processor time per document, and downloads.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from lab.portal import DEV, PLUGINS, ROOT, Consumers, Portal, counts, cpu_of, site, wait_for

DONE = "SELECT count(*) FROM harvest_object WHERE state IN ('COMPLETE', 'ERROR')"
TOTAL = "SELECT count(*) FROM harvest_object"
GATHERED = "SELECT count(*) FROM harvest_job WHERE gather_finished IS NULL"
OUTCOMES = (
    "SELECT coalesce(report_status, state), count(*) FROM harvest_object "
    "WHERE harvest_job_id = (SELECT id FROM harvest_job ORDER BY created DESC LIMIT 1) GROUP BY 1"
)


def documents(number: int) -> Path:
    """A folder of generated documents, made once."""
    folder = DEV / f"lab-documents-{number}"
    if len(list(folder.glob("*.xml"))) != number:
        words = ["generate", "-o", str(folder), "--documents", str(number), "--seed", "7"]
        command = [sys.executable, "-m", "ckanext.budget.totem.cli", *words]
        subprocess.run(
            command,
            check=True,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
    return folder


def harvested(portal: Portal, consumers: Consumers, limit: float) -> float:
    """Seconds of one whole harvest, from the job to its last document."""
    portal.new_job()
    began = time.monotonic()
    gathered = 0.0

    def over() -> bool:
        nonlocal gathered, began
        if portal.query(GATHERED)[0][0]:
            began_now = time.monotonic()
            gathered = began_now - began
            return False
        return portal.query(DONE) == portal.query(TOTAL)

    if not wait_for(over, limit, 0.5):
        raise SystemExit("the harvest did not end in time: read consumers.log")
    print(f"    listing {gathered:.1f} s", end="; ")
    return time.monotonic() - began


def server_cpu() -> float:
    """Processor seconds of every PostgreSQL, Redis and Java process of these services."""
    home = str(DEV.resolve())
    total = 0.0
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().decode(errors="replace")
            parent = (entry / "cwd").resolve()
        except OSError:
            continue
        if home in command or str(parent).startswith(home):
            total += cpu_of(int(entry.name))
    return total


def run(number: int, fetchers: int, limit: float, plugins: str) -> float:
    """Documents a minute and consumer of the first harvest."""
    folder = documents(number)
    size = sum(path.stat().st_size for path in folder.glob("*.xml")) / number / 1000
    portal = Portal(plugins)
    portal.reset()
    print(f"{number} documents of {size:.0f} kB on average, {fetchers} consumer(s):", flush=True)
    with site(folder) as url, Consumers(portal, fetchers) as consumers:
        portal.make_source(url, {"rate": 50, "organization": "create"})
        consumers.wait_until_ready()
        rate = 0.0
        for title in ("first harvest", "unchanged"):
            before, cpu = counts() or {}, consumers.cpu()
            seconds = harvested(portal, consumers, limit)
            after = counts() or {}
            used = consumers.cpu() - cpu
            rate = rate or number / seconds * 60
            asked = {name: after[name] - before.get(name, 0) for name in after}
            print(
                f"{title}: {seconds:.1f} s, {number / seconds * 60:.0f} documents/min, "
                f"{used / number * 1000:.0f} ms of consumer processor each; "
                f"outcomes {dict(portal.query(OUTCOMES))}; asked {asked}; "
                f"load {os.getloadavg()[0]:.1f}",
                flush=True,
            )
            portal.ckan("harvester", "run")
    return rate


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=300)
    parser.add_argument("--consumers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--limit", type=float, default=3600, help="seconds for one harvest")
    parser.add_argument("--plugins", default=PLUGINS)
    arguments = parser.parse_args()
    rates = [
        run(arguments.documents, number, arguments.limit, arguments.plugins)
        for number in arguments.consumers
    ]
    if len(rates) > 1:
        print(f"gain: × {rates[-1] / rates[0]:.2f}")


if __name__ == "__main__":
    main()
