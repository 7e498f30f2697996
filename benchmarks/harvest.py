"""Throughput of harvests, measured for real: PostgreSQL, Redis, Solr, queue, consumers, web site.

    python benchmarks/harvest.py --documents 300 --consumers 1 2     # the gain of a second consumer
    python benchmarks/harvest.py --documents 10000 --consumers 2     # a large source

For each number of consumers: an empty portal, a first harvest, then a harvest of the unchanged
source. It stops at ``--limit`` seconds and may be interrupted at any time: the same command goes on
where it was. It always ends by the table of what was measured. ``BUDGET_DEV`` and
``BUDGET_PORT_BASE`` say whose services are used; their demonstration is left alone.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lab.portal import (
    DEV,
    PLUGINS,
    ROOT,
    Consumers,
    Portal,
    counts,
    cpu_of,
    machine_cpu,
    services,
    site,
)

STATE = (
    "SELECT gather_finished IS NOT NULL, (SELECT count(*) FROM harvest_object WHERE "
    "harvest_job_id = j.id), (SELECT count(*) FROM harvest_object WHERE harvest_job_id = j.id "
    "AND state IN ('COMPLETE', 'ERROR')) FROM harvest_job j ORDER BY created DESC LIMIT 1"
)
OUTCOMES = (
    "SELECT coalesce(report_status, state), count(*) FROM harvest_object "
    "WHERE harvest_job_id = (SELECT id FROM harvest_job ORDER BY created DESC LIMIT 1) GROUP BY 1"
)
CRON = 300
"""Seconds between two ``ckan harvester run``, as in production."""

LOST = 65
"""Seconds after which it takes up what a killed consumer held."""

CONFIG = {"rate": 50, "organization": "create"}


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


@dataclass
class Leg:
    """One harvest with so many consumers; seconds and counters add up over interruptions."""

    consumers: int
    title: str
    started: bool = False
    finished: bool = False
    seconds: float = 0
    done: int = 0
    consumer_cpu: float = 0
    server_cpu: float = 0
    other_cpu: float = 0
    load: float = 0
    memory: int = 0
    asked: dict[str, int] = field(default_factory=dict)
    outcomes: dict[str, int] = field(default_factory=dict)

    @property
    def pace(self) -> float:
        """Documents a minute, all consumers together."""
        return self.done / self.seconds * 60 if self.seconds else 0


class Progress:
    """The legs of one command, kept in a file so that it may go on later."""

    def __init__(self, key: dict[str, Any], fresh: bool) -> None:
        self.path = DEV / f"lab-progress-{key['documents']}.json"
        self.key = key
        self.legs = [
            Leg(number, title) for number in key["consumers"] for title in ("first", "unchanged")
        ]
        if self.path.exists() and not fresh:
            kept = json.loads(self.path.read_text())
            if kept["key"] == key and not all(leg["finished"] for leg in kept["legs"]):
                self.legs = [Leg(**leg) for leg in kept["legs"]]

    def save(self) -> None:
        """Whole or not at all."""
        draft = self.path.with_suffix(".part")
        draft.write_text(json.dumps({"key": self.key, "legs": [asdict(leg) for leg in self.legs]}))
        draft.replace(self.path)

    def table(self) -> str:
        """The figures of every leg that began."""
        rows = [_TITLES, *(_row(leg) for leg in self.legs if leg.started)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            " | ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
            for row in rows
        ]
        first = [leg for leg in self.legs if leg.title == "first" and leg.finished]
        if len(first) > 1:
            gain = first[-1].pace / first[0].pace
            lines.append(f"gain of {first[-1].consumers} consumers: × {gain:.2f}")
        return "\n".join(lines)


_TITLES = (
    "consumers",
    "harvest",
    "documents",
    "seconds",
    "per minute",
    "per minute, each",
    "consumer CPU ms",
    "server CPU ms",
    "downloads",
    "memory MB",
    "load",
    "cores used by others",
    "outcomes",
)


def _row(leg: Leg) -> tuple[str, ...]:
    each = max(leg.done, 1)
    return (
        str(leg.consumers),
        leg.title if leg.finished else f"{leg.title} (not finished)",
        str(leg.done),
        f"{leg.seconds:.0f}",
        f"{leg.pace:.0f}",
        f"{leg.pace / leg.consumers:.0f}",
        f"{leg.consumer_cpu / each * 1000:.0f}",
        f"{leg.server_cpu / each * 1000:.0f}",
        str(leg.asked.get("downloads", 0)),
        f"{leg.memory / 1e6:.0f}",
        f"{leg.load:.1f}",
        f"{leg.other_cpu / max(leg.seconds, 1):.1f}",
        ", ".join(f"{name} {count}" for name, count in sorted(leg.outcomes.items())),
    )


def services_cpu() -> float:
    """Processor seconds of PostgreSQL (ended children too), Redis and Solr of these services."""
    home = str(DEV.resolve())
    return sum(
        cpu_of(int(entry.name), children=True)
        for entry in Path("/proc").glob("[0-9]*")
        if _is_server(entry, home)
    )


def _is_server(entry: Path, home: str) -> bool:
    try:
        name = (entry / "comm").read_text().strip()
        place = (entry / "cmdline").read_bytes().decode(errors="replace")
        place += str((entry / "cwd").resolve())
    except OSError:
        return False
    return name in ("postgres", "redis-server", "java") and home in place


class Meter:
    """Adds to a leg what was used since the last look."""

    def __init__(self, leg: Leg, consumers: Consumers) -> None:
        self.leg = leg
        self.consumers = consumers
        self.last = self._now()

    def _now(self) -> tuple[float, ...]:
        return time.monotonic(), self.consumers.cpu(), services_cpu(), machine_cpu()

    def look(self, known: Counter[str]) -> Counter[str]:
        """Update the leg; the site's counters as they are now (``known``: at the last look)."""
        now = self._now()
        seconds, own, servers, machine = (a - b for a, b in zip(now, self.last, strict=True))
        self.last = now
        leg, asked = self.leg, Counter(counts() or known)
        leg.seconds += seconds
        leg.consumer_cpu += own
        leg.server_cpu += servers
        leg.other_cpu += max(machine - own - servers, 0)
        leg.asked = dict(Counter(leg.asked) + (asked - known))
        leg.load = max(leg.load, os.getloadavg()[0])
        leg.memory = max(leg.memory, self.consumers.memory())
        return asked


def harvest(portal: Portal, consumers: Consumers, leg: Leg, save: Callable[[], None]) -> None:
    """One whole harvest, or the rest of it. Raises OutOfTime."""
    ran, known = time.monotonic(), Counter(counts() or {})
    if leg.started:
        ran -= CRON - LOST  # what the interruption lost must go back to the queue
    else:
        portal.new_job()
        leg.started = True
    meter = Meter(leg, consumers)
    while not leg.finished:
        time.sleep(0.5)
        consumers.keep()
        known = meter.look(known)
        [(gathered, total, leg.done)] = portal.query(STATE)
        leg.finished = gathered and total == leg.done
        save()
        if time.monotonic() - ran > CRON:
            ran = time.monotonic()
            portal.start("harvester", "run")
        check_time()
    leg.outcomes = dict(portal.query(OUTCOMES))
    portal.ckan("harvester", "run")
    save()


class OutOfTime(Exception):
    """``--limit`` is over."""


_DEADLINE = float("inf")


def check_time() -> None:
    if time.monotonic() > _DEADLINE:
        raise OutOfTime


def run(progress: Progress, number: int, plugins: str) -> None:
    """The two harvests with ``number`` consumers, as far as they are not done."""
    first, unchanged = (leg for leg in progress.legs if leg.consumers == number)
    if unchanged.finished:
        return
    folder = documents(progress.key["documents"])
    portal = Portal(plugins)
    if not first.started:
        portal.reset()
    services("start")
    with site(folder) as url, Consumers(portal, number) as consumers:
        if not first.started:
            portal.make_source(url, CONFIG)
        consumers.wait_until_ready()
        for leg in (first, unchanged):
            if not leg.finished:
                harvest(portal, consumers, leg, progress.save)
                print(progress.table(), flush=True)


def _ended(*_args: object) -> None:
    raise KeyboardInterrupt


def main() -> int:
    global _DEADLINE
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=300)
    parser.add_argument("--consumers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--limit", type=float, default=5400, help="seconds for this command")
    parser.add_argument("--plugins", default=PLUGINS)
    parser.add_argument("--fresh", action="store_true", help="forget an interrupted command")
    arguments = parser.parse_args()
    _DEADLINE = time.monotonic() + arguments.limit
    signal.signal(signal.SIGTERM, _ended)
    names = ("documents", "consumers", "plugins")
    progress = Progress({name: getattr(arguments, name) for name in names}, arguments.fresh)
    left = 0
    try:
        for number in arguments.consumers:
            run(progress, number, arguments.plugins)
    except (OutOfTime, KeyboardInterrupt):
        print("stopped: the same command goes on from here", flush=True)
        left = 2
    progress.save()
    print(f"\n{progress.table()}\nload now: {os.getloadavg()}")
    return left


if __name__ == "__main__":
    sys.exit(main())
