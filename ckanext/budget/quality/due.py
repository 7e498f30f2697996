"""What has to be checked again: one query, no file read."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any, NamedTuple

import sqlalchemy as sa
from ckan import model

from ckanext.budget import config, sheet
from ckanext.budget.core.compat import PACKAGES
from ckanext.budget.quality.rules import rules_version

_FROM = f"""
FROM resource r
JOIN {PACKAGES} p ON p.id = r.package_id AND p.type = 'budget' AND p.state = 'active'
LEFT JOIN LATERAL (
    SELECT sha256, rules_version, created FROM budget_report
    WHERE resource_id = r.id ORDER BY created DESC LIMIT 1
) last ON true
WHERE r.state = 'active' AND (
  (r.url_type = 'upload' AND CAST(r.extras AS jsonb) ->> 'role' = ANY(:roles))
  OR (r.url_type IS DISTINCT FROM 'upload' AND r.url ~* '^https?://')
)
"""

_STALE = """
AND (
  (r.url_type = 'upload'
   AND (last.sha256 IS NULL
        OR last.rules_version <> :rules
        OR (coalesce(r.hash, '') <> '' AND last.sha256 <> r.hash)
        OR (coalesce(r.hash, '') = '' AND last.created < r.last_modified)))
  OR
  (r.url_type IS DISTINCT FROM 'upload'
   AND (last.created IS NULL OR last.created < now() - make_interval(days => :days)))
)
"""


class Due(NamedTuple):
    """A resource to check."""

    package_id: str
    resource_id: str


def due(everything: bool = False) -> Iterator[tuple[str, list[str]]]:
    """Datasets with the resources to check again: changed files, changed rules, links too old.

    ``everything``: whatever their last report says.
    """
    stale = "" if everything else _STALE
    query = f"SELECT r.package_id, r.id {_FROM} {stale} ORDER BY r.package_id, r.position"
    values: dict[str, Any] = {"roles": list(sheet.CHECKED)}
    if not everything:
        values |= {"rules": rules_version(), "days": config.control_url_days()}
    rows = [Due(*row) for row in model.Session.execute(sa.text(query), values)]
    for package_id, items in groupby(rows, key=lambda row: row.package_id):
        yield package_id, [item.resource_id for item in items]
