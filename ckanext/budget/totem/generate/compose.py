"""A whole document, piece by piece: ``DocumentBudgetaire`` or ``CompteFinancierUnique``."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator, Sequence

from ckanext.budget.totem.generate import annexes, cfu, header, lines, sealing, sizes
from ckanext.budget.totem.generate.names import Planted, Planter
from ckanext.budget.totem.generate.scenarios import Spec
from ckanext.budget.totem.generate.styles import Style
from ckanext.budget.totem.generate.writer import Writer
from ckanext.budget.totem.model import Stage

Rows = Sequence[lines.Row] | None
"""Lines to write instead of the document's own."""

NAMESPACE = "http://www.minefi.gouv.fr/cp/demat/docbudgetaire"
EDITOR_NAMESPACE = "http://www.exemple.fr/demat/outils"
TOOLS = (("DSC_COMMON", "30"), ("REMAT", "2"))
CALCULATED = ' calculated="true" generator="EnrichissementNomenclature.xsl"'
BLOCK = 1 << 16
SEAL = "\0SEAL\0"
"""Stands in the text where the seal goes; no XML text can hold it."""


def declaration(style: Style) -> str:
    """The XML declaration, byte order mark excepted."""
    quote = style.quote
    return (
        f"<?xml version={quote}1.0{quote} encoding={quote}{style.encoding}{quote}?>{style.newline}"
    )


def _editor(spec: Spec, writer: Writer) -> Iterator[str]:
    style = spec.style
    attributes = f' xmlns:ed="{EDITOR_NAMESPACE}"' if style.product else ""
    yield writer.open("BlocEditeur", 1, attributes)
    yield writer.leaf("CodeEditeur", style.editor, 2)
    if style.product:
        yield writer.leaf("ed:Produit", "gestion - 16.51", 2)
    yield writer.close("BlocEditeur", 1)


def _before_seal(spec: Spec, writer: Writer) -> Iterator[str]:
    """From the first child of ``DocumentBudgetaire`` to where the seal goes."""
    yield writer.leaf("VersionSchema", header.schema_version(spec), 1)
    yield from _editor(spec, writer)
    if spec.style.seal:
        for tool, version in TOOLS:
            yield writer.empty("VersionOutil", 1, f' outil="{tool}" version="{version}"')


def _budget_block(spec: Spec, writer: Writer, planter: Planter) -> Iterator[str]:
    """``BlocBudget``, attachments (PJRef) in their place, after ``ProjetBudget``."""
    yield writer.open("BlocBudget", 2)
    for name, value in header.budget_block(spec):
        yield writer.leaf(name, value, 3)
        if name == "ProjetBudget":
            for fields in header.attachments(spec, planter):
                yield writer.record("PJRef", 3, fields)
    yield writer.close("BlocBudget", 2)


def _budget_head(spec: Spec, writer: Writer, planter: Planter) -> Iterator[str]:
    yield writer.record("EnTeteBudget", 2, header.budget_header(spec))
    yield from _budget_block(spec, writer, planter)
    yield writer.open("InformationsGenerales", 2)
    for code, value in header.information(spec):
        yield writer.leaf(f"Information@{code}", value, 3)
    yield writer.close("InformationsGenerales", 2)


def _budget_lines(spec: Spec, writer: Writer, planter: Planter, rows: Rows) -> Iterator[str]:
    if spec.size:
        yield from sizes.filled(spec, writer, planter)
        return
    for fields in lines.iterate(spec, planter, rows):
        yield writer.record("LigneBudget", 2, fields)
    if spec.stage is Stage.CFU:
        for fields in cfu.calculated(spec):
            yield writer.record("LigneBudget", 2, fields, CALCULATED)


def _after_seal(spec: Spec, writer: Writer, planter: Planter, rows: Rows) -> Iterator[str]:
    """From where the seal goes to the last child of ``DocumentBudgetaire``."""
    yield writer.record("EnTeteDocBudgetaire", 1, header.document_header(spec))
    yield writer.open("Budget", 1)
    yield from _budget_head(spec, writer, planter)
    yield from _budget_lines(spec, writer, planter, rows)
    yield from annexes.annexes(spec, writer, planter)
    yield writer.close("Budget", 1)


def _budget_document(spec: Spec, planter: Planter, rows: Rows) -> Iterator[str]:
    """A ``DocumentBudgetaire``; ``SEAL`` where its seal goes."""
    writer = Writer(spec.style)
    yield declaration(spec.style)
    yield f'<DocumentBudgetaire xmlns="{NAMESPACE}"{spec.style.extra_namespace}>{writer.newline}'
    yield from _before_seal(spec, writer)
    if spec.style.seal and not spec.size:
        yield SEAL
    yield from _after_seal(spec, writer, planter, rows)
    yield "</DocumentBudgetaire>" + spec.style.newline


def _single_account(spec: Spec, planter: Planter, rows: Rows) -> Iterator[str]:
    """A ``CompteFinancierUnique``."""
    outer, inner = Writer(spec.style), Writer(spec.style, shift=1)
    yield declaration(spec.style) + cfu.open_root(outer)
    yield from cfu.accounting(spec, outer, planter)
    yield outer.open(
        "DocumentBudgetaire",
        1,
        f' xmlns="{NAMESPACE}" identifiant="{spec.year}-{spec.budget.siret}"',
    )
    yield from _before_seal(spec, inner)
    yield cfu.seal(spec, inner)
    yield from _after_seal(spec, inner, planter, rows)
    yield from cfu.report(spec, inner)
    yield outer.close("DocumentBudgetaire", 1)
    yield from cfu.signatures(spec, outer, planter)
    yield cfu.close_root() + spec.style.newline


def pieces(spec: Spec, planter: Planter, rows: Rows = None) -> Iterator[str]:
    """The text of a document, ``SEAL`` where its seal goes; ``rows`` instead of its own lines."""
    build = _single_account if spec.stage is Stage.CFU else _budget_document
    return build(spec, planter, rows)


def encoded(pieces: Iterable[str], style: Style) -> Iterator[bytes]:
    """Text as bytes, in blocks; what the encoding lacks becomes a character reference."""
    buffer = bytearray()
    for piece in pieces:
        buffer += piece.encode(style.codec, "xmlcharrefreplace")
        if len(buffer) >= BLOCK:
            yield bytes(buffer)
            buffer.clear()
    yield bytes(buffer)


def sealed(text: str, spec: Spec) -> bytes:
    """A document's text as bytes, with a valid seal where ``SEAL`` stands, if anywhere."""
    before, mark, after = text.partition(SEAL)
    head, tail = (b"".join(encoded([part], spec.style)) for part in (before, after))
    if not mark:
        return head
    stamp = f"{header.vote_date(spec).isoformat()}T17:46:59"
    return sealing.seal(head, tail, stamp, Writer(spec.style))


def document(spec: Spec, planter: Planter | None = None) -> Iterator[bytes]:
    """The document of ``spec``, in blocks; sealed when its producer seals and its size is
    ordinary. ``planter`` receives the names planted in it."""
    if spec.style.bom:
        yield codecs.BOM_UTF8
    text = pieces(spec, planter or Planter(spec))
    if spec.size:
        yield from encoded(text, spec.style)
    else:
        yield sealed("".join(text), spec)


def planted_names(spec: Spec) -> list[Planted]:
    """Every personal name that the document holds, and where."""
    planter = Planter(spec)
    for _ in pieces(spec, planter):
        pass
    return planter.planted
