"""The right answer for each kind of file: what it is called here, the bytes, what must be told."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from typing import NamedTuple

from ckanext.budget.totem.columns import COLUMNS, MANDATORY

from .control import GOOD, Table, rows, text

_TEXT = GOOD.decode("utf-8")
AMOUNTS = range(14, 21)


class Case(NamedTuple):
    """``told``: (severity, rule, words that the sentence or the place holds); ``repaired``:
    ``whole`` when the repair gives the control back, ``kept`` when something would be a guess."""

    data: bytes
    told: tuple[tuple[str, str, str], ...]
    repaired: str = "whole"


def _changed(column: str, change: object, where: range = range(7)) -> Table:
    table, place = rows(), COLUMNS.index(column)
    for number in where:
        old = table[number][place]
        table[number][place] = change(old) if callable(change) else str(change)
    return table


def _encoded(table: Table, **options: str) -> bytes:
    return text(table, **options).encode("utf-8")


def _amounts(change: object) -> Table:
    table = rows()
    for row in table:
        for place in AMOUNTS:
            row[place] = change(row[place]) if row[place] or change("") else ""  # type: ignore[operator]
    return table


def _picked(columns: tuple[str, ...]) -> bytes:
    places = [COLUMNS.index(column) for column in columns]
    return text([[row[place] for place in places] for row in rows()], columns).encode("utf-8")


def _workbook(name: str) -> bytes:
    cells = [line.split(",") for line in _TEXT.split("\r\n")[:-1]]
    return (workbook_of if name == "xlsx" else _ods)(cells)


def workbook_of(cells: list[list[str]]) -> bytes:
    """The smallest xlsx: a sheet of notes, then these cells."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    sheets = [[["À lire"]], cells]
    listed = "".join(
        f'<sheet name="F{n}" sheetId="{n}" r:id="r{n}"/>' for n, _ in enumerate(sheets, start=1)
    )
    links = "".join(
        f'<Relationship Id="r{n}" Type="{office}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n, _ in enumerate(sheets, start=1)
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>{listed}</sheets>'
        "</workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">{links}'
        "</Relationships>",
    }
    for number, rows_of in enumerate(sheets, start=1):
        lines = "".join(
            f"<row>{''.join(_cell(place, cell) for place, cell in enumerate(line))}</row>"
            for line in rows_of
        )
        parts[f"xl/worksheets/sheet{number}.xml"] = (
            f'<worksheet xmlns="{main}"><sheetData>{lines}</sheetData></worksheet>'
        )
    return _zip(parts)


def _cell(place: int, cell: str) -> str:
    """Amounts as numbers, the rest as text."""
    if place in AMOUNTS and cell[:1].isdigit():
        return f"<c><v>{float(cell)!r}</v></c>"
    return f'<c t="inlineStr"><is><t>{cell}</t></is></c>' if cell else "<c/>"


def _ods(cells: list[list[str]]) -> bytes:
    office = "urn:oasis:names:tc:opendocument:xmlns"
    lines = "".join(
        f"<table:table-row>{''.join(_ods_cell(n, c) for n, c in enumerate(line))}</table:table-row>"
        for line in cells
    )
    content = (
        f'<office:document-content xmlns:office="{office}:office:1.0" '
        f'xmlns:table="{office}:table:1.0" xmlns:text="{office}:text:1.0" office:version="1.2">'
        f'<office:body><office:spreadsheet><table:table table:name="Budget">{lines}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        f'<manifest:manifest xmlns:manifest="{office}:manifest:1.0"><manifest:file-entry '
        f'manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>'
    )
    return _zip({"mimetype": kind, "content.xml": content, "META-INF/manifest.xml": manifest})


def _ods_cell(place: int, cell: str) -> str:
    if not cell:
        return "<table:table-cell/>"
    if place in AMOUNTS and cell[:1].isdigit():
        kind = f'office:value-type="float" office:value="{float(cell)!r}"'
    else:
        kind = 'office:value-type="string"'
    return f"<table:table-cell {kind}><text:p>{cell}</text:p></table:table-cell>"


def _zip(parts: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return out.getvalue()


def _shorn(code: str) -> str:
    return code.lstrip("0")


def _lost_zeros() -> Table:
    table = rows()
    for row in table:
        for column in ("BGT_CONTNAT", "BGT_NATURE", "BGT_FONCTION"):
            place = COLUMNS.index(column)
            row[place] = _shorn(row[place])
    return table


_OTHER_BODY = [[*row[:2], "21670482500019", "VILLE VOISINE", *row[4:]] for row in rows()]
_OPTIONAL = tuple(column for column in COLUMNS if column in MANDATORY or column == "BGT_MTPREV")
_COMMA = lambda amount: amount.replace(".", ",")  # noqa: E731
_EXCEL = _encoded(_amounts(_COMMA), delimiter=";")
_LINES = _TEXT.split("\r\n")

CASES: dict[str, Case] = {
    "control": Case(GOOD, ()),
    "excel-in-france": Case(
        b"\xef\xbb\xbf" + _EXCEL,
        (("warning", "C-TAB-004", "« ; »"), ("error", "C-TAB-005", "virgule décimale")),
    ),
    "lower-case-header": Case(
        _TEXT.replace("BGT_", "bgt_").replace(_LINES[0], _LINES[0].lower()).encode(),
        (("info", "C-TAB-001", "majuscules"),),
    ),
    "capitals": Case(
        _encoded(_changed("BGT_SECTION", str.capitalize)),
        (("error", "C-TAB-005", "BGT_SECTION"), ("error", "C-TAB-005", "« investissement »")),
    ),
    "other-order": Case(_picked((*COLUMNS[4:], *COLUMNS[:4])), (("info", "C-TAB-001", "ordre"),)),
    "optional-columns-missing": Case(
        _picked(_OPTIONAL), (("warning", "C-TAB-001", "BGT_ARTSPE"),), "kept"
    ),
    "mandatory-column-missing": Case(
        _picked(tuple(c for c in COLUMNS if c != "BGT_NATURE_LABEL")),
        (("error", "C-TAB-001", "BGT_NATURE_LABEL"),),
        "kept",
    ),
    "title-lines": Case(
        f"Budget 2021;;;\r\nService des finances;;;\r\n;;;\r\n{text(delimiter=';')}".encode(),
        (("error", "C-TAB-004", "ligne 4"), ("warning", "C-TAB-004", "« ; »")),
    ),
    "siret-with-spaces": Case(
        _encoded(_changed("BGT_SIRET", "219 300 480 00015")), (("error", "C-TAB-005", "SIRET"),)
    ),
    "lost-zeros": Case(_encoded(_lost_zeros()), (("error", "C-TAB-006", "zéros"),)),
    "xlsx": Case(_workbook("xlsx"), (("error", "C-TAB-004", "feuille n° 2"),)),
    "ods": Case(_workbook("ods"), (("error", "C-TAB-004", "feuille n° 1"),)),
    "decomposed-accents": Case(
        unicodedata.normalize("NFD", _TEXT).encode(), (("error", "C-TAB-004", "décomposés"),)
    ),
    "chapter-of-another-form": Case(
        _encoded(_changed("BGT_CONTNAT", "92-2", range(6, 7))),
        (("warning", "C-TAB-011", "BGT_CONTNAT"),),
        "kept",
    ),
    "other-body-larger": Case(
        _encoded(rows()[:2] + _OTHER_BODY),
        (("warning", "C-IDE-002", "lignes 4 à 10"),),
        "kept",
    ),
    "no-amount": Case(
        _encoded([row[:14] + [""] * 7 + row[21:] for row in rows()]),
        (("warning", "C-TAB-008", "montant"),),
        "kept",
    ),
    "orphan-quote": Case(
        _TEXT.replace(",Charges de", ',"Charges de').encode(),
        (("error", "C-TAB-004", "lignes 4 à 8"), ("error", "C-TAB-004", "à la ligne 3")),
    ),
    "scientific": Case(
        _encoded(_amounts(lambda a: f"{float(a):.3E}" if a else "")),
        (("error", "C-TAB-006", "scientifique"),),
        "kept",
    ),
    "blank-amounts": Case(
        _encoded(_amounts(lambda a: a or " ")), (("info", "C-TAB-005", "espaces"),)
    ),
    "nic-of-zeros": Case(
        _encoded(_changed("BGT_SIRET", "21930048000000")),
        (("error", "C-IDE-001", "00000"),),
        "kept",
    ),
    "negative-expenses": Case(
        _encoded(
            [
                row[:14]
                + [f"-{a}" if a and row[13] == "dépense" else a for a in row[14:21]]
                + row[21:]
                for row in rows()
            ]
        ),
        (("warning", "C-TAB-009", "négatifs"),),
        "kept",
    ),
    "sent-twice": Case(
        _encoded(rows() * 2), (("warning", "C-TAB-007", "7 lignes, de 9 à 15"),), "kept"
    ),
    "cents-for-euros": Case(
        _encoded(
            [
                row[:15] + row[15:17] + [a.replace(".", "") for a in row[17:20]] + row[20:]
                for row in rows()
            ]
        ),
        (("warning", "C-TAB-010", "centimes"),),
        "kept",
    ),
    "one-cell-each-and-many-the-same": Case(
        _encoded(
            [
                ["Budget primitif", *row[1:11], section, *row[12:17], amount, *row[18:]]
                for row, section, amount in zip(
                    rows() * 4,
                    ["exploitation"] + ["fonctionnement"] * 27,
                    ["1 234,56", "abc", *["1.00"] * 26],
                    strict=True,
                )
            ]
        ),
        (
            ("error", "C-TAB-005", "BGT_NATDEC"),
            ("error", "C-TAB-005", "28 lignes"),
            ("error", "C-TAB-005", "BGT_SECTION"),
            ("error", "C-TAB-005", "mis en forme"),
            ("error", "C-TAB-002", "BGT_MTPROPNOUV"),
            ("warning", "C-TAB-007", "répètent"),
        ),
        "kept",
    ),
}
