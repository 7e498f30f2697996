"""Tables for readers as CSV: the only module that writes one.

No cell may be taken for a formula by a spreadsheet: the names here come from anybody's document.
The SCDL and annex tables are data that programs read: their values stay those of the document,
which a publisher of the portal signed.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from flask import Response, stream_with_context

_FORMULA = re.compile(r"\s*[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?[\d\s.,]+%?")


def escape_formula(cell: Any) -> Any:
    """``cell``, after an apostrophe when a spreadsheet would run it (``=…``, ``+…``, ``@…``)."""
    if isinstance(cell, str) and _FORMULA.match(cell) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def csv_response(rows: Iterable[Sequence[Any]], name: str) -> Response:
    """A CSV file sent as it is made; the mark lets spreadsheets read UTF-8."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(
        stream_with_context(_lines(rows)), content_type="text/csv; charset=utf-8", headers=headers
    )


def _lines(rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    yield "\ufeff"
    for row in rows:
        text = io.StringIO()
        csv.writer(text).writerow(map(escape_formula, row))
        yield text.getvalue()
