"""Parquet files joined by their row groups: what DuckDB reads of them is what was written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ckanext.budget.opendata.rowgroups import Footer, Joined

duckdb = pytest.importorskip("duckdb")

TEXTS = "'texte ' || range % 7 AS a, NULL AS b, range % 2 = 0 AS c"
NUMBERS = "range::DECIMAL(18,2) / 4 AS d, range::SMALLINT AS e, DATE '2022-01-01' AS f, 0.5 AS g"
WIDE = ", ".join(f"range + {number} AS w{number}" for number in range(40))


def write(path: Path, first: int, last: int, columns: str = f"{TEXTS}, {NUMBERS}, {WIDE}") -> Path:
    """Numbers of a range as a file, in groups of 2048 rows, with what DuckDB adds by default."""
    duckdb.execute(
        f"COPY (SELECT range, {columns} FROM range({first}, {last})) TO '{path}' "
        "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 2048)"
    )
    return path


def rows(*paths: Path) -> list[Any]:
    names = [str(path) for path in paths]
    return duckdb.execute(f"FROM read_parquet({names})").fetchall()


def test_joined_files_say_what_their_parts_say(tmp_path: Path) -> None:
    parts = [
        write(tmp_path / f"{first}.parquet", first, last)
        for first, last in ((0, 5000), (5000, 5010), (5010, 30000))
    ]
    target = tmp_path / "whole.parquet"
    with Joined(target) as joined:
        for part in parts:
            joined.add(Footer(part))
    assert joined.groups == 3 + 1 + 13
    assert rows(target) == rows(*parts)
    [(count,)] = duckdb.execute(f"SELECT count(*) FROM '{target}' WHERE range = 5005").fetchall()
    assert count == 1, "smallest and largest values of each group are kept"


def test_a_part_is_replaced_and_the_others_are_copied(tmp_path: Path) -> None:
    first, second = (write(tmp_path / f"{n}.parquet", 5000 * n, 5000 * n + 5000) for n in (0, 1))
    whole, again = tmp_path / "whole.parquet", tmp_path / "again.parquet"
    with Joined(whole) as joined:
        joined.add(Footer(first))
        joined.add(Footer(second))
    other = write(tmp_path / "other.parquet", 20, 30)
    with Joined(again) as joined:
        joined.add(Footer(other))
        joined.add(Footer(whole), first=3, number=3)
    assert rows(again) == rows(other, second)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"twelve bytes and more", b"\0" * 20])
def test_what_is_no_parquet_is_an_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises((OSError, ValueError)):
        Footer(tmp_path / "x")


def test_other_columns_are_not_joined(tmp_path: Path) -> None:
    with Joined(tmp_path / "whole.parquet") as joined:
        joined.add(Footer(write(tmp_path / "a.parquet", 0, 5)))
        with pytest.raises(ValueError, match="other columns"):
            joined.add(Footer(write(tmp_path / "b.parquet", 0, 5, "1 AS x")))
