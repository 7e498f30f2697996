"""CKAN 2.11 and 2.12 differ in one module, which is enough to run on both."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from werkzeug.datastructures import FileStorage

from ckanext.budget.core import compat
from ckanext.budget.core.storage import SafeUpload
from ckanext.budget.uploads.images import UploaderMixin

PACKAGE = Path(compat.__file__).parents[1]
ELSEWHERE = re.compile(
    r"(FROM|JOIN) package (?!WHERE)|ckanext\.datastore\.back|\.extras\[[^]]*\]\.astext"
)


def test_what_differs_is_in_one_module() -> None:
    apart = {PACKAGE / "core" / "compat.py"}
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in set(PACKAGE.rglob("*.py")) - apart
        if "migration" not in path.parts and ELSEWHERE.search(path.read_text(encoding="utf-8"))
    }
    assert found == set()


def test_an_older_ckan_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    compat.require()
    monkeypatch.setattr(compat, "OLDEST", "9.0")
    with pytest.raises(tk.CkanVersionException, match=r"9\.0"):
        compat.require()


def test_extra_fields_are_read_by_sql(portal: Any, budget: dict[str, Any]) -> None:
    named = model.Session.query(compat.extras(model.Package)["siret"].astext)
    assert named.filter(model.Package.id == budget["id"]).scalar() == "21670482500019"
    query = sa.text(f"SELECT p.extras->>'siret' FROM {compat.PACKAGES} p WHERE p.name = :name")
    found = model.Session.execute(query, {"name": budget["name"]}).scalar()
    assert found == "21670482500019"


@pytest.mark.parametrize("former", [True, False])
def test_no_uploader_of_ckan_takes_a_file_that_nobody_looked_at(
    former: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CKAN 2.11 asks for an uploader in ``resource_create``, before the door."""
    monkeypatch.setattr(compat, "BEFORE_212", former)
    raw = {"upload": FileStorage(BytesIO(b"x"), "x.xml"), "url": ""}
    uploader = UploaderMixin.get_resource_uploader(None, raw)  # type: ignore[arg-type]
    assert (uploader is not None) == former
    assert "upload" in raw
    safe = {"upload": SafeUpload(BytesIO(b"x"), "x.xml")}
    assert UploaderMixin.get_resource_uploader(None, safe) is None  # type: ignore[arg-type]


def test_resource_create_commits_with_its_file() -> None:
    context: dict[str, Any] = {"defer_commit": True, compat._CREATES: True, "user": "u"}
    with compat.committing(context) as own:
        assert "defer_commit" not in own
        own["package"] = "saved"
    assert context["package"] == "saved" and context["defer_commit"]
    asked = {"defer_commit": True}
    with compat.committing(asked) as own:
        assert own is asked
