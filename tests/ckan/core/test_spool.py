"""What killed processes, gone machines and archives leave in the spool does not stay there."""

from __future__ import annotations

import os
import stat
import uuid
from pathlib import Path

import pytest

from ckanext.budget import config
from ckanext.budget.core import workdir

NOW = 2_000_000_000.0
HOUR = 3600
GONE = f"raw-{uuid.uuid4().hex[:12]}-1-x"


@pytest.fixture
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(config, "spool_directory", lambda: tmp_path)
    return tmp_path


def put(path: Path, hours: float) -> Path:
    """A file or (without suffix) a folder with a document, of so many hours ago."""
    if path.suffix:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"raw")
    else:
        path.mkdir()
        (path / "document.xml").write_bytes(b"raw")
    os.utime(path, (NOW - hours * HOUR,) * 2)
    return path


@pytest.mark.parametrize(
    ("name", "hours", "stays"),
    [
        (GONE, 23, True), (GONE, 25, False),
        ("masked-x", 23, True), ("masked-x", 25, False),
        ("queued-x", 47, True), ("queued-x", 49, False),
        ("deposit-x", 1000, True),
        ("archives/a.zip", 23, True), ("archives/a.zip", 25, False),
    ],
)  # fmt: skip
def test_what_nobody_picked_up_goes_with_time(spool, name, hours, stays):
    path = put(spool / name, hours)
    workdir.sweep(NOW)
    assert path.exists() == stays


def test_an_archive_asked_for_lately_stays(spool):
    archive = put(spool / "archives" / "a.zip", 100)
    put(spool / "archives" / "a.json", 1)
    workdir.sweep(NOW)
    assert archive.exists()


def test_a_dead_process_of_this_machine_leaves_nothing(spool, monkeypatch):
    monkeypatch.setattr(os, "getpid", lambda: 2**22 + 1)
    with workdir.private_directory() as folder:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert workdir.sweep(folder.stat().st_mtime) == 1
        assert not folder.exists()
