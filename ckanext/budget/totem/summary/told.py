"""A summary in euros and words: as JSON for programs, as text for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from ckanext.budget.totem.model import Header
from ckanext.budget.totem.summary.figures import FIGURES, KNOWN, NOT_APPLICABLE, Rate
from ckanext.budget.totem.summary.payload import Summary
from ckanext.budget.totem.summary.ratios import READINGS
from ckanext.budget.totem.summary.words import figure_words, ratio_words

UNITS = {"EUR": "EUR", "bp": "%", "years": "years"}
_ABSENT = {NOT_APPLICABLE: "sans objet", "unknown": "non calculable"}
_SIDES = {"R": "recette", "D": "dépense"}
_SECTIONS = {"F": "fonctionnement", "I": "investissement"}
_FORMS = {"EUR": "{} €", "bp": "{} %", "years": "{} ans"}
_RATIO_SOURCE = "CGCT, art. R. 2313-1 ; InformationsGenerales du document"


def as_dict(header: Header, summary: Summary) -> dict[str, Any]:
    """JSON-ready, keys in English: decimal strings in euros, in per cent or in years (``unit``)
    under ``figures.<id>.value``, None with its ``status`` where nothing can be told."""
    payload = summary.payload
    return {
        "document": payload["document"] | {
            "budget_name": header.budget_name,
            "budget_type": header.budget_type,
        },
        "amount": payload["basis"],
        "figures": _figures(payload) | {"legal_ratios": _ratios(payload)},
        "carried_over": _in_euros(payload["carried_over"]),
        "debt": _debt(payload["debt"]),
        "changes": _changes(payload["changes"]),
    }  # fmt: skip


def _figures(payload: Mapping[str, Any]) -> dict[str, Any]:
    """A vote that changes a budget has no figure of a whole budget: they mean nothing there."""
    known = {figure["id"]: figure for figure in payload["figures"]}
    words = figure_words()
    return {
        figure.id: {
            "value": decimal(known.get(figure.id, {}).get("value")),
            "unit": UNITS[figure.unit if isinstance(figure, Rate) else "EUR"],
            "status": known.get(figure.id, {}).get("status", NOT_APPLICABLE),
            "per_inhabitant": decimal(known.get(figure.id, {}).get("per_inhabitant")),
            "label": words[figure.id].label,
            "formula": words[figure.id].formula,
            "accounts": words[figure.id].accounts,
            "source": words[figure.id].source,
        }
        for figure in FIGURES
    }


def _ratios(payload: Mapping[str, Any]) -> dict[str, Any]:
    words = ratio_words()
    ratios = {
        ratio["id"]: {
            "number": ratio["number"] or None,
            "label": words[ratio["id"]].label,
            "formula": words[ratio["id"]].formula,
            "unit": UNITS[ratio["unit"]],
            "value": decimal(ratio["value"]),
            "printed": decimal(ratio["printed"]),
            "national_average": decimal(ratio["average"]),
            "agrees": ratio["agrees"],
            "readings": [READINGS[name] for name in ratio["readings"]],
        }
        for ratio in payload["legal_ratios"]
    }
    return {
        "value": ratios or None,
        "formula": "Une formule par ratio",
        "accounts": "Comptes nommés dans chaque formule",
        "source": _RATIO_SOURCE,
    }


def _debt(debt: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if debt is None:
        return None
    amounts = ("opening", "closing", "repaid", "interest", "guaranteed", "average_rate")
    parts = ("lenders", "rates", "risks", "terms")
    return {
        "loans": debt["loans"],
        **{name: decimal(debt[name]) for name in amounts},
        **{name: [_with_amount(part) for part in debt[name]] for name in parts},
    }


def _with_amount(part: Mapping[str, Any]) -> dict[str, Any]:
    return {**part, "amount": decimal(part["amount"])}


def _changes(changes: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if changes is None:
        return None
    amounts = ("before", "change", "after")
    return {
        "chapters": [
            {**row, **{name: decimal(row[name]) for name in amounts}} for row in changes["chapters"]
        ],
        **{name: decimal(changes[name]) for name in ("receipts", "expenditure", "moved")},
        "figures": _in_euros(changes["figures"]),
    }


def _in_euros(found: Any) -> Any:
    if isinstance(found, Mapping):
        return {key: _in_euros(value) for key, value in found.items()}
    return decimal(found)


def decimal(hundredths: int | None) -> str | None:
    """``123456`` -> ``1234.56``."""
    return None if hundredths is None else f"{Decimal(hundredths) / 100:.2f}"


def as_text(header: Header, summary: Summary) -> str:
    """For people, in French: one line a figure, then debt and ratios, or what a vote changes."""
    payload = summary.payload
    whole = (*_listed(payload), *_compared(payload))
    lines = _changed(summary) if payload["changes"] else whole
    number = f" n° {header.number}" if header.number else ""
    title = f"{header.name} – {header.budget_name} – {header.stage.title}{number} "
    return "\n".join((title + str(header.fiscal_year), "", *lines))


def _listed(payload: Mapping[str, Any]) -> Iterator[str]:
    words = figure_words()
    for figure in payload["figures"]:
        value = _ABSENT.get(figure["status"], "")
        if figure["status"] == KNOWN:
            value = written(figure["value"], figure["unit"])
        yield f"{words[figure['id']].label:<58}{value:>22}"


def _compared(payload: Mapping[str, Any]) -> Iterator[str]:
    """Ratios: computed, printed in the document, average of the stratum."""
    words = ratio_words()
    yield ""
    yield f"{'Ratios légaux':<66}{'calculé':>16}{'imprimé':>16}{'moyenne':>16}"
    for ratio in payload["legal_ratios"]:
        shown = (written(ratio[name], ratio["unit"]) for name in ("value", "printed", "average"))
        number = f"{ratio['number']:>2} " if ratio["number"] else "   "
        yield f"{number + words[ratio['id']].label:<66}" + "".join(f"{each:>16}" for each in shown)
        for reading in ratio["readings"]:
            yield f"      imprimé autrement : {READINGS[reading]}"


def _changed(summary: Summary) -> Iterator[str]:
    changes, chapters = summary.payload["changes"], summary.payload["chapters"]
    labels = dict(zip(chapters["codes"], chapters["labels"], strict=True))
    yield told_change(changes)
    yield ""
    yield f"{'Chapitre':<70}{'avant':>18}{'changement':>18}{'après':>18}"
    for row in changes["chapters"]:
        side = f"{_SECTIONS.get(row['section'], '?')}, {_SIDES.get(row['direction'], '?')}"
        title = f"{row['chapter']} {labels.get(row['chapter'], '')} ({side})"
        shown = (written(row[name], "EUR") for name in ("before", "change", "after"))
        yield f"{title[:69]:<70}" + "".join(f"{each:>18}" for each in shown)


def told_change(changes: Mapping[str, Any]) -> str:
    """``Déplace 1 595,00 €.``, or what is added to receipts and to expenditure."""
    if changes["moved"] is not None:
        return f"Déplace {written(changes['moved'], 'EUR')} sans changer le total."
    receipts, spent = (_signed(changes[name]) for name in ("receipts", "expenditure"))
    return f"Recettes : {receipts} ; dépenses : {spent}."


def _signed(cents: int) -> str:
    return ("+" if cents > 0 else "") + written(cents, "EUR")


def written(hundredths: int | None, unit: str) -> str:
    """Hundredths of a unit (``EUR``, ``bp``, ``years``) as people write them, ``–`` for None."""
    if hundredths is None:
        return "–"
    number = f"{Decimal(hundredths) / 100:,.2f}".replace(",", "\u202f").replace(".", ",")
    return _FORMS[unit].format(number.replace("-", "−"))
