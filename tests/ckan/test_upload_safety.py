"""Uploads when things go wrong, and what is left of a name afterwards: nothing, anywhere."""

from __future__ import annotations

import io
import json
import logging
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy as sa
from ckan.plugins import toolkit as tk
from werkzeug.datastructures import FileStorage

from ckanext.budget.identity import resource_id

SIRET = "21670482500019"


@pytest.fixture
def plugins() -> str:
    return (
        "budget budget_validation totem_harvester harvest scheming_datasets datastore "
        "datatables_view"
    )


def upload(content: bytes, name: str = "export.xml") -> FileStorage:
    return FileStorage(io.BytesIO(content), filename=name)


def new_budget(portal: Any, siret: str = SIRET, year: str = "2022") -> dict[str, Any]:
    return portal.action(
        "package_create",
        type="budget",
        name=f"mon-budget-{siret}",
        title="Mon budget",
        owner_org=portal.organization["id"],
        siret=siret,
        body_kind="autre",
        budget_type="principal",
        fiscal_year=year,
    )


# --- names ---------------------------------------------------------------------------------------


def everything(portal: Any, temporary: Path, log: str) -> dict[str, bytes]:
    """All that is left: storage, working and temporary files, both databases, Solr, logs."""
    from ckan import model
    from ckanext.datastore.backend.postgres import get_write_engine

    left = {"log": log.encode()}
    for folder in (portal.storage, portal.spool, temporary):
        for path in folder.rglob("*"):
            if path.is_file():
                left[str(path)] = path.read_bytes()
    left["database"] = dumped(model.Session.get_bind())
    left["datastore"] = dumped(get_write_engine())
    left["solr"] = requests.get(
        f"{tk.config['solr_url']}/select",
        params={"q": f"+site_id:{tk.config['ckan.site_id']}", "rows": 1000, "fl": "*"},
        timeout=20,
    ).content
    return left


def dumped(engine: Any) -> bytes:
    with engine.connect() as connection:
        tables = sa.inspect(connection).get_table_names()
        rows = [
            row[0]
            for table in tables
            for row in connection.execute(sa.text(f'SELECT t::text FROM "{table}" AS t'))
        ]
    return "\n".join(rows).encode()


def by_create(portal: Any, _header: Any, budget: Any, content: bytes) -> None:
    portal.action("resource_create", package_id=budget()["id"], upload=upload(content))


def by_revise(portal: Any, _header: Any, budget: Any, content: bytes) -> None:
    package = budget()
    portal.action("resource_create", package_id=package["id"], name="vide")
    tk.get_action("package_revise")(
        portal.context(),
        {"match__id": package["id"], "update__resources__0__upload": upload(content)},
    )


def by_deposit(portal: Any, _header: Any, _budget: Any, content: bytes) -> None:
    owner = portal.organization["id"]
    portal.action("budget_deposit", owner_org=owner, upload=upload(content), publish=True)


def by_archive(portal: Any, _header: Any, _budget: Any, content: bytes) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("bp.xml", content)
    owner = portal.organization["id"]
    file = upload(archive.getvalue(), "lot.zip")
    portal.action("budget_deposit", owner_org=owner, upload=file, publish=True)


def by_refusal(portal: Any, _header: Any, budget: Any, content: bytes) -> None:
    """Cut in the middle: refused after most of it was read."""
    with pytest.raises(tk.ValidationError):
        portal.action("resource_create", package_id=budget()["id"], upload=upload(content[:-40]))


WAYS: list[Callable[..., None]] = [by_create, by_revise, by_deposit, by_archive, by_refusal]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_no_planted_name_is_left_anywhere(portal, tmp_path, monkeypatch, caplog, way):
    pytest.importorskip("faker")
    from ckanext.budget.totem.generate import document, plan, planted_names
    from ckanext.budget.totem.reader import Document

    spec = replace(next(plan(1, 5)), annexes="all")
    content = b"".join(document(spec))
    names = {planted.name for planted in planted_names(spec)}
    reader = Document(io.BytesIO(content))
    next(segment for segment in reader if segment.kind == "lines")
    header = reader.header
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr("ckanext.budget.config.validation_mode", lambda: "warn")

    def budget() -> dict[str, Any]:
        return new_budget(portal, header.siret, str(header.fiscal_year))

    way(portal, header, budget, content)
    left = everything(portal, temporary, caplog.text)
    found = {(name, place) for name in names for place in left if name.encode() in left[place]}
    assert len(names) > 20
    assert found == set()
    if way is not by_refusal:
        assert any(b"<DocumentBudgetaire" in text for text in left.values())


# --- failures ------------------------------------------------------------------------------------


@contextmanager
def broken_solr(_portal: Any) -> Iterator[None]:
    """Nobody answers at Solr's address."""
    address = tk.config["solr_url"]
    tk.config["solr_url"] = "http://127.0.0.1:9/solr/nothing"
    try:
        yield
    finally:
        tk.config["solr_url"] = address


@contextmanager
def broken_database(_portal: Any) -> Iterator[None]:
    """PostgreSQL refuses the rows of resources."""
    from ckan import model

    with model.Session.get_bind().begin() as connection:
        connection.execute(
            sa.text(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'disk full'; END $$; "
                "CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON resource "
                "FOR EACH ROW EXECUTE FUNCTION refuse()"
            )
        )
    try:
        yield
    finally:
        model.Session.rollback()
        with model.Session.get_bind().begin() as connection:
            connection.execute(sa.text("DROP TRIGGER refuse ON resource; DROP FUNCTION refuse()"))


@contextmanager
def broken_storage(portal: Any) -> Iterator[None]:
    """The storage takes no new file: where its directory was, there is a file."""
    directory, aside = portal.storage / "resources", portal.storage / "aside"
    portal.storage.mkdir(exist_ok=True)
    if directory.exists():
        directory.rename(aside)
    directory.write_bytes(b"")
    try:
        yield
    finally:
        directory.unlink()
        if aside.exists():
            aside.rename(directory)


FAILURES = [broken_solr, broken_database, broken_storage]


def tables(portal: Any) -> set[str]:
    from ckanext.datastore.backend.postgres import get_write_engine

    return set(sa.inspect(get_write_engine()).get_table_names())


def documents(portal: Any, name: str) -> list[dict[str, Any]]:
    from ckan import model

    model.Session.rollback()
    model.Session.expire_all()
    return portal.dataset(name)["resources"]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.__name__)
def test_failed_upload_leaves_nothing_and_the_retry_succeeds(portal, make_document, failure):
    budget = new_budget(portal)
    with failure(portal), pytest.raises(Exception):  # noqa: B017 - CKAN's own, of many kinds
        portal.action("resource_create", package_id=budget["id"], upload=upload(make_document()))
    assert documents(portal, budget["id"]) == []
    assert portal.files() == {}
    assert list(portal.spool.glob("*")) == []
    assert resource_id(f"{SIRET}-2022-bp", "scdl") not in tables(portal)
    assert portal.action("budget_report_list") == []
    portal.action("resource_create", package_id=budget["id"], upload=upload(make_document()))
    assert {item["role"] for item in documents(portal, budget["id"])} == {"scdl", "xml"}
    assert len(portal.files()) == 2


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.__name__)
def test_failed_replacement_leaves_the_former_files(portal, make_document, failure):
    budget = new_budget(portal)
    portal.action("resource_create", package_id=budget["id"], upload=upload(make_document()))
    before, files = documents(portal, budget["id"]), portal.files()
    xml = next(item for item in before if item["role"] == "xml")
    changed = make_document(amount="77.00")
    with failure(portal), pytest.raises(Exception):  # noqa: B017
        portal.action("resource_patch", id=xml["id"], upload=upload(changed))
    assert documents(portal, budget["id"]) == before
    assert portal.files() == files
    portal.action("resource_patch", id=xml["id"], upload=upload(changed))
    assert any(b"77.00" in content for content in portal.files().values())
    assert len(portal.files()) == 2


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.__name__)
def test_failed_deposit_says_so_and_may_be_published_again(portal, make_document, failure):
    owner = portal.organization["id"]
    made = portal.action("budget_deposit", owner_org=owner, upload=upload(make_document()))
    with failure(portal):
        failed = portal.action("budget_deposit", id=made["id"], publish=True)
    assert failed["files"][0]["state"] == "ready"
    assert failed["files"][0]["message"]
    again = portal.action("budget_deposit", id=made["id"], publish=True)
    assert again["files"][0]["state"] == "published"
    assert len(documents(portal, f"budget-{SIRET}-2022")) == 2
    assert json.loads(json.dumps(again)) == again
