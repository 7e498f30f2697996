"""Budget lines as the 22 columns of the SCDL budget schema (0.8.3).

A value that the document lacks and the chart of accounts knows is the chart's, and its origin is
counted; a value that nobody knows stays empty and is reported. The amounts are those of the file.

Documents repeat the same few hundred combinations of codes: everything that depends on codes
alone is computed once per combination and kept as the bytes of the row's beginning.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from operator import itemgetter
from typing import BinaryIO, Generic, NamedTuple, TypeVar

from ckanext.budget.totem import columns
from ckanext.budget.totem.amounts import plain
from ckanext.budget.totem.columns import COLUMNS
from ckanext.budget.totem.limits import (
    MAX_CODE,
    MAX_CODES,
    MAX_DECIMALS,
    MAX_DIGITS,
    check_code,
    check_codes,
)
from ckanext.budget.totem.markup import LINE_END, LineCounter
from ckanext.budget.totem.model import Line
from ckanext.budget.totem.nomenclature import Account, Chapter, Function, Plan, load
from ckanext.budget.totem.privacy.forms import is_code
from ckanext.budget.totem.privacy.persons import has_known_words_only
from ckanext.budget.totem.privacy.policy import MASK
from ckanext.budget.totem.reader import Document, parse_line
from ckanext.budget.totem.xmlstream import Segment

# The element that holds the amount (euros) of each column of ``columns.AMOUNTS``.
AMOUNTS = ("MtReal", "MtBudgPrec", "MtRARPrec", "MtPropNouv", "MtPrev", "CredOuv", "MtRAR3112")

# Cells told one by one; of a document that has more, the first are enough.
_MOST_TOLD = 10_000
_TO_QUOTE = re.compile(r'[,"\r\n]')
_SECTIONS = {"F": "fonctionnement", "I": "investissement"}
_ORDERS = {"0": "réel", "1": "ordre"}
_DIRECTIONS = {"R": "recette", "D": "dépense"}
_MASKED_OPERATION = MASK[:10]
_SPECIALISED = {
    written: f"{value}\r\n".encode()
    for value, spellings in {
        "spécialisé": (b"true", b"1"),
        "non spécialisé": (b"false", b"0"),
    }.items()
    for written in spellings
}

_CODE = rb"""[^"&]*"""
# Of what ``amounts`` reads, the usual part, which is copied as it is.
_AMOUNT = rb"-?[0-9]{1,%d}(?:\.[0-9]{1,%d})?" % (MAX_DIGITS, MAX_DECIMALS)
# TLigneBudget is a sequence: the order of its elements is the schema's. None: not converted.
_SEQUENCE: tuple[tuple[str, bytes | None], ...] = (
    ("Nature", _CODE), ("LibCpte", None), ("Fonction", _CODE), ("Operation", _CODE),
    ("ContNat", _CODE), ("ArtSpe", _CODE), ("ContFon", None), ("ContOp", None),
    ("CodRD", _CODE), ("MtBudgPrec", _AMOUNT), ("MtRARPrec", _AMOUNT), ("MtPropNouv", _AMOUNT),
    ("MtPrev", _AMOUNT), ("CredOuv", _AMOUNT), ("MtReal", _AMOUNT), ("MtRAR3112", _AMOUNT),
    ("OpBudg", _CODE), ("TypOpBudg", _CODE), ("OpeCpteTiers", None),
)  # fmt: skip


def _sequence() -> re.Pattern[bytes]:
    """A whole line in the schema's order, as nearly every producer writes it."""
    parts = [rb'\s*<LigneBudget(?:\sid="[^"]*")?>\s*']
    for name, value in _SEQUENCE:
        inner = rb'[^"]*' if value is None else b"(" + value + b")"
        # "(?:x|)" rather than "(?:x)?": no repetition to set up, 2.1 µs a line instead of 2.7.
        parts.append(rb"(?:<" + name.encode() + rb' V="' + inner + rb'"/>\s*|)')
    wanted = "|".join(name for name, value in _SEQUENCE if value is not None).encode()
    parts.append(rb"(?:<(?!(?:" + wanted + rb")[\s/>])\w+\s[^<>]*/>\s*)*</LigneBudget>")
    return re.compile(b"".join(parts))


_LINE = _sequence()
# Up to the first "calculated" only: there is then one way to match, and none to come back to.
_SUBTOTALS = re.compile(
    rb'(?:\s*<LigneBudget\s(?:(?!calculated="true")[^<>])*calculated="true"[^<>]*>'
    rb"[^<]*(?:<\w[^<]*)*</LigneBudget>)+"
)
_WANTED = [name for name, value in _SEQUENCE if value is not None]
_KEY = ("Nature", "ContNat", "CodRD", "OpBudg", "TypOpBudg", "Fonction", "Operation", "ArtSpe")
_codes_of = itemgetter(*map(_WANTED.index, _KEY[:5]))
_others_of = itemgetter(*map(_WANTED.index, _KEY[5:]))
_amounts_of = itemgetter(*map(_WANTED.index, AMOUNTS))
CodeKey = tuple[bytes, bytes, bytes, bytes, bytes]
Amounts = tuple[bytes, ...]


Answers = TypeVar("Answers", "Codes", "Named")


class Missing(NamedTuple):
    """A mandatory cell that stays empty: its column, the file's line, how many rows share it."""

    column: str
    position: int
    rows: int


class Codes(NamedTuple):
    """What a line's codes say, with the origin of each answer that the document did not give.

    ``left`` and ``right`` are the cells CONTNAT…NATURE_LABEL and SECTION…CODRD as CSV bytes.
    """

    chapter: str
    chapter_label: str
    nature: str
    nature_label: str
    section: str
    order: str
    direction: str
    left: bytes
    right: bytes
    origins: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]


class Named(NamedTuple):
    """A functional code and its label, with the two cells as CSV bytes."""

    code: str
    label: str
    cells: bytes
    origins: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Counted(Generic[Answers]):
    """Answers about codes, with where they were first asked and by how many rows."""

    answers: Answers
    position: int = 0
    rows: int = 0


# A line as read, in the document's charset: codes, function, operation, ArtSpe, the seven amounts,
# and where it starts and ends in its segment. A plain tuple: one is made for every line.
_Raw = tuple[CodeKey, bytes, bytes, bytes, Amounts, int, int]


@dataclass
class ScdlWriter:
    """Feed it every segment of ``document``; it writes the CSV's header and rows to ``out``.

    ``out`` gets UTF-8 bytes, comma separated, CRLF line ends (RFC 4180). ``observe`` is called
    for each row with what its codes say and its seven amounts, bytes as written (order of
    ``AMOUNTS``): see ``totals``.
    ``provenance`` gets one CSV row per cell that the document did not give: row, column, origin.
    """

    document: Document
    out: BinaryIO
    observe: Callable[[Codes, Named, Amounts], None] | None = None
    provenance: BinaryIO | None = None
    rows: int = 0
    unreadable: list[Missing] = field(default_factory=list)
    _codes: dict[CodeKey, _Counted[Codes]] = field(default_factory=dict)
    _functions: dict[bytes, _Counted[Named]] = field(default_factory=dict)
    _operations: dict[bytes, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.out.write(_csv(COLUMNS) + b"\r\n")
        if self.provenance:
            self.provenance.write(b"LIGNE,COLONNE,ORIGINE\r\n")

    def __call__(self, segment: Segment) -> None:
        """Convert a ``lines`` segment; the others hold no row."""
        if segment.kind == "lines":
            rows = list(self._convert(segment))
            self.out.write(b"".join(rows))

    @property
    def origins(self) -> Counter[tuple[str, str]]:
        """How many cells each source gave: ``{(column, origin): cells}``, the document's not."""
        counts: Counter[tuple[str, str]] = Counter()
        for codes in self._codes.values():
            counts.update(dict.fromkeys(codes.answers.origins, codes.rows))
        for function in self._functions.values():
            counts.update(dict.fromkeys(function.answers.origins, function.rows))
        return counts

    @property
    def missing(self) -> list[Missing]:
        """Mandatory cells that nobody could tell, by combination of codes."""
        nameless = () if self._name else ("BGT_NOM",)
        return [
            Missing(column, codes.position, codes.rows)
            for codes in self._codes.values()
            for column in (*nameless, *codes.answers.missing)
        ]

    def _convert(self, segment: Segment) -> Iterator[bytes]:
        identity, observe, provenance = self._identity, self.observe, self.provenance
        known, functions, operations = self._codes, self._functions, self._operations
        lines = LineCounter(segment.data, segment.line)
        for key, function, operation, artspe, amounts, start, end in self._read(segment, lines):
            codes = known.get(key) or self._learn(key, segment.data[start:end], lines, start)
            named = functions.get(function)
            if named is None:
                named = self._learn_function(function, lines, start)
            cell = operations.get(operation)
            if cell is None:
                cell = self._learn_operation(operation, lines, start)
            codes.rows += 1
            named.rows += 1
            self.rows += 1
            left, right = codes.answers.left, codes.answers.right
            tail = _SPECIALISED.get(artspe, b"\r\n")
            yield b",".join((identity, left, named.answers.cells, cell, right, *amounts, tail))
            if observe:
                observe(codes.answers, named.answers, amounts)
            if provenance:
                self._tell(codes.answers, named.answers, provenance)

    def _read(self, segment: Segment, lines: LineCounter) -> Iterator[_Raw]:
        data, at, end = segment.data, 0, len(segment.data)
        while at < end:
            start = at
            match = _LINE.match(data, at)
            if match:
                values, at = match.groups(b""), match.end()
                yield (_codes_of(values), *_others_of(values), _amounts_of(values), start, at)
                continue
            line, at = self._unusual(segment.data, at, lines)
            if line is not None and not line.calculated:
                yield self._raw(line, start, at)

    def _unusual(self, data: bytes, at: int, lines: LineCounter) -> tuple[Line | None, int]:
        """The line at this offset, in any layout, and where it ends; subtotals are skipped."""
        subtotals = _SUBTOTALS.match(data, at)
        if subtotals:
            return None, subtotals.end()
        close = LINE_END.search(data, at)
        if not close:
            return None, len(data)
        end = close.end()
        return parse_line(data[at:end], self.document.encoding, lines.line_at(at)), end

    def _raw(self, line: Line, start: int, end: int) -> _Raw:
        texts = (line.nature, line.chapter, line.rd, line.order, line.order_type, line.function,
                 line.operation, line.artspe.lower())  # fmt: skip
        parts = [text.strip().encode(self.document.encoding, "replace") for text in texts]
        key: CodeKey = (parts[0], parts[1], parts[2], parts[3], parts[4])
        amounts = tuple(self._amount(line, name) for name in AMOUNTS)
        return key, parts[5], parts[6], parts[7], amounts, start, end

    def _amount(self, line: Line, name: str) -> bytes:
        """As written, every digit; a decimal comma becomes a point, thousands separators go."""
        text = plain(line.amounts.get(name, ""))
        if text is None:
            column = columns.AMOUNTS[AMOUNTS.index(name)]
            if len(self.unreadable) < _MOST_TOLD:
                self.unreadable.append(Missing(column, line.position, 1))
            return b""
        return text.encode("ascii")

    def _learn(self, key: CodeKey, body: bytes, lines: LineCounter, start: int) -> _Counted[Codes]:
        encoding = self.document.encoding
        _admit(key, len(self._codes), lines, start)
        texts = [part.decode(encoding, "replace").strip() for part in key]
        # A word is no code: the cell is what the chart says without it, or empty.
        texts = [text if is_code(text) else "" for text in texts]
        counted = _Counted(_codes(self._plan, *texts))
        if counted.answers.missing:
            position = lines.line_at(start)
            line = parse_line(body, encoding, position)
            counted = _Counted(_codes(self._plan, *texts, line.section_hint), position)
        self._codes[key] = counted
        return counted

    def _learn_function(self, code: bytes, lines: LineCounter, start: int) -> _Counted[Named]:
        _admit((code,), len(self._functions), lines, start)
        text = code.decode(self.document.encoding, "replace").strip()
        text = text if is_code(text) else ""
        counted = self._functions[code] = _Counted(_function(self._plan, text))
        return counted

    def _learn_operation(self, code: bytes, lines: LineCounter, start: int) -> bytes:
        _admit((code,), len(self._operations), lines, start)
        text = code.decode(self.document.encoding, "replace").strip()
        # The masked document says the beginning of the mask, its CSV nothing either.
        is_shown = has_known_words_only(text) and text != _MASKED_OPERATION
        cell = self._operations[code] = _csv([text if is_shown else ""])
        return cell

    @cached_property
    def _plan(self) -> Plan:
        header = self.document.header
        return load(header.norm, header.variant, header.fiscal_year)

    @cached_property
    def _name(self) -> str:
        return self.document.header.name or self.document.header.budget_name

    @cached_property
    def _identity(self) -> bytes:
        header = self.document.header
        return _csv([header.stage.label, str(header.fiscal_year), header.siret, self._name])

    def _tell(self, codes: Codes, function: Named, provenance: BinaryIO) -> None:
        provenance.writelines(
            _csv([str(self.rows), column, origin]) + b"\r\n"
            for column, origin in (*codes.origins, *function.origins)
        )


def _admit(codes: Sequence[bytes], known: int, lines: LineCounter, start: int) -> None:
    """Raises ``TooLarge`` for a code too long, or one too many."""
    if known < MAX_CODES and len(b"".join(codes)) <= MAX_CODE:
        return
    check_codes(known + 1)
    for code in codes:
        check_code(code, lines.line_at(start))


class _Guess(NamedTuple):
    value: str
    origin: str


@lru_cache(maxsize=20_000)
def _codes(
    plan: Plan, nature: str, chapter: str, rd: str, order: str, order_type: str, hint: str = ""
) -> Codes:
    """What the chart of accounts says of a line's codes (all as in the document, stripped)."""
    own_nature = _nature(plan, nature, chapter)
    guessed_order = _Guess(order, "") if order else _Guess("0", "rule")
    own_chapter = (
        _Guess(chapter, "")
        if chapter
        else _Guess(*plan.chapter_of(own_nature.value, rd, guessed_order.value, order_type))
    )
    guesses = {
        "BGT_CONTNAT": own_chapter,
        "BGT_CONTNAT_LABEL": _label(plan.chapter, own_chapter.value),
        "BGT_NATURE": own_nature,
        "BGT_NATURE_LABEL": _label(plan.nature, own_nature.value),
        "BGT_SECTION": _section(plan, own_chapter.value, own_nature.value, hint),
        "BGT_OPBUDG": _Guess(_ORDERS.get(guessed_order.value, ""), guessed_order.origin),
        "BGT_CODRD": _Guess(_DIRECTIONS.get(rd, ""), ""),
    }
    values = [guess.value for guess in guesses.values()]
    origins = tuple((c, g.origin) for c, g in guesses.items() if g.value and g.origin)
    missing = tuple(column for column, guess in guesses.items() if not guess.value)
    return Codes._make((*values, _csv(values[:4]), _csv(values[4:]), origins, missing))


def _nature(plan: Plan, nature: str, chapter: str) -> _Guess:
    """The account; a chapter without execution (022, 023…) is its own account in every plan."""
    if nature or not chapter:
        return _Guess(nature, "")
    account = plan.nature(chapter)
    return _Guess(chapter, "rule") if account and account.code == chapter else _Guess("", "")


def _section(plan: Plan, chapter: str, nature: str, hint: str) -> _Guess:
    answer = plan.section_of(chapter, nature)
    if not answer.value and hint in _SECTIONS:
        return _Guess(_SECTIONS[hint], "")
    return _Guess(_SECTIONS.get(answer.value, ""), answer.origin)


def _label(look_up: Callable[[str], Account | Chapter | Function | None], code: str) -> _Guess:
    found = look_up(code) if code else None
    return _Guess(found.label, found.origin) if found else _Guess("", "")


@lru_cache(maxsize=20_000)
def _function(plan: Plan, code: str) -> Named:
    label = _label(plan.function, code)
    origins = (("BGT_FONCTION_LABEL", label.origin),) if label.value else ()
    return Named(code, label.value, _csv([code, label.value]), origins)


def _csv(cells: Sequence[str]) -> bytes:
    """Cells joined by commas, quoted where RFC 4180 asks for it."""
    return ",".join(
        '"' + cell.replace('"', '""') + '"' if _TO_QUOTE.search(cell) else cell for cell in cells
    ).encode("utf-8")


def write(stream: BinaryIO, out: BinaryIO, provenance: BinaryIO | None = None) -> ScdlWriter:
    """Convert a TOTEM file; the returned writer tells rows, origins and missing cells.

    Raises ``TotemError`` (see ``errors``); ``out`` is then incomplete and must be dropped.
    """
    document = Document(stream)
    writer = ScdlWriter(document, out, provenance=provenance)
    for segment in document:
        writer(segment)
    return writer
