"""The public bodies that documents are made for.

Communes, EPCI, départements and the région come from ``bodies.tsv`` (real names and SIREN, see
``bodies_table``). CCAS, caisses des écoles, SDIS and syndicats are invented from them, with SIREN
of the legal category's own prefix and a valid Luhn key.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path

from ckanext.budget.totem.identifiers import complete, siret

TABLE = Path(__file__).with_name("bodies.tsv")
NO_LAST_YEAR = 9999


@dataclass(frozen=True, slots=True)
class Body:
    """A public body.

    kind: commune, epci, departement, region, ccas, cde, sdis, syndicat; legal: COM, CC, CA, CU,
    METRO, DEP, REG or the kind in capitals; population: inhabitants; insee: code of the commune
    or of the seat.
    """

    siren: str
    kind: str
    legal: str
    name: str
    insee: str
    department: str
    population: int
    last_year: int = NO_LAST_YEAR

    def siret(self, establishment: int = 1) -> str:
        """SIRET of the principal budget (1) or of the n-th annex one."""
        return siret(self.siren, establishment)


# kind, kind it is made from, SIREN prefix (INSEE: 25 syndicats, 26 CCAS, 28 SDIS), name
INVENTED = (
    ("ccas", "commune", "26", "CCAS {of}"),
    ("cde", "commune", "26", "Caisse des écoles {of}"),
    ("sdis", "departement", "28", "SDIS {department}"),
    ("syndicat", "commune", "25", "SIVOM {of}"),
)
FIRST_INVENTED_RANK = 9000


def _read() -> list[Body]:
    with TABLE.open(encoding="utf-8", newline="") as source:
        return [
            Body(
                row["siren"],
                row["kind"],
                row["legal"],
                row["name"],
                row["insee"],
                row["department"],
                int(row["population"]),
                int(row["last_year"] or NO_LAST_YEAR),
            )
            for row in csv.DictReader(source, delimiter="\t")
        ]


def of_place(name: str) -> str:
    """``de`` and the place, elided or contracted as French wants: d'Épinal, du Thillot."""
    for article, contracted in (("Le ", "du "), ("Les ", "des ")):
        if name.startswith(article):
            return contracted + name.removeprefix(article)
    return ("d'" if name[0] in "AEIOUYÉÈÊŒ" else "de ") + name


def _invent(body: Body, rank: int, kind: str, prefix: str, name: str) -> Body:
    siren = complete(f"{prefix}{body.department}{FIRST_INVENTED_RANK + rank % 1000:04d}")
    label = name.format(of=of_place(body.name), department=body.department)
    return replace(body, siren=siren, kind=kind, legal=kind.upper(), name=label)


@lru_cache(maxsize=1)
def bodies() -> tuple[Body, ...]:
    """Every body, real then invented, in a fixed order."""
    real = _read()
    invented = [
        _invent(body, rank + 250 * order, kind, prefix, name)
        for order, (kind, source, prefix, name) in enumerate(INVENTED)
        for rank, body in enumerate(item for item in real if item.kind == source)
    ]
    return tuple(real + invented)


@cache
def of_kind(kind: str, low: int = 0, high: int = 10**9) -> tuple[Body, ...]:
    """Bodies of one kind with a population between ``low`` and ``high``, bounds included."""
    return tuple(body for body in bodies() if body.kind == kind and low <= body.population <= high)
