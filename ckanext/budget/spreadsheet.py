"""Cells of our own tables that a spreadsheet must not take for formulas.

The SCDL and annex tables are data that programs read: their values stay those of the document,
which a publisher of the portal signed. Here names come from anybody's document, for readers.
"""

from __future__ import annotations

import re
from typing import Any

_FORMULA = re.compile(r"\s*[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?[\d\s.,]+%?")


def inert(cell: Any) -> Any:
    """``cell``, after an apostrophe when a spreadsheet would run it (``=…``, ``+…``, ``@…``)."""
    if isinstance(cell, str) and _FORMULA.match(cell) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell
