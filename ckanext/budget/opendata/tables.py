"""The other tables: documents, bodies, totals, figures, grants, debt."""

from __future__ import annotations

import csv
import shutil
import zipfile
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from ckanext.budget.core.storage import path_of
from ckanext.budget.opendata import schema
from ckanext.budget.opendata.engine import quoted
from ckanext.budget.opendata.lines import PARQUET, batches, csv_files, load, number, parquet
from ckanext.budget.opendata.sources import Source, figures

DOCUMENTS = "documents/documents.parquet"
BODIES = "collectivites/collectivites.parquet"
FIGURES = "indicateurs/indicateurs.parquet"
GRANTS = "subventions/subventions.parquet"
DEBT = "dette/dette.parquet"
_UNITS = {"gross_saving_rate": "pourcent", "debt_capacity_years": "annees"}
_LOAN = {
    "type_emprunt": "CodTypEmpr",
    "type_preteur": "CodTypPreteur",
    "type_taux": "CodTyptxDtVote|CodTyptxInit",
    "capital_1er_janvier": "MtCapitalRestDu_01_01",
    "capital_31_decembre": "MtCapitalRestDu_31_12",
    "capital_rembourse": "MtCapitalExer",
    "interets": "MtIntExer",
    "duree_restante": "DureeRest",
}
"""Codes and numbers of a loan, no name of a lender nor of a borrower. ``A|B``: B if A is empty."""
_GRANT = {
    "beneficiaire": "nomBeneficiaire",
    "siret_beneficiaire": "idBeneficiaire",
    "objet": "objet",
    "montant": "montant",
    "nature": "nature",
}
MAX_MEMBER = 1 << 30
"""Bytes of one annex once unpacked."""


def totals_path(year: str) -> str:
    """Where the totals of an exercise lie."""
    return f"totaux/exercice={year}/totaux.parquet"


def paths(years: Iterable[str]) -> set[str]:
    """Every file of this module that a change in these exercises writes again."""
    whole = (DOCUMENTS, BODIES, FIGURES, GRANTS, DEBT)
    csvs = {path.replace(".parquet", ".csv.gz") for path in whole}
    return {*whole, *csvs, *map(totals_path, years)}


def write_documents(
    connection: Any, sources: Iterable[Source], totals: list[Path], folder: Path, work: Path
) -> None:
    """Documents and bodies, from what the sheets say and the number of lines in the totals."""
    columns = {column.name: column.type for column in schema.columns("documents")}
    given = {name: kind for name, kind in columns.items() if name not in ("reference", "lignes")}
    load(connection, "told", given, map(_document, sources), work / "told")
    counted = f"SELECT ressource, sum(lignes) AS lignes FROM {parquet(*totals)} GROUP BY ressource"
    rank = {"CFU": 1, "CA": 2, "BP": 1}
    order = " ".join(f"WHEN {quoted(stage)} THEN {place}" for stage, place in rank.items())
    purpose = "CASE WHEN etape IN ('CA', 'CFU') THEN 'execute' WHEN etape = 'BP' THEN 'vote' END"
    # A body has one main budget, whatever the end of its SIRET is that year (its NIC changes).
    budget = "CASE WHEN type_budget = 'principal' AND siren <> '' THEN siren ELSE siret END"
    connection.execute(
        "CREATE OR REPLACE TABLE documents AS WITH counted AS (" + counted + "), ranked AS ("
        f"SELECT told.*, counted.lignes, {purpose} AS purpose, row_number() OVER ("
        f"PARTITION BY {budget}, exercice, {purpose} "
        f"ORDER BY CASE etape {order} END, vote_le DESC NULLS LAST, ressource"
        ") AS place FROM told JOIN counted USING (ressource)) "
        "SELECT *, CASE WHEN place = 1 THEN purpose END AS reference FROM ranked"
    )
    names = ", ".join(
        f"CAST({name} AS INTEGER) AS lignes" if name == "lignes" else name for name in columns
    )
    order = "exercice, siren, document"
    _both(connection, f"SELECT {names} FROM documents ORDER BY {order}", folder / DOCUMENTS)
    latest = ("collectivite", "type_collectivite", "code_insee", "departement", "population")
    told = ", ".join(f"arg_max({name}, exercice) AS {name}" for name in latest)
    _both(
        connection,
        f"SELECT siren, {told}, min(exercice) AS premier_exercice, "
        "max(exercice) AS dernier_exercice, CAST(count(*) AS INTEGER) AS documents "
        # the main budget tells the body; an annex budget only when it is alone
        "FROM (SELECT * FROM documents WHERE siren <> '' QUALIFY type_budget = 'principal' OR "
        "bool_and(type_budget IS DISTINCT FROM 'principal') OVER (PARTITION BY siren)) "
        "GROUP BY siren ORDER BY siren",
        folder / BODIES,
    )


def _document(source: Source) -> list[str]:
    return [
        source.document, source.year, source.stage, source.number, _date(source.voted_on),
        source.siren, source.siret, source.body, source.kind, source.insee, source.department,
        number(source.population), source.budget_type, source.budget_name, source.norm,
        source.variant, source.dataset, source.resource,
    ]  # fmt: skip


def _date(text: str) -> str:
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        return ""


def write_totals(
    connection: Any, former: Path | None, stale: Collection[str], target: Path
) -> None:
    """Totals of an exercise, from the former ones and those ``added``; no file without rows."""
    target.parent.mkdir(parents=True, exist_ok=True)
    _add_former(connection, "totaux", former, stale)
    if connection.execute("SELECT count(*) FROM added").fetchone()[0]:
        keys = "ressource, sens, section, mouvement, categorie, politique"
        _copy(connection, f"SELECT * FROM added ORDER BY {keys}", target)


def write_rows(
    connection: Any, table: str, former: Path | None, stale: Collection[str], target: Path
) -> None:
    """A table from its former rows, less those of ``stale`` resources, plus those ``added``."""
    _add_former(connection, table, former, stale)
    _both(connection, "SELECT * FROM added", target)
    connection.execute("DROP TABLE added")


def _add_former(connection: Any, table: str, former: Path | None, stale: Collection[str]) -> None:
    if former is None or not former.is_file():
        return
    names = ", ".join(column.name for column in schema.columns(table))
    connection.execute("CREATE OR REPLACE TABLE stale (ressource VARCHAR)")
    if stale:
        values = ", ".join(f"({quoted(one)})" for one in sorted(stale))
        connection.execute(f"INSERT INTO stale VALUES {values}")
    connection.execute(
        f"INSERT INTO added SELECT {names} FROM {parquet(former)} "
        "WHERE ressource NOT IN (FROM stale)"
    )


def gather_figures(connection: Any, sources: Iterable[Source], work: Path) -> None:
    """Key figures that are known, in euros, percent or years, into the table ``added``."""
    columns = {column.name: column.type for column in schema.columns("indicateurs")}
    load(connection, "added", columns, _figure_rows(sources), work / "figures")


def _figure_rows(sources: Iterable[Source]) -> Iterator[list[str]]:
    by_resource = {source.resource: source for source in sources}
    for resource, values in figures(by_resource):
        shared = _shared(by_resource[resource])
        for name, value in sorted(values.items()):
            if isinstance(value, int):
                yield [*shared, name, _hundredths(value), _UNITS.get(name, "euros")]


def gather_grants(connection: Any, sources: Iterable[Source], work: Path) -> None:
    """Grants paid, as the published annexes have them, into the table ``added``."""
    _gather(connection, "subventions", sources, _Annex("subventions", _GRANT), work)


def gather_debt(connection: Any, sources: Iterable[Source], work: Path) -> None:
    """Loans, as the published annexes have them, into the table ``added``."""
    _gather(connection, "dette", sources, _Annex("emprunt", _LOAN), work)


class _Annex(NamedTuple):
    """End of the name of a CSV in the archives, and the field of each column."""

    name: str
    fields: dict[str, str]


def _gather(
    connection: Any, table: str, sources: Iterable[Source], annex: _Annex, work: Path
) -> None:
    columns = schema.columns(table)
    told = ", ".join(f"{column.name} {column.type}" for column in columns)
    connection.execute(f"CREATE OR REPLACE TABLE added ({told})")
    known = {column.name: column.type for column in columns}
    for batch in batches(sources):
        files = {path: source for source in batch for path in _unpacked(source, annex.name, work)}
        described = {"path": "VARCHAR"} | {name: known[name] for name in _SHARED}
        rows = ([str(path), *_shared(source)] for path, source in files.items())
        load(connection, "described", described, rows, work / "described")
        for header, paths in _by_header(files).items():
            _read_annex(connection, header, paths, annex.fields, known)
        for path in files:
            path.unlink()
    connection.execute("DROP TABLE IF EXISTS described")


def _read_annex(
    connection: Any, header: str, paths: list[Path], fields: dict[str, str], known: dict[str, str]
) -> None:
    """Add the rows of files that have the same columns."""
    names = next(csv.reader([header]))
    shared = ", ".join(f"d.{name}" for name in _SHARED)
    values = ", ".join(_value(field.split("|"), names, known[n]) for n, field in fields.items())
    raw = csv_files(paths, dict.fromkeys(names, "VARCHAR"), header=True)
    connection.execute(
        f"INSERT INTO added SELECT {shared}, {values} FROM {raw} raw "
        "JOIN described d ON d.path = raw.filename"
    )


def _value(fields: list[str], names: Collection[str], kind: str) -> str:
    """The first of the fields that says something; an amount that is no number stays empty."""
    cells = [f"nullif(trim(raw.\"{field}\"), '')" for field in fields if field in names]
    text = f"coalesce({', '.join(cells)}, NULL)" if cells else "NULL"
    if kind == schema.AMOUNT:
        text = f"replace(replace({text}, ' ', ''), ',', '.')"
    return f"TRY_CAST({text} AS {kind})"


def _unpacked(source: Source, annex: str, work: Path) -> list[Path]:
    """The annex of the document out of its archive, if it has it."""
    path = path_of(source.annex) if source.annex else None
    if path is None or not path.is_file():
        return []
    target = work / f"{source.resource}.csv"
    try:
        with zipfile.ZipFile(path) as archive:
            name = f"{source.document}-{annex}.csv"
            found = [one for one in archive.infolist() if one.filename.endswith(f"-{annex}.csv")]
            found = [one for one in found if one.filename == name] or found[:1]
            if not found or found[0].file_size > MAX_MEMBER:
                return []
            with archive.open(found[0]) as member, target.open("wb") as out:
                shutil.copyfileobj(member, out)
    except zipfile.BadZipFile:
        return []
    return [target]


def _by_header(paths: Iterable[Path]) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = defaultdict(list)
    for path in paths:
        with path.open(encoding="utf-8") as stream:
            found[stream.readline().rstrip("\r\n")].append(path)
    return found


_SHARED = ("ressource", "document", "exercice", "etape", "siren")


def _shared(source: Source) -> list[str]:
    return [source.resource, source.document, source.year, source.stage, source.siren]


def _hundredths(value: int) -> str:
    return str(Decimal(value).scaleb(-2))


def _both(connection: Any, sql: str, target: Path) -> None:
    """The same rows as Parquet and as CSV."""
    target.parent.mkdir(parents=True, exist_ok=True)
    _copy(connection, sql, target)
    table = target.with_suffix(".csv.gz")
    connection.execute(
        f"COPY (FROM {parquet(target)}) TO {quoted(str(table))} (FORMAT csv, HEADER, "
        "COMPRESSION gzip)"
    )


def _copy(connection: Any, sql: str, target: Path) -> None:
    connection.execute(f"COPY ({sql}) TO {quoted(str(target))} {PARQUET}")
