"""A TOTEM document read once, as a stream: its header, then its segments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from ckanext.budget.totem.errors import IncompleteDocument, NotTotem, TooLarge
from ckanext.budget.totem.limits import MAX_HEADER, MAX_TEXT, Budget, Meter
from ckanext.budget.totem.markup import (
    ATTRIBUTE,
    LINE_END,
    LineCounter,
    decode,
    fields_of,
    is_calculated,
)
from ckanext.budget.totem.model import Header, Line, Stage
from ckanext.budget.totem.privacy.forms import NORM
from ckanext.budget.totem.privacy.persons import has_known_words_only
from ckanext.budget.totem.xmlstream import BUDGET_NS, Gate, Readable, Segment, segments

_DOCUMENT = re.compile(rb"<(?:([\w.-]+):)?DocumentBudgetaire(?=[\s>])([^>]*)")
_BUDGET = re.compile(rb"<(?:[\w.-]+:)?EnTeteBudget(?=[\s>])")
_VERSION = re.compile(rb"<(?:[\w.-]+:)?VersionSchema\s[^>]*>")
_INFORMATION = re.compile(rb"<(?:[\w.-]+:)?Information\s[^>]*")
_TRUE = ("true", "1")

MAX_ANNEXES = 200
"""Different annexes of a document; the XSD has fewer than 40."""


def read_header(stream: Readable) -> Header:
    """What the document says of itself; no more of it is read. Raises as ``Document`` does."""
    document = Document(stream)
    next((segment for segment in document if segment.kind == "lines"), None)
    return document.header


class Document:
    """Iterate to get every segment of the file; ``header`` is known from the first budget line.

    Raises the errors of ``xmlstream``, ``IncompleteDocument`` and, beyond ``budget``, ``TooSlow``
    while iterating.
    """

    def __init__(self, stream: Readable, budget: Budget | None = None) -> None:
        self._stream = stream
        self._gate = Gate()
        self._meter = Meter(budget)
        self._head = bytearray()
        self._is_inside = False
        self._header: Header | None = None
        self._budgets = 0
        self._annexes: set[str] = set()

    @property
    def header(self) -> Header:
        """Raises ``IncompleteDocument`` when read before the first lines."""
        if self._header is None:
            raise IncompleteDocument("L'en-tête du document n'a pas encore été lu.")
        return self._header

    @property
    def encoding(self) -> str:
        """Charset announced by the XML declaration."""
        return self._gate.encoding

    @property
    def is_blanked(self) -> bool:
        """True once a comment, a CDATA section or an instruction of the file became spaces."""
        return self._gate.is_blanked

    def __iter__(self) -> Iterator[Segment]:
        for segment in segments(self._stream, self._gate):
            self._look(segment)
            if self._header is None:
                self._gather(segment)
            yield segment
            # What the consumers of the segment took is counted too.
            self._meter.read(len(segment.data))
        if self._header is None:
            self._header = self._parse_header()

    def _look(self, segment: Segment) -> None:
        """One budget only: the lines of a second would be published under the first's name."""
        if segment.kind == "annex":
            self._annexes.add(segment.name)
        elif segment.kind == "other":
            self._budgets += len(_BUDGET.findall(segment.data))
        if self._budgets > 1:
            raise NotTotem(
                "Le fichier contient plusieurs budgets : exportez un fichier par budget."
            )
        if len(self._annexes) > MAX_ANNEXES:
            raise TooLarge(
                f"Le document a plus de {MAX_ANNEXES} annexes différentes : ce n'est pas un export "
                "TOTEM ordinaire, exportez-le de nouveau."
            )

    def _gather(self, segment: Segment) -> None:
        """Keep the bytes of the header until the first line or annex ends it."""
        if segment.kind != "other":
            self._header = self._parse_header()
            return
        self._head += segment.data
        if not self._is_inside:
            # What comes before, in a CFU, is the accounting document: as long as it likes.
            start = self._head.rfind(b"<", 0, self._head.find(b"DocumentBudgetaire") + 1)
            self._is_inside = start >= 0
            del self._head[: start if self._is_inside else -1024]
        if len(self._head) > MAX_HEADER:
            raise TooLarge(
                f"L'en-tête du document dépasse {MAX_HEADER >> 10} ko avant la première ligne de "
                "budget : ce n'est pas un export ordinaire, exportez-le de nouveau."
            )

    def _parse_header(self) -> Header:
        self._check_namespace()
        head, self._head = bytes(self._head), bytearray()
        blocks = {name: self._block(head, name) for name in _BLOCKS}
        if not blocks["EnTeteBudget"] or not blocks["BlocBudget"]:
            raise IncompleteDocument(
                "Le document n'a pas d'en-tête de budget (EnTeteBudget, BlocBudget) : "
                "exportez-le de nouveau depuis le logiciel."
            )
        version = _VERSION.search(head)
        blocks["Document"] = fields_of(version[0], self.encoding) if version else {}
        return _header(blocks, self._population(head), self._gate)

    def _check_namespace(self) -> None:
        match = _DOCUMENT.search(self._head)
        if not match:
            raise NotTotem(
                "Le fichier ne contient pas de document budgétaire (DocumentBudgetaire) : "
                "vérifiez l'export choisi."
            )
        declared = {name: double or single for name, double, single in ATTRIBUTE.findall(match[2])}
        own = declared.get(b"xmlns:" + match[1] if match[1] else b"xmlns", BUDGET_NS.encode())
        if own != BUDGET_NS.encode():
            raise NotTotem(
                "L'espace de noms du document budgétaire n'est pas celui de TOTEM : "
                "exportez-le au format national (docbudgetaire)."
            )

    def _block(self, head: bytes, name: str) -> dict[str, str]:
        """The values of the first block of that name; none when it is empty or absent."""
        opening = _OPENINGS[name].search(head)
        end = head.find(b"</" + opening[1], opening.end()) if opening else -1
        return fields_of(head[opening.end() : end], self.encoding) if opening and end >= 0 else {}

    def _population(self, head: bytes) -> int | None:
        """``InformationsGenerales/Information[@Code='PopTot']``; 0 means unknown."""
        for tag in _INFORMATION.findall(head):
            values = {name: double or single for name, double, single in ATTRIBUTE.findall(tag)}
            if values.get(b"Code") == b"PopTot":
                written = decode(values.get(b"V", b""), self.encoding)
                count = int(re.sub(r"[^0-9]", "", written.partition(",")[0])[:12] or 0)
                return count if 0 < count <= _MOST_INHABITANTS else None
        return None


_BLOCKS = ("BlocEditeur", "EnTeteDocBudgetaire", "EnTeteBudget", "BlocBudget")
_OPENINGS = {name: re.compile(rb"<((?:[\w.-]+:)?" + name.encode() + rb")[\s>]") for name in _BLOCKS}
# It ends the name of the published files.
_LONGEST = {"NumDec": 30}
# Digits of a number of inhabitants.
_MOST_INHABITANTS = 12
_MISSING = {
    "siret": "le SIRET du budget (EnTeteBudget/IdEtab, 14 chiffres)",
    "fiscal_year": "l'exercice (BlocBudget/Exer, quatre chiffres)",
    "stage": "la nature du document (BlocBudget/NatDec : 01, 02, 03, 09 ou 10)",
}


def _header(blocks: dict[str, dict[str, str]], population: int | None, gate: Gate) -> Header:
    for name, values in blocks.items():
        _check_texts(name, values)
    document, entete, bloc = (blocks[name] for name in _BLOCKS[1:])
    stage = Stage.from_code(bloc.get("NatDec", ""))
    siret = _siret(entete.get("IdEtab", "")) or _siret(document.get("IdColl", ""))
    year = bloc.get("Exer", "").strip()
    known = {"siret": siret, "fiscal_year": re.fullmatch(r"[12][0-9]{3}", year), "stage": stage}
    missing = [_MISSING[key] for key, value in known.items() if not value]
    if missing or stage is None:
        raise IncompleteDocument(
            f"Il manque au document {', '.join(missing)} : complétez-le dans le logiciel "
            "puis exportez de nouveau."
        )
    norm, _, variant = _typed(entete, "Nomenclature").partition("-")
    return Header(
        siret=siret,
        collectivity_siret=_typed(document, "IdColl"),
        name=document.get("LibelleColl", "").strip(),
        budget_name=entete.get("LibelleEtab", "").strip(),
        insee_code=_typed(entete, "CodInseeColl"),
        department=_department(_typed(document, "Departement")),
        body_label=_if_known(document.get("NatCEPL", "").strip()),
        norm=norm,
        variant=variant or norm,
        fiscal_year=int(year),
        stage=stage,
        number=_typed(bloc, "NumDec").lstrip("0").lower(),
        vote_date=_date(bloc.get("DteDec", "")),
        budget_type="annexe" if bloc.get("CodTypBud", "P").strip() == "A" else "principal",
        main_budget_siret=_siret(bloc.get("IdEtabPal", "")),
        main_budget_name=bloc.get("LibelleEtabPal", "").strip(),
        by_function=bloc.get("NatFonc", "1").strip() in ("2", "3"),
        population=population,
        is_draft=bloc.get("ProjetBudget", "").strip().lower() in _TRUE,
        is_cfu=gate.root == "CompteFinancierUnique" or stage is Stage.CFU,
        schema_version=_typed(blocks["Document"], "VersionSchema"),
        software=blocks["BlocEditeur"].get("CodeEditeur", "").strip(),
        encoding=gate.encoding,
        edited_on=(_date(document.get("DteStr", "")) or "")[:10],
    )


# What becomes a sheet, an address, a file name or a report is read through the XSD's types: a name
# written there would be published. Blanks between digits, and letters of a decision's number (DM1),
# are usual.
_TYPES = {
    "IdColl": re.compile(r"[0-9]{9,14}"),
    "CodInseeColl": re.compile(r"[0-9]{1,11}|[0-9]?2[ABab][0-9]{3}"),
    "Departement": re.compile(r"[0-9]{1,3}|0?2[ABab]"),
    "NumDec": re.compile(r"(?:[A-Za-z]{0,2}[0-9]{1,9}|[0-9]{1,9}[A-Za-z]{0,2})?"),
    "Nomenclature": re.compile(NORM),
    "VersionSchema": re.compile(r"[0-9.]{1,12}"),
}
_SEPARATORS = re.compile(r"[\s.°/-]+")
_SPACED = ("IdColl", "CodInseeColl", "NumDec")
_MOST_INHABITANTS = 70_000_000


def _typed(block: dict[str, str], element: str) -> str:
    """The value, blank when it is not of its type; the control then says so without quoting it."""
    text = block.get(element, "").strip()
    text = _SEPARATORS.sub("", text) if element in _SPACED else text
    return text if _TYPES[element].fullmatch(text) else ""


def _if_known(text: str) -> str:
    return text if has_known_words_only(text) else ""


def _department(number: str) -> str:
    return number.lstrip("0").zfill(2) if number else ""


def _check_texts(block: str, values: dict[str, str]) -> None:
    """The texts of the header are repeated in every row of what is published."""
    if any(len(value) > _LONGEST.get(name, MAX_TEXT) for name, value in values.items()):
        raise TooLarge(
            f"Un texte de l'en-tête ({block}) est trop long, plus de {MAX_TEXT} caractères ou, "
            f"pour NumDec, de {_LONGEST['NumDec']} : raccourcissez-le dans le logiciel puis "
            "exportez de nouveau."
        )


def _siret(value: str) -> str:
    digits = re.sub(r"\s", "", value)
    return digits if re.fullmatch(r"[0-9]{14}", digits) else ""


_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T[0-9:.]{5,18})?(?:Z|[+-][0-9]{2}:[0-9]{2})?")


def _date(value: str) -> str | None:
    """Anything else than a date could be a name, and a header is published."""
    found = _DATE.fullmatch(value.strip())
    try:
        return found[0] if found and date.fromisoformat(found[1]) else None
    except ValueError:
        return None


_SECTION = re.compile(
    rb"<(?:[\w.-]+:)?CaracSup(?=[^<]*Code\s*=\s*[\"']Section[\"'])[^<]*?\sV\s*=\s*[\"']([^\"']*)"
)
_LINE_FIELDS = {
    "Nature": "nature",
    "ContNat": "chapter",
    "Fonction": "function",
    "Operation": "operation",
    "CodRD": "rd",
    "OpBudg": "order",
    "TypOpBudg": "order_type",
    "ArtSpe": "artspe",
    "LibCpte": "label",
}


def lines_of(segment: Segment, encoding: str) -> Iterator[Line]:
    """The budget lines of a ``lines`` segment, the producer's subtotals included."""
    start = 0
    counter = LineCounter(segment.data, segment.line)
    for end in LINE_END.finditer(segment.data):
        body = segment.data[start : end.start()]
        yield parse_line(body, encoding, counter.line_at(start))
        start = end.end()


def parse_line(body: bytes, encoding: str, position: int) -> Line:
    """The line element in these bytes; ``position`` is the line of the file where it starts."""
    values = fields_of(body, encoding)
    section = _SECTION.search(body)
    return Line(
        position=position,
        section_hint=decode(section[1], encoding) if section else "",
        calculated=is_calculated(body),
        amounts={k: v for k, v in values.items() if k.startswith(("Mt", "Cred"))},
        **{attribute: values.get(name, "") for name, attribute in _LINE_FIELDS.items()},
    )
