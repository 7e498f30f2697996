"""A portal whose budgets make an open dataset."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

duckdb = pytest.importorskip("duckdb")


@pytest.fixture
def plugins() -> str:
    return (
        "budget budget_view budget_validation totem_harvester harvest scheming_datasets dcat"
        " datastore datatables_view"
    )


@pytest.fixture
def built(portal: Any) -> Callable[..., Any]:
    """``built()``: what a build says."""
    from ckanext.budget.opendata.build import build

    return build


class Files:
    """The current build, asked by DuckDB as anybody would."""

    @property
    def folder(self) -> Path:
        from ckanext.budget.opendata import store

        folder = store.current()
        assert folder is not None
        return folder

    def names(self) -> set[str]:
        return {p.relative_to(self.folder).as_posix() for p in self.folder.rglob("*.parquet")}

    def ask(self, table: str, sql: str = "SELECT *") -> list[Any]:
        pattern = f"{self.folder}/{table}/**/*.parquet"
        if not list(self.folder.glob(f"{table}/**/*.parquet")):
            return []
        source = f"read_parquet('{pattern}', hive_partitioning = false)"
        return duckdb.connect().execute(f"FROM {source} {sql}").fetchall()

    def types(self, table: str) -> dict[str, str]:
        """Columns of the table with their types, in order."""
        source = f"read_parquet('{self.folder}/{table}/**/*.parquet', hive_partitioning = false)"
        found = duckdb.connect().execute(f"DESCRIBE FROM {source}").fetchall()
        return {name: kind for name, kind, *_ in found}


@pytest.fixture
def files() -> Files:
    return Files()
