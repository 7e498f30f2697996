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

MOST = 3
"""Findings of one defect."""


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
    assert len(DEFECTS) >= 40
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
        "names": ("lower-header", "no-prefix", "spaced-header"),
        "place": ("other-order", "extra-column", "empty-column", "column-missing"),
        "amounts": (
            "decimal-commas", "thousands", "euros", "spaced-amounts", "scientific", "formula",
            "text-amount",
        ),
        "sign": ("euros", "cp850"),  # which has no sign for it
        "siret": ("spaced-siret", "siret-as-number"),
        "chapter": ("lost-zeros", "apostrophes"),
        "first line": ("title", "header-again"),
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
        assert len(kinds) <= 2 * MOST, (one, other, kinds)
        if all(defect.is_mended for defect in defects):
            assert mended(data) == GOOD, (one, other)


@pytest.mark.parametrize("name", DEFECTS)
def test_any_valid_table(name: str, made_table: bytes) -> None:
    header, *body = csv.reader(io.StringIO(made_table.decode("utf-8"), newline=""))
    defect = DEFECTS[name]
    data = spoil(header, body, defect)
    if data == made_table:
        return  # this table has nothing that the defect touches
    assert set(defect.kinds) & facts_of(data).keys()
    if defect.is_mended and name not in ("total", "note"):
        assert mended(data) == made_table


@pytest.fixture(scope="module")
def made_table() -> bytes:
    """A table of the project's own generator."""
    spec = next(spec for spec in plan(20, 5) if spec.stage.name == "BP")
    return convert(b"".join(document(spec))).encode("utf-8")
