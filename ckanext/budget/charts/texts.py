"""Words that explain the charts, by identifier: key figures, amounts, tabs, glossary.

Functions, because the language is that of the request. English is the message, French comes from
the catalogue; figures and glossary are the library's (``totem.summary.words``).
"""

from __future__ import annotations

from typing import Any

from ckan.plugins.toolkit import _

from ckanext.budget.core.formats import locale
from ckanext.budget.totem.summary.categories import categories as categories_of
from ckanext.budget.totem.summary.figures import FIGURES
from ckanext.budget.totem.summary.words import figure_words, ratio_words
from ckanext.budget.totem.summary.words import glossary as terms_of


def texts() -> dict[str, Any]:
    """All of them, JSON-ready."""
    return {
        "figures": figures(),
        "amounts": amounts(),
        "groups": groups(),
        "sections": sections(),
        "stages": stages(),
        "tabs": tabs(),
        "glossary": glossary(),
        "findings": findings(),
        "categories": categories(),
        "ratios": ratios(),
        "readings": readings(),
    }


def findings() -> dict[str, str]:
    """What was tolerated in the file, by code of ``totem.summary.findings``; ``{count}``."""
    return {
        "empty": _("The file holds no budget line."),
        "no-amount": _("No amount other than zero: there is nothing to draw."),
        "unreadable-amount": _(
            "{count} unreadable amount(s), counted as zero: correct them in the file."
        ),
        "several-documents": _(
            "The file holds {count} documents (stages, years or budgets): only the one with the "
            "most lines is drawn."
        ),
        "no-direction": _("{count} group(s) of lines are neither receipt nor expenditure."),
        "no-section": _("{count} group(s) of lines without section, shown apart."),
        "guessed-section": _(
            "{count} group(s) of lines without section: it is told by the plan of accounts."
        ),
        "no-order": _(
            "{count} group(s) of lines do not tell real from order movements: real amounts "
            "(saving…) cannot always be computed."
        ),
        "rounded-amount": _("{count} amount(s) with more than two decimals, rounded to the cent."),
        "negative-amount": _(
            "{count} negative sum(s), cancellations or corrections: they are counted, and told "
            "beside the charts that cannot draw them."
        ),
        "row-width": _("{count} line(s) do not have the right number of columns."),
        "encoding": _("The file is not in UTF-8: its accents are put right."),
        "left-out": _("{count} line(s) of totals, notes or repeated headers are not counted."),
        "lost-zeros": _(
            "{count} code(s) lost their leading zeros: they are put back, as their label says."
        ),
        "delimiter": _("The file's separator is not the comma."),
        "no-function": _(
            "This document does not tell functions: spending by public policy is not available, "
            "spending by kind is."
        ),
        "no-label": _(
            "{count} label(s) missing in the file, taken from the plan of accounts or replaced by "
            "the code."
        ),
        "unknown-norm": _("The document's norm is not known: some labels are missing."),
        "trimmed": _(
            "Very detailed document: the finest codes are grouped in the charts; the table has "
            "all the lines."
        ),
    }


def tabs() -> dict[str, str]:
    """Tabs in order."""
    return {
        "essentiel": _("Key figures"),
        "flux": _("Where money comes from, where it goes"),
        "repartition": _("By policy, by kind"),
        "execution": _("Voted and carried out"),
        "dette": _("Debt"),
        "subventions": _("Grants"),
        "personnel": _("Staff"),
        "impots": _("Taxes and rates"),
        "programmes": _("Programmes over several years"),
        "bilan": _("Assets and cash"),
        "ratios": _("Legal ratios"),
        "evolution": _("Over time"),
        "comparer": _("Compare with others"),
        "annexes": _("All the annexes"),
        "tableau": _("Table of lines"),
    }


def amounts() -> dict[str, str]:
    """The seven amounts of SCDL."""
    return {
        "MTREAL": _("Carried out"),
        "MTBUDGPREC": _("Former budget"),
        "MTRARPREC": _("Carried over from the former year"),
        "MTPROPNOUV": _("Proposed"),
        "MTPREV": _("Voted"),
        "CREDOUV": _("Open credits (voted and carried over)"),
        "MTRAR3112": _("Still to be carried out on 31 December"),
    }


def sections() -> dict[str, str]:
    """Sections of the budget; ``?``: the file does not tell."""
    return {
        "F": _("Operating section"),
        "I": _("Investment section"),
        "?": _("Section not given"),
    }


def stages() -> dict[str, str]:
    """Stages of a budget."""
    return {
        "BP": _("Initial budget"),
        "BS": _("Additional budget"),
        "DM": _("Amending decision"),
        "CA": _("Administrative account"),
        "CFU": _("Single financial account"),
        "": _("Budget document"),
    }


def groups() -> dict[str, str]:
    """Groups of key figures, in order."""
    return {
        "section": _("The two sections"),
        "result": _("Results of the account"),
        "saving": _("Saving: what is left to invest"),
        "spending": _("Main spending"),
        "receipts": _("Main receipts"),
        "debt": _("Debt"),
    }


def figures() -> dict[str, dict[str, str]]:
    """Label, group, one sentence, formula, accounts and source of each key figure (``FIGURES``)."""
    groups = {figure.id: figure.group for figure in FIGURES}
    return {
        name: {
            "label": words.label,
            "group": groups[name],
            "explanation": words.meaning,
            "formula": words.formula,
            "codes": words.accounts,
            "source": words.source,
            "term": words.term,
        }
        for name, words in figure_words(locale()).items()
    }


def categories() -> dict[str, dict[str, str]]:
    """Label and one sentence of each plain category (``totem.summary.categories``)."""
    return {
        category.id: {"label": category.label, "meaning": category.meaning}
        for category in categories_of(locale())
    }


def ratios() -> dict[str, dict[str, str]]:
    """Label and formula of each legal ratio (``totem.summary.ratios``)."""
    return {name: words._asdict() for name, words in ratio_words(locale()).items()}


def readings() -> dict[str, str]:
    """What explains that a printed ratio differs (``totem.summary.ratios.READINGS``)."""
    return {
        "without_disposals": _("real revenue is counted without the proceeds of disposals (775)"),
        "with_disposals": _("saving is counted with the proceeds of disposals (775)"),
        "with_own_works": _("works by own staff (72) are not taken off expenditure"),
        "without_own_works": _("works by own staff (72) are not counted as equipment"),
        "with_grants": _("equipment grants paid (204) are counted as equipment"),
        "without_third_parties": _("operations for third parties (45x) are not counted"),
        "second_homes": _("the population counts one inhabitant more for each second home"),
        "opening_debt": _("the printed debt is that of 1 January"),
        "closing_debt": _("the printed debt is that of 31 December"),
        "lump_sum": _("only the lump-sum grant (7411) is counted, not the whole DGF (741)"),
        "land_taxes": _("only account 73111 is counted"),
        "whole_16": _(
            "the repayment counts the whole chapter 16, deposits and refinancing included"
        ),
        "net_saving": _("the debt is divided by net saving"),
    }


def glossary() -> list[dict[str, str]]:
    """Terms of a local budget in plain words; ``id`` is the anchor that figures point at."""
    return [term._asdict() for term in terms_of(locale())]
