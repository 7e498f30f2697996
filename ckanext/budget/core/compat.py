"""What differs between CKAN 2.11 and 2.12, and CKAN's own tables as SQL sees them.

Elsewhere the code is written for 2.12. Nothing here outlives the support of 2.11 but the names of
the DataStore's internals, which are no part of CKAN's toolkit.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, cast

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.lib import uploader
from sqlalchemy.dialects.postgresql import JSONB

if TYPE_CHECKING:
    from ckanext.datastore.backend import DatastoreBackend

OLDEST = "2.11"

BEFORE_212 = not tk.check_ckan_version(min_version="2.12.0a0")
"""2.11: extra fields are rows of their own tables, no file storage, files stored after datasets."""


def require() -> None:
    """Raises ``CkanVersionException``, with a sentence, when CKAN is older than what is tested."""
    tk.requires_ckan_version(OLDEST)


# --- CKAN's tables -------------------------------------------------------------------------------

_EXTRAS = (
    "(SELECT coalesce(jsonb_object_agg(e.key, e.value), '{}') FROM package_extra e "
    "WHERE e.package_id = o.id AND e.state = 'active')"
)

PACKAGES = f"(SELECT o.*, {_EXTRAS} AS extras FROM package o)" if BEFORE_212 else "package"
"""SQL: the datasets, each with its extra fields in ``extras`` (JSONB). Give it an alias."""


def extras(entity: Any) -> Any:
    """The extra fields of ``model.Package``, of ``model.Group``, of an alias or of their table, as
    an expression of type JSONB."""
    if not BEFORE_212:
        return cast(Any, entity.c if isinstance(entity, sa.Table) else entity).extras
    is_table = isinstance(entity, sa.Table)
    columns = entity.c if is_table else entity
    owned = entity if is_table else sa.inspect(entity).mapper.local_table
    is_group = owned is model.group_table
    table = model.group_extra_table if is_group else model.package_extra_table
    owner = table.c.group_id if is_group else table.c.package_id
    pairs = sa.func.jsonb_object_agg(table.c.key, table.c.value, type_=JSONB)
    return (
        sa.select(pairs)
        .where(owner == columns.id, table.c.state == model.State.ACTIVE)
        .correlate_except(table)
        .scalar_subquery()
    )


def indexable(pkg_dict: dict[str, Any]) -> dict[str, Any]:
    """What goes to Solr, repeated subfields as text, which CKAN 2.12 has made of them already.

    Solr would take each of them for a document, and refuse it.
    """
    return {
        name: json.dumps(value) if isinstance(value, list) and _has_dicts(value) else value
        for name, value in pkg_dict.items()
    }


def _has_dicts(values: list[Any]) -> bool:
    return any(isinstance(value, dict) for value in values)


# --- Files ---------------------------------------------------------------------------------------


def has_file_api() -> bool:
    """CKAN 2.11 has no ``file_create``."""
    return find_spec("ckan.logic.action.file") is not None


class _Left:
    """An uploader that leaves the file in the resource, for the ``package_update`` that follows.

    CKAN 2.11's ``resource_create`` would take it out before anybody has looked at it, and store it
    after the dataset was saved.
    """

    def upload(self, _id: str, _max_size: int = 0) -> None:
        """Nothing: ``package_update`` has stored what may be."""


def left_to_package_update() -> Any:
    """What ``IUploader.get_resource_uploader`` answers about a file that nobody has looked at yet.

    CKAN 2.12 asks for an uploader inside ``package_update`` only, where no such file is left.
    """
    return _Left() if BEFORE_212 else None


_CREATES = "ckanext-budget resource_create"


@tk.chained_action
def resource_create(original: Any, context: Any, data_dict: Any) -> Any:
    """Mark the call, for :func:`committing`."""
    context[_CREATES] = True
    try:
        return original(context, data_dict)
    finally:
        context.pop(_CREATES, None)


@contextmanager
def committing(context: Any) -> Iterator[Any]:
    """The context of a ``package_update`` that commits by itself, inside ``resource_create`` too.

    CKAN 2.11 defers that commit for the file, which it stores afterwards; here the file is stored
    with the dataset, as in 2.12, and what follows (tables, views) needs the dataset.
    """
    if not context.get(_CREATES):
        yield context
        return
    own = {name: value for name, value in context.items() if name not in ("defer_commit", _CREATES)}
    yield own
    context["package"] = own["package"]


ACTIONS = {"resource_create": resource_create} if BEFORE_212 else {}


def foreign_uploader() -> str:
    """The plugin that CKAN 2.11 would ask for an uploader before ours, hence give raw files to."""
    import ckan.plugins as p

    if not BEFORE_212:
        return ""
    first = next(iter(p.PluginImplementations(p.IUploader)), None)
    name = getattr(first, "name", "")
    return "" if first is None or name == "budget_validation" else name


def stored_place(resource: dict[str, Any]) -> tuple[Any, Any]:
    """Path or location of an uploaded file, and its storage (None: the historical directory)."""
    found = uploader.get_resource_uploader(resource)
    return found.get_path(resource["id"]), getattr(found, "storage", None)


def pieces(place: Any, storage: Any) -> Iterator[bytes]:
    """The bytes of a file of a storage of CKAN 2.12. Raises FileNotFoundError."""
    from ckan.lib import files

    try:
        yield from storage.stream(files.FileData(files.Location(place)))
    except files.exc.FilesError as error:
        raise FileNotFoundError(place) from error


# --- The DataStore -------------------------------------------------------------------------------


def datastore_backend() -> DatastoreBackend:
    """The backend in use."""
    from ckanext.datastore.backend import DatastoreBackend

    return DatastoreBackend.get_active_backend()


def datastore_engine() -> sa.engine.Engine:
    """Of the account that writes."""
    from ckanext.datastore.backend.postgres import get_write_engine

    return get_write_engine()


def forget_statistics(cursor: Any, resource_id: str) -> None:
    """CKAN 2.12 keeps the number of rows of each table: have it counted again."""
    if not BEFORE_212:
        cursor.execute("DELETE FROM _table_stats WHERE resource_id = %s", [resource_id])
        cursor.execute("SELECT update_table_stats(%s)", [resource_id])
