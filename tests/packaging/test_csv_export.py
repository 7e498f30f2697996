"""One module writes CSV for readers: its cells are no formulas of a spreadsheet."""

from __future__ import annotations

import re
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "ckanext" / "budget"
LIBRARY = ("totem", "collect", "opendata")
"""Their CSVs are data that programs read: SCDL, annexes, code tables, lines of all budgets."""


def test_only_one_module_of_the_portal_writes_csv():
    writers = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if path.relative_to(PACKAGE).parts[0] not in LIBRARY
        and re.search(r"csv\.(?:Dict)?[Ww]riter", path.read_text(encoding="utf-8"))
    }
    assert writers == {"core/csv_export.py"}
