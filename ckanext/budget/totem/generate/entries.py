"""The lines of a budget before any stage: which ones, and their usual yearly amount.

Drawn once per budget, so that all its documents hold the same lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from random import Random
from typing import NamedTuple

from ckanext.budget.totem.generate.accounts import Chart, chart, profile, usual_weight
from ckanext.budget.totem.generate.chance import chance, skewed
from ckanext.budget.totem.generate.scenarios import Budget

Amounts = dict["Entry", int]
"""Cents by line."""


class Entry(NamedTuple):
    """What tells a line from another.

    rd: D or R; order: 0 real, 1 order; order_type: 1 inside a section, 2 between sections,
    "" real; section: F or I; operation: equipment operation, "" otherwise; tiers: operation on
    behalf of a third party (``OpeCpteTiers``).
    """

    nature: str
    chapter: str
    rd: str
    section: str
    order: str = "0"
    order_type: str = ""
    function: str = ""
    operation: str = ""
    tiers: str = ""


PROFILES = {
    "ccas": "social",
    "cde": "social",
    "sdis": "sdis",
    "region": "region",
    "departement": "departement",
    "epci": "epci",
    "commune": "commune",
}
# Population below which a chapter holds so many natures, a line so many functions.
LINES_PER_CHAPTER = ((500, 3), (3500, 6), (20_000, 12), (200_000, 20), (10**9, 30))
FUNCTIONS_PER_LINE = ((3500, 1), (20_000, 2), (200_000, 4), (10**9, 6))
OPERATIONS = ("101", "102", "110", "121", "134", "2018004", "OPNI")
DEPRECIATION_SHARE = 0.06
GRANT_DEPRECIATION_SHARE = 0.01
INSIDE_SECTION_SHARE = 0.01
CENTS = 100
MINIMUM = 50 * CENTS
TAXES_BESIDE_731 = 0.3
# Drawn from the results of the year before, never at random.
RESULTS = frozenset({"1068"})


def chart_of(budget: Budget, year: int) -> Chart:
    """Chart of accounts of a fiscal year of ``budget``."""
    return chart(budget.case.norm, budget.case.variant, max(year, budget.first_year))


def _step(table: tuple[tuple[int, int], ...], population: int) -> int:
    return next(value for limit, value in table if population < limit)


def _profile_name(budget: Budget) -> str:
    if budget.case.norm == "M4" or budget.is_annex:
        return "service"
    return PROFILES[budget.body.kind]


def _pick(rng: Random, natures: tuple[str, ...], wanted: int) -> list[str]:
    """``wanted`` natures, the usual ones first."""
    ordinary = [code for code in natures if code not in RESULTS]
    ranked = sorted(ordinary, key=lambda code: -(usual_weight(code) + 0.5) * rng.random())
    return sorted(ranked[:wanted])


def _functions(rng: Random, plan: Chart, budget: Budget) -> list[str]:
    """Functions that one line is split over; none when the budget is not presented by function."""
    if budget.case.vote == "1" or not plan.functions:
        return [""]
    wanted = rng.randint(1, _step(FUNCTIONS_PER_LINE, budget.body.population))
    return sorted(rng.sample(plan.functions, min(wanted, len(plan.functions))))


def _chapters(budget: Budget, plan: Chart) -> Iterator[tuple[tuple[str, str], float]]:
    """Chapters and euros per inhabitant; where 731 holds the local taxes, little is left in 73."""
    for (rd, chapter), euros in profile(_profile_name(budget)).items():
        beside = chapter == "73" and plan.natures("RR", "731")
        yield (rd, chapter), euros * TAXES_BESIDE_731 if beside else euros


def _real(budget: Budget, plan: Chart, rng: Random) -> Iterator[tuple[Entry, int]]:
    """Real lines: each chapter's amount split over natures, then over functions."""
    wanted = _step(LINES_PER_CHAPTER, budget.body.population)
    for (rd, chapter), euros in _chapters(budget, plan):
        natures = _pick(rng, plan.natures(rd + "R", chapter), wanted)
        total = round(euros * CENTS * budget.body.population * (0.8 + 0.4 * rng.random()))
        keys = [
            Entry(nature, chapter, rd, plan.sections[chapter], function=function)
            for nature in natures
            for function in _functions(rng, plan, budget)
        ]
        weights = [skewed(rng) * (1 + usual_weight(key.nature)) for key in keys]
        for key, weight in zip(keys, weights, strict=True):
            yield key, max(MINIMUM, round(total * weight / sum(weights)))


def _with_operations(budget: Budget, rng: Random, lines: Amounts) -> Amounts:
    """Some equipment lines are voted by operation in bodies of 3 500 inhabitants or more."""
    if budget.body.population < 3500 or _profile_name(budget) == "service":
        return lines
    return {
        key._replace(operation=rng.choice(OPERATIONS))
        if key.rd == "D" and key.chapter in ("20", "21", "23") and rng.random() < 0.3
        else key: amount
        for key, amount in lines.items()
    }


def _starting(natures: tuple[str, ...], prefix: str) -> list[str]:
    return [code for code in natures if code.startswith(prefix)]


def _order_function(budget: Budget, plan: Chart) -> str:
    """Order operations are presented in the function that cannot be split, 01."""
    return "01" if budget.case.vote != "1" and "01" in plan.functions else ""


class Side(NamedTuple):
    """One side of a pair of order operations: role, section, chapter, prefixes of its natures (the
    first that the chart has), number of natures."""

    role: str
    section: str
    chapter: str
    prefixes: tuple[str, ...]
    natures: int


# Share of operating expenses, TypOpBudg, the side with one line, the side with several: the one
# line is the sum of the others.
PAIRS = (
    (
        DEPRECIATION_SHARE,
        "2",
        Side("DOES", "F", "042", ("6811",), 1),
        Side("ROES", "I", "040", ("28",), 9),
    ),
    (
        GRANT_DEPRECIATION_SHARE,
        "2",
        Side("ROES", "F", "042", ("777", "778"), 1),
        Side("DOES", "I", "040", ("139",), 4),
    ),
    (
        INSIDE_SECTION_SHARE,
        "1",
        Side("ROIS", "I", "041", ("238", "2031"), 1),
        Side("DOIS", "I", "041", ("2313", "2315", "231"), 2),
    ),
)


def _side(budget: Budget, plan: Chart, rng: Random, side: Side, kind: str) -> list[Entry]:
    natures = plan.natures(side.role, side.chapter)
    found = next((hits for p in side.prefixes if (hits := _starting(natures, p))), [])
    wanted = min(side.natures, 1 + budget.body.population // 400)
    function = _order_function(budget, plan)
    return [
        Entry(nature, side.chapter, side.role[0], side.section, "1", kind, function)
        for nature in sorted(rng.sample(found, min(wanted, len(found))))
    ]


def _order(budget: Budget, plan: Chart, rng: Random, base: int) -> Iterator[tuple[Entry, int]]:
    """Order lines in balanced pairs; ``base``: operating expenses, in cents."""
    for share, kind, single, several in PAIRS:
        one = _side(budget, plan, rng, single, kind)
        many = _side(budget, plan, rng, several, kind)
        if not one or not many:
            continue
        parts = [max(MINIMUM, round(base * share * skewed(rng))) for _ in many]
        yield one[0], sum(parts)
        yield from zip(many, parts, strict=True)


# Works on behalf of third parties: expense and receipt natures (M14, then M52 and M57).
THIRD_PARTIES = (("4541", "4542"), ("45411", "45412"), ("4581", "4582"))
THIRD_PARTY_EUROS = 0.6
THIRD_PARTY_OPERATIONS = 2


def _third_parties(budget: Budget, plan: Chart, rng: Random) -> Iterator[tuple[Entry, int]]:
    """Works that the body does for others, refunded: an expense and a receipt of one amount."""
    if budget.body.population < 3500 or _profile_name(budget) not in ("commune", "departement"):
        return
    pair = next((pair for pair in THIRD_PARTIES if plan.natures("DR", pair[0])), None)
    for rank in range(THIRD_PARTY_OPERATIONS if pair else 0):
        amount = round(budget.body.population * THIRD_PARTY_EUROS * CENTS * (0.5 + rng.random()))
        for rd, nature in zip("DR", pair or (), strict=True):
            yield (
                Entry(
                    nature,
                    nature,
                    rd,
                    "I",
                    function=_order_function(budget, plan),
                    tiers=f"{rank + 1:02d}",
                ),
                amount,
            )


# Chapter without account (its code is also the nature) -> section.
SPECIAL = {
    "001": "I",
    "002": "F",
    "021": "I",
    "023": "F",
    "024": "I",
    "020": "I",
    "022": "F",
}


def special(budget: Budget, year: int, chapter: str, rd: str) -> Entry | None:
    """A line of a chapter without account (001, 021…), ``None`` when the chart has none."""
    plan = chart_of(budget, year)
    order = "1" if chapter in ("021", "023") else "0"
    role = rd + ("OES" if order == "1" else "R")
    if not plan.natures(role, chapter):
        return None
    return Entry(
        plan.natures(role, chapter)[0],
        chapter,
        rd,
        SPECIAL[chapter],
        order,
        "2" if order == "1" else "",
        _order_function(budget, plan),
    )


def account(budget: Budget, year: int, rd: str, chapter: str, *prefixes: str) -> Entry | None:
    """A real line of the first nature of ``chapter`` that has one of ``prefixes``."""
    plan = chart_of(budget, year)
    natures = plan.natures(rd + "R", chapter)
    found = next((hits[0] for p in prefixes if (hits := _starting(natures, p))), None)
    if found is None:
        return None
    return Entry(found, chapter, rd, plan.sections[chapter], function=_order_function(budget, plan))


@lru_cache(maxsize=256)
def _entries(budget: Budget) -> tuple[tuple[Entry, int], ...]:
    rng = chance(budget.seed, "entries")
    plan = chart_of(budget, budget.first_year)
    real = _with_operations(budget, rng, dict(_real(budget, plan, rng)))
    real.update(_third_parties(budget, plan, rng))
    base = sum(v for key, v in real.items() if (key.rd, key.section) == ("D", "F"))
    return (*real.items(), *_order(budget, plan, rng, base))


def entries(budget: Budget) -> Amounts:
    """Every ordinary line of ``budget`` with its amount in its first fiscal year."""
    return dict(_entries(budget))


def restrict(lines: Amounts, plan: Chart) -> Amounts:
    """Lines that ``plan`` provides for: charts change from one year to the next."""
    suffix = {"": "R", "1": "OIS", "2": "OES"}
    return {
        key: amount
        for key, amount in lines.items()
        if plan.has(key.rd + suffix[key.order_type], key.chapter, key.nature)
        and (not key.function or key.function in plan.functions)
    }


def find(lines: Amounts, rd: str, section: str, chapters: tuple[str, ...] = ()) -> list[Entry]:
    """Real lines of one side of one section, largest first."""
    found = [
        key
        for key in lines
        if (key.rd, key.section, key.order) == (rd, section, "0")
        and (not chapters or key.chapter in chapters)
    ]
    return sorted(found, key=lambda key: (-lines[key], key))


def _on_side(key: Entry, side: Side) -> bool:
    return (
        key.order == "1"
        and key.rd == side.role[0]
        and (key.section, key.chapter) == (side.section, side.chapter)
    )


def settle(lines: Amounts) -> Amounts:
    """Order operations balanced again: the single line of each pair is the sum of the others."""
    result = dict(lines)
    for _, _, single, several in PAIRS:
        ones = [key for key in result if _on_side(key, single)]
        many = [key for key in result if _on_side(key, several)]
        if ones and many:
            result[ones[0]] = sum(result[key] for key in many)
        else:
            for key in ones + many:
                del result[key]
    return result
