"""What the charts cost: summary of a large document, its size, and how fast a portal serves it.

    python benchmarks/view.py                        # the library alone
    python benchmarks/view.py --ini /path/ckan.ini   # and a portal started for the occasion
    python benchmarks/view.py --ini … --bodies 500   # and comparison among as many like budgets

The portal needs the plugins budget and budget_view, and `ckan db upgrade -p budget`. A dataset is
made for the measure and purged at the end. `--url` measures a server that already runs with the
same configuration (uWSGI, say). The processes of the portal and of the readers share the machine.
With Playwright installed it also times the first chart in Chromium (``BUDGET_CHROMIUM``).
Targets: summary <= 1 s, JSON <= 60 kB gzipped, scripts <= 280 kB gzipped, p95 <= 50 ms at 20
requests in parallel, first chart <= 1.5 s.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import http.client
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import ckanext.budget
from ckanext.budget.totem.summary import KINDS, summarise

NAME = "benchmark-budget-view"
HEADERS = {"Accept-Encoding": "gzip"}
STARTED: list[int] = []
SCRIPTS = Path(ckanext.budget.__path__[0]) / "plugin" / "assets" / "build"


def large_csv(rows: int) -> bytes:
    """A budget in which nearly every line is another pair of account and function."""
    out = io.StringIO(newline="")
    columns = ("NATDEC", "ANNEE", "SIRET", "NOM", "CONTNAT", "CONTNAT_LABEL", "NATURE",
               "NATURE_LABEL", "FONCTION", "FONCTION_LABEL", "SECTION", "OPBUDG", "CODRD",
               *KINDS)  # fmt: skip
    writer = csv.writer(out)
    writer.writerow(f"BGT_{name}" for name in columns)
    for number in range(rows):
        nature = f"{('60', '61', '62', '64', '65', '73', '74', '21')[number % 8]}{number % 125:03}"
        function = f"{number * 7919 % 251:03}"
        side = "recette" if nature[0] == "7" else "dépense"
        section = "investissement" if nature[0] == "2" else "fonctionnement"
        amounts = (f"{number * prime % 99_999_989 / 100:.2f}" for prime in range(7901, 7908))
        writer.writerow(
            ("compte administratif", 2023, "21930048000015", "GRANDE COMMUNE", nature[:2],
             f"Chapitre {nature[:2]}", nature, f"Libellé du compte {nature}", function,
             f"Libellé de la fonction {function}", section, "réel", side, *amounts)
        )  # fmt: skip
    return out.getvalue().encode("utf-8")


def measure_library(data: bytes) -> None:
    summarise(data)  # plans of accounts are read once per process
    times, used = [], []
    for _ in range(5):
        began, spent = time.perf_counter(), time.process_time()
        summary = summarise(data)
        times.append(time.perf_counter() - began)
        used.append(time.process_time() - spent)
    print(f"summary of {summary.payload['rows']} lines: {min(times):.2f} s on the clock, ", end="")
    print(f"{min(used):.2f} s of processor (best of 5), ", end="")
    print(f"{len(summary.body) / 1000:.1f} kB gzipped, trimmed {summary.payload['trimmed']}")


def measure_scripts() -> None:
    sizes = {path.name: len(gzip.compress(path.read_bytes(), 9)) for path in SCRIPTS.glob("*.js")}
    each = ", ".join(f"{name} {size / 1000:.1f}" for name, size in sorted(sizes.items()))
    print(f"scripts: {sum(sizes.values()) / 1000:.1f} kB gzipped together ({each})")


def measure_first_chart(address: str, found: str, visits: int = 7) -> None:
    """From the address asked for to the first chart on screen, each time in a new profile."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        print("first chart: not measured, Playwright is not installed")
        return
    times = []
    with sync_playwright() as driver:
        executable = os.environ.get("BUDGET_CHROMIUM") or shutil.which("chromium")
        browser = driver.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        for _ in range(visits):
            page = browser.new_context(locale="fr-FR").new_page()
            began = time.perf_counter()
            page.goto(view_address(address, found), wait_until="commit")
            page.locator(".bv-chart svg path").first.wait_for(state="attached")
            times.append(time.perf_counter() - began)
            page.context.close()
        browser.close()
    times.sort()
    print(f"first chart: median {times[visits // 2]:.2f} s, slowest {times[-1]:.2f} s")


def view_address(address: str, found: str) -> str:
    """The light page of the resource's charts."""
    with urlopen(f"{address}/api/3/action/resource_view_list?id={found}") as answer:
        views = json.load(answer)["result"]
    view = next(view["id"] for view in views if view["view_type"] == "budget_view")
    return f"{address}/dataset/{NAME}/resource/{found}/view/{view}"


@contextmanager
def portal(ini: str) -> Iterator[Callable[..., Any]]:
    """A way to call actions of the portal as its own user."""
    from ckan.cli import CKANConfigLoader
    from ckan.config.middleware import make_app

    app: Any = make_app(CKANConfigLoader(ini).get_config())
    with app._wsgi_app.test_request_context():
        import ckan.plugins.toolkit as tk

        user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
        yield lambda action, **fields: tk.get_action(action)(
            {"user": user, "ignore_auth": True}, fields
        )


@contextmanager
def like_budgets(call: Callable[..., Any], count: int) -> Iterator[str]:
    """An SCDL resource of the portal with ``count`` copies of its dataset under other names."""
    import sqlalchemy as sa
    from ckan import model
    from ckan.lib import search

    one = model.Session.execute(sa.text(A_BUDGET)).first()
    if one is None:
        raise SystemExit("the portal has no budget of a known population: run bin/demo")
    names = {"package": one.package_id, "resource": one.resource_id, "count": count}
    try:
        for statement in COPIES:
            model.Session.execute(sa.text(statement), names)
        model.Session.commit()
        for number in range(1, count + 1):
            search.rebuild(f"copy-{number}", defer_commit=True)
        search.commit()
        yield one.resource_id
    finally:
        for statement in REMOVALS:
            model.Session.execute(sa.text(statement))
        model.Session.commit()
        for number in range(1, count + 1):
            search.clear(f"copy-{number}")


A_BUDGET = """
    SELECT r.id AS resource_id, p.id AS package_id FROM budget_summary s
    JOIN budget_summary_resource l USING (key) JOIN resource r ON r.id = l.resource_id
    JOIN package p ON p.id = r.package_id
    WHERE s.population > 0 AND s.stage IN ('BP', 'CA') AND l.state = 'ready'
      AND p.type = 'budget' AND p.state = 'active' ORDER BY r.id LIMIT 1"""
COPIES = (
    """INSERT INTO package (id, name, title, type, owner_org, metadata_created, metadata_modified,
                            private, state, plugin_data, extras)
       SELECT 'copy-' || n, 'copy-' || n, title, type, owner_org, metadata_created,
              metadata_modified, private, state, plugin_data, extras
       FROM package, generate_series(1, :count) n WHERE id = :package""",
    """INSERT INTO resource (id, package_id, url, format, position, name, created,
                             metadata_modified, url_type, extras, state, hash)
       SELECT 'copy-' || n, 'copy-' || n, url, format, position, name, created,
              metadata_modified, url_type, extras, state, hash
       FROM resource, generate_series(1, :count) n WHERE id = :resource""",
    """INSERT INTO budget_summary
       SELECT 'copy-' || n, sha256, version, siret, s.name, year, stage, number, population,
              basis, figures, chapters, body, created
       FROM budget_summary_resource l JOIN budget_summary s USING (key),
            generate_series(1, :count) n WHERE l.resource_id = :resource""",
    """INSERT INTO budget_summary_resource
       SELECT 'copy-' || n, fingerprint, 'copy-' || n, state, message, updated
       FROM budget_summary_resource, generate_series(1, :count) n WHERE resource_id = :resource""",
)
REMOVALS = (
    "DELETE FROM budget_summary_resource WHERE resource_id LIKE 'copy-%'",
    "DELETE FROM budget_summary WHERE key LIKE 'copy-%'",
    "DELETE FROM resource WHERE id LIKE 'copy-%'",
    "DELETE FROM package WHERE id LIKE 'copy-%'",
)


def measure_comparison(ini: str, count: int) -> None:
    """``budget_compare`` among ``count`` budgets of the same kind, size, exercise and stage."""
    with portal(ini) as call, like_budgets(call, count) as found:
        times = []
        for _ in range(20):
            began = time.perf_counter()
            answer = call("budget_compare", id=found)
            times.append((time.perf_counter() - began) * 1000)
        times.sort()
        print(f"comparison among {count} like budgets: p50 {times[10]:.0f} ms, ", end="")
        print(f"p95 {times[18]:.0f} ms, {len(answer['bodies'])} bodies shown")


@contextmanager
def resource(ini: str, data: bytes) -> Iterator[str]:
    """The id of the large CSV on the portal, for the time of the measure."""
    with portal(ini) as call:
        from ckan import model
        from werkzeug.datastructures import FileStorage

        if model.Package.get(NAME):
            call("dataset_purge", id=NAME)
        organization = next(iter(call("organization_list")), None)
        if organization is None:
            organization = call("organization_create", name=NAME)["name"]
        call("package_create", name=NAME, title=NAME, owner_org=organization)
        upload = FileStorage(io.BytesIO(data), filename="budget-scdl.csv")
        made = call("resource_create", package_id=NAME, name="Budget SCDL", format="CSV",
                    url="budget-scdl.csv", upload=upload)  # fmt: skip
        call("budget_summary", id=made["id"])
        try:
            yield made["id"]
        finally:
            call("dataset_purge", id=NAME)


@contextmanager
def server(ini: str) -> Iterator[str]:
    """The address of a portal started on a free port, once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = shutil.which("ckan", path=str(Path(sys.executable).parent)) or "ckan"
    process = subprocess.Popen(
        [command, "-c", ini, "run", "-p", str(port), *"--disable-reloader --threaded".split()],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    STARTED.append(process.pid)
    try:
        wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def wait_for(port: int, process: subprocess.Popen[bytes], limit: float = 90) -> None:
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise SystemExit("the portal does not start: see `ckan run`")


def measure_portal(address: str, path: str, parallel: int, requests: int, words: str) -> None:
    """Latencies of ``parallel`` readers who ask again as soon as they are answered."""
    site = urlsplit(address)
    latencies: list[float] = []

    def read() -> None:
        connection = http.client.HTTPConnection(site.hostname or "", site.port, timeout=60)
        for _ in range(requests // parallel):
            began = time.perf_counter()
            connection.request("GET", path, headers=HEADERS)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise SystemExit(f"{path}: {answer.status}")
            latencies.append(time.perf_counter() - began)

    began, used = time.perf_counter(), server_seconds()
    readers = [threading.Thread(target=read) for _ in range(parallel)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    spent = time.perf_counter() - began
    latencies.sort()
    p50, p95 = (latencies[int(len(latencies) * share)] * 1000 for share in (0.5, 0.95))
    print(f"{words}, {parallel} in parallel: p50 {p50:.1f} ms, p95 {p95:.1f} ms, ", end="")
    print(f"{len(latencies) / spent:.0f} requests/s", end="")
    used = (server_seconds() - used) * 1000 / len(latencies)
    print(f", {used:.2f} ms of the server's processor each" if used else "")


def server_seconds() -> float:
    """Processor time of the server that this benchmark started; 0 when it did not."""
    if not STARTED:
        return 0.0
    fields = Path(f"/proc/{STARTED[0]}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--ini", help="configuration of a CKAN portal")
    parser.add_argument("--url", help="address of a server that runs with this configuration")
    parser.add_argument("--rows", type=int, default=30_000)
    parser.add_argument("--parallel", type=int, default=20)
    parser.add_argument("--requests", type=int, default=2_000)
    parser.add_argument("--bodies", type=int, default=0, help="measure the comparison as well")
    options = parser.parse_args()
    data = large_csv(options.rows)
    measure_scripts()
    measure_library(data)
    if not options.ini:
        return
    if options.bodies:
        measure_comparison(options.ini, options.bodies)
    with resource(options.ini, data) as found:
        if options.url:
            measure(options.url, found, options)
        else:
            with server(options.ini) as address:
                measure(address, found, options)


def measure(address: str, found: str, options: argparse.Namespace) -> None:
    path = f"/budgets/resume/{found}.json"
    measure_portal(address, path, 1, 20, "warming up")
    measure_portal(address, path, options.parallel, options.requests, "public summary")
    action = f"/api/3/action/budget_summary?id={found}"
    measure_portal(address, action, options.parallel, options.requests, "the same by the API")
    through = max(options.requests // 20, options.parallel)
    measure_portal(address, f"{path}?all", 1, through // 2, "each time through CKAN")
    measure_portal(address, f"{path}?all", options.parallel, through, "each time through CKAN")
    measure_first_chart(address, found)


if __name__ == "__main__":
    main()
