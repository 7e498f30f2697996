"""Seals: the verified rule, against an independent canonicaliser (lxml)."""

from __future__ import annotations

import hashlib
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from ckanext.budget.totem import seal, xmlstream
from ckanext.budget.totem.reader import Document
from ckanext.budget.totem.seal import Sealer

PLACE = '<Scellement md5="{md5}" sha1="{sha1}" date="2024-01-01T00:00:00"/>'
REAL = {
    "bp-2022-commune-m14": "valid",
    "bp-2022-lotissement-m14": "valid",
    "bp-2022-transport-m43d": "valid",
    "ca-2016-commune-m14-sans-annexes": "absent",
    "ca-2017-commune-m14-anonymise": "broken",
    "cfu-2023-commune-m57a": "unverifiable",
}


def status(data: bytes) -> str:
    sealer = Sealer(io.BytesIO(data))
    for segment in Document(sealer):
        sealer(segment)
    return sealer.status


def sealed(data: bytes) -> bytes:
    """Fill the empty seal of ``data`` with lxml's own canonical form."""
    tree = etree.fromstring(data)
    seal = tree.find("{*}Scellement")
    seal.tail = None
    tree.remove(seal)
    canonical = etree.tostring(tree, method="c14n", with_comments=False)
    digests = {name: hashlib.new(name, canonical).hexdigest().upper() for name in ("md5", "sha1")}
    return data.replace(b'md5="{md5}"', f'md5="{digests["md5"]}"'.encode()).replace(
        b'sha1="{sha1}"', f'sha1="{digests["sha1"]}"'.encode()
    )


def test_no_seal_is_absent(document):
    assert status(document()) == "absent"


def test_a_seal_is_valid_until_one_byte_changes(document):
    data = sealed(document(seal=PLACE))
    assert status(data) == "valid"
    assert status(data.replace(b'V="10.00"', b'V="10.01"')) == "broken"


TEXT = st.text(
    st.characters(
        codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"
    ),
    max_size=20,
)


@given(value=TEXT, encoding=st.sampled_from(["UTF-8", "ISO-8859-1"]), attribute=TEXT)
@settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_canonical_form_equals_lxml(document, value, encoding, attribute):
    def escape(text: str) -> str:
        text = text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
        return text.encode(encoding, "xmlcharrefreplace").decode(encoding)

    before = (
        f'<x:B z="1" xmlns:x="urn:x" xmlns:a="urn:a" a:k="{escape(attribute)}" b="\t\n">\n'
        '<y xmlns="urn:y"><z xmlns="urn:y" xmlns:x="urn:x2"/></y><!-- no --><?pi  some ?>'
        f"{escape(value)}&gt;&#13;</x:B>"
    )
    assert status(sealed(document(before=before, seal=PLACE, encoding=encoding))) == "valid"


INSIDE = [
    "<x:Y xmlns:x='urn:x' x:V='1' V='é&#233;&#10;&amp;'/>",
    '<MtSup V="1.00" Code="BudgetHorsRAR"></MtSup >',
    '<y xmlns="urn:y"><z xmlns=""/></y>',
    "<!-- </LigneBudget> --><?pi  some ?><![CDATA[<LigneBudget>]]> > ]]&gt; &#13;",
    '<y xmlns="relative/uri"/>',
    f'<y xmlns="{xmlstream.BUDGET_NS}"/>',
    '<undeclared:y undeclared:a="1"/>',
    "<LigneBudget/><PRET><PRET/></PRET>",
    '<a xml:space="preserve" b=\'"\' xmlns:same="urn:a" same:k=""> </a>',
    "]",
]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["UTF-8", "ISO-8859-15"])
@given(inside=st.lists(st.sampled_from(INSIDE), max_size=4), cut=st.integers(1, 400))
@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_both_ways_give_one_canonical_form(document, line, newline, encoding, inside, cut):
    """Segment by segment with libxml2, or tag by tag with expat, whatever the chunks."""
    odd = "".join(inside)
    lines = line() + line().replace("</LigneBudget>", f"{odd}</LigneBudget>\n{odd}") + line()
    annexes = f"<DATA_PRET>\n<PRET>{odd}</PRET>{odd}<PRET>é</PRET></DATA_PRET>{odd}"
    place = PLACE.format(md5="", sha1="")
    data = document(lines, annexes, seal=place, encoding=encoding)
    data = data.decode(encoding).replace("\n", newline).encode(encoding)
    fast, slow = canonical(data, 1 << 20, cut), canonical(data, 0, cut)
    assert fast == slow
    assert canonical(data, 1 << 20, len(data)) == fast


def canonical(data: bytes, largest: int, cut: int) -> tuple[str, str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seal, "_LARGEST", largest)
        patch.setattr(xmlstream, "CHUNK", cut)
        sealer = Sealer(io.BytesIO(data))
        for segment in Document(sealer):
            sealer(segment)
        assert sealer.status == "broken"
        return sealer._md5.hexdigest(), sealer._sha1.hexdigest()


@pytest.mark.parametrize("newline", [b"\r\n", b"\r"])
def test_line_ends_do_not_matter(document, newline):
    data = sealed(document(seal=PLACE))
    assert status(data.replace(b"\n", newline)) == "valid"


def test_the_seal_of_a_cfu_is_unverifiable(document):
    data = sealed(document(seal=PLACE)).split(b"?>", 1)[1]
    cfu = b'<c:CompteFinancierUnique xmlns:c="http://www.minefi.gouv.fr/cp/demat/doccfu">'
    assert status(cfu + data + b"</c:CompteFinancierUnique>") == "unverifiable"


def test_real_seals(sample):
    assert status(sample.read_bytes()) == REAL[sample.stem]
