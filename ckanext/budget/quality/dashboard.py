"""Numbers of the dashboard: last reports by body and by rule, the trend, what to correct first."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.budget.core.compat import PACKAGES
from ckanext.budget.totem.checks.wrong import WRONG

_LAST = f"""
WITH last AS (
    SELECT DISTINCT ON (b.resource_id)
        b.*, p.name AS dataset, p.title, p.owner_org, r.name AS resource_name,
        coalesce(nullif(p.extras ->> 'body_name', ''), p.title) AS body
    FROM budget_report b
    JOIN resource r ON r.id = b.resource_id AND r.state = 'active'
    JOIN {PACKAGES} p ON p.id = r.package_id AND p.state = 'active'
    WHERE (:everything OR p.owner_org = ANY(:organizations))
    ORDER BY b.resource_id, b.created DESC
)
"""

_TOTALS = """
SELECT count(*) AS checked, count(*) FILTER (WHERE errors > 0) AS errors,
       count(*) FILTER (WHERE errors = 0 AND warnings > 0) AS warnings,
       count(*) FILTER (WHERE errors = 0 AND warnings = 0) AS clean, max(created) AS newest
FROM last
"""

_BODIES = """
SELECT body, count(*) AS checked, count(*) FILTER (WHERE errors > 0) AS errors,
       count(*) FILTER (WHERE errors = 0 AND warnings > 0) AS warnings
FROM last GROUP BY body ORDER BY errors DESC, warnings DESC, body LIMIT 100
"""

_RULES = """
SELECT code.key AS code, sum(CAST(code.value AS integer)) AS findings, count(*) AS files
FROM last, jsonb_each_text(last.codes) AS code
GROUP BY code.key ORDER BY files DESC, code.key LIMIT 100
"""

_FILES = """
SELECT id, resource_id, resource_name, dataset, title, body, errors, warnings, created
FROM last WHERE errors + warnings > 0
ORDER BY errors DESC, warnings DESC, created DESC LIMIT 50
"""

_TREND = f"""
SELECT date_trunc('week', b.created) AS week, count(*) AS checked,
       count(*) FILTER (WHERE b.errors > 0) AS errors,
       count(*) FILTER (WHERE b.errors = 0 AND b.warnings > 0) AS warnings
FROM budget_report b
JOIN {PACKAGES} p ON p.id = b.package_id
WHERE b.created > now() - interval '26 weeks'
  AND (:everything OR p.owner_org = ANY(:organizations))
GROUP BY 1 ORDER BY 1
"""


def dashboard(organizations: list[str] | None) -> dict[str, Any]:
    """Numbers over the datasets of these organisations; None: of the portal."""
    names = {
        "bodies": _LAST + _BODIES,
        "rules": _LAST + _RULES,
        "files": _LAST + _FILES,
        "trend": _TREND,
    }
    found = {name: _rows(query, organizations) for name, query in names.items()}
    known = titles()
    for row in found["rules"]:
        row["title"] = known.get(row["code"], "")
    return found | {"totals": _rows(_LAST + _TOTALS, organizations)[0]}


def _rows(query: str, organizations: list[str] | None) -> list[dict[str, Any]]:
    values = {"everything": organizations is None, "organizations": organizations or []}
    return [dict(row) for row in model.Session.execute(sa.text(query), values).mappings()]


def titles() -> dict[str, str]:
    """What is wrong, in French, by code of the rule that tells it."""
    own = {
        "L-FIC-001": "Fichier absent du stockage",
        "L-LIEN-001": "Lien mort",
        "L-LIEN-002": "Contenu du lien modifié",
        "L-LIEN-003": "Données personnelles au bout du lien",
    }
    return WRONG | own
