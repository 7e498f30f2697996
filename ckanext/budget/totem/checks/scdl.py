"""SCDL budget tables, wherever they were made: how they are written, then the rules on sums.

``totem.tables`` reads any table and tells what deviates from the national schema; the sums are
those of the rows as it mends them, which are those of the charts and of the repaired table.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from ckanext.budget.totem import tables
from ckanext.budget.totem.checks.families import rules
from ckanext.budget.totem.checks.model import Collector
from ckanext.budget.totem.checks.report import Report
from ckanext.budget.totem.checks.table import Seen
from ckanext.budget.totem.recognise import explained
from ckanext.budget.totem.scdl import write
from ckanext.budget.totem.tables import NotScdl, told


def check_scdl(path: Path, reference: Mapping[str, int] | None = None) -> Report:
    """Check a table: CSV, xlsx, ods. Raises ``OSError``, ``MissingReader`` for a workbook that
    nothing can read.

    ``reference``: totals in cents by TOTEM element (``MtPrev``…) of the same document's XML or of
    last year's, with which those of the table are compared.
    """
    with path.open("rb") as stream:
        return check_table(stream, reference)


def check_table(
    stream: BinaryIO, reference: Mapping[str, int] | None = None, *, mended: bool = False
) -> Report:
    """As ``check_scdl``, for a seekable stream. ``mended``: what would be left of a table whose
    repair is accepted, with the lines of the file as it is."""
    seen = read(stream, reference or {})
    repairs = [fact for fact in seen.deviations if tables.KINDS[fact.kind].is_mended]
    if mended:
        seen.deviations = [fact for fact in seen.deviations if fact not in repairs]
    collector = Collector(rules("table"))
    collector.apply("table", seen)
    sentences = [fact.whole for fact in repairs]
    return Report("scdl", collector.findings(), rows=seen.rows, repairs=sentences)


def totals(path: Path) -> dict[str, int]:
    """Expenses of a table or a TOTEM document in cents, by the element that matters (``MtPrev``,
    ``MtReal``): the ``reference`` of another table. Empty when the table cannot be read. Raises
    ``OSError``, ``TotemError``."""
    with path.open("rb") as stream, TemporaryFile() as converted:
        is_table = tables.is_workbook(stream) or tables.looks_like_table(stream)
        if not is_table:
            write(stream, converted)
            converted.seek(0)
        facts = read(stream if is_table else converted, {}).facts
    return {facts.amount: facts.total(facts.amount, rd="D")} if facts.lines else {}


def read(stream: BinaryIO, reference: Mapping[str, int]) -> Seen:
    """One pass over the table; what was read before a damaged line is not worth summing."""
    seen = Seen(reference=reference)
    try:
        table = tables.Table(stream)
        for line, cells in table:
            seen.add(line, cells)
        seen.deviations = list(told(table.log))
    except NotScdl as error:
        return Seen(refusal=str(explained(error, stream)))
    return seen
