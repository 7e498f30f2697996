"""Masked stream in, one CSV and one Table Schema per annex out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from ckanext.budget.totem.annexes import accounting, grants
from ckanext.budget.totem.annexes.rows import Row, row_of, rows
from ckanext.budget.totem.annexes.schemas import (
    CONTEXT,
    Description,
    annex_description,
    schema_text,
    statement_description,
)
from ckanext.budget.totem.annexes.tables import GrowingTable
from ckanext.budget.totem.errors import TooLarge
from ckanext.budget.totem.privacy import Masker
from ckanext.budget.totem.reader import Document
from ckanext.budget.totem.records import Attributes, Element, Record, Skeleton
from ckanext.budget.totem.structure import load
from ckanext.budget.totem.xmlstream import Segment

MAX_PENDING = 50_000
"""Accounting lines kept until the budget's header is read; a real account has a few thousands."""
MAX_ELEMENTS = 400_000
"""The same for their elements, a line that never ends included."""
MAX_CELLS = 5_000_000
"""Cells of the annexes, besides one for each byte read: real records have ten bytes for each."""
MAX_FILES = 250
"""All are open until the end: the annexes that a document may have, and accounting states."""
_LONGEST = 60
_ENDLESS = (
    f"Le compte a plus de {MAX_PENDING} lignes comptables ou {MAX_ELEMENTS} éléments : ce n'est "
    "pas un export ordinaire, exportez-le de nouveau."
)


class AnnexFile(NamedTuple):
    """One written file: ``name`` as in the XSD (``CONCOURS``) or a slug (``bilan``)."""

    name: str
    title: str
    csv: Path
    schema: Path
    rows: int


class _Output(NamedTuple):
    """A table in the making and what its schema needs."""

    name: str
    description: Description
    table: GrowingTable

    def close(self) -> AnnexFile:
        """Finish the CSV and write its schema, columns in the order of the file."""
        self.table.close()
        schema = self.table.path.with_suffix(".schema.json")
        schema.write_text(schema_text(self.description, self.table.columns), "utf-8")
        path, rows = self.table.path, self.table.rows
        return AnnexFile(self.name, self.description.title, path, schema, rows)


def export(masked: Iterable[Segment], document: Document, out_dir: Path) -> list[AnnexFile]:
    """Write the annexes of a document in ``out_dir``, return the files in the order of the XSD.

    ``masked`` yields the segments of ``document`` after masking. Files are named
    ``<slug>-<annex>.csv`` and ``….schema.json``; only annexes with at least one record are written.
    Rules of flattening: one record is one row; a nested element is a column ``Groupe.Champ``; a
    value found several times in a record is joined by `` | ``; an attribute other than ``V`` is a
    column ``Champ@attribut``; records with ``calculated="true"`` are subtotals, never rows.
    Raises the documented errors of reading (``TotemError``); nothing is left half-written.
    """
    with Exporter(document, out_dir) as exporter:
        for segment in masked:
            exporter.feed(segment)
        return exporter.close()


def masked(document: Document, policy: str = "strict") -> Iterator[Segment]:
    """The segments of a document after masking: what ``export`` takes.

    ``policy``: ``strict`` or ``standard``, see ``privacy``. ``ValueError`` for any other.
    """
    masker = Masker(policy)
    for segment in document:
        yield segment._replace(data=masker(segment))


class Exporter:
    """The same, fed segment by segment: ``feed`` each masked one, then ``close``.

    A block that fails before ``close`` leaves no file.
    """

    def __init__(self, document: Document, out_dir: Path) -> None:
        out_dir.mkdir(parents=True, exist_ok=True)
        self._document = document
        self._out_dir = out_dir
        self._outputs: dict[str, _Output] = {}
        self._skeleton = Skeleton(self._on_element, self._on_end)
        self._line: Record | None = None
        self._pending: list[Record] = []
        self._elements = 0
        self._fed = 0
        self._cells = 0

    def feed(self, segment: Segment) -> None:
        """Take one masked segment; rows go to disk as they come."""
        encoding = self._document.encoding
        self._skeleton.feed(segment, encoding)
        if segment.kind == "annex":
            self._write_annex(segment.name, rows(segment, encoding))
        self._fed += len(segment.data)
        if self._cells > MAX_CELLS + self._fed:
            raise TooLarge(
                "Les annexes ont beaucoup plus de cellules vides que de valeurs : ce n'est pas un "
                "export ordinaire, exportez-le de nouveau."
            )

    def __enter__(self) -> Exporter:
        return self

    def __exit__(self, kind: object, *_exc: object) -> None:
        if kind is not None:
            for output in self._outputs.values():
                output.table.discard()

    def close(self) -> list[AnnexFile]:
        """Finish every file and its schema; files in the order of the XSD."""
        self._flush()
        order = {name: rank for rank, name in enumerate((*load().annexes, "subventions"))}
        outputs = sorted(self._outputs.values(), key=lambda o: order.get(o.name, len(order)))
        return [output.close() for output in outputs]

    # -- annexes

    def _write_annex(self, annex: str, rows: Iterable[Row]) -> None:
        header, context = self._document.header, self._context()
        table = grants_table = None
        for row in rows:
            table = table or self._table(annex, annex_description(annex))
            table.write({**context, "ligne": str(row.line), **row.values})
            self._cells += len(table.columns)
            if annex == "CONCOURS":
                grants_table = grants_table or self._table("subventions", grants.DESCRIPTION)
                grants_table.write(grants.grant_row(header, row.values))

    def _context(self) -> dict[str, str]:
        """The columns that begin every row, the line excepted."""
        header = self._document.header
        values = (header.siret, str(header.fiscal_year), header.stage.name, header.number)
        return dict(zip(CONTEXT, values, strict=False))

    # -- accounting side of a CFU

    def _on_element(self, path: tuple[str, ...], attributes: Attributes, line: int) -> None:
        if path[-1] == "LigneComptable" and "DocumentComptable" in path:
            self._line = Record(path[-1], attributes, line, [])
        elif self._line is not None:
            self._elements += 1
            if self._elements > MAX_ELEMENTS:
                raise TooLarge(_ENDLESS)
            name = ".".join(path[path.index("LigneComptable") + 1 :])
            self._line.elements.append(Element(name, attributes, line))

    def _on_end(self, path: tuple[str, ...]) -> None:
        if path[-1] != "LigneComptable" or self._line is None:
            return
        # The accounting side comes before the budget's header: rows wait for the context columns.
        self._pending.append(self._line)
        self._line = None
        if len(self._pending) > MAX_PENDING:
            raise TooLarge(_ENDLESS)

    def _flush(self) -> None:
        context = self._context() if self._pending else {}
        for record in self._pending:
            statement = accounting.statement_of(record.value("Etat"))
            row = row_of(record)
            table = self._table(statement.slug, statement_description(statement))
            table.write({**context, "ligne": str(row.line), **row.values})
        self._pending.clear()

    def _table(self, name: str, description: Description) -> GrowingTable:
        """The table of that name, opened the first time."""
        suffix = _suffix(name)
        if suffix not in self._outputs:
            if len(self._outputs) == MAX_FILES:
                raise TooLarge(
                    f"Le document a plus de {MAX_FILES} annexes et états comptables différents : "
                    "ce n'est pas un export ordinaire, exportez-le de nouveau."
                )
            path = self._out_dir / f"{self._document.header.slug}-{suffix}.csv"
            table = GrowingTable(path, description.columns)
            self._outputs[suffix] = _Output(name, description, table)
        return self._outputs[suffix].table


def _suffix(name: str) -> str:
    """End of a file's name: two names that differ in nothing else share the file."""
    return name.lower().replace("_", "-")[:_LONGEST]
