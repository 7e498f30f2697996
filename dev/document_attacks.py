"""Write docs/attacks.md: what was tried against others, what it did before and what is read now.

BUDGET_ATTACKS=answers.tsv bin/test tests/ckan/test_attacks.py
python dev/document_attacks.py [answers.tsv]

The answers of a run take the place of those kept in tests/ckan/attacks.tsv; what an earlier version
answered stays.
"""

from __future__ import annotations

import csv
import html
import re
from collections.abc import Iterator
from pathlib import Path

import click

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "attacks.md"
KEPT = ROOT / "tests" / "ckan" / "attacks.tsv"
FIELDS = ("table", "who", "what", "before", "now")
LONGEST = 230
"""Characters of an answer that are shown."""

MOST_FIELDS = 4
"""Fields of a call that are named."""

VOLATILE = (
    (re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "…"),
    (re.compile(r"(?<=organisation )« [^»]*»|(?<=publié par )« [^»]*»"), "« … »"),
    (re.compile(r"(?<=tilisateur )(?!n'|non|pour)\w+|(?<=Le compte )\w+"), "…"),
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1"),
)

HEAD = """# Attacks, replayed

<!-- Generated from tests/ckan/attacks.tsv by: python dev/document_attacks.py -->

What an editor of another organisation (*stranger*), an accomplice or a reader may try, by
`tests/ckan/test_attacks.py`: two organisations, three editors, real database, storage, DataStore
and Solr. Before and after each attack the test compares all that belongs to the other organisation
(datasets, resources, members, reports, sources, files, rows, index): nothing may change, and the
attacker reads one clear sentence, in French on a French portal.

*Before* is the version of 24 November 2026 (34badd5), where the same file was run, or what is said
with its own date; *now* is this one: {cases} attacks, {doors} calls of other actions, nothing
changed by any. To run it again and write this page again:

    BUDGET_ATTACKS=answers.tsv bin/test tests/ckan/test_attacks.py
    python dev/document_attacks.py answers.tsv

"No answer" means that the call was stopped after a minute. Some rows of *before* show less than was
seen elsewhere: the source that publishes as the other organisation was tried with a document that
was online already, the map's table answers while there are few budgets, and the two hostile
documents were refused within the minute.

| Who | What | Before | Now |
| --- | --- | --- | --- |
"""

DOORS = """
## Every other action that could touch the other organisation

Each with the fields named, on what belongs to the other organisation. `test_no_other_door_opens`
fails for an answer in English and for an error that is no refusal;
`test_every_action_of_the_harvest_is_tried` for an action of ckanext-harvest that nobody tried.

| Action | With | The stranger reads | The reader without account reads |
| --- | --- | --- | --- |
"""

ELSEWHERE = """
## Tried elsewhere, by tests of their own

| What | Test |
| --- | --- |
| accepted source that then changes what it is | `harvest/test_grants.py` |
| privileged source by each of seven doors (form, API, patch, revise) | `harvest/test_grants.py` |
| `siren` typed as an extra field of one's organisation | `publication/test_bodies_field.py` |
| names and ids of budgets taken before they are published | `publication/test_ownership.py` |
| claims of trust typed as fields and as extra fields | `publication/test_ownership.py` |
| former publisher's ways back for a body, and its régies | `publication/test_ownership.py` |
| deleted budget in the way of the body it is given to | `publication/test_ownership.py` |
| GET and HEAD that delete, clear, run and stop | `harvest/test_confirmed.py` |
| addresses and fields without end, on every page | `core/test_request_limits.py` |
| hostile documents, shape by shape | `tests/totem/test_hostile.py` |
"""


def page() -> str:
    """The page as it should be."""
    rows = kept()
    cases = [row for row in rows if row["table"] == "case"]
    doors = [row for row in rows if row["table"] == "door"]
    told = HEAD.format(cases=len(cases), doors=len({row["what"] for row in doors}))
    lines = [
        f"| {row['who']} | {row['what']} | {row['before']} | {row['now']} |\n" for row in cases
    ]
    return told + "".join(lines) + DOORS + "".join(_by_action(doors)) + ELSEWHERE


def _by_action(doors: list[dict[str, str]]) -> Iterator[str]:
    said = {(row["who"], row["what"]): row["now"] for row in doors}
    for what in dict.fromkeys(row["what"] for row in doors):
        name, _, fields = what.partition(" ")
        names = fields.split(", ")
        fields = ", ".join([*names[:MOST_FIELDS], *["…"] * (len(names) > MOST_FIELDS)])
        answers = [said.get((who, what)) or "–" for who in ("stranger", "anonymous")]
        yield f"| `{name}` | {fields or '–'} | {' | '.join(answers)} |\n"


def kept() -> list[dict[str, str]]:
    """Rows of the table of answers, as they are kept."""
    with KEPT.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))


def short(said: str) -> str:
    """An answer without what changes with every run, in one cell."""
    said = html.unescape(said)
    for pattern, text in VOLATILE:
        said = pattern.sub(text, said)
    said = re.sub(r"\s+", " ", said).replace("|", "¦").strip()
    return said if len(said) <= LONGEST else said[: LONGEST - 1] + "…"


def merged(answers: Path) -> list[dict[str, str]]:
    """The rows of a run, with what an earlier version answered to the same."""
    before = {(row["table"], row["what"]): row["before"] for row in kept()}
    with answers.open(encoding="utf-8", newline="") as stream:
        found = csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
        rows = [dict(zip(FIELDS, [*row[:3], "", row[3]], strict=True)) for row in found]
    return [
        row
        | {"before": before.get((row["table"], row["what"]), "not tried"), "now": short(row["now"])}
        for row in rows
    ]


@click.command()
@click.argument("answers", required=False, type=click.Path(exists=True, path_type=Path))
def main(answers: Path | None) -> None:
    """Write the page again, with the ANSWERS of a run if they are given."""
    if answers:
        rows = merged(answers)
        lines = ["\t".join(FIELDS), *("\t".join(row[name] for name in FIELDS) for row in rows)]
        KEPT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
