"""What a former version published is cleaned, also when the cleaning was interrupted."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib import search

from ckanext.budget.core.digests import keyed
from ckanext.budget.core.storage import path_of
from ckanext.budget.core.tables import version_table
from ckanext.budget.publication import upgrade, versions

from ..test_privacy import database_text, solr_text

SOURCE, FILE = "https://depot.example.org/budgets/", "export-de-Zoe-Quatreplanches"
MD5, SHA1 = "0123456789abcdef" * 2, "fedcba98" * 5


def sealed(document: bytes) -> bytes:
    """The document with a seal, which is not that of the masked file."""
    seal = f'<Scellement md5="{MD5}" sha1="{SHA1}" date="2022-01-01"/>'.encode()
    return document.replace(b"<EnTeteDocBudgetaire>", seal + b"<EnTeteDocBudgetaire>", 1)


def as_formerly(package_id: str, raw: str) -> None:
    """The dataset as version 0.2 left it: digests in its resources, its index and its XML file."""
    former = {"source_sha256": raw, "history": json.dumps([{"sha256": "f" * 64}])}
    for resource in model.Session.query(model.Resource).filter_by(package_id=package_id):
        resource.extras = {**resource.extras, **former}
        if resource.extras["role"] == "xml":
            path = path_of(resource.id)
            assert path is not None
            data = path.read_bytes().replace(b"0" * 32, MD5.encode(), 1)
            path.write_bytes(data.replace(b"0" * 40, SHA1.encode(), 1))
            resource.hash = hashlib.sha256(path.read_bytes()).hexdigest()
        model.Session.execute(
            version_table.delete().where(version_table.c.resource_id == resource.id)
        )
    model.Session.commit()
    search.rebuild(package_id)


@pytest.fixture
def plugins() -> str:
    return "budget totem_harvester harvest scheming_datasets datastore datatables_view activity"


@pytest.fixture
def former(portal: Any, make_document: Any) -> dict[str, str]:
    """Three datasets of a former version, and the digest of the raw bytes of each."""
    found = {}
    for year in (2020, 2021, 2022):
        content = sealed(make_document(year=year))
        done = portal.publish(content)
        found[done.package_id] = hashlib.sha256(content).hexdigest()
        as_formerly(done.package_id, found[done.package_id])
    return found


def told(portal: Any, digests: Any) -> list[str]:
    """Which of the digests the database, the index or the storage tell."""
    texts = database_text(model.Session.get_bind()) + solr_text()
    texts += "".join(data.decode("latin-1") for data in portal.files().values())
    return [digest for digest in digests if digest in texts]


def test_what_was_published_is_cleaned_and_known(portal, former, make_document, monkeypatch):
    monkeypatch.setattr(upgrade, "_BATCH", 1)
    secrets = [*former.values(), MD5, SHA1, "f" * 64]
    assert told(portal, secrets) == secrets, "the test must see what it looks for"

    class Interrupted(Exception):
        pass

    def stop(_tally: Any) -> None:
        raise Interrupted

    with pytest.raises(Interrupted):
        upgrade.upgrade(stop)
    assert len(upgrade.left()) == 2
    tally = upgrade.upgrade()
    assert (tally.datasets, tally.resources, tally.files) == (2, 8, 2)
    assert told(portal, secrets) == []
    assert upgrade.left() == []
    for package_id, raw in former.items():
        for resource in portal.dataset(package_id)["resources"]:
            path = path_of(resource["id"])
            assert resource["hash"] == hashlib.sha256(Path(path).read_bytes()).hexdigest()
            assert versions.of([resource["id"]]) == {resource["id"]: keyed(raw)}
    again = portal.publish(sealed(make_document(year=2022)))
    assert again.status == "updated", "a former version masked it"


def test_an_interruption_between_the_index_and_the_commit(portal, former, monkeypatch):
    """The dataset is done again."""

    def fails(**_packages: Any) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr("ckan.lib.search.rebuild", fails)
        with pytest.raises(RuntimeError):
            upgrade.upgrade()
    assert len(upgrade.left()) == 3
    assert upgrade.upgrade().datasets == 3
    assert told(portal, former.values()) == []


def test_the_command_says_what_it_did(portal, former, cli):
    from ckanext.budget.plugin.cli import budget

    done = cli.invoke(budget, ["upgrade"])
    assert done.exit_code == 0, done.output
    assert "3 jeu(x) de données nettoyé(s) : 12 ressource(s), 3 scellement(s)" in done.output
    assert "0 jeu(x)" in cli.invoke(budget, ["upgrade"]).output


@pytest.fixture
def named(portal: Any, harvest: Any, make_document: Any) -> list[str]:
    """Three harvested datasets as a former version left them: with the names of their files."""
    from ckanext.harvest.model import HarvestObject, HarvestSource

    for year in (2020, 2021, 2022):
        (portal.source / f"{year}.xml").write_bytes(make_document(year=year))
    harvest()
    model.Session.query(HarvestSource).update({"url": f"{SOURCE}?sig=1"})
    for resource in model.Session.query(model.Resource).filter(model.Resource.url_type == "upload"):
        resource.extras = {**resource.extras, "source_url": f"{SOURCE}{FILE}.xml"}
    model.Session.commit()
    for name in portal.budgets():
        portal.action("package_patch", id=name, notes="Une révision de plus")  # an activity
    [last, hidden, lost] = sorted(portal.budgets(), reverse=True)
    slug = portal.dataset(hidden)["resources"][0]["document"]
    portal.action("budget_document_withdraw", package_id=hidden, document=slug, reason="Erreur")
    package = model.Package.get(lost)
    query = model.Session.query(HarvestObject).filter_by(package_id=package.id)
    query.update({"package_id": None})
    for resource in package.resources:
        resource.extras = {**resource.extras, "harvest_object_id": "cleared"}
    model.Session.commit()
    search.rebuild()
    return [last, hidden, lost]


def test_the_name_of_a_file_is_left_nowhere(portal, named, monkeypatch):
    """Nor in the index, the activity stream, and what a withdrawn document gets back."""
    monkeypatch.setattr(upgrade, "_READ", 2)
    engine = model.Session.get_bind()
    places = ("resource", "activity", "budget_withdrawal")

    def tell() -> set[str]:
        found = {name for name in places if FILE in table_text(engine, name)}
        return found | ({"index"} if FILE in solr_text() else set())

    assert tell() == {*places, "index"}, "the test must see what it looks for"
    assert len(upgrade.left()) == 3, "CKAN keeps the rows of withdrawn resources, for a time"
    tally = upgrade.upgrade()
    assert (tally.datasets, tally.files) == (3, 0)
    assert tell() == set()
    told = [{item["source_url"] for item in portal.dataset(name)["resources"]} for name in named]
    assert told == [{f"{SOURCE}?…"}, set(), {""}], "that of the source, where it is known"
    assert (upgrade.left(), upgrade.upgrade().activities) == ([], 0)
    slug = f"{portal.dataset(named[1])['siret']}-2021-bp"
    portal.action("budget_document_restore", package_id=named[1], document=slug)
    assert upgrade.left() == []


def test_a_revision_of_a_dataset_that_is_fit(portal, make_document):
    """Published again since: only the activity stream remembers."""
    portal.publish(make_document())
    engine, digest = model.Session.get_bind(), "f" * 64
    told = f'"source_url": "", "source_sha256": "{digest}"'
    query = sa.text('UPDATE activity SET data = replace(data, \'"source_url": ""\', :told)')
    model.Session.execute(query, {"told": told})
    model.Session.commit()
    assert digest in table_text(engine, "activity")
    assert upgrade.left() == []
    assert upgrade.upgrade().activities == 2
    assert digest not in table_text(engine, "activity")


def test_an_address_that_somebody_typed_stays(portal, budget):
    """No harvest wrote it."""
    made = portal.action(
        "resource_create", package_id=budget["id"], url=SOURCE, source_url=f"{SOURCE}notice.pdf"
    )
    assert upgrade.left() == []
    assert portal.action("resource_show", id=made["id"])["source_url"] == f"{SOURCE}notice.pdf"


def table_text(engine: Any, table: str) -> str:
    """Every row of the table."""
    with engine.connect() as connection:
        rows = sa.text(f"SELECT to_json(t)::text FROM {table} t")
        return "".join(connection.execute(rows).scalars())
