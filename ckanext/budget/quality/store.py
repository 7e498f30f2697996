"""Reports in the database: written with the publication that they describe, then only read."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.budget.core.tables import is_ready, report_table
from ckanext.budget.quality.rules import rules_version
from ckanext.budget.totem.checks import tally

log = logging.getLogger(__name__)


def record(
    result: Mapping[str, Any],
    *,
    resource_id: str | None,
    package_id: str | None,
    sha256: str,
    origin: str,
) -> str:
    """Keep a report (of the library) in the current transaction; its id, empty without tables."""
    if not is_ready():
        return ""
    findings = list(result.get("findings", ()))
    counted = tally(findings)
    identifier = str(uuid.uuid4())
    model.Session.execute(
        report_table.insert().values(
            id=identifier,
            resource_id=resource_id,
            package_id=package_id,
            sha256=sha256,
            kind=result.get("kind") or "totem",
            rules_version=rules_version(),
            errors=counted.by_severity["error"],
            warnings=counted.by_severity["warning"],
            infos=counted.by_severity["info"],
            codes=counted.by_code,
            result=_kept(result, findings, _remembered(resource_id, sha256)),
            origin=origin,
            created=datetime.now(timezone.utc),
        )
    )
    return identifier


def _remembered(resource_id: str | None, sha256: str) -> dict[str, Any]:
    """What the last report says that a new look at the file does not tell."""
    former = latest(resource_id) if resource_id else None
    if former is None:
        return {}
    names = ("versions", "repaired") if former["sha256"] == sha256 else ("versions",)
    return {name: former["result"].get(name) for name in names}


def _kept(
    result: Mapping[str, Any], findings: list[Any], former: Mapping[str, Any]
) -> dict[str, Any]:
    """The findings, and what a reader needs to know of the file; no value of it."""
    header = result.get("header") or {}
    names = ("name", "budget_name", "siret", "fiscal_year", "stage", "number", "norm")
    return {
        "findings": findings,
        "rows": result.get("rows", 0),
        "seal": result.get("seal", ""),
        "masked": (result.get("masked") or {}).get("count"),
        "header": {name: header[name] for name in names if name in header},
        "link": result.get("link"),
        **{name: result.get(name, former.get(name)) or [] for name in ("repaired", "versions")},
    }


def versions_of(resource_id: str) -> list[str]:
    """What is remembered of the other versions of the resource's document, oldest first."""
    found = latest(resource_id)
    return list((found or {}).get("result", {}).get("versions") or ())


def remember_version(resource_id: str, sentence: str) -> None:
    """Add a sentence on another version of the document, once, in the current transaction."""
    found = latest(resource_id)
    known = versions_of(resource_id)
    if found is None or sentence in known:
        return
    result = {**found["result"], "versions": [*known, sentence][-_MOST_VERSIONS:]}
    query = report_table.update().where(report_table.c.id == found["id"])
    model.Session.execute(query.values(result=result))


_MOST_VERSIONS = 50


def report(identifier: str) -> dict[str, Any] | None:
    """The report with this id."""
    return _first(report_table.c.id == identifier)


def latest(resource_id: str) -> dict[str, Any] | None:
    """The last report on the resource."""
    return _first(report_table.c.resource_id == resource_id)


def _first(condition: Any) -> dict[str, Any] | None:
    if not is_ready():
        return None
    query = sa.select(report_table).where(condition).order_by(report_table.c.created.desc())
    row = model.Session.execute(query.limit(1)).mappings().first()
    return dict(row) if row else None


def listed(package_ids: list[str] | None, limit: int, offset: int) -> list[dict[str, Any]]:
    """The last report of each resource of the datasets (None: of all), newest first."""
    if not is_ready():
        return []
    table = report_table
    query = (
        sa.select(table)
        .where(sa.exists().where(_of_online(table)))
        .distinct(table.c.resource_id)
        .order_by(table.c.resource_id, table.c.created.desc())
    )
    if package_ids is not None:
        query = query.where(table.c.package_id.in_(package_ids))
    last = query.subquery()
    page = sa.select(last).order_by(last.c.created.desc()).limit(limit).offset(offset)
    return [dict(row) for row in model.Session.execute(page).mappings()]


def _of_online(table: Any) -> Any:
    """Its resource is there: neither deleted nor withdrawn."""
    resource = model.Resource
    return sa.and_(resource.id == table.c.resource_id, resource.state == model.State.ACTIVE)


def counts_of(row: Mapping[str, Any]) -> dict[str, int]:
    """Number of findings by severity."""
    return {"error": row["errors"], "warning": row["warnings"], "info": row["infos"]}


FORMER_DAYS = 365
"""Days that a report stays once a later one of its resource has taken its place."""


def prune() -> int:
    """Remove the reports on resources that are no more, and former ones after a year; how many."""
    from ckan.model import Resource

    gone = ~sa.exists().where(Resource.id == report_table.c.resource_id)
    later = report_table.alias()
    is_former = sa.exists().where(
        later.c.resource_id == report_table.c.resource_id,
        later.c.created > report_table.c.created,
    )
    limit = datetime.now(timezone.utc) - timedelta(days=FORMER_DAYS)
    old = sa.and_(report_table.c.created < limit, is_former)
    return model.Session.execute(report_table.delete().where(sa.or_(gone, old))).rowcount
