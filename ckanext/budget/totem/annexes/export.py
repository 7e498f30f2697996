"""Masked stream in, one CSV and one Table Schema per annex out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from ckanext.budget.totem.annexes import accounting, grants
from ckanext.budget.totem.annexes.schemas import (
    CONTEXT,
    CONTEXT_FIELDS,
    Descriptor,
    descriptor,
    field_descriptor,
    write_schema,
)
from ckanext.budget.totem.annexes.tables import GrowingTable
from ckanext.budget.totem.errors import TooLarge
from ckanext.budget.totem.model import Header
from ckanext.budget.totem.privacy import Masker
from ckanext.budget.totem.reader import Document
from ckanext.budget.totem.records import Attributes, Element, Record, Skeleton, records
from ckanext.budget.totem.structure import Field, load
from ckanext.budget.totem.xmlstream import Segment

__all__ = ["AnnexFile", "Exporter", "export", "masked"]

#: Attributes that say how an element was made, not what it says.
_TECHNICAL = frozenset(("V", "calculated", "generator", "id"))
_SEVERAL = " | "
MAX_PENDING = 100_000
"""Accounting lines kept until the budget's header is read; a real account has a few thousands."""
MAX_FILES = 250
"""All are open until the end: the annexes that a document may have, and accounting states."""
_LONGEST = 60


class AnnexFile(NamedTuple):
    """One written file: ``name`` as in the XSD (``CONCOURS``) or a slug (``bilan``)."""

    name: str
    title: str
    csv: Path
    schema: Path
    rows: int


class _Output:
    """A table in the making and what its schema needs."""

    def __init__(
        self,
        name: str,
        title: str,
        description: str,
        table: GrowingTable,
        known: dict[str, Descriptor],
    ) -> None:
        self.name, self.title, self.description = name, title, description
        self.table = table
        self._known = known

    def close(self, slug: str) -> AnnexFile:
        """Finish the CSV and write its schema, columns in the order of the file."""
        self.table.close()
        fields = [self._known.get(name) or _unknown(name) for name in self.table.columns]
        path = self.table.path.with_suffix(".schema.json")
        write_schema(path, descriptor(slug, self.title, fields, self.description))
        return AnnexFile(self.name, self.title, self.table.path, path, self.table.rows)


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

    def feed(self, segment: Segment) -> None:
        """Take one masked segment; rows go to disk as they come."""
        encoding = self._document.encoding
        self._skeleton.feed(segment, encoding)
        if segment.kind == "annex":
            for record in records(segment, encoding):
                if not record.calculated:
                    self._write_annex(segment.name, record)

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
        return [output.close(self._slug(output.name)) for output in outputs]

    # -- annexes

    def _write_annex(self, annex: str, record: Record) -> None:
        header = self._document.header
        output = self._outputs.get(_suffix(annex)) or self._open_annex(annex)
        output.table.write(_context(header, record) | _values(record))
        if annex == "CONCOURS":
            grant = self._outputs.get("subventions") or self._open_grants()
            grant.table.write(grants.grant_row(header, record))

    def _open_annex(self, annex: str) -> _Output:
        block = load().annex(annex)
        fields = load().fields(annex)
        columns = tuple(f.name for f in fields if not f.supplement)
        title = block.title if block else f"Annexe {annex}"
        description = (
            f"Annexe DATA_{annex} du document budgétaire TOTEM, données personnelles masquées."
        )
        return self._open(annex, title, description, (*CONTEXT, *columns), _describe(fields))

    def _open_grants(self) -> _Output:
        schema = grants.grants_schema()
        known = {field["name"]: field for field in schema["fields"]}
        return self._open(
            "subventions", schema["title"], schema["description"], grants.COLUMNS, known
        )

    # -- accounting side of a CFU

    def _on_element(self, path: tuple[str, ...], attributes: Attributes, line: int) -> None:
        if path[-1] == "LigneComptable" and "DocumentComptable" in path:
            self._line = Record(path[-1], attributes, line, [])
        elif self._line is not None:
            name = ".".join(path[path.index("LigneComptable") + 1 :])
            self._line.elements.append(Element(name, attributes, line))

    def _on_end(self, path: tuple[str, ...]) -> None:
        if path[-1] != "LigneComptable" or self._line is None:
            return
        # The accounting side comes before the budget's header: rows wait for the context columns.
        self._pending.append(self._line)
        self._line = None
        if len(self._pending) > MAX_PENDING:
            raise TooLarge(
                f"Le compte a plus de {MAX_PENDING} lignes comptables : ce n'est pas un export "
                "ordinaire, exportez-le de nouveau."
            )

    def _flush(self) -> None:
        fields = load().fields("LigneComptable")
        for record in self._pending:
            statement = accounting.statement_of(record.value("Etat"))
            output = self._outputs.get(_suffix(statement.slug))
            if output is None:
                output = self._open(
                    statement.slug,
                    statement.title,
                    f"{statement.title} du compte financier unique ; montants en {statement.unit}.",
                    (*CONTEXT, *statement.columns),
                    _describe(fields),
                )
            output.table.write(_context(self._document.header, record) | _values(record))
        self._pending.clear()

    def _open(
        self,
        name: str,
        title: str,
        description: str,
        columns: tuple[str, ...],
        known: dict[str, Descriptor],
    ) -> _Output:
        if len(self._outputs) == MAX_FILES:
            raise TooLarge(
                f"Le document a plus de {MAX_FILES} annexes et états comptables différents : ce "
                "n'est pas un export ordinaire, exportez-le de nouveau."
            )
        table = GrowingTable(self._out_dir / f"{self._slug(name)}.csv", columns)
        output = _Output(name, title, description, table, known)
        self._outputs[_suffix(name)] = output
        return output

    def _slug(self, name: str) -> str:
        return f"{self._document.header.slug}-{_suffix(name)}"


def _suffix(name: str) -> str:
    """End of a file's name: two names that differ in nothing else share the file."""
    return name.lower().replace("_", "-")[:_LONGEST]


def _context(header: Header, record: Record) -> dict[str, str]:
    values = (
        header.siret,
        str(header.fiscal_year),
        header.stage.name,
        header.number,
        str(record.line),
    )
    return dict(zip(CONTEXT, values, strict=True))


def _values(record: Record) -> dict[str, str]:
    """Columns of a record, flattened as ``export`` says."""
    row: dict[str, str] = {}
    for element in record.elements:
        if "V" in element.attributes or not element.attributes:
            _add(row, element.name, element.value)
        for name, value in element.attributes.items():
            if name not in _TECHNICAL:
                _add(row, f"{element.name}@{name}", value)
    return row


def _add(row: dict[str, str], column: str, value: str) -> None:
    known = row.get(column)
    row[column] = value if not known else (f"{known}{_SEVERAL}{value}" if value else known)


def _describe(fields: tuple[Field, ...]) -> dict[str, Descriptor]:
    known = {field["name"]: dict(field) for field in CONTEXT_FIELDS}
    return known | {field.name: field_descriptor(field) for field in fields}


def _unknown(name: str) -> Descriptor:
    return {
        "name": name,
        "title": name,
        "type": "string",
        "description": "Élément absent du schéma national, repris tel quel.",
    }
