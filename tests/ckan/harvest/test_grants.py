"""A harvest has the rights of its source's organisation: two organisations, every attack."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import flask
import pytest

DATASET = "budget-21670482500019-2022"
SIREN = "216704825"


class Organisations:
    """A budget of ``portal.organization`` ("collectivites"), and an editor of another one."""

    def __init__(self, portal: Any, url: str, document: Any) -> None:
        from ckan.tests import factories

        self.portal, self.url = portal, url
        self.other = factories.Organization(name="voisine", title="Commune voisine")
        self.editor, self.owner = portal.member(self.other), portal.member()
        portal.publish(document(), provenance={"origin": "upload"})

    def call(self, user: dict[str, Any], action: str, **data: Any) -> Any:
        return tk.get_action(action)({"user": user["name"]}, data)

    def fields(self, **more: Any) -> dict[str, Any]:
        """A source of the other organisation, as its editor writes it."""
        return {
            "type": "harvest",
            "name": "source",
            "title": "Source",
            "url": self.url,
            "source_type": "totem",
            "owner_org": self.other["id"],
            "frequency": "MANUAL",
        } | more

    def state(self) -> dict[str, Any]:
        """All that readers see of the owner's budget: database, storage, DataStore, Solr."""
        dataset = self.portal.dataset(DATASET)
        tables = [item["id"] for item in dataset["resources"] if item["datastore_active"]]
        return {
            "database": dataset,
            "storage": self.portal.files(),
            "DataStore": {item: self.portal.rows(item)["records"] for item in tables},
            "Solr": self.portal.action("package_search", q=f"name:{DATASET}")["results"],
        }

    def conflicts(self, user: dict[str, Any], **only: str) -> list[dict[str, Any]]:
        return self.call(user, "budget_conflict_list", **only)


@pytest.fixture
def two(portal: Any, web_folder: Any, make_document: Any) -> Organisations:
    return Organisations(portal, web_folder.url, make_document)


LOCAL = "/srv/totem"
PRIVILEGED = {
    "precedence": {"config": '{"precedence": 100}'},
    "low precedence": {"config": '{"precedence": -1}'},
    "another organisation": {"config": f'{{"organization": {{"{SIREN}": "collectivites"}}}}'},
    "new organisations": {"config": '{"organization": "create"}'},
    "weaker masking": {"config": '{"policy": "standard"}'},
    "credential": {"config": '{"auth": "prefecture"}'},
    "folder": {"url": LOCAL},
    "file address": {"url": f"file://{LOCAL}"},
}
DOORS = {
    "harvest_source_create": lambda two, more: two.call(
        two.editor, "harvest_source_create", **two.fields(**more)
    ),
    "package_create": lambda two, more: two.call(
        two.editor, "package_create", **two.fields(**more)
    ),
    "harvest_source_update": lambda two, more: two.call(
        two.editor, "harvest_source_update", **two.fields(**more), id=made(two)
    ),
    "package_update": lambda two, more: two.call(
        two.editor, "package_update", **two.fields(**more), id=made(two)
    ),
    "harvest_source_patch": lambda two, more: two.call(
        two.editor, "harvest_source_patch", id=made(two), **more
    ),
    "package_patch": lambda two, more: two.call(two.editor, "package_patch", id=made(two), **more),
    "package_revise": lambda two, more: two.call(
        two.editor, "package_revise", match={"id": made(two)}, update=more
    ),
}


def made(two: Organisations) -> str:
    """A harmless source of the editor."""
    return two.call(two.editor, "harvest_source_create", **two.fields())["id"]


@pytest.mark.parametrize("door", DOORS)
def test_only_a_sysadmin_saves_what_reaches_beyond_the_organisation(two, door):
    from ckan import model

    answers = {}
    for name, more in PRIVILEGED.items():
        savepoint = model.Session.query(model.Package).filter_by(type="harvest")
        for package in savepoint:
            package.purge()
        model.Session.commit()
        try:
            DOORS[door](two, more)
            answers[name] = "saved"
        except tk.ValidationError as refusal:
            [message] = next(iter(refusal.error_dict.values()))
            answers[name] = message
    wrong = {name for name, said in answers.items() if "administrateur du portail" not in said}
    assert not wrong, answers


@pytest.mark.parametrize("more", PRIVILEGED.values(), ids=PRIVILEGED)
def test_a_source_that_an_editor_saved_before_is_held(two, harvest, more, web_folder):
    """As the former version let it: nothing is read, and the report says who may allow it."""
    from ckan import model
    from ckanext.harvest.model import HarvestSource

    source = HarvestSource.get(made(two))
    source.url, source.config = more.get("url", source.url), more.get("config", "")
    source.save()
    model.Session.commit()
    (two.portal.source / "bp.xml").write_bytes(b"never read")
    web_folder.requests.clear()
    before = two.state()
    [message] = harvest().gather_errors
    assert "suspendue" in message
    assert "administrateur du portail" in message
    assert web_folder.requests == []
    assert two.state() == before


def test_a_sysadmin_releases_it_by_saving_or_by_command(two, harvest, make_document, cli):
    from ckan import model
    from ckanext.harvest.model import HarvestSource

    from ckanext.budget.plugin.cli import budget

    source = HarvestSource.get(made(two))
    source.config = '{"policy": "standard"}'
    source.save()
    model.Session.commit()
    (two.portal.source / "bp.xml").write_bytes(make_document(year=2023))
    assert harvest().gather_errors
    assert "suspendue" in cli.invoke(budget, ["harvest", "grant"]).output
    assert "permise" in cli.invoke(budget, ["harvest", "grant", "source"]).output
    assert harvest().stats == {"added": 1}


def test_a_grant_is_for_what_was_seen(two, harvest):
    """The editor may rename a source that was granted; not change what it may do."""
    config = '{"precedence": 5}'
    granted = two.fields(config=config)
    source = two.portal.action("harvest_source_create", **granted)
    renamed = two.fields(config=config, title="Renommée", id=source["id"])
    two.call(two.editor, "harvest_source_update", **renamed)
    assert not [error for error in harvest().gather_errors if "suspendue" in error]
    for more in ({"url": two.url + "autre/"}, {"config": '{"precedence": 6}'}):
        with pytest.raises(tk.ValidationError):
            two.call(two.editor, "harvest_source_update", **{**renamed, **more})
    two.portal.action(
        "package_owner_org_update",
        id=source["id"],
        organization_id=two.portal.organization["id"],
    )
    assert "suspendue" in harvest().gather_errors[0]


def harvested(two: Organisations, harvest: Any, **document: Any) -> Any:
    """The other organisation's source offers a later vote of the owner's budget."""
    if not two.portal.action("package_search", fq="dataset_type:harvest")["count"]:
        made(two)
    content = document.pop("make")(amount="14.00", voted="2023-06-30", **document)
    (two.portal.source / "bp.xml").write_bytes(content)
    return harvest()


def test_a_budget_of_another_organisation_is_left_and_the_conflict_shows(
    two, harvest, make_document
):
    before = two.state()
    report = harvested(two, harvest, make=make_document)
    assert report.stats == {"errored": 1}
    [message] = report.errors["bp.xml"]
    assert two.portal.organization["title"] in message
    assert two.state() == before
    harvest()
    for user in (two.editor, two.owner):
        [conflict] = two.conflicts(user, state="open")
        assert conflict["slug"] == "21670482500019-2022-bp"
        assert conflict["owner"] == two.portal.organization["title"]
        assert conflict["source"] == "Source"


def test_the_same_bytes_are_a_conflict_too(two, harvest, make_document):
    """Else the search page would say that the budget comes from the other's source."""
    made(two)
    (two.portal.source / "bp.xml").write_bytes(make_document())
    before = two.state()
    assert harvest().stats == {"errored": 1}
    assert two.state() == before


def test_the_owner_settles(two, harvest, make_document):
    harvested(two, harvest, make=make_document)
    before = two.state()
    [conflict] = two.conflicts(two.owner)
    with pytest.raises(tk.NotAuthorized):
        two.call(two.editor, "budget_conflict_settle", id=conflict["id"], decision="accept")
    with pytest.raises(tk.ValidationError):
        two.call(two.owner, "budget_conflict_settle", id=conflict["id"], decision="?")
    two.call(two.owner, "budget_conflict_settle", id=conflict["id"], decision="refuse")
    assert "a refusé" in harvest().errors["bp.xml"][0]
    assert two.state() == before


def test_what_the_owner_accepts_is_published(two, harvest, make_document):
    harvested(two, harvest, make=make_document)
    [conflict] = two.conflicts(two.owner)
    two.call(two.owner, "budget_conflict_settle", id=conflict["id"], decision="accept")
    assert harvest().statuses == {"bp.xml": "updated"}
    assert two.portal.dataset(DATASET)["owner_org"] == two.portal.organization["id"]


def _moved(two: Organisations, source: str) -> None:
    """As ``package_owner_org_update`` does, which no save of a source passes by."""
    from ckan.tests import factories

    third = factories.Organization(name="troisieme")
    two.portal.action("package_owner_org_update", id=source, organization_id=third["id"])


def _rewritten(two: Organisations, source: str) -> None:
    """By a hand in the database."""
    from ckan import model
    from ckanext.harvest.model import HarvestSource

    HarvestSource.get(source).config = '{"totem": {"max_depth": 3}}'
    model.Session.commit()


def _saved(two: Organisations, source: str, **more: Any) -> None:
    two.call(two.editor, "harvest_source_update", **two.fields(id=source, **more))


CHANGES = {
    "address": lambda two, source: _saved(two, source, url=f"{two.url}?page=1"),
    "configuration": lambda two, source: two.call(
        two.editor, "package_update", **two.fields(id=source, config='{"max_depth": 3}')
    ),
    "configuration, by a sysadmin": lambda two, source: two.portal.action(
        "harvest_source_update", **two.fields(id=source, config='{"precedence": 5}')
    ),
    "organisation": _moved,
    "database": _rewritten,
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_the_owner_accepts_is_the_source_as_it_is(two, harvest, make_document, change):
    """Another address or configuration is asked again; nothing is written meanwhile."""
    harvested(two, harvest, make=make_document)
    [conflict] = two.conflicts(two.owner)
    accept = {"id": conflict["id"], "decision": "accept"}
    two.call(two.owner, "budget_conflict_settle", **accept)
    assert harvest().statuses == {"bp.xml": "updated"}
    CHANGES[change](two, conflict["source_id"])
    is_seen_at_once = change not in ("organisation", "database")
    assert len(two.conflicts(two.owner, state="open")) == is_seen_at_once
    content = make_document(amount="15.00", voted="2023-07-31")
    (two.portal.source / "bp.xml").write_bytes(content)
    before = two.state()
    assert two.portal.organization["title"] in harvest().errors["bp.xml"][0]
    assert two.state() == before
    [again] = two.conflicts(two.owner)
    assert (again["id"], again["state"]) == (conflict["id"], "open")
    two.call(two.owner, "budget_conflict_settle", **accept)
    assert harvest().statuses == {"bp.xml": "updated"}


def test_another_title_of_the_source_asks_nothing_again(two, harvest, make_document):
    harvested(two, harvest, make=make_document)
    [conflict] = two.conflicts(two.owner)
    for decision, state in (("accept", "accepted"), ("refuse", "refused")):
        two.call(two.owner, "budget_conflict_settle", id=conflict["id"], decision=decision)
        _saved(two, conflict["source_id"], title="Autre")
        assert two.conflicts(two.owner)[0]["state"] == state
    CHANGES["address"](two, conflict["source_id"])
    assert two.conflicts(two.owner)[0]["state"] == "refused", "a refusal stays"


@pytest.mark.parametrize("policy", ["delete", "mark"])
def test_a_document_handed_over_is_withdrawn_by_its_new_owner_alone(
    two, harvest, make_document, policy
):
    two.call(
        two.editor,
        "harvest_source_create",
        **two.fields(config=f'{{"withdrawn": "{policy}"}}'),
    )
    name = "budget-21670482500019-2024"
    for stage in ("01", "09"):
        (two.portal.source / f"{stage}.xml").write_bytes(make_document(year=2024, stage=stage))
    assert harvest().stats == {"added": 2}
    two.portal.action(
        "package_owner_org_update",
        id=name,
        organization_id=two.portal.organization["id"],
    )
    before = two.portal.dataset(name), two.portal.files()
    (two.portal.source / "01.xml").unlink()
    report = harvest()
    assert two.portal.organization["title"] in report.errors["01.xml"][0]
    assert (two.portal.dataset(name), two.portal.files()) == before
    assert "01.xml" not in harvest().statuses, "it is said once"


SECRETS = ("token=S3cret", "page=1&X-Amz-Signature=S3cret", "sig=S3cret", "api_key=S3cret")


@pytest.mark.parametrize("query", SECRETS)
def test_a_secret_in_the_query_of_an_address_is_refused(two, query):
    with pytest.raises(tk.ValidationError) as refusal:
        two.portal.action("harvest_source_create", **two.fields(url=f"{two.url}?{query}"))
    [message] = refusal.value.error_dict["url"]
    assert "credentials_file" in message
    assert "S3cret" not in message


def test_a_secret_in_the_query_of_a_catalogue_is_refused(two):
    config = '{"kind": "ckan", "query": {"token": "S3cret"}}'
    with pytest.raises(tk.ValidationError) as refusal:
        two.portal.action("harvest_source_create", **two.fields(config=config))
    assert "S3cret" not in str(refusal.value.error_dict)


@pytest.mark.parametrize("name", ["author", "keyword", "page", "tag", "organization"])
def test_plain_parameters_are_no_secrets(two, name):
    assert two.portal.action("harvest_source_create", **two.fields(url=f"{two.url}?{name}=1"))


def test_a_secret_budget_is_not_told_to_the_source(two, harvest, make_document):
    """Its owner sees the conflict; the source's side learns nothing of it."""
    for state in ({"private": True}, {"state": "deleted"}):
        two.portal.action("package_patch", id=DATASET, **state)
        report = harvested(two, harvest, make=make_document)
        [message] = report.errors["bp.xml"]
        assert two.portal.organization["title"] not in message
        assert "Votre organisation ne peut pas publier ce budget" in message
        assert two.conflicts(two.editor) == []
        assert len(two.conflicts(two.owner)) == 1


class Pages:
    """The pages of conflicts, as one user asks for them."""

    def __init__(self, app: Any, user: dict[str, Any]) -> None:
        self.app, self.headers = app, {"Authorization": user["token"]}

    def __call__(self, address: str, **data: str) -> Any:
        flask.g.pop("_login_user", None)
        ask, more = (self.app.post, {"data": data}) if data else (self.app.get, {})
        return ask(address, headers=self.headers, follow_redirects=False, **more)


@pytest.mark.parametrize(("decision", "state"), [("accept", "accepted"), ("refuse", "refused")])
def test_the_owner_settles_on_the_page(two, harvest, make_document, app, decision, state):
    harvested(two, harvest, make=make_document)
    [conflict] = two.conflicts(two.owner)
    address = f"/budgets/conflits/{conflict['id']}"
    owner, other = Pages(app, two.owner), Pages(app, two.editor)
    assert address in owner("/budgets/conflits").body
    theirs = other("/budgets/conflits").body
    assert "Budget primitif 2022" in theirs and address not in theirs
    assert other(address, decision=decision).status_code == 403
    assert "Keep mine" in owner(address).body
    assert two.conflicts(two.owner)[0]["state"] == "open", "a look decides nothing"
    assert owner(address, decision=decision).status_code == 302
    assert two.conflicts(two.owner)[0]["state"] == state


def test_conflicts_are_reached_from_where_their_owner_is(two, harvest, make_document, app):
    job = harvested(two, harvest, make=make_document).job["id"]
    owner, other = Pages(app, two.owner), Pages(app, two.editor)
    assert "1 conflict to settle" in owner("/organization/collectivites").body
    assert "conflict" not in other("/organization/voisine").body, "not theirs to settle"
    assert "/budgets/conflits?source_id=" in other(f"/harvest/source/job/{job}").body
