"""Write docs/rights.md: who may do what, from the matrix that the tests check and from the code.

python dev/document_rights.py
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "rights.md"
MATRIX = ROOT / "tests" / "ckan" / "rights.tsv"
ROLES = ("anonymous", "user", "member", "stranger", "editor", "admin", "sysadmin")

HEAD = """# Who may do what

<!-- Generated from tests/ckan/rights.tsv and the code by: python dev/document_rights.py -->

Each line is tried by a test as each role (`tests/ckan/test_rights.py`), which also fails when an
action or a page is not in the matrix. *User*: an account without organisation. *Member*, *editor*,
*administrator*: of the organisation that owns the data. *Stranger*: an editor of another one.
What strangers and readers tried, and were told: [Attacks, replayed](attacks.md).

The SIRENs that an organisation publishes for are its field `budget_sirens`: everybody reads it
(`organization_show`, its page), only a sysadmin changes it (`/budgets/confier`, the organisation's
form, `organization_create`, `organization_update`, `organization_patch`, `ckan budget bodies`).
Saved by anybody else, the organisation keeps those that it has. An extra field called `siren` gives
nothing.

| What | On | Anonymous | User | Member | Stranger | Editor | Admin | Sysadmin | At what cost |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
"""

COMMANDS = """
## Commands

Whoever has a shell as the account of the portal acts as the portal itself.

| Command | What it does |
| --- | --- |
"""


def page() -> str:
    """The page as it should be."""
    rows = csv.DictReader(MATRIX.open(encoding="utf-8"), delimiter="\t")
    return HEAD + "".join(map(_row, rows)) + COMMANDS + "".join(_commands())


def _row(row: dict[str, str]) -> str:
    verb = {"action": "", "page": "GET ", "post": "POST "}[row["kind"]]
    marks = (("yes" if row[role] == "yes" else "–") for role in ROLES)
    return f"| `{verb}{row['name']}` | {row['on']} | {' | '.join(marks)} | {row['cost']} |\n"


def _commands() -> Iterator[str]:
    from ckanext.budget.plugin.cli import budget

    yield from _group(budget, "ckan budget")


def _group(group: Any, name: str) -> Iterator[str]:
    for word, command in sorted(group.commands.items()):
        full = f"{name} {word}"
        if isinstance(command, click.Group):
            yield from _group(command, full)
        else:
            yield f"| `{full}` | {command.get_short_help_str(120)} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
