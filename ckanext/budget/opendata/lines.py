"""Lines of all documents: one Parquet file for each exercise and stage.

A file is written again from its former rows, less those of documents that changed or left, plus
those of the published tables that are new, in the order of documents and of their own lines. What
is computed depends on codes only (movement, plain categories), once per combination of codes.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Collection, Iterable, Iterator
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from ckanext.budget.core.storage import path_of
from ckanext.budget.opendata import schema
from ckanext.budget.opendata.engine import quoted
from ckanext.budget.opendata.errors import Unreadable
from ckanext.budget.opendata.sources import Source
from ckanext.budget.totem.amounts import cents
from ckanext.budget.totem.columns import AMOUNTS, COLUMNS
from ckanext.budget.totem.summary.categories import category_of
from ckanext.budget.totem.summary.cube import cell_of

BATCH = 500
"""Tables that are read in one statement."""
BUFFER = 8 << 20
"""Bytes of a CSV file that DuckDB reads at a time; by default four times as many for each."""
PARQUET = "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 40960)"
"""Small groups of rows: a writer holds one of each file in memory."""
NAME = "lignes"
_HEAD = ",".join(COLUMNS).encode()
_CODES = (
    "BGT_SECTION", "BGT_CODRD", "BGT_OPBUDG", "BGT_CONTNAT", "BGT_NATURE", "BGT_FONCTION",
)  # fmt: skip
_MOVEMENTS = {"0": "reel", "1": "ordre", "2": "reporte"}
_NAMES = ", ".join(column.name for column in schema.columns(NAME))
MERGED = 100
"""New documents that are put between former rows; above, the whole partition is read again."""
_OF_SOURCE = {
    "ressource": "resource",
    "document": "document",
    "exercice": "year",
    "etape": "stage",
    "siren": "siren",
    "collectivite": "body",
    "type_collectivite": "kind",
    "code_insee": "insee",
    "departement": "department",
    "population": "population",
    "type_budget": "budget_type",
    "nomenclature": "norm",
}
"""Columns that the sheet of the document gives."""


def path_for(year: str, stage: str) -> str:
    """Where the lines of an exercise and stage lie: partitioned as Hive does."""
    return f"lignes/exercice={year}/etape={stage}/lignes.parquet"


def write(
    connection: Any,
    former: Path | None,
    stale: Collection[str],
    new: list[Source],
    every: list[Source],
    target: Path,
) -> list[tuple[Source, str]]:
    """Write the file of one partition, or none when nothing is left in it.

    ``former``: the file to start from; ``stale``: resources whose rows leave it; ``every``: all the
    documents of the partition, which are read when too many are ``new``. Returns the documents
    that could not be read, each with its sentence.

    Nothing is sorted, which would take memory with the size of the partition: documents are read
    in order, and take their places between former rows, which are in order too.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    work = target.with_suffix(".work")
    work.mkdir()
    if former is None or len(new) > MERGED:
        former, new = None, every
    new = sorted(new, key=lambda source: (source.document, source.resource))
    left_out = _gather(connection, new, work)
    _classify(connection, work)
    parts = _merged(former, stale, new) if former else [_classified()]
    connection.execute(f"CREATE OR REPLACE TABLE whole AS {parts[0]}")
    for part in parts[1:]:  # one after the other: each holds its own memory
        connection.execute(f"INSERT INTO whole {part}")
    connection.execute(f"COPY whole TO {quoted(str(target))} {PARQUET}")
    for name in ("fresh", "codes", "described", "whole"):
        connection.execute(f"DROP TABLE {name}")
    if not connection.execute(f"SELECT count(*) FROM {parquet(target)}").fetchone()[0]:
        target.unlink()
    shutil.rmtree(work)
    return left_out


def _merged(former: Path, stale: Collection[str], new: list[Source]) -> list[str]:
    """Queries that give, one after the other, former and new rows in the order of documents."""
    gone = ", ".join(map(quoted, sorted(stale))) or "''"
    kept = f"SELECT {_NAMES} FROM {parquet(former)} WHERE ressource NOT IN ({gone})"
    parts, after = [], ""
    for document in sorted({source.document for source in new}):
        name = quoted(document)
        parts.append(f"{kept}{after} AND document < {name}")
        parts.append(f"{_classified()} WHERE document = {name}")
        after = f" AND document >= {name}"
    return [*parts, f"{kept}{after}"]


def parquet(*paths: Path) -> str:
    """What SQL reads these files by; their own columns tell the exercise and the stage."""
    names = ", ".join(quoted(str(path)) for path in paths)
    return f"read_parquet([{names}], hive_partitioning = false)"


def load(
    connection: Any, table: str, columns: dict[str, str], rows: Iterable[Any], to: Path
) -> None:
    """Make a table of rows of texts, by a CSV that is removed: inserts would take minutes."""
    with to.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows(rows)
    connection.execute(
        f"CREATE OR REPLACE TABLE {table} AS SELECT {', '.join(columns)} "
        f"FROM {csv_files([to], columns, header=False)}"
    )
    to.unlink()


def csv_files(paths: Iterable[Path], columns: dict[str, str], header: bool) -> str:
    """What SQL reads these CSV files by, with a column ``filename``."""
    names = ", ".join(quoted(str(path)) for path in paths)
    types = ", ".join(f"{quoted(name)}: {quoted(kind)}" for name, kind in columns.items())
    return (
        f"read_csv([{names}], columns = {{{types}}}, header = {str(header).lower()}, delim = ',', "
        "quote = '\"', escape = '\"', auto_detect = false, filename = true, "
        f"buffer_size = {BUFFER})"
    )


def _gather(connection: Any, new: list[Source], work: Path) -> list[tuple[Source, str]]:
    """Read the published tables into ``fresh``; those that cannot be read, with the reason."""
    paths = {source: path_of(source.resource) for source in new}
    known = {column.name: column.type for column in schema.columns(NAME)}
    described = {"path": "VARCHAR"} | {name: known[name] for name in _OF_SOURCE}
    rows = ((_place(path), *_told(source)) for source, path in paths.items())
    load(connection, "described", described, rows, work / "described")
    own = ", ".join(f"{name} {kind}" for name, kind in described.items() if name != "path")
    lines = ", ".join(f"{name} {known[name]}" for name in COLUMNS)
    connection.execute(f"CREATE OR REPLACE TABLE fresh ({own}, {lines}, odd BOOLEAN)")
    odd: list[Source] = []
    usual = [one for one, path in paths.items() if _is_usual(path, one, odd)]
    for batch in batches(usual):
        odd += _read(connection, {str(paths[one]): one for one in batch})
    left_out = []
    for source in odd:
        try:
            path = _normalised(paths[source], work / "normal")
            connection.execute("UPDATE described SET path = ? WHERE ressource = ?",
                               [str(path), source.resource])  # fmt: skip
            if _read(connection, {str(path): source}):
                raise Unreadable("des montants ne sont pas des nombres")
        except Unreadable as error:
            left_out.append((source, str(error)))
    return left_out


def _place(path: Path | None) -> str:
    return str(path) if path else ""


def _told(source: Source) -> list[str]:
    """The values of ``_OF_SOURCE``; what is no number where one is due stays empty."""
    values = {name: getattr(source, field) for name, field in _OF_SOURCE.items()}
    values["population"] = number(values["population"])
    return list(values.values())


def number(text: str) -> str:
    """Digits that make a number of 32 bits, else nothing."""
    return text if text.isascii() and text.isdigit() and len(text) < 10 else ""


def _is_usual(path: Path | None, source: Source, odd: list[Source]) -> bool:
    """Whether the file has the 22 columns in their order; another is noted in ``odd``."""
    if path is None or not path.is_file():
        odd.append(source)
        return False
    with path.open("rb") as stream:
        if stream.readline(4096).rstrip(b"\r\n") == _HEAD:
            return True
    odd.append(source)
    return False


def _read(connection: Any, sources: dict[str, Source]) -> list[Source]:
    """Add the files to ``fresh``; those that did not read as they should, whose rows are out."""
    import duckdb

    amounts = {name: f"TRY_CAST(trim(raw.{name}) AS {schema.AMOUNT})" for name in AMOUNTS}
    cells = ", ".join(amounts.get(name) or _cell(name) for name in COLUMNS)
    odd = " OR ".join(
        f"(raw.{name} IS NOT NULL AND {cast} IS NULL)" for name, cast in amounts.items()
    )
    own = ", ".join(f"d.{name}" for name in _OF_SOURCE)
    raw = csv_files(map(Path, sources), dict.fromkeys(COLUMNS, "VARCHAR"), header=True)
    try:
        connection.execute(
            f"INSERT INTO fresh SELECT {own}, {cells}, {odd} FROM {raw} raw "
            "JOIN described d ON d.path = raw.filename"
        )
    except duckdb.Error:
        if len(sources) == 1:
            return list(sources.values())
        return [
            one for path, source in sources.items() for one in _read(connection, {path: source})
        ]
    found = connection.execute("SELECT DISTINCT ressource FROM fresh WHERE odd").fetchall()
    if not found:
        return []
    connection.execute(
        "DELETE FROM fresh WHERE ressource IN (SELECT ressource FROM fresh WHERE odd)"
    )
    names = {name for (name,) in found}
    return [source for source in sources.values() if source.resource in names]


def _cell(name: str) -> str:
    return f"TRY_CAST(raw.{name} AS SMALLINT)" if name == "BGT_ANNEE" else f"raw.{name}"


def _normalised(path: Path | None, to: Path) -> Path:
    """The table with the 22 columns, in their order, amounts as ``-1234.56``. Raises Unreadable."""
    if path is None or not path.is_file():
        raise Unreadable("le fichier n'est pas dans le stockage du portail")
    try:
        with (
            path.open(encoding="utf-8-sig", newline="") as stream,
            to.open("w", encoding="utf-8", newline="") as out,
        ):
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(COLUMNS)
            for row in csv.DictReader(stream):
                writer.writerow([_written(name, row.get(name) or "") for name in COLUMNS])
    except (UnicodeDecodeError, csv.Error):
        raise Unreadable("ce n'est pas un fichier CSV en UTF-8") from None
    return to


def _written(name: str, text: str) -> str:
    if name not in AMOUNTS or not text.strip():
        return text.strip()
    found = cents(text)
    if found is None:
        raise Unreadable("des montants ne sont pas des nombres")
    return str(Decimal(found).scaleb(-2))


def _classify(connection: Any, work: Path) -> None:
    """The table ``codes``: movement and plain categories of each combination of codes."""
    keys = ", ".join(f"coalesce({name}, '')" for name in ("nomenclature", *_CODES))
    found = connection.execute(f"SELECT DISTINCT {keys} FROM fresh").fetchall()
    columns = [f"key{number}" for number in range(len(_CODES) + 1)]
    columns += ["mouvement", "categorie", "politique"]
    load(
        connection,
        "codes",
        dict.fromkeys(columns, "VARCHAR"),
        ((*codes, *_meaning(*codes)) for codes in found),
        work / "codes",
    )


def _meaning(norm: str, *codes: str) -> tuple[str, str, str]:
    cell = cell_of(codes[:3], codes[3:])
    plain = (category_of(axis, norm, cell) for axis in ("nature", "policy"))
    return (_MOVEMENTS.get(cell.order, "inconnu"), *plain)  # type: ignore[return-value]


def _classified() -> str:
    keys = " AND ".join(
        f"coalesce(fresh.{name}, '') = coalesce(codes.key{number}, '')"
        for number, name in enumerate(("nomenclature", *_CODES))
    )
    return f"SELECT {_NAMES} FROM fresh JOIN codes ON {keys}"


def batches(sources: Iterable[Source]) -> Iterator[list[Source]]:
    """So many at a time as one statement reads."""
    left = iter(sources)
    while batch := list(islice(left, BATCH)):
        yield batch
