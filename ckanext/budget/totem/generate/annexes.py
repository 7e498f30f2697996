"""The annexes of a document: which ones, how many records, and the records themselves."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import lru_cache
from itertools import count as count_up
from pathlib import Path
from typing import NamedTuple

from ckanext.budget.totem.generate.annex_values import RECORDS, Context, value
from ckanext.budget.totem.generate.chance import chance
from ckanext.budget.totem.generate.names import Planter
from ckanext.budget.totem.generate.scenarios import Spec
from ckanext.budget.totem.generate.writer import Field, Writer
from ckanext.budget.totem.structure import Field as FieldFacts
from ckanext.budget.totem.structure import load

HERE = Path(__file__).parent
# Share of the optional fields that a producer fills, by annex and document.
FILLED = (0.35, 0.6, 0.9)
COMMENTED = 0.05
NAMED_COMMENT = 0.3
# The annex that takes the bytes of a large document, as in real ones.
FILLER, FILLER_PATTERNS, NUMBER = "PATRIMOINE", 200, "NumInventaire"


class Count(NamedTuple):
    """A row of ``annex_counts.tsv``: in which documents, how many records."""

    annex: str
    stages: frozenset[str]
    kinds: frozenset[str]
    per_10000: float
    least: int
    most: int


def _table(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source, delimiter="\t"))


@lru_cache(maxsize=1)
def counts() -> tuple[Count, ...]:
    """The table, in the order of the XSD (TAnnexes)."""
    return tuple(
        Count(
            row["annex"],
            frozenset(row["stages"].split()),
            frozenset(row["kinds"].split()),
            float(row["per_10000"]),
            int(row["least"]),
            int(row["most"]),
        )
        for row in _table("annex_counts.tsv")
    )


def _wanted(count: Count, spec: Spec) -> bool:
    if spec.annexes:
        return spec.annexes == "all"
    if count.annex == FILLER and spec.annex_share:
        return True
    suits = "*" in count.kinds or spec.budget.body.kind in count.kinds
    return suits and spec.stage.name in count.stages


def _number(count: Count, spec: Spec) -> int:
    many = round(count.per_10000 * spec.budget.body.population / 10_000)
    if spec.budget.is_annex:
        many //= 4
    return min(max(count.least, many), count.most)


def chosen(spec: Spec) -> list[tuple[str, int]]:
    """Annexes of a document and their numbers of records."""
    return [(count.annex, _number(count, spec)) for count in counts() if _wanted(count, spec)]


def _comment(annex: str, context: Context) -> str:
    """``Champ_Editeur``: the producer's free text, which may name the agent in charge."""
    if load().field(annex, "Champ_Editeur") is None or not context.chance(COMMENTED):
        return ""
    if not context.chance(NAMED_COMMENT):
        return context.draw("other")
    return f"Saisi par {context.planter.person(f'{annex}/Champ_Editeur')}"


def _kept(annex: str, spec: Spec) -> list[FieldFacts]:
    """Fields that the producer fills in this document: the required ones and some others."""
    rng = chance(spec.file_name, annex, "fields")
    share = rng.choice(FILLED)
    return [
        field
        for field in load().fields(annex)
        if not field.supplement and (rng.random() < share or field.required)
    ]


def _record(annex: str, fields: list[FieldFacts], context: Context) -> list[Field]:
    """One record: what its builder says, the rest by type, in the order of the XSD."""
    built = RECORDS[annex](context) if annex in RECORDS else {}
    known = {field.name for field in fields}
    values = {field.name: built.get(field.name) for field in fields}
    values.update(built, Champ_Editeur=_comment(annex, context))
    result = []
    for field in load().fields(annex):
        content = values.get(field.name)
        if content is None and field.name in known:
            content = value(field, context)
        if content:
            result.append((field.name, content))
    return result


def records(annex: str, number: int, spec: Spec, planter: Planter) -> Iterator[list[Field]]:
    """``number`` records of an annex."""
    fields = _kept(annex, spec)
    context = Context(spec, chance(spec.file_name, annex), planter)
    for rank in range(number):
        context.rank = rank
        yield _record(annex, fields, context)


def _summary(spec: Spec) -> Iterator[list[Field]]:
    """SOMMAIRE: an annex is announced when the document holds it."""
    held = {annex for annex, _ in chosen(spec)}
    for row in _table("summary.tsv"):
        here = not row["annex"] or row["annex"] in held
        yield [
            ("CodeAnnexe", row["code"]),
            ("Present", spec.style.true if here else spec.style.false),
        ]


def _tag(annex: str) -> str:
    """Element of one record of an annex that the XSD knows."""
    field = load().annex(annex)
    assert field is not None
    return field.target


def _patterns(spec: Spec, writer: Writer, planter: Planter) -> list[tuple[str, str]]:
    """Assets as text before and after their inventory number."""
    tag = _tag(FILLER)
    found = []
    for fields in records(FILLER, FILLER_PATTERNS, spec, planter):
        values = dict(fields) | {NUMBER: NUMBER}
        ordered = [
            (field.name, values[field.name])
            for field in load().fields(FILLER)
            if field.name in values
        ]
        head, tail = writer.record(tag, 4, ordered).split(f'V="{NUMBER}"')
        found.append((head + 'V="', '"' + tail))
    return found


def _filler(spec: Spec, writer: Writer, planter: Planter) -> Iterator[str]:
    """Assets repeated, each with its own inventory number, until the annexes have their share."""
    patterns = _patterns(spec, writer, planter)
    left = int((spec.size or 0) * spec.annex_share)
    for rank in count_up():
        if left <= 0:
            return
        head, tail = patterns[rank % FILLER_PATTERNS]
        left -= len(head) + len(tail) + 8
        yield f"{head}{rank:08d}{tail}"


def _content(
    annex: str, number: int, spec: Spec, writer: Writer, planter: Planter
) -> Iterator[str]:
    """Records of one annex as text."""
    if annex == FILLER and spec.annex_share:
        yield from _filler(spec, writer, planter)
        return
    tag = _tag(annex)
    found = _summary(spec) if annex == "SOMMAIRE" else records(annex, number, spec, planter)
    for fields in found:
        yield writer.record(tag, 4, fields)


def annexes(spec: Spec, writer: Writer, planter: Planter) -> Iterator[str]:
    """The whole ``Annexes`` element; nothing when the document has none."""
    present = chosen(spec)
    if not present:
        return
    yield writer.open("Annexes", 2)
    for annex, number in present:
        yield writer.open(f"DATA_{annex}", 3)
        yield from _content(annex, number, spec, writer, planter)
        yield writer.close(f"DATA_{annex}", 3)
    yield writer.close("Annexes", 2)
