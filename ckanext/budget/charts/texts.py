"""Words that explain the charts, by identifier: key figures, amounts, tabs, glossary.

Functions, because the language is that of the request. English is the message, French comes from
the catalogue.
"""

from __future__ import annotations

from typing import Any

from ckan.plugins.toolkit import _


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
        "encoding": _("The file is not in UTF-8: it is read as windows-1252."),
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
        "evolution": _("Over time"),
        "comparer": _("Compare with others"),
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
        "saving": _("Saving: what is left to invest"),
        "spending": _("Main spending"),
        "receipts": _("Main receipts"),
        "debt": _("Debt"),
    }


def _figure(label: str, explanation: str, formula: str, codes: str, term: str) -> dict[str, str]:
    return {
        "label": label,
        "explanation": explanation,
        "formula": formula,
        "codes": codes,
        "source": _("CGCT, art. L. 2313-1 and R. 2313-1; definitions of the DGCL"),
        "term": term,
    }


def figures() -> dict[str, dict[str, str]]:
    """Label, one sentence, formula and account codes of each key figure (``FIGURES``)."""
    return {
        "operating_receipts": _figure(
            _("Operating receipts"),
            _("What comes in every year: taxes, State grants, payments by users."),
            _("All receipts of the operating section, former result (002) included"),
            _("Operating section, receipts: all accounts"),
            "fonctionnement",
        ),
        "operating_expenditure": _figure(
            _("Operating expenditure"),
            _("What daily services cost: staff, supplies, grants paid, interest."),
            _("All expenditure of the operating section, former result (002) included"),
            _("Operating section, expenditure: all accounts"),
            "fonctionnement",
        ),
        "operating_result": _figure(
            _("Operating balance"),
            _("Receipts less expenditure of daily services; a budget is voted at zero."),
            _("Operating receipts − operating expenditure"),
            _("Operating section: all accounts"),
            "equilibre",
        ),
        "investment_receipts": _figure(
            _("Investment receipts"),
            _("What pays for works and purchases: saving, grants received, loans."),
            _("All receipts of the investment section, former balance (001) included"),
            _("Investment section, receipts: all accounts"),
            "investissement",
        ),
        "investment_expenditure": _figure(
            _("Investment expenditure"),
            _("Works, purchases that last, and repayment of loans."),
            _("All expenditure of the investment section, former balance (001) included"),
            _("Investment section, expenditure: all accounts"),
            "investissement",
        ),
        "investment_result": _figure(
            _("Investment balance"),
            _("Receipts less expenditure of investment; below zero, it must be financed."),
            _("Investment receipts − investment expenditure"),
            _("Investment section: all accounts"),
            "equilibre",
        ),
        "overall_result": _figure(
            _("Overall balance"),
            _("What is left at the end, both sections and former results together."),
            _("Operating balance + investment balance"),
            _("All accounts"),
            "equilibre",
        ),
        "real_operating_receipts": _figure(
            _("Real operating receipts"),
            _("Money that really comes in for daily services, without book entries."),
            _("Real receipts of operation, without 002 nor sales of assets (775)"),
            _("Operating section, real receipts, except 002 and 775"),
            "reel",
        ),
        "real_operating_expenditure": _figure(
            _("Real operating expenditure"),
            _("Money that really goes out for daily services, without book entries."),
            _("Real expenditure of operation, without 002"),
            _("Operating section, real expenditure, except 002"),
            "reel",
        ),
        "gross_saving": _figure(
            _("Gross saving"),
            _("What daily services leave each year to repay loans and to invest."),
            _("Real operating receipts − real operating expenditure"),
            _("Operating section, real movements, except 002 and 775"),
            "epargne",
        ),
        "gross_saving_rate": _figure(
            _("Gross saving rate"),
            _("Out of 100 euros received for daily services, how many are left."),
            _("Gross saving ÷ real operating receipts"),
            _("Operating section, real movements, except 002 and 775"),
            "epargne",
        ),
        "net_saving": _figure(
            _("Net saving"),
            _("What is left to invest once loans are repaid; below zero, saving is too low."),
            _("Gross saving − repayment of loans"),
            _("Gross saving less account 16"),
            "epargne",
        ),
        "equipment_spending": _figure(
            _("Equipment spending"),
            _("Works, buildings, roads, equipment: what is added to public property."),
            _("Real investment expenditure on accounts 20 (except 204), 21, 22 and 23"),
            _("20 except 204, 21, 22, 23"),
            "equipement",
        ),
        "equipment_grants": _figure(
            _("Equipment grants paid"),
            _("Money given to others for their works and purchases."),
            _("Real investment expenditure on account 204"),
            "204",
            "equipement",
        ),
        "staff_spending": _figure(
            _("Staff"),
            _("Salaries and contributions of the people who work for the body."),
            _("Real operating expenditure on accounts 621, 631, 633 and 64"),
            "621, 631, 633, 64",
            "chapitre",
        ),
        "service_receipts": _figure(
            _("Services and sales"),
            _("What users pay: canteen, nursery, swimming pool, water…"),
            _("Real operating receipts on account 70"),
            "70",
            "chapitre",
        ),
        "tax_receipts": _figure(
            _("Taxes"),
            _("Local taxes, and the part of State taxes handed over."),
            _("Real operating receipts on account 73"),
            "73",
            "chapitre",
        ),
        "state_grants": _figure(
            _("Grants received"),
            _("What the State and other bodies pay for daily services."),
            _("Real operating receipts on account 74"),
            "74",
            "chapitre",
        ),
        "debt_service": _figure(
            _("Debt service"),
            _("What loans cost this year: interest and repayment."),
            _("Interest + repayment of loans"),
            _("6611 and 16, except 165, 166, 1645, 16449, 1688 and 169"),
            "dette",
        ),
        "debt_interest": _figure(
            _("Interest on loans"),
            _("The price of the money borrowed."),
            _("Real operating expenditure on account 6611"),
            "6611",
            "dette",
        ),
        "debt_repayment": _figure(
            _("Repayment of loans"),
            _("The part of the borrowed money that is given back this year."),
            _("Real investment expenditure on account 16, without deposits and refinancing"),
            _("16 except 165, 166, 1645, 16449, 1688 and 169"),
            "dette",
        ),
        "new_borrowing": _figure(
            _("New loans"),
            _("Money borrowed this year to invest."),
            _("Real investment receipts on account 16, without deposits and refinancing"),
            _("16 except 165, 166, 1645, 16449, 1688 and 169"),
            "dette",
        ),
    }


def glossary() -> list[dict[str, str]]:
    """Terms of a local budget in plain words; ``id`` is the anchor that figures point at."""
    words = (
        ("fonctionnement", _("Operating section"), _(
            "Receipts and expenditure that come back every year to run services.")),
        ("investissement", _("Investment section"), _(
            "What changes lasting property: works, purchases, loans taken and repaid.")),
        ("equilibre", _("Balance"), _(
            "The law asks for a budget voted in balance, section by section. Accounts show what "
            "really happened: a surplus or a deficit.")),
        ("reel", _("Real and order movements"), _(
            "Real movements are money that comes in or goes out. Order movements are book entries "
            "between or inside sections, such as depreciation, with no payment.")),
        ("epargne", _("Gross saving"), _(
            "Real operating receipts less real operating expenditure: the body's own capacity to "
            "repay loans and to invest.")),
        ("equipement", _("Equipment spending"), _(
            "Purchases and works that add to public property: buildings, roads, vehicles…")),
        ("dette", _("Debt"), _(
            "Loans may only pay for investment; repaying them must be covered by own receipts.")),
        ("chapitre", _("Chapter"), _(
            "The level at which the assembly votes: staff, general expenses, works…")),
        ("nature", _("Nature"), _(
            "What is bought or received: the account number of the official plan.")),
        ("fonction", _("Function"), _(
            "What it is for: school, culture, sport, roads… Small bodies need not give it.")),
        ("bp", _("Initial budget (BP)"), _(
            "The forecast voted at the start of the year.")),
        ("dm", _("Amending decision (DM)"), _(
            "A vote that changes the budget during the year: it holds only the changes.")),
        ("bs", _("Additional budget (BS)"), _(
            "A vote that takes up the results of the former year.")),
        ("ca", _("Administrative account (CA)"), _(
            "What was really spent and received, drawn up after the year.")),
        ("cfu", _("Single financial account (CFU)"), _(
            "It replaces the administrative account and the accountant's account.")),
        ("rar", _("Amounts still to be carried out (RAR)"), _(
            "Spending committed, or receipts certain, but not yet paid on 31 December.")),
    )  # fmt: skip
    return [{"id": id_, "term": term, "definition": text} for id_, term, text in words]
