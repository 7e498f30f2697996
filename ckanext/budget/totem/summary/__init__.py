"""What charts need: a budget's lines added up in integer cents, small enough for a browser.

Two ways in, one result::

    summary = summarise(open("budget.csv", "rb").read())        # any SCDL CSV, also made elsewhere
    totals = Totals(); writer = ScdlWriter(document, out, observe=totals); …
    summary = summarise_document(totals, writer.rows, document.header)

``summary.payload`` is JSON-ready (its shape: docs/charts.md); ``summary.body`` is that JSON,
gzipped, bounded by ``MAX_BYTES`` whatever the number of lines.
"""

from __future__ import annotations

from ckanext.budget.totem.summary.cube import KINDS, Cell, Cube
from ckanext.budget.totem.summary.debt import Debt
from ckanext.budget.totem.summary.figures import FIGURES, figures_of
from ckanext.budget.totem.summary.payload import (
    MAX_BYTES,
    VERSION,
    Hints,
    Summary,
    summarise_cube,
    summarise_document,
)
from ckanext.budget.totem.summary.ratios import Beside
from ckanext.budget.totem.summary.table import NotScdl, TooManyRows, read, summarise
