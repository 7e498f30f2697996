"""What an earlier version masked and converted, made again from the masked XML that is on line.

More is masked then, tables and figures are those of this version. What that version masked too
much does not come back: the raw bytes are gone, only a harvest of the source reads them again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.budget.core.contexts import site_context
from ckanext.budget.core.disk import as_disk_full
from ckanext.budget.core.errors import PublicationError, safe_description
from ckanext.budget.core.storage import path_of
from ckanext.budget.core.tables import report_table, version_table
from ckanext.budget.core.workdir import private_directory
from ckanext.budget.publication.prepared import remade
from ckanext.budget.publication.publish import Request, publish_prepared
from ckanext.budget.quality import rules
from ckanext.budget.totem.errors import TotemError
from ckanext.budget.totem.maker import MAKER

log = logging.getLogger(__name__)

_PROVENANCE = ("source_url", "source_modified", "harvest_object_id", "withdrawn_on")


@dataclass
class Tally:
    """Documents made again, and one French sentence for each that could not be."""

    documents: int = 0
    failures: list[str] = field(default_factory=list)


def left() -> list[str]:
    """Ids of the XML resources that an earlier version made, those of deleted datasets aside."""
    query = (
        sa.select(model.Resource)
        .join(version_table, version_table.c.resource_id == model.Resource.id)
        .join(model.Package, model.Package.id == model.Resource.package_id)
        .where(
            version_table.c.maker < MAKER,
            model.Resource.state == model.State.ACTIVE,
            model.Package.state == model.State.ACTIVE,
        )
        .order_by(model.Resource.package_id, model.Resource.position)
    )
    found = model.Session.execute(query).scalars()
    return [item.id for item in found if (item.extras or {}).get("role") == "xml"]


def relabelled() -> tuple[int, int]:
    """Make again the documents whose labels came from another year's chart of accounts, once other
    charts are there: how many, how many in vain.

    Their report says so (``T-NOM-005``), and with which charts it was made.
    """
    made = failed = 0
    for identifier in _of_another_chart():
        try:
            _again(model.Resource.get(identifier))
            made += 1
        except (TotemError, PublicationError, OSError) as error:
            model.Session.rollback()
            log.error("labels of resource %s: %s", identifier, safe_description(error))
            failed += 1
        model.Session.remove()
    return made, failed


_LABELS_OF_ANOTHER_YEAR = "T-NOM-005"


def _of_another_chart() -> list[str]:
    last = (
        sa.select(report_table)
        .distinct(report_table.c.resource_id)
        .order_by(report_table.c.resource_id, report_table.c.created.desc())
        .subquery()
    )
    query = (
        sa.select(model.Resource)
        .join(last, last.c.resource_id == model.Resource.id)
        .join(model.Package, model.Package.id == model.Resource.package_id)
        .where(
            last.c.codes.has_key(_LABELS_OF_ANOTHER_YEAR),
            ~last.c.rules_version.endswith(rules.charts_version()),
            model.Resource.state == model.State.ACTIVE,
            model.Package.state == model.State.ACTIVE,
        )
    )
    found = model.Session.execute(query).scalars()
    return [item.id for item in found if (item.extras or {}).get("role") == "xml"]


def republish(tell: Callable[[int], object] = lambda count: None) -> Tally:
    """Make every document that is left again, one transaction each; ``tell`` after each.

    Interrupted, it is run again and goes on. A document that fails stays as it is.
    """
    tally = Tally()
    for identifier in left():
        resource = model.Resource.get(identifier)
        try:
            _again(resource)
            tally.documents += 1
        except (TotemError, PublicationError, OSError) as error:
            model.Session.rollback()
            unread = "le fichier n'est pas lisible" if isinstance(error, OSError) else error
            reason = as_disk_full(error) or unread
            tally.failures.append(f"{resource.name} ({identifier}) : {reason}")
        model.Session.remove()
        tell(1)
    return tally


def _again(resource: Any) -> None:
    told, path = dict(resource.extras or {}), path_of(resource.id)
    if path is None:
        raise OSError
    query = sa.select(version_table.c.digest).where(version_table.c.resource_id == resource.id)
    version = model.Session.execute(query).scalar_one()
    masked = {"count": told.get("masked_count") or 0}
    with private_directory() as folder:
        made = remade(
            path,
            folder,
            told.get("masking_policy") or "",
            version,
            {"seal": told.get("seal") or "", "masked": masked},
        )
        provenance = {name: told.get(name) for name in _PROVENANCE}
        request = Request(package_id=resource.package_id, provenance=provenance, force=True)
        publish_prepared(made, request, site_context())
