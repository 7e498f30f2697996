"""What the official plans say about a code, and how a table row writes it.

A plan of accounts (``planDeCompte.xml``) holds five lists, called *kinds* here:

================== ==================================== =======================================
kind               element of the plan                  what it is
================== ==================================== =======================================
chapter            Nature/Chapitres/Chapitre            chapter of a budget voted by nature
account            Nature/Comptes//Compte               account (« nature »)
function-chapter   Fonction/Chapitres/Chapitre          chapter of a budget voted by function
function-account   Fonction/Comptes//Compte             article of a budget voted by function
function           Fonction/RefFonctionnelles//RefFonc  functional reference (« fonction »)
================== ==================================== =======================================

A table row is ``kind, code, years, label, facts`` separated by tabs. ``years`` are compact ranges
(``2013-2017,2019``); ``facts`` are words separated by spaces: ``name=value`` for a value, the bare
name for a flag that is set. A fact that is absent is not written.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple


class Answer(NamedTuple):
    """A value and where it comes from.

    ``origin`` is one of ``document`` (given to the look-up by its caller), ``plan`` (the plan asked
    for), ``plan-2021`` (same variant, another year), ``plan-M57_D-2023`` (another variant of the
    norm), ``prefix:2311`` (the longest known beginning of the code; ``prefix:2311-2021``,
    ``prefix:2311-M57_D-2023`` when it is not of the plan asked for), ``rule`` (general rule of the
    budget instructions) or the empty string when ``value`` is empty: nobody knows.
    """

    value: str
    origin: str


class Account(NamedTuple):
    """An account. The six chapter fields are empty when the line is not provided for.

    ``dr``/``rr``: chapter of a real expense/receipt (DR, RR); ``does``/``roes``: of an order
    operation between sections (DOES, ROES); ``dois``/``rois``: inside one section (DOIS, ROIS).
    ``heading``: a grouping account, which carries none of them.
    """

    code: str
    label: str
    origin: str
    dr: str = ""
    rr: str = ""
    does: str = ""
    roes: str = ""
    dois: str = ""
    rois: str = ""
    expense_equipment: bool = False
    receipt_equipment: bool = False
    heading: bool = False
    subtotal: bool = False
    deleted: bool = False
    state_only: bool = False


class Chapter(NamedTuple):
    """A chapter. ``section``: ``F`` (operation) or ``I`` (investment); ``type``: TypeChapitre
    (C by account class, G globalised, L without execution)."""

    code: str
    label: str
    origin: str
    section: str = ""
    type: str = ""
    special: bool = False
    deleted: bool = False
    state_only: bool = False


class Function(NamedTuple):
    """A functional reference."""

    code: str
    label: str
    origin: str
    deleted: bool = False


class Relabelled(NamedTuple):
    """A code whose label changed: what it is called in ``year``, and in the ``other_year`` of a
    variant."""

    code: str
    label: str
    year: int
    other_label: str
    other_year: int
    other_variant: str


def plan_of(origin: str) -> tuple[str, int] | None:
    """The plan that an origin names, when it is not the one asked for: its variant (empty: the one
    asked for) and year. None for ``plan``, ``rule`` and the document itself."""
    _, *named = origin.split("-")
    return (named[0] if named[1:] else "", int(named[-1])) if named else None


def parse_facts(words: str) -> dict[str, Any]:
    """``"dr=21 deleted"`` -> ``{"dr": "21", "deleted": True}``."""
    facts: dict[str, Any] = {}
    for word in words.split():
        name, equals, value = word.partition("=")
        facts[name] = value if equals else True
    return facts


@lru_cache(maxsize=4096)
def parse_years(ranges: str) -> tuple[int, ...]:
    """``"2013-2015,2019"`` -> ``(2013, 2014, 2015, 2019)``."""
    years: list[int] = []
    for part in ranges.split(","):
        first, _, last = part.partition("-")
        years.extend(range(int(first), int(last or first) + 1))
    return tuple(years)


def format_years(years: set[int]) -> str:
    """The inverse of :func:`parse_years`."""
    runs: list[list[int]] = []
    for year in sorted(years):
        if runs and year == runs[-1][1] + 1:
            runs[-1][1] = year
        else:
            runs.append([year, year])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)
