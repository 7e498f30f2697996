"""Keep and find summaries. A summary is a cache, and must neither hold up nor undo the publication
it belongs to: writes are short transactions of their own, apart from CKAN's session, except
``link_with_publication``."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert

from ckanext.budget.charts.subject import Subject
from ckanext.budget.core.compat import extras
from ckanext.budget.core.locks import second_engine
from ckanext.budget.core.tables import (
    summary_resource_table,
    summary_table,
    territory_table,
)
from ckanext.budget.totem.summary import VERSION, Hints, Summary

CLAIMED_FOR = timedelta(minutes=15)
"""After this long a computation that did not answer may be asked for again."""


class Known(NamedTuple):
    """What is known of a resource; ``body`` (gzipped JSON) and ``key`` when it is ready."""

    fingerprint: str
    state: str
    message: str
    updated: datetime
    key: str | None
    body: bytes | None


_FIND = (
    sa.select(
        summary_resource_table.c.fingerprint,
        summary_resource_table.c.state,
        summary_resource_table.c.message,
        summary_resource_table.c.updated,
        summary_resource_table.c.key,
        summary_table.c.body,
    )
    .select_from(
        summary_resource_table.outerjoin(
            summary_table, summary_table.c.key == summary_resource_table.c.key
        )
    )
    .where(summary_resource_table.c.resource_id == sa.bindparam("resource_id"))
)


def find(resource_id: str) -> Known | None:
    """The last known state of the resource, whatever it has become since."""
    row = model.Session.execute(_FIND, {"resource_id": resource_id}).first()
    return Known(*row) if row else None


_STAMP = (
    sa.select(
        model.package_table.c.metadata_modified,
        model.package_table.c.private,
        model.package_table.c.state,
        model.resource_table.c.state,
        model.resource_table.c.metadata_modified,
        summary_resource_table.c.state,
        summary_resource_table.c.updated,
        summary_resource_table.c.key,
    )
    .select_from(
        model.resource_table.join(
            model.package_table, model.package_table.c.id == model.resource_table.c.package_id
        ).join(
            summary_resource_table,
            summary_resource_table.c.resource_id == model.resource_table.c.id,
        )
    )
    .where(model.resource_table.c.id == sa.bindparam("resource_id"))
)


_BODIES = (
    sa.select(
        summary_resource_table.c.resource_id,
        model.package_table.c.id.label("package_id"),
        model.package_table.c.name.label("package_name"),
        model.package_table.c.owner_org,
        extras(model.package_table)["body_name"].astext.label("body_name"),
        summary_table.c.name,
        summary_table.c.siret,
        summary_table.c.population,
        summary_table.c.figures,
    )
    .join(summary_resource_table, summary_resource_table.c.key == summary_table.c.key)
    .join(model.resource_table, model.resource_table.c.id == summary_resource_table.c.resource_id)
    .join(model.package_table, model.package_table.c.id == model.resource_table.c.package_id)
    .where(summary_resource_table.c.state == "ready")
    .where(model.resource_table.c.state == "active")
    .where(model.package_table.c.state == "active")
    .where(model.package_table.c.type == "budget")
)

_NATURES = {
    "CC": r"^(cc|communaut. de communes)\y",
    "CA": r"^(ca|communaut. d.agglom.ration)\y",
    "CU": r"^(cu|communaut. urbaine)\y",
    "MET": r"^(?!(cc|ca|cu|communaut.)\y).*m.tropole\y",
}
"""Nature of an EPCI, by its name in the list of bodies (without case nor accents)."""


def stamp(resource_id: str) -> tuple[Any, ...] | None:
    """All that decides who may read the summary of a resource and which one it is.

    None when there is none, or when the database does not answer. Needs no request.
    """
    try:
        with _reader().connect() as connection:
            row = connection.execute(_STAMP, {"resource_id": resource_id}).first()
    except sa.exc.SQLAlchemyError:
        return None
    return tuple(row) if row else None


def _reader() -> Any:
    """One statement is one round trip: no transaction to open and to end."""
    return model.meta.engine.execution_options(isolation_level="AUTOCOMMIT")


def key_of(sha256: str, hints: Hints) -> str:
    """Same file, same knowledge of it, same program: same summary."""
    return hashlib.sha256(repr((VERSION, sha256, hints)).encode("utf-8")).hexdigest()


def known_key(subject: Subject) -> str | None:
    """The key of a stored summary of the same bytes, computed for another resource or before."""
    if not subject.sha256:
        return None
    key = key_of(subject.sha256, subject.hints)
    query = sa.select(summary_table.c.key).where(summary_table.c.key == key)
    return model.Session.execute(query).scalar()


def is_linked(subject: Subject) -> bool:
    """Whether the resource, as it is now, has its summary."""
    query = sa.select(summary_resource_table.c.key).where(
        summary_resource_table.c.resource_id == subject.resource_id,
        summary_resource_table.c.fingerprint == subject.fingerprint,
        summary_resource_table.c.state == "ready",
    )
    return model.Session.execute(query).scalar() is not None


def save(subject: Subject, sha256: str, summary: Summary) -> str:
    """Store the summary and make it the resource's; its key."""
    key = save_summary(sha256, subject.hints, summary)
    link(subject, key)
    return key


def save_summary(sha256: str, hints: Hints, summary: Summary) -> str:
    """Store the summary of a file; its key."""
    key = key_of(sha256, hints)
    row = insert(summary_table).values(_row(key, sha256, summary))
    with _begin() as connection:
        connection.execute(row.on_conflict_do_nothing(index_elements=["key"]))
    return key


def link(subject: Subject, key: str) -> None:
    """Make a stored summary the resource's."""
    with _begin() as connection:
        connection.execute(_state(subject, "ready", "", key))


def link_with_publication(subject: Subject, key: str) -> None:
    """The same in CKAN's own transaction, for a resource that is being published."""
    model.Session.execute(_state(subject, "ready", "", key))


def fail(subject: Subject, message: str) -> None:
    """Say why there is no summary (one French sentence)."""
    with _begin() as connection:
        connection.execute(_state(subject, "failed", message, None))


def claim(subject: Subject) -> bool:
    """Mark as being computed; False when it already is, by someone who may still answer."""
    is_free = sa.or_(
        summary_resource_table.c.state != "computing",
        summary_resource_table.c.fingerprint != subject.fingerprint,
        summary_resource_table.c.updated < _now() - CLAIMED_FOR,
    )
    statement = _state(subject, "computing", "", None, is_free)
    with _begin() as connection:
        row = connection.execute(statement.returning(summary_resource_table.c.resource_id)).first()
    return row is not None


def touch(subject: Subject) -> bool:
    """Say that a ready summary is being checked again; False when somebody just did."""
    statement = (
        summary_resource_table.update()
        .where(summary_resource_table.c.resource_id == subject.resource_id)
        .where(summary_resource_table.c.updated < _now() - CLAIMED_FOR)
        .values(updated=_now())
    )
    with _begin() as connection:
        return connection.execute(statement).rowcount == 1


def forget(resource_ids: Iterable[str]) -> None:
    """Drop the state of these resources, and their summaries that no other resource shows.

    Only their own summaries are looked at: a question about the whole table costs a minute on a
    portal of a hundred thousand documents.
    """
    links = summary_resource_table
    gone = links.delete().where(links.c.resource_id.in_(list(resource_ids))).returning(links.c.key)
    with _begin() as connection:
        keys = [key for (key,) in connection.execute(gone) if key]
        shown = sa.exists().where(links.c.key == summary_table.c.key)
        connection.execute(summary_table.delete().where(summary_table.c.key.in_(keys), ~shown))


def sweep() -> int:
    """Remove the summaries of files that were replaced since; how many.

    A day passes first: the summary of a document is kept before its publication ends.
    """
    shown = sa.exists().where(summary_resource_table.c.key == summary_table.c.key)
    old = summary_table.c.created < _now() - timedelta(days=1)
    with _begin() as connection:
        return connection.execute(summary_table.delete().where(old, ~shown)).rowcount


def figures_of(resource_ids: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    """Rows of ready summaries without their bodies, by resource id."""
    columns = [column for column in summary_table.c if column.name != "body"]
    query = (
        sa.select(summary_resource_table.c.resource_id, *columns)
        .join(summary_table, summary_table.c.key == summary_resource_table.c.key)
        .where(summary_resource_table.c.resource_id.in_(list(resource_ids)))
        .where(summary_resource_table.c.state == "ready")
    )
    return {row["resource_id"]: row for row in model.Session.execute(query).mappings()}


def nearest(
    criteria: Mapping[str, Any], population: int, but: str, most: int
) -> list[Mapping[str, Any]]:
    """Ready summaries of other budget datasets, those of the nearest populations first.

    ``criteria``: ``body_kind``, ``budget_type``, ``year``, ``stages``, ``population_min``,
    ``population_max`` (None: no limit), ``norm`` and ``nature`` (empty: any). Says nothing of who
    may see them.
    """
    told = extras(model.package_table)
    query = (
        _BODIES.where(summary_table.c.year == criteria["year"])
        .where(summary_table.c.stage.in_(criteria["stages"]))
        .where(told["body_kind"].astext == criteria["body_kind"])
        .where(told["budget_type"].astext == criteria["budget_type"])
        .where(summary_resource_table.c.resource_id != but)
        .order_by(sa.func.abs(summary_table.c.population - population), model.package_table.c.name)
        .limit(most)
    )
    if criteria["norm"]:
        query = query.where(told["norm"].astext == criteria["norm"])
    if criteria["nature"]:
        alike = sa.select(territory_table.c.siren).where(
            territory_table.c.kind == "epci",
            territory_table.c.name.regexp_match(_NATURES[criteria["nature"]], flags="i"),
        )
        query = query.where(told["siren"].astext.in_(alike))
    if criteria["population_min"] is not None:
        query = query.where(summary_table.c.population >= max(1, criteria["population_min"]))
    if criteria["population_max"] is not None:
        query = query.where(summary_table.c.population <= criteria["population_max"])
    return list(model.Session.execute(query).mappings())


def nature_of(siren: str) -> str:
    """``CC``, ``CA``, ``CU`` or ``MET`` of an EPCI; empty when the list of bodies does not know."""
    name = territory_table.c.name
    query = (
        sa.select(*(name.regexp_match(one, flags="i") for one in _NATURES.values()))
        .where(territory_table.c.kind == "epci", territory_table.c.siren == siren)
        .limit(1)
    )
    row = model.Session.execute(query).first()
    return next((nature for nature, is_so in zip(_NATURES, row or (), strict=False) if is_so), "")


def bodies(resource_ids: Iterable[str]) -> list[Mapping[str, Any]]:
    """The same rows for these resources."""
    query = _BODIES.where(summary_resource_table.c.resource_id.in_(list(resource_ids)))
    return list(model.Session.execute(query).mappings())


def told(keys: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Whole summaries by key."""
    query = sa.select(summary_table.c.key, summary_table.c.body).where(
        summary_table.c.key.in_(set(keys))
    )
    found = model.Session.execute(query)
    return {row.key: json.loads(gzip.decompress(row.body)) for row in found}


def failed_among(resource_ids: Iterable[str]) -> int:
    """How many of these have no summary for good."""
    query = (
        sa.select(sa.func.count())
        .where(summary_resource_table.c.resource_id.in_(list(resource_ids)))
        .where(summary_resource_table.c.state == "failed")
    )
    return model.Session.execute(query).scalar() or 0


def _begin() -> Any:
    return second_engine(model.meta.engine).begin()


def _state(
    subject: Subject, state: str, message: str, key: str | None, condition: Any = None
) -> Any:
    """Insert or update the resource's row; the update only where ``condition`` holds."""
    values = {
        "fingerprint": subject.fingerprint,
        "key": key,
        "state": state,
        "message": message,
        "updated": _now(),
    }
    statement = insert(summary_resource_table).values(resource_id=subject.resource_id, **values)
    return statement.on_conflict_do_update(
        index_elements=["resource_id"], set_=values, where=condition
    )


def _row(key: str, sha256: str, summary: Summary) -> dict[str, Any]:
    payload = summary.payload
    document = payload["document"]
    return {
        "key": key,
        "sha256": sha256,
        "version": VERSION,
        "siret": document["siret"],
        "name": document["name"],
        "year": document["year"],
        "stage": document["stage"],
        "number": document["number"],
        "population": document["population"],
        "basis": payload["basis"],
        "figures": summary.figures,
        "chapters": summary.chapters(),
        "body": summary.body,
        "created": _now(),
    }


def _now() -> datetime:
    return datetime.now(timezone.utc)
