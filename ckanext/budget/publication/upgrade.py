"""What versions before 0.3 published, made fit: no digest of raw bytes is left in public.

Some datasets at a time, in one transaction that ends after the index was told: an interrupted run
is run again and goes on with the datasets that are left.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.lib import search

from ckanext.budget import config
from ckanext.budget.core.digests import keyed
from ckanext.budget.core.storage import path_of
from ckanext.budget.core.tables import report_table
from ckanext.budget.publication import versions
from ckanext.budget.publication.claims import FORMER_CLAIMS
from ckanext.budget.publication.datasets import locked_dataset
from ckanext.budget.publication.prepared import keep_report
from ckanext.budget.totem.errors import TotemError
from ckanext.budget.totem.files import sha256_of
from ckanext.budget.totem.privacy import Masker
from ckanext.budget.totem.reader import Document
from ckanext.budget.totem.seal import Sealer

_BATCH = 50
"""Datasets whose locks are held together, for some seconds."""

_MARKED = " OR ".join(f"r.extras LIKE '%\"{name}\"%'" for name in FORMER_CLAIMS)
_LEFT = sa.text(
    f"SELECT DISTINCT r.package_id FROM resource r WHERE {_MARKED} ORDER BY r.package_id"
)


@dataclass
class Tally:
    """What was done: datasets, resources, XML files whose seal was made blank, activities."""

    datasets: int = 0
    resources: int = 0
    files: int = 0
    activities: int = 0


def left() -> list[str]:
    """Ids of the datasets, deleted ones included, that still tell a digest of raw bytes."""
    return [identifier for (identifier,) in model.Session.execute(_LEFT)]


def clean_spool() -> int:
    """Masked work that waits since a former version: its digest is keyed; how many documents."""
    done = 0
    for path in config.spool_directory().rglob("*.json"):
        with suppress(OSError, ValueError):  # taken in the meantime, or no report of ours
            report = json.loads(path.read_text(encoding="utf-8"))
            if isinstance(report, dict) and report.get("sha256") and "header" in report:
                version = keyed(report.pop("sha256"))
                report.pop("size", None)
                keep_report(report | {"version": version}, path)
                done += 1
    return done


def upgrade(tell: Callable[[int], object] = lambda count: None) -> Tally:
    """Clean every dataset that is left; ``tell`` is called with the number of each batch."""
    tally, waiting = Tally(), left()
    for first in range(0, len(waiting), _BATCH):
        batch = waiting[first : first + _BATCH]
        with locked_dataset(*batch):
            _clean(batch, tally)
            # Before the commit: should the process die in between, the datasets are done again.
            search.rebuild(package_ids=_active(batch))
            model.Session.commit()
        search.commit()
        model.Session.remove()
        tally.datasets += len(batch)
        tell(len(batch))
    return tally


def _active(package_ids: list[str]) -> list[str]:
    """Those that the index holds."""
    query = model.Session.query(model.Package.id).filter(
        model.Package.id.in_(package_ids), model.Package.state == model.State.ACTIVE
    )
    return [identifier for (identifier,) in query]


def _clean(package_ids: list[str], tally: Tally) -> None:
    query = model.Session.query(model.Resource)
    for resource in query.filter(model.Resource.package_id.in_(package_ids)):
        told = dict(resource.extras or {})
        if not set(FORMER_CLAIMS) & set(told):
            continue
        if told.get("source_sha256"):
            versions.keep([resource.id], keyed(told["source_sha256"]), maker=1)
        if told.get("role") == "xml" and resource.url_type == "upload":
            tally.files += _blank_seal(resource)
        resource.extras = {key: told[key] for key in told if key not in FORMER_CLAIMS}
        tally.resources += 1
    tally.activities += _clean_activities(package_ids)
    model.Session.flush()


def _blank_seal(resource: model.Resource) -> bool:
    """Zeros in place of the digests of the seal, unless they are those of the public file."""
    path = path_of(resource.id)
    if path is None or not path.exists():
        return False
    changed = _blanked(path)
    digest = sha256_of(path)
    if resource.hash != digest:
        reports = report_table.update().where(report_table.c.resource_id == resource.id)
        reports = reports.where(report_table.c.sha256 == resource.hash)
        model.Session.execute(reports.values(sha256=digest))
        resource.hash, resource.size = digest, path.stat().st_size
    return changed


def _blanked(path: Path) -> bool:
    """Write the file again without its digests; whether it changed. The former one or the new."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".seal-")
    try:
        with os.fdopen(handle, "wb") as out, path.open("rb") as stream:
            is_its_own = _without_seal(stream, out)
        if is_its_own or sha256_of(Path(name)) == sha256_of(path):
            return False
        os.chmod(name, path.stat().st_mode)
        os.replace(name, path)
        return True
    except TotemError:
        return False  # no document: nothing of a seal is in it
    finally:
        Path(name).unlink(missing_ok=True)


def _without_seal(stream: Any, out: Any) -> bool:
    """Copy the masked document with a blank seal; whether the seal is that of these very bytes."""
    sealer, masker = Sealer(stream), Masker("standard")
    for segment in Document(sealer):
        sealer(segment)
        # Only the seal is to change: the values were masked by the policy of their time.
        out.write(masker.blank_seal(segment).data)
    return sealer.status == "valid"


def _clean_activities(package_ids: list[str]) -> int:
    """The activities keep whole datasets as they were."""
    if not sa.inspect(model.Session.connection()).has_table("activity"):
        return 0
    query = sa.text(
        "SELECT id, data FROM activity "
        "WHERE object_id = ANY(:ids) AND data::text LIKE '%source_sha256%'"
    )
    rows = list(model.Session.execute(query, {"ids": package_ids}))
    for row in rows:
        data = json.loads(row.data) if isinstance(row.data, str) else row.data
        model.Session.execute(
            sa.text("UPDATE activity SET data = :data WHERE id = :id"),
            {"id": row.id, "data": json.dumps(_forgotten(data))},
        )
    return len(rows)


def _forgotten(value: Any) -> Any:
    """The same JSON without the former claims, at any depth."""
    if isinstance(value, Mapping):
        return {key: _forgotten(value[key]) for key in value if key not in FORMER_CLAIMS}
    return list(map(_forgotten, value)) if isinstance(value, list) else value
