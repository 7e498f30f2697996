"""One pass over a document: blocks are checked as they come, facts gathered, then rules applied."""
from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ckanext.budget.totem.checks.facts import AMOUNTS, Facts, Lines, Tally
from ckanext.budget.totem.checks.headers import HeaderReader
from ckanext.budget.totem.checks.keys import is_siren, is_siret
from ckanext.budget.totem.checks.model import Collector, Finding, rules
from ckanext.budget.totem.checks.shape import Block, Scanner, elements_of
from ckanext.budget.totem.checks.values import cents
from ckanext.budget.totem.markup import LINE_END, decode
from ckanext.budget.totem.nomenclature import Plan
from ckanext.budget.totem.nomenclature import load as load_plan
from ckanext.budget.totem.privacy import MASK, Masker
from ckanext.budget.totem.reader import Document
from ckanext.budget.totem.records import Record, records
from ckanext.budget.totem.structure import load
from ckanext.budget.totem.xmlstream import Segment

__all__ = ["Checker"]

_CALCULATED = re.compile(rb"\scalculated\s*=\s*[\"']true[\"']")
_MASK = MASK.encode("ascii")
_TRUE = ("true", "1")
Values = dict[str, str]


class Checker:
    """Feed every segment of ``document`` in order, then ask for the findings.

    ``facts`` may be read after ``finish``. With ``privacy=False`` personal values are not looked
    for (when the caller masks the document in the same pass). Memory does not depend on the size
    of the document, only on the variety of its codes.
    """

    def __init__(self, document: Document, *, privacy: bool = True) -> None:
        self.facts = Facts()
        self._document = document
        self._structure = load()
        self._collector = Collector()
        self._block_rules = rules("block")
        self._scanners: dict[str, Scanner] = {}
        self._headers = HeaderReader(self._structure, self.facts, self._check_block)
        self._lines = _LineFacts(self.facts)
        self._annexes = _AnnexFacts(self.facts)
        # The gentlest policy: what no policy would leave in clear.
        self._masker = Masker("standard") if privacy else None

    def feed(self, segment: Segment) -> None:
        """Take the next segment of the document."""
        encoding = self._document.encoding
        self._headers.feed(segment, encoding)
        self.facts.masks += segment.data.count(_MASK)
        if self._masker is not None:
            self._masker(segment)
        if segment.kind == "lines":
            self._lines.open(self._document)
            self._headers.line_met(segment.line)
            self._feed_blocks(segment, "LigneBudget", LINE_END)
        elif segment.kind == "annex":
            annex = self._structure.annex(segment.name)
            target = annex.target if annex else segment.name
            end = re.compile(rb"</(?:[\w.-]+:)?" + re.escape(target.encode()) + rb"\s*>")
            self._feed_blocks(segment, segment.name, end)

    def finish(self, seal: str = "") -> list[Finding]:
        """Apply the rules on the whole document. ``seal``: status of ``seal.Sealer``."""
        self.facts.header = self._document.header
        self.facts.seal = seal
        if self._masker is not None:
            self.facts.personal = self._masker.masked
        for rule in rules("document"):
            assert rule.check is not None
            for hit in rule.check(self.facts):
                self._collector.add(rule.code, hit)
        return self._collector.findings()

    def _feed_blocks(self, segment: Segment, container: str, end: re.Pattern[bytes]) -> None:
        scanner = self._scanners.get(container)
        if scanner is None:
            scanner = Scanner(self._structure, container, self._document.encoding)
            self._scanners[container] = scanner
        is_counted_only = segment.kind == "annex" and not self._annexes.reads(container)
        for body, line in _bodies(segment, end):
            calculated = _is_calculated(body)
            seen = elements_of(body)
            if scanner.is_right(seen):
                values = {} if is_counted_only else self._quick_values(seen[1:])
            else:
                record = self._read(segment, body, line)
                values = {element.name: element.value for element in reversed(record.elements)}
                if not calculated and self._structure.fields(container):
                    self._check_block(
                        Block(self._structure, container, record.line, record.elements)
                    )
            if segment.kind == "lines":
                self._lines.add(values, line, calculated)
            elif not calculated:
                self._annexes.add(segment.name, values, line)

    def _quick_values(self, seen: list[tuple[bytes, bytes, bytes, bytes]]) -> Values:
        encoding = self._document.encoding
        return {
            name.decode("ascii").rpartition(":")[2]: decode(value[1:-1], encoding)
            for name, _, value, _ in reversed(seen)
        }

    def _read(self, segment: Segment, body: bytes, line: int) -> Record:
        part = segment._replace(data=body, line=line)
        return next(records(part, self._document.encoding))

    def _check_block(self, block: Block) -> None:
        for rule in self._block_rules:
            assert rule.check is not None
            for hit in rule.check(block):
                self._collector.add(rule.code, hit)


def _bodies(segment: Segment, end: re.Pattern[bytes]) -> Iterator[tuple[bytes, int]]:
    """The bytes of each whole block of a segment, and its line in the file."""
    line, start, data = segment.line, 0, segment.data
    for match in end.finditer(data):
        body = data[start : match.end()]
        lead = len(body) - len(body.lstrip())
        line += body.count(b"\n", 0, lead)
        yield body[lead:], line
        line += body.count(b"\n", lead)
        start = match.end()


def _is_calculated(body: bytes) -> bool:
    return b"calculated" in body and bool(_CALCULATED.search(body, 0, body.find(b">") + 1))


class _Codes(NamedTuple):
    """What decides the chapter and section of a line."""

    nature: str
    chapter: str
    rd: str
    order: str
    order_type: str
    hint: str


class _LineFacts:
    """Adds budget lines up."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._groups: dict[_Codes, Lines] = {}

    def open(self, document: Document) -> None:
        """The header is known: choose the chart of accounts."""
        if self._facts.plan is None:
            header = document.header
            self._facts.header = header
            self._facts.plan = load_plan(header.norm, header.variant, header.fiscal_year)

    def add(self, values: Values, line: int, calculated: bool) -> None:
        """Count one line; of a subtotal keep only the producer's named totals."""
        if calculated:
            self._keep_total(values, line)
            return
        self._facts.line_count += 1
        get = values.get
        codes = _Codes(get("Nature", ""), get("ContNat", ""), get("CodRD", ""), get("OpBudg", ""),
                       get("TypOpBudg", ""), "")
        group = self._groups.get(codes)
        if group is None:
            assert self._facts.plan is not None
            group = self._groups[codes] = _resolve(self._facts.plan, codes)
            self._facts.lines.append(group)
        group.tally.met(line)
        for name in AMOUNTS:
            text = get(name)
            if text:
                group.totals[name] += cents(text) or 0
        function = get("Fonction")
        if function:
            self._facts.functions.setdefault(function, Tally()).met(line)

    def _keep_total(self, values: Values, line: int) -> None:
        group = values.get("Groupe", "")
        if group:
            totals = {name: cents(values[name]) for name in ("MtReal", "CredOuv") if name in values}
            known = {name: total for name, total in totals.items() if total is not None}
            self._facts.producer_totals.setdefault(group, (known, line))


def _resolve(plan: Plan, codes: _Codes) -> Lines:
    """Chapter and section of the lines with these codes, and who says so."""
    chapter, chapter_origin = codes.chapter, "document"
    if not chapter:
        chapter, chapter_origin = plan.chapter_of(
            codes.nature, codes.rd, codes.order, codes.order_type
        )
    section, section_origin = plan.section_of(chapter, codes.nature)
    return Lines(codes.nature, chapter, codes.rd, codes.order, codes.order_type, section,
                 chapter_origin, section_origin, codes.chapter)


class _AnnexFacts:
    """Counts annex records; reads the list of annexes and the numbers of third parties."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def reads(self, annex: str) -> bool:
        """True when the values of that annex are looked at."""
        return annex == "SOMMAIRE" or bool(_numbers([f.name for f in load().fields(annex)]))

    def add(self, annex: str, values: Values, line: int) -> None:
        """Count one record."""
        self._facts.annexes[annex] += 1
        if annex == "SOMMAIRE" and values.get("Present", "") in _TRUE:
            self._facts.announced.setdefault(values.get("CodeAnnexe", ""), line)
        for name in _numbers(values):
            if values[name].strip() and not _is_right_number(values[name]):
                self._facts.beneficiaries.setdefault(f"{annex}/{name}", Tally()).met(line)


def _numbers(names: Iterable[str]) -> list[str]:
    """Elements that hold the SIREN or SIRET of a third party."""
    return [name for name in names if name.lower().startswith("siret")]


def _is_right_number(number: str) -> bool:
    digits = number.strip()
    return not digits.strip("0") or is_siret(digits) or is_siren(digits) or digits == MASK
