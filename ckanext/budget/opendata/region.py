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
  count(DISTINCT coalesce(nullif(d.siren, ''), d.siret)) AS collectivites,
  sum(i.valeur) FILTER (d.population > 0) AS euros_de_population_connue,
  sum(d.population) FILTER (d.population > 0) AS population
FROM indicateurs i
JOIN documents d USING (ressource)
WHERE d.reference = '{reference}' AND d.type_budget = 'principal'
  AND i.indicateur IN ({figures})
GROUP BY d.exercice, d.type_collectivite, i.indicateur
"""

_BODIES = """
SELECT d.type_collectivite, coalesce(nullif(d.siren, ''), d.siret) AS siren,
  any_value(d.departement) AS departement, any_value(d.collectivite) AS collectivite
FROM documents d
WHERE d.reference = '{reference}' AND d.type_budget = 'principal' AND d.exercice = {year}
GROUP BY ALL
ORDER BY ALL
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
    """A kind of body in an exercise.

    ``listed``: of the list of bodies, those that published; ``expected``: how many the list has, 0
    when it lists none of the kind; ``others``: names of those that published and are not expected
    that year.
    """

    kind: str
    listed: int
    expected: int
    others: tuple[str, ...]
    totals: dict[str, Total]

    @property
    def published(self) -> int:
        """Bodies of the totals."""
        return self.listed + len(self.others)

    @property
    def percent(self) -> int:
        """Of the list; rounded down: 100 means all."""
        return 100 * self.listed // self.expected if self.expected else 0


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
        return size_end(self.start)


def size_end(start: int) -> int | None:
    """The most inhabitants of the size that begins at ``start``; None: no limit."""
    return next((limit - 1 for limit in LIMITS if limit > start), None)


def by_kind(year: int, stage: str) -> list[Row]:
    """Totals of an exercise and who is in them, the kinds with most published bodies first.

    Kinds that the list expects are there even when none published. Published and counted are one
    count, of the current build: a body is of the list by its SIREN, a département without SIREN in
    the list by its code.
    """
    found: dict[str, dict[str, Total]] = defaultdict(dict)
    for row in _totals(stage):
        exercise, kind, figure, euros, bodies, known, population = row
        if exercise == year:
            rate = round(known / population, 2) if population else None
            found[kind][figure] = Total(euros, bodies, rate)
    expected: dict[str, set[str]] = defaultdict(set)
    for one in progress.progress(str(year), stage).rows:
        expected[one.kind].add(one.siren or one.code)
    published: dict[str, list[str]] = defaultdict(list)
    others: dict[str, list[str]] = defaultdict(list)
    for kind, siren, department, name in run(_bodies(year, stage), MOST_COMMUNES).rows:
        is_listed = siren in expected[kind] or (
            kind == "departement" and department in expected[kind]
        )
        (published if is_listed else others)[kind].append(name)
    rows = [
        Row(kind, len(published[kind]), len(expected[kind]), tuple(others[kind]), found[kind])
        for kind in {*expected, *others}
    ]
    return sorted(rows, key=lambda row: (-row.published, row.kind))


def _bodies(year: int, stage: str) -> str:
    return _BODIES.format(reference=STAGES[stage], year=int(year))


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


def years(stage: str) -> dict[int, int]:
    """Bodies of the fullest kind and figure, by exercise that has figures, the latest first."""
    found: dict[int, int] = {}
    for row in sorted(_totals(stage), reverse=True):
        found[row[0]] = max(found.get(row[0], 0), row[4])
    return found


def _totals(stage: str) -> list[tuple[Any, ...]]:
    names = ", ".join(f"'{name}'" for name in FIGURES)
    return run(_TOTALS.format(reference=STAGES[stage], figures=names)).rows
