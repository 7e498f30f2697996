"""Which table answers for the norm and variant that a document names.

A document writes ``norm-variant`` (``M14-M14_COM_SUP3500``, ``M57-M57_A``, ``M4-M43_D``). Plans
come and go: the M57 plan of 2015-2022 became M57_D (developed), M57_A (abridged) and M57_P (police
prefecture); M43_A and M43_D became M43 in 2023. Who answers:

1. the variant asked for, in its nearest year: another variant of the right year answers worse.
   With 14 plans of 2021 to 2024 hidden one by one (15,589 accounts), the same variant a year
   earlier gave 59 labels of another meaning and no wrong chapter, the sister of that year 65 and
   16 (657361 is not the same in M57_A and M57_D in 2024; an abridged plan has headings where the
   developed one has accounts);
2. outside its years, the nearest of itself and of the plans that it came from or became
   (``STAND_INS``);
3. for a variant that no table has: the longest common beginning of the name (M14_COM_… for an
   unknown M14_COM_X), then the richest plan.

Codes that the one chosen lacks are then looked for in the others, in the order of :func:`rank`.
"""

from __future__ import annotations

from functools import lru_cache

from .folders import Layers
from .table import VariantYears, distance, read_index

# One line: plans that succeed or complete one another, the preferred one first.
LINES = (
    ("M57_D", "M57", "M57_A", "M57_P"),
    ("M43", "M43_D", "M43_A"),
    ("M49_D", "M49_A"),
)
# variant -> the plans that it came from (before its first year), that it became (after its last).
STAND_INS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "M57": ((), ("M57_D",)),
    "M57_D": (("M57",), ()),
    "M57_A": (("M57",), ()),
    "M57_P": (("M57_D", "M57"), ()),
    "M43": (("M43_D",), ()),
    "M43_D": ((), ("M43",)),
    "M43_A": ((), ("M43",)),
}
# When nothing else tells: the richest plan of the norm first.
RICHEST = (
    "M14_COM_SUP3500",
    "M14_COM_500_3500",
    "M14_COM_INF500",
    "M57_D",
    "M57",
    "M57_A",
    "M4",
    "M49_D",
)

Choice = tuple[str, str, int]  # norm, variant, year of the table that answers
Index = tuple[VariantYears, ...]


def split_nomenclature(text: str) -> tuple[str, str]:
    """``"M57-M57_A"`` -> ``("M57", "M57_A")``; a lone ``"M57_A"`` -> ``("M57", "M57_A")``."""
    norm, dash, variant = text.strip().partition("-")
    if dash:
        return norm.strip(), variant.strip()
    return _norm_of(norm, read_index()) or norm, norm


def choose(norm: str, variant: str, year: int, within: Layers | None = None) -> Choice | None:
    """The table and year that answer; None when nothing is known of the norm."""
    ranked = rank(norm, variant, within)
    if not ranked:
        return None
    own = ranked[0]
    before, after = STAND_INS.get(own.variant, ((), ()))
    others = before if year < own.years[0] else after if year > own.years[-1] else ()
    pool = [own, *(known for name in others for known in ranked if known.variant == name)]
    best = min(pool, key=lambda known: abs(_nearest(known, year) - year))
    return best.norm, best.variant, _nearest(best, year)


def rank(norm: str, variant: str, within: Layers | None = None) -> tuple[VariantYears, ...]:
    """The variants of the norm, the closest to the wanted one first."""
    return _rank(norm, variant, read_index(within))


@lru_cache(maxsize=64)
def _rank(norm: str, variant: str, index: Index) -> tuple[VariantYears, ...]:
    base, wanted = _base_norm(norm, variant, index), variant or norm
    known = [entry for entry in index if entry.norm == base]
    return tuple(sorted(known, key=lambda entry: _closeness(entry.variant, wanted)))


def _closeness(variant: str, wanted: str) -> tuple[bool, int, int, str]:
    """Sort key: itself, same line, longest common beginning, richest, name."""
    line = _line(wanted)
    place = line.index(variant) if variant in line else len(line)
    rich = RICHEST.index(variant) if variant in RICHEST else len(RICHEST)
    return variant != wanted, place, -_common_beginning(variant, wanted), f"{rich:02d}{variant}"


def _base_norm(norm: str, variant: str, index: Index) -> str:
    """The norm as the index writes it: M43 or M49 are variants of M4."""
    if any(known.norm == norm for known in index):
        return norm
    return _norm_of(variant, index) or _norm_of(norm, index) or norm


def _norm_of(name: str, index: Index) -> str:
    """The norm of a variant, or of a family of variants (M49 for M49_A and M49_D)."""
    exact = (known.norm for known in index if known.variant == name)
    family = (known.norm for known in index if name and known.variant.startswith(f"{name}_"))
    return next(exact, "") or next(family, "")


def _line(variant: str) -> tuple[str, ...]:
    return next((line for line in LINES if variant in line), (variant,))


def _common_beginning(one: str, other: str) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


def _nearest(known: VariantYears, year: int) -> int:
    return min(known.years, key=lambda held: distance(held, year))
