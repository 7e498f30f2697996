"""Reading and checking an SCDL table, beside ``frictionless validate`` in the same run.

    python benchmarks/tables.py [--megabytes 100] [--unlike]

A table of the wanted size is written in a temporary folder: rows of a real shape, whose amounts and
codes differ as they do in budgets (``--unlike``: every row repeats nothing of another). Both run in
a process of their own; processor seconds, clock and peak memory are of that process and its
children. The check is that of every door (``check_file``): encoding, header, cells, sums, identity.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from ckanext.budget.totem.tables.national import SCHEMA

OURS = """import sys
from pathlib import Path
from ckanext.budget.totem.checks import check_file
print(check_file(Path(sys.argv[1])).rows)
"""
# As the command `frictionless validate table.csv --schema …` does: every row, every error.
THEIRS = """import json
import sys
from pathlib import Path
import frictionless
path = Path(sys.argv[1])
schema = frictionless.Schema.from_descriptor(json.loads(Path(sys.argv[2]).read_text("utf-8")))
resource = frictionless.Resource(path=path.name, basepath=str(path.parent), schema=schema)
report = frictionless.validate(resource)
assert report.valid, report.flatten()[:3]
print(report.tasks[0].stats["rows"])
"""


class Cost(NamedTuple):
    """Of one run: processor and clock in seconds, peak memory in MB, what it printed."""

    processor: float
    clock: float
    memory: float
    said: str

    def __str__(self) -> str:
        return (
            f"{self.processor:7.1f} s processor {self.clock:7.1f} s clock {self.memory:6.0f} MB"
            f"   ({self.said} rows)"
        )


def write(path: Path, size: int, *, unlike: bool) -> None:
    """A table of ``size`` bytes at least."""
    columns = [field["name"] for field in json.loads(SCHEMA.read_text("utf-8"))["fields"]]
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(columns)
        number = 0
        while number % 1000 or out.tell() < size:
            number += 1
            side = ("dépense", "recette")[number % 2]
            nature = str(60000 + number % (90_000 if unlike else 700))
            label = f"Compte {number}" if unlike else f"Fournitures {nature}"
            amount = f"{number * 37 % 1_000_003}.{number % 100:02d}"
            writer.writerow((
                "budget primitif", "2022", "21930048000015", "VALLÉE-DE-L'ÉTANG", "011",
                "Charges à caractère général", nature, label, f"0{number % 90 + 10}",
                "Administration générale", "", "fonctionnement", "réel", side, "", amount, "",
                amount, amount, amount, "", "non spécialisé",
            ))  # fmt: skip


def measure(code: str, *arguments: str) -> Cost:
    """Run ``code`` in a process of its own. Raises CalledProcessError."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True
    ) as process:
        said = process.communicate()[0].strip()
        clock = time.monotonic() - started
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, "measured code")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    return Cost(processor, clock, used.ru_maxrss / 1024, said)


def main() -> None:
    """Write the table, measure both, tell the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--unlike", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "budget.csv"
        write(path, options.megabytes * 1_000_000, unlike=options.unlike)
        print(f"{path.stat().st_size / 1e6:.0f} MB, load {os.getloadavg()[0]:.1f}")
        ours = measure(OURS, str(path))  # first: peak memory of children only grows
        print("check       ", ours, flush=True)
        theirs = measure(THEIRS, str(path), str(SCHEMA))
        print("frictionless", theirs)
        print(f"ratio        {ours.processor / theirs.processor:.2f} of the processor time")


if __name__ == "__main__":
    main()
