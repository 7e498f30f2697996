"""What the annexes of a document tell, for its charts: grants, agents, taxes, programmes, accounts.

Read from the archive of annexes that is published beside the CSV; nothing else of the document is
looked at. Whoever may see the CSV sees them: they are files of one dataset.
"""

from __future__ import annotations

import io
import logging
import zipfile
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from babel.numbers import format_decimal
from ckan.plugins.toolkit import _

from ckanext.budget.charts import siblings, source
from ckanext.budget.charts.subject import Subject
from ckanext.budget.core.errors import safe_description
from ckanext.budget.core.formats import locale, whole_euros
from ckanext.budget.totem.annexes.shown import tables_of

log = logging.getLogger(__name__)

TABS: dict[str, tuple[str, ...]] = {
    "subventions": ("grants",),
    "personnel": ("staff", "sectors"),
    "impots": ("taxes",),
    "programmes": ("programmes",),
    "bilan": ("balance", "income"),
    "annexes": ("contents",),
}
"""Tables of each tab; a tab is there when the document has one of them."""

_BARS = 12
_MAX_ARCHIVE = 64 * 1024 * 1024

Tables = dict[str, dict[str, Any]]


def tables(resource_id: str) -> Tables:
    """The tables of the annexes of an SCDL resource, without words; empty when it has none."""
    archive = siblings.of(resource_id, "annexe")
    if archive is None or (source.size_of(archive) or 0) > _MAX_ARCHIVE:
        return {}
    try:
        return _tables(archive)
    except (source.Unreadable, zipfile.BadZipFile, OSError, ValueError, KeyError) as error:
        # A page without its annexes is better than no page.
        log.error("annexes of %s: %s", archive.resource_id, safe_description(error))
        return {}


@lru_cache(maxsize=32)
def _tables(archive: Subject) -> Tables:
    """Of one version of an archive: another one has another fingerprint."""
    return tables_of(io.BytesIO(source.read(archive)))


def tabs_of(found: Mapping[str, Any]) -> set[str]:
    """The tabs that these tables fill."""
    return {tab for tab, parts in TABS.items() if any(part in found for part in parts)}


def payload(resource_id: str) -> dict[str, Any]:
    """JSON-ready: ``state`` and ``parts`` by id, with titles, sentences, columns and rows in words.

    ``rows`` hold cents, hundredths and texts as ``columns[].kind`` says; ``bars`` are the rows of
    the picture, ``[text, value]`` in the unit of ``measure``; ``count`` tells how many rows there
    are when a page gets the first ones only.
    """
    worded = {name: _worded(name, table) for name, table in tables(resource_id).items()}
    return {"state": "ready", "parts": worded}


def _worded(name: str, table: Mapping[str, Any]) -> dict[str, Any]:
    words = _words()[name]
    ids = [column["id"] for column in table["columns"]]
    records = [dict(zip(ids, row, strict=True)) for row in table["rows"]]
    shown = [column for column in table["columns"] if column["id"] in words["columns"]]
    told = [_told(name, record) for record in records]
    first, measure = shown[0]["id"], table["measure"]
    return {
        "title": words["title"],
        "meaning": words["meaning"],
        "sentence": words["sentence"](records, table),
        "columns": [
            {"id": each["id"], "kind": each["kind"], "label": words["columns"][each["id"]]}
            for each in shown
        ],
        "rows": [[record[each["id"]] for each in shown] for record in told],
        "measure": next(each["kind"] for each in shown if each["id"] == measure),
        "bars": _bars(told, first, measure),
        "count": table["count"],
    }


def _told(name: str, record: Mapping[str, Any]) -> dict[str, Any]:
    """A record whose codes and gaps are words."""
    told = dict(record)
    if name == "grants":
        masked = _("Name masked (privacy)")
        told.update(beneficiary=told["beneficiary"] or masked, purpose=told["purpose"] or "")
    elif name == "staff":
        told["group"] = (
            _("Category {letter}").format(letter=told["group"]) if told["group"] else _others()
        )
    elif name == "sectors":
        told["group"] = told["group"] or _others()
    elif name in ("balance", "income"):
        sides = {"BI_A": _("What it owns (assets)"), "BI_P": _("Where it comes from (liabilities)")}
        told["state"] = sides.get(told["state"], _("Income and charges"))
    elif name in ("taxes", "programmes"):
        told[next(iter(told))] = told[next(iter(told))] or _("Not named in the document")
    return told


def _others() -> str:
    return _("Small groups, added up")


def _bars(records: list[dict[str, Any]], first: str, measure: str) -> list[list[Any]]:
    """Sums by first column, largest first; totals of a statement alone, in their order."""
    if records and "level" in records[0]:
        return [[row[first], row[measure]] for row in records if row["level"] == "total"]
    sums: dict[str, int] = {}
    for record in records:
        sums[record[first]] = sums.get(record[first], 0) + (record[measure] or 0)
    ranked = sorted(sums.items(), key=lambda item: -item[1])
    return [[text, value] for text, value in ranked[:_BARS] if value]


def _posts(hundredths: int) -> str:
    return format_decimal(hundredths / 100, "#,##0.##", locale=locale())


def _sum(records: list[dict[str, Any]], name: str) -> int:
    return sum(record[name] or 0 for record in records)


def _said_grants(records: list[dict[str, Any]], table: Mapping[str, Any]) -> str:
    received: dict[str, int] = {}
    for record in records:
        if record["beneficiary"]:
            known = received.get(record["beneficiary"], 0)
            received[record["beneficiary"]] = known + (record["amount"] or 0)
    first = max(received, key=lambda name: received[name], default=None)
    said = [
        _("Grants in the annex: {count}, for {total} in all.").format(
            count=table["count"], total=whole_euros(_sum(records, "amount"))
        )
    ]
    if first:
        said.append(
            _("Who receives most, among those that are named: {name}, {amount}.").format(
                name=first, amount=whole_euros(received[first])
            )
        )
    if any(record["beneficiary"] is None for record in records):
        said.append(_("Names of natural persons are masked; their amounts are counted."))
    return " ".join(said)


def _said_staff(records: list[dict[str, Any]], table: Mapping[str, Any]) -> str:
    return _("Posts filled: {filled}; posts that the budget provides for: {posts}.").format(
        filled=_posts(_sum(records, "filled")), posts=_posts(_sum(records, "posts"))
    )


def _said_taxes(records: list[dict[str, Any]], table: Mapping[str, Any]) -> str:
    return _("Taxes listed in the annex: {count}; product expected: {total}.").format(
        total=whole_euros(_sum(records, "product")), count=table["count"]
    )


def _said_programmes(records: list[dict[str, Any]], table: Mapping[str, Any]) -> str:
    return _("Programmes over several years: {count}, for {total} authorised in all.").format(
        count=table["count"], total=whole_euros(_sum(records, "voted"))
    )


def _said_balance(records: list[dict[str, Any]], table: Mapping[str, Any]) -> str:
    def line(state: str, word: str) -> int | None:
        return next(
            (row["now"] for row in records
             if row["state"] == state and word in (row["line"] or "").upper()), None,
        )  # fmt: skip

    said = []
    owned, cash = line("BI_A", "TOTAL GÉNÉRAL"), line("BI_A", "DISPONIBILITÉS")
    if owned is not None:
        said.append(_("On 31 December the body owns {amount}.").format(amount=whole_euros(owned)))
    if cash is not None:
        said.append(_("Its cash: {amount}.").format(amount=whole_euros(cash)))
    return " ".join(said) or _("Lines of the balance sheet: {count}.").format(count=table["count"])


def _said_income(records: list[dict[str, Any]], table: Mapping[str, Any]) -> str:
    result = next(
        (row["now"] for row in reversed(records)
         if row["level"] == "total" and (row["line"] or "").upper().startswith("RESULTAT")), None,
    )  # fmt: skip
    if result is None:
        return _("Lines of the income statement: {count}.").format(count=table["count"])
    return _("The accounts of the year end with {amount}, book entries included.").format(
        amount=whole_euros(result)
    )


def _said_contents(records: list[dict[str, Any]], table: Mapping[str, Any]) -> str:
    return _("Tables in the archive of annexes, as CSV: {count}.").format(count=table["count"])


Sentence = Callable[[list[dict[str, Any]], Mapping[str, Any]], str]


def _words() -> dict[str, dict[str, Any]]:
    """Title, meaning, sentence and columns shown of each table, in the language of the request."""
    posts = {"group": _("Group"), "posts": _("Posts in the budget"), "filled": _("Posts filled")}
    statement = {
        "line": _("Line"),
        "state": _("Side"),
        "now": _("31 December"),
        "before": _("A year before"),
    }
    return {
        "grants": {
            "title": _("Who receives grants"),
            "meaning": _("Money or help given to associations, companies, public bodies…"),
            "sentence": _said_grants,
            "columns": {
                "beneficiary": _("Beneficiary"),
                "kind": _("Kind of beneficiary"),
                "purpose": _("Purpose"),
                "amount": _("Amount"),
            },
        },
        "staff": {
            "title": _("Posts by category"),
            "meaning": _(
                "Category A designs and leads, B applies and supervises, C carries out. Groups "
                "of less than five posts are added up, so that nobody is recognised."
            ),
            "sentence": _said_staff,
            "columns": posts,
        },
        "sectors": {
            "title": _("Posts by branch"),
            "meaning": _("The trade of the agents, as their statute names it."),
            "sentence": _said_staff,
            "columns": posts,
        },
        "taxes": {
            "title": _("Taxes: bases, rates and product"),
            "meaning": _("The base is what is taxed; base × rate gives the product."),
            "sentence": _said_taxes,
            "columns": {
                "tax": _("Tax"),
                "base": _("Base"),
                "rate": _("Rate"),
                "product": _("Product"),
            },
        },
        "programmes": {
            "title": _("Programmes over several years"),
            "meaning": _(
                "An authorisation (AP, AE) is voted for several years; credits (CP) are what may "
                "be paid each year."
            ),
            "sentence": _said_programmes,
            "columns": {
                "programme": _("Programme"),
                "kind": _("Kind"),
                "voted": _("Authorised"),
                "paid_before": _("Paid in former years"),
                "credits": _("Credits of the year"),
                "paid": _("Paid this year"),
                "left": _("Left for later"),
            },
        },
        "balance": {
            "title": _("Balance sheet"),
            "meaning": _("What the body owns, and where the money for it came from."),
            "sentence": _said_balance,
            "columns": statement,
        },
        "income": {
            "title": _("Income statement"),
            "meaning": _(
                "Income and charges of the year in the accountant's way, depreciation included."
            ),
            "sentence": _said_income,
            "columns": {
                name: title for name, title in statement.items() if name != "state"
            } | {"now": _("This year")},
        },
        "contents": {
            "title": _("All the annexes"),
            "meaning": _("What else the body voted with its budget, line by line."),
            "sentence": _said_contents,
            "columns": {"annex": _("Annex"), "rows": _("Rows")},
        },
    }  # fmt: skip
