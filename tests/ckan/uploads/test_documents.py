"""A document that is nearly right gives one answer at every door: command, API, form, deposit page.

With ``BUDGET_CASES``, the real cases too.
"""

from __future__ import annotations

import io
import os
import re
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ckan.plugins import toolkit as tk

from ckanext.budget.totem.cli import main
from ckanext.budget.totem.identifiers import is_siret
from tests.totem.tables.cases.control import GOOD

from ..conftest import small_document
from ..uploaded import upload

REAL = Path(os.environ.get("BUDGET_CASES", "/nonexistent")) / "totem"
pytestmark = pytest.mark.validation


class Answer(NamedTuple):
    """``data`` of a file; ``severity`` and ``words`` of what every door tells; an error is
    published by none."""

    data: bytes
    severity: str = ""
    words: tuple[str, ...] = ()

    @property
    def is_published(self) -> bool:
        return self.severity != "error"


_FORMATION = b'<DATA_FORMATION><FORMATION><NomOrgaForm V="CNFPT"/></FORMATION></DATA_FORMATION>'
_NEW = "inconnu de la version 95 du schéma, notre référence"
OWN = {
    "control": Answer(small_document()),
    "siret-of-zeros": Answer(small_document(siret="22000052500000"), "error", ("00000",)),
    "amount-in-other-capitals": Answer(
        small_document().replace(b"<MtPrev ", b"<Mtprev "), "error", ("s'écrit MtPrev",)
    ),
    "side-in-other-capitals": Answer(
        small_document().replace(b"<CodRD ", b"<CodRd "), "error", ("s'écrit CodRD",)
    ),
    "value-in-another-attribute": Answer(
        small_document().replace(b"<MtPrev V=", b"<MtPrev v="),
        *("error", ("La valeur de MtPrev n'est pas dans l'attribut V",)),
    ),
    "value-between-tags": Answer(
        re.sub(rb'<MtPrev V="([^"]*)"/>', rb"<MtPrev>\1</MtPrev>", small_document()),
        *("error", ("La valeur de MtPrev n'est pas dans l'attribut V",)),
    ),
    "annex-of-a-newer-schema": Answer(
        re.sub(rb'VersionSchema V="\d+"', b'VersionSchema V="115"', small_document()).replace(
            b"</Annexes>", _FORMATION + b"</Annexes>"
        ),
        "info",
        (_NEW,),
    ),
}
_REAL = {
    "x1-siret-nic-00000.xml": ("error", ("00000",)),
    "x2-amount-element-wrong-case.xml": ("error", ("s'écrit MtPrev",)),
    "x3a-first-sending.xml": ("", ()),
    "x4a-dm-without-number-november.xml": ("", ()),
    "x5b-2023-new-nic-same-siren.xml": ("", ()),
    "x7-code-of-newer-schema.xml": ("info", (_NEW,)),
    "x8-formation-of-newer-schema.xml": (
        "info",
        ("FORMATION/NomOrgaForm", "FORMATION/CoutForm", "FORMATION/DateLieuForm", _NEW),
    ),
}


def _answers() -> Iterator[Any]:
    for name, answer in OWN.items():
        yield pytest.param(answer, id=name)
    for name, (severity, words) in _REAL.items() if REAL.is_dir() else ():
        yield pytest.param(Answer((REAL / name).read_bytes(), severity, words), id=name)


def _told(findings: list[dict[str, Any]], severity: str) -> str:
    return " ".join(f"{f['place']} {f['message']}" for f in findings if f["severity"] == severity)


def test_the_own_cases_have_what_they_say() -> None:
    assert len({answer.data for answer in OWN.values()}) == len(OWN)
    assert is_siret("22000052500000"), "the key happens to be right"


@pytest.mark.parametrize("answer", _answers())
def test_the_command_tells(answer: Answer, tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "budget.xml"
    path.write_bytes(answer.data)
    code = main(["check", str(path)])
    told = capsys.readouterr().out
    assert (code == 0) is answer.is_published
    assert all(words in told for words in answer.words), told


@pytest.mark.parametrize("answer", _answers())
def test_the_api_tells_and_publishes(portal: Any, answer: Answer) -> None:
    report = portal.action("budget_check", upload=upload(answer.data))
    told = _told(report["findings"], answer.severity)
    assert all(words in told for words in answer.words), told
    data = {"owner_org": portal.organization["id"], "upload": upload(answer.data)}
    if answer.is_published:
        portal.action("budget_publish", **data)
    else:
        with pytest.raises(tk.ValidationError) as caught:
            portal.action("budget_publish", **data)
        assert answer.words[0] in str(caught.value.error_dict)
    assert bool(portal.files()) is answer.is_published


@pytest.mark.parametrize("answer", _answers())
def test_the_form_takes_or_refuses(portal: Any, answer: Answer) -> None:
    siret = (re.search(rb'<IdEtab V="(\d+)"', answer.data) or [b"", b"21670482500019"])[1].decode()
    year = (re.search(rb'<Exer V="(\d+)"', answer.data) or [b"", b"2022"])[1].decode()
    has_siret = {"siret": siret} if not siret.endswith("00000") else {"siret": "21670482500019"}
    dataset = portal.action(
        "package_create",
        type="budget",
        name="mon-budget",
        title="Mon budget",
        owner_org=portal.organization["id"],
        body_kind="commune",
        budget_type="principal",
        fiscal_year=year,
        **has_siret,
    )

    def send() -> Any:
        return portal.action(
            "resource_create", package_id=dataset["id"], upload=upload(answer.data)
        )

    if answer.is_published:
        send()
    else:
        with pytest.raises(tk.ValidationError):
            send()
    assert bool(portal.files()) is answer.is_published


@pytest.mark.parametrize("answer", _answers())
def test_the_deposit_takes_or_refuses(portal: Any, answer: Answer) -> None:
    user = portal.member()

    def deposit(**data: Any) -> dict[str, Any]:
        data = {"owner_org": portal.organization["id"]} | data
        return tk.get_action("budget_deposit")({"user": user["name"]}, data)

    made = deposit(upload=[upload(answer.data)])
    (file,) = made["files"]
    assert (file["state"] == "ready") is answer.is_published, file
    if not answer.is_published:
        assert all(words in str(file) for words in answer.words), file
        return
    again = deposit(id=made["id"], publish=True)
    assert again["files"][0]["state"] == "published"


def _zipped(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("export/budget.csv", data)
    return out.getvalue()


def _tarred(data: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        item = tarfile.TarInfo("budget.csv")
        item.size = len(data)
        archive.addfile(item, io.BytesIO(data))
    return out.getvalue()


@pytest.mark.parametrize("wrap", (_zipped, _tarred))
def test_a_table_in_an_archive(portal: Any, wrap: Any, tmp_path: Path, capsys: Any) -> None:
    """The deposit takes it out; elsewhere it would be published without being masked."""
    path = tmp_path / "budget.csv"
    path.write_bytes(wrap(GOOD))
    main(["check", str(path)])
    assert "contient une table SCDL" in capsys.readouterr().out
    portal.publish(small_document())
    (dataset,) = portal.budgets()
    with pytest.raises(tk.ValidationError) as caught:
        portal.action(
            "resource_create", package_id=dataset, name="Export", upload=upload(path.read_bytes())
        )
    assert "contient une table SCDL" in str(caught.value.error_dict)
    made = portal.action(
        "budget_deposit", owner_org=portal.organization["id"], upload=[upload(path.read_bytes())]
    )
    assert [file["state"] for file in made["files"]] == ["ready"]
