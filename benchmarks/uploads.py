"""Many uploads at once through the catalogue's own form; then count what arrived.

    BUDGET_TOKEN=… BUDGET_PASSWORD=… python benchmarks/uploads.py http://127.0.0.1:5000
        ORGANISATION [--user admin] [--uploads 200] [--clients 20]

Each client logs in and sends what a browser would: the page of the form, then the form with its
token against forgery (CSRF) and the file. Each document is another (an amending decision of 1 MB);
ten datasets receive them, so that clients also meet in the same dataset. The datasets are made and
purged with the token, which must be a sysadmin's. Never run it against a portal that serves people.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import threading
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from html import unescape
from typing import Any, NamedTuple

import requests

SIRET = "21680224900013"
DATASETS = 10
FIRST_YEAR = 2030
SIZE = 1_000_000

LINE = (
    '<LigneBudget><Nature V="6413"/><Fonction V="020"/><ContNat V="012"/><ArtSpe V="false"/>'
    '<CodRD V="{side}"/><MtPropNouv V="10.00"/><MtPrev V="10.00"/><OpBudg V="0"/></LigneBudget>\n'
)


class Answer(NamedTuple):
    """One upload: the status of the answer, what it says when it is no success."""

    status: int
    message: str
    seconds: float


def document(year: int, number: int) -> bytes:
    """A balanced amending decision of about 1 MB."""
    head = f"""<?xml version="1.0" encoding="UTF-8"?>
<DocumentBudgetaire xmlns="http://www.minefi.gouv.fr/cp/demat/docbudgetaire">
<VersionSchema V="113"/>
<EnTeteDocBudgetaire><LibelleColl V="COMMUNE D'ESSAI"/><IdColl V="{SIRET}"/>\
<NatCEPL V="Commune"/></EnTeteDocBudgetaire>
<Budget><EnTeteBudget><LibelleEtab V="BUDGET PRINCIPAL"/><IdEtab V="{SIRET}"/>\
<CodInseeColl V="68224"/><Nomenclature V="M57-M57_D"/></EnTeteBudget>
<BlocBudget><NatDec V="02"/><NumDec V="{number}"/><Exer V="{year}"/><ProjetBudget V="false"/>\
<DteDec V="{year}-03-31"/><NatFonc V="3"/><CodTypBud V="P"/></BlocBudget>
<InformationsGenerales/>
"""
    pair = LINE.format(side="D") + LINE.format(side="R")
    return (head + pair * (SIZE // len(pair)) + "</Budget></DocumentBudgetaire>\n").encode()


class Portal:
    """The portal, as its administrator prepares it."""

    def __init__(self, address: str, organization: str) -> None:
        self.address = address.rstrip("/")
        self.headers = {"Authorization": os.environ["BUDGET_TOKEN"]}
        self.organization = organization

    def call(self, action: str, **data: Any) -> Any:
        """The result of the action; raises on an error."""
        url = f"{self.address}/api/3/action/{action}"
        answer = requests.post(url, json=data, headers=self.headers, timeout=120)
        answer.raise_for_status()
        return answer.json()["result"]

    def dataset(self, name: str, year: int) -> str:
        """An empty budget."""
        self.call(
            "package_create",
            type="budget",
            name=name,
            title=name,
            owner_org=self.organization,
            siret=SIRET,
            body_kind="commune",
            budget_type="principal",
            fiscal_year=str(year),
        )
        return name


_TOKEN = re.compile(r'name="_csrf_token"[^>]*value="([^"]+)"')
_ERRORS = re.compile(
    r'class="[^"]*(?:error-explanation|alert-danger)[^"]*".*?</(?:div|section)>', re.S
)


class Visitor:
    """A browser session of a publisher."""

    def __init__(self, address: str, user: str) -> None:
        self.address = address.rstrip("/")
        self.session = requests.Session()
        form = {"login": user, "password": os.environ["BUDGET_PASSWORD"]}
        self._send("/user/login", form, {})
        page = self.session.get(f"{self.address}/dashboard/datasets", timeout=120)
        if not page.ok or "/user/login" in page.url:
            raise SystemExit("the password was not accepted")

    def _send(self, path: str, form: dict[str, str], files: dict[str, Any]) -> requests.Response:
        url = f"{self.address}{path}"
        page = self.session.get(url, timeout=900)
        form = {**form, "_csrf_token": _TOKEN.search(page.text)[1]}
        return self.session.post(url, data=form, files=files, timeout=900, allow_redirects=False)

    def upload(self, name: str, content: bytes) -> Answer:
        """Fill in the form of a new resource, and send it."""
        form = {"id": "", "url": "", "name": "export.xml", "save": "go-dataset-complete"}
        start = time.monotonic()
        files = {"upload": ("export.xml", content, "text/xml")}
        answer = self._send(f"/budget/{name}/resource/new", form, files)
        saved = answer.status_code == 302 and f"/{name}" in answer.headers["Location"]
        return Answer(answer.status_code, "" if saved else _said(answer), time.monotonic() - start)


def _said(answer: requests.Response) -> str:
    """The sentences of the page's errors, without their markup."""
    found = " ".join(_ERRORS.findall(answer.text)) or answer.text[:300]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", found))).strip()


_visitors = threading.local()


def upload(address: str, user: str, names: list[str], rank: int) -> Answer:
    """Send document number ``rank`` to its dataset, in the session of this thread."""
    if not hasattr(_visitors, "mine"):
        _visitors.mine = Visitor(address, user)
    place = rank % DATASETS
    return _visitors.mine.upload(names[place], document(FIRST_YEAR + place, rank // DATASETS + 1))


def expected(uploads: int) -> set[tuple[str, str]]:
    """Documents and roles that should be on line."""
    slugs = (
        f"{SIRET}-{FIRST_YEAR + rank % DATASETS}-dm-{rank // DATASETS + 1}"
        for rank in range(uploads)
    )
    return {(slug, role) for slug in slugs for role in ("scdl", "xml")}


def main() -> None:
    """Upload, count, clean."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("portal")
    parser.add_argument("organization")
    parser.add_argument("--user", default="admin")
    parser.add_argument("--uploads", type=int, default=200)
    parser.add_argument("--clients", type=int, default=20)
    asked = parser.parse_args()
    portal = Portal(asked.portal, asked.organization)
    run = uuid.uuid4().hex[:6]
    names = [portal.dataset(f"charge-{run}-{i}", FIRST_YEAR + i) for i in range(DATASETS)]
    try:
        measure(portal, names, asked)
    finally:
        for name in names:
            portal.call("dataset_purge", id=name)


def measure(portal: Portal, names: list[str], asked: argparse.Namespace) -> None:
    """Send everything, then compare what is on line with what was sent."""
    start = time.monotonic()
    with ThreadPoolExecutor(asked.clients) as clients:
        send = partial(upload, asked.portal, asked.user, names)
        answers = list(clients.map(send, range(asked.uploads)))
    seconds = time.monotonic() - start
    found = [r for name in names for r in portal.call("package_show", id=name)["resources"]]
    documents = [(item["document"], item["role"]) for item in found]
    wanted = expected(asked.uploads)
    times = sorted(answer.seconds for answer in answers)
    good = sum(not answer.message for answer in answers)
    print(f"{good} of {asked.uploads} accepted in {seconds:.0f} s, {asked.clients} clients")
    most = times[int(len(times) * 0.95) - 1]
    print(
        f"median {statistics.median(times):.1f} s, 95 % below {most:.1f} s, "
        f"longest {times[-1]:.1f} s; load {os.getloadavg()[0]:.0f}"
    )
    print(
        f"{len(documents)} resources: {len(wanted - set(documents))} lost, "
        f"{len(documents) - len(set(documents))} twice, {len(set(documents) - wanted)} unknown"
    )
    for (status, message), number in Counter((a.status, a.message) for a in answers).items():
        print(f"{number} × {status} {message}")


if __name__ == "__main__":
    main()
