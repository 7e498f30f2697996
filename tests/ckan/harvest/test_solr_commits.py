"""Solr shows a harvest's documents together and soon, not one commit for each."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests

from ckanext.budget.harvest import solr_commits
from ckanext.budget.harvest.solr_commits import deferred_commits

SOON = 20
"""Seconds that a loaded machine may need for a tenth of a second."""


@pytest.fixture
def harvested(portal, consumer, make_document, monkeypatch) -> Any:
    """One document published by a consumer; its job is still open."""
    monkeypatch.setattr(solr_commits, "WITHIN", 3_600_000)
    (portal.source / "bp.xml").write_bytes(make_document())
    job = consumer.new_job(portal, "", str(portal.source), "source")
    [identifier] = consumer.gather(job)
    from ckanext.harvest import queue
    from ckanext.harvest.model import HarvestObject

    queue.fetch_and_import_stages(queue.get_harvester("totem"), HarvestObject.get(identifier))
    assert len(portal.budgets()) == 1
    return portal


def found(portal: Any) -> int:
    return portal.action("package_search", fq="dataset_type:budget")["count"]


def test_what_is_published_is_found_soon_and_not_by_a_commit_of_its_own(harvested, monkeypatch):
    assert found(harvested) == 0
    monkeypatch.setattr(solr_commits, "WITHIN", 100)
    with deferred_commits():
        pass
    deadline = time.monotonic() + SOON
    while not found(harvested) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert found(harvested) == 1


def test_the_portal_s_own_writes_are_found_at_once(harvested, ckan_config):
    assert ckan_config["ckan.search.solr_commit"] is True
    dataset = harvested.budgets()[0]
    harvested.action("package_patch", id=dataset, notes="Une note.")
    assert found(harvested) == 1


def test_a_request_that_fails_loses_nothing_and_tells_no_address(portal, monkeypatch):
    told: list[str] = []

    def broken(*_args: Any, **_options: Any) -> Any:
        raise requests.ConnectionError("http://user:password@solr")

    monkeypatch.setattr(requests.Session, "post", broken)
    monkeypatch.setattr(
        solr_commits.log, "warning", lambda text, *values: told.append(text % values)
    )
    with deferred_commits():
        pass
    [line] = told
    assert "ConnectionError" in line
    assert "password" not in line
