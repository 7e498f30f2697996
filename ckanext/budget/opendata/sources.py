"""Published documents: one query, no file read."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

import sqlalchemy as sa
from ckan import model

from ckanext.budget.core.compat import PACKAGES
from ckanext.budget.totem.model import Stage

_PUBLISHED = sa.text(
    f"""WITH files AS MATERIALIZED (
      SELECT id, package_id, hash, CAST(extras AS jsonb) AS told
      FROM resource WHERE state = 'active' AND url_type = 'upload'
    ), kept AS (
      SELECT id, package_id, hash, told, told->>'role' AS role, told->>'document' AS document
      FROM files WHERE coalesce(told->>'withdrawn_on', '') = ''
    ), documents AS (  -- no join of the files with themselves: its time would be their square
      SELECT package_id, document,
        (array_agg(id ORDER BY id) FILTER (WHERE role = 'scdl'))[1] AS id,
        (array_agg(hash ORDER BY id) FILTER (WHERE role = 'scdl'))[1] AS hash,
        (array_agg(told ORDER BY id) FILTER (WHERE role = 'scdl'))[1] AS told,
        (array_agg(id ORDER BY id) FILTER (WHERE role = 'annexe'))[1] AS annex,
        (array_agg(hash ORDER BY id) FILTER (WHERE role = 'annexe'))[1] AS annex_hash
      FROM kept WHERE role IN ('scdl', 'annexe') AND document <> ''
      GROUP BY package_id, document
    )
    SELECT r.id AS resource, coalesce(r.hash, '') AS hash, coalesce(r.annex, '') AS annex,
      coalesce(r.annex_hash, '') AS annex_hash, coalesce(s.key, '') AS summary, r.document,
      p.name AS dataset, p.extras->>'siren' AS siren, p.extras->>'siret' AS siret,
      p.extras->>'body_name' AS body, p.extras->>'body_kind' AS kind,
      p.extras->>'insee_code' AS insee, p.extras->>'department' AS department,
      p.extras->>'population' AS population, p.extras->>'budget_type' AS budget_type,
      p.extras->>'budget_name' AS budget_name, p.extras->>'norm' AS norm,
      p.extras->>'norm_variant' AS variant,
      coalesce(substring(r.document from '^[0-9]{{14}}-([0-9]{{4}})-'), p.extras->>'fiscal_year')
        AS year,
      r.told->>'stage' AS stage, r.told->>'number' AS number, r.told->>'voted_on' AS voted_on
    FROM documents r
    JOIN {PACKAGES} p ON p.id = r.package_id
    LEFT JOIN budget_summary_resource s ON s.resource_id = r.id AND s.state = 'ready'
    WHERE r.id IS NOT NULL
      AND p.type = 'budget' AND p.state = 'active' AND NOT p.private
    ORDER BY r.id"""
)

_FIGURES = sa.text(
    """SELECT l.resource_id, s.figures FROM budget_summary_resource l
    JOIN budget_summary s ON s.key = l.key
    WHERE l.state = 'ready' AND l.resource_id = ANY(:resources)"""
)


class Source(NamedTuple):
    """One published table and what its dataset says of it; texts, empty when untold.

    ``resource``, ``annex``: ids of the CSV and of the zip of annexes; ``summary``: key of the
    figures. ``stage`` is a name of :class:`Stage`, ``year`` four digits.
    """

    resource: str
    hash: str
    annex: str
    annex_hash: str
    summary: str
    document: str
    dataset: str
    siren: str
    siret: str
    body: str
    kind: str
    insee: str
    department: str
    population: str
    budget_type: str
    budget_name: str
    norm: str
    variant: str
    year: str
    stage: str
    number: str
    voted_on: str

    @property
    def fingerprint(self) -> str:
        """Of everything that the dataset tells of this document."""
        return hashlib.sha256(repr(tuple(self)).encode()).hexdigest()[:20]

    @property
    def partition(self) -> tuple[str, str]:
        """Exercise and stage: where its lines are."""
        return self.year, self.stage


def published() -> list[Source]:
    """Every public document whose exercise and stage are known, by resource id."""
    names = {stage.name for stage in Stage}
    rows = model.Session.execute(_PUBLISHED).mappings()
    found = (Source(*(_text(row[name]) for name in Source._fields)) for row in rows)
    return [one for one in found if one.stage in names and re.fullmatch("[0-9]{4}", one.year)]


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def figures(resources: Iterable[str], batch: int = 500) -> Iterator[tuple[str, dict[str, Any]]]:
    """Key figures of the summaries by resource: cents, basis points or hundredths of years."""
    left = iter(resources)
    while some := list(islice(left, batch)):
        for row in model.Session.execute(_FIGURES, {"resources": some}):
            yield row.resource_id, row.figures
