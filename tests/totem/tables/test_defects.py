"""Any valid table with one or two defects: each cause named, few findings, the repair exact."""

from __future__ import annotations

import csv
import io
from itertools import combinations

import pytest

from ckanext.budget.totem.checks.scdl import check_table
from ckanext.budget.totem.generate import document, plan
from ckanext.budget.totem.generate.tables import convert
from ckanext.budget.totem.scdl import COLUMNS
from ckanext.budget.totem.tables import KINDS, Table, repair, told

from .cases.control import GOOD, rows
from .defects import DEFECTS, Defect, spoil

_ROWS = 40
MOST = 3
"""Findings of one defect, and of two."""


def facts_of(data: bytes) -> dict[str, bool]:
    """Kind -> is it mended."""
    table = Table(io.BytesIO(data))
    for _ in table:
        pass
    return {fact.kind: KINDS[fact.kind].is_mended for fact in told(table.log)}


def mended(data: bytes) -> bytes:
    out = io.BytesIO()
    repair(io.BytesIO(data), out)
    return out.getvalue()


def test_there_are_forty_kinds() -> None:
    assert len(DEFECTS) >= 55 and len(pairs()) > 1_400
    assert {kind for defect in DEFECTS.values() for kind in defect.kinds} <= KINDS.keys()


@pytest.mark.parametrize("name", DEFECTS)
def test_one_defect(name: str) -> None:
    defect = DEFECTS[name]
    data = spoil(list(COLUMNS), rows(), defect)
    assert data != GOOD
    assert set(defect.kinds) & facts_of(data).keys()
    assert len(check_table(io.BytesIO(data)).findings) <= MOST
    if defect.is_mended:
        assert mended(data) == GOOD
        assert all(facts_of(data).values())
    else:
        assert not all(facts_of(data).values())


def pairs() -> list[tuple[str, str]]:
    """Two defects of which one does not undo nor forbid the other."""
    return [
        (first, second)
        for first, second in combinations(DEFECTS, 2)
        if not (_touches(first) & _touches(second))
    ]


def _touches(name: str) -> set[str]:
    """What a defect changes, of which a file has only one."""
    defect: Defect = DEFECTS[name]
    found = {"data"} if defect.data else set()
    families = {
        "delimiter": ("semicolons", "tabs", "bars"),
        "names": ("lower-header", "no-prefix", "spaced-header", "mistyped-column", "no-header"),
        "place": (
            "other-order", "extra-column", "empty-column", "column-missing", "column-twice",
            "no-header",
        ),
        "stage": ("capitals", "stage-and-year"),
        "side": ("no-accents", "web-accents"),
        "operation": ("unknown-word", "cut-words", "blanks-around"),
        "year": ("year-as-number", "year-as-a-day", "blanks-around"),
        "headless": ("no-header", "siret-as-number"),  # nothing then says whose it is
        "amounts": (
            "decimal-commas", "thousands", "euros", "spaced-amounts", "scientific", "formula",
            "text-amount",
        ),
        "sign": ("euros", "cp850"),  # which has no sign for it
        "siret": ("spaced-siret", "siret-as-number"),
        "chapter": ("lost-zeros", "apostrophes", "codes-after-words", "code-as-a-day",
                    "blanks-around"),
        "rows": ("total", "note", "merged-cells", "cut"),
        "first line": ("title", "header-again", "no-header"),
        "lines": ("open-quote", "wrapped-lines", "title", "nul"),
    }  # fmt: skip
    found |= {family for family, names in families.items() if name in names}
    by_place = "place" in found or name in ("open-quote", "wrapped-lines", "total", "note")
    return (
        found
        | ({"by place"} if by_place or "amounts" in found else set())
        | ({"names", "cells"} if name in ("column-missing",) else set())
    )


@pytest.mark.parametrize("first", DEFECTS)
def test_two_defects(first: str) -> None:
    for one, other in pairs():
        if one != first:
            continue
        defects = DEFECTS[one], DEFECTS[other]
        data = spoil(list(COLUMNS), rows(), *defects)
        kinds = facts_of(data)
        for defect in defects:
            assert set(defect.kinds) & kinds.keys(), (one, other, kinds)
        assert len(check_table(io.BytesIO(data)).findings) <= MOST, (one, other, kinds)
        if all(defect.is_mended for defect in defects):
            assert mended(data) == GOOD, (one, other)


@pytest.fixture(scope="module", params=("BP", "DM", "CA"))
def made_table(request: pytest.FixtureRequest) -> bytes:
    """The beginning of a table of the project's own generator."""
    spec = next(spec for spec in plan(20, 5) if spec.stage.name == request.param)
    table = convert(b"".join(document(spec))).encode("utf-8")
    return b"".join(table.splitlines(keepends=True)[:_ROWS])


def _without_own_findings(data: bytes, made: bytes) -> int:
    """Findings that the defects added: sums of an invented table may be wrong by themselves."""
    own = {(f.code, f.place) for f in check_table(io.BytesIO(made)).findings}
    return len([f for f in check_table(io.BytesIO(data)).findings if (f.code, f.place) not in own])


def _is_shown(name: str, made: bytes) -> bool:
    """Whether the table has something that the defect touches."""
    return spoil(*_cells(made), DEFECTS[name]) != made


def _cells(made: bytes) -> tuple[list[str], list[list[str]]]:
    header, *body = csv.reader(io.StringIO(made.decode("utf-8"), newline=""))
    return header, body


def _assert_answer(made: bytes, *names: str) -> None:
    defects = [DEFECTS[name] for name in names]
    data = spoil(*_cells(made), *defects)
    kinds = facts_of(data)
    for defect in defects:
        assert set(defect.kinds) & kinds.keys(), (names, kinds)
    assert _without_own_findings(data, made) <= MOST, names
    if all(defect.is_mended for defect in defects):
        assert mended(data) == made, names


@pytest.mark.parametrize("name", DEFECTS)
def test_any_valid_table(name: str, made_table: bytes) -> None:
    if _is_shown(name, made_table):
        _assert_answer(made_table, name)


@pytest.mark.parametrize("first", DEFECTS)
def test_any_valid_table_with_two_defects(first: str, made_table: bytes) -> None:
    """Each defect with a few others, which are not the same for every table."""
    others = [pair for pair in pairs() if pair[0] == first][len(made_table) % 7 :: 9]
    for pair in others:
        if all(_is_shown(name, made_table) for name in pair):
            _assert_answer(made_table, *pair)
