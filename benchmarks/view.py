"""What the charts cost: summary of a large document, its size, and how fast a portal serves it.

    python benchmarks/view.py                        # the library alone
    python benchmarks/view.py --ini /path/ckan.ini   # and a portal started for the occasion

The portal needs the plugins budget and budget_view, and `ckan db upgrade -p budget`. A dataset is
made for the measure and purged at the end. `--url` measures a server that already runs with the
same configuration (uWSGI, say). The processes of the portal and of the readers share the machine.
Targets (issue 6): summary <= 1 s, JSON <= 60 kB gzipped, p95 <= 50 ms at 20 requests in parallel.
"""

from __future__ import annotations

import argparse
import csv
import http.client
import io
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ckanext.budget.totem.summary import KINDS, summarise

NAME = "benchmark-budget-view"
HEADERS = {"Accept-Encoding": "gzip"}


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
    times = []
    for _ in range(5):
        began = time.perf_counter()
        summary = summarise(data)
        times.append(time.perf_counter() - began)
    print(f"summary of {summary.payload['rows']} lines: {min(times):.2f} s (best of 5), ", end="")
    print(f"{len(summary.body) / 1000:.1f} kB gzipped, trimmed {summary.payload['trimmed']}")


@contextmanager
def resource(ini: str, data: bytes) -> Iterator[str]:
    """The id of the large CSV on the portal, for the time of the measure."""
    from ckan.cli import CKANConfigLoader
    from ckan.config.middleware import make_app

    app: Any = make_app(CKANConfigLoader(ini).get_config())
    with app._wsgi_app.test_request_context():
        import ckan.plugins.toolkit as tk
        from ckan import model
        from werkzeug.datastructures import FileStorage

        user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]

        def call(action: str, **fields: Any) -> Any:
            return tk.get_action(action)({"user": user, "ignore_auth": True}, fields)

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
        [command, "-c", ini, "run", "-p", str(port), "--disable-reloader"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
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

    began = time.perf_counter()
    readers = [threading.Thread(target=read) for _ in range(parallel)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    spent = time.perf_counter() - began
    latencies.sort()
    p50, p95 = (latencies[int(len(latencies) * share)] * 1000 for share in (0.5, 0.95))
    print(f"{words}, {parallel} in parallel: p50 {p50:.1f} ms, p95 {p95:.1f} ms, ", end="")
    print(f"{len(latencies) / spent:.0f} requests/s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--ini", help="configuration of a CKAN portal")
    parser.add_argument("--url", help="address of a server that runs with this configuration")
    parser.add_argument("--rows", type=int, default=30_000)
    parser.add_argument("--parallel", type=int, default=20)
    parser.add_argument("--requests", type=int, default=2_000)
    options = parser.parse_args()
    data = large_csv(options.rows)
    measure_library(data)
    if not options.ini:
        return
    with resource(options.ini, data) as found:
        path = f"/budgets/resume/{found}.json"
        if options.url:
            measure(options.url, path, options)
        else:
            with server(options.ini) as address:
                measure(address, path, options)


def measure(address: str, path: str, options: argparse.Namespace) -> None:
    measure_portal(address, path, 1, 20, "warming up")
    measure_portal(address, path, options.parallel, options.requests, "public summary")
    through = max(options.requests // 20, options.parallel)
    measure_portal(address, f"{path}?all", 1, through // 2, "each time through CKAN")
    measure_portal(address, f"{path}?all", options.parallel, through, "each time through CKAN")


if __name__ == "__main__":
    main()
