"""Uploads when things go wrong: what was on line stays, nothing else is left, a retry succeeds."""

from __future__ import annotations

import json
import resource
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from ckan.lib.redis import connect_to_redis
from ckan.plugins import toolkit as tk

from ckanext.budget.publication import datastore
from ckanext.budget.sheet.identity import resource_id

from ..uploaded import upload

SIRET = "21670482500019"


pytestmark = pytest.mark.validation


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
def _trigger(body: str) -> Iterator[None]:
    """PostgreSQL runs ``body`` whenever a resource is written."""
    from ckan import model

    make = (
        f"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$; "
        "CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON resource "
        "FOR EACH ROW EXECUTE FUNCTION refuse()"
    )
    with model.Session.get_bind().begin() as connection:
        connection.execute(sa.text(make))
    try:
        yield
    finally:
        model.Session.rollback()
        with model.Session.get_bind().begin() as connection:
            connection.execute(sa.text("DROP TRIGGER refuse ON resource; DROP FUNCTION refuse()"))


def broken_database(_portal: Any) -> AbstractContextManager[None]:
    """PostgreSQL refuses the rows of resources."""
    return _trigger("RAISE EXCEPTION 'disk full';")


def killed_connection(_portal: Any) -> AbstractContextManager[None]:
    """The connection to PostgreSQL ends in the middle of the transaction."""
    return _trigger("PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW;")


@contextmanager
def closed_datastore(_portal: Any) -> Iterator[None]:
    """The DataStore's database takes no new connection, and those that waited in pools are gone."""
    from ckanext.datastore.backend.postgres import get_write_engine

    engine = get_write_engine()
    limit = f'ALTER DATABASE "{engine.url.database}" CONNECTION LIMIT'
    others = "usename = current_user AND pid <> pg_backend_pid() AND datname = current_database()"
    with engine.begin() as connection:
        connection.execute(sa.text(f"{limit} 0"))
        ended = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"
        connection.execute(sa.text(ended))
    try:
        yield
    finally:
        with engine.begin() as connection:
            connection.execute(sa.text(f"{limit} -1"))


@contextmanager
def replaced_by_a_file(directory: Path) -> Iterator[None]:
    """Where the directory was, there is a file: nothing can be written there."""
    aside = directory.with_name("aside")
    directory.parent.mkdir(exist_ok=True)
    if directory.exists():
        directory.rename(aside)
    directory.write_bytes(b"")
    try:
        yield
    finally:
        directory.unlink()
        if aside.exists():
            aside.rename(directory)


def broken_storage(portal: Any) -> AbstractContextManager[None]:
    """The public storage takes no new file."""
    return replaced_by_a_file(portal.storage / "resources")


def broken_spool(portal: Any) -> AbstractContextManager[None]:
    """The private working directory takes no new file."""
    return replaced_by_a_file(portal.spool)


@contextmanager
def full_disk(_portal: Any) -> Iterator[None]:
    """Files end after 600 bytes, in the middle of every one of ours."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


FAILURES = [
    broken_solr,
    broken_database,
    killed_connection,
    closed_datastore,
    broken_storage,
    broken_spool,
    full_disk,
]
PUBLICATION = [failure for failure in FAILURES if failure not in (broken_spool, full_disk)]
"""What may fail once the document is masked and waits."""


@pytest.fixture(autouse=True)
def no_former_table(portal: Any) -> None:
    """Other tests leave theirs."""
    datastore.drop(resource_id(f"{SIRET}-2022-bp", "scdl"))


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
    assert {item["role"] for item in documents(portal, budget["id"])} == {
        "scdl",
        "xml",
        "annexe",
        "subventions",
    }
    assert len(portal.files()) == 4


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.__name__)
def test_failed_replacement_leaves_the_former_files(portal, make_document, failure):
    budget = new_budget(portal)
    portal.action("resource_create", package_id=budget["id"], upload=upload(make_document()))
    before, files = documents(portal, budget["id"]), portal.files()
    xml = next(item for item in before if item["role"] == "xml")
    table = next(item["id"] for item in before if item["role"] == "scdl")
    rows = portal.rows(table)["records"]
    changed = make_document(amount="77.00")
    with failure(portal), pytest.raises(Exception):  # noqa: B017
        portal.action("resource_patch", id=xml["id"], upload=upload(changed))
    assert documents(portal, budget["id"]) == before
    assert portal.files() == files
    assert portal.rows(table)["records"] == rows
    assert list(portal.spool.glob("*")) == []
    portal.action("resource_patch", id=xml["id"], upload=upload(changed))
    assert any(b"77.00" in content for content in portal.files().values())
    assert portal.rows(table)["records"] != rows
    assert len(portal.files()) == 4


@pytest.mark.parametrize("failure", PUBLICATION, ids=lambda failure: failure.__name__)
def test_failed_deposit_says_so_and_may_be_published_again(portal, make_document, failure):
    owner = portal.organization["id"]
    made = portal.action("budget_deposit", owner_org=owner, upload=upload(make_document()))
    with failure(portal):
        failed = portal.action("budget_deposit", id=made["id"], publish=True)
    assert failed["files"][0]["state"] == "ready"
    assert failed["files"][0]["message"]
    assert portal.budgets() == []
    assert portal.files() == {}
    assert resource_id(f"{SIRET}-2022-bp", "scdl") not in tables(portal)
    again = portal.action("budget_deposit", id=made["id"], publish=True)
    assert again["files"][0]["state"] == "published"
    assert len(documents(portal, f"budget-{SIRET}-2022")) == 4
    assert json.loads(json.dumps(again)) == again


@contextmanager
def full_queue(_portal: Any) -> Iterator[None]:
    """Redis takes nothing more."""
    server = connect_to_redis()
    former = server.config_get("maxmemory")["maxmemory"]
    server.config_set("maxmemory", 1)
    try:
        yield
    finally:
        server.config_set("maxmemory", former)


@pytest.fixture
def everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ckanext.budget.config.background_size", lambda: 100)


def test_large_file_is_published_at_once_when_the_queue_does_not_take_it(
    portal, make_document, everything_is_large
):
    budget = new_budget(portal)
    with full_queue(portal):
        portal.action("resource_create", package_id=budget["id"], upload=upload(make_document()))
    assert {item["role"] for item in documents(portal, budget["id"])} == {
        "scdl",
        "xml",
        "annexe",
        "subventions",
    }
    assert not list(portal.spool.glob("queued-*"))


def test_large_deposit_is_checked_at_once_when_the_queue_does_not_take_it(
    portal, make_document, everything_is_large
):
    owner = portal.organization["id"]
    with full_queue(portal):
        made = portal.action("budget_deposit", owner_org=owner, upload=upload(make_document()))
    assert [item["state"] for item in made["files"]] == ["ready"]


LARGE = [broken_solr, broken_database, killed_connection, broken_spool, full_disk]


@pytest.mark.parametrize("failure", LARGE, ids=lambda failure: failure.__name__)
def test_failed_upload_of_a_large_file_leaves_nothing_and_the_retry_succeeds(
    portal, make_document, everything_is_large, failure
):
    budget = new_budget(portal)
    with failure(portal), pytest.raises(Exception):  # noqa: B017
        portal.action("resource_create", package_id=budget["id"], upload=upload(make_document()))
    assert documents(portal, budget["id"]) == []
    assert list(portal.spool.glob("*")) == []
    with full_queue(portal):  # the worker of this test
        portal.action("resource_create", package_id=budget["id"], upload=upload(make_document()))
    assert {item["role"] for item in documents(portal, budget["id"])} == {
        "scdl",
        "xml",
        "annexe",
        "subventions",
    }
