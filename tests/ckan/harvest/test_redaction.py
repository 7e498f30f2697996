"""Whoever may not edit a source reads no file name, no parameter, no path, no hash of it."""

from __future__ import annotations

import json
from typing import Any

import ckan.plugins.toolkit as tk
import pytest

NAME = "quatreplanches-zephyrine"


@pytest.fixture
def harvested(portal: Any, harvest: Any, make_document: Any) -> str:
    """A source of a local folder: a document, and an unusable one, both named after a person."""
    (portal.source / f"{NAME}.xml").write_bytes(make_document())
    (portal.source / f"page-{NAME}.xml").write_bytes(b"<html>404</html>")
    (portal.source / f"vide-{NAME}.xml").write_bytes(b"")
    harvest('{"filters": {"include": "*.xml"}}')
    return portal.action("package_show", id="source")["id"]


def readers(portal: Any) -> dict[str, dict[str, Any]]:
    from ckan import model
    from ckan.tests import factories

    stranger = factories.User()
    other = factories.Organization()
    portal.action(
        "organization_member_create", id=other["id"], username=stranger["name"], role="admin"
    )
    return {
        "anonymous": {"user": "", "auth_user_obj": model.AnonymousUser()},
        "stranger": {"user": stranger["name"]},
    }


def answers(source: str) -> list[tuple[str, dict[str, Any]]]:
    from ckan import model
    from ckanext.harvest.model import HarvestObject

    objects = model.Session.query(HarvestObject.id).filter_by(harvest_source_id=source).all()
    return [
        *(("harvest_object_show", {"id": item.id}) for item in objects),
        ("harvest_object_show", {"dataset_id": "budget-21670482500019-2022"}),
        ("harvest_source_show", {"id": source}),
        ("harvest_source_show_status", {"id": source}),
        ("harvest_source_list", {"return_last_job_status": True}),
        ("package_show", {"id": source}),
        ("package_show", {"id": source, "use_default_schema": True}),
        ("package_search", {"fq": "dataset_type:harvest"}),
        ("package_search", {"q": "*:*"}),
    ]


def test_no_answer_names_a_file_a_folder_or_a_hash(portal, harvested):
    import hashlib

    from ckan import model
    from ckanext.harvest.model import HarvestObject

    digest = hashlib.sha256((portal.source / f"{NAME}.xml").read_bytes()).hexdigest()
    secrets = (NAME, str(portal.source), "include")
    leaks = set()
    for who, context in readers(portal).items():
        for action, data in answers(harvested):
            said = json.dumps(tk.get_action(action)(dict(context), dict(data)), default=str)
            leaks |= {(who, action, item) for item in secrets if item in said}
            if action.startswith("harvest"):
                leaks |= {(who, action, "hash") for _ in range(digest in said)}
    assert not leaks
    one = model.Session.query(HarvestObject).filter_by(current=True).one()
    with pytest.raises(tk.ObjectNotFound):
        tk.get_action("harvest_object_show")({"user": ""}, {"id": one.guid, "attr": "guid"})


def test_an_object_is_called_by_its_document(portal, harvested):
    shown = tk.get_action("harvest_object_show")(
        {"user": ""}, {"dataset_id": "budget-21670482500019-2022"}
    )
    assert shown["guid"] == "21670482500019-2022-bp"


def test_editors_read_everything(portal, harvested):
    editor = portal.member()
    shown = tk.get_action("harvest_source_show")({"user": editor["name"]}, {"id": harvested})
    assert shown["url"] == str(portal.source)
    assert NAME in json.dumps(shown["status"], default=str)
