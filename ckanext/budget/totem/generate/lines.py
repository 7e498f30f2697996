"""``LigneBudget`` elements of each stage, from the amounts of an exercise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from ckanext.budget.totem.generate.chance import chance
from ckanext.budget.totem.generate.entries import Amounts, Entry, chart_of
from ckanext.budget.totem.generate.ledger import Exercise, add, exercise
from ckanext.budget.totem.generate.scenarios import Spec
from ckanext.budget.totem.generate.styles import Style
from ckanext.budget.totem.generate.writer import Field
from ckanext.budget.totem.model import Stage

__all__ = ["Row", "euros", "fields", "iterate", "rows"]

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


def _primitive(book: Exercise, spec: Spec) -> Columns:
    carried = {} if book.supplementary else book.carried
    return {"MtBudgPrec": book.prior, "MtRARPrec": carried, "MtPropNouv": book.primitive,
            "MtPrev": book.primitive, "CredOuv": add(book.primitive, carried),
            "MtSup@BudgetHorsRAR": book.prior}


def _supplementary(book: Exercise, spec: Spec) -> Columns:
    vote = book.supplementary
    touched = {key: book.primitive.get(key, 0) for key in add(vote, book.carried)}
    return {"MtBudgPrec": touched, "MtRARPrec": book.carried, "MtPropNouv": vote, "MtPrev": vote,
            "CredOuv": add(touched, vote, book.carried), "MtSup@BudgetHorsRAR": touched}


def _amendment(book: Exercise, spec: Spec) -> Columns:
    vote = book.amendments[spec.number - 1]
    voted = book.voted(spec.number - 1)
    credits = add(voted, book.carried)
    before = {key: credits.get(key, 0) for key in vote}
    return {"MtBudgPrec": before, "MtPropNouv": vote, "MtPrev": vote, "CredOuv": add(before, vote),
            "MtSup@BudgetHorsRAR": {key: voted.get(key, 0) for key in vote}}


def _account(book: Exercise, spec: Spec) -> Columns:
    return {"MtRARPrec": book.carried, "CredOuv": book.credits, "MtReal": book.realised,
            "MtRAR3112": book.outstanding, "MtSup@BudgetHorsRAR": book.voted()}


def _single_account(book: Exercise, spec: Spec) -> Columns:
    return {"MtBudgPrec": book.voted(), **_account(book, spec)}


COLUMNS = {Stage.BP: _primitive, Stage.BS: _supplementary, Stage.DM: _amendment,
           Stage.CA: _account, Stage.CFU: _single_account}
# Amounts that producers with ``zero_amounts`` write even when they are nil, by stage.
ALWAYS = {
    Stage.BP: ("MtPropNouv", "MtPrev"), Stage.BS: ("MtPropNouv", "MtPrev"),
    Stage.DM: ("MtPropNouv", "MtPrev"), Stage.CA: ("MtPrev", "MtReal"),
    Stage.CFU: ("MtBudgPrec", "MtRARPrec", "MtPropNouv", "MtPrev", "CredOuv", "MtReal",
                "MtRAR3112"),
}


@lru_cache(maxsize=32)
def rows(spec: Spec) -> tuple[Row, ...]:
    """Lines of a document, those whose amounts are all nil left out, in the producer's order."""
    columns = COLUMNS[spec.stage](exercise(spec.budget, spec.year), spec)
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


def _chapter(row: Row, spec: Spec, draw: float) -> str:
    """``ContNat``: of an operation line, its nature; sometimes nothing, as in real files."""
    entry = row.entry
    if entry.operation:
        return entry.nature if spec.style.chapter_on_operations else ""
    if entry.order == "0" and draw < SHARE_WITHOUT_CHAPTER:
        return ""
    return entry.chapter


ORDER = ("Nature", "LibCpte", "Fonction", "Operation", "ContNat", "ArtSpe", "ContOp", "CodRD",
         "MtBudgPrec", "MtRARPrec", "MtPropNouv", "MtPrev", "CredOuv", "MtReal", "MtRAR3112",
         "OpBudg", "TypOpBudg", "OpeCpteTiers", "MtSup@BudgetHorsRAR", "CaracSup@Section",
         "CaracSup@TypOpe")


def fields(row: Row, spec: Spec) -> list[Field]:
    """Children of one ``LigneBudget`` in the order of the XSD (TLigneBudget)."""
    entry, style = row.entry, spec.style
    draw = chance(spec.budget.seed, *entry).random()
    label = chart_of(spec.budget, spec.year).labels.get(entry.nature, "")
    values = {
        "Nature": entry.nature,
        "LibCpte": label[:LABEL_LENGTH] if style.labels else "",
        "Fonction": entry.function,
        "Operation": entry.operation,
        "ContNat": _chapter(row, spec, draw),
        "ArtSpe": style.false if style.article else "",
        "ContOp": "" if style.chapter_on_operations else entry.operation,
        "CodRD": entry.rd,
        "OpBudg": entry.order,
        "TypOpBudg": entry.order_type,
        "OpeCpteTiers": entry.tiers,
        "CaracSup@Section": entry.section if style.section else "",
        "CaracSup@TypOpe": "1" if entry.operation else "",
        **_written(row, style, spec.stage),
    }
    return [(name, values[name]) for name in ORDER if values.get(name)]


def iterate(spec: Spec, own: Sequence[Row] | None = None) -> Iterator[list[Field]]:
    """Fields of every line; of ``own`` lines instead of the document's when given."""
    return (fields(row, spec) for row in (rows(spec) if own is None else own))
