"""One text is one amount, or none, wherever it is read: check, conversion, totals, charts, SCDL."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from xml.sax.saxutils import escape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ckanext.budget.totem.amounts import MAX_DIGITS, MAX_LENGTH, cents, plain, read, usual
from ckanext.budget.totem.checks import scdl as tables
from ckanext.budget.totem.checks.checker import Checker
from ckanext.budget.totem.columns import COLUMNS
from ckanext.budget.totem.reader import Document
from ckanext.budget.totem.scdl import ScdlWriter
from ckanext.budget.totem.summary import cube
from ckanext.budget.totem.totals import Totals

from .conftest import document, line

MtReal = COLUMNS.index("BGT_MTREAL")

READ = {
    "": 0,
    "  ": 0,
    "1234.56": 123456,
    "-0.05": -5,
    "-.50": -50,
    ".5": 50,
    "12.": 1200,
    "12": 1200,
    "1.5": 150,
    "+3.10": 310,
    "−3,10": -310,
    "00.10": 10,
    "1 234,56": 123456,
    "1\u202f234,56 €": 123456,
    "1\xa0234,56": 123456,
    "€ 12": 1200,
    "1'234.56": 123456,
    "1.234,56": 123456,
    "-1.234.567,89": -123456789,
    "1,234.56": 123456,
    "1,234,567.8": 123456780,
    "1.239": 124,
    "1,239": 124,
    "-1.239": -124,
    "2.004": 200,
    "0.005": 1,
    "-0.005": -1,
    "0" * 20 + "7": 700,
    "9" * MAX_DIGITS + ".99": int("9" * (MAX_DIGITS + 2)),
}
REFUSED = (
    "abc", "x", "-", ".", ",", "€", "+-1", "--1", "1-2", "12-", "1e9", "1E3", "NaN", "Infinity",
    "inf", "0x10", "1_000", "1_234.56", "12.34.56", "1.234.567", "1,234,567", "1.23,45",
    "1.234,5.6",
    "12 $", "1€2", "١٢.٣٤", "²5.00", "9" * (MAX_DIGITS + 1), "1" * 5000, "1." + "0" * MAX_LENGTH,
)  # fmt: skip
TEXTS = st.text("0123456789.,-+ €'eE_x\xa0\u202f−٣", max_size=14) | st.from_regex(
    r"[+-]?[0-9]{1,17}([.,][0-9]{0,4})?|[0-9]{1,3}([.,][0-9]{3}){1,3}[.,][0-9]{1,3}", fullmatch=True
)


def by_check(written: str) -> int:
    """What the check of a document adds up."""
    found = Document(io.BytesIO(lines_of(written)))
    checker = Checker(found, privacy=False)
    for segment in found:
        checker.feed(segment)
    checker.finish()
    return checker.facts.total("MtReal")


def by_conversion(written: str) -> int:
    """The cell of the CSV, whose form is the usual one."""
    cell = converted(written)[1].split(",")[MtReal]
    assert cell == plain(cell)
    return cents(cell) or 0


def by_totals(written: str) -> int:
    """What the conversion counts for the charts of a document."""
    (found,) = converted(written)[0]
    return found.cents[0]


def by_charts(written: str) -> int:
    """What the charts of an SCDL table add up."""
    sums = [0]
    cube.add(sums, [written], Counter())
    return sums[0]


def by_table_check(written: str) -> int:
    """What the check of an SCDL table adds up."""
    seen = tables.Seen()
    seen.add(2, [written if column == "BGT_MTREAL" else "" for column in COLUMNS])
    return seen.facts.total("MtReal")


READERS: tuple[Callable[[str], int], ...] = (
    by_check, by_conversion, by_totals, by_charts, by_table_check
)  # fmt: skip


def lines_of(written: str) -> bytes:
    return document(line(MtReal="@").replace("@", escape(written, {'"': "&quot;"})))


def converted(written: str) -> tuple[Totals, str]:
    totals, out = Totals(), io.BytesIO()
    found = Document(io.BytesIO(lines_of(written)))
    writer = ScdlWriter(found, out, observe=totals)
    for segment in found:
        writer(segment)
    assert bool(writer.unreadable) == (plain(written) is None)
    return totals, out.getvalue().decode("utf-8").split("\r\n")[1]


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(("written", "expected"), READ.items())
def test_amounts_are_read_as_people_write_them(
    written: str, expected: int, reader: Callable[[str], int]
) -> None:
    assert cents(written) == expected == reader(written)
    assert cents(written.encode("utf-8")) == expected


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("written", REFUSED, ids=lambda text: text[:12])
def test_what_is_no_amount_counts_for_nothing(written: str, reader: Callable[[str], int]) -> None:
    assert cents(written) is cents(written.encode("utf-8")) is plain(written) is None
    assert reader(written) == 0


@given(TEXTS)
@example("1.239")
@example("1.234,56")
def test_every_reader_gives_the_same_answer(written: str) -> None:
    expected = cents(written) or 0
    assert {reader.__name__: reader(written) for reader in READERS} == {
        reader.__name__: expected for reader in READERS
    }


@given(TEXTS)
def test_the_fast_way_knows_nothing_more(written: str) -> None:
    fast, amount = usual(written), read(written)
    assert usual(written.encode("utf-8")) == fast
    if fast is not None:
        assert amount == (fast, 0)
    if amount is not None:
        exact = Decimal(plain(written) or 0)
        assert Decimal(amount.cents) / 100 + amount.lost == exact
        assert abs(amount.lost) <= Decimal("0.005")
