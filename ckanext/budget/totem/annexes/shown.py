"""What people ask of the annexes, as small tables: who gets how much, how many agents, which taxes.

Read from the published archive (see ``archive``): CSVs whose personal values are masked already.
One row of ``PARTS`` is one table; values are typed by the column (``kind``), and no word is here
but those of the document and of the XSD's code lists.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from ckanext.budget.totem.amounts import cents
from ckanext.budget.totem.privacy import MASK
from ckanext.budget.totem.structure import load

MAX_ROWS = 2_000
"""Rows of one table that a page gets, the largest first; the archive has them all."""
MAX_ENTRY = 32 * 1024 * 1024
"""Bytes of one CSV that are read: that of a very large city has less than one million."""
SMALLEST_GROUP = 5
"""Agents under which a group is merged with the others: fewer could be recognised."""

_TOTAL = "99"
"""Of ``CodSousTypContrib``: a row that adds the others up."""

Record = Mapping[str, str]
Cells = list[Any]


@dataclass(frozen=True)
class Part:
    """One table of the page.

    ``source``: end of the CSV's name. ``columns``: (id, kind), where kind is ``text``, ``cents``,
    ``hundredths`` (of posts), ``points`` (hundredths of per cent) or ``count``; ``measure``: the
    column that the picture draws.
    ``rows``: records of the CSV -> cells; None: unknown, and for a text: masked.
    """

    id: str
    source: str
    columns: tuple[tuple[str, str], ...]
    measure: str
    rows: Callable[[Iterable[Record]], Iterable[Cells]]


def tables_of(archive: BinaryIO) -> dict[str, dict[str, Any]]:
    """JSON-ready tables by id of ``PARTS``, those that the archive has: ``columns``, ``measure``,
    ``rows``, ``count`` (before ``MAX_ROWS``). Raises ``zipfile.BadZipFile`` and ``OSError``."""
    with zipfile.ZipFile(archive) as packed:
        found = {part.id: _table(part, packed, entry) for part, entry in _present(packed)}
        listed = list(_contents(packed))
    tables = {name: table for name, table in found.items() if table["count"]}
    if listed:
        tables["contents"] = _as_table((("annex", "text"), ("rows", "count")), "rows", listed)
    return tables


def _present(packed: zipfile.ZipFile) -> Iterator[tuple[Part, zipfile.ZipInfo]]:
    for part in PARTS:
        for entry in packed.infolist():
            if entry.filename.endswith(f"-{part.source}.csv") and entry.file_size <= MAX_ENTRY:
                yield part, entry
                break


def _table(part: Part, packed: zipfile.ZipFile, entry: zipfile.ZipInfo) -> dict[str, Any]:
    with packed.open(entry) as stream:
        records = csv.DictReader(io.TextIOWrapper(stream, encoding="utf-8", newline=""))
        return _as_table(part.columns, part.measure, list(part.rows(records)))


def _as_table(
    columns: tuple[tuple[str, str], ...], measure: str, rows: list[Cells]
) -> dict[str, Any]:
    return {
        "columns": [{"id": name, "kind": kind} for name, kind in columns],
        "measure": measure,
        "rows": rows[:MAX_ROWS],
        "count": len(rows),
    }


def _contents(packed: zipfile.ZipFile) -> Iterator[Cells]:
    """Title and number of rows of every annex: the title is that of its Table Schema."""
    names = set(packed.namelist())
    for name in packed.namelist():
        schema = f"{name.removesuffix('.csv')}.schema.json"
        if not name.endswith(".csv") or schema not in names:
            continue
        yield [_title(packed, schema), _count(packed, name)]


def _title(packed: zipfile.ZipFile, schema: str) -> str:
    return str(json.loads(packed.read(schema)).get("title") or schema)


def _count(packed: zipfile.ZipFile, name: str) -> int | None:
    if packed.getinfo(name).file_size > MAX_ENTRY:
        return None
    with packed.open(name) as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
        return max(0, sum(1 for _ in csv.reader(text)) - 1)


def _by_amount(rows: Iterable[Cells], place: int) -> list[Cells]:
    return sorted(rows, key=lambda row: -(row[place] or 0))


def _grants(records: Iterable[Record]) -> list[Cells]:
    rows = (
        [
            _text(record, "LibOrgaBenef"),
            _label("CONCOURS", "CodNatJurBenefCA", record),
            _text(record, "ObjSubv", "DenomOuNumSubv", "LibPrestaNat"),
            _amount(record, "MtSubv"),
        ]
        for record in records
    )
    return _by_amount(rows, 3)


def _staff(records: Iterable[Record]) -> list[Cells]:
    return _grouped(records, lambda record: record.get("CodCatAgent", "").strip()[:1])


def _sectors(records: Iterable[Record]) -> list[Cells]:
    def sector(record: Record) -> str:
        for name in ("CodSectAgentTitulaire", "CodSectAgentNonTitulaire"):
            if record.get(name):
                label = _label("PERSONNEL", name, record) or ""
                # The two code lists name one and the same branch a little differently.
                return label.split(" (")[0].removeprefix("Filière ").capitalize()
        return ""

    return _grouped(records, sector)


_BRANCHES = {"Administratif": "Administrative", "Social": "Sociale", "Sportif": "Sportive",
             "Culturel": "Culturelle", "Médico-social": "Médico-sociale",
             "Technique et informatique": "Technique", "Médico-technique": "Médico-technique",
             "Non cités": "Emplois non cités"}  # fmt: skip


def _grouped(records: Iterable[Record], group_of: Callable[[Record], str]) -> list[Cells]:
    """Posts of the budget and posts filled by group; the small groups are one, of the empty
    name."""
    sums: dict[str, list[int]] = {}
    for record in records:
        group = group_of(record)
        known = sums.setdefault(_BRANCHES.get(group, group), [0, 0])
        known[0] += _amount(record, "EffectifBud") or 0
        known[1] += _amount(record, "EffectifPourvu") or 0
    merged = _without_small(sums)
    rows = [[group, *counts] for group, counts in merged.items() if any(counts)]
    return sorted(rows, key=lambda row: (row[0] == "", -row[2], row[0]))


def _without_small(sums: Mapping[str, list[int]]) -> dict[str, list[int]]:
    """The smallest groups are added up until what they make is no small group itself."""
    left = dict(sorted(sums.items(), key=lambda item: (item[0] != "", max(item[1]))))
    merged = left.pop("", [0, 0])
    for group, counts in list(left.items()):
        if max(counts) < 100 * SMALLEST_GROUP or 0 < max(merged) < 100 * SMALLEST_GROUP:
            merged = [merged[0] + counts[0], merged[1] + counts[1]]
            del left[group]
    return left | {"": merged}


def _taxes(records: Iterable[Record]) -> list[Cells]:
    rows = (
        [
            _text(record, "LibTaxe") or _label("FISCALITE", "CodSousTypContrib", record),
            _amount(record, "MtBaseNotif"),
            _amount(record, "TxApplicConsMunic"),
            _amount(record, "MtProdVote"),
        ]
        for record in records
        if record.get("CodSousTypContrib", "").strip() != _TOTAL
    )
    return _by_amount(rows, 3)


def _programmes(records: Iterable[Record]) -> list[Cells]:
    rows = (
        [
            _text(record, "LibAutori", "NumAutori"),
            _label("APCP", "CodTypAutori", record),
            _amount(record, "MtAutoriVote"),
            _amount(record, "MtCPAnt"),
            _amount(record, "MtCPOuv"),
            _amount(record, "MtCPReal"),
            _amount(record, "MtCredAFinanc_NPlus1"),
        ]
        for record in records
        if record.get("CodSTypAutori", "").strip() != "R"  # ratios, not amounts
    )
    return _by_amount(rows, 2)


def _statement(records: Iterable[Record]) -> Iterator[Cells]:
    """Lines of a balance sheet or of an income statement that have an amount, in their order;
    ``total`` marks those that add others up, which a picture must not add again."""
    for record in records:
        now, before = _amount(record, "MtNet"), _amount(record, "MtNet-1")
        if record.get("Format", "").endswith("AGI") or (now is None and before is None):
            continue  # « dont »: part of another line
        kind = "total" if record.get("ModeTraitement") == "TOTALISATION" else "line"
        yield [_text(record, "Intitule1"), record.get("Etat", ""), kind, now, before]


_STATEMENT = (
    ("line", "text"), ("state", "text"), ("level", "text"), ("now", "cents"), ("before", "cents"),
)  # fmt: skip
_POSTS = (("group", "text"), ("posts", "hundredths"), ("filled", "hundredths"))

PARTS = (
    Part("grants", "concours", (
        ("beneficiary", "text"), ("kind", "text"), ("purpose", "text"), ("amount", "cents"),
    ), "amount", _grants),
    Part("staff", "personnel", _POSTS, "filled", _staff),
    Part("sectors", "personnel", _POSTS, "filled", _sectors),
    Part("taxes", "fiscalite", (
        ("tax", "text"), ("base", "cents"), ("rate", "points"), ("product", "cents"),
    ), "product", _taxes),
    Part("programmes", "apcp", (
        ("programme", "text"), ("kind", "text"), ("voted", "cents"), ("paid_before", "cents"),
        ("credits", "cents"), ("paid", "cents"), ("left", "cents"),
    ), "voted", _programmes),
    Part("balance", "bilan", _STATEMENT, "now", _statement),
    Part("income", "compte-de-resultat", _STATEMENT, "now", _statement),
)  # fmt: skip


def _text(record: Record, *names: str) -> str | None:
    """The first text that the record tells, None when it is masked."""
    told = next((text for name in names if (text := (record.get(name) or "").strip())), "")
    return None if MASK in told else told


def _amount(record: Record, name: str) -> int | None:
    written = (record.get(name) or "").strip()
    return cents(written) if written else None


def _label(container: str, name: str, record: Record) -> str:
    """The label of a code in the XSD, else nothing: only what a code list holds is shown."""
    field = load().field(container, name)
    return (field.codes if field else {}).get((record.get(name) or "").strip(), "")
