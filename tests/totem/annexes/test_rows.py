"""Both ways of reading a record give the same row, and the usual layout takes the quick one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.budget.totem.annexes import rows as module
from ckanext.budget.totem.errors import TooLarge
from ckanext.budget.totem.xmlstream import Segment

NAMES = st.sampled_from(["A", "Bé", "MtSubv", "x:C", "D-E", "a.b:F"])
BLANKS = st.sampled_from(["", " ", "\n", "\r\n  ", "\t", "\r", "<!-- x -->"])
VALUES = st.lists(
    st.sampled_from(
        ["1.5", "é", " ", "&amp;", "&#233;", "&#xE9;", "&apos;", "\n", "\t", "&lt;b", "'", ">"]
    ),
    max_size=4,
).map("".join)
ATTRIBUTES = st.one_of(
    st.just(""),
    VALUES.map(' V="{}"'.format),
    st.just(" V='x'"),
    st.just(' Code="z" V="y"'),
    st.just(' Code="only"'),
)


@st.composite
def elements(draw: st.DrawFn) -> str:
    name, inside = draw(NAMES), draw(st.sampled_from(["", "", "", '<G V="1"/>', "text"]))
    attributes = draw(ATTRIBUTES)
    if inside:
        return f"<{name}{attributes}>{inside}</{name}>"
    return f"<{name}{attributes}/>"


@st.composite
def content(draw: st.DrawFn) -> str:
    records = []
    for _ in range(draw(st.integers(0, 3))):
        name = draw(NAMES)
        told = draw(st.sampled_from(["", "", ' calculated="true"', ' id="1"']))
        fields = draw(st.lists(elements(), max_size=4))
        blanks = draw(BLANKS)
        records.append(f"<{name}{told}>{blanks.join(['', *fields, ''])}</{name}>{draw(BLANKS)}")
    return draw(BLANKS) + "".join(records)


def segment(text: str, encoding: str = "UTF-8") -> Segment:
    return Segment("annex", "CONCOURS", text.encode(encoding), 7)


@given(content(), st.sampled_from(["UTF-8", "ISO-8859-1", "windows-1252"]))
def test_the_quick_way_says_what_expat_says(text: str, encoding: str) -> None:
    given_segment = segment(text, encoding)
    quick = module._usual(given_segment, encoding)
    if quick is not None:
        assert quick == list(module._any(given_segment, encoding))


def test_the_usual_dress_is_read_by_the_pattern(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = (
        '\r\n<C>\r\n <A V="1"/><B V="d&apos;eau &#38; &amp;"/>\n</C>\n'
        '<C calculated="true"><A V="9"/></C>\n<C>\n<A V="2"/><A V="3"/></C>'
    )
    monkeypatch.setattr(module, "records", None)
    assert list(module.rows(segment(usual), "UTF-8")) == [
        module.Row(8, {"A": "1", "B": "d'eau & &"}),
        module.Row(12, {"A": "2 | 3"}),
    ]


def test_an_endless_tag_is_refused_quickly() -> None:
    with pytest.raises(TooLarge):
        list(module.rows(segment("<C>" + '<A V="1"/>' * 100_000 + "<A"), "UTF-8"))
