"""Reads the official XSD of a TOTEM document and writes the project's own tables.

The XSD (``SchemaDocBudg``, published for software editors) says which elements a document may
hold. This project keeps the *facts* (names, order, occurrences, types, codes, short titles) in two
tab-separated tables, small enough to be read in a review and loaded in milliseconds, instead of
carrying the schema files. Run again on a newer XSD, the diff of the tables is the change of schema.
"""

from __future__ import annotations

import csv
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from pathlib import Path

from ckanext.budget.totem.errors import TotemError

FIELD_COLUMNS = (
    "container",
    "name",
    "min",
    "max",
    "kind",
    "digits",
    "decimals",
    "min_length",
    "max_length",
    "pattern",
    "attributes",
    "target",
    "title",
)
CODE_COLUMNS = ("container", "name", "code", "label")

XS = "{http://www.w3.org/2001/XMLSchema}"
TITLE = "{odm:enrichissement}libelle"
TITLE_LIMIT = 120

#: Root of the walk: (container, complex type). Everything else is reached from here.
ROOT = ("DocumentBudgetaire", "TDocumentBudgetaire")

#: XSD primitive -> kind of the project (see ``Field.kind``).
KINDS = {
    "xs:string": "text",
    "xs:int": "integer",
    "xs:integer": "integer",
    "xs:decimal": "amount",
    "xs:date": "date",
    "xs:dateTime": "datetime",
    "xs:gYear": "year",
    "xs:gYearMonth": "month",
    "xs:boolean": "boolean",
}
FACETS = {
    "totalDigits": "digits",
    "fractionDigits": "decimals",
    "minLength": "min_length",
    "maxLength": "max_length",
    "pattern": "pattern",
}

Row = dict[str, str]


class _Schema:
    """The type definitions of every ``.xsd`` of a folder, by name (includes need no resolving)."""

    def __init__(self, folder: Path) -> None:
        self.types: dict[str, ET.Element] = {}
        files = sorted(folder.glob("*.xsd"))
        if not files:
            raise TotemError(f"Aucun fichier .xsd dans {folder} : donnez le dossier SchemaDocBudg.")
        for path in files:
            for node in ET.parse(path).getroot():
                if node.tag in (XS + "complexType", XS + "simpleType") and node.get("name"):
                    self.types.setdefault(node.get("name", ""), node)

    def of(self, element: ET.Element) -> ET.Element | None:
        """The complex type of an element: named or written in place."""
        named = self.types.get(element.get("type", ""))
        return named if named is not None else element.find(XS + "complexType")

    def children(self, complex_type: ET.Element | None) -> list[ET.Element]:
        """Elements of the type's sequence, in order (wildcards and groups are not fields)."""
        if complex_type is None:
            return []
        return complex_type.findall(f"{XS}sequence/{XS}element")


def import_schema(folder: Path, out_dir: Path) -> tuple[int, int]:
    """Write ``fields.tsv`` and ``codes.tsv`` in ``out_dir``; return their numbers of rows.

    ``folder`` holds the XSD files (``Class_*.xsd``, ``Commun*.xsd``, ``Simple_Type.xsd``).
    Raises ``FileNotFoundError`` when it holds none and ``ValueError`` when the root type is absent.
    """
    schema = _Schema(folder)
    if ROOT[1] not in schema.types:
        raise TotemError(f"{ROOT[1]} n'est pas défini dans {folder} : schéma inattendu.")
    fields: list[Row] = []
    codes: list[Row] = []
    for container, complex_type in _containers(schema):
        for element in schema.children(complex_type):
            row, found = _field(schema, container, element)
            fields.append(row)
            codes.extend(found)
    _write(out_dir / "fields.tsv", FIELD_COLUMNS, fields)
    _write(out_dir / "codes.tsv", CODE_COLUMNS, codes)
    return len(fields), len(codes)


def _containers(schema: _Schema) -> Iterator[tuple[str, ET.Element]]:
    """Every element that holds others, depth first, once: blocks, then annexes by record."""
    pending: list[tuple[str, ET.Element]] = [(ROOT[0], schema.types[ROOT[1]])]
    seen: set[str] = set()
    while pending:
        name, complex_type = pending.pop(0)
        if name in seen:
            continue
        seen.add(name)
        yield name, complex_type
        for element in schema.children(complex_type):
            target = _target(schema, element)
            if target is not None:
                pending.append(target[:2])


def _target(schema: _Schema, element: ET.Element) -> tuple[str, ET.Element, str] | None:
    """(container, type, record element) that an element opens, None when it holds a value.

    ``DATA_CONCOURS`` opens the container ``CONCOURS`` whose records are ``CONCOURS`` elements.
    """
    own = schema.of(element)
    children = schema.children(own)
    if own is None or not children:
        return None
    name = element.get("name", "")
    if not name.startswith("DATA_"):
        return name, own, name
    record = children[0]
    record_type = schema.of(record)
    assert record_type is not None, name
    return name.removeprefix("DATA_"), record_type, record.get("name", "")


def _field(schema: _Schema, container: str, element: ET.Element) -> tuple[Row, list[Row]]:
    name = element.get("name", "")
    row: Row = dict.fromkeys(FIELD_COLUMNS, "")
    row |= {
        "container": container,
        "name": name,
        "title": _title(element),
        "min": element.get("minOccurs", "1"),
        "max": element.get("maxOccurs", "1").replace("unbounded", "*"),
    }
    target = _target(schema, element)
    if target is not None:
        return row | {"kind": "group", "target": target[2]}, []
    facts, codes = _value_facts(schema, schema.of(element))
    rows = [{"container": container, "name": name, "code": c, "label": t} for c, t in codes]
    return row | facts, rows


def _value_facts(
    schema: _Schema, complex_type: ET.Element | None
) -> tuple[Row, list[tuple[str, str]]]:
    """Kind, facets and codes of the ``V`` attribute, names of the other attributes."""
    attributes = [] if complex_type is None else complex_type.findall(XS + "attribute")
    others = [a.get("name", "") for a in attributes if a.get("name") not in ("V", "calculated")]
    value = next((a for a in attributes if a.get("name") == "V"), None)
    facts: Row = {"attributes": ",".join(others), "kind": "empty"}
    if value is None:
        return facts, []
    primitive, facets, codes = _simple(schema, value)
    kind = "code" if codes else KINDS.get(primitive, "text")
    if kind == "text" and facets.get("pattern") == "[0-9]*":
        kind = "digits"
    return facts | facets | {"kind": kind}, codes


def _simple(schema: _Schema, node: ET.Element) -> tuple[str, Row, list[tuple[str, str]]]:
    """Primitive, facets and codes of an attribute, whether its type is named or in place."""
    name = node.get("type", "")
    simple = schema.types.get(name) if name else node.find(XS + "simpleType")
    restriction = None if simple is None else simple.find(XS + "restriction")
    if restriction is None:
        return name, {}, []
    facets: Row = {}
    for facet, column in FACETS.items():
        found = restriction.find(XS + facet)
        if found is not None:
            facets[column] = found.get("value", "")
    codes = [(e.get("value", ""), _title(e)) for e in restriction.findall(XS + "enumeration")]
    return restriction.get("base", ""), facets, codes


def _title(node: ET.Element) -> str:
    """Short French title: ``z:libelle`` when there is one, else the documentation's first words."""
    documentation = node.find(f"{XS}annotation/{XS}documentation")
    if documentation is None:
        return ""
    label = documentation.find(TITLE)
    return _clean("".join((documentation if label is None else label).itertext()))


def _clean(text: str) -> str:
    """One line, no markup, no aside, at most ``TITLE_LIMIT`` characters, cut between words."""
    text = re.sub(r"<[^>]+>", " ", text).replace("\t", " ")
    text = re.sub(r"^\s*\(PES\)\s*", "", text)
    text = re.sub(r"\s+", " ", text).strip()
    text = re.split(r"(?<=[a-zé\)])\.\s|\s:\sZone", text, maxsplit=1)[0].rstrip(". ")
    if len(text) <= TITLE_LIMIT:
        return text
    return text[: TITLE_LIMIT - 1].rsplit(" ", 1)[0].rstrip(" ,;:(") + "…"


def _write(path: Path, columns: tuple[str, ...], rows: Iterable[Row]) -> None:
    """One tab-separated table; no cell holds a tab, a quote or a line end by construction."""
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(
            out, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE, quotechar=None
        )
        writer.writerow(columns)
        writer.writerows([row[column] for column in columns] for row in rows)
