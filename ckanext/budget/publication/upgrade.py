"""What former versions published, made fit: no digest of raw bytes, no name of a harvested file.

Some datasets at a time, in one transaction that ends after the index was told: an interrupted run
is run again and goes on with the datasets that are left. Copies that are in no index (revisions of
the activity stream, withdrawn resources) follow, by themselves: their dataset may be fit already.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.lib import search

from ckanext.budget import config
from ckanext.budget.collect import public_address
from ckanext.budget.core.digests import keyed
from ckanext.budget.core.storage import path_of
from ckanext.budget.core.tables import report_table, withdrawal_table
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

_READ = 500
"""Revisions of the activity stream read at once: each holds a whole dataset."""

_TELLS_DIGEST = " OR ".join(f"r.extras LIKE '%\"{name}\"%'" for name in FORMER_CLAIMS)
_TELLS_FILE = (
    "r.extras LIKE '%\"source_url\"%' AND r.extras::jsonb ->> 'harvest_object_id' <> '' "
    "AND r.extras::jsonb ->> 'source_url' <> ALL(:fit)"
)
_LEFT = f"SELECT DISTINCT r.package_id FROM resource r WHERE {_TELLS_DIGEST} OR ({_TELLS_FILE})"
_SOURCES = (
    "SELECT o.id, s.url FROM harvest_object o JOIN harvest_source s ON s.id = o.harvest_source_id "
    "WHERE o.id = ANY(:ids)"
)
_REVISIONS = (
    "SELECT id, data FROM activity WHERE id > :last AND activity_type LIKE '% package' "
    f'AND (data LIKE \'%"source_url": "http%\' OR data LIKE \'%"{FORMER_CLAIMS[0]}"%\') '
    "ORDER BY id LIMIT :some"
)


@dataclass
class Tally:
    """What was done: datasets, resources, XML files whose seal was made blank, revisions of the
    activity stream."""

    datasets: int = 0
    resources: int = 0
    files: int = 0
    activities: int = 0


def left() -> list[str]:
    """Ids of the datasets, deleted ones included, that still tell what they should not."""
    fit = {"", *map(public_address, _addresses("SELECT id, url FROM harvest_source").values())}
    found = model.Session.execute(sa.text(f"{_LEFT} ORDER BY 1"), {"fit": list(fit)})
    return [identifier for (identifier,) in found]


def _addresses(query: str, **values: Any) -> dict[str, str]:
    """The two columns of the query of harvest sources; nothing on a portal without any."""
    if not sa.inspect(model.Session.connection()).has_table("harvest_source"):
        return {}
    return {row.id: row.url for row in model.Session.execute(sa.text(query), values)}


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
    _clean_withdrawals()
    tally.activities = _clean_activities()
    return tally


def _active(package_ids: list[str]) -> list[str]:
    """Those that the index holds."""
    query = model.Session.query(model.Package.id).filter(
        model.Package.id.in_(package_ids), model.Package.state == model.State.ACTIVE
    )
    return [identifier for (identifier,) in query]


def _clean(package_ids: list[str], tally: Tally) -> None:
    query = model.Session.query(model.Resource)
    held = query.filter(model.Resource.package_id.in_(package_ids)).all()
    clean = _cleaner([dict(resource.extras or {}) for resource in held])
    known: dict[str, list[str]] = {}
    for resource in held:
        told = dict(resource.extras or {})
        fit = clean(told)
        if fit == told:
            continue
        if told.get("source_sha256"):
            known.setdefault(keyed(told["source_sha256"]), []).append(resource.id)
        is_sealed = not set(FORMER_CLAIMS).isdisjoint(told) and told.get("role") == "xml"
        if is_sealed and resource.url_type == "upload":
            tally.files += _blank_seal(resource)
        resource.extras = fit
        tally.resources += 1
    for digest, identifiers in known.items():
        versions.keep(identifiers, digest, maker=1)
    model.Session.flush()


def _cleaner(resources: Iterable[Mapping[str, Any]]) -> Callable[[Mapping[str, Any]], Any]:
    """What makes these resources fit: without digests, with the address of their source."""
    ids = {item.get("harvest_object_id") or "" for item in resources}
    addresses = _addresses(_SOURCES, ids=list(ids))

    def clean(told: Mapping[str, Any]) -> dict[str, Any]:
        fit = {key: told[key] for key in told if key not in FORMER_CLAIMS}
        if (harvested := fit.get("harvest_object_id")) and fit.get("source_url"):
            fit["source_url"] = public_address(addresses.get(harvested))
        return fit

    return clean


def _blank_seal(resource: model.Resource) -> bool:
    """Zeros in place of the digests of the seal, unless they are those of the public file."""
    path = path_of(resource.id)
    if path is None or not path.exists():
        return False
    masked = str((resource.extras or {}).get("masked_count") or "0")
    changed = _blanked(path, is_masked=masked != "0")
    digest = sha256_of(path)
    if resource.hash != digest:
        reports = report_table.update().where(report_table.c.resource_id == resource.id)
        reports = reports.where(report_table.c.sha256 == resource.hash)
        model.Session.execute(reports.values(sha256=digest))
        resource.hash, resource.size = digest, path.stat().st_size
    return changed


def _blanked(path: Path, is_masked: bool) -> bool:
    """Write the file again without its digests; whether it changed. The former one or the new."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".seal-")
    try:
        with os.fdopen(handle, "wb") as out, path.open("rb") as stream:
            is_its_own = _without_seal(stream, out, is_masked)
        if is_its_own or sha256_of(Path(name)) == sha256_of(path):
            return False
        os.chmod(name, path.stat().st_mode)
        os.replace(name, path)
        return True
    except TotemError:
        return False  # no document: nothing of a seal is in it
    finally:
        Path(name).unlink(missing_ok=True)


def _without_seal(stream: Any, out: Any, is_masked: bool) -> bool:
    """Copy the masked document with a blank seal; whether the seal is that of these very bytes,
    which is not looked at (it takes longer than all the rest) when something was masked."""
    sealer, masker = Sealer(stream), Masker("standard")
    for segment in Document(stream if is_masked else sealer):
        if not is_masked:
            sealer(segment)
        # Only the seal is to change: the values were masked by the policy of their time.
        out.write(masker.blank_seal(segment).data)
    return not is_masked and sealer.status == "valid"


def _clean_withdrawals() -> None:
    """The resources that a withdrawn document gets back when it is put back."""
    rows = model.Session.execute(sa.select(withdrawal_table.c.id, withdrawal_table.c.resources))
    for row in rows.all():
        clean = _cleaner(row.resources)
        if (fit := list(map(clean, row.resources))) != row.resources:
            mine = withdrawal_table.update().where(withdrawal_table.c.id == row.id)
            model.Session.execute(mine.values(resources=fit))
    model.Session.commit()


def _clean_activities() -> int:
    """The revisions keep whole datasets as they were; how many were cleaned."""
    if not sa.inspect(model.Session.connection()).has_table("activity"):
        return 0
    done, last = 0, ""
    update = sa.text("UPDATE activity SET data = :data WHERE id = :id")
    values = {"some": _READ}
    while rows := model.Session.execute(sa.text(_REVISIONS), {"last": last, **values}).all():
        read = [json.loads(row.data) for row in rows]
        clean = _cleaner(item for data in read for item in _resources(data))
        for row, data in zip(rows, read, strict=True):
            if (fit := json.loads(row.data, object_hook=clean)) != data:
                model.Session.execute(update, {"id": row.id, "data": json.dumps(fit)})
                done += 1
        model.Session.commit()
        last = rows[-1].id
    return done


def _resources(data: Any) -> list[dict[str, Any]]:
    """Those of the dataset that the revision keeps."""
    package = data.get("package") if isinstance(data, dict) else None
    found = package.get("resources") if isinstance(package, dict) else None
    return found if isinstance(found, list) else []
