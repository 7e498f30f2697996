"""Documents of a wanted size."""

from __future__ import annotations

import io
import tracemalloc
from collections import Counter

import pytest
from lxml import etree

from ckanext.budget.totem.generate import document
from ckanext.budget.totem.generate.run import specs
from ckanext.budget.totem.generate.sizes import parse_size, shares

from .conftest import cents, lines_of

MEGABYTE = 10**6


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("500MB", 500 * MEGABYTE),
        ("20M", 20 * MEGABYTE),
        ("1GB", 10**9),
        ("300 ko", 300_000),
        ("1234", 1234),
    ],
)
def test_sizes_are_read(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "MB", "5TB", "-3M", "1.5GB"])
def test_what_is_not_a_size_is_refused(text):
    with pytest.raises(ValueError):
        parse_size(text)


@pytest.mark.parametrize("amount", [0, 1, 99, 1_000_003, -45_678])
@pytest.mark.parametrize("copies", [1, 2, 3, 10, 101])
def test_shares_add_up(amount, copies):
    parts = list(shares(amount, copies))
    assert len(parts) == copies
    assert sum(parts) == amount


@pytest.mark.parametrize("annex_share", [0.0, 0.5])
def test_the_document_has_the_wanted_size_and_is_valid(xsd, annex_share):
    (spec,) = specs(1, 1, 3 * MEGABYTE, annex_share)
    content = b"".join(document(spec))
    assert len(content) == pytest.approx(3 * MEGABYTE, rel=0.1)
    assert xsd.validate(etree.fromstring(content))


@pytest.mark.parametrize("annex_share", [0.0, 0.5])
def test_annexes_take_their_share(annex_share):
    (spec,) = specs(1, 1, 3 * MEGABYTE, annex_share)
    content = b"".join(document(spec))
    annexes = len(content) - content.index(b"<Annexes")
    assert annexes / len(content) == pytest.approx(annex_share, abs=0.07)


def test_a_large_document_votes_the_same_sums():
    """Splitting lines keeps the totals by nature to the cent."""
    (large,) = specs(1, 1, 2 * MEGABYTE)
    small = specs(1, 1)[0]
    assert small.file_name == large.file_name

    def sums(spec):
        found = Counter()
        for line in lines_of(etree.fromstring(b"".join(document(spec)))):
            found[line["Nature"], line["CodRD"], line["OpBudg"]] += cents(line["MtPrev"])
        return found

    assert sums(large) == sums(small)


def test_memory_does_not_grow_with_the_size():
    def peak(size):
        (spec,) = specs(1, 1, size)
        tracemalloc.start()
        written = sum(len(block) for block in document(spec))
        _, top = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert written > size * 0.9
        return top

    small = peak(2 * MEGABYTE)
    assert peak(12 * MEGABYTE) < small + 2 * MEGABYTE


def test_blocks_are_small(tmp_path):
    (spec,) = specs(1, 1, 2 * MEGABYTE)
    out = io.BytesIO()
    assert all(out.write(block) < MEGABYTE for block in document(spec))
