"""What was deleted is gone for good after its delay, and only that."""

from __future__ import annotations

import os
from typing import Any

import pytest
from ckan import model

from ckanext.budget.core.storage import path_of

from ..test_privacy import database_text


@pytest.fixture
def plugins() -> str:
    """With the stream that keeps every dataset as it was."""
    return "budget totem_harvester harvest scheming_datasets datastore datatables_view activity"


@pytest.fixture
def later(ckan_config: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """``later()``: the delay is over."""
    return lambda: monkeypatch.setitem(ckan_config, "ckanext.budget.purge_days", 0)


def identifiers(portal: Any, package_id: str) -> list[str]:
    return [item["id"] for item in portal.dataset(package_id)["resources"]]


def texts(portal: Any) -> str:
    from ckanext.datastore.backend.postgres import get_write_engine

    files = "".join(str(path).replace("/", "") for path in portal.files())
    tables = model.sa.inspect(get_write_engine()).get_table_names()
    return database_text(model.Session.get_bind()) + files + " ".join(tables)


def activities() -> str:
    return str(model.Session.execute(model.sa.text("SELECT object_id, data FROM activity")).all())


def delete_dataset(portal: Any, package_id: str, _ids: list[str]) -> None:
    portal.action("package_delete", id=package_id)


def purge_dataset(portal: Any, package_id: str, ids: list[str]) -> None:
    delete_dataset(portal, package_id, ids)
    portal.action("dataset_purge", id=package_id)
    for identifier in ids:
        path = path_of(identifier)
        if path is not None and path.exists():
            os.utime(path, (1, 1))


def delete_resources(portal: Any, _package_id: str, ids: list[str]) -> None:
    for identifier in ids:
        portal.action("resource_delete", id=identifier)


@pytest.mark.parametrize("deletion", [delete_dataset, purge_dataset, delete_resources])
def test_nothing_is_left_after_the_delay(portal, cli, make_document, later, deletion):
    from ckanext.budget.plugin.cli import budget

    gone = portal.publish(make_document(year=2021)).package_id
    kept = portal.publish(make_document(year=2022)).package_id
    ids, others = identifiers(portal, gone), identifiers(portal, kept)
    deletion(portal, gone, ids)
    assert gone in activities()
    early = cli.invoke(budget, ["purge"])
    assert early.exit_code == 0, early.output
    assert "Effacé : 0 jeu(x) de données, 0 ressource(s)" in early.output
    later()
    done = cli.invoke(budget, ["purge"])
    assert done.exit_code == 0, done.output
    left = texts(portal)
    assert [identifier for identifier in ids if path_of(identifier).exists()] == []
    assert [identifier for identifier in ids if identifier in left] == []
    assert [identifier for identifier in others if identifier not in left] == []
    assert all(path_of(identifier).exists() for identifier in others)


def test_former_reports_go_after_a_year_and_the_last_one_stays(portal, make_document):
    import sqlalchemy as sa

    from ckanext.budget.core.tables import report_table
    from ckanext.budget.quality import store

    portal.publish(make_document())
    portal.publish(make_document(amount="9.00"))
    reports = sa.select(sa.func.count()).select_from(report_table)
    many = model.Session.execute(reports).scalar()
    resources = sa.select(sa.func.count(sa.distinct(report_table.c.resource_id)))
    once = model.Session.execute(resources).scalar()
    assert many > once
    assert store.prune() == 0
    age = report_table.c.created - sa.text("interval '400 days'")
    model.Session.execute(report_table.update().values(created=age))
    assert store.prune() == many - once
    assert model.Session.execute(reports).scalar() == once
    assert store.prune() == 0
