"""Cell by cell against yatotem2scdl (PyPI), the converter in production in Brittany.

    python benchmarks/compare_yatotem.py FILE|DIR ... --plans DIR

Wherever the peer gives a value, ours must be the same. A difference is either explained by one of
``EXPLAINED`` and counted, or printed: then the exit code is 1. The cells that the peer leaves
empty and that this library fills are counted by column.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from ckanext.budget.totem.columns import COLUMNS
from ckanext.budget.totem.scdl import write

EXPLAINED: dict[str, Callable[[str, str, str], bool]] = {
    "capital letter of BGT_NATDEC, outside the schema's list": lambda column, theirs, ours: (
        column == "BGT_NATDEC" and theirs.lower() == ours
    ),
    "spaces around a value": lambda column, theirs, ours: theirs.strip() == ours.strip(),
}


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def theirs(path: Path, plans: Path) -> list[dict[str, str]]:
    from yatotem2scdl.conversion import ConvertisseurTotemBudget

    out = io.StringIO()
    ConvertisseurTotemBudget().totem_budget_vers_scdl(path, plans, out)
    return rows_of(out.getvalue())


def ours(path: Path) -> list[dict[str, str]]:
    out = io.BytesIO()
    with open(path, "rb") as stream:
        write(stream, out)
    return rows_of(out.getvalue().decode("utf-8"))


def compare(path: Path, plans: Path, counts: Counter[str]) -> int:
    """Unexplained differences of one document; ``counts`` gets all the others."""
    left, right = theirs(path, plans), ours(path)
    if len(left) != len(right):
        print(f"{path.name}: {len(left)} rows there, {len(right)} here")
        return 1
    unexplained = 0
    for number, (their_row, our_row) in enumerate(zip(left, right, strict=True), 1):
        for column in COLUMNS:
            unexplained += _cell(path, number, column, their_row[column], our_row[column], counts)
    counts["rows"] += len(left)
    return unexplained


def _cell(path: Path, row: int, column: str, their: str, our: str, counts: Counter[str]) -> int:
    if their == our:
        counts["equal cells"] += 1
        return 0
    if not their:
        counts[f"filled by us: {column}"] += 1
        return 0
    for reason, explains in EXPLAINED.items():
        if explains(column, their, our):
            counts[f"explained: {reason}"] += 1
            return 0
    print(f"{path.name}, row {row}, {column}: {their!r} there, {our!r} here")
    return 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--plans", required=True, type=Path, help="official charts of accounts")
    args = parser.parse_args()
    counts: Counter[str] = Counter()
    unexplained = 0
    for path in args.paths:
        for document in sorted(path.glob("*.xml")) if path.is_dir() else [path]:
            try:
                unexplained += compare(document, args.plans, counts)
                counts["documents"] += 1
            except Exception as error:
                print(f"{document.name}: the peer fails ({type(error).__name__})")
                counts["documents that only we convert"] += 1
    for name, count in sorted(counts.items()):
        print(f"{count:>9}  {name}")
    print(f"{unexplained:>9}  unexplained differences")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
