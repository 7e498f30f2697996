"""A file that is no budget gets one sentence at every door: what it is, what to do, the guide."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from ckan.plugins import toolkit as tk

from ckanext.budget.totem.cli import main
from ckanext.budget.totem.recognise import recognise
from ckanext.budget.totem.recognise.sentences import GUIDE, KINDS
from tests.totem.tables.cases.kinds import workbook_of

from ..uploaded import upload

pytestmark = pytest.mark.validation


def zipped(name: str, content: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(name, content)
    return target.getvalue()


FILES = {
    "pdf": b"%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\n%%EOF",
    "spreadsheet": workbook_of([["Association", "Montant"], ["Tennis", "150"]]),
    "pes": b'<?xml version="1.0"?><n:PES_Aller xmlns:n="http://www.minefi.gouv.fr/cp/helios"/>',
    "web_page": b"<!DOCTYPE html><html><body>Connexion</body></html>",
    "archive": zipped("lisez-moi.txt", b"bonjour"),
    "other": b"bonjour",
}


def by_check(_portal: Any, path: Path, capsys: Any) -> str:
    main(["check", str(path)])
    return capsys.readouterr().out


def by_repair(_portal: Any, path: Path, capsys: Any) -> str:
    main(["repair", str(path), "-o", str(path.with_suffix(".out"))])
    return capsys.readouterr().err


def by_publish(_portal: Any, path: Path, capsys: Any) -> str:
    main(["publish", str(path), "-o", str(path.parent / "out")])
    captured = capsys.readouterr()
    return captured.out + captured.err


def refused(portal: Any, action: str, path: Path, **data: Any) -> str:
    with pytest.raises(tk.ValidationError) as caught:
        portal.action(action, upload=upload(path.read_bytes(), path.name), **data)
    return " ".join(caught.value.error_dict["upload"])


def by_budget_check(portal: Any, path: Path, _capsys: Any) -> str:
    return refused(portal, "budget_check", path)


def by_budget_publish(portal: Any, path: Path, _capsys: Any) -> str:
    return refused(portal, "budget_publish", path, owner_org=portal.organization["id"])


def by_form(role: str) -> Any:
    def send(portal: Any, path: Path, _capsys: Any) -> str:
        dataset = portal.action(
            "package_create",
            type="budget",
            name="mon-budget",
            title="Mon budget",
            owner_org=portal.organization["id"],
            siret="21670482500019",
            body_kind="commune",
            budget_type="principal",
            fiscal_year="2022",
        )
        return refused(portal, "resource_create", path, package_id=dataset["id"], role=role)

    return send


def by_deposit(portal: Any, path: Path, _capsys: Any) -> str:
    user = portal.context()["user"]
    data = {"owner_org": portal.organization["id"], "upload": [upload(path.read_bytes())]}
    (file,) = tk.get_action("budget_deposit")({"user": user}, data)["files"]
    return file["message"]


DOORS = {
    "totem-budget check": by_check,
    "totem-budget repair": by_repair,
    "totem-budget publish": by_publish,
    "budget_check": by_budget_check,
    "budget_publish": by_budget_publish,
    "form, document": by_form("xml"),
    "form, table": by_form("scdl"),
    "deposit": by_deposit,
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("kind", FILES)
def test_one_sentence_at_every_door(portal, tmp_path, capsys, kind, door):
    assert recognise(io.BytesIO(FILES[kind])).kind == kind
    path = tmp_path / "export"
    path.write_bytes(FILES[kind])
    told = " ".join(DOORS[door](portal, path, capsys).split())
    assert KINDS[kind] in told and GUIDE in told
    assert portal.files() == {}
