"""Segments: whole, bounded, and closed to hostile input."""

from __future__ import annotations

import io
import itertools
import resource

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.budget.totem import xmlstream
from ckanext.budget.totem.errors import (
    MalformedXml,
    NotTotem,
    TooLarge,
    TotemError,
    UnsafeXml,
    UnsupportedEncoding,
)
from ckanext.budget.totem.xmlstream import segments


class Dribble(io.RawIOBase):
    """A stream that gives a few bytes at a time, as a network may."""

    def __init__(self, data: bytes, size: int) -> None:
        self._stream, self._size = io.BytesIO(data), size

    def read(self, size: int = -1) -> bytes:
        return self._stream.read(self._size)


@pytest.mark.parametrize("space", [" ", "\n", "\t"])
def test_the_declaration_stays(document, space):
    data = document(encoding="ISO-8859-1").replace(b"<?xml ", b"<?xml" + space.encode())
    assert b"".join(segment.data for segment in segments(io.BytesIO(data))) == data


@pytest.mark.parametrize("encoding", ["unicode_escape", "raw_unicode_escape", "hz", "koi8-r"])
def test_encodings_that_readers_would_not_agree_on(document, encoding):
    data = document().replace(b"UTF-8", encoding.encode())
    with pytest.raises(UnsupportedEncoding):
        list(segments(io.BytesIO(data)))


def test_concatenation_is_the_document(document, line):
    data = document(line() * 3, "<DATA_PRET><PRET><MtICNE V='1'/></PRET></DATA_PRET>")
    found = list(segments(io.BytesIO(data)))
    assert b"".join(segment.data for segment in found) == data
    kinds = [kind for kind, _ in itertools.groupby((s.kind, s.name) for s in found)]
    assert kinds == [
        ("other", ""), ("lines", ""), ("other", ""), ("annex", "PRET"), ("other", "")
    ]  # fmt: skip


@given(size=st.integers(1, 700), count=st.integers(0, 5), annex=st.booleans())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_chunking_changes_nothing_but_the_cuts(document, line, size, count, annex):
    data = document(
        line() * count, "<DATA_PRET><PRET><MtICNE V='1'/></PRET></DATA_PRET>" if annex else ""
    )
    whole = list(segments(io.BytesIO(data)))
    dribbled = list(segments(Dribble(data, size)))
    assert b"".join(s.data for s in dribbled) == data

    def joined(found):
        return [
            (kind, b"".join(s.data for s in group))
            for kind, group in itertools.groupby(found, key=lambda s: (s.kind, s.name))
        ]

    assert joined(dribbled) == joined(whole)


def test_line_numbers_are_those_of_the_file(document, line):
    data = document("\n".join([line()] * 4), "\n<DATA_PRET>\n<PRET></PRET></DATA_PRET>")
    for segment in segments(io.BytesIO(data)):
        at = data.index(segment.data)
        assert segment.line == 1 + data.count(b"\n", 0, at)


def test_comments_cdata_and_instructions_become_spaces(document, line):
    hidden = "<!-- Jeanne <LigneBudget> --><![CDATA[ Jeanne ]]><?note Jeanne?>"
    data = document(line() + hidden + line(), "<!-- Jeanne -->", before=hidden)
    for size in (1, 7, 1 << 18):
        out = b"".join(s.data for s in segments(Dribble(data, size)))
        assert b"Jeanne" not in out
        assert out.replace(b" ", b"").count(b"<LigneBudget>") == 2
        assert out.startswith(b'<?xml version="1.0" encoding="UTF-8"?>')
        assert len(out) == len(data)


ENTITY_BOMB = b"""<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>
<DocumentBudgetaire>&c;</DocumentBudgetaire>"""


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        (b"", NotTotem, "vide"),
        (b"<!DOCTYPE html><html><body>404</body></html>", NotTotem, "page web"),
        (b"<html><head></head></html>", NotTotem, "page web"),
        (b"PK\x03\x04rest", NotTotem, "pas du XML"),
        (b"%PDF-1.4", NotTotem, "pas du XML"),
        (b"<a/>", NotTotem, "pas un document budg"),
        (b'<DocumentBudgetaire xmlns="urn:other"/>', NotTotem, "espace de noms"),
        (b"<DocumentBudgetaire/>", NotTotem, "espace de noms"),
        (ENTITY_BOMB, UnsafeXml, "DOCTYPE"),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', UnsupportedEncoding, "encodage"),
        ("<DocumentBudgetaire/>".encode("utf-16"), UnsupportedEncoding, "UTF-16"),
    ],
)
def test_what_is_not_totem_is_refused_in_one_sentence(data, error, words):
    with pytest.raises(error) as refusal:
        list(segments(io.BytesIO(data)))
    assert words in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_truncation_at_every_tenth_byte_is_refused(document):
    data = document().rstrip()
    for cut in range(1, len(data), 10):
        with pytest.raises((MalformedXml, NotTotem)):
            list(segments(io.BytesIO(data[:cut])))


def test_malformed_xml_tells_its_line(document):
    data = document().replace(b"</Budget>", b"</Budgett>")
    with pytest.raises(MalformedXml, match=r"ligne \d+"):
        list(segments(io.BytesIO(data)))


class Endless(io.RawIOBase):
    """``head`` then ``body`` for ever; the reader must give up by itself."""

    def __init__(self, head: bytes, body: bytes) -> None:
        self._head, self._body = head, body * (1 + (1 << 16) // len(body))
        self.given = 0

    def read(self, size: int = -1) -> bytes:
        data, self._head = self._head or self._body, b""
        self.given += len(data)
        return data


@pytest.mark.parametrize(
    "body",
    [b"x", b"<!-- never closed ", b"<LigneBudget><Nature V='", b"<DATA_PRET><PRET>"],
    ids=["text", "comment", "attribute", "record"],
)
def test_an_endless_element_is_refused_in_bounded_memory(body):
    head = b'<DocumentBudgetaire xmlns="' + xmlstream.BUDGET_NS.encode() + b'"><Budget>'
    if body.startswith((b"<!--", b"<Lig", b"<DATA")):
        head, body = head + body, b"a " if body.startswith((b"<!--", b"<Lig")) else b"<a/>"
    stream = Endless(head, body)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(TooLarge):
        for _ in segments(stream):
            assert stream.given < 64 << 20, "nothing stopped it"
    assert stream.given < 64 << 20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 120_000


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_bytes_give_documented_errors_only(data):
    with pytest.raises(TotemError):
        list(segments(io.BytesIO(data)))


def test_real_documents_are_cut_without_loss(sample):
    data = sample.read_bytes()
    assert b"".join(s.data for s in segments(io.BytesIO(data))) == data
