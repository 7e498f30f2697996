"""What this portal does of personal data, told from its rules, its settings and its documents."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import ckan.plugins.toolkit as tk

from ckanext.budget import config
from ckanext.budget.core import workdir
from ckanext.budget.quality import masked
from ckanext.budget.quality.masked import Count
from ckanext.budget.totem.privacy.matrix import Verdict, verdicts
from ckanext.budget.totem.privacy.policy import GROUNDS, FieldRule, rules

_KINDS = {
    "elected": ("SIGNATAIRE", "SIGNATURE", "FORMATION"),
    "beneficiaries": ("CONCOURS", "PRET", "FOND_AIDES_ECO", "FOND_EUROPEEN"),
    "guarantees": ("EMPRUNT", "AUTRE_ENGAGEMENT", "CREDIT_BAIL"),
    "staff": ("PERSONNEL",),
    "accountants": ("Gestion", "Edition", "#text"),
    "goods": ("PATRIMOINE", "TIERS", "MEMBRESASA", "PROVISION", "DETTE", "RECETTE_AFFECTEE"),
    "tables": ("SCDL",),
}
_OF = {container: kind for kind, containers in _KINDS.items() for container in containers}
_OTHER = "texts"

_NAMES = ("natural", "legal", "body")
"""Actions that look at whose name it is: see :func:`_kept_names` for what they keep."""


class Kind(NamedTuple):
    """One row of the page: what it is, what the portal's policy does of it, how many there are."""

    title: str
    decisions: list[str]
    values: Count


def page() -> dict[str, Any]:
    """What the template shows: ``policy``, ``kinds``, ``names`` (Count of beneficiaries) and why
    some are kept, ``documents`` counted of ``all_documents``, ``days``, ``contact`` and
    ``grounds``."""
    policy, told = config.masking_policy(), masked.figures()
    return {
        "policy": policy,
        "kinds": _kinds(policy, told),
        "kept_names": _kept_names(policy),
        "names": _sum(told, {_place(rule) for rule in rules() if _is_of_names(rule)}),
        "documents": told.documents,
        "all_documents": told.all_documents,
        "days": {
            "deposit": config.deposit_days(),
            "purge": config.purge_days(),
            "hours": workdir.KEPT_HOURS,
        },
        "contact": config.privacy_contact(),
        "grounds": GROUNDS,
    }


@cache
def matrix() -> list[Verdict]:
    """Every attribute of the schema; its words are French, as the law's are."""
    return verdicts()


def _kept_names(policy: str) -> str:
    """Why names of beneficiaries are on line, in the reader's language."""
    if policy == "strict":
        return tk._("their code or their name says a legal person, or their publisher said so")
    return tk._(
        "their code or their name says a legal person, their publisher said so, or, for the "
        "guarantees and commitments whose list the law makes public, they do not read as a "
        "person's name, which leaves out no surname written alone"
    )


def _kinds(policy: str, told: masked.Figures) -> list[Kind]:
    titles = _titles()
    decisions: dict[str, dict[str, None]] = {kind: {} for kind in titles}
    for rule in rules():
        decisions[_kind(rule.container)].setdefault(_decision(rule.action, policy))
    decisions["tables"].setdefault(_decision("somebody", policy))
    counts = dict.fromkeys(titles, Count())
    for place, count in told.by_element.items():
        counts[_kind(place.partition("/")[0])] += count
    return [Kind(titles[kind], list(decisions[kind]), counts[kind]) for kind in titles]


def _kind(container: str) -> str:
    return _OF.get(container, _OTHER)


def _place(rule: FieldRule) -> str:
    return f"{rule.container}/{rule.element}"


def _is_of_names(rule: FieldRule) -> bool:
    return (
        rule.action in _NAMES
        and rule.element.startswith(("Lib", "Nom"))
        and "Benef" in (rule.element)
    )


def _sum(told: masked.Figures, places: set[str]) -> Count:
    return sum((count for place, count in told.by_element.items() if place in places), Count())


def _titles() -> dict[str, str]:
    """By kind, in the order of the page."""
    return {
        "beneficiaries": tk._("Beneficiaries of grants, aids and loans"),
        "guarantees": tk._("Guaranteed borrowers, lessors and other commitments"),
        "elected": tk._("Elected people, signatories and deliberations"),
        "staff": tk._("Staff of the body"),
        "accountants": tk._("Public accountants, users, signatures and certificates"),
        "goods": tk._("Goods, third parties, disputes, annuities and bequests"),
        "texts": tk._("Free texts, notes and what the national schema does not know"),
        "tables": tk._("Tables (SCDL) made elsewhere"),
    }


def _decision(action: str, policy: str) -> str:
    """What the policy of the portal does, in the reader's language."""
    is_strict = policy == "strict"
    legal = tk._("masked unless it is certainly a legal person's")
    by_action = {
        "always": tk._("masked"),
        "natural": tk._("masked unless the beneficiary is a legal person"),
        "legal": legal,
        "body": legal if is_strict else tk._("masked if it is a person's name"),
        "lender": tk._("masked if it is, or may be, a person who lends"),
        "somebody": tk._("masked if it is a person's name"),
        "known": tk._("masked unless it has codes and known words only"),
        "person": tk._("masked") if is_strict else tk._("masked if the line is one person"),
        "strict": tk._("masked") if is_strict else tk._("kept: a text makes it public"),
        "words": tk._("masked unless it is a figure, a date or a short code"),
    }
    return by_action[action]
