"""``LigneBudget`` elements of each stage, from the amounts of a fiscal year."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from ckanext.budget.totem.generate.chance import chance
from ckanext.budget.totem.generate.entries import Amounts, Entry, chart_of
from ckanext.budget.totem.generate.ledger import FiscalYear, add, fiscal_year
from ckanext.budget.totem.generate.names import Planter
from ckanext.budget.totem.generate.scenarios import Spec
from ckanext.budget.totem.generate.styles import Style
from ckanext.budget.totem.generate.writer import Field
from ckanext.budget.totem.model import Stage
from ckanext.budget.totem.nomenclature import load

# Real files leave the chapter out of a few lines, where the account tells it.
SHARE_WITHOUT_CHAPTER = 0.04
LABEL_LENGTH = 100


class Row(NamedTuple):
    """A line and its amounts in cents by element name (``MtSup@BudgetHorsRAR`` included)."""

    entry: Entry
    amounts: dict[str, int]


def euros(cents: int) -> str:
    """Cents as TOTEM writes an amount: ``-1234.50``."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


Columns = dict[str, Amounts]


def _primitive(book: FiscalYear, spec: Spec) -> Columns:
    carried = {} if book.supplementary else book.carried
    return {
        "MtBudgPrec": book.prior,
        "MtRARPrec": carried,
        "MtPropNouv": book.primitive,
        "MtPrev": book.primitive,
        "CredOuv": add(book.primitive, carried),
        "MtSup@BudgetHorsRAR": book.prior,
    }


def _supplementary(book: FiscalYear, spec: Spec) -> Columns:
    vote = book.supplementary
    touched = {key: book.primitive.get(key, 0) for key in add(vote, book.carried)}
    return {
        "MtBudgPrec": touched,
        "MtRARPrec": book.carried,
        "MtPropNouv": vote,
        "MtPrev": vote,
        "CredOuv": add(touched, vote, book.carried),
        "MtSup@BudgetHorsRAR": touched,
    }


def _amendment(book: FiscalYear, spec: Spec) -> Columns:
    vote = book.amendments[spec.number - 1]
    voted = book.voted(spec.number - 1)
    credits = add(voted, book.carried)
    before = {key: credits.get(key, 0) for key in vote}
    return {
        "MtBudgPrec": before,
        "MtPropNouv": vote,
        "MtPrev": vote,
        "CredOuv": add(before, vote),
        "MtSup@BudgetHorsRAR": {key: voted.get(key, 0) for key in vote},
    }


def _account(book: FiscalYear, spec: Spec) -> Columns:
    return {
        "MtRARPrec": book.carried,
        "CredOuv": book.credits,
        "MtReal": book.realised,
        "MtRAR3112": book.outstanding,
        "MtSup@BudgetHorsRAR": book.voted(),
    }


def _single_account(book: FiscalYear, spec: Spec) -> Columns:
    return {"MtBudgPrec": book.voted(), **_account(book, spec)}


COLUMNS = {
    Stage.BP: _primitive,
    Stage.BS: _supplementary,
    Stage.DM: _amendment,
    Stage.CA: _account,
    Stage.CFU: _single_account,
}
# Amounts that producers with ``zero_amounts`` write even when they are nil, by stage.
ALWAYS = {
    Stage.BP: ("MtPropNouv", "MtPrev"),
    Stage.BS: ("MtPropNouv", "MtPrev"),
    Stage.DM: ("MtPropNouv", "MtPrev"),
    Stage.CA: ("MtPrev", "MtReal"),
    Stage.CFU: (
        "MtBudgPrec",
        "MtRARPrec",
        "MtPropNouv",
        "MtPrev",
        "CredOuv",
        "MtReal",
        "MtRAR3112",
    ),
}


@lru_cache(maxsize=32)
def rows(spec: Spec) -> tuple[Row, ...]:
    """Lines of a document, those whose amounts are all nil left out, in the producer's order."""
    columns = COLUMNS[spec.stage](fiscal_year(spec.budget, spec.year), spec)
    keys = sorted(key for key in add(*columns.values()))
    found = [
        Row(key, {name: part[key] for name, part in columns.items() if part.get(key)})
        for key in keys
    ]
    kept = [row for row in found if row.amounts]
    if spec.style.section:
        chance(spec.budget.seed, "order").shuffle(kept)
    return tuple(kept)


def _written(row: Row, style: Style, stage: Stage) -> dict[str, str]:
    amounts = dict.fromkeys(ALWAYS[stage], 0) if style.zero_amounts else {"MtPrev": 0}
    amounts.update(row.amounts)
    if not style.credits and stage in (Stage.BP, Stage.BS, Stage.DM):
        amounts.pop("CredOuv", None)
    if style.false == "0":
        amounts.pop("MtSup@BudgetHorsRAR", None)
    return {name: euros(cents) for name, cents in amounts.items()}


def _operation_chapter(entry: Entry) -> str:
    """Chapter of an operation: its number, after the account when it is for a third party."""
    return entry.nature + entry.tiers if entry.tiers else entry.operation


def _chapter(row: Row, spec: Spec, draw: float) -> str:
    """``ContNat``: of an operation line, its nature; sometimes nothing, as in real files."""
    entry = row.entry
    if entry.operation or entry.tiers:
        chapter = entry.nature if entry.operation else _operation_chapter(entry)
        return chapter if spec.style.chapter_on_operations else ""
    if entry.order == "0" and draw < SHARE_WITHOUT_CHAPTER:
        return ""
    return entry.chapter


@lru_cache(maxsize=4096)
def _function_chapter(norm: str, variant: str, year: int, section: str, function: str) -> str:
    """Chapter by function (M57, M71: 93 operation, 90 investment, then the function's first
    digit); nothing when the chart has no such chapter."""
    code = ("93" if section == "F" else "90") + function[:1]
    found = load(norm, variant, year).chapter(code)
    return code if found and found.origin == "plan" and found.code == code else ""


def _voted_function(entry: Entry, spec: Spec) -> str:
    """``ContFon`` of a real line of a budget voted by function."""
    case = spec.budget.case
    if case.vote != "2" or entry.order == "1" or not entry.function:
        return ""
    return _function_chapter(case.norm, case.variant, spec.year, entry.section, entry.function)


ORDER = (
    "Nature",
    "LibCpte",
    "Fonction",
    "Operation",
    "ContNat",
    "ArtSpe",
    "ContFon",
    "ContOp",
    "CodRD",
    "MtBudgPrec",
    "MtRARPrec",
    "MtPropNouv",
    "MtPrev",
    "CredOuv",
    "MtReal",
    "MtRAR3112",
    "OpBudg",
    "TypOpBudg",
    "OpeCpteTiers",
    "MtSup@BudgetHorsRAR",
    "CaracSup@Section",
    "CaracSup@TypOpe",
)


def _label(row: Row, spec: Spec, planter: Planter) -> str:
    """``LibCpte``: the account's; of works done for a third party, often that person."""
    entry = row.entry
    if entry.tiers:
        return f"Travaux chez {planter.third_party('LigneBudget/LibCpte', entry.tiers)}"
    if not spec.style.labels:
        return ""
    return chart_of(spec.budget, spec.year).labels.get(entry.nature, "")


def fields(row: Row, spec: Spec, planter: Planter) -> list[Field]:
    """Children of one ``LigneBudget`` in the order of the XSD (TLigneBudget)."""
    entry, style = row.entry, spec.style
    draw = chance(spec.budget.seed, *entry).random()
    values = {
        "Nature": entry.nature,
        "LibCpte": _label(row, spec, planter)[:LABEL_LENGTH],
        "Fonction": entry.function,
        "Operation": entry.operation,
        "ContNat": _chapter(row, spec, draw),
        "ArtSpe": style.false if style.article else "",
        "ContFon": _voted_function(entry, spec),
        "ContOp": "" if style.chapter_on_operations else _operation_chapter(entry),
        "CodRD": entry.rd,
        "OpBudg": entry.order,
        "TypOpBudg": entry.order_type,
        "OpeCpteTiers": entry.tiers,
        "CaracSup@Section": entry.section if style.section else "",
        "CaracSup@TypOpe": "1" if entry.operation else "",
        **_written(row, style, spec.stage),
    }
    return [(name, values[name]) for name in ORDER if values.get(name)]


def iterate(
    spec: Spec, planter: Planter, own: Sequence[Row] | None = None
) -> Iterator[list[Field]]:
    """Fields of every line; of ``own`` lines instead of the document's when given."""
    return (fields(row, spec, planter) for row in (rows(spec) if own is None else own))
