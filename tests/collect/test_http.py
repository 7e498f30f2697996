"""Downloads: validators, errors, retries, redirections, and every way to hurt a client."""

from __future__ import annotations

import gzip
import hashlib
import logging
import zlib
from dataclasses import replace

import pytest

from ckanext.budget.collect import (
    CollectError,
    Credential,
    Fetched,
    Known,
    Limits,
    Network,
    NotModified,
    errors,
    source_for,
)
from ckanext.budget.collect.http import Client, Pace, split_credential

HERE = ("127.0.0.1",)


def fetch(site, into, path="/doc.xml", known=None, **more):
    with site.source(path, {"kind": "file"}, **more) as source:
        return source.fetch(site.url(path), into, known)


def failure(site, into, path="/doc.xml", **more) -> CollectError:
    with pytest.raises(CollectError) as caught:
        fetch(site, into, path, **more)
    assert not into.exists()
    assert list(into.parent.glob("*")) == []
    assert "\n" not in str(caught.value)
    return caught.value


def test_a_document_is_written_whole_and_hashed(site, into):
    site.routes["/doc.xml"] = site.document
    fetched = fetch(site, into)
    assert isinstance(fetched, Fetched)
    assert into.read_bytes() == site.document
    assert fetched.sha256 == hashlib.sha256(site.document).hexdigest()
    assert fetched.size == len(site.document)


def test_we_say_who_we_are(site, into):
    site.routes["/doc.xml"] = site.document
    fetch(site, into)
    assert site.requests[0][1]["User-Agent"].startswith("ckanext-budget")


def conditional(handler):
    if handler.headers["If-None-Match"] == '"v1"' or handler.headers["If-Modified-Since"]:
        handler.reply(304)
    else:
        fields = {"ETag": '"v1"', "Last-Modified": "Mon, 03 Jan 2022 10:00:00 GMT"}
        handler.reply(200, b"<a/>", fields)


@pytest.mark.parametrize("keep", ["etag", "modified"])
def test_what_has_not_changed_is_not_downloaded_again(site, into, keep):
    site.routes["/doc.xml"] = conditional
    known = fetch(site, into).known
    assert known == Known('"v1"', "Mon, 03 Jan 2022 10:00:00 GMT")
    into.unlink()
    only = Known(**{keep: getattr(known, keep)})
    assert fetch(site, into, known=only) == NotModified()
    assert not into.exists()


def test_a_304_that_nobody_asked_for_is_an_error(site, into):
    site.routes["/doc.xml"] = lambda handler: handler.reply(304)
    assert isinstance(failure(site, into), errors.UnexpectedAnswer)


@pytest.mark.parametrize(
    ("status", "kind", "requests"),
    [
        (404, errors.NotFound, 1),
        (410, errors.NotFound, 1),
        (401, errors.AccessDenied, 1),
        (403, errors.AccessDenied, 1),
        (418, errors.UnexpectedAnswer, 1),
        (206, errors.UnexpectedAnswer, 1),
        (500, errors.Unavailable, 4),
        (503, errors.Unavailable, 4),
        (429, errors.Unavailable, 4),
    ],
)
def test_each_status_has_its_error(site, into, status, kind, requests):
    site.routes["/doc.xml"] = lambda handler: handler.reply(status, b"oops")
    error = failure(site, into)
    assert type(error) is kind
    assert "/doc.xml" in str(error)
    assert len(site.requests) == requests
    assert error.transient is (requests > 1)


def in_turn(*answers):
    """A route that gives each answer once, then the last one for ever."""
    left = list(answers)

    def answer(handler):
        (left.pop(0) if len(left) > 1 else left[0])(handler)

    return answer


def good(handler):
    handler.reply(200, b"<good/>")


def test_a_failing_server_is_asked_again(site, into):
    site.routes["/doc.xml"] = in_turn(lambda h: h.reply(500), lambda h: h.reply(502), good)
    fetch(site, into)
    assert into.read_bytes() == b"<good/>"
    assert len(site.requests) == 3


def test_a_dropped_transfer_is_done_again_from_the_start(site, into):
    cut = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf of it"
    site.routes["/doc.xml"] = in_turn(lambda h: h.raw(cut), good)
    fetch(site, into)
    assert into.read_bytes() == b"<good/>"


def test_a_connection_always_dropped_is_an_error(site, into):
    site.routes["/doc.xml"] = lambda handler: handler.raw(b"")
    assert isinstance(failure(site, into), errors.Unreachable)
    assert len(site.requests) == 4


def client(site, waits, **limits):
    return Client(replace(site.limits, **limits), site.network, sleep=waits.append, pace=Pace())


def test_retry_after_is_respected(site, tmp_path):
    busy = lambda h: h.reply(503, b"", {"Retry-After": "7"})  # noqa: E731
    site.routes["/doc.xml"] = in_turn(busy, good)
    waits = []
    with open(tmp_path / "body", "w+b") as out:
        client(site, waits).download(site.url("/doc.xml"), out, 1000)
    assert waits == [7]


@pytest.mark.parametrize("value", ["86400", "Fri, 31 Dec 2100 23:59:59 GMT"])
def test_a_long_retry_after_is_not_waited_for(site, tmp_path, value):
    site.routes["/doc.xml"] = lambda h: h.reply(429, b"", {"Retry-After": value})
    waits = []
    with open(tmp_path / "body", "w+b") as out, pytest.raises(errors.Unavailable):
        client(site, waits).download(site.url("/doc.xml"), out, 1000)
    assert waits == []
    assert len(site.requests) == 1


def test_back_off_grows(site, tmp_path):
    site.routes["/doc.xml"] = lambda h: h.reply(500, b"", {"Retry-After": "soon"})
    waits = []
    with open(tmp_path / "body", "w+b") as out, pytest.raises(errors.Unavailable):
        client(site, waits, backoff=1).download(site.url("/doc.xml"), out, 1000)
    assert waits == sorted(waits)
    assert waits[-1] >= 4


def test_the_rate_is_kept_per_host(site, tmp_path):
    site.routes["/doc.xml"] = good
    waits = []
    slow = client(site, waits, rate=0.0001)
    with open(tmp_path / "body", "w+b") as out:
        for _ in range(3):
            slow.download(site.url("/doc.xml"), out, 1000)
    assert [round(wait, -3) for wait in waits] == [10_000, 20_000]


def test_one_connection_serves_several_documents(site, tmp_path):
    ports = set()

    def answer(handler):
        ports.add(handler.client_address[1])
        handler.reply(200, b"<a/>")

    site.routes["/doc.xml"] = answer
    for number in range(5):
        with site.source("/", {"kind": "index"}) as source:
            source.fetch(site.url("/doc.xml"), tmp_path / f"{number}.xml")
    assert len(ports) == 1


def test_the_rate_is_kept_from_one_source_to_the_next(site, into):
    site.routes["/doc.xml"] = good
    waits = []
    for _ in range(3):
        with site.source("/", limits=replace(site.limits, rate=0.0001)) as source:
            source.places.client._sleep = waits.append
            source.fetch(site.url("/doc.xml"), into)
    assert [round(wait, -3) for wait in waits] == [10_000, 20_000]


def test_the_memory_of_hosts_is_bounded():
    pace = Pace()
    for number in range(5000):
        assert pace.delay(f"{number}.test", 1, number * 1000.0) == 0
    assert len(pace._last) <= 1001


def test_cookies_last_for_one_document(site, into):
    def answer(handler):
        if "seen=1" in handler.headers.get("Cookie", ""):
            handler.reply(200, b"<a/>")
        else:
            handler.reply(302, b"", {"Location": "/doc.xml", "Set-Cookie": "seen=1"})

    site.routes["/doc.xml"] = answer
    fetch(site, into)
    fetch(site, into)
    assert len(site.requests) == 4


# Time


def test_a_body_that_drips_is_cut_at_the_total_time(site, into):
    def drip(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        handler.endless(b"<", pause=0.02)

    site.routes["/doc.xml"] = drip
    error = failure(site, into, limits=replace(site.limits, total_timeout=0.5))
    assert isinstance(error, errors.TimedOut)


def test_headers_that_drip_are_cut_at_the_total_time(site, into):
    def drip(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        handler.endless(b"a", pause=0.02)

    site.routes["/doc.xml"] = drip
    error = failure(site, into, limits=replace(site.limits, total_timeout=0.5))
    assert isinstance(error, errors.TimedOut)


def test_a_silent_server_is_left_at_the_read_limit(site, into):
    site.routes["/doc.xml"] = lambda handler: site.over.wait(20)
    error = failure(site, into, limits=replace(site.limits, read_timeout=0.1, retries=1))
    assert isinstance(error, errors.Unreachable)
    assert "délai dépassé" in str(error)


# Sizes


def test_a_body_announced_too_large_is_not_read(site, into):
    def huge(handler):
        handler.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")

    site.routes["/doc.xml"] = huge
    assert isinstance(failure(site, into), errors.TooLarge)


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
)
def test_an_infinite_body_is_cut(site, into, head):
    def flood(handler):
        handler.wfile.write(head)
        piece = b"a" * 65536
        handler.endless(b"10000\r\n" + piece + b"\r\n" if b"chunked" in head else piece)

    site.routes["/doc.xml"] = flood
    limits = replace(site.limits, max_document_bytes=1_000_000)
    assert isinstance(failure(site, into, limits=limits), errors.TooLarge)


def test_an_endless_chunk_header_is_refused(site, into):
    def flood(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        handler.endless(b"0" * 65536)

    site.routes["/doc.xml"] = flood
    assert isinstance(failure(site, into), (errors.Unreachable, errors.UnexpectedAnswer))


@pytest.mark.parametrize(
    "headers",
    [
        b"X-Big: " + b"a" * 1_000_000 + b"\r\n",
        b"".join(b"X-%d: %s\r\n" % (n, b"a" * 60_000) for n in range(17)),
        b"".join(b"X-%d: a\r\n" % n for n in range(5000)),
    ],
    ids=["one line", "long lines", "many lines"],
)
def test_a_megabyte_of_headers_is_refused(site, into, headers):
    site.routes["/doc.xml"] = lambda h: h.raw(b"HTTP/1.1 200 OK\r\n" + headers + b"\r\n<a/>")
    error = failure(site, into)
    assert isinstance(error, errors.UnexpectedAnswer)
    assert "en-têtes" in str(error)
    assert len(site.requests) == 1


def packed(body, encoding="gzip"):
    return lambda handler: handler.reply(200, body, {"Content-Encoding": encoding})


def test_a_gzip_transfer_is_decoded(site, into):
    site.routes["/doc.xml"] = packed(gzip.compress(b"<a/>" * 50_000))
    fetched = fetch(site, into)
    assert into.read_bytes() == b"<a/>" * 50_000
    assert fetched.size == 200_000


def test_a_gzip_transfer_bomb_is_cut(site, into):
    site.routes["/doc.xml"] = packed(gzip.compress(bytes(30_000_000)))
    limits = replace(site.limits, max_document_bytes=1_000_000)
    assert isinstance(failure(site, into, limits=limits), errors.TooLarge)


def test_a_truncated_gzip_transfer_is_refused(site, into):
    site.routes["/doc.xml"] = packed(gzip.compress(b"<a/>" * 1000)[:-9])
    assert isinstance(failure(site, into), errors.BadArchive)


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "compress"])
def test_an_encoding_not_asked_for_is_refused(site, into, encoding):
    site.routes["/doc.xml"] = packed(gzip.compress(b"<a/>"), encoding)
    assert isinstance(failure(site, into), errors.UnexpectedAnswer)


def test_a_gzipped_document_is_opened(site, into):
    site.routes["/doc.xml.gz"] = gzip.compress(b"<a>") + gzip.compress(b"</a>")
    fetched = fetch(site, into, "/doc.xml.gz")
    assert into.read_bytes() == b"<a></a>"
    assert fetched.sha256 == hashlib.sha256(b"<a></a>").hexdigest()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (gzip.compress(bytes(60_000_000)), errors.TooLarge),
        (gzip.compress(gzip.compress(b"<a/>")), errors.UnsupportedContent),
        (gzip.compress(b"<a/>" * 1000)[:-9], errors.BadArchive),
        (b"\x1f\x8b garbage", errors.BadArchive),
        (gzip.compress(b""), errors.EmptyDocument),
        (b"", errors.EmptyDocument),
        (b"PK\x03\x04....", errors.UnsupportedContent),
        (b"%PDF-1.7", errors.UnsupportedContent),
    ],
)
def test_a_bad_document_is_refused(site, into, body, kind):
    site.routes["/doc.xml"] = body
    assert type(failure(site, into)) is kind


def test_zlib_streams_are_bounded_too(site, into):
    site.routes["/doc.xml"] = packed(zlib.compress(bytes(30_000_000)))
    limits = replace(site.limits, max_document_bytes=1_000_000)
    assert isinstance(failure(site, into, limits=limits), errors.TooLarge)


# Redirections


def to(target, status=302):
    return lambda handler: handler.reply(status, b"", {"Location": target})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirection_is_followed(site, into, status):
    site.routes["/doc.xml"] = to("/elsewhere.xml", status)
    site.routes["/elsewhere.xml"] = site.document
    fetch(site, into)
    assert into.read_bytes() == site.document


def test_a_redirection_to_an_accented_address_is_followed(site, into):
    location = "/décision.xml".encode()
    answer = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n"
    site.routes["/doc.xml"] = lambda handler: handler.raw(answer)
    site.routes["/d%C3%A9cision.xml"] = site.document
    fetch(site, into)
    assert into.read_bytes() == site.document


@pytest.mark.parametrize("etag", [b'"a\r\n b"', b'"a b"', b'"' + b"a" * 300 + b'"', b'"\x01"'])
def test_a_strange_etag_is_not_kept(site, into, etag):
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nETag: " + etag + b"\r\n\r\n<a/>"
    site.routes["/doc.xml"] = lambda handler: handler.raw(answer)
    assert fetch(site, into).known == Known()


@pytest.mark.parametrize(
    "target",
    [
        "file:///etc/passwd",
        "ftp://127.0.0.1/doc.xml",
        "gopher://127.0.0.1:70/x",
        "data:text/xml,<a/>",
        "",
        "http://",
        "http://127.0.0.1:99999/",
        "http://[::1/",
    ],
)
def test_a_redirection_to_elsewhere_than_the_web_is_refused(site, into, target):
    site.routes["/doc.xml"] = to(target)
    assert isinstance(failure(site, into), errors.RedirectRefused)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.2",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.2]",
        "[64:ff9b::7f00:2]",
        "[2002:7f00:2::]",
        "[fe80::1]",
        "[fd00::1]",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "2130706434",
        "0x7f.2",
    ],
)
def test_a_redirection_to_an_internal_address_is_refused(site, into, host):
    site.routes["/doc.xml"] = to(f"http://{host}/doc.xml")
    assert isinstance(failure(site, into), errors.AddressRefused)


def test_the_body_of_a_redirection_is_not_read(site, into):
    def flood(handler):
        target = site.url("/good.xml").encode()
        handler.wfile.write(b"HTTP/1.1 302 Found\r\nLocation: " + target + b"\r\n\r\n")
        handler.endless(b"a" * 65536)

    site.routes["/doc.xml"] = flood
    site.routes["/good.xml"] = site.document
    fetch(site, into, limits=replace(site.limits, total_timeout=60))
    assert into.read_bytes() == site.document


def test_a_redirection_loop_ends(site, into):
    site.routes["/doc.xml"] = to("/doc.xml")
    assert isinstance(failure(site, into), errors.RedirectRefused)
    assert len(site.requests) == 6


def test_private_addresses_are_refused_unless_allowed(site, into):
    site.routes["/doc.xml"] = site.document
    assert isinstance(failure(site, into, network=Network()), errors.AddressRefused)
    assert site.requests == []
    fetch(site, into, network=Network(allow_private_addresses=True))
    assert into.exists()


# Secrets


def test_a_credential_goes_to_its_site_only(site, into):
    site.routes["/doc.xml"] = site.document
    secret = Credential("jeanne", "s3cret", hosts=HERE)
    fetch(site, into, credential=secret)
    assert site.requests[-1][1]["Authorization"].startswith("Basic ")
    elsewhere = source_for("http://other.test/", None, site.limits, network=site.network)
    elsewhere.places.client.credential = secret
    with elsewhere:
        elsewhere.fetch(site.url("/doc.xml"), into)
    assert "Authorization" not in site.requests[-1][1]


@pytest.mark.parametrize("hosts", [(), ("other.test",)])
def test_a_credential_is_refused_to_a_site_it_is_not_for(site, hosts):
    """Whoever edits a source can name a credential: it must not leave for their own site."""
    with pytest.raises(errors.UnusableSource, match="hosts"):
        site.source("/", credential=Credential("jeanne", "s3cret", hosts=hosts))
    with pytest.raises(errors.UnusableSource):
        source_for("/srv", None, credential=Credential("jeanne", "s3cret", hosts=hosts))


@pytest.mark.parametrize(
    ("credential", "header", "value"),
    [
        (Credential(token="t0ken", hosts=HERE), "Authorization", "Bearer t0ken"),
        (Credential(token="t0ken", header="X-API-KEY", hosts=HERE), "X-API-KEY", "t0ken"),
    ],
)
def test_a_token_is_sent_as_a_header(site, into, credential, header, value):
    site.routes["/doc.xml"] = site.document
    fetch(site, into, credential=credential)
    assert site.requests[-1][1][header] == value


def test_no_secret_is_shown_or_logged(site, into, caplog):
    caplog.set_level(logging.INFO)
    url = site.url("/doc.xml?token=s3cret").replace("http://", "http://jeanne:s3cret@")
    with source_for(url, {"kind": "file"}, site.limits, network=site.network) as source:
        (candidate,) = source.list()
        with pytest.raises(errors.NotFound) as caught:
            source.fetch(candidate.locator, into)
    assert "Authorization" in site.requests[-1][1]
    assert "jeanne" not in candidate.locator
    told = f"{caught.value} {caught.value!r} {candidate.name} {caplog.text}"
    told += repr(source.places.client.credential)
    assert "s3cret" not in told
    assert "jeanne" not in told


def test_the_credential_of_a_url_is_decoded():
    bare, credential = split_credential("https://ann%40x:p%2Fw@example.org/a?b#c")
    assert bare == "https://example.org/a?b#c"
    assert (credential.user, credential.password) == ("ann@x", "p/w")


def test_the_environment_gives_no_credential_nor_proxy(site, into, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    site.routes["/doc.xml"] = site.document
    fetch(site, into)
    assert "Authorization" not in site.requests[0][1]


def test_limits_are_never_negative():
    with pytest.raises(ValueError):
        Limits(retries=-1)
