"""The nearly right file gives one answer at every door: command, form, deposit page, API.

Kinds of defects and what must be told of each are those of ``tests/totem/tables``; with
``BUDGET_CASES``, the real cases too.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ckan.plugins import toolkit as tk

from ckanext.budget.totem.cli import main
from ckanext.budget.totem.privacy.table import mask_table
from tests.totem.tables.cases import CASES
from tests.totem.tables.cases.control import GOOD

from ..uploaded import upload

REAL = Path(os.environ.get("BUDGET_CASES", "/nonexistent")) / "scdl"
OWN, REAL_BUDGET = ("21930048000015", "2021"), ("21890999200016", "2022")


pytestmark = pytest.mark.validation


class Answer(NamedTuple):
    """``data`` of a file; ``words``: told at every door; ``outcome``: what becomes of it.

    ``right``: published as it is; ``whole``: its repair gives ``good`` back; ``mended``: its repair
    is published; ``left``: an error stays, nothing is published; ``strange``: a line is of another
    budget than the dataset's; ``elsewhere``: all are, and the deposit finds their dataset.
    """

    data: bytes
    words: tuple[str, ...]
    outcome: str
    good: bytes
    budget: tuple[str, str] = OWN


def _own(name: str) -> Answer:
    case = CASES[name]
    words = tuple(words for _, _, words in case.told)
    return Answer(case.data, words, _OWN_OUTCOMES.get(name, "whole"), GOOD)


_OWN_OUTCOMES = {
    "control": "right",
    "lower-case-header": "right",
    "other-order": "right",
    "optional-columns-missing": "right",
    "blank-amounts": "right",
    "chapter-of-another-form": "right",
    "no-amount": "right",
    "negative-expenses": "right",
    "sent-twice": "right",
    "cents-for-euros": "right",
    "mandatory-column-missing": "left",
    "scientific": "left",
    "nic-of-zeros": "strange",
    "other-body-larger": "strange",
    "one-cell-each-and-many-the-same": "left",
    "cut-in-a-row": "left",
    "cut-in-the-first-words": "left",
    "cut-in-the-last-word": "left",
    "decimal-commas-without-quotes": "left",
    "column-twice-different": "left",
    "quotes-after-a-blank": "right",
    "code-as-a-day": "left",
    "amount-as-a-day": "left",
    "merged-cells": "strange",
    "siren-for-siret": "strange",
    "siret-pulled-down": "strange",
    "year-of-two-digits": "strange",
    "amounts-in-whole-euros": "right",
}

_REAL_OUTCOMES = {
    "00-good.csv": ("right", ()),
    "03-utf8bom-semicolon-decimal-comma.csv": ("whole", ("« ; »", "virgule décimale")),
    "05-lowercase-headers.csv": ("right", ("majuscules",)),
    "08-capitalised-values.csv": ("whole", ("BGT_NATDEC", "7 lignes", "« budget primitif »")),
    "10-reordered.csv": ("right", ("ordre",)),
    "12-thirteen-columns.csv": ("right", ("BGT_MTPROPNOUV",)),
    "14-title-lines-before-header.csv": ("whole", ("L'en-tête est à la ligne 4",)),
    "16-siret-spaces.csv": ("whole", ("SIRET",)),
    "18-codes-lost-leading-zeros.csv": ("whole", ("zéros",)),
    "20b.xlsx": ("whole", ("classeur",)),
    "26-nfd-accents.csv": ("whole", ("BGT_CODRD",)),
    "30-rar-code-chapter-92-2.csv": ("right", ("BGT_CONTNAT",)),
    "41-many-same-errors-hide-others.csv": (
        "strange",
        ("BGT_NATDEC", "30 lignes", "BGT_SECTION", "mis en forme", "pas un nombre", "SIRET"),
    ),
    "50-own-body-first-other-body-larger.csv": ("strange", ("lignes 4 à 17",)),
    "51-other-year-only.csv": ("elsewhere", ()),
    "52-ca-in-bp-resource.csv": ("right", ()),
    "60-only-MTREAL-all-empty.csv": ("right", ("montant",)),
    "63-one-mandatory-column-missing.csv": ("left", ("BGT_CONTNAT_LABEL",)),
    "64-orphan-quote.csv": ("whole", ("lignes 4 à 8", "ouvert à la ligne 3")),
    "65-amounts-scientific.csv": ("left", ("scientifique",)),
    "67-blank-in-amount.csv": ("right", ("espaces",)),
    "68-siret-truncated-22040000000000.csv": ("strange", ("00000",)),
    "73-signed-double-spend-negative-expense.csv": ("right", ("négatifs",)),
}


def _answers() -> Iterator[Any]:
    for name in CASES:
        yield pytest.param(_own(name), id=name)
    for name, (outcome, words) in _REAL_OUTCOMES.items() if REAL.is_dir() else ():
        good = (REAL / "00-good.csv").read_bytes()
        data = (REAL / name).read_bytes()
        yield pytest.param(Answer(data, words, outcome, good, REAL_BUDGET), id=name)


def test_every_case_has_its_outcome() -> None:
    assert set(_OWN_OUTCOMES) <= set(CASES)
    assert not REAL.is_dir() or {path.name for path in REAL.iterdir()} == set(_REAL_OUTCOMES)


@pytest.fixture
def door(portal: Any) -> Any:
    """``door(answer)``: the dataset of its budget, described by hand."""

    def make(answer: Answer) -> dict[str, Any]:
        siret, year = answer.budget
        return portal.action(
            "package_create",
            type="budget",
            name="mon-budget",
            title="Mon budget",
            owner_org=portal.organization["id"],
            siret=siret,
            body_kind="commune",
            budget_type="principal",
            fiscal_year=year,
        )

    return make


def said(found: list[dict[str, Any]]) -> str:
    return " ".join(f"{each['place']} {each['message']}" for each in found)


def named(data: bytes) -> bytes:
    """The table with the labels of its chart of accounts: all that masking may change in these."""
    out = io.BytesIO()
    masker = mask_table(io.BytesIO(data), out)
    assert not masker.masked, "no person is named in the cases"
    return out.getvalue() if masker.count else data


def published(portal: Any, name: str) -> bytes:
    (resource,) = portal.dataset(name)["resources"]
    assert resource["role"] == "scdl"
    (content,) = portal.files().values()
    return content


@pytest.mark.parametrize("answer", _answers())
def test_the_command_mends_or_says_what_it_cannot(answer, tmp_path, capsys):
    source, target = tmp_path / "budget.csv", tmp_path / "mended.csv"
    source.write_bytes(answer.data)
    main(["check", str(source)])
    told = capsys.readouterr().out
    assert all(words in told for words in answer.words)
    code = main(["repair", str(source), "-o", str(target)])
    if answer.outcome == "whole":
        assert (code, target.read_bytes()) == (0, answer.good)
    if answer.outcome == "left":
        assert (code, "à corriger" in capsys.readouterr().err) == (1, True)


@pytest.mark.parametrize("answer", _answers())
def test_the_api_lists_the_repair_and_publishes_with_agreement_alone(portal, answer):
    report = portal.action("budget_check", upload=upload(answer.data, "budget.csv"))
    assert all(words in said(report["findings"]) for words in answer.words)
    errors = [each for each in report["remaining"] if each["severity"] == "error"]
    assert bool(report["repairs"]) >= (answer.outcome == "whole")
    assert bool(errors) >= (answer.outcome == "left")
    assert not errors or answer.outcome in ("left", "strange")

    def publish(**more: Any) -> Any:
        data = {"owner_org": portal.organization["id"], **more}
        return portal.action("budget_publish", upload=upload(answer.data, "budget.csv"), **data)

    if answer.outcome == "right":
        publish()
        assert published(portal, portal.budgets()[0]) == named(answer.data)
    elif answer.outcome == "whole":
        with pytest.raises(tk.ValidationError) as caught:
            publish()
        assert caught.value.error_dict["repair"]
        assert portal.files() == {}
        publish(repair=True)
        assert published(portal, portal.budgets()[0]) == named(answer.good)
    elif answer.outcome == "left":
        with pytest.raises(tk.ValidationError) as caught:
            publish(repair=True)
        assert errors[0]["message"] in " ".join(caught.value.error_dict["upload"])
        assert (portal.files(), "repair" in caught.value.error_dict) == ({}, False)


@pytest.mark.parametrize("answer", _answers())
def test_the_form_takes_offers_or_refuses(portal, door, answer):
    dataset = door(answer)

    def send(**more: Any) -> Any:
        file = upload(answer.data, "budget.csv")
        return portal.action("resource_create", package_id=dataset["id"], upload=file, **more)

    if answer.outcome == "right":
        send()
        assert published(portal, "mon-budget") == named(answer.data)
        return
    with pytest.raises(tk.ValidationError) as caught:
        send()
    errors = caught.value.error_dict
    assert portal.files() == {}
    if answer.outcome == "whole":
        assert errors["repair"]
        assert all(repair in " ".join(errors["upload"]) for repair in repairs_of(portal, answer))
        made = send(repair=True)
        assert published(portal, "mon-budget") == named(answer.good)
        assert portal.rows(made["id"])["total"] == 7
        assert "repair" not in portal.dataset("mon-budget")["resources"][0]
        return
    with pytest.raises(tk.ValidationError) as caught:
        send(repair=True)
    assert ("repair" in caught.value.error_dict, portal.files()) == (False, {})
    if answer.outcome in ("strange", "elsewhere"):
        assert caught.value.error_dict["upload"][0].startswith("Line")


def test_the_stage_is_that_of_the_file(portal, door):
    answer = _own("control")
    account = answer.data.replace(b"budget primitif", b"compte administratif")
    for said, stage in (("BP", "CA"), ("CFU", "CFU"), ("", "CA")):
        made = portal.action(
            "resource_create",
            package_id=(door(answer) if said == "BP" else portal.dataset("mon-budget"))["id"],
            upload=upload(account, "budget.csv"),
            stage=said,
        )
        assert made["stage"] == stage


def repairs_of(portal: Any, answer: Answer) -> list[str]:
    return portal.action("budget_check", upload=upload(answer.data, "budget.csv"))["repairs"]


@pytest.mark.parametrize("answer", _answers())
def test_the_deposit_finds_the_budget_and_offers_the_repair(portal, answer):
    user = portal.member()

    def deposit(**data: Any) -> dict[str, Any]:
        data = {"owner_org": portal.organization["id"]} | data
        return tk.get_action("budget_deposit")({"user": user["name"]}, data)

    made = deposit(upload=[upload(answer.data, "budget.csv")])
    (file,) = made["files"]
    if answer.outcome == "whole":
        kept = (path.read_bytes() for path in portal.spool.rglob("*") if path.is_file())
        assert answer.data not in kept, "masked and mended, the file may still hold its rows"
    if answer.outcome in ("left", "strange"):
        assert file["state"] in ("blocked", "refused")
        return
    assert (file["state"], file["message"]) == ("ready", "")
    again = deposit(id=made["id"], publish=True)
    if file["repairs"]:
        assert (again["files"][0]["state"], portal.files()) == ("ready", {})
        again = deposit(id=made["id"], publish=True, repair=True)
    assert again["files"][0]["state"] == "published"
    dataset = portal.dataset(portal.budgets()[0])
    is_here = (dataset["siret"], dataset["fiscal_year"]) == answer.budget
    assert is_here is (answer.outcome != "elsewhere")
    expected = answer.good if answer.outcome == "whole" else mended(answer.data)
    assert published(portal, portal.budgets()[0]) == named(expected)


def mended(data: bytes) -> bytes:
    from ckanext.budget.totem.tables import repair

    out = io.BytesIO()
    repair(io.BytesIO(data), out)
    return out.getvalue()


SAMPLES = sorted(Path(os.environ.get("BUDGET_SAMPLES", "/nonexistent")).glob("*.xml"))
PLANS = Path(os.environ.get("BUDGET_PLANS", "/nonexistent").split(":")[0])


@pytest.mark.skipif(not (SAMPLES and PLANS.is_dir()), reason="set BUDGET_SAMPLES and BUDGET_PLANS")
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_the_table_of_a_real_converter_is_deposited_mended(portal, path):
    """yatotem2scdl writes « Budget primitif », and leaves chapters and sections empty."""
    conversion = pytest.importorskip("yatotem2scdl.conversion")
    made = io.StringIO()
    conversion.ConvertisseurTotemBudget().totem_budget_vers_scdl(path, PLANS, made)
    user, owner = portal.context()["user"], portal.organization["id"]

    def deposit(**data: Any) -> dict[str, Any]:
        return tk.get_action("budget_deposit")({"user": user}, {"owner_org": owner} | data)

    first = deposit(upload=[upload(made.getvalue().encode(), "budget.csv")])
    (file,) = first["files"]
    assert (file["state"], file["remaining"]) == ("ready", [])
    assert file["repairs"]
    deposit(id=first["id"], publish=True, repair=True)
    (resource,) = portal.dataset(portal.budgets()[0])["resources"]
    assert resource["quality"] != "erreurs"
    assert portal.rows(resource["id"])["total"] == int(resource["rows"])
