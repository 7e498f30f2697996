"""CSV files written row by row, whose columns may grow while the source is read."""

from __future__ import annotations

import csv
import os
from pathlib import Path

from ckanext.budget.totem.errors import TooLarge

MAX_COLUMNS = 500
"""The widest annex of the XSD has 111; a hostile document would widen every row without end."""


class GrowingTable:
    """A UTF-8, comma-separated file; unknown columns join at the end as rows bring them.

    Memory does not depend on the number of rows. The file appears at ``path`` on ``close`` only,
    whole (written beside, then renamed); ``discard`` leaves nothing.
    """

    def __init__(self, path: Path, columns: tuple[str, ...]) -> None:
        self.path = path
        self.columns = list(columns)
        self.rows = 0
        self._known = set(columns)
        self._header: list[str] = []
        self._part = path.with_name(f".{path.name}.part")
        self._out = self._part.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._out, lineterminator="\n")

    def write(self, row: dict[str, str]) -> None:
        """Append one row: values by column name, absent ones empty."""
        if not self._known.issuperset(row):
            new = [name for name in row if name not in self._known]
            if len(self.columns) + len(new) > MAX_COLUMNS:
                raise TooLarge(
                    f"Une annexe a plus de {MAX_COLUMNS} colonnes : ce n'est pas un export "
                    "ordinaire, exportez-le de nouveau."
                )
            self.columns += new
            self._known.update(new)
        if not self.rows:
            self._header = list(self.columns)
            self._writer.writerow(self._header)
        self._writer.writerow([row.get(name, "") for name in self.columns])
        self.rows += 1

    def close(self) -> None:
        """Finish the file; rewritten once when columns joined after the first row."""
        if not self.rows:
            self._writer.writerow(self.columns)
        self._out.close()
        if self.rows and len(self._header) < len(self.columns):
            self._widen()
        os.replace(self._part, self.path)

    def discard(self) -> None:
        """Give up: remove what was written."""
        self._out.close()
        self._part.unlink(missing_ok=True)

    def _widen(self) -> None:
        wide = self._part.with_name(self._part.name + ".wide")
        with (
            self._part.open(encoding="utf-8", newline="") as source,
            wide.open("w", encoding="utf-8", newline="") as out,
        ):
            rows = csv.reader(source)
            writer = csv.writer(out, lineterminator="\n")
            next(rows)
            writer.writerow(self.columns)
            width = len(self.columns)
            writer.writerows(row + [""] * (width - len(row)) for row in rows)
        os.replace(wide, self._part)
