"""Folders published as HTML: each server's style, and pages made to hurt."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.budget.collect import Candidate, CollectError, Limits, errors
from ckanext.budget.collect.index import links

APACHE_PRE = """<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">
<html><head><title>Index of /budgets</title></head><body><h1>Index of /budgets</h1>
<pre><img src="/icons/blank.gif" alt="Icon "> <a href="?C=N;O=D">Name</a>
<a href="?C=M;O=A">Last modified</a> <a href="?C=S;O=A">Size</a><hr>
<img src="/icons/back.gif" alt="[DIR]"> <a href="/">Parent Directory</a>         -
<img src="/icons/folder.gif" alt="[DIR]"> <a href="2022/">2022/</a>   2022-03-01 09:00    -
<img src="/icons/text.gif" alt="[TXT]"> <a href="bp.xml">bp.xml</a>   2022-01-05 10:22  137K
<img src="/icons/text.gif" alt="[TXT]"> <a href="ca.xml">ca.xml</a>   2022-01-06 11:00  1.5M
<hr></pre></body></html>"""

APACHE_TABLE = """<html><body><table><tr><th><a href="?C=N;O=D">Name</a></th></tr>
<tr><td><a href="/">Parent Directory</a></td><td>&nbsp;</td><td align="right">  - </td></tr>
<tr><td><a href="2022/">2022/</a></td><td align="right">2022-03-01 09:00  </td>
<td align="right">  - </td><td>&nbsp;</td></tr>
<tr><td><a href="bp.xml">bp.xml</a></td><td align="right">2022-01-05 10:22  </td>
<td align="right">137K</td><td>&nbsp;</td></tr>
<tr><td><a href="ca.xml">ca.xml</a></td><td align="right">2022-01-06 11:00  </td>
<td align="right">1.5M</td><td>&nbsp;</td></tr></table></body></html>"""

NGINX = """<html><head><title>Index of /budgets/</title></head><body>
<h1>Index of /budgets/</h1><hr><pre><a href="../">../</a>
<a href="2022/">2022/</a>                           01-Mar-2022 09:00                   -
<a href="bp.xml">bp.xml</a>                         05-Jan-2022 10:22              140677
<a href="ca.xml">ca.xml</a>                         06-Jan-2022 11:00             1572864
</pre><hr></body></html>"""

IIS = """<html><head><title>srv - /budgets/</title></head><body><H1>srv - /budgets/</H1><hr>
<pre><A HREF="/">[To Parent Directory]</A><br><br>
 3/1/2022  9:00 AM        &lt;dir&gt; <A HREF="/budgets/2022/">2022</A><br>
 1/5/2022 10:22 AM       140677 <A HREF="/budgets/bp.xml">bp.xml</A><br>
 1/6/2022 11:00 AM      1572864 <A HREF="/budgets/ca.xml">ca.xml</A><br></pre><hr></body></html>"""

PYTHON = """<!DOCTYPE HTML><html lang="en"><body><h1>Directory listing for /budgets/</h1><ul>
<li><a href="2022/">2022/</a></li><li><a href="bp.xml">bp.xml</a></li>
<li><a href="ca.xml">ca.xml</a></li></ul></body></html>"""

STYLES = {
    "apache pre": (APACHE_PRE, [("2022-01-05 10:22", 140288), ("2022-01-06 11:00", 1572864)]),
    "apache table": (APACHE_TABLE, [("2022-01-05 10:22", 140288), ("2022-01-06 11:00", 1572864)]),
    "nginx": (NGINX, [("05-Jan-2022 10:22", 140677), ("06-Jan-2022 11:00", 1572864)]),
    "iis": (IIS, [("1/5/2022 10:22 AM", 140677), ("1/6/2022 11:00 AM", 1572864)]),
    "python": (PYTHON, [(None, None), (None, None)]),
}


def page(*hrefs):
    return "".join(f'<a href="{href}">x</a>\n' for href in hrefs).encode()


def listed(source):
    with source:
        items = list(source.list())
        return items, source.complete


def names(items):
    return [item.name for item in items if isinstance(item, Candidate)]


@pytest.mark.parametrize("style", STYLES)
def test_every_style_of_listing_is_read(site, style):
    html, expected = STYLES[style]
    site.routes["/budgets/"] = html.encode()
    site.routes["/budgets/2022/"] = page("dm.xml")
    items, complete = listed(site.source("/budgets/"))
    assert names(items) == ["bp.xml", "ca.xml", "2022/dm.xml"]
    assert [(item.modified, item.size) for item in items[:2]] == expected
    assert complete
    assert site.asked == ["/budgets/", "/budgets/2022/"]


def test_a_listing_without_change_gives_the_same_versions(site):
    site.routes["/budgets/"] = NGINX.encode()
    config = {"recursive": False}
    first, _ = listed(site.source("/budgets/", config))
    again, _ = listed(site.source("/budgets/", config))
    assert [item.version for item in first] == [item.version for item in again]
    site.routes["/budgets/"] = NGINX.replace("140677", "140678").encode()
    changed, _ = listed(site.source("/budgets/", config))
    assert changed[0].version != first[0].version
    assert changed[1].version == first[1].version


def test_without_date_the_version_is_unknown(site):
    site.routes["/"] = page("a.xml")
    (item,), _ = listed(site.source())
    assert item.version is None


def test_we_stay_below_the_start(site):
    outside = ["/other/a.xml", "../a.xml", "..%2fa.xml", "%2e%2e/a.xml", "//h.test/b/a.xml"]
    outside += ["http://h.test/b/a.xml", "file:///b/a.xml", "javascript:a.xml", "?a.xml"]
    outside += ["http://[bad/a.xml", "in%2f..%2f..%2fa.xml", "/b/../c/a.xml", "b%5C..%5Ca.xml"]
    site.routes["/b/"] = page(*outside, "in.xml")
    items, complete = listed(site.source("/b/"))
    assert names(items) == ["in.xml"]
    assert complete


def test_after_a_redirection_the_final_folder_is_the_start(site):
    site.routes["/old/"] = lambda h: h.reply(301, b"", {"Location": "/new/"})
    site.routes["/new/"] = page("/old/a.xml", "b.xml")
    items, _ = listed(site.source("/old/"))
    assert [item.locator for item in items] == [site.url("/new/b.xml")]


def test_names_are_decoded_and_links_are_not_followed_twice(site):
    site.routes["/"] = page(
        "d%C3%A9cision.xml", "d%C3%A9cision.xml#top", "./décision.xml", "a b.XML"
    )
    items, _ = listed(site.source())
    assert names(items) == ["décision.xml", "a b.XML"]
    assert items[1].locator.endswith("/a%20b.XML")


@pytest.mark.parametrize(
    ("content_type", "meta", "encoding"),
    [
        ("text/html; charset=ISO-8859-1", "", "latin-1"),
        ('text/html; charset="utf-8"', "", "utf-8"),
        ("text/html", '<meta charset="iso-8859-1">', "latin-1"),
        ("text/html", "", "utf-8"),
        ("text/html; charset=bz2", "", "utf-8"),
    ],
)
def test_the_encoding_of_a_page_is_found(site, content_type, meta, encoding):
    body = f'{meta}<a href="décision.xml">x</a>'.encode(encoding)
    site.routes["/"] = lambda h: h.reply(200, body, {"Content-Type": content_type})
    items, _ = listed(site.source())
    assert names(items) == ["décision.xml"]


def test_depth_is_what_the_source_asks(site):
    site.routes["/"] = page("a/", "0.xml")
    site.routes["/a/"] = page("b/", "1.xml")
    site.routes["/a/b/"] = page("2.xml")
    for config, expected in [
        ({}, ["0.xml", "a/1.xml", "a/b/2.xml"]),
        ({"max_depth": 1}, ["0.xml", "a/1.xml"]),
        ({"recursive": False}, ["0.xml"]),
    ]:
        items, complete = listed(site.source("/", config))
        assert names(items) == expected
        assert complete


def test_a_folder_that_fails_does_not_stop_the_others(site):
    site.routes["/"] = page("bad/", "good/")
    site.routes["/good/"] = page("a.xml")
    items, complete = listed(site.source())
    assert names(items) == ["good/a.xml"]
    assert [type(item) for item in items if isinstance(item, CollectError)] == [errors.NotFound]
    assert not complete


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (None, errors.NotFound),
        (lambda h: h.reply(403), errors.AccessDenied),
        (lambda h: h.reply(200, b"<a/>", {"Content-Type": "text/xml"}), errors.BadListing),
        (lambda h: h.reply(200, b"a" * 2_000_000, {"Content-Type": "text/html"}), errors.TooLarge),
    ],
)
def test_a_start_page_that_fails_is_the_failure_of_the_source(site, answer, kind):
    site.routes["/"] = answer
    limits = replace(site.limits, max_listing_bytes=1_000_000)
    with site.source(limits=limits) as source, pytest.raises(kind):
        list(source.list())


NO_LISTINGS = {
    "empty": b"",
    "maintenance": b"<h1>Maintenance</h1><a href='/'>Accueil</a><a href='mailto:a@b.fr'>Mail</a>",
    "page of the site": b"<a href='contact.html'>Contact</a><a href='https://autre.fr/'>Autre</a>",
}
EMPTY_FOLDERS = {
    "Apache": b"<h1>Index of /b</h1><a href='?C=N;O=D'>Name</a><a href='/'>Parent Directory</a>",
    "nginx": b"<h1>Index of /b/</h1><a href='../'>../</a>",
}


@pytest.mark.parametrize("page", NO_LISTINGS.values(), ids=NO_LISTINGS)
def test_a_page_that_lists_nothing_is_no_listing(site, page):
    """Answered with 200 by a site under maintenance: no document was withdrawn."""
    site.routes["/"] = page
    source = site.source(config={"kind": "index"})
    with pytest.raises(errors.BadListing, match="ni document ni dossier"):
        list(source.list())
    assert not source.complete


@pytest.mark.parametrize("page", EMPTY_FOLDERS.values(), ids=EMPTY_FOLDERS)
def test_an_empty_folder_is_an_empty_source(site, page):
    site.routes["/"] = page
    assert listed(site.source(config={"kind": "index"})) == ([], True)


def test_the_number_of_documents_is_bounded(site):
    site.routes["/"] = page(*(f"{n}.xml" for n in range(20)))
    items, complete = listed(site.source("/", {"max_documents": 5}))
    assert len(names(items)) == 5
    assert isinstance(items[-1], errors.LimitReached)
    assert not complete


def test_filters_on_names_apply(site):
    site.routes["/"] = page("BP_2022.xml", "CA_2022.xml", "old/")
    site.routes["/old/"] = page("bp_2010.xml")
    config = {"filters": {"include": "bp*.xml", "exclude": ["old/*"]}}
    items, complete = listed(site.source("/", config))
    assert names(items) == ["BP_2022.xml"]
    assert complete


def test_a_loop_of_a_hundred_thousand_links_ends(site):
    """Each page links to 100,000 more folders, for ever; the visit ends within limits."""
    wide = page(*(f"{n}/" for n in range(100_000)))

    def answer(handler):
        handler.reply(200, wide, {"Content-Type": "text/html"})

    class Everywhere(dict):
        def get(self, key, default=None):
            return answer

    site.routes = Everywhere()
    items, complete = listed(site.source(limits=replace(site.limits, max_entries=20_000)))
    assert [type(item) for item in items] == [errors.LimitReached]
    assert not complete
    assert len(site.requests) < 5


def everywhere(handler):
    handler.reply(200, page("next/", "a.xml"), {"Content-Type": "text/html"})


@pytest.mark.parametrize("limits", [{"max_pages": 4, "max_depth": 99}, {"max_depth": 3}])
def test_folders_that_never_end_are_left(site, limits):
    for depth in range(10):
        site.routes["/" + "next/" * depth] = everywhere
    items, complete = listed(site.source(limits=replace(site.limits, **limits)))
    assert len(names(items)) == 4
    assert isinstance(items[-1], errors.LimitReached)
    assert not complete
    assert len(site.requests) == 4


def test_pages_that_repeat_each_other_are_left(site):
    folders = [f"/{n}/" for n in range(90)]
    for folder in ["/", *folders]:
        site.routes[folder] = page(*folders)
    items, _ = listed(site.source(limits=replace(site.limits, max_entries=100)))
    assert isinstance(items[-1], errors.LimitReached)
    assert len(site.requests) < 30


def test_a_listing_has_a_total_time(site):
    site.routes["/"] = page("a/")
    with site.source(limits=replace(site.limits, listing_timeout=0)) as source:
        items = list(source.list())
    assert [type(item) for item in items] == [errors.TimedOut]


@pytest.mark.parametrize(
    "body",
    [
        b'<a href="' + b"x" * 3_000_000,
        b"<a " + b"b " * 1_000_000,
        b"<div>" * 600_000,
        b"<!--" * 700_000,
        b'<a href="a.xml"><a href="b.xml">' * 90_000,
        b"&" * 3_000_000,
        b"\0" * 3_000_000,
        b"<![CDATA[" * 300_000,
    ],
    ids=["attribute", "attributes", "depth", "comments", "links", "entities", "nul", "cdata"],
)
def test_html_made_to_hurt_does_not_hurt(body):
    found = links(io.BytesIO(body), 1000)
    assert len(found) <= 1001


@given(st.binary(max_size=2000))
def test_any_bytes_are_a_page(body):
    assert isinstance(links(io.BytesIO(body), 10), list)


def test_defaults_bound_everything():
    assert all(value is None or value < 10**10 for value in vars(Limits()).values())
