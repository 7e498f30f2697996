"""One pass over a document: blocks are checked as they come, facts gathered, then rules applied."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import NamedTuple

from ckanext.budget.totem.amounts import ZEROS, cents, plain
from ckanext.budget.totem.checks.facts import AMOUNTS, MAX_KEPT, Facts, Lines, Occurrences, kept
from ckanext.budget.totem.checks.families import rules
from ckanext.budget.totem.checks.headers import HeaderReader
from ckanext.budget.totem.checks.model import Collector, Finding, Hit
from ckanext.budget.totem.checks.shape import Block, Scanner, Seen, elements_of, usual_block
from ckanext.budget.totem.identifiers import is_siren, is_siret
from ckanext.budget.totem.limits import MAX_CODE, check_code
from ckanext.budget.totem.markup import LineCounter, is_calculated
from ckanext.budget.totem.nomenclature import Plan
from ckanext.budget.totem.nomenclature import load as load_plan
from ckanext.budget.totem.privacy import MASK, Masker
from ckanext.budget.totem.reader import Document
from ckanext.budget.totem.records import Element, records
from ckanext.budget.totem.structure import load
from ckanext.budget.totem.summary.consolidation import FIELDS as CONSOLIDATION_FIELDS
from ckanext.budget.totem.summary.debt import FIELDS as LOAN_FIELDS
from ckanext.budget.totem.xmlstream import Segment

_MASK = MASK.encode("ascii")
_TRUE = (b"true", b"1")
# What other tools and people write in the place of a name, in both encodings.
_OTHER_MASKS = (
    b"nonymis", b"NONYMIS", b"ccultation", b"CCULTATION", b"asqu\xe9", b"asqu\xc3\xa9",
    b"XXXX", b"****",
)  # fmt: skip
_CODES = ("Nature", "ContNat", "CodRD", "OpBudg", "TypOpBudg")
_OF_LINES = (*_CODES, "Fonction", "Operation", *AMOUNTS)
_SPENT = (b"D", b"0")
#: Values by element name, as bytes: most are only compared or added. None: absent.
Values = Mapping[str, bytes | None]


class Checker:
    """Feed every segment of ``document`` in order, then ask for the findings.

    ``facts`` may be read after ``finish``. With ``privacy=False`` personal values are not looked
    for (when the caller masks the document in the same pass). Memory does not depend on the size
    of the document, only on the variety of its codes.
    """

    def __init__(self, document: Document, *, privacy: bool = True) -> None:
        self.facts = Facts()
        self._document = document
        self._collector = Collector(rules())
        self._readers: dict[str, _BlockReader] = {}
        self._headers = HeaderReader(load(), self.facts, self._check_block)
        self._lines = _LineFacts(self.facts)
        self._annexes = _AnnexFacts(self.facts)
        # The gentlest policy: what no policy would leave in clear.
        self._masker = Masker("standard") if privacy else None

    def feed(self, segment: Segment) -> None:
        """Take the next segment of the document."""
        self._headers.feed(segment, self._document.encoding)
        self.facts.masks += segment.data.count(_MASK)
        if segment.kind == "annex" and not self.facts.is_masked_elsewhere:
            self.facts.is_masked_elsewhere = any(word in segment.data for word in _OTHER_MASKS)
        if self._masker is not None:
            self._masker(segment)
        if segment.kind == "lines":
            self._lines.open(self._document)
            self._headers.line_met(segment.line)
            self._reader("LigneBudget", self._lines.add).feed(segment)
        elif segment.kind == "annex":
            self._annexes.open(segment.name)
            self._reader(segment.name, self._annexes.add).feed(segment)

    def finish(self, seal: str = "") -> list[Finding]:
        """Apply the rules on the whole document. ``seal``: status of ``seal.Sealer``."""
        self.facts.header = self._document.header
        self.facts.seal = seal
        if self._masker is not None:
            self.facts.personal = self._masker.masked
        self._collector.apply("document", self.facts)
        return self._collector.findings()

    def _reader(self, container: str, add: _Add) -> _BlockReader:
        reader = self._readers.get(container)
        if reader is None:
            reader = _BlockReader(container, self._document.encoding, add, self._check_block)
            self._readers[container] = reader
        return reader

    def _check_block(self, block: Block) -> None:
        block = block._replace(is_newer=self.facts.is_newer)
        self._collector.apply("block", block, self._fair)

    def _fair(self, hit: Hit, severity: str) -> Hit:
        """What a schema newer than ours may allow is told, not blamed.

        What would spoil the published data stays an error.
        """
        is_doubtful = self.facts.is_newer and (hit.severity or severity) == "warning"
        return hit._replace(severity="info") if is_doubtful else hit


class _Where(NamedTuple):
    """The next tag after an offset in a segment; its line is counted only when asked for."""

    lines: LineCounter
    offset: int

    @property
    def line(self) -> int:
        """Line of the file."""
        return self.lines.line_at(self.offset)


_Add = Callable[[Values, _Where, bool], None]


class _BlockReader:
    """Reads the blocks of one container: the values that facts need, and the odd blocks whole."""

    def __init__(
        self, container: str, encoding: str, add: _Add, check: Callable[[Block], None]
    ) -> None:
        self._structure = load()
        self._container = container
        self._encoding = encoding
        self._add = add
        self._check = check
        annex = self._structure.annex(container)
        record = annex.target if annex else container
        names = _OF_LINES if container == "LigneBudget" else _read_in(container)
        self._is_known = bool(self._structure.fields(container))
        self._usual = usual_block(self._structure, container, record, names)
        self._end = re.compile(rb"</(?:[\w.-]+:)?" + re.escape(record.encode()) + rb"\s*>")
        self._scanner = Scanner(self._structure, container, encoding)

    def feed(self, segment: Segment) -> None:
        """Every whole block of a segment."""
        data, at = segment.data, 0
        lines = LineCounter(data, segment.line)
        match_usual, add = self._usual.match, self._add
        while True:
            match = match_usual(data, at)
            if match is not None:
                add(match.groupdict(), _Where(lines, at), False)
                at = match.end()
                continue
            end = self._end.search(data, at)
            if end is None:
                return
            self._look_closer(segment, at, end.end(), lines)
            at = end.end()

    def _look_closer(self, segment: Segment, start: int, end: int, lines: LineCounter) -> None:
        body = segment.data[start:end].lstrip()
        where = _Where(lines, start)
        calculated = is_calculated(body)
        seen = elements_of(body)
        if self._scanner.is_right(seen) or (calculated and _is_simple(body, seen)):
            values = self._values(seen[1:])
        else:
            part = segment._replace(data=body, line=where.line)
            record = next(records(part, self._encoding, with_text=True))
            values = {e.name: _bytes(e) for e in record.elements[::-1]}
            if self._is_known and not calculated:
                self._check(Block(self._structure, self._container, record.line, record.elements))
        self._add(values, where, calculated)

    def _values(self, seen: list[tuple[bytes, bytes, bytes, bytes]]) -> Values:
        return {
            name.decode("ascii").rpartition(":")[2]: value[1:-1] for name, _, value, _ in seen[::-1]
        }


def _is_simple(body: bytes, seen: list[Seen]) -> bool:
    """True when values need no decoding: enough for a subtotal, to which no rule applies."""
    return b"&" not in body and body.isascii() and all(value for _, _, value, _ in seen[1:])


class _LineFacts:
    """Adds budget lines up."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._groups: dict[tuple[bytes, ...], Lines] = {}
        self._functions: dict[bytes, Occurrences] = {}
        self._amounts: tuple[str, ...] = AMOUNTS

    def open(self, document: Document) -> None:
        """The header is known: choose the chart of accounts and the amounts to add."""
        if self._facts.plan is None:
            header = document.header
            self._facts.header = header
            self._facts.plan = load_plan(header.norm, header.variant, header.fiscal_year)
            others = ("CredOuv",) if self._facts.is_execution else ("MtRARPrec", "CredOuv")
            self._amounts = (self._facts.amount, *others)

    def add(self, values: Values, where: _Where, calculated: bool) -> None:
        """Count one line; of a subtotal keep only the producer's named totals."""
        if calculated:
            self._keep_total(values, where)
            return
        self._facts.line_count += 1
        get = values.get
        codes = tuple([get(name) or b"" for name in _CODES])
        group = self._groups.get(codes) or self._open_group(codes, where)
        group.tally.count += 1
        for name in self._amounts:
            amount = get(name)
            if amount and amount not in ZEROS:
                group.totals[name] += cents(amount) or 0
        operation = get("Operation")
        if operation and codes[2:4] == _SPENT:
            self._spend(_text(operation), group.chapter, get)
        function = get("Fonction")
        if function:
            tally = self._functions.get(function) or self._open_function(function, where)
            tally.count += 1

    def _spend(self, operation: str, chapter: str, get: Callable[[str], bytes | None]) -> None:
        """Real expenditure and credits of an equipment operation, by chapter."""
        budget = kept(self._facts.operations, (operation, chapter), Counter())
        if budget is not None:
            for name in ("MtReal", "CredOuv"):
                budget[name] += cents(get(name) or b"") or 0

    def _open_group(self, codes: tuple[bytes, ...], where: _Where) -> Lines:
        assert self._facts.plan is not None
        longest = max(codes, key=len)
        if len(longest) > MAX_CODE:
            check_code(longest, where.line)
        group = _resolve(self._facts.plan, *map(_text, codes))
        if len(self._groups) >= MAX_KEPT:
            return self._merge(group, where)
        group.tally.line = where.line
        self._groups[codes] = group
        self._facts.lines.append(group)
        return group

    def _merge(self, group: Lines, where: _Where) -> Lines:
        """Too many combinations for a real document: add up by what the sums need only."""
        key = tuple(
            part.encode("latin-1", "replace")
            for part in ("*", group.section, group.rd, group.order, group.order_type)
        )
        merged = self._groups.get(key)
        if merged is None:
            group.tally.line = where.line
            self._groups[key] = merged = group
            self._facts.lines.append(group)
        return merged

    def _open_function(self, function: bytes, where: _Where) -> Occurrences:
        if len(self._functions) >= MAX_KEPT:
            return Occurrences()
        if len(function) > MAX_CODE:
            check_code(function, where.line)
        tally = kept(self._facts.functions, _text(function), Occurrences(0, where.line))
        self._functions[function] = tally
        return tally

    def _keep_total(self, values: Values, where: _Where) -> None:
        group = values.get("Groupe")
        if group:
            totals = {name: cents(values.get(name) or b"x") for name in self._amounts}
            known = {name: total for name, total in totals.items() if total is not None}
            kept(self._facts.producer_totals, _text(group), (known, where.line))


def _resolve(plan: Plan, nature: str, given: str, rd: str, order: str, order_type: str) -> Lines:
    """Chapter and section of the lines with these codes, and who says so."""
    chapter, chapter_origin = given, "document"
    if not chapter:
        chapter, chapter_origin = plan.chapter_of(nature, rd, order, order_type)
    section, section_origin = plan.section_of(chapter, nature)
    return Lines(
        nature, chapter, rd, order, order_type, section, chapter_origin, section_origin, given
    )


class _AnnexFacts:
    """Counts annex records; reads the list of annexes and the numbers of third parties."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._annex = ""

    def open(self, annex: str) -> None:
        """The records that follow are of this annex."""
        self._annex = annex

    def add(self, values: Values, where: _Where, calculated: bool) -> None:
        """Count one record; subtotals are none."""
        if calculated:
            return
        annex = self._annex
        self._facts.annexes[annex] += 1
        if annex == "EMPRUNT":
            self._facts.debt.add(_told(values, LOAN_FIELDS))
        if annex == "CONSOLIDATION":
            self._facts.consolidation.add(_told(values, CONSOLIDATION_FIELDS))
        if annex == "SOMMAIRE" and values.get("Present") in _TRUE:
            code = _text(values.get("CodeAnnexe") or b"")
            kept(self._facts.announced, code, where.line)
        for name, value in values.items():
            if value and _is_number(name) and not _is_right_number(_text(value)):
                tally = kept(self._facts.beneficiaries, f"{annex}/{name}", Occurrences())
                tally.met(tally.line or where.line)


def _told(values: Values, names: tuple[str, ...]) -> dict[str, str]:
    return {name: _text(value) for name in names if (value := values.get(name))}


def _read_in(annex: str) -> tuple[str, ...]:
    """Elements of an annex whose values are looked at."""
    if annex == "SOMMAIRE":
        return ("CodeAnnexe", "Present")
    if annex == "EMPRUNT":
        return LOAN_FIELDS
    if annex == "CONSOLIDATION":
        return CONSOLIDATION_FIELDS
    return tuple(field.name for field in load().fields(annex) if _is_number(field.name))


def _is_number(name: str) -> bool:
    """Elements that hold the SIREN or SIRET of a third party."""
    return name.lower().startswith("siret")


def _is_right_number(number: str) -> bool:
    digits = number.strip()
    return not digits.strip("0") or is_siret(digits) or is_siren(digits) or digits == MASK


def _bytes(element: Element) -> bytes:
    """The value as the fast ways give it; an amount stays one without its blanks and marks."""
    value = (element.name in AMOUNTS and plain(element.value)) or element.value
    return value.encode("latin-1", "replace")


def _text(value: bytes) -> str:
    """Codes and numbers are ASCII; anything else need only stay different."""
    return value.decode("latin-1").strip()
