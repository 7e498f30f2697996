"""Lists of addresses, in text, CSV and JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.budget.collect import Candidate, CollectError, errors, source_for
from ckanext.budget.collect.lists import Row, rows

URL = "https://example.org/a.xml"

ONE = [Row(URL)]
FULL = [Row(URL, "Budget 2022", 12, "2022-01-05", "v1")]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (f"{URL}\n", ONE),
        (f"# liste\r\n\r\n  {URL}  \r\n", ONE),
        (f"\ufeff{URL}", ONE),
        (f"url\n{URL}", ONE),
        (f"Nom;Lien;Taille;Date;Version\nBudget 2022;{URL};12;2022-01-05;v1", FULL),
        (f'name,url,size,modified,etag\n"Budget 2022",{URL},12,2022-01-05,v1', FULL),
        (f"title\tHREF\tsize\nBudget 2022\t{URL}\tbeaucoup", [Row(URL, "Budget 2022")]),
        (json.dumps([URL]), ONE),
        (json.dumps({"urls": [URL]}), ONE),
        (json.dumps({"resources": [{"url": URL, "format": "xml"}]}), ONE),
        (
            json.dumps(
                [
                    {
                        "url": URL,
                        "title": "Budget 2022",
                        "filesize": 12,
                        "date": "2022-01-05",
                        "hash": "v1",
                    }
                ]
            ),
            FULL,
        ),
        (json.dumps([None, {"x": 1}]), [Row(""), Row("")]),
        ("", []),
        ("# rien\n", []),
    ],
)
def test_rows(content, expected):
    assert rows(content.encode(), "list") == expected


def test_an_old_encoding_is_read():
    assert rows("https://example.org/décision.xml".encode("cp1252"), "list")[0].url.endswith(
        "décision.xml"
    )


@pytest.mark.parametrize(
    "content",
    [
        "[",
        "{}",
        '{"urls": 3}',
        '{"a": [',
        "[" * 100_000,
        '["\ud800"]'.encode("utf-8", "surrogatepass").decode("latin-1")[:3],
    ],
)
def test_a_broken_list_is_an_error(content):
    with pytest.raises(errors.BadListing):
        rows(content.encode(), "list")


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_give_rows_or_an_error(content):
    try:
        found = rows(content, "list")
    except CollectError:
        return
    assert all(isinstance(row.url, str) for row in found)


def test_a_list_on_the_web(site, into):
    other = "ftp://example.org/b.xml"
    text = f"docs/a.xml\n{site.url('/c.xml')}\n/c.xml#top\n{other}\n"
    site.routes["/lists/list.txt"] = text.encode()
    site.routes["/lists/docs/a.xml"] = site.document
    with site.source("/lists/list.txt") as source:
        items = list(source.list())
        assert [type(item) for item in items] == [Candidate, Candidate, errors.EntryRefused]
        assert [item.name for item in items[:2]] == ["lists/docs/a.xml", "c.xml"]
        assert source.complete
        source.fetch(items[0].locator, into)
    assert into.read_bytes() == site.document


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "/etc/passwd", "../../etc/passwd", "./a.xml"]
)
def test_a_list_on_the_web_never_names_a_local_file(site, into, tmp_path, address):
    site.routes["/list.txt"] = address.encode()
    with site.source("/list.txt", allowed_directories=["/"]) as source:
        for item in source.list():
            assert isinstance(item, errors.EntryRefused) or item.locator.startswith(site.url())
        with pytest.raises(errors.PathRefused):
            source.fetch("./etc/passwd", into)


def test_credentials_written_in_a_list_are_dropped(site):
    site.routes["/list.txt"] = b"https://ann:s3cret@example.org/a.xml"
    with site.source("/list.txt") as source:
        (item,) = source.list()
    assert item.locator == "https://example.org/a.xml"


def test_a_list_of_this_machine_names_files_and_addresses(site, tmp_path, into):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.xml").write_bytes(site.document)
    (tmp_path / "out.xml").write_bytes(site.document)
    lines = [
        "a.xml",
        "../out.xml",
        str(tmp_path / "out.xml"),
        "absent.xml",
        "https://example.org/b.xml",
    ]
    (tmp_path / "in" / "list.csv").write_text("\n".join(["fichier", *lines]))
    path = str(tmp_path / "in" / "list.csv")
    with source_for(path, None, site.limits, [tmp_path / "in"]) as source:
        items = list(source.list())
        kinds = [Candidate, errors.PathRefused, errors.PathRefused, errors.NotFound, Candidate]
        assert [type(item) for item in items] == kinds
        source.fetch(items[0].locator, into)
    assert into.read_bytes() == site.document


def test_a_list_too_large_or_too_long_is_refused(site):
    site.routes["/list.txt"] = b"\n" * 200
    from dataclasses import replace

    for limits, kind in [
        ({"max_listing_bytes": 100}, errors.TooLarge),
        ({"max_entries": 100}, errors.LimitReached),
    ]:
        with (
            site.source("/list.txt", limits=replace(site.limits, **limits)) as source,
            pytest.raises(kind),
        ):
            list(source.list())


@pytest.mark.parametrize(
    ("path", "body", "content_type", "names"),
    [
        ("/doc.xml", b"<a/>", "application/xml", ["doc.xml"]),
        ("/download", b"<?xml version='1.0'?><a/>", "text/html", ["download"]),
        ("/download", b"\xef\xbb\xbf<a/>", "application/octet-stream", ["download"]),
        ("/download", b"https://example.org/a.xml", "text/plain", ["a.xml"]),
        ("/download", b'["https://example.org/a.xml"]', "application/json", ["a.xml"]),
        ("/listing", b'<!doctype html><a href="a.xml">a</a>', "text/html", ["a.xml"]),
        ("/listing", b'<a href="a.xml">a</a>', "text/html; charset=utf-8", ["a.xml"]),
    ],
)
def test_the_kind_of_a_source_is_found_out(site, path, body, content_type, names):
    site.routes[path] = lambda h: h.reply(200, body, {"Content-Type": content_type})
    with site.source(path) as source:
        assert [item.name for item in source.list()] == names


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://example.org/",
        "relative/path",
        "http://",
        "http://[x",
        "http://h:99999/",
        "file://a\0b",
    ],
)
def test_an_unusable_address_is_refused_at_once(url):
    with pytest.raises(errors.UnusableSource):
        source_for(url)


def test_an_unknown_kind_is_refused():
    with pytest.raises(errors.UnusableSource, match="gopher"):
        source_for("https://example.org/", {"kind": "gopher"})
