"""Several workers and machines: one rate per host; files that have one name only."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from ckanext.budget.core import pace
from ckanext.budget.core.storage import FormerFiles, link_or_copy


@pytest.fixture
def host() -> str:
    return f"{uuid.uuid4().hex}.example.org"


def test_workers_take_turns_whatever_their_clocks(host: str) -> None:
    one, other = pace.SharedPace(), pace.SharedPace()
    waits = [one.delay(host, 0.1, 5.0), other.delay(host, 0.1, 9e9), one.delay(host, 0.1, -1.0)]
    assert waits[0] == 0
    assert 8 < waits[1] <= 10 < waits[2] <= 20


def test_another_host_does_not_wait(host: str) -> None:
    assert [pace.SharedPace().delay(f"{n}.{host}", 0.1, 0) for n in range(2)] == [0, 0]


def test_without_redis_each_process_keeps_its_own(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "connect_to_redis", lambda: Redis(port=1))
    own = pace.SharedPace()
    assert [own.delay(host, 2, 100), own.delay(host, 2, 100)] == [0, 0.5]


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """A name on another file system, where no hard link to a file of this one can be."""
    if not os.path.isdir("/dev/shm"):
        pytest.skip("this machine has no second file system")
    path = Path("/dev/shm") / uuid.uuid4().hex
    yield path
    path.unlink(missing_ok=True)


def test_where_no_second_name_can_be_the_file_is_copied(tmp_path: Path, elsewhere: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"former")
    if path.stat().st_dev == elsewhere.parent.stat().st_dev:
        pytest.skip("/dev/shm is on the same file system")
    with pytest.raises(OSError):
        os.link(path, elsewhere)
    link_or_copy(path, elsewhere)
    assert elsewhere.read_bytes() == b"former"


def test_a_copied_file_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with a second name: what fails leaves the former file, and nothing beside it."""
    from ckanext.budget.core import storage

    def no_link(*_args: Any) -> None:
        raise OSError("one name only")

    path = tmp_path / "file"
    path.write_bytes(b"former")
    monkeypatch.setattr(os, "link", no_link)
    monkeypatch.setattr(storage, "path_of", lambda _identifier: path)
    with pytest.raises(ValueError), FormerFiles() as former:
        former.watch(["x"])
        path.write_bytes(b"new")
        raise ValueError
    assert [p.name for p in tmp_path.iterdir()] == ["file"] and path.read_bytes() == b"former"
