"""Totals of the published budgets by kind of body and year, with what is missing beside.

Nothing is extrapolated: a total is of the bodies that published, whose number and population stand
beside it with those that are expected.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple

from ckanext.budget.opendata.questions import run
from ckanext.budget.pages.territories import progress

FIGURES = (
    "real_operating_revenue",
    "real_operating_expenditure",
    "gross_saving",
    "equipment_expenditure",
    "debt_outstanding",
)
STAGES = {"CA": "execute", "BP": "vote"}
"""As on the map: what is expected, and the documents of the dataset that tell it."""

LIMITS = (500, 2000, 10000, 50000)
"""Inhabitants that part the sizes of communes, as in the SQL below."""

_TOTALS = """
SELECT d.exercice, d.type_collectivite, i.indicateur, sum(i.valeur) AS euros,
  count(*) AS collectivites,
  sum(i.valeur) FILTER (d.population > 0) AS euros_de_population_connue,
  sum(d.population) FILTER (d.population > 0) AS population
FROM indicateurs i
JOIN documents d USING (ressource)
WHERE d.reference = '{reference}' AND d.type_budget = 'principal'
  AND i.indicateur IN ({figures})
GROUP BY d.exercice, d.type_collectivite, i.indicateur
"""

_STRATA = """
SELECT
  CASE WHEN d.population < 500 THEN 0 WHEN d.population < 2000 THEN 500
       WHEN d.population < 10000 THEN 2000 WHEN d.population < 50000 THEN 10000
       ELSE 50000 END AS depuis,
  count(*) AS collectivites,
  round(quantile_cont(i.valeur / d.population, 0.25), 2) AS premier_quart,
  round(median(i.valeur / d.population), 2) AS mediane,
  round(quantile_cont(i.valeur / d.population, 0.75), 2) AS troisieme_quart
FROM indicateurs i
JOIN documents d USING (ressource)
WHERE d.reference = '{reference}' AND d.type_budget = 'principal'
  AND d.type_collectivite = 'commune' AND d.population > 0
  AND d.exercice = {year} AND i.indicateur = '{figure}'
GROUP BY depuis
ORDER BY depuis
"""


_COMMUNES = """
SELECT d.siren, round(i.valeur / d.population, 2) AS euros_par_habitant
FROM indicateurs i
JOIN documents d USING (ressource)
WHERE d.reference = '{reference}' AND d.type_budget = 'principal' AND d.siren <> ''
  AND d.type_collectivite = 'commune' AND d.population > 0
  AND d.exercice = {year} AND i.indicateur = '{figure}'
"""
MOST_COMMUNES = 40_000
"""France has 35,000."""


class Total(NamedTuple):
    """Euros of so many bodies; ``per_inhabitant``: of those whose population is known."""

    euros: Decimal
    bodies: int
    per_inhabitant: Decimal | None


class Row(NamedTuple):
    """A kind of body in an exercise. ``expected``: how many the list of bodies has; 0 when it
    lists none of the kind."""

    kind: str
    published: int
    expected: int
    totals: dict[str, Total]


class Stratum(NamedTuple):
    """Communes of at least ``start`` inhabitants: quarters of their euros per inhabitant."""

    start: int
    bodies: int
    first: Decimal
    median: Decimal
    third: Decimal

    @property
    def end(self) -> int | None:
        """The most inhabitants; None: no limit."""
        return next((limit - 1 for limit in LIMITS if limit > self.start), None)


def by_kind(year: int, stage: str) -> list[Row]:
    """Totals of an exercise, the kinds with most published bodies first."""
    found: dict[str, dict[str, Total]] = defaultdict(dict)
    for row in _totals(stage):
        exercise, kind, figure, euros, bodies, known, population = row
        if exercise == year:
            rate = round(known / population, 2) if population else None
            found[kind][figure] = Total(euros, bodies, rate)
    shares = progress.progress(str(year), stage).shares("kind")
    rows = [
        Row(
            kind,
            max(total.bodies for total in totals.values()),
            shares[kind].expected if kind in shares else 0,
            totals,
        )
        for kind, totals in found.items()
    ]
    return sorted(rows, key=lambda row: (-row.published, row.kind))


def by_year(figure: str, stage: str) -> list[tuple[int, dict[str, Total]]]:
    """Totals of a figure by exercise, then by kind of body; the earliest first."""
    found: dict[int, dict[str, Total]] = defaultdict(dict)
    for exercise, kind, name, euros, bodies, known, population in _totals(stage):
        if name == figure:
            rate = round(known / population, 2) if population else None
            found[exercise][kind] = Total(euros, bodies, rate)
    return sorted(found.items())


def strata(year: int, figure: str, stage: str) -> list[Stratum]:
    """How communes of each size are distributed, in euros per inhabitant."""
    sql = _STRATA.format(reference=STAGES[stage], year=int(year), figure=figure)
    return [Stratum(*row) for row in run(sql).rows]


def communes(year: int, figure: str, stage: str) -> dict[str, Decimal]:
    """Euros per inhabitant of each commune that published, by SIREN."""
    sql = _COMMUNES.format(reference=STAGES[stage], year=int(year), figure=figure)
    return dict(run(sql, MOST_COMMUNES).rows)


def thirds(values: Iterable[Decimal]) -> tuple[Decimal, Decimal] | None:
    """Above which a value is in the second, in the last third; None of fewer than three."""
    ordered = sorted(values)
    if len(ordered) < 3:
        return None
    return ordered[(len(ordered) - 1) // 3], ordered[2 * (len(ordered) - 1) // 3]


def third(value: Decimal, limits: tuple[Decimal, Decimal] | None) -> int:
    """1 to 3; the second when there are too few to tell."""
    return 1 + sum(value > limit for limit in limits) if limits else 2


def years(stage: str) -> list[int]:
    """Exercises that have figures, the latest first."""
    return sorted({row[0] for row in _totals(stage)}, reverse=True)


def _totals(stage: str) -> list[tuple[Any, ...]]:
    names = ", ".join(f"'{name}'" for name in FIGURES)
    return run(_TOTALS.format(reference=STAGES[stage], figures=names)).rows
