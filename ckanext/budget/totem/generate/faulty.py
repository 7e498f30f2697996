"""Writes spoilt documents: one file per fault, named after it."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from ckanext.budget.totem.errors import TotemError
from ckanext.budget.totem.generate.compose import document, pieces, sealed
from ckanext.budget.totem.generate.faults import FAULTS, Fault, FaultMissed
from ckanext.budget.totem.generate.hostile import HOSTILE
from ckanext.budget.totem.generate.lines import rows
from ckanext.budget.totem.generate.names import Planter
from ckanext.budget.totem.generate.scenarios import Spec, plan
from ckanext.budget.totem.generate.tables import TABLES, spoil

CANDIDATES = 400


class UnknownFault(TotemError):
    """A fault code that does not exist."""


def summaries() -> dict[str, str]:
    """Every fault code and what it is, in French."""
    hostile = {code: summary for code, (summary, _) in HOSTILE.items()}
    documents = {code: fault.summary for code, fault in FAULTS.items()}
    return documents | {code: fault.summary for code, fault in TABLES.items()} | hostile


def codes(wanted: str) -> list[str]:
    """``all`` or a comma-separated list -> codes; UnknownFault otherwise."""
    known = summaries()
    found = list(known) if wanted == "all" else [code.strip() for code in wanted.split(",")]
    unknown = [code for code in found if code not in known]
    if unknown:
        raise UnknownFault("Défaut inconnu : choisissez dans la liste que donne --list-faults.")
    return found


def _suits(spec: Spec, fault: Fault) -> bool:
    return (
        spec.stage.name == fault.stage
        and spec.budget.case.variant == fault.variant
        and spec.budget.is_annex == fault.annex_budget
    )


def _dress(spec: Spec, fault: Fault) -> Spec:
    """``spec`` with the annexes, the seal and the fiscal year that the fault needs."""
    style = replace(spec.budget.style, seal=fault.sealed)
    budget = replace(spec.budget, style=style)
    if fault.year:
        budget = replace(budget, first_year=fault.year)
    annexes = "" if spec.stage.name in ("DM", "CFU") else fault.annexes
    return replace(spec, budget=budget, year=fault.year or spec.year, annexes=annexes)


def spoilt(spec: Spec, fault: Fault) -> bytes:
    """The document of ``spec`` with ``fault``; FaultMissed when it cannot hold it."""
    changed = fault.rows(rows(spec)) if fault.rows else None
    text = "".join(pieces(spec, Planter(spec), changed))
    if fault.text:
        text = fault.text(text, spec)
    bom = codecs.BOM_UTF8 if spec.style.bom else b""
    return bom + sealed(text, spec)


def _faulty(fault: Fault, seed: int) -> bytes:
    """The first suitable document of ``seed`` that can be spoilt."""
    for spec in islice(plan(CANDIDATES, seed), CANDIDATES):
        if _suits(spec, fault):
            try:
                return spoilt(_dress(spec, fault), fault)
            except FaultMissed:
                continue
    raise FaultMissed(fault.summary)


def content(code: str, seed: int) -> bytes:
    """The bytes of the document with the fault ``code``."""
    if code in FAULTS:
        return _faulty(FAULTS[code], seed)
    stage = TABLES[code].stage if code in TABLES else "BP"
    spec = next(spec for spec in plan(CANDIDATES, seed) if spec.stage.name == stage)
    sound = b"".join(document(spec))
    if code in TABLES:
        return spoil(code, sound)
    return HOSTILE[code][1](sound)


def write(out_dir: Path, faults: Iterable[str], seed: int) -> Iterator[Path]:
    """Writes ``<code>.xml`` for every code, ``<code>.csv`` for those of SCDL tables."""
    out_dir.mkdir(parents=True, exist_ok=True)
    for code in faults:
        path = out_dir / f"{code}.{'csv' if code in TABLES else 'xml'}"
        path.write_bytes(content(code, seed))
        yield path
