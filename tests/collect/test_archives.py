"""Zip archives, local and remote, honest and hostile."""

from __future__ import annotations

import gzip
import io
import json
import os
import struct
import tracemalloc
import zipfile
import zlib
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.budget.collect import (
    Candidate,
    CollectError,
    Credential,
    Fetched,
    NotModified,
    errors,
    source_for,
)
from ckanext.budget.collect import archive as archive_module
from ckanext.budget.collect.archive import list_archive
from ckanext.budget.totem.generate import shapes


def zipped(entries, method=zipfile.ZIP_DEFLATED):
    """A zip of ``entries`` (name -> bytes)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, body in entries.items():
            archive.writestr(zipfile.ZipInfo(name, (2022, 1, 5, 10, 22, 0)), body, method)
    return out.getvalue()


def local(tmp_path, content, limits=None, name="lot.zip", **more):
    (tmp_path / name).write_bytes(content)
    return source_for(str(tmp_path / name), None, limits, [tmp_path], **more)


def refusals(source):
    """The kinds of errors of a listing that offers nothing."""
    with source:
        items = list(source.list())
    assert not [item for item in items if isinstance(item, Candidate)]
    assert all("\n" not in str(item) for item in items)
    return [type(item) for item in items]


def test_documents_are_listed_and_fetched(site, tmp_path, into):
    entries = {"2022/é bp.xml": site.document, "lisez-moi.txt": b"", "__MACOSX/._bp.xml": b"x"}
    with local(tmp_path, zipped({**entries, ".hidden.xml": b"x", "d/": b""})) as source:
        (item,) = source.list()
        assert item.name == "2022/é bp.xml"
        assert item.locator == "./lot.zip!/2022/%C3%A9%20bp.xml"
        assert (item.size, item.modified) == (len(site.document), "2022-01-05T10:22:00")
        fetched = source.fetch(item.locator, into)
        assert into.read_bytes() == site.document
        assert source.fetch(item.locator, into, fetched.known) == NotModified()
        assert source.complete


def test_backslashes_of_old_windows_tools_are_read(site, tmp_path, into):
    content = zipped({"2022/bp.xml": site.document}).replace(b"2022/bp.xml", b"2022\\bp.xml")
    with local(tmp_path, content) as source:
        (item,) = source.list()
        source.fetch(item.locator, into)
    assert into.read_bytes() == site.document


def test_a_remote_zip_is_downloaded_once(site, tmp_path):
    site.routes["/lot.zip"] = zipped({f"{n}.xml": b"<a/>" * n for n in range(1, 6)})
    locators = []
    with site.source("/lot.zip", workspace=tmp_path / "cache") as source:
        locators = [item.locator for item in source.list()]
    for number, locator in enumerate(locators):
        with site.source("/lot.zip", workspace=tmp_path / "cache") as source:
            assert isinstance(source.fetch(locator, tmp_path / f"{number}.xml"), Fetched)
    assert site.asked == ["/lot.zip"]
    assert oct((tmp_path / "cache").stat().st_mode)[-3:] == "700"


def age(directory, seconds):
    """Make the notes of the cache older."""
    for notes in directory.glob("*.json"):
        data = json.loads(notes.read_text())
        notes.write_text(json.dumps({**data, "checked": data["checked"] - seconds}))


def test_an_old_copy_is_checked_then_forgotten(site, tmp_path):
    body = zipped({"a.xml": b"<a/>"})

    def answer(handler):
        if handler.headers["If-None-Match"]:
            handler.reply(304)
        else:
            handler.reply(200, body, {"ETag": '"v1"'})

    site.routes["/lot.zip"] = site.routes["/other.zip"] = answer
    cache = tmp_path / "cache"
    for path, count in [("/lot.zip", 1), ("/lot.zip", 1), ("/other.zip", 1)]:
        age(cache, 3600)
        with site.source(path, workspace=cache) as source:
            assert len(list(source.list())) == count
    assert [headers.get("If-None-Match") for _path, headers in site.requests] == [
        None,
        '"v1"',
        None,
    ]
    age(cache, 48 * 3600)
    with site.source("/other.zip", workspace=cache) as source:
        list(source.list())
    assert len(list(cache.glob("*.zip"))) == 1


def test_a_copy_is_not_shared_with_who_has_no_credential(site, tmp_path):
    here = ["127.0.0.1"]
    site.routes["/lot.zip"] = zipped({"a.xml": b"<a/>"})
    for credential in (Credential("a", "b", hosts=here), Credential("a", "c", hosts=here), None):
        with site.source("/lot.zip", workspace=tmp_path / "c", credential=credential) as source:
            list(source.list())
    assert len(site.requests) == 3


def test_a_remote_zip_leaves_nothing_behind(site, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    site.routes["/lot.zip"] = zipped({"a.xml": b"<a/>"})
    with site.source("/lot.zip") as source:
        assert len(list(source.list())) == 1
    assert list(tmp_path.iterdir()) == []


def test_zips_in_folders_and_pages_are_opened(site, tmp_path, into):
    site.routes["/"] = b'<a href="lot.zip">lot</a><a href="bad.zip">x</a><a href="b.xml">b</a>'
    site.routes["/lot.zip"] = zipped({"2022/a.xml": site.document})
    site.routes["/bad.zip"] = b"not a zip"
    with site.source() as source:
        items = list(source.list())
        assert [item.name for item in items if isinstance(item, Candidate)] == [
            "lot.zip/2022/a.xml",
            "b.xml",
        ]
        assert [type(item) for item in items if isinstance(item, CollectError)] == [
            errors.BadArchive
        ]
        assert not source.complete
        source.fetch(items[0].locator, into)
    assert into.read_bytes() == site.document


def nested(levels, entry):
    content = zipped({"a.xml": entry})
    for level in range(levels):
        content = zipped({f"level {level}!.zip": content})
    return content


@pytest.mark.parametrize("levels", [1, 2])
def test_archives_in_archives_are_opened(site, tmp_path, into, levels):
    with local(tmp_path, nested(levels, site.document)) as source:
        (item,) = source.list()
        assert item.locator.count("!/") == levels + 1
        source.fetch(item.locator, into)
    assert into.read_bytes() == site.document


def test_too_many_levels_are_refused(site, tmp_path, into):
    source = local(tmp_path, nested(3, site.document))
    assert refusals(source) == [errors.LimitReached]
    assert not source.complete
    with source, pytest.raises(errors.LimitReached):
        source.fetch("./lot.zip!/1.zip!/2.zip!/3.zip!/a.xml", into)


@pytest.mark.parametrize(
    "name",
    ["../evil.xml", "a/../../evil.xml", "/etc/evil.xml", "C:/evil.xml", "..\\evil.xml", "a\n.xml"],
)
def test_dangerous_paths_are_refused(site, tmp_path, into, name):
    (tmp_path / "in").mkdir()
    content = zipped({name: b"<evil/>", "good.xml": b"<good/>"})
    with local(tmp_path / "in", content) as source:
        items = list(source.list())
        kinds = sorted(type(item).__name__ for item in items)
        assert kinds == ["Candidate", "EntryRefused"]
        assert source.complete
        (bad,) = [item for item in items if isinstance(item, CollectError)]
        with pytest.raises(errors.EntryRefused):
            source.fetch(bad.locator, into)
    found = {
        path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()
    }
    assert found == {"in/lot.zip"}


def patched(content, offset_in_central, packed):
    """``content`` with bytes changed in its first central directory record."""
    place = content.index(b"PK\x01\x02") + offset_in_central
    return content[:place] + packed + content[place + len(packed) :]


ENCRYPTED = patched(zipped({"a.xml": b"<a/>"}), 8, struct.pack("<H", 1))
STRANGE = patched(zipped({"a.xml": b"<a/>"}), 10, struct.pack("<H", 93))
BZIPPED = zipped({"a.xml": bytes(1000)}, zipfile.ZIP_BZIP2)
BOMB = zipped({"a.xml": bytes(20_000_000)})
HUGE = patched(zipped({"a.xml": b"<a/>"}), 24, struct.pack("<I", 0xFFFFFFF0))


@pytest.mark.parametrize(
    ("content", "kind", "reason"),
    [
        (ENCRYPTED, errors.EntryRefused, "mot de passe"),
        (STRANGE, errors.EntryRefused, "méthode"),
        (BZIPPED, errors.EntryRefused, "méthode"),
        (BOMB, errors.EntryRefused, "taux"),
    ],
)
def test_an_entry_that_cannot_be_trusted_is_refused(tmp_path, into, content, kind, reason):
    with local(tmp_path, content) as source:
        (error,) = source.list()
        assert type(error) is kind
        assert reason in str(error)
        with pytest.raises(kind):
            source.fetch("./lot.zip!/a.xml", into)
    assert not into.exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04 not really", b"<html>404</html>", zipped({"a.xml": b"<a/>"})[:-30], HUGE],
    ids=["empty", "magic only", "html", "truncated", "declares 4 GB"],
)
def test_a_bad_archive_is_refused(tmp_path, content):
    limits = replace(source_for("/tmp").limits, max_unpacked_bytes=10**9)
    with local(tmp_path, content, limits) as source, pytest.raises(errors.BadArchive):
        list(source.list())


def test_an_empty_archive_is_an_empty_source(tmp_path):
    with local(tmp_path, zipped({})) as source:
        assert list(source.list()) == []
        assert source.complete


def test_an_entry_larger_than_a_document_may_be_is_refused(tmp_path, site):
    limits = replace(site.limits, max_document_bytes=1000)
    assert refusals(local(tmp_path, zipped({"a.xml": os.urandom(2000)}), limits)) == [
        errors.TooLarge
    ]


def test_an_entry_that_lies_on_its_size_gives_no_more(tmp_path, into):
    """100 bytes announced, 5 MB inside: never more than announced, and refused."""
    content = patched(zipped({"a.xml": bytes(5_000_000)}), 24, struct.pack("<I", 100))
    with local(tmp_path, content) as source:
        (item,) = source.list()
        tracemalloc.start()
        with pytest.raises(errors.BadArchive):
            source.fetch(item.locator, into)
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
        tracemalloc.stop()
    assert not into.exists()


def test_entries_that_overlap_are_bounded_by_their_declared_total(tmp_path, site):
    """The flat bomb: many directory records over the same compressed bytes."""
    one = zipped({"a.xml": bytes(9_000_000)})
    start = one.index(b"PK\x01\x02")
    end = one.index(b"PK\x05\x06")
    record, count = one[start:end], 60_000
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(record) * count, start, 0)
    source = local(tmp_path, one[:start] + record * count + tail, site.limits)
    with source, pytest.raises(errors.BadArchive):
        list(source.list())


def test_a_directory_of_too_many_entries_is_not_read(tmp_path, site):
    content = zipped({f"{n}.xml": b"" for n in range(300)})
    for most in (299, 20):
        limits = replace(site.limits, max_entries=most)
        with local(tmp_path, content, limits) as source, pytest.raises(errors.LimitReached):
            list(source.list())


def test_a_huge_directory_is_refused_before_it_is_read(site):
    """zipfile would read it in one call, then make one object of each record."""
    sizes = []

    class Watched(io.BytesIO):
        def read(self, size=-1):
            sizes.append(size)
            return super().read(size)

    stream = Watched(zipped({f"{n}.xml": b"" for n in range(5000)}))
    with pytest.raises(errors.LimitReached):
        list(list_archive(stream, replace(site.limits, max_entries=10), "./lot.zip", ""))
    assert max(sizes) <= 2560


def test_an_entry_gone_since_the_listing_is_not_found(tmp_path, into):
    with local(tmp_path, zipped({"a.xml": b"<a/>"})) as source, pytest.raises(errors.NotFound):
        source.fetch("./lot.zip!/b.xml", into)


def test_a_damaged_entry_is_refused_and_the_next_is_read(tmp_path, into, site):
    noise = bytes(range(2, 252)) * 2
    content = zipped({"a.xml": noise, "b.xml": site.document}, zipfile.ZIP_STORED)
    place = content.index(noise)
    content = content[:place] + b"\0" + noise[1:-1] + b"\1" + content[place + 500 :]
    with local(tmp_path, content) as source:
        first, second = source.list()
        with pytest.raises(errors.BadArchive):
            source.fetch(first.locator, into)
        source.fetch(second.locator, into)
    assert into.read_bytes() == site.document


def test_a_zip_that_contains_itself_ends(tmp_path):
    """A quine would nest for ever: the number of levels ends it."""
    content = zipped({"a.xml": b"<a/>"})
    for _ in range(6):
        content = zipped({"r.zip": content})
    assert refusals(local(tmp_path, content)) == [errors.LimitReached]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(place=st.integers(0, 400), value=st.integers(0, 255), cut=st.integers(0, 400))
def test_damaged_archives_never_raise_anything_else(site, place, value, cut):
    content = bytearray(zipped({"a.xml": b"<a/>" * 40, "b.zip": zipped({"c.xml": b"<c/>"})}))
    content[place % len(content)] = value
    stream = io.BytesIO(bytes(content[: len(content) - cut % 60]))
    try:
        for item in list_archive(stream, site.limits, "./lot.zip", ""):
            assert isinstance(item, (Candidate, CollectError))
    except CollectError as error:
        assert "\n" not in str(error)


def test_crc_tells_a_changed_entry(tmp_path):
    versions = []
    for body in (b"<a/>", b"<b/>"):
        with local(tmp_path, zipped({"a.xml": body})) as source:
            (item,) = source.list()
            versions.append(item.version)
    assert versions[0] != versions[1]
    assert f"{zlib.crc32(b'<a/>'):08x}" in versions[0]


BOMBS = [name for name in shapes.ARCHIVES if name.startswith("overlapping")]


@pytest.mark.parametrize("shape", BOMBS)
def test_entries_that_share_their_bytes_are_refused(tmp_path, shape):
    _end, make = shapes.ARCHIVES[shape]
    content = make(70_000)
    with local(tmp_path, content) as source, pytest.raises(errors.BadArchive, match="recouvrent"):
        list(source.list())


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@given(sizes=st.lists(st.integers(0, 300), max_size=8))
@settings(deadline=None, max_examples=50, suppress_health_check=list(HealthCheck))
def test_entries_that_follow_each_other_do_not_overlap(method, sizes):
    entries = {f"{n}.xml": os.urandom(size) for n, size in enumerate(sizes)}
    with zipfile.ZipFile(io.BytesIO(zipped(entries, method))) as archive:
        assert not archive_module.overlaps(archive.infolist())


def test_inner_archives_share_one_limit(tmp_path, site):
    inner = zipped({"a.xml": os.urandom(10_000)})
    content = zipped({f"{n}.zip": inner for n in range(10)})
    outer = zipped({"lot.zip": content})
    limits = replace(site.limits, max_unpacked_bytes=150_000)
    with local(tmp_path, outer, limits) as source:
        items = list(source.list())
    refused = [item for item in items if isinstance(item, CollectError)]
    assert len(refused) == 6
    assert all(isinstance(item, errors.LimitReached) for item in refused)


def test_a_gzip_of_many_members_is_read_in_small_slices(tmp_path, into, site):
    member = gzip.compress(b"<a/>", mtime=0)
    (tmp_path / "a.xml.gz").write_bytes(member * 3000)
    with source_for(str(tmp_path / "a.xml.gz"), None, None, [tmp_path]) as source:
        (item,) = source.list()
        source.fetch(item.locator, into)
    assert into.read_bytes() == b"<a/>" * 3000
