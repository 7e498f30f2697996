"""Several consumers at once: one dataset, one writer at a time, nothing lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

NAME = "budget-21670482500019-2022"


@pytest.fixture
def at_once(portal: Any, app: Any) -> Any:
    """``at_once(contents)`` publishes all the documents at the same time, each in its thread."""

    def publish(numbered: tuple[int, bytes]) -> str:
        from ckan import model

        from ckanext.budget.publication.publish import Request, publish_file

        rank, content = numbered
        path = portal.source / f"{rank}.xml"
        path.write_bytes(content)
        with app.flask_app.test_request_context():
            try:
                request = Request(portal.organization["id"])
                return publish_file(path, request, portal.context()).status
            finally:
                model.Session.remove()

    def run(contents: list[bytes]) -> list[str]:
        with ThreadPoolExecutor(len(contents)) as pool:
            return list(pool.map(publish, enumerate(contents)))

    return run


def test_documents_of_one_dataset(portal, at_once, make_document):
    documents = [make_document(stage="02", number=str(number)) for number in range(1, 6)]
    assert at_once([*documents, make_document()]) == ["created"] * 6
    dataset = portal.dataset(NAME)
    assert len(dataset["resources"]) == 24
    assert dataset["stages"] == ["BP", "DM"]
    for resource in dataset["resources"][::4]:
        assert portal.rows(resource["id"])["total"] == 2


def test_more_publications_than_pooled_connections(portal, at_once, make_document):
    """Each holds a connection of the pool of fifteen; none may wait for another of them."""
    documents = [make_document(year=year) for year in range(2007, 2023)]
    assert at_once(documents) == ["created"] * 16


def test_same_document_many_times(portal, at_once, make_document):
    statuses = at_once([make_document()] * 6)
    assert sorted(statuses) == ["created"] + ["unchanged"] * 5
    assert len(portal.dataset(NAME)["resources"]) == 4


def test_organisation_is_made_once(portal, app, make_document):
    from ckanext.budget.publication.organizations import organization_for
    from ckanext.budget.publication.prepared import prepare

    folder = portal.source / "out"
    folder.mkdir()
    path = portal.source / "a.xml"
    path.write_bytes(make_document())
    header = prepare(path, folder).header

    def make(_rank: int) -> str:
        from ckan import model

        with app.flask_app.test_request_context():
            try:
                return organization_for("create", header, "", portal.context())
            finally:
                model.Session.remove()

    with ThreadPoolExecutor(5) as pool:
        assert len(set(pool.map(make, range(5)))) == 1
