"""What is published against what is expected, for one exercise and one stage.

Every body of the list is expected to publish the main budget of each exercise: the initial budget,
and the administrative account or the single financial account which replaces it. A body is found by
its SIREN; a département without SIREN in the list, by its code. Bodies that the law merged are
expected for the exercises that they had. One query, kept in memory until a budget or the list
changes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

import sqlalchemy as sa
from ckan import model

from ckanext.budget.core.compat import PACKAGES
from ckanext.budget.core.versioned_cache import VersionedCache
from ckanext.budget.pages import bodies
from ckanext.budget.pages.territories.reference import existed
from ckanext.budget.totem.model import Stage

STAGES = {
    one: [stage.name for stage in Stage.of_kind(kind)]
    for one, kind in (("BP", "budget"), ("CA", "account"))
}
"""Stages that are expected, and the documents that count for each."""


class Row(NamedTuple):
    """A body, the dataset that it published (empty: none) and the stages that are in it."""

    kind: str
    code: str
    name: str
    siren: str
    department: str
    population: int | None
    dataset: str
    stages: tuple[str, ...] = ()


class Share(NamedTuple):
    """Published against expected."""

    published: int
    expected: int

    @property
    def percent(self) -> int:
        """Rounded down: 100 means all."""
        return 100 * self.published // self.expected if self.expected else 0


class Progress(NamedTuple):
    """Rows of one exercise and stage."""

    year: str
    stage: str
    rows: tuple[Row, ...]

    def shares(self, by: str) -> dict[str, Share]:
        """Shares by ``kind`` or ``department`` of the rows."""
        expected = Counter(getattr(row, by) for row in self.rows)
        published = Counter(getattr(row, by) for row in self.rows if row.dataset)
        return {key: Share(published[key], expected[key]) for key in sorted(expected)}

    def only(self, kind: str = "", department: str = "") -> Progress:
        """Those of a kind, of a département."""
        kept = (
            row
            for row in self.rows
            if (not kind or row.kind == kind) and (not department or row.department == department)
        )
        return self._replace(rows=tuple(kept))

    @property
    def total(self) -> Share:
        return Share(sum(bool(row.dataset) for row in self.rows), len(self.rows))


_YEARS = sa.text(
    f"""SELECT DISTINCT extras->>'fiscal_year' AS year FROM {PACKAGES} p
    WHERE type = 'budget' AND state = 'active' AND NOT private
      AND extras->>'fiscal_year' ~ '^[12][0-9]{{3}}$'
    ORDER BY 1 DESC"""
)

_ROWS = sa.text(
    f"""WITH sheets AS MATERIALIZED (
      SELECT name, extras->>'stages' AS stages, extras->>'siren' AS siren,
        extras->>'body_kind' AS kind,
        regexp_replace(coalesce(extras->>'department', ''), '^0(..)$', '\\1') AS department
      FROM {PACKAGES} p
      WHERE type = 'budget' AND state = 'active' AND NOT private
        AND extras->>'budget_type' = 'principal' AND extras->>'fiscal_year' = :year
        AND jsonb_exists_any(nullif(extras->>'stages', '')::jsonb, :stages)
    ), by_siren AS (
      SELECT DISTINCT ON (siren) siren, name AS dataset, stages FROM sheets
      WHERE siren <> '' ORDER BY siren, name
    ), by_department AS (
      SELECT DISTINCT ON (department) department, name AS dataset, stages FROM sheets
      WHERE kind = 'departement' AND department <> '' ORDER BY department, name
    )
    SELECT t.kind, t.code, t.name, t.siren, t.department, t.population,
      coalesce(s.dataset, d.dataset, '') AS dataset, coalesce(s.stages, d.stages, '[]') AS stages
    FROM budget_territory t
    LEFT JOIN by_siren s ON t.siren <> '' AND s.siren = t.siren
    LEFT JOIN by_department d
      ON t.kind = 'departement' AND t.siren = '' AND d.department = t.code
    ORDER BY t.kind, t.department, t.name, t.code"""
)

_HISTORY = 12
"""Exercises that the page of progress compares."""

_cache: VersionedCache[Progress] = VersionedCache(2 * _HISTORY + 2)
_years: VersionedCache[list[str]] = VersionedCache(1)


def years() -> list[str]:
    """Exercises with a public budget, latest first; read again when a budget changed."""
    return _years.get(
        "years",
        bodies.version(),
        lambda: [row.year for row in model.Session.execute(_YEARS)],
    )


def state() -> str:
    """Changes with the budgets and with the list of bodies."""
    return f"{bodies.version()} {bodies.listed_version()}"


def progress(year: str, stage: str, known_state: str = "") -> Progress:
    """Where each body stands. ``stage`` is a key of :data:`STAGES`."""

    def read() -> Progress:
        found = model.Session.execute(_ROWS, {"year": year, "stages": STAGES[stage]})
        return Progress(year, stage, _rows(found, int(year)))

    return _cache.get((year, stage), known_state or state(), read)


def _rows(found: Iterable[Any], year: int) -> tuple[Row, ...]:
    return tuple(
        Row(**{**row._mapping, "stages": tuple(json.loads(row.stages))})
        for row in found
        if existed(row.kind, row.code, year)
    )


def history(kind: str, department: str = "") -> list[tuple[str, dict[str, Share]]]:
    """By exercise, latest first: how many bodies of a kind published each stage."""
    now = state()
    return [
        (year, {stage: progress(year, stage, now).only(kind, department).total for stage in STAGES})
        for year in years()[:_HISTORY]
    ]
