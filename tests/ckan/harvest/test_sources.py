"""What a harvest source may say, and where its secrets are: the portal's side of ``collect``."""

from __future__ import annotations

import json

import pytest

from ckanext.budget import config
from ckanext.budget.collect.errors import UnusableSource

DATASET = "budget-21670482500019-2022"


def source_fields(portal, **more):
    return {
        "name": "depot",
        "title": "Dépôt",
        "url": "https://depot.example.org/budgets/",
        "source_type": "totem",
        "owner_org": portal.organization["id"],
        "frequency": "MANUAL",
    } | more


@pytest.fixture
def credentials(ckan_config, monkeypatch, tmp_path):
    """``credentials({...})`` declares the portal's credentials."""

    def declare(content):
        path = tmp_path / "credentials.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        monkeypatch.setitem(ckan_config, "ckanext.budget.credentials_file", str(path))

    return declare


def test_a_credential_is_for_the_hosts_it_names(credentials):
    credentials({"depot": {"user": "a", "password": "b", "hosts": ["depot.example.org"]}})
    assert config.credential("depot").hosts == ["depot.example.org"]
    assert config.credential(None) is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"depot": {"user": "a", "password": "S3cret"}}, "hosts"),
        ({"depot": {"token": "S3cret", "hosts": "depot.example.org"}}, "hosts"),
        ({"depot": {"login": "S3cret", "hosts": ["a"]}}, "mal formé"),
        ({"autre": {"token": "S3cret", "hosts": ["a"]}}, "n'est pas déclaré"),
        ("{S3cret", "mal formé"),
        ("[]", "mal formé"),
    ],
)
def test_a_badly_declared_credential_is_explained_without_being_told(credentials, content, words):
    credentials(content)
    with pytest.raises(UnusableSource) as refusal:
        config.credential("depot")
    assert words in str(refusal.value)
    assert "S3cret" not in str(refusal.value)


ADDRESSES = ["https://ann:S3cret@depot.example.org/", " http://ann@depot.example.org/b/"]


@pytest.mark.parametrize("url", ADDRESSES)
@pytest.mark.parametrize("action", ["harvest_source_create", "package_create"])
def test_an_address_that_holds_a_secret_is_refused(portal, url, action):
    import ckan.plugins.toolkit as tk

    with pytest.raises(tk.ValidationError) as refusal:
        portal.action(action, **source_fields(portal, url=url, type="harvest"))
    [message] = refusal.value.error_dict["url"]
    assert "credentials_file" in message
    assert "S3cret" not in message


def test_a_source_cannot_be_given_a_secret_later(portal):
    import ckan.plugins.toolkit as tk

    source = portal.action("harvest_source_create", **source_fields(portal))
    changed = source_fields(portal, id=source["id"], url=ADDRESSES[0])
    with pytest.raises(tk.ValidationError) as refusal:
        portal.action("harvest_source_update", **changed)
    assert "url" in refusal.value.error_dict


def test_the_portal_s_masking_policy_applies_to_harvests(
    portal, harvest, make_document, ckan_config, monkeypatch
):
    (portal.source / "bp.xml").write_bytes(make_document())
    monkeypatch.setitem(ckan_config, "ckanext.budget.masking_policy", "standard")
    assert harvest().stats == {"added": 1}
    assert portal.dataset(DATASET)["masking_policy"] == "standard"
    monkeypatch.setitem(ckan_config, "ckanext.budget.masking_policy", "strict")
    assert harvest().stats == {"updated": 1}, "a stricter portal masks again what is online"
    assert portal.dataset(DATASET)["masking_policy"] == "strict"


def test_a_document_that_is_there_but_refused_is_not_withdrawn(portal, harvest, make_document):
    """An empty file at the next visit is an accident of the source, not a withdrawal."""
    (portal.source / "bp.xml").write_bytes(make_document())
    (portal.source / "ca.xml").write_bytes(make_document(stage="09"))
    harvest('{"withdrawn": "delete"}')
    (portal.source / "bp.xml").write_bytes(b"")
    report = harvest()
    assert any("bp.xml" in message for message in report.gather_errors)
    assert portal.dataset(DATASET)["stages"] == ["BP", "CA"]
