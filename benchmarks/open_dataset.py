"""The open dataset of 20,000 documents: first build, nightly build, questions, memory.

    python benchmarks/open_dataset.py [--documents 20000] [--changes 50] [--rounds 20]

Set ``BUDGET_DEV`` and ``BUDGET_PORT_BASE`` as for the other benchmarks of the lab, whose databases
are dropped. Generated documents are published for real; their rows and files are then copied in
bulk for the bodies of the shipped list, with the SIRET and the exercise of each in its lines. Each
build is a process of its own, whose largest memory is told; questions are asked without a cache.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lab.portal import CKAN, ROOT, Portal, environment

FIRST_YEAR, LAST_YEAR = 2018, 2024
BATCH = 1000
MOST_LINES = 500


@contextmanager
def application(ini: Path) -> Iterator[None]:
    """CKAN, loaded from its configuration, within one request."""
    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    with make_app(load_config(str(ini)))._wsgi_app.test_request_context():
        yield


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, default=20_000)
    parser.add_argument("--changes", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--ask", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--plant", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--change", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    for ini, work, value in (
        (arguments.plant, plant, arguments.documents),
        (arguments.change, change, arguments.changes),
        (arguments.ask, ask, arguments.rounds),
    ):
        if ini:
            with application(ini):
                work(value)
            return
    measure(arguments)


def measure(arguments: argparse.Namespace) -> None:
    """The whole run: a portal of its own, then each step in a process of its own."""
    portal = Portal()
    portal.reset()
    again = [sys.executable, __file__]
    step("copies", [*again, "--plant", portal.ini, "--documents", arguments.documents])
    build = [CKAN, "-c", portal.ini, "budget", "dataset", "build"]
    step("first build", build)
    told(portal.storage / "budget-opendata" / "current")
    step("nothing changed", build)
    step("changes", [*again, "--change", portal.ini, "--changes", arguments.changes])
    step(f"after {arguments.changes} changes", build)
    step("questions", [*again, "--ask", portal.ini, "--rounds", arguments.rounds])


def step(name: str, command: list[Any]) -> None:
    """Run it; print its time by the clock and by the processor, and its largest memory."""
    start = time.perf_counter()
    words = [str(word) for word in command]
    process = subprocess.Popen(words, env=environment(), cwd=ROOT / "benchmarks")
    _pid, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{name} failed")
    clock, processor = time.perf_counter() - start, used.ru_utime + used.ru_stime
    print(
        f"{name}: {clock:.1f} s, {processor:.1f} s of processor, "
        f"{used.ru_maxrss / 1024:.0f} MiB, load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


def told(folder: Path) -> None:
    """Size by kind of file."""
    sizes: dict[str, int] = {}
    for path in folder.resolve().rglob("*"):
        if path.is_file():
            kind = path.suffix or path.name
            sizes[kind] = sizes.get(kind, 0) + path.stat().st_size
    print("size:", ", ".join(f"{kind} {size / 1e6:.0f} MB" for kind, size in sizes.items()))


def plant(wanted: int) -> None:
    """Publish generated documents for real, then copy them until there are ``wanted``."""
    from ckan import model

    with tempfile.TemporaryDirectory() as folder:
        generate = [sys.executable, "-m", "ckanext.budget.totem.cli", "generate"]
        subprocess.run([*generate, "-o", folder, "--documents", "24"], check=True,
                       stdout=subprocess.DEVNULL)  # fmt: skip
        published = [publish(path) for path in sorted(Path(folder).glob("*.xml")) if is_small(path)]
    bases = [base for base in map(base_of, filter(None, published)) if base]
    rows: list[dict[str, Any]] = []
    for number, body, year in places(wanted - len(bases)):
        rows.append(copied(bases[number % len(bases)], body, year))
        if len(rows) == BATCH:
            save(rows)
            rows = []
    save(rows)
    model.Session.remove()


def is_small(path: Path) -> bool:
    """Whether it is a document as most communes have: regions and departments have ten times as
    many lines, and there are few of them."""
    return path.read_bytes().count(b"<LigneBudget") <= MOST_LINES


def publish(path: Path) -> Any:
    """What became of the document; None when it is refused (a draft)."""
    from ckanext.budget.core.contexts import site_context
    from ckanext.budget.core.errors import PublicationError
    from ckanext.budget.publication.publish import Request, publish_file

    try:
        return publish_file(path, Request(organization()), site_context())
    except PublicationError:
        return None


def organization() -> str:
    import ckan.plugins.toolkit as tk
    from ckan import model

    from ckanext.budget.core.contexts import site_context

    found = model.Group.get("laboratoire")
    if found is not None:
        return found.id
    made = tk.get_action("organization_create")(site_context(), {"name": "laboratoire"})
    return made["id"]


def base_of(outcome: Any) -> dict[str, Any] | None:
    """Rows and files of a published document, as models of its copies."""
    from ckan import model

    from ckanext.budget.core.storage import path_of
    from ckanext.budget.core.tables import summary_resource_table

    package = model.Package.get(outcome.package_id)
    found = {
        item.extras["role"]: item
        for item in package.resources
        if item.extras.get("document") == outcome.document
    }
    link = model.Session.execute(
        summary_resource_table.select().where(
            summary_resource_table.c.resource_id == found["scdl"].id
        )
    ).mappings()
    return {
        "package": row_of(package, model.package_table),
        "resources": {
            role: row_of(item, model.resource_table)
            for role, item in found.items()
            if role in ("scdl", "annexe")
        },
        "files": {role: path_of(item.id) for role, item in found.items()},
        "slug": outcome.document,
        "link": dict(link.one()),
    }


def row_of(item: Any, table: Any) -> dict[str, Any]:
    return {column.name: getattr(item, column.name) for column in table.columns}


def places(number: int) -> Iterator[tuple[int, Any, int]]:
    """So many bodies and exercises, the same on each run; a body may come again."""
    from ckanext.budget.pages.territories.reference import shipped

    bodies = [one for one in shipped() if one.siren]
    random.Random(8).shuffle(bodies)
    for rank in range(number):
        turn, place = divmod(rank, len(bodies))
        yield rank, bodies[place], FIRST_YEAR + turn % (LAST_YEAR - FIRST_YEAR + 1)


def copied(base: dict[str, Any], body: Any, year: int) -> dict[str, Any]:
    """A copy for another body and exercise, its files written in the storage."""
    from ckanext.budget.core.storage import path_of

    siret, known = f"{body.siren}00013", base["slug"].split("-")
    stage = base["slug"].split("-", 2)[2]
    slug = f"{siret}-{year}-{stage}"
    package = base["package"] | {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, slug)),
        "name": f"budget-{slug}",
        "extras": base["package"]["extras"]
        | {
            "siren": body.siren,
            "siret": siret,
            "body_name": body.name,
            "body_kind": body.kind,
            "insee_code": body.code if body.kind == "commune" else "",
            "department": body.department,
            "population": str(body.population or ""),
            "budget_type": "principal",
            "fiscal_year": str(year),
        },
    }
    resources = []
    for role, row in base["resources"].items():
        identifier = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{slug}/{role}"))
        target = path_of(identifier)
        assert target is not None
        target.parent.mkdir(parents=True, exist_ok=True)
        content = base["files"][role].read_bytes()
        if role == "scdl":
            before = f",{known[1]},{known[0]},".encode()
            content = content.replace(before, f",{year},{siret},".encode())
        target.write_bytes(content)
        resources.append(
            row
            | {
                "id": identifier,
                "package_id": package["id"],
                "hash": hashlib.sha256(content).hexdigest(),
                "extras": row["extras"] | {"document": slug},
            }
        )
    table = next(one for one in resources if one["extras"]["role"] == "scdl")
    return {
        "package": package,
        "resources": resources,
        "link": base["link"] | {"resource_id": table["id"]},
    }


def save(rows: list[dict[str, Any]]) -> None:
    from ckan import model

    from ckanext.budget.core.tables import summary_resource_table

    if not rows:
        return
    session = model.Session
    session.execute(model.package_table.insert(), [row["package"] for row in rows])
    files = [one for row in rows for one in row["resources"]]
    with_annexes = sorted(files, key=lambda one: sorted(one))
    session.execute(model.resource_table.insert(), with_annexes)
    session.execute(summary_resource_table.insert(), [row["link"] for row in rows])
    session.commit()


def change(number: int) -> None:
    """As many documents published again, anywhere, with another amount on their first line."""
    from ckan import model

    from ckanext.budget.core.storage import path_of

    found = (
        model.Session.query(model.Resource)
        .filter(model.Resource.extras.like('%"role": "scdl"%'))
        .order_by(model.Resource.id)
        .all()
    )
    for item in random.Random(9).sample(found, number):
        path = path_of(item.id)
        assert path is not None
        head, first, rest = path.read_bytes().split(b"\n", 2)
        path.write_bytes(b"\n".join((head, first, first, rest)))
        item.hash = hashlib.sha256(path.read_bytes()).hexdigest()
    model.Session.commit()


def ask(rounds: int) -> None:
    """Each question, each exercise in turn, never from the cache of answers."""
    from ckanext.budget.opendata import questions, region

    known = list(questions.counted(questions.questions()["couverture"]))
    places_ = [(name, lambda year, one=one: questions.answer(one, year))
               for name, one in questions.questions().items()]  # fmt: skip
    places_.append(("region, totals", lambda year: region.by_kind(year, "CA")))
    places_.append(
        ("region, sizes", lambda year: region.strata(year, "real_operating_expenditure", "CA"))
    )
    for name, question in places_:
        times = []
        for number in range(rounds):
            questions._answers.clear()
            start = time.perf_counter()
            question(known[number % len(known)])
            times.append(1000 * (time.perf_counter() - start))
        ordered = sorted(times)
        p95 = ordered[int(0.95 * (len(ordered) - 1))]
        print(f"{p95:7.0f} ms p95 {statistics.median(ordered):7.0f} ms median  {name}")
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB in this process")


if __name__ == "__main__":
    main()
