"""The repaired table: what can be mended without guessing is, the rest is told with its place."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from typing import BinaryIO

from ckanext.budget.totem.scdl import COLUMNS
from ckanext.budget.totem.tables.kinds import KINDS
from ckanext.budget.totem.tables.log import Log
from ckanext.budget.totem.tables.reader import Table
from ckanext.budget.totem.tables.sentences import told


@dataclass
class Repaired:
    """``mended`` and ``refused``: French sentences, causes first; ``rows``: lines written."""

    rows: int = 0
    mended: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def repair(stream: BinaryIO, out: BinaryIO) -> Repaired:
    """Write the table as SCDL: UTF-8, commas, CRLF, 22 columns in order. Raises NotScdl.

    A cell that is refused is written as it was; a column that is missing stays empty. A table
    without any defect comes out with the same values.
    """
    table = Table(stream)
    rows = 0
    text = io.TextIOWrapper(out, "utf-8", newline="", write_through=False)
    try:
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        for _, cells in table:
            writer.writerow(cells)
            rows += 1
    finally:
        text.detach()
    return _summary(rows, table.log)


def _summary(rows: int, log: Log) -> Repaired:
    repaired = Repaired(rows)
    for defect in told(log):
        is_mended = KINDS[defect.kind].is_mended
        (repaired.mended if is_mended else repaired.refused).append(defect.whole)
    return repaired
