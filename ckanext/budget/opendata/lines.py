"""Lines of all documents: a Parquet file for each exercise and stage, a CSV for each exercise.

Documents of a partition, in their order, make small groups. Each group is some row groups of the
Parquet file and one member of the CSV (gzip files may be joined). A group whose documents are those
of the last build is copied as it lies in the former files; another is made again from the published
tables. What is computed depends on codes only (movement, plain categories), once per combination.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import shutil
import zlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from ckanext.budget.core.storage import path_of
from ckanext.budget.opendata import schema
from ckanext.budget.opendata.engine import quoted
from ckanext.budget.opendata.errors import Unreadable
from ckanext.budget.opendata.rowgroups import Footer, Joined
from ckanext.budget.opendata.sources import Source
from ckanext.budget.totem.amounts import cents
from ckanext.budget.totem.columns import AMOUNTS, COLUMNS
from ckanext.budget.totem.summary.categories import category_of
from ckanext.budget.totem.summary.cube import cell_of

BATCH = 500
"""Tables that are read in one statement."""
BUFFER = 8 << 20
"""Bytes of a CSV file that DuckDB reads at a time; by default four times as many for each."""
PARQUET = "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 40960, WRITE_BLOOM_FILTER false)"
"""Small groups of rows: a writer holds one of each file in memory."""
GROUP = 32
"""Documents of a group, on average. More: smaller files; fewer: less is made again each night."""
NAME = "lignes"
_HEAD = ",".join(COLUMNS).encode()
_CODES = (
    "BGT_SECTION", "BGT_CODRD", "BGT_OPBUDG", "BGT_CONTNAT", "BGT_NATURE", "BGT_FONCTION",
)  # fmt: skip
_MOVEMENTS = {"0": "reel", "1": "ordre", "2": "reporte"}
_NAMES = ", ".join(column.name for column in schema.columns(NAME))
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

_TOTALS = (
    "SELECT ressource, exercice, BGT_CODRD AS sens, BGT_SECTION AS section, mouvement, "
    f"categorie, politique, CAST(sum(BGT_MTPREV) AS {schema.AMOUNT}) AS vote, "
    f"CAST(sum(BGT_MTREAL) AS {schema.AMOUNT}) AS realise, CAST(count(*) AS INTEGER) AS lignes "
    "FROM whole GROUP BY ALL"
)


def path_for(year: str, stage: str) -> str:
    """Where the lines of an exercise and stage lie: partitioned as Hive does."""
    return f"lignes/exercice={year}/etape={stage}/lignes.parquet"


def csv_path(year: str) -> str:
    """Where the lines of an exercise lie as CSV."""
    return f"csv/lignes-{year}.csv.gz"


class Place(NamedTuple):
    """What a group takes of the files: ``key`` of its documents and their versions, how many row
    groups, how many bytes of the CSV."""

    key: str
    row_groups: int
    csv_bytes: int


Ledger = dict[str, list[Place]]
"""Groups of the files of one exercise by stage, in their order."""


def ledgers(state: dict[str, dict[str, list[list[Any]]]]) -> dict[str, Ledger]:
    """By exercise, as JSON has kept them."""
    return {
        year: {stage: [Place(*one) for one in places] for stage, places in of.items()}
        for year, of in state.items()
    }


class Former:
    """The files of an exercise in the last build, by group; nothing is read before it is asked."""

    def __init__(self, folder: Path | None, year: str, ledger: Ledger) -> None:
        self._folder, self._year, self.ledger = folder, year, ledger
        self._footers: dict[str, Footer] = {}
        self._places: dict[str, tuple[str, int, int, Place]] = {}
        if folder is None or not ledger:
            return
        self._csv = folder / csv_path(year)
        at = self._csv.stat().st_size - sum(one.csv_bytes for of in ledger.values() for one in of)
        for stage, places in sorted(ledger.items()):
            first = 0
            for place in places:
                self._places[place.key] = (stage, first, at, place)
                first, at = first + place.row_groups, at + place.csv_bytes

    def __contains__(self, key: str) -> bool:
        return key in self._places

    def copy_lines(self, key: str, joined: Joined) -> None:
        """Take the row groups of a group as they are."""
        assert self._folder is not None
        stage, first, _at, place = self._places[key]
        if stage not in self._footers:
            self._footers[stage] = Footer(self._folder / path_for(self._year, stage))
        joined.add(self._footers[stage], first, place.row_groups)

    def copy_csv(self, key: str, out: Any) -> Place:
        """Take its member of the CSV."""
        _stage, _first, at, place = self._places[key]
        with self._csv.open("rb") as stream:
            stream.seek(at)
            out.write(stream.read(place.csv_bytes))
        return place


@dataclass
class Written:
    """What was made for an exercise. ``again``: resources of the groups that were made, whose
    totals are in the table ``added``; ``left_out``: documents that could not be read, with the
    reason."""

    ledger: Ledger = field(default_factory=dict)
    again: set[str] = field(default_factory=set)
    left_out: list[tuple[Source, str]] = field(default_factory=list)


def write(
    connection: Any,
    year: str,
    by_stage: dict[str, list[Source]],
    new: Collection[str],
    former: Former,
    folder: Path,
) -> Written:
    """Write the files of an exercise in ``folder``, which has the Parquet files of the last build.

    ``by_stage``: every document of the exercise; ``new``: resources that are read in any case. A
    stage without lines has no file.
    """
    written = Written()
    for stage in former.ledger.keys() - by_stage.keys():
        (folder / path_for(year, stage)).unlink(missing_ok=True)
    told = ", ".join(f"{column.name} {column.type}" for column in schema.columns("totaux"))
    connection.execute(f"CREATE OR REPLACE TABLE added ({told})")
    target = folder / csv_path(year)
    target.parent.mkdir(parents=True, exist_ok=True)
    work = folder / ".work" / year
    work.mkdir()
    with target.open("wb") as out:
        out.write(_packed(_NAMES.replace(" ", "") + "\n"))
        for stage, sources in sorted(by_stage.items()):
            groups = {_key(group): group for group in groups_of(sources)}
            fresh = {
                key
                for key, group in groups.items()
                if key not in former or any(one.resource in new for one in group)
            }
            if not fresh and [place.key for place in former.ledger.get(stage, ())] == list(groups):
                written.ledger[stage] = [former.copy_csv(key, out) for key in groups]
                continue
            path = folder / path_for(year, stage)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)  # another name of the former file
            places = written.ledger[stage] = []
            with Joined(path) as joined:
                for key, group in groups.items():
                    if key not in fresh:
                        former.copy_lines(key, joined)
                        places.append(former.copy_csv(key, out))
                        continue
                    written.again.update(one.resource for one in group)
                    written.left_out += _make(connection, group, work)
                    before = joined.groups, out.tell()
                    _append(connection, work, joined, out)
                    places.append(Place(key, joined.groups - before[0], out.tell() - before[1]))
            if not joined.groups:
                path.unlink()
    shutil.rmtree(work)
    if not any(place.row_groups for places in written.ledger.values() for place in places):
        target.unlink()
        written.ledger = {}
    return written


def groups_of(sources: Iterable[Source]) -> Iterator[list[Source]]:
    """Documents in their order, parted where a document's own name says so.

    A document more or less changes one group: where the others begin does not depend on it.
    """
    group: list[Source] = []
    for source in sorted(sources, key=lambda source: (source.document, source.resource)):
        if group and not zlib.crc32(source.document.encode()) % GROUP:
            yield group
            group = []
        group.append(source)
    if group:
        yield group


def _key(group: list[Source]) -> str:
    text = " ".join(source.fingerprint for source in group)
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def _make(connection: Any, group: list[Source], work: Path) -> list[tuple[Source, str]]:
    """The lines of a group in the table ``whole``, its totals added to ``added``."""
    left_out = _gather(connection, group, work)
    _classify(connection, work)
    connection.execute(f"CREATE OR REPLACE TABLE whole AS {_classified()}")
    connection.execute(f"INSERT INTO added {_TOTALS}")
    for name in ("fresh", "codes", "described"):
        connection.execute(f"DROP TABLE {name}")
    return left_out


def _append(connection: Any, work: Path, joined: Joined, csv_to: Any) -> None:
    """Move the table ``whole`` to the end of both files."""
    rows, text = work / "rows.parquet", work / "rows.csv"
    if connection.execute("SELECT count(*) FROM whole").fetchone()[0]:
        connection.execute(f"COPY whole TO {quoted(str(rows))} {PARQUET}")
        joined.add(Footer(rows))
        connection.execute(f"COPY whole TO {quoted(str(text))} (FORMAT csv, HEADER false)")
        with text.open("rb") as lines, gzip.GzipFile("", "wb", 6, csv_to, 0) as member:
            shutil.copyfileobj(lines, member)
    connection.execute("DROP TABLE whole")


def _packed(text: str) -> bytes:
    out = io.BytesIO()
    with gzip.GzipFile("", "wb", 6, out, 0) as member:
        member.write(text.encode())
    return out.getvalue()


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


@lru_cache(maxsize=1 << 16)
def _meaning(norm: str, *codes: str) -> tuple[str, str, str]:
    cell = cell_of(codes[:3], codes[3:])
    plain = (category_of(axis, norm, cell) for axis in ("nature", "policy"))
    return (_MOVEMENTS.get(cell.order, "inconnu"), *plain)  # type: ignore[return-value]


def _classified() -> str:
    keys = " AND ".join(
        f"coalesce(fresh.{name}, '') = coalesce(codes.key{number}, '')"
        for number, name in enumerate(("nomenclature", *_CODES))
    )
    order = "fresh.document, fresh.ressource, fresh.rowid"
    return f"SELECT {_NAMES} FROM fresh JOIN codes ON {keys} ORDER BY {order}"


def batches(sources: Iterable[Source]) -> Iterator[list[Source]]:
    """So many at a time as one statement reads."""
    left = iter(sources)
    while batch := list(islice(left, BATCH)):
        yield batch
