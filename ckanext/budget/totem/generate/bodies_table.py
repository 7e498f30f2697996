"""Builds ``bodies.tsv`` from the npm package ``@etalab/decoupage-administratif`` (MIT).

``python -m ckanext.budget.totem.generate.bodies_table`` packs the package in a temporary
directory with ``npm pack`` and rewrites the table: a sample of communes of Grand Est spread over
all sizes, all its communautés d'agglomération, urbaines and métropoles, a sample of communautés
de communes, its départements and the région. Needs ``npm`` and the network; never run by tests.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ckanext.budget.totem.identifiers import complete

PACKAGE = "@etalab/decoupage-administratif"
REGION = "44"
REGION_SIREN = "200052264"
# smallest and largest population of a band, communes taken in it: the M14 and M57 thresholds.
BANDS = ((1, 499, 3), (500, 3499, 3), (3500, 9999, 3), (10000, 10**9, 3))
RURAL_EPCI = 30
COLUMNS = ("siren", "kind", "legal", "name", "insee", "department", "population", "last_year")
# Bas-Rhin and Haut-Rhin became the Collectivité européenne d'Alsace on 1 January 2021
# (loi n° 2019-816 du 2 août 2019).
LAST_YEAR = {"67": "2020", "68": "2020"}
TABLE = Path(__file__).with_name("bodies.tsv")

Row = tuple[str, ...]
Records = list[dict[str, Any]]


def spread(items: Records, count: int) -> Records:
    """``count`` items at equal ranks of ``items``, first and last included."""
    if len(items) <= count:
        return items
    step = (len(items) - 1) / (count - 1)
    return [items[round(rank * step)] for rank in range(count)]


def communes(records: Records, department: str) -> Iterator[Row]:
    """Communes of one département, a few of each population band, smallest first."""
    own = [
        item
        for item in records
        if item.get("departement") == department and item.get("siren") and item.get("population")
    ]
    own.sort(key=lambda item: (item["population"], item["code"]))
    for low, high, count in BANDS:
        band = [item for item in own if low <= item["population"] <= high]
        yield from (commune_row(item, department) for item in spread(band, count))


def commune_row(item: dict[str, Any], department: str) -> Row:
    """One commune."""
    return (
        item["siren"],
        "commune",
        "COM",
        item["nom"],
        item["code"],
        department,
        str(item["population"]),
        "",
    )


def epcis(records: Records, departments: set[str]) -> Iterator[Row]:
    """EPCI whose first member lies in the région: every urban one, a sample of the others."""
    own = [item for item in records if item["membres"][0]["code"][:2] in departments]
    own.sort(key=lambda item: (item["populationTotale"], item["code"]))
    urban = [item for item in own if item["type"] != "CC"]
    rural = spread([item for item in own if item["type"] == "CC"], RURAL_EPCI)
    for item in rural + urban:
        seat = item["membres"][0]["code"]
        yield (
            item["code"],
            "epci",
            item["type"],
            item["nom"],
            seat,
            seat[:2],
            str(item["populationTotale"]),
            "",
        )


def department_row(item: dict[str, Any], population: int) -> Row:
    """One département: SIREN 22 + number + 0001 + key."""
    code = item["code"]
    siren = complete(f"22{code}0001")
    return (
        siren,
        "departement",
        "DEP",
        item["nom"],
        item["chefLieu"],
        code,
        str(population),
        LAST_YEAR.get(code, ""),
    )


def rows(folder: Path) -> Iterator[Row]:
    """All rows of the table from the unpacked JSON files of ``folder``."""
    load = {
        name: json.loads((folder / f"{name}.json").read_text("utf-8"))
        for name in ("communes", "epci", "departements", "regions")
    }
    own = [item for item in load["departements"] if item["region"] == REGION]
    region = next(item for item in load["regions"] if item["code"] == REGION)
    population = {
        item["code"]: sum(
            commune.get("population") or 0
            for commune in load["communes"]
            if commune.get("departement") == item["code"]
        )
        for item in own
    }
    for item in own:
        yield from communes(load["communes"], item["code"])
    yield from epcis(load["epci"], set(population))
    for item in own:
        yield department_row(item, population[item["code"]])
    yield (
        REGION_SIREN,
        "region",
        "REG",
        region["nom"],
        region["chefLieu"],
        region["chefLieu"][:2],
        str(sum(population.values())),
        "",
    )


def write(table: Iterable[Row], path: Path = TABLE) -> None:
    """Writes the table as UTF-8 TSV."""
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, delimiter="\t", lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(table)


def main() -> int:
    """Downloads the package and rewrites ``bodies.tsv``."""
    with tempfile.TemporaryDirectory() as place:
        subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=place, check=True)
        archive = next(Path(place).glob("*.tgz"))
        with tarfile.open(archive) as tar:
            tar.extractall(place, filter="data")
        write(rows(Path(place) / "package" / "data"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
