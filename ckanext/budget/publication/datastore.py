"""The published CSV in the DataStore: PostgreSQL's COPY, right types, replaced in one go.

Codes are text (``001`` stays ``001``), the exercise is an integer, amounts are numeric. The rows
come with the dataset that shows them: a reader sees the former ones or the new ones, never a
mixture, and those of a publication that fails are never seen.
"""

from __future__ import annotations

import csv
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.budget.core import compat
from ckanext.budget.core.locks import giving_up, limit, second_engine
from ckanext.budget.totem.annexes.grants import TITLED as GRANTS
from ckanext.budget.totem.columns import BY_NAME, Column

_TYPES = {"number": "numeric", "year": "int4"}
"""Table Schema -> PostgreSQL; the others are text: ``001`` stays ``001``."""

_AMOUNTS = ["BGT_MTPREV", "montant"]
"""One is a column of every table, of budgets and of grants, and a number in each."""


def fields_of(columns: list[str]) -> list[dict[str, Any]]:
    """DataStore fields of a budget or of grants: type and data dictionary; an unknown column is
    text under its own name."""
    return [_field(name, BY_NAME.get(name)) for name in columns]


def _field(name: str, column: Column | None) -> dict[str, Any]:
    title, kind = (column.title, column.type) if column else GRANTS.get(name, (name, "string"))
    return {"id": name, "type": _TYPES.get(kind, "text"), "info": {"label": title}}


class Replacement:
    """New rows for some tables, in one transaction that ends with CKAN's own.

    The block saves the dataset; its commit writes and commits the rows just before. Until then
    nothing is locked: other plugins' hooks, which run while a dataset is saved, may read or even
    lock these tables. Should the process die between the two commits, the rows are newer than the
    file and the same publication puts that right; any other failure leaves the former rows, and no
    table that was not there.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, Path] = {}
        self._new: list[str] = []
        self._session = model.Session()

    def load(self, resource_id: str, path: Path) -> int:
        """Make the table ``resource_id`` hold exactly the rows of the CSV file; count them.

        Works before the resource exists in CKAN. The file stays until the block ends.
        """
        backend = compat.datastore_backend()
        fields = fields_of(_columns(path))
        with giving_up():
            rows = _try_rows(fields, path)
            if not backend.resource_exists(resource_id):
                self._new.append(resource_id)
            _ensure_table(backend, resource_id, fields)
        self._waiting[resource_id] = path
        return rows

    def __enter__(self) -> Replacement:
        sa.event.listen(self._session, "before_commit", self._before_commit)
        return self

    def __exit__(self, kind: Any, *_exc: object) -> None:
        sa.event.remove(self._session, "before_commit", self._before_commit)
        try:
            if kind is None:
                self._commit()
        except Exception:
            self._undo()
            raise
        if kind is not None:
            self._undo()

    def _before_commit(self, session: Any) -> None:
        """After the hooks of other plugins: they listen to the class, which SQLAlchemy asks first.

        See ``ckan.model.meta.ckan_before_commit``.
        """
        if not session.in_nested_transaction():
            self._commit()

    def _commit(self) -> None:
        if self._waiting:
            with giving_up(), _transaction() as connection:
                for resource_id, path in self._waiting.items():
                    _replace_rows(_cursor(connection), resource_id, path)
            self._waiting = {}

    def _undo(self) -> None:
        for resource_id in self._new:
            with suppress(Exception):
                drop(resource_id)


def drop(resource_id: str) -> bool:
    """Remove the table; False when there is none."""
    if not compat.datastore_backend().resource_exists(resource_id):
        return False
    _drop(resource_id)
    return True


def table_names() -> list[str]:
    """Every table of the DataStore."""
    return sa.inspect(compat.datastore_engine()).get_table_names()


def sound_tables() -> set[str]:
    """Those whose amounts are numbers, as the publication makes them, in one query."""
    query = sa.text(
        "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
        "WHERE c.relkind = 'r' AND a.attname = ANY(:columns) AND NOT a.attisdropped "
        "AND a.atttypid = CAST('numeric' AS regtype)"
    )
    with compat.datastore_engine().connect() as connection:
        return set(connection.execute(query, {"columns": _AMOUNTS}).scalars())


def _transaction() -> AbstractContextManager[sa.Connection]:
    """On a connection of its own, within the limits of ``core.locks``."""
    return second_engine(compat.datastore_engine()).begin()


def _cursor(connection: sa.Connection) -> Any:
    """The driver's own cursor: SQLAlchemy has no word for COPY."""
    return connection.connection.cursor()


def _columns(path: Path) -> list[str]:
    with open(path, encoding="utf-8-sig", newline="") as stream:
        return next(csv.reader(stream))


def _ensure_table(backend: Any, resource_id: str, fields: list[dict[str, Any]]) -> None:
    """Create the table, or make it again when its columns are not the expected ones.

    The action ``datastore_create`` is not used: it wants the resource to exist, and patches it,
    which is a second write of the dataset. The backend adds the full-text trigger and the rights.
    """
    if backend.resource_exists(resource_id):
        if _column_types(resource_id) == [(field["id"], field["type"]) for field in fields]:
            return
        _drop(resource_id)
    backend.create({}, {"resource_id": resource_id, "fields": fields}, {})


def _drop(resource_id: str) -> None:
    """What the backend does, but it would wait for ever for whoever reads the table."""
    with giving_up(), compat.datastore_engine().begin() as connection:
        limit(connection)
        connection.exec_driver_sql(f"DROP TABLE {_quoted(resource_id)} CASCADE")


def _column_types(resource_id: str) -> list[tuple[str, str]]:
    query = sa.text(
        "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute "
        "WHERE attrelid = CAST(quote_ident(:table) AS regclass) AND attnum > 0 "
        "AND NOT attisdropped AND attname NOT IN ('_id', '_full_text') ORDER BY attnum"
    )
    names = {"integer": "int4"}
    with compat.datastore_engine().connect() as connection:
        rows = connection.execute(query, {"table": resource_id}).fetchall()
    return [(name, names.get(kind, kind)) for name, kind in rows]


def _try_rows(fields: list[dict[str, Any]], path: Path) -> int:
    """Have PostgreSQL read each value, in a table that nobody sees; the number of rows.

    What cannot be read is told before the dataset, the index and the storage have changed.
    """
    columns = ", ".join(f"{_quoted(field['id'])} {field['type']}" for field in fields)
    with _transaction() as connection:
        cursor = _cursor(connection)
        cursor.execute(f"CREATE TEMPORARY TABLE budget_try ({columns}) ON COMMIT DROP")
        return _copy(cursor, "budget_try", path)


def _replace_rows(cursor: Any, resource_id: str, path: Path) -> None:
    """DELETE and not TRUNCATE: until the commit, readers wait for nothing and see the former rows.

    Columns are in the order of the file.
    """
    table = _quoted(resource_id)
    cursor.execute(f"DELETE FROM {table}")
    cursor.execute("SELECT pg_get_serial_sequence(%s, '_id')", [table])
    cursor.execute(f"ALTER SEQUENCE {cursor.fetchone()[0]} RESTART")
    _copy(cursor, table, path)
    compat.forget_statistics(cursor, resource_id)


def _copy(cursor: Any, table: str, path: Path) -> int:
    """Add the rows of the file to the table; the number of them."""
    columns = ", ".join(map(_quoted, _columns(path)))
    with path.open(encoding="utf-8-sig", newline="") as stream:
        cursor.copy_expert(
            f"COPY {table} ({columns}) FROM STDIN WITH (FORMAT csv, HEADER true, ENCODING 'UTF8')",
            stream,
        )
    return cursor.rowcount


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
