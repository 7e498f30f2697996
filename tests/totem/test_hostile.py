"""Files that grow in one direction only: linear work, and one sentence, at every door."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.budget.totem import limits, scdl, xmlstream
from ckanext.budget.totem.checks import check_file
from ckanext.budget.totem.cli import main
from ckanext.budget.totem.errors import TooLarge, TotemError, UnexpectedFailure
from ckanext.budget.totem.generate import shapes
from ckanext.budget.totem.limits import Budget, Meter, TooSlow
from ckanext.budget.totem.publish import publish
from ckanext.budget.totem.reader import Document
from ckanext.budget.totem.summary import summarise

UNEXPECTED = "Erreur imprévue"
SMALL = 15_000


def published(data: bytes, folder: Path) -> str:
    """What the publisher reads, empty when the document is published."""
    try:
        publish(io.BytesIO(data), folder)
    except UnexpectedFailure:
        raise
    except TotemError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("shape", shapes.DOCUMENTS)
def test_every_command_ends_with_a_result_or_a_sentence(shape, tmp_path, capsys):
    path = tmp_path / "hostile.xml"
    path.write_bytes(shapes.DOCUMENTS[shape](SMALL))
    for name, words in shapes.COMMANDS.items():
        code = main([name, str(path), *(word.replace("{folder}", str(tmp_path)) for word in words)])
        said = capsys.readouterr()
        assert code in (0, 1, 2)
        assert UNEXPECTED not in said.out + said.err
        assert "Traceback" not in said.err


@pytest.mark.parametrize("shape", shapes.TABLES)
def test_every_reader_of_tables_ends_with_a_result_or_a_sentence(shape, tmp_path):
    pytest.importorskip("frictionless")
    path = tmp_path / "hostile.csv"
    path.write_bytes(shapes.TABLES[shape](200_000 if "columns" in shape else SMALL))
    report = check_file(path)
    assert UNEXPECTED not in str(report.as_dict())
    try:
        assert summarise(path.read_bytes()).body
    except TotemError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize("shape", shapes.DOCUMENTS)
def test_four_times_the_size_is_at_most_nine_times_the_work(shape, tmp_path):
    """Processor of this thread, not the clock; what is quick is not compared.

    Twice the size, at most three times the work, twice. Each shape that was mended here took tens
    or hundreds of times as long.
    """
    seconds = []
    for size in (50_000, 200_000):
        data = shapes.DOCUMENTS[shape](size)
        before = time.thread_time()
        published(data, tmp_path)
        seconds.append(time.thread_time() - before)
    assert seconds[1] < 9 * max(seconds[0], 0.2)


CELLS = ("1", "a ", "?", "'", "1,")


@pytest.mark.parametrize("column", shapes.SCDL_HEADER.split(","))
def test_a_long_cell_costs_in_proportion_to_its_length(column, tmp_path):
    """Each way to write it, in each column: as above."""
    place = shapes.SCDL_HEADER.split(",").index(column)
    path = tmp_path / "hostile.csv"
    for unit in CELLS:
        seconds = []
        for size in (8_000, 32_000):
            row = shapes.SCDL_ROW.split(",")
            row[place] = '"' + unit * (size // len(unit)) + '"'
            path.write_text(f"{shapes.SCDL_HEADER}\r\n{','.join(row)}\r\n", encoding="utf-8")
            before = time.thread_time()
            check_file(path)
            seconds.append(time.thread_time() - before)
        assert seconds[1] < 9 * max(seconds[0], 0.2), unit


DEPTHS = {
    place: shapes.DOCUMENTS[place]
    for place in shapes.DOCUMENTS
    if place.startswith("deep") or place == "account-deep"
}


@pytest.mark.parametrize("shape", DEPTHS)
def test_depth_is_refused_wherever_it_is(shape, tmp_path):
    said = published(DEPTHS[shape](2_000_000), tmp_path)
    assert said.startswith(f"Plus de {limits.MAX_DEPTH} éléments sont emboîtés")


LIMITS = {
    "header-long": (2 * limits.MAX_HEADER, "en-tête"),
    "header-name": (5000, "EnTeteDocBudgetaire"),
    "header-number": (300, "BlocBudget"),
    "line-code": (1000, "code dépasse"),
    "line-function": (1000, "code dépasse"),
    "line-fields": (400_000, "éléments, ligne 8"),
    "annex-fields": (400_000, "éléments, ligne 9"),
    "annex-one-record": (200_000, "éléments, ligne 9"),
    "wide-namespaces": (5000, "espaces de noms"),
    "line-attributes": (400_000, "trop long"),
}


@pytest.mark.parametrize("shape", LIMITS)
def test_a_limit_is_told_with_its_place(shape, tmp_path):
    size, words = LIMITS[shape]
    assert words in published(shapes.DOCUMENTS[shape](size), tmp_path)


def test_many_different_codes_are_refused(tmp_path, monkeypatch):
    for module in (limits, scdl):
        monkeypatch.setattr(module, "MAX_CODES", 100)
    for shape in ("line-codes", "line-functions", "line-operations"):
        assert "combinaisons" in published(shapes.DOCUMENTS[shape](20_000), tmp_path)


def test_many_different_names_are_refused(monkeypatch):
    monkeypatch.setattr(xmlstream, "_ONE_IN", 1)  # every run of tags is looked at
    data = shapes.DOCUMENTS["names"](1_000_000)
    with pytest.raises(TooLarge, match="noms d'éléments"):
        for _ in xmlstream.segments(io.BytesIO(data)):
            pass


AMOUNTS = [
    ("1" * 15 + ".00", "1" * 15 + ".00"),
    ("1" * 16 + ".00", ""),
    ("9" * 5000, ""),
    ("0." + "1" * 40, "0." + "1" * 40),
    ("0." + "1" * 41, ""),
    ("-12.5", "-12.5"),
]


@pytest.mark.parametrize(("written", "kept"), AMOUNTS)
def test_amounts_have_a_bounded_number_of_digits(document, line, tmp_path, written, kept):
    found = publish(io.BytesIO(document(line(MtReal=written))), tmp_path)
    cell = found.csv.read_text("utf-8").splitlines()[1].split(",")[14]
    assert cell == kept
    assert bool(kept) == (not any(gap["column"] == "BGT_MTREAL" for gap in found.report["missing"]))


@pytest.mark.parametrize("zeros", [0, 3, 5000])
@pytest.mark.parametrize("mark", ["#{}65", "#x{}41"])
def test_zeros_before_a_character_reference_change_nothing(document, tmp_path, zeros, mark):
    name = "&" + mark.format("0" * zeros) + ";B"
    annex = f'<DATA_TIERS><TIERS><LibTiers V="{name}"/></TIERS></DATA_TIERS>'
    found = publish(io.BytesIO(document(annexes=annex, LibelleColl=name)), tmp_path)
    assert found.header.name == "AB"


# -- depth


def depth_of(data: bytes) -> int:
    """Elements left open, tag by tag."""
    return sum(-1 if ends else not empty for ends, empty in xmlstream._TAG.findall(data))


TAGS = st.lists(
    st.sampled_from(
        ["<a>", "</a>", "</a >", "<b/>", "<b />", '<c V="1"/>', '<c V="/>"/>', "<c V='<'>"[:-3],
         '<d V="a>b">', "</d>", "<e V='/'>", "</e>", "x > y", " /> ", '<f V="\'"/>', "<p:g>",
         "</p:g>", '<h a="1" b="2"/>', "'", '"', "\n", "/"]
    ),
    max_size=30,
)  # fmt: skip


@given(TAGS)
@settings(max_examples=400, deadline=None)
def test_marks_tell_as_much_as_tags(pieces):
    data = "".join(piece for piece in pieces if not piece.startswith("<c V='")).encode()
    counted = xmlstream._Depth()
    counted.add(data, data.translate(None, xmlstream._NOT_MARKUP).replace(b"\n", b""))
    assert counted._open == depth_of(data)


@given(depth=st.integers(1, 120), size=st.integers(1, 200), wide=st.booleans())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_deepest_document_is_read_whatever_the_cuts(document, depth, size, wide):
    inside = '<b V=">"/>' * 30 if wide else ""
    data = document(before="<a>" * depth + inside + "</a>" * depth)

    class Dribble(io.BytesIO):
        def read(self, asked: int = -1) -> bytes:
            return super().read(size)

    # The document, its budget and what Depth counts for the XML declaration are around.
    if depth + 3 <= limits.MAX_DEPTH:
        assert b"".join(s.data for s in xmlstream.segments(Dribble(data))) == data
    elif depth * 3 > 3 * limits.MAX_DEPTH + size:
        with pytest.raises(TooLarge):
            list(xmlstream.segments(Dribble(data)))


# -- the budget of a document


def large(document: Callable[..., bytes]) -> bytes:
    """Long enough for a look at the clock."""
    return document(shapes.LINE * 3000)


class Clock:
    """Each look costs a second."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


def test_a_document_that_computes_too_long_ends_in_a_sentence(document):
    reader = Document(io.BytesIO(large(document)), Budget(0, 0))
    with pytest.raises(TooSlow, match="plus de calcul"):
        list(reader)


def test_the_budget_grows_with_what_was_read():
    meter = Meter(Budget(base=2, per_megabyte=1), Clock(), Clock())
    meter.read(1_000_000)
    meter.read(1_000_000)
    meter.read(1_000_000)
    with pytest.raises(TooSlow):
        for _ in range(20 * 256):
            meter.read(0)


def test_a_busy_machine_refuses_nobody():
    """The document is late by the wall, and had no turn of the processor."""
    meter = Meter(Budget(base=2, per_megabyte=0), lambda: 0.0, Clock())
    for _ in range(4 * 256 * 10):
        meter.read(0)


def test_every_door_takes_a_budget(document, tmp_path):
    from ckanext.budget.totem.checks import check
    from ckanext.budget.totem.privacy.dpo import examine

    nothing = Budget(0, 0)
    with pytest.raises(TooSlow):
        publish(io.BytesIO(large(document)), tmp_path, budget=nothing)
    with pytest.raises(TooSlow):
        examine(io.BytesIO(large(document)), nothing)
    assert "plus de calcul" in check(io.BytesIO(large(document)), budget=nothing).refusal


# -- tables


@pytest.mark.parametrize(
    ("text", "is_refused"),
    [
        ("a,b\r\n1,2\r\n", False),
        (",".join("a" * limits.MAX_COLUMNS), False),
        (",".join("a" * (limits.MAX_COLUMNS + 1)), True),
        ("a\r\n" + "," * limits.MAX_COLUMNS, True),
        ('"a\n",' * (limits.MAX_COLUMNS + 1), True),
        ('a\r\n"' + "," * 1000 + '"', False),
        ("a" * (limits.MAX_LINE + 1), True),
        ('"' + "a\n" * 1001, True),
        ('"' + "a" * 50_000 + "\n" + "b" * 50_000 + "\n" + "c" * 50_000, False),
    ],
)
def test_the_width_of_a_table_is_known_before_it_is_read(tmp_path, text, is_refused):
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8", newline="")
    if is_refused:
        with pytest.raises(TooLarge):
            limits.check_table(path)
    else:
        limits.check_table(path)
