"""Many uploads at once through the catalogue's own action; then count what arrived.

    BUDGET_TOKEN=… python benchmarks/uploads.py http://127.0.0.1:5000 ORGANISATION \
        [--uploads 200] [--clients 20]

Each upload is a document of its own (an amending decision of 1 MB); ten datasets receive them, so
that clients also meet in the same dataset. The datasets are purged at the end: the account must be
a sysadmin's. Never run it against a portal that serves people.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from functools import partial
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
    """One upload."""

    status: int
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
    """The API of the portal."""

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

    def upload(self, names: list[str], rank: int) -> Answer:
        """Send document number ``rank`` to its dataset."""
        place = rank % DATASETS
        content = document(FIRST_YEAR + place, rank // DATASETS + 1)
        url = f"{self.address}/api/3/action/resource_create"
        start = time.monotonic()
        answer = requests.post(
            url,
            headers=self.headers,
            timeout=900,
            data={"package_id": names[place]},
            files={"upload": ("export.xml", content, "text/xml")},
        )
        return Answer(answer.status_code, time.monotonic() - start)


def main() -> None:
    """Upload, count, clean."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("portal")
    parser.add_argument("organization")
    parser.add_argument("--uploads", type=int, default=200)
    parser.add_argument("--clients", type=int, default=20)
    asked = parser.parse_args()
    portal = Portal(asked.portal, asked.organization)
    run = uuid.uuid4().hex[:6]
    names = [portal.dataset(f"charge-{run}-{i}", FIRST_YEAR + i) for i in range(DATASETS)]
    start = time.monotonic()
    with ThreadPoolExecutor(asked.clients) as clients:
        answers = list(clients.map(partial(portal.upload, names), range(asked.uploads)))
    seconds = time.monotonic() - start
    found = [r for name in names for r in portal.call("package_show", id=name)["resources"]]
    distinct = {(item["document"], item["role"]) for item in found}
    good = sum(answer.status == 200 for answer in answers)
    times = [answer.seconds for answer in answers]
    print(f"{good} of {asked.uploads} accepted in {seconds:.0f} s, {asked.clients} clients")
    print(f"median {statistics.median(times):.1f} s, longest {max(times):.1f} s")
    print(f"{len(found)} resources, {len(distinct)} distinct, {2 * good} expected")
    for name in names:
        portal.call("dataset_purge", id=name)


if __name__ == "__main__":
    main()
