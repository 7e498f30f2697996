"""Run by ``ckan db upgrade -p budget``: the tables of this extension, all named ``budget_*``."""

from __future__ import annotations

import os
from typing import Any

from alembic import context
from ckan.model.meta import metadata
from sqlalchemy import engine_from_config, pool

config = context.config
NAME = os.path.basename(os.path.dirname(__file__))


def _include(item: Any, name: str, kind: str, reflected: bool, compare_to: Any) -> bool:
    return kind != "table" or name.startswith(f"{NAME}_")


_OPTIONS = {
    "target_metadata": metadata,
    "version_table": f"{NAME}_alembic_version",
    "include_object": _include,
}


def _offline() -> None:
    url = config.get_main_option("sqlalchemy.url")
    context.configure(url=url, literal_binds=True, **_OPTIONS)
    with context.begin_transaction():
        context.run_migrations()


def _online() -> None:
    section = config.get_section(config.config_ini_section)
    engine = engine_from_config(section or {}, prefix="sqlalchemy.", poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, **_OPTIONS)
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    _offline()
else:
    _online()
