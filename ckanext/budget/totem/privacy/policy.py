"""What is masked, field by field, under which policy and why: ``policy.tsv`` read as data.

Actions: ``always`` (both policies), ``natural`` (both, unless the grant's beneficiary is a legal
person by its code or, without code, by its name), ``legal`` (both, unless the name is certainly a
legal person's), ``body`` (the same in strict; in standard, where a text makes the list of bodies
public, only a natural person's name), ``lender`` (both: a natural person's name, and, where the
account of the loan is one that people lend by, all but a legal person's), ``somebody`` (both, a
natural person's name only), ``known`` (both, unless codes and words of ``persons.tsv``: any other
may be a surname), ``person`` (strict always; standard when the record is about one person),
``strict`` (strict only: a text makes it public), ``words`` (both, unless digits, dates, booleans or
a code of three characters at most).
A free text that is kept as it is stands in ``kept.tsv`` with its reason, or not at all.
A field that neither these tables nor the structure table knows is masked unless its value can name
nobody (``forms.is_figure``).
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ckanext.budget.totem.structure import Field, load

POLICIES = ("strict", "standard")
"""The strictest first."""
# The reference text of administrative practice; fits every Texte100 field of the XSD.
MASK = "Occultation Article L311-7 CRPA"

GROUNDS = {
    "L311-6": "Code des relations entre le public et l'administration, article L311-6 "
    "(protection de la vie privée)",
    "L311-7": "Code des relations entre le public et l'administration, article L311-7 "
    "(occultation des mentions non communicables)",
    "L312-1-2": "Code des relations entre le public et l'administration, article L312-1-2 "
    "(publication après traitement des données personnelles)",
    "L2121-25": "Code général des collectivités territoriales, articles L2121-25 et L2121-26 "
    "(publicité des délibérations)",
    "L2123-14-1": "Code général des collectivités territoriales, article L2123-14-1 et suivants "
    "(formation des élus)",
    "L2311-3": "Code général des collectivités territoriales, articles L2311-3 et R2311-9 "
    "(autorisations de programme, votées et annexées au budget)",
    "L2313-1": "Code général des collectivités territoriales, article L2313-1 "
    "(annexes du budget mises à disposition du public)",
}


@dataclass(frozen=True)
class FieldRule:
    """One row of the policy table; ``element`` starts with ``@`` for an attribute."""

    container: str
    element: str
    action: str
    ground: str
    reason: str


@cache
def rules() -> tuple[FieldRule, ...]:
    """Every rule, in the order of the table."""
    with open(Path(__file__).with_name("policy.tsv"), encoding="utf-8", newline="") as table:
        return tuple(FieldRule(**row) for row in csv.DictReader(table, delimiter="\t"))


@dataclass(frozen=True)
class Kept:
    """A free text that both policies keep: ``form`` is ``free``, or ``code`` (masked otherwise)."""

    container: str
    element: str
    form: str
    reason: str


@cache
def kept() -> dict[tuple[str, str], Kept]:
    """``{(container, element): Kept}``, in the order of the table."""
    with open(Path(__file__).with_name("kept.tsv"), encoding="utf-8", newline="") as table:
        rows = [Kept(**row) for row in csv.DictReader(table, delimiter="\t")]
    return {(row.container, row.element): row for row in rows}


def at_least(policy: str, floor: str) -> str:
    """The stricter of two policies: what a portal applies when an editor asks for ``policy``.

    ``ValueError`` for a policy that does not exist: nothing is published under it.
    """
    for name in (policy, floor):
        if name not in POLICIES:
            raise ValueError(f"unknown policy: one of {', '.join(POLICIES)}")
    return min(policy, floor, key=POLICIES.index)


@cache
def rules_of(container: str) -> dict[str, FieldRule]:
    """``{element: rule}`` of an annex or block, the rules of every container included."""
    return {rule.element: rule for rule in rules() if rule.container in ("*", container)}


def mask_for(field: Field | None) -> str:
    """The mask that keeps the field valid against the XSD (type and length).

    Text gets the reference text, cut to the field's length; numbers get 0; digit strings zeros.
    """
    if field is None:
        return MASK
    if field.kind in ("amount", "integer", "digits"):
        return "0" * (field.min_length or 1)
    if field.pattern and field.pattern.startswith("[0-9]"):
        return "0" * (field.min_length or 9)
    text = re.sub("[^0-9A-Za-z]", "", MASK) if field.pattern else MASK
    return text[: field.max_length].rstrip() if field.max_length else text


@cache
def known_fields(container: str) -> dict[str, Field]:
    """``{element: field}`` of an annex, or of every block outside the annexes for ``*``."""
    structure = load()
    names = [container]
    if container == "*":
        names = [name for name in structure.containers if name not in structure.annexes]
    return {field.name: field for name in names for field in structure.fields(name)}
