"""A source's life by the form and the API: what is edited is what is harvested.

With the database log of ckanext-harvest on (``ckan.harvest.log_scope``), as docs/deploy has it.
"""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

CONFIG = '{"organization": "create", "filters": {"fiscal_year": 2022}, "kind": "folder"}'


@pytest.fixture
def database_log(portal: Any) -> Any:
    """What ``ckan.harvest.log_scope = 0`` adds at start."""
    from ckanext.harvest.log import DBLogHandler

    logger, handler = logging.getLogger("ckanext.harvest"), DBLogHandler()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield
    logger.removeHandler(handler)
    logger.setLevel(level)


@pytest.fixture
def ask(portal: Any, app: Any, database_log: Any) -> Any:
    """``ask("post", path, …)``: the answer of the portal to an administrator."""
    from ckan.tests import factories

    headers = {"Authorization": factories.SysadminWithToken()["token"]}

    def ask(method: str, path: str, **options: Any) -> Any:
        with app.flask_app.app_context():
            call = getattr(app, method)
            return call(path, headers=headers, follow_redirects=False, **options)

    return ask


def as_form(ask: Any, source: dict[str, Any]) -> None:
    answer = ask("post", f"/harvest/edit/{source['id']}", data=source)
    assert answer.status_code == 302, answer.body


def as_api(ask: Any, source: dict[str, Any]) -> None:
    answer = ask("post", "/api/3/action/harvest_source_update", json=source)
    assert answer.status_code == 200, answer.body


def as_patch(ask: Any, source: dict[str, Any]) -> None:
    """Only what changes is sent."""
    shown = ask("get", "/api/3/action/harvest_source_show?id=" + source["id"]).json["result"]
    kept = {"id", *(name for name in source if source[name] != shown.get(name))}
    changed = {name: source[name] for name in kept}
    answer = ask("post", "/api/3/action/harvest_source_patch", json=changed)
    assert answer.status_code == 200, answer.body


EDITS = {
    "title": "Autre titre",
    "notes": "Une description",
    "frequency": "WEEKLY",
    "name": "autre-nom",
    "config": '{"organization": "create", "rate": 2}',
    "url": "moved",
}


@pytest.mark.parametrize("door", [as_form, as_api, as_patch])
def test_each_field_that_is_edited_is_what_is_harvested(portal, ask, door):
    from ckan import model
    from ckanext.harvest.model import HarvestLog, HarvestSource

    moved = portal.source.parent / "moved"
    moved.mkdir()
    source = {
        "name": "depot",
        "title": "Dépôt",
        "url": str(portal.source),
        "source_type": "totem",
        "owner_org": portal.organization["id"],
        "frequency": "MANUAL",
        "config": CONFIG,
    }
    assert ask("post", "/harvest/new", data=source).status_code == 302
    source["id"] = portal.action("harvest_source_show", id="depot")["id"]
    for field, value in EDITS.items():
        source[field] = str(moved) if value == "moved" else value
        door(ask, source)
        model.Session.expire_all()
        kept = HarvestSource.get(source["id"])
        shown = portal.action("harvest_source_show", id=source["id"])
        for name in ("title", "url", "frequency"):
            assert getattr(kept, name) == shown[name] == source[name], (field, name)
        assert json.loads(kept.config) == {"totem": json.loads(source["config"])}, field
        assert shown["name"] == source["name"]
        assert shown["organization"]["name"] == "collectivites", "no key hides a field"
        assert ask("get", "/harvest").status_code == 200, field
    page = ask("get", f"/harvest/edit/{source['id']}").body
    assert "&#34;totem&#34;" not in page, "the form shows what was typed"
    assert "&#34;rate&#34;: 2" in page
    assert model.Session.query(HarvestLog).count() > 0, "the database log works"


def edit(portal: Any, **changes: Any) -> None:
    """By an update: ``harvest_source_patch`` of ckanext-harvest 1.6.3 fails on CKAN 2.12."""
    shown = portal.action("harvest_source_show", id="source")
    kept = {name: shown[name] for name in ("id", "name", "title", "url", "owner_org")}
    data = {**kept, "source_type": "totem", "frequency": "MANUAL", "config": CONFIG}
    portal.action("harvest_source_update", **{**data, **changes})


def test_pause_rebuild_and_delete(portal, ask, harvest, make_document):
    from ckan.lib import search
    from ckanext.harvest.model import HarvestSource

    (portal.source / "bp.xml").write_bytes(make_document())
    assert harvest(CONFIG).stats == {"added": 1}
    source = portal.action("package_show", id="source")
    search.rebuild(source["id"])
    portal.action("harvest_source_reindex", id=source["id"])
    assert ask("get", "/harvest").status_code == 200
    assert ask("get", "/harvest/source").status_code == 200
    edit(portal, state="deleted")
    assert HarvestSource.get(source["id"]).active is False
    edit(portal, state="active")
    assert HarvestSource.get(source["id"]).active is True
    portal.action("harvest_source_delete", id=source["id"])
    assert HarvestSource.get(source["id"]).active is False
    assert len(portal.budgets()) == 1
