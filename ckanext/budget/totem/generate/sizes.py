"""Documents of any size, streamed: each line is split into many that add up to it.

The split keeps every total to the cent. A line becomes ``copies`` lines of the same nature, each
with a function of the chart; the text around the amounts is rendered once, so that writing is
little more than formatting integers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ckanext.budget.totem.generate.entries import chart_of
from ckanext.budget.totem.generate.lines import Row, euros, fields, rows
from ckanext.budget.totem.generate.names import Planter
from ckanext.budget.totem.generate.scenarios import Spec
from ckanext.budget.totem.generate.writer import Writer

UNITS = {
    "": 1,
    "K": 10**3,
    "KB": 10**3,
    "M": 10**6,
    "MB": 10**6,
    "G": 10**9,
    "GB": 10**9,
    "KO": 10**3,
    "MO": 10**6,
    "GO": 10**9,
}
SIZE = re.compile(r"([0-9]+)\s*([KMG]?[BO]?)", re.IGNORECASE)
PRIME = 7919
AMOUNTS = (
    "MtBudgPrec",
    "MtRARPrec",
    "MtPropNouv",
    "MtPrev",
    "CredOuv",
    "MtReal",
    "MtRAR3112",
    "MtSup@BudgetHorsRAR",
)
BATCH = 256


def parse_size(text: str) -> int:
    """``500MB`` -> bytes (decimal units, B or o); ValueError when it is not a size."""
    found = SIZE.fullmatch(text.strip())
    if not found or found[2].upper() not in UNITS:
        raise ValueError(text)
    return int(found[1]) * UNITS[found[2].upper()]


def shares(amount: int, copies: int) -> Iterator[int]:
    """``amount`` cents split into ``copies`` different parts that add up to it."""
    base, rest = divmod(amount, copies)
    yield base + rest
    span = abs(base) // 2 + 1
    for rank in range(1, copies):
        paired = rank % 2 == 0 or rank + 1 < copies
        shift = (rank + rank % 2) * PRIME % span if paired else 0
        yield base + shift if rank % 2 else base - shift


def _template(row: Row, spec: Spec, writer: Writer, planter: Planter) -> tuple[str, list[str]]:
    """``%`` template of the line, and the amounts that it holds, in order."""
    changing = (*AMOUNTS, "Fonction")
    held = [
        (name, "%s" if name in changing else value.replace("%", "%%"))
        for name, value in fields(row, spec, planter)
    ]
    return writer.record("LigneBudget", 2, held), [name for name, _ in held if name in AMOUNTS]


def _split(row: Row, copies: int, spec: Spec, writer: Writer, planter: Planter) -> Iterator[str]:
    """The lines that ``row`` becomes, in batches."""
    template, names = _template(row, spec, writer, planter)
    parts = [shares(row.amounts.get(name, 0), copies) for name in names]
    functions = chart_of(spec.budget, spec.year).functions
    batch: list[str] = []
    for rank, amounts in enumerate(zip(*parts, strict=True)):
        written = [euros(amount) for amount in amounts]
        if row.entry.function:
            written.insert(0, functions[rank % len(functions)])
        batch.append(template % tuple(written))
        if len(batch) == BATCH:
            yield "".join(batch)
            batch.clear()
    yield "".join(batch)


def _splittable(row: Row) -> bool:
    """Real lines with an account; results, transfers and order operations stay whole."""
    return row.entry.order == "0" and not row.entry.nature.startswith("0")


def filled(spec: Spec, writer: Writer, planter: Planter) -> Iterator[str]:
    """Lines of a document of about ``spec.size`` bytes, less the share of its annexes."""
    own = rows(spec)
    wanted = int((spec.size or 0) * (1 - spec.annex_share))
    whole = [row for row in own if not _splittable(row)]
    split = [row for row in own if _splittable(row)]
    for row in whole:
        yield writer.record("LigneBudget", 2, fields(row, spec, planter))
    once = sum(len(writer.record("LigneBudget", 2, fields(row, spec, planter))) for row in split)
    copies = max(1, round(wanted / max(1, once)))
    for row in split:
        yield from _split(row, copies, spec, writer, planter)
