"""The disk of whoever collects is full: that is neither the site's fault nor the archive's."""

from __future__ import annotations

import errno
import io
import os
import zipfile
from pathlib import Path

import pytest

from ckanext.budget.collect.archive import open_archive, read_entry
from ckanext.budget.collect.errors import is_disk_full
from ckanext.budget.collect.http import Client
from ckanext.budget.collect.model import Limits
from ckanext.budget.totem.errors import NoRoom
from ckanext.budget.totem.recognise import streams

FULL = Path("/dev/full")
"""A device of Linux: every write to it answers ENOSPC."""

pytestmark = pytest.mark.skipif(not FULL.exists(), reason="no /dev/full here")


def test_errors_of_a_full_disk():
    assert is_disk_full(OSError(errno.ENOSPC, "x"))
    assert is_disk_full(OSError(errno.EDQUOT, "x"))
    assert not is_disk_full(OSError(errno.ECONNRESET, "x"))
    assert not is_disk_full(ValueError())


def test_an_archive_is_not_said_to_be_damaged():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("bp.xml", os.urandom(100_000))
    with (
        open_archive(content, Limits(), "lot.zip") as archive,
        FULL.open("wb") as out,
        pytest.raises(OSError) as error,
    ):
        read_entry(archive, "bp.xml", _Unseekable(out), Limits(), "lot.zip")
    assert is_disk_full(error.value)


def test_what_a_publisher_s_archive_holds_is_not_said_to_be_damaged(monkeypatch):
    monkeypatch.setattr(streams, "_IN_MEMORY", 10)
    monkeypatch.setattr(streams.tempfile, "TemporaryFile", lambda: FULL.open("wb", buffering=0))
    with pytest.raises(NoRoom) as error:
        streams.Spool().write(b"0" * 100)
    assert is_disk_full(error.value.__cause__)


class _Unseekable:
    """``/dev/full`` as a file that can be emptied."""

    def __init__(self, out) -> None:
        self._out = out

    def write(self, data: bytes) -> int:
        os.write(self._out.fileno(), data)
        return len(data)

    def seek(self, _place: int) -> int:
        return 0

    def truncate(self) -> int:
        return 0


def test_a_site_is_not_said_to_be_away(site):
    site.routes["/bp.xml"] = b"0" * 100_000
    client = Client(site.limits, site.network)
    with FULL.open("wb") as out, pytest.raises(OSError) as error:
        client.download(site.url("/bp.xml"), _Unseekable(out), 1_000_000)
    assert is_disk_full(error.value)
    assert site.asked == ["/bp.xml"], "it is not asked again"
