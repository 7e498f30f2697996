"""Local folders: only the allowed ones, links resolved, nothing but regular files."""

from __future__ import annotations

import gzip
import os
import time
from dataclasses import replace

import pytest

from ckanext.budget.collect import Candidate, CollectError, NotModified, errors, source_for


@pytest.fixture
def tree(tmp_path):
    """An allowed folder ``in`` beside a forbidden folder ``out``."""
    for path in ("in/2022/bp.xml", "in/a.xml", "in/.git/x.xml", "out/secret.xml"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(b"<a/>")
    (tmp_path / "in" / "notes.txt").write_bytes(b"x")
    return tmp_path


def opened(tree, path="in", config=None, **more):
    return source_for(str(tree / path), config, allowed_directories=[tree / "in"], **more)


def listed(source):
    with source:
        return list(source.list())


def test_a_folder_is_walked_in_order(tree):
    items = listed(opened(tree))
    assert [item.locator for item in items] == ["./2022/bp.xml", "./a.xml"]
    assert [item.size for item in items] == [4, 4]


def test_a_file_url_is_a_path(tree):
    url = (tree / "in").as_uri()
    source = source_for(url, allowed_directories=[tree / "in"])
    assert len(listed(source)) == 2


def test_a_folder_alone_without_its_subfolders(tree):
    assert [item.name for item in listed(opened(tree, config={"recursive": False}))] == ["a.xml"]


def test_the_locator_is_enough_in_another_process(tree, into):
    locator = listed(opened(tree))[0].locator
    with opened(tree) as source:
        fetched = source.fetch(locator, into)
        assert source.fetch(locator, into, fetched.known) == NotModified()
        (tree / "in/2022/bp.xml").write_bytes(b"<changed/>")
        source.fetch(locator, into, fetched.known)
    assert into.read_bytes() == b"<changed/>"


@pytest.mark.parametrize("path", ["out", "in/../out", "out/secret.xml", "nowhere", ""])
def test_other_folders_are_refused(tree, path):
    with opened(tree, path) as source, pytest.raises(errors.PathRefused):
        list(source.list())


def test_without_permission_no_folder_is_read(tree):
    with source_for(str(tree / "in")) as source, pytest.raises(errors.PathRefused):
        list(source.list())


def test_an_allowed_folder_that_is_missing_is_not_found(tree):
    with opened(tree, "in/missing") as source, pytest.raises(errors.NotFound):
        list(source.list())


@pytest.mark.parametrize(
    "locator",
    [
        "./../out/secret.xml",
        "./%2e%2e/out/secret.xml",
        "/etc/passwd",
        ".//etc/passwd",
        "./link.xml",
    ],
)
def test_no_locator_leads_out(tree, into, locator):
    (tree / "in" / "link.xml").symlink_to(tree / "out" / "secret.xml")
    with opened(tree) as source, pytest.raises(errors.PathRefused):
        source.fetch(locator, into)
    assert not into.exists()


def test_links_are_resolved_and_loops_end(tree):
    (tree / "in" / "link.xml").symlink_to(tree / "out" / "secret.xml")
    (tree / "in" / "linked").symlink_to(tree / "out")
    (tree / "in" / "loop").symlink_to(tree / "in")
    (tree / "in" / "self.xml").symlink_to("self.xml")
    (tree / "in" / "inside.xml").symlink_to("a.xml")
    items = listed(opened(tree))
    names = [item.name for item in items if isinstance(item, Candidate)]
    refused = {item.where for item in items if isinstance(item, CollectError)}
    assert names == ["2022/bp.xml", "a.xml", "inside.xml"]
    assert refused == {"./link.xml", "./linked", "./self.xml"}


def test_a_link_does_not_lead_to_the_folder_of_another_body(tree, into):
    """Both folders are allowed: each is one organisation's."""
    (tree / "in/other").mkdir()
    (tree / "in/other/b.xml").write_bytes(b"<b/>")
    (tree / "in/2022/link.xml").symlink_to(tree / "in/other/b.xml")
    (tree / "in/2022/beside").symlink_to(tree / "in/other")
    items = listed(opened(tree, "in/2022"))
    assert [item.name for item in items if isinstance(item, Candidate)] == ["bp.xml"]
    refused = {item.where for item in items if isinstance(item, errors.PathRefused)}
    assert refused == {"./link.xml", "./beside"}
    for locator in ("./link.xml", "./beside/b.xml", "./../other/b.xml"):
        with opened(tree, "in/2022") as source, pytest.raises(errors.PathRefused):
            source.fetch(locator, into)


@pytest.mark.parametrize(("age", "is_read"), [(0, False), (59, False), (61, True), (-3600, True)])
def test_a_file_that_is_being_written_waits(tree, age, is_read):
    changed = time.time() - age
    for name in ("a.xml", "2022/bp.xml"):
        os.utime(tree / "in" / name, (changed, changed))
    items = listed(opened(tree, config={"min_age": 60}))
    kind = Candidate if is_read else errors.StillWritten
    assert [type(item) for item in items] == [kind, kind]


def test_only_regular_files_are_read(tree, into):
    os.mkfifo(tree / "in" / "pipe.xml")
    items = listed(opened(tree))
    assert [type(item) for item in items] == [Candidate, Candidate, errors.EntryRefused]
    with opened(tree) as source, pytest.raises(errors.EntryRefused):
        source.fetch("./pipe.xml", into)


def test_an_unreadable_file_is_an_error(tree, monkeypatch):
    real = os.open

    def forbidden(path, *args, **kwargs):
        if str(path).endswith("bp.xml"):
            raise PermissionError(13, "forbidden")
        return real(path, *args, **kwargs)

    monkeypatch.setattr(os, "open", forbidden)
    items = listed(opened(tree))
    assert [type(item) for item in items] == [errors.AccessDenied, Candidate]


def test_empty_files_are_errors_and_gzip_is_opened(tree, into):
    (tree / "in" / "empty.xml").touch()
    (tree / "in" / "b.xml.gz").write_bytes(gzip.compress(b"<b/>"))
    with opened(tree) as source:
        items = {getattr(item, "name", item.__class__): item for item in source.list()}
        assert errors.EmptyDocument in items
        source.fetch(items["b.xml.gz"].locator, into)
    assert into.read_bytes() == b"<b/>"


def test_one_file_is_a_source_too(tree, into):
    with opened(tree, "in/a.xml") as source:
        (item,) = source.list()
        source.fetch(item.locator, into)
    assert into.read_bytes() == b"<a/>"


def test_names_that_are_not_unicode_are_found_again(tree, into):
    (tree / "in" / os.fsdecode(b"caf\xe9.xml")).write_bytes(b"<cafe/>")
    with opened(tree) as source:
        item = next(item for item in source.list() if item.name.startswith("caf"))
        assert item.locator == "./caf%E9.xml"
        item.name.encode()
        source.fetch(item.locator, into)
    assert into.read_bytes() == b"<cafe/>"


@pytest.mark.parametrize("limits", [{"max_entries": 2}, {"max_depth": 0}])
def test_a_walk_is_bounded(tree, limits):
    source = opened(tree)
    with source_for(
        str(tree / "in"), None, replace(source.limits, **limits), [tree / "in"]
    ) as bounded:
        items = list(bounded.list())
        assert errors.LimitReached in [type(item) for item in items]
        assert not bounded.complete
