"""Publication on a udata site: nothing twice, nothing lost, a clear state for each dataset.

Each test runs on the double, and on a real udata too when ``dev/udata/run start`` started one.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model

from ckanext.budget.datagouv import convert, ledger

from .udata_double import UdataDouble
from .udata_real import RealUdata
from .udata_site import UdataSite

BACKENDS = [UdataDouble, RealUdata] if RealUdata.is_there() else [UdataDouble]


@pytest.fixture(params=BACKENDS)
def udata(request: pytest.FixtureRequest) -> Any:
    with UdataSite(request.param()) as site:
        yield site


@pytest.fixture
def push(
    portal: Any, udata: Any, cli: Any, ckan_config: Any, monkeypatch: Any, tmp_path: Any
) -> Any:
    """``push("--dry-run")`` runs the command for an organisation that publishes on the double."""
    from ckanext.budget.plugin.cli import budget

    model.Session.execute(sa.text("TRUNCATE budget_push"))
    model.Session.commit()
    monkeypatch.setitem(ckan_config, "ckanext.budget.credentials_file", str(tmp_path / "keys.json"))
    monkeypatch.setitem(ckan_config, "ckanext.budget.private_networks", ["127.0.0.0/8"])
    monkeypatch.setitem(ckan_config, "ckanext.budget.datagouv_rate", 1000)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    fields = {
        "budget_datagouv_organization": udata.organization,
        "budget_datagouv_site": udata.url,
    }
    portal.action(
        "organization_patch",
        id=portal.organization["id"],
        extras=[{"key": key, "value": value} for key, value in fields.items()],
    )

    def run(*options: str, hosts: tuple[str, ...] = ("127.0.0.1",)) -> Any:
        keys = {"datagouv-collectivites": {"token": udata.key, "hosts": hosts}}
        (tmp_path / "keys.json").write_text(json.dumps(keys))
        result = cli.invoke(budget, ["datagouv", "push", *options])
        assert udata.key not in result.output
        model.Session.remove()
        return result

    return run


def entry(udata: Any) -> dict[str, Any]:
    [found] = ledger.entries(udata.url).values()
    return found


def test_a_budget_is_created_once(portal: Any, push: Any, udata: Any, make_document: Any) -> None:
    portal.publish(make_document())
    first, second = push(), push()
    assert (first.exit_code, second.exit_code) == (0, 0), first.output + second.output
    assert "1 créé" in first.output
    assert "1 inchangé" in second.output
    assert len(udata.of("POST")) == 1
    dataset = udata.only()
    assert dataset["license"] == "lov2"
    assert dataset["frequency"] == "annual"
    assert dataset["temporal_coverage"] == {"start": "2022-01-01", "end": "2022-12-31"}
    assert dataset["organization"]["id"] == udata.organization
    tables = [item for item in dataset["resources"] if item["format"] == "csv"]
    assert [item["schema"]["name"] for item in tables] == ["scdl/budget", "scdl/subventions"]
    assert all(len(item["checksum"]["value"]) == 64 for item in dataset["resources"])
    assert entry(udata)["state"] == "published"


def test_dry_run_sends_nothing(portal: Any, push: Any, udata: Any, make_document: Any) -> None:
    portal.publish(make_document())
    result = push("--dry-run")
    assert "1 créé" in result.output
    assert udata.requests == []
    assert ledger.entries(udata.url) == {}


def test_an_update_keeps_the_links_and_what_others_added(
    portal: Any, push: Any, udata: Any, make_document: Any
) -> None:
    portal.publish(make_document())
    push()
    dataset = udata.only()
    before = {item["url"]: item["id"] for item in dataset["resources"]}
    note = {"title": "Note", "url": "https://x.example.org/n", "filetype": "remote", "type": "main"}
    added = udata.ask("POST", f"datasets/{dataset['id']}/resources/", note)
    changes = {name: dataset[name] for name in ("title", "description", "tags", "extras")}
    changes["extras"]["theirs"] = "kept"
    udata.ask("PUT", f"datasets/{dataset['id']}/", changes)
    portal.publish(make_document(amount="1600.25"))
    portal.publish(make_document(stage="09"))
    result = push()
    assert "1 mis à jour" in result.output
    dataset = udata.only()
    after = {item["url"]: item["id"] for item in dataset["resources"]}
    assert before.items() <= after.items()
    assert len(after) == 9
    assert after["https://x.example.org/n"] == added["id"]
    assert dataset["extras"]["theirs"] == "kept"
    assert "finances-publiques" in dataset["tags"]
    assert len(udata.of("POST")) == 1


def test_a_file_withdrawn_here_is_removed_there(
    portal: Any, push: Any, udata: Any, make_document: Any
) -> None:
    portal.publish(make_document())
    portal.publish(make_document(stage="09"))
    push()
    package = portal.dataset("budget-21670482500019-2022")
    gone = package["resources"][-1]
    portal.action("resource_delete", id=gone["id"])
    push()
    assert gone["url"] not in {item["url"] for item in udata.only()["resources"]}
    assert len(udata.only()["resources"]) == 7


def test_a_lost_answer_makes_no_second_dataset(
    portal: Any, push: Any, udata: Any, make_document: Any
) -> None:
    portal.publish(make_document())
    udata.after = lambda method, path: 502 if method == "POST" else None
    result = push()
    assert result.exit_code == 1
    assert entry(udata)["state"] == "sending"
    assert "réessayez" in entry(udata)["message"]
    udata.after = lambda method, path: None
    assert push().exit_code == 0
    assert len(udata.datasets) == 1
    assert entry(udata)["state"] == "published"
    assert entry(udata)["remote_id"] == udata.only()["id"]


def test_a_site_that_is_down_is_said_and_tried_again(
    portal: Any, push: Any, udata: Any, make_document: Any, monkeypatch: Any
) -> None:
    from ckanext.budget.datagouv.client import Udata

    portal.publish(make_document())
    once = Udata._once
    monkeypatch.setattr(
        Udata, "_once", lambda self, method, path, body: once(_lost(self), method, path, body)
    )
    result = push()
    assert result.exit_code == 1
    assert "connexion interrompue" in result.output
    monkeypatch.setattr(Udata, "_once", once)
    assert push().exit_code == 0
    assert len(udata.datasets) == 1


def _lost(client: Any) -> Any:
    """The client, with the address of a port where nobody listens."""
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        client.base_url = f"http://127.0.0.1:{free.getsockname()[1]}"
    return client


def test_a_failure_in_the_middle_is_taken_up_where_it_stopped(
    portal: Any, push: Any, udata: Any, make_document: Any
) -> None:
    for year in (2020, 2021, 2022):
        portal.publish(make_document(year=year))
    posts = iter((None, 503, None))
    udata.before = lambda method, path: next(posts) if method == "POST" else None
    assert push().exit_code == 1
    assert len(udata.datasets) == 2
    udata.before = lambda method, path: None
    result = push()
    assert "1 créé" in result.output
    assert "2 inchangé" in result.output
    titles = [item["title"] for item in udata.datasets]
    assert len(titles) == len(set(titles)) == 3


def test_a_revoked_key_stops_all_and_changes_nothing(
    portal: Any, push: Any, udata: Any, make_document: Any
) -> None:
    portal.publish(make_document())
    push()
    portal.publish(make_document(year=2021))
    udata.revoke()
    result = push()
    assert result.exit_code == 1
    assert "clé d'API est refusée" in result.output
    assert len(udata.datasets) == 1
    udata.renew()
    assert push().exit_code == 0
    assert len(udata.datasets) == 2


def test_deleted_there_is_not_made_again(
    portal: Any, push: Any, udata: Any, make_document: Any
) -> None:
    portal.publish(make_document())
    push()
    udata.ask("DELETE", f"datasets/{udata.only()['id']}/")
    portal.publish(make_document(amount="1700.25"))
    assert "supprimé là-bas" in push().output
    assert entry(udata)["state"] == "gone"
    push()
    assert len(udata.of("POST")) == 1


def test_deleted_here_is_archived_there_and_comes_back(
    portal: Any, push: Any, udata: Any, make_document: Any
) -> None:
    portal.publish(make_document())
    push()
    before = udata.only()
    portal.action("package_patch", id="budget-21670482500019-2022", private=True)
    assert "1 archivé" in push().output
    assert udata.only()["archived"]
    for name in ("title", "description", "tags", "license", "frequency", "temporal_coverage"):
        assert udata.only()[name] == before[name], name
    assert len(udata.only()["resources"]) == 4
    assert "aucun jeu de données" in push().output
    portal.action("package_patch", id="budget-21670482500019-2022", private=False)
    assert "1 mis à jour" in push().output
    assert udata.only()["archived"] is None


def test_the_key_goes_to_its_own_sites_only(
    portal: Any, push: Any, udata: Any, make_document: Any
) -> None:
    portal.publish(make_document())
    result = push(hosts=("www.data.gouv.fr",))
    assert result.exit_code == 1
    assert "hosts" in result.output
    assert udata.requests == []


def test_no_organisation_publishes_with_the_key_of_another(
    portal: Any, push: Any, udata: Any, make_document: Any
) -> None:
    from ckan.tests import factories

    there = {"key": "budget_datagouv_organization", "value": udata.organization}
    site = {"key": "budget_datagouv_site", "value": udata.url}
    factories.Organization(name="aaa-first", extras=[there, site])
    portal.publish(make_document())
    result = push()
    assert result.exit_code == 1
    assert "aaa-first : " in result.output
    assert len(udata.datasets) == 1


def test_the_state_of_each_dataset_is_told(
    portal: Any, push: Any, udata: Any, make_document: Any, cli: Any
) -> None:
    from ckanext.budget.plugin.cli import budget

    portal.publish(make_document())
    push()
    portal.publish(make_document(year=2021))
    udata.after = lambda method, path: 502 if method == "POST" else None
    push()
    shown = cli.invoke(budget, ["datagouv", "status"]).output
    assert f"{udata.url} : 1 publié(s)" in shown
    assert "1 à vérifier" in shown
    assert "réessayez plus tard" in shown


def test_the_key_is_nowhere_in_the_portal(
    portal: Any, push: Any, udata: Any, make_document: Any
) -> None:
    portal.publish(make_document())
    push()
    shown = portal.action("organization_show", id=portal.organization["id"], include_extras=True)
    assert udata.key not in json.dumps(shown)
    assert udata.key not in json.dumps(entry(udata), default=str)


def test_the_dataset_page_links_to_it(
    portal: Any, push: Any, udata: Any, make_document: Any, app: Any
) -> None:
    portal.publish(make_document())
    address = "/budget/budget-21670482500019-2022"
    assert "/datasets/" not in app.get(address, status=200).body
    push()
    assert udata.only()["page"] in app.get(address, status=200).body


def test_short_tags_are_left_out_and_none_is_lost() -> None:
    tags = [{"name": name} for name in ("DM", "Été 2022", "budget")]
    body = convert.created({"id": "x", "name": "n", "tags": tags}, "org", "https://p.example")
    assert body["tags"] == ["ete-2022", "budget"]


def test_no_null_is_ever_sent() -> None:
    package = {"id": "x", "name": "n", "siret": None, "frequency": None}
    there = {"extras": {"a": None, "b": "1"}, "resources": []}
    body = convert.updated(package, "https://p.example", there, {})
    assert None not in body["extras"].values()
    assert body["extras"]["b"] == "1"
    assert "organization" not in body
