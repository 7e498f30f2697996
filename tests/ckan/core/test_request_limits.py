"""No page repeats sixty times an address of any length, and no form takes a field of any length."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pytest

from ckanext.budget.core.request_limits import LONGEST_ADDRESS, LONGEST_FIELD

RIGHTS = Path(__file__).parents[1] / "rights.tsv"
ROWS = list(csv.DictReader(RIGHTS.open(encoding="utf-8"), delimiter="\t"))
CKANS = (
    "/dataset", "/organization", "/user/login", "/harvest", "/catalog.xml",
    "/api/3/action/package_search", "/api/3/action/budget_conflict_list",
)  # fmt: skip
LONG = "a" * 45_000


def addresses(kind: str) -> list[str]:
    """Of the matrix of rights, whatever the dataset or resource: those need not exist."""
    found = {re.sub(r"\{\w+\}", "x", row["name"]) for row in ROWS if row["kind"] == kind}
    return sorted(found)


@pytest.fixture
def plugins() -> str:
    return (
        "budget budget_view budget_validation totem_harvester harvest scheming_datasets datastore"
        " datatables_view"
    )


@pytest.fixture
def french(portal: Any, ckan_config: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from flask_babel import refresh

    monkeypatch.setitem(ckan_config, "ckan.locale_default", "fr")
    refresh()


def test_no_page_reads_an_address_without_end(portal: Any, app: Any, french: None) -> None:
    """Whatever the parameter: many, one, none (the path); in French, and as JSON for programs."""
    wrong = []
    for path in (*addresses("page"), *CKANS):
        names = ("q", "exercice", "etape", "collectivite", "page", "inconnu")
        for query in (dict.fromkeys(names, LONG), {"q": LONG}, {"x": "é" * 9_000}):
            answer = app.get(path, query_string=query, status=None, follow_redirects=False)
            said = answer.get_data(as_text=True)
            is_data = path.startswith("/api/") or path.endswith("json")
            told = answer.get_json()["error"]["message"] if answer.is_json else said
            expected = (414, is_data, True, True)
            is_told = "Cette adresse est trop longue" in told
            if (answer.status_code, answer.is_json, is_told, len(said) < 2_000) != expected:
                wrong.append((path, sorted(query), answer.status_code, said[:80]))
    answer = app.get(f"/budgets/collectivite/{LONG}", status=None)
    assert answer.status_code == 414
    assert not wrong, wrong


def test_no_form_takes_a_field_without_end(portal: Any, app: Any, french: None) -> None:
    wrong = []
    for path in addresses("post"):
        for data in ({"reason": "a" * (LONGEST_FIELD + 1)}, {"x": ["a", "a" * 45_000]}):
            answer = app.post(path, data=data, status=None, follow_redirects=False)
            said = answer.get_data(as_text=True)
            if answer.status_code != 413 or "Un champ du formulaire est trop long" not in said:
                wrong.append((path, answer.status_code, said[:80]))
    assert not wrong, wrong


def test_what_is_just_short_enough_is_read(portal: Any, app: Any, make_document: Any) -> None:
    """And its page stays small: each filter of the address is read up to 200 characters."""
    portal.publish(make_document())
    names = ("q", "collectivite", "type", "budget", "exercice", "etape", "departement", "norme")
    room = (LONGEST_ADDRESS - len("/budgets")) // len(names) - 20
    answer = app.get("/budgets", query_string=dict.fromkeys(names, "a" * room))
    assert len(answer.data) < 600_000
    field = {"reason": "a" * LONGEST_FIELD}
    answer = app.post("/budgets/jeu/x/retirer/y", data=field, status=None, follow_redirects=False)
    assert answer.status_code not in (413, 414)
