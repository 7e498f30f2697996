"""DuckDB, bounded in memory and threads, and cut from the network.

An optional dependency (extra ``data``): whoever asks without it gets :class:`EngineMissing`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ckanext.budget.opendata.errors import EngineMissing, TooLong

WRITER_MEMORY, READER_MEMORY = "160MB", "192MB"
"""One thread writes: each more holds a group of rows of its own."""
SECONDS = 5.0
"""After which a question is given up."""


def is_installed() -> bool:
    """Whether the extra is there."""
    from importlib.util import find_spec

    return find_spec("duckdb") is not None


def version() -> str:
    """Of DuckDB. Raises EngineMissing."""
    try:
        import duckdb
    except ImportError:
        raise EngineMissing from None
    return str(duckdb.__version__)


@contextmanager
def writer(folder: Path) -> Iterator[Any]:
    """A connection whose tables lie in ``folder`` (private), which also takes what overflows."""
    connection = _connect(folder / "work.duckdb", WRITER_MEMORY, 1, folder)
    try:
        yield connection
    finally:
        connection.close()


def reader(folder: Path, views: dict[str, str]) -> Any:
    """A connection that reads the files of ``folder`` through ``views`` (name -> SQL), no more.

    It can neither write, nor read elsewhere, nor change its limits.
    """
    connection = _connect(":memory:", READER_MEMORY, 2, None)
    for name, sql in views.items():
        connection.execute(f"CREATE VIEW {name} AS {sql}")
    connection.execute(f"SET allowed_directories = [{quoted(str(folder))}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def ask(connection: Any, sql: str, most: int) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Columns and at most ``most`` rows. Raises TooLong after :data:`SECONDS`."""
    import duckdb

    cursor = connection.cursor()
    clock = threading.Timer(SECONDS, cursor.interrupt)
    clock.start()
    try:
        cursor.execute(sql)
        return [column[0] for column in cursor.description], cursor.fetchmany(most)
    except (duckdb.InterruptException, duckdb.OutOfMemoryException) as error:
        raise TooLong(str(type(error).__name__)) from None
    finally:
        clock.cancel()
        cursor.close()


def quoted(text: str) -> str:
    """A string of SQL."""
    return "'" + text.replace("'", "''") + "'"


def _connect(database: Path | str, memory: str, threads: int, overflow: Path | None) -> Any:
    version()
    import duckdb

    settings: dict[str, Any] = {
        "memory_limit": memory,
        "threads": str(threads),
        "temp_directory": str(overflow / "overflow") if overflow else "",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "python_enable_replacements": "false",
    }
    return duckdb.connect(str(database), config=settings)
