"""Template helpers; every name starts with ``budget_``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.budget.totem.dressed import dressed
from ckanext.budget.totem.model import Stage


def budget_documents(resources: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Published documents in the order of the year: voted first, then changes, then accounts.

    Each has ``stage``, ``title`` (French), ``number``, ``voted_on``, ``main`` (the SCDL resource,
    else the first) and ``resources``.
    """
    documents: dict[str, dict[str, Any]] = {}
    for resource in resources:
        slug = resource.get("document")
        if slug:
            documents.setdefault(slug, {"resources": []})["resources"].append(resource)
    found = [_document(item["resources"]) for item in documents.values()]
    return sorted(found, key=_moment)


_KINDS = ("budget", "change", "account")


def _moment(document: Mapping[str, Any]) -> tuple[int, str]:
    """What is voted whole, its changes by the day of their vote, what was done."""
    stage = document["stage"]
    kind = _KINDS.index(Stage[stage].kind) if stage in Stage.__members__ else len(_KINDS)
    return kind, document["voted_on"] or ""


def _document(resources: list[Mapping[str, Any]]) -> dict[str, Any]:
    main = next((item for item in resources if item.get("role") == "scdl"), resources[0])
    stage = main.get("stage", "")
    return {
        "stage": stage,
        "title": Stage[stage].title if stage in Stage.__members__ else stage,
        "number": main.get("number", ""),
        "voted_on": main.get("voted_on", ""),
        "main": main,
        "resources": resources,
    }


def budget_other_resources(resources: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Resources that belong to no published document: what the publisher added by hand."""
    return [resource for resource in resources if not resource.get("document")]


def budget_findings(resource: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Findings of the document's report, errors first; empty when there is none."""
    order = {"error": 0, "warning": 1, "info": 2}
    try:
        findings = json.loads(resource.get("findings") or "[]")
    except ValueError:
        return []
    return sorted(findings, key=lambda finding: order.get(finding.get("severity", ""), 3))


def choice_labels(field_name: str) -> dict[str, str]:
    """Labels of a sheet field's choices in the reader's language; empty when it has none."""
    schema = tk.h.scheming_get_dataset_schema("budget") or {"dataset_fields": []}
    field = tk.h.scheming_field_by_name(schema["dataset_fields"], field_name) or {}
    return {
        choice["value"]: tk.h.scheming_language_text(choice["label"])
        for choice in field.get("choices", ())
    }


def facet_labels(facet: str) -> dict[str, str]:
    """Labels of a facet's values: CA and CFU are counted together as the account."""
    if facet == "vocab_stages_alike":
        return {**choice_labels("stages"), "CA": tk._("Accounts (CA and CFU)")}
    return choice_labels(facet.removeprefix("vocab_"))


def budget_year_links(package: Mapping[str, Any]) -> list[dict[str, str]]:
    """Other exercises of the same budget: ``fiscal_year`` and ``name``, oldest first."""
    found = tk.get_action("package_search")(
        {},
        {
            "fq": f'dataset_type:budget siret:"{package.get("siret", "")}"',
            "sort": "fiscal_year asc",
            "rows": 50,
        },
    )["results"]
    return [
        {"name": item["name"], "fiscal_year": item["fiscal_year"]}
        for item in found
        if item["name"] != package.get("name")
    ]


def budget_other_budgets(package: Mapping[str, Any]) -> list[dict[str, str]]:
    """The other budgets of the same body and year, the principal one first: ``name``, ``title``."""
    siren, year = package.get("siren"), package.get("fiscal_year")
    if not siren or not year:
        return []
    found = tk.get_action("package_search")(
        {},
        {
            "fq": f'dataset_type:budget siren:"{siren}" fiscal_year:"{year}"',
            "sort": "budget_type desc, title_string asc",
            "rows": 50,
        },
    )["results"]
    return [
        {"name": item["name"], "title": _short_title(item)}
        for item in found
        if item["name"] != package.get("name")
    ]


def _short_title(package: Mapping[str, Any]) -> str:
    if package.get("budget_type") != "annexe":
        return tk._("Principal budget")
    return dressed(package.get("budget_name") or "") or tk._("Annex budget")


def budget_dressed_title(package: Mapping[str, Any]) -> str:
    """The title of a dataset with its names as people write them."""
    title = package.get("title") or package.get("name") or ""
    for field in ("budget_name", "body_name"):
        if name := package.get(field):
            title = title.replace(name, dressed(name))
    return title


def budget_choice_label(field: str, value: str) -> str:
    """Label of a choice of the sheet in the reader's language."""
    return choice_labels(field).get(value, value or "")


HELPERS = {
    "budget_choice_label": budget_choice_label,
    "budget_documents": budget_documents,
    "budget_dressed": dressed,
    "budget_dressed_title": budget_dressed_title,
    "budget_findings": budget_findings,
    "budget_other_budgets": budget_other_budgets,
    "budget_other_resources": budget_other_resources,
    "budget_year_links": budget_year_links,
}
"""Those of templates, by name."""
