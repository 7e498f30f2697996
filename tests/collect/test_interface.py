"""What the other parts of the project rely on."""

from __future__ import annotations

import pickle
import subprocess
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ckanext.budget.collect import KINDS, Candidate, CollectError, Limits, Source, errors, shown
from ckanext.budget.collect import locator as loc
from ckanext.budget.collect.factory import source_for
from ckanext.budget.collect.source import register
from ckanext.budget.collect.unpack import chunks_of, gunzip, human

EVERY_FACT = {"reason": "r", "limit": "1 Mo", "status": 500, "seconds": 3, "remedy": "faites ceci"}
ERRORS = [
    found
    for found in vars(errors).values()
    if isinstance(found, type) and issubclass(found, CollectError)
]


def test_importing_is_light_and_needs_no_portal():
    code = (
        "import sys, ckanext.budget.collect\n"
        "print([m for m in ('ckan', 'lxml', 'jsonschema') if m in sys.modules])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"


@pytest.mark.parametrize("kind", ERRORS)
def test_an_error_is_one_sentence_that_travels(kind):
    error = kind("https://ann:s3cret@example.org/a.xml?token=s3cret", **EVERY_FACT)
    assert str(error).endswith(".")
    assert "\n" not in str(error)
    assert "s3cret" not in str(error)
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.locator) == (kind, str(error), error.locator)


@given(st.text(max_size=400))
def test_anything_can_be_shown(text):
    told = shown(text)
    assert len(told) <= 200
    assert told.isprintable()


@given(st.text(max_size=50), st.sampled_from(["", "/é b.zip!/x!.xml"]))
def test_a_query_or_a_password_is_never_shown(secret, path):
    clean = (
        secret.replace("/", "").replace("#", "").replace("?", "").replace("@", "").replace("\\", "")
    )
    if len(clean) < 4 or clean in "https://example.org" + path:
        return
    assert clean not in shown(f"https://u:{clean}@example.org{path}")


segments = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12),
    min_size=1,
    max_size=4,
)


@given(segments)
def test_a_locator_is_split_into_what_it_was_made_of(entries):
    locator = "https://example.org/a%21/b.zip"
    for entry in entries:
        locator = loc.entry_locator(locator, entry)
    assert loc.split(locator) == ("https://example.org/a%21/b.zip", entries)
    locator.encode("ascii")


@given(st.binary(min_size=1, max_size=40).filter(lambda b: b"\0" not in b))
def test_any_local_path_makes_the_round_trip(path):
    import os

    name = os.fsdecode(path)
    assert loc.local_path(loc.local_locator(name)) == name


@given(st.text(max_size=60))
@example("a.zip!/b.xml?c=d!/e")
def test_a_normal_url_is_a_fixed_point(path):
    try:
        once = loc.normal_url(f"http://example.org/{path}")
    except ValueError:
        return
    assert loc.normal_url(once) == once
    assert "!/" not in once


def test_a_kind_can_be_added():
    @register("one-letter")
    class OneLetter(Source):
        def _list(self):
            yield Candidate("https://example.org/a.xml", "a")

    try:
        with source_for("https://example.org/", {"kind": "one-letter"}) as source:
            assert [item.name for item in source.list()] == ["a"]
    finally:
        del KINDS["one-letter"]


@given(st.binary(max_size=5000), st.integers(1, 300))
def test_gunzip_undoes_gzip_whatever_the_pieces(body, step):
    import gzip

    packed = gzip.compress(body)
    pieces = [packed[n : n + step] for n in range(0, len(packed), step)]
    assert b"".join(gunzip(pieces, "x")) == body


@given(st.binary(max_size=500))
def test_gunzip_of_anything_is_bytes_or_an_error(body):
    try:
        b"".join(gunzip([body], "x"))
    except CollectError:
        return


@pytest.mark.parametrize(
    ("size", "text"),
    [(5, "5 octets"), (1536, "1,5 ko"), (512 * 1024**2, "512 Mo"), (2 * 1024**3, "2 Go")],
)
def test_sizes_are_told_in_french(size, text):
    assert human(size) == text


def test_chunks_are_bounded(tmp_path):
    (tmp_path / "f").write_bytes(bytes(200_000))
    with open(tmp_path / "f", "rb") as stream:
        assert max(len(chunk) for chunk in chunks_of(stream)) <= 65536


def test_limits_are_per_source():
    assert Limits().narrowed({}) == Limits()
