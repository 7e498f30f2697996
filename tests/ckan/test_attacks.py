"""Two organisations, their editors, a reader: what each may try against the others, replayed.

A row of ``CASES`` is one attack: who, what, and words of the one sentence that the attacker reads
(or of the page that goes on answering). Whatever the answer, nothing of the other organisation
changes: rows of the database, files, DataStore, Solr. ``BUDGET_ATTACKS`` names a file where each
answer is written, so that another version can be tried (docs/attacks.md has both).
"""

from __future__ import annotations

import base64
import csv
import importlib.util
import io
import json
import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from flask_babel import refresh
from werkzeug.datastructures import FileStorage

SIRET, SIREN = "21670482500019", "216704825"
MINE = "21560046100010"
DATASET = f"budget-{SIRET}-2022"
SECRET_NOTE = "Note interne de la commune"
PATIENCE = 60
"""Seconds after which an answer is said not to come."""
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
    "rkJggg=="
)


@pytest.fixture
def plugins() -> str:
    return (
        "budget budget_view budget_validation totem_harvester harvest scheming_datasets datastore"
        " datatables_view"
    )


class World:
    """Budgets of ``collectivites`` (2022 public, 2023 private), and two who want them."""

    def __init__(
        self, portal: Any, app: Any, harvest: Any, url: str, document: Any, config: Any
    ) -> None:
        from ckan.tests import factories

        self.config, self.portal, self.app, self.harvest, self.url = (
            config,
            portal,
            app,
            harvest,
            url,
        )
        self.document, self.owner = document, portal.organization
        self.other = factories.Organization(name="voisine", title="Commune voisine")
        self.users = {"owner": self._user(self.owner), "stranger": self._user(self.other)}
        self.users["accomplice"] = self._user(self.other)
        for year in (2022, 2023):
            portal.publish(document(siret=SIRET, year=year))
        portal.action("package_patch", id=f"budget-{SIRET}-2023", private=True, notes=SECRET_NOTE)
        model.Session.commit()

    def _user(self, organization: dict[str, Any]) -> dict[str, Any]:
        from ckan.tests import factories

        user = factories.UserWithToken()
        member = {"id": organization["id"], "username": user["name"], "role": "editor"}
        self.portal.action("organization_member_create", **member)
        return user

    def held(self) -> World:
        """The body is given to the owner, where the version knows how."""
        with suppress(KeyError):
            self.portal.action("budget_body_assign", siren=SIREN, owner_org=self.owner["id"])
        model.Session.commit()
        return self

    def act(self, who: str, name: str, /, **data: Any) -> Any:
        """Call the action as CKAN does for a request of this person."""
        if who == "anonymous":
            context = {"user": "", "auth_user_obj": model.AnonymousUser()}
        else:
            user = model.User.get(self.users[who]["id"])
            context = {"user": user.name, "auth_user_obj": user}
        return tk.get_action(name)(context, data)

    def page(self, who: str, path: str, **query: Any) -> Any:
        """The page as this person reads it."""
        token = self.users[who]["token"] if who in self.users else ""
        headers = {"Authorization": token} if token else {}
        with self.app.flask_app.app_context():
            return self.app.get(path, query_string=query, headers=headers, status=None)

    def source(self, config: dict[str, Any], url: str = "", **documents: bytes) -> str:
        """The stranger's source, saved and run: what the save, or the run, says."""
        for name, content in documents.items():
            (self.portal.source / f"{name}.xml").write_bytes(content)
        self.act(
            "stranger",
            "harvest_source_create",
            name="attaque",
            title="Attaque",
            url=url or self.url,
            source_type="totem",
            config=json.dumps(config) if config else "",
            owner_org=self.other["id"],
            frequency="MANUAL",
        )
        return self.run()

    def run(self) -> str:
        found = self.harvest(name="attaque")
        said = [*found.gather_errors, *(one for some in found.errors.values() for one in some)]
        return " ".join(said) or f"{found.statuses}"

    def upload(self, content: bytes, name: str = "budget.xml", **more: Any) -> FileStorage:
        return FileStorage(io.BytesIO(content), filename=name, **more)

    def snapshot(self) -> dict[str, Any]:
        """All that is the owner's, everywhere."""
        model.Session.rollback()
        model.Session.expire_all()
        owner = {"owner": self.owner["id"]}
        mine = "SELECT id FROM package WHERE owner_org = :owner"
        queries = {
            "package": "SELECT to_jsonb(t) FROM package t WHERE owner_org = :owner",
            "resource": f"SELECT to_jsonb(t) FROM resource t WHERE package_id IN ({mine})",
            "group": 'SELECT to_jsonb(t) FROM "group" t WHERE id = :owner',
            "member": "SELECT to_jsonb(t) FROM member t WHERE group_id = :owner",
            "report": f"SELECT to_jsonb(t) FROM budget_report t WHERE package_id IN ({mine})",
            "source": f"SELECT to_jsonb(t) FROM harvest_source t WHERE id IN ({mine})",
        }
        rows = {
            name: sorted(json.dumps(row, sort_keys=True) for (row,) in self._rows(query, owner))
            for name, query in queries.items()
        }
        packages = [json.loads(row)["name"] for row in rows["package"]]
        tables = [json.loads(row)["id"] for row in rows["resource"]]
        return rows | {
            "storage": {
                path: content
                for path, content in self.portal.files().items()
                if any(table[6:] in str(path) for table in tables)
            },
            "DataStore": {table: self._table(table) for table in tables},
            "Solr": [self._indexed(name) for name in sorted(packages)],
        }

    def _rows(self, query: str, values: dict[str, str]) -> Any:
        return model.Session.execute(sa.text(query), values).all()

    def _table(self, table: str) -> Any:
        try:
            return self.portal.rows(table)["records"]
        except tk.ObjectNotFound:
            return None

    def _indexed(self, name: str) -> Any:
        from ckan.lib.search.common import make_connection

        found = make_connection().search(f'name:"{name}"', rows=5)
        volatile = ("indexed_ts", "_version_", "index_id", "data_dict")  # its extras are unordered
        return [{k: v for k, v in doc.items() if k not in volatile} for doc in found.docs]


@pytest.fixture
def world(
    portal: Any, app: Any, harvest: Any, web_folder: Any, make_document: Any, ckan_config: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> World:  # fmt: skip
    monkeypatch.setitem(ckan_config, "ckanext.budget.group", "collectivites")
    monkeypatch.setitem(ckan_config, "ckan.locale_default", "fr")
    refresh()
    return World(portal, app, harvest, web_folder.url, make_document, ckan_config)


@dataclass(frozen=True)
class Case:
    """``do`` returns what is read, or raises CKAN's refusal; ``words`` are in it (a pattern)."""

    point: int
    who: str
    what: str
    words: str
    do: Callable[[World], Any]


OTHERS_BUDGET = {"siret": SIRET, "amount": "9999999.00"}
SYSADMIN_ONLY = "administrateur du portail"


def owned(world: World, **more: Any) -> str:
    """A dataset of the stranger, with what he wants in it."""
    data = {
        "name": "le-mien", "type": "budget", "title": "Le mien", "owner_org": world.other["id"],
        "siret": MINE, "body_kind": "commune", "budget_type": "principal", "fiscal_year": "2022",
    }  # fmt: skip
    return world.act("stranger", "package_create", **(data | more))["id"]


def withdrawn(world: World) -> str:
    world.source({"withdrawn": "delete"}, a=world.document(**OTHERS_BUDGET))
    for path in world.portal.source.glob("*.xml"):
        path.unlink()
    (world.portal.source / "b.xml").write_bytes(world.document(siret=MINE))
    world.run()
    return world.run()


def cleared(world: World) -> str:
    """As an earlier version left it: the source says that the other's dataset came from it."""
    from ckanext.harvest.model import HarvestObject

    world.source({}, a=world.document(siret=MINE))
    source = model.Package.get("attaque")
    found = model.Session.query(HarvestObject).filter_by(harvest_source_id=source.id).first()
    found.package_id, found.current = model.Package.get(DATASET).id, True
    model.Session.commit()
    world.act("stranger", "harvest_source_clear", id=source.id)
    world.portal.action("harvest_jobs_run")
    return "cleared"


def squatted(world: World) -> str:
    """The real budget of 2024 is published although a stranger made its dataset first."""
    owned(world, name=f"budget-{SIRET}-2024", siret=SIRET, fiscal_year="2024", private=True)
    world.portal.publish(world.document(siret=SIRET, year=2024))
    shown = world.portal.dataset(f"budget-{SIRET}-2024")
    return f"{shown['organization']['name']} {shown['private']}"


def proposed(world: World) -> str:
    """What the deposit says of a private dataset that the stranger may not read."""
    upload = world.upload(world.document(siret=SIRET, year=2023, amount="1.00"))
    data = {"owner_org": world.other["id"], "upload": upload}
    shown = json.dumps(world.act("stranger", "budget_deposit", **data), ensure_ascii=False)
    return "LEAK" if SECRET_NOTE in shown else "a proposal without a word of the other's dataset"


def claims(world: World) -> str:
    said = {"quality": "conforme", "origin": "harvest", "stages": ["CA"]}
    said |= {"masking_policy": "strict"}
    identifier = owned(world, **said)
    world.act("stranger", "package_patch", id=identifier, **said)
    shown = world.portal.dataset(identifier)
    return "typed: " + " ".join(name for name in said if shown.get(name))


def csv_rows(world: World, title: str) -> str:
    world.portal.publish(world.document(siret=MINE), organization_id=world.other["id"])
    name = f"budget-{MINE}-2022"
    world.portal.action("package_patch", id=name, title=title)
    answer = world.page("anonymous", "/budgets.csv")
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True), newline="")))
    return f"{answer.status_code} {len(rows)} rows"


def meeting(world: World, **more: Any) -> str:
    data = {"name": "reunion-1", "title": "Fausse réunion", "meeting_day": "2099-12-10"}
    data |= {"type": "reunion", "owner_org": world.other["id"], **more}
    try:
        world.act("stranger", "package_create", **data)
    except tk.ValidationError as error:
        return str(error.error_dict)
    page = world.page("anonymous", "/budgets/groupe").get_data(as_text=True)
    calendar = world.page("anonymous", "/budgets/groupe.ics").get_data(as_text=True)
    lines = re.split("\r\n|\r|\n", calendar)
    return (
        f"on the page: {'Fausse réunion' in page}; "
        f"injected: {any(line.startswith('ATTENDEE') for line in lines)}"
    )


def calendar(world: World) -> str:
    """A meeting of the group itself, whose place holds a bare CR."""
    world.config["ckanext.budget.group"] = "voisine"
    return meeting(world, place="Metz\rATTENDEE:mailto:x@example.org")


def status(world: World, path: str, **query: str) -> str:
    return str(world.page("anonymous", path, **query).status_code)


def private_json(world: World) -> str:
    """What a shared cache may keep of a private figure."""
    shown = world.portal.dataset(f"budget-{SIRET}-2023")["resources"]
    table = next(item["id"] for item in shown if item["role"] == "scdl")
    answer = world.page("owner", f"/budgets/resume/{table}.json")
    cache, vary = answer.headers.get("Cache-Control", ""), answer.headers.get("Vary", "")
    is_kept = "public" in cache and "Authorization" not in vary
    return f"{answer.status_code} kept by shared caches: {is_kept}"


def queued(world: World) -> str:
    """A JPEG of an ordinary dataset, asked for by a reader as a summary."""
    from ckan.lib import jobs
    from ckan.tests import factories

    package = factories.Dataset(owner_org=world.other["id"])
    picture = factories.Resource(
        package_id=package["id"], url="http://example.org/photo.jpeg", format="JPEG", url_type=""
    )
    tk.get_action("job_clear")({"ignore_auth": True}, {})
    world.page("anonymous", f"/budgets/resume/{picture['id']}.json")
    return f"queued: {len(jobs.get_queue().jobs)}"


def accepted_then_changed(world: World) -> str:
    """The owner accepts a source, whose address its editor then changes."""
    world.source({}, a=world.document(**OTHERS_BUDGET))
    [conflict] = world.act("owner", "budget_conflict_list")
    world.act("owner", "budget_conflict_settle", id=conflict["id"], decision="accept")
    world.act(
        "stranger", "harvest_source_update", id=conflict["source_id"], name="attaque",
        title="Attaque", source_type="totem", owner_org=world.other["id"], frequency="MANUAL",
        url=f"{world.url}?autre=1",
    )  # fmt: skip
    return world.run()


def back_for_another(world: World) -> str:
    """The stranger's budget, deleted; its body is given to the owner; then he restores it."""
    world.portal.publish(world.document(siret=MINE), organization_id=world.other["id"])
    package = model.Package.get(f"budget-{MINE}-2022").id
    world.act("stranger", "package_delete", id=package)
    world.portal.action("budget_body_assign", siren=MINE[:9], owner_org=world.owner["id"])
    return world.act("stranger", "budget_dataset_restore", package_id=package)


def typed_number(world: World) -> str:
    """The administrator of his own organisation gives it the other's SIREN, in every field."""
    role = {"id": world.other["id"], "username": world.users["stranger"]["name"], "role": "admin"}
    world.held().portal.action("organization_member_create", **role)
    extras = [{"key": "siren", "value": SIREN}]
    typed = {"extras": extras, "budget_sirens": [SIREN]}
    return world.act("stranger", "organization_patch", id=world.other["id"], **typed)


def picture_that_deletes(world: World) -> str:
    """An editor looks at a page with a picture whose address deletes his source."""
    made = world.act(
        "stranger", "harvest_source_create", name="la-mienne", title="La mienne", url=world.url,
        source_type="totem", owner_org=world.other["id"], frequency="MANUAL",
    )  # fmt: skip
    said = world.page("stranger", f"/harvest/delete/{made['id']}", clear="True")
    model.Session.expire_all()
    state = model.Package.get(made["id"]).state
    question = re.search(r"Attention[^<]*", said.get_data(as_text=True))
    return f"{state}: {question[0].strip() if question else said.status_code}"


def without_end(world: World) -> str:
    query = {f"p{number}": "a" * 45_000 for number in range(15)}
    answer = world.page("anonymous", "/budgets", **query)
    said = re.search(r"<p>([^<]*)</p>", answer.get_data(as_text=True))
    return f"{answer.status_code} {said[1] if said else ''}"


def inline(world: World) -> str:
    from ckan.tests import factories

    package = factories.Dataset(owner_org=world.other["id"])
    page = world.upload(b"<html><script>alert(1)</script></html>", "page.html")
    made = world.act("stranger", "resource_create", package_id=package["id"], upload=page)
    path = f"/dataset/{package['id']}/resource/{made['id']}/download/page.html"
    answer = world.page("anonymous", path)
    headers = answer.headers
    return f"{headers.get('Content-Security-Policy')} {headers.get('X-Content-Type-Options')}"


def table_of(world: World) -> str:
    shown = world.portal.dataset(DATASET)["resources"]
    return next(item["id"] for item in shown if item["role"] == "scdl")


def wide(columns: int) -> bytes:
    header = ",".join(["BGT_NATDEC", "BGT_SIRET", *(f"c{n}" for n in range(columns))])
    return f"{header}\nbudget primitif,{SIRET}\n".encode()


def empty_blocks(world: World) -> bytes:
    block = b"<EnTeteBudget></EnTeteBudget>" * 14_000
    return world.document(siret=MINE).replace(b"<EnTeteBudget>", block + b"<EnTeteBudget>", 1)


def nested(world: World, depth: int = 150_000) -> bytes:
    deep = b"<a>" * depth + b"</a>" * depth
    return world.document(siret=MINE).replace(b"<Annexes>", b"<Annexes>" + deep, 1)


def checked(world: World, content: bytes) -> str:
    report = world.act("stranger", "budget_check", upload=world.upload(content))
    return " ".join(finding["message"] for finding in report["findings"])


CASES = [
    Case(1, "stranger", "source with precedence 100", SYSADMIN_ONLY,
         lambda w: w.source({"precedence": 100}, a=w.document(**OTHERS_BUDGET))),
    Case(1, "stranger", "source that publishes as the other organisation", SYSADMIN_ONLY,
         lambda w: w.source({"organization": {SIREN: "collectivites"}},
                            a=w.document(siret=SIRET, year=2024))),
    Case(1, "stranger", "source that makes organisations", SYSADMIN_ONLY,
         lambda w: w.source({"organization": "create"}, a=w.document(siret=SIRET, year=2024))),
    Case(1, "stranger", "source whose masking is weaker than the portal's", SYSADMIN_ONLY,
         lambda w: w.source({"policy": "standard"}, a=w.document(siret=MINE))),
    Case(1, "stranger", "source with a credential of the portal", SYSADMIN_ONLY,
         lambda w: w.source({"auth": "prefecture"}, a=w.document(siret=MINE))),
    Case(1, "stranger", "source that reads a folder of the server", SYSADMIN_ONLY,
         lambda w: w.source({}, url=str(w.portal.source), a=w.document(siret=MINE))),
    Case(1, "stranger", "source with another's document", "est publié par",
         lambda w: w.source({}, a=w.document(**OTHERS_BUDGET))),
    Case(1, "stranger", "source that deletes what it no longer has", "not modified|added|updated|{",
         withdrawn),
    Case(2, "stranger", "publishing under a SIREN that another holds", "organisation",
         lambda w: w.held().act("stranger", "budget_publish", owner_org=w.other["id"],
                                upload=w.upload(w.document(siret=SIRET, year=2024)))),
    Case(2, "stranger", "a document of the other's budget that names one's own body",
         "organisation",
         lambda w: w.held().act(
             "stranger", "budget_publish", owner_org=w.other["id"],
             upload=w.upload(w.document(siret=SIRET, year=2024).replace(
                 f'IdColl V="{SIRET}"'.encode(), f'IdColl V="{MINE}"'.encode())))),
    Case(2, "stranger", "replacing the other's document by the API", "organisation",
         lambda w: w.act("stranger", "budget_publish", owner_org=w.other["id"],
                         upload=w.upload(w.document(**OTHERS_BUDGET)))),
    Case(2, "stranger", "a private dataset under the name of a real budget",
         "réservé", squatted),
    Case(2, "stranger", "a dataset with the id of a published one", "réservé",
         lambda w: owned(w, id="8361e743-a2a1-516f-9a1d-7c5ef6b62957")),
    Case(2, "stranger", "one's own dataset given the other's SIRET", "organisation",
         lambda w: w.held().act("stranger", "package_patch", id=owned(w), siret=SIRET)),
    Case(2, "stranger", "taking the body oneself", "administrateurs du portail",
         lambda w: w.act("stranger", "budget_body_assign", siren=SIREN, owner_org=w.other["id"])),
    Case(3, "stranger", "clearing a source that claims the other's dataset", "cleared", cleared),
    Case(4, "anonymous", "budget_check of 50,000 columns", "connectez-vous",
         lambda w: w.act("anonymous", "budget_check", upload=w.upload(wide(50_000), "t.csv"))),
    Case(4, "anonymous", "budget_sheet_validate", "connectez-vous",
         lambda w: w.act("anonymous", "budget_sheet_validate", sheet={"title": "x"})),
    Case(4, "anonymous", "summary of a picture, by its address", "queued: 0$", queued),
    Case(5, "stranger", "checking 50,000 columns", "pas un budget au format SCDL",
         lambda w: checked(w, wide(50_000))),
    Case(5, "stranger", "checking 14,000 empty blocks in the header", "plusieurs budgets",
         lambda w: checked(w, empty_blocks(w))),
    Case(5, "stranger", "checking 150,000 nested elements", "emboîtés",
         lambda w: checked(w, nested(w))),
    Case(6, "stranger", "depositing a document of the other's private budget", "^(?!LEAK)",
         proposed),
    Case(7, "stranger", "withdrawing the other's document", "Seuls les éditeurs",
         lambda w: w.act("stranger", "budget_document_withdraw", reason="x",
                         package_id=model.Package.get(DATASET).id, document=f"{SIRET}-2022-bp")),
    Case(7, "stranger", "deleting the other's dataset", "pas autorisé",
         lambda w: w.act("stranger", "package_delete", id=DATASET)),
    Case(8, "stranger", "typed quality, origin, stages and masking", "^typed: ?$", claims),
    Case(8, "stranger", "SIREN of another body", "neuf premiers chiffres",
         lambda w: owned(w, siren=SIREN)),
    Case(8, "stranger", "INSEE code that does not exist", "n'existe pas",
         lambda w: owned(w, insee_code="99999")),
    Case(8, "stranger", "INSEE code of another département", "dans le département",
         lambda w: owned(w, insee_code="56046", department="67")),
    Case(9, "stranger", "a title that begins with [", "200 3 rows",
         lambda w: csv_rows(w, "[un budget")),
    Case(9, "anonymous", 'a search for "', "200", lambda w: status(w, "/budgets", q='"')),
    Case(9, "anonymous", "a search for {!complexphrase}", "200",
         lambda w: status(w, "/budgets", q="{!complexphrase}a")),
    Case(9, "anonymous", "the map's table of a year in Arabic digits", "200",
         lambda w: status(w, "/budgets/carte.csv", exercice="٢٠٢٢")),
    Case(9, "stranger", "a meeting on the group's page", "on the page: False", meeting),
    Case(9, "stranger", "a line of the calendar after a bare CR", "injected: False",
         calendar),
    Case(9, "anonymous", "private figures in a shared cache", "kept by shared caches: False",
         private_json),
    Case(9, "stranger", "a document inside a nested value of the DataStore", "deposer",
         lambda w: w.act("stranger", "datastore_create", force=True,
                         resource={"package_id": owned(w)},
                         records=[{"a": {"b": [w.document().decode()]}}])),
    Case(9, "stranger", "a row in the other's table, by its id", "ne pouvez pas|fichier publié",
         lambda w: w.act("stranger", "datastore_upsert", id=table_of(w), force=True,
                         method="insert", records=[{"BGT_NATURE": "1"}])),
    Case(9, "owner", "a row in a published table, by id for resource_id", "fichier publié",
         lambda w: w.act("owner", "datastore_upsert", id=table_of(w), force=True, method="insert",
                         records=[{"BGT_NATURE": "1"}])),
    Case(9, "stranger", "a picture followed by a document, as a logo", "deposer",
         lambda w: w.portal.action(
             "organization_patch", id=w.other["id"],
             image_upload=w.upload(PIXEL + w.document(), "l.png", content_type="image/png"))),
    Case(9, "stranger", "a page of HTML on the portal's origin", "sandbox nosniff", inline),
    Case(1, "stranger", "another address of a source that the owner accepted", "pas encore accepté",
         accepted_then_changed),
    Case(2, "stranger", "restoring a budget whose body was given to another", "organisation",
         back_for_another),
    Case(2, "administrator", "the other's SIREN in the fields of one's organisation",
         "administrateurs du portail", typed_number),
    Case(9, "stranger", "a picture whose address deletes a source", "active: Attention",
         picture_that_deletes),
    Case(9, "anonymous", "15 parameters of 45,000 characters", "^414 Cette adresse est trop longue",
         without_end),
]  # fmt: skip


@contextmanager
def patience() -> Iterator[None]:
    """An answer that does not come is one too."""

    def late(*_args: Any) -> None:
        raise TimeoutError(f"no answer in {PATIENCE} s")

    former = signal.signal(signal.SIGALRM, late)
    signal.alarm(PATIENCE)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, former)


class Refusal(str):
    """What CKAN says when it refuses."""


def answer_of(case: Case, world: World) -> str:
    """What the attacker reads."""
    try:
        with patience():
            return f"{case.do(world)}"
    except tk.ValidationError as error:
        return Refusal(" ".join(_texts(error.error_dict)))
    except tk.NotAuthorized as error:
        return Refusal(error.message or tk._("Access denied"))  # as the API says
    except Exception as error:  # what the page or the API would answer 500 to
        return f"{type(error).__name__}: {error}"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list):
        yield str(value)
        return
    for item in value:
        yield from _texts(item)


def source_of_owner(world: World) -> str:
    """A source of the owner."""
    made = world.act(
        "owner", "harvest_source_create", name="la-leur", title="La leur", url=world.url,
        source_type="totem", owner_org=world.owner["id"], frequency="MANUAL",
    )  # fmt: skip
    return made["id"]


def doors(w: World) -> dict[str, list[dict[str, Any]]]:
    """Calls of CKAN's and its plugins' actions on what is the other's."""
    table, private = table_of(w), f"budget-{SIRET}-2023"
    package, source = model.Package.get(DATASET).id, source_of_owner(w)
    hidden = next(item["id"] for item in w.portal.dataset(private)["resources"])
    me, owner = w.users["stranger"]["id"], w.owner["id"]
    view = w.portal.action("resource_view_list", id=table)[0]
    job = w.portal.action("harvest_job_create", source_id=source)["id"]
    collaborator = {"id": package, "user_id": me, "capacity": "editor"}
    member = {"id": owner, "object": me, "object_type": "user", "capacity": "admin"}
    records = {"force": True, "records": [{"BGT_NATURE": "1"}]}
    return {
        "package_patch": [{"id": DATASET, "title": "x"}, {"id": package, "owner_org": "voisine"}],
        "package_update": [w.portal.dataset(DATASET) | {"title": "x"}, {"id": source, "name": "x"}],
        "package_revise": [{"match": {"name": DATASET}, "update": {"title": "x"}}],
        "package_delete": [{"id": private}, {"id": source}],
        "dataset_purge": [{"id": DATASET}],
        "package_owner_org_update": [{"id": DATASET, "organization_id": w.other["id"]}],
        "package_collaborator_create": [collaborator],
        "package_collaborator_delete": [collaborator],
        "package_collaborator_list": [{"id": package}],
        "package_resource_reorder": [{"id": package, "order": [table]}],
        "resource_create": [{"package_id": package, "url": "http://x.org", "name": "x"}],
        "resource_update": [{"id": table, "url": "http://x.org"}],
        "resource_patch": [{"id": table, "name": "x"}, {"id": hidden, "document": ""}],
        "resource_delete": [{"id": table}],
        "resource_view_create": [{"resource_id": table, "title": "x",
                                  "view_type": "datatables_view"}],
        "resource_view_update": [view | {"title": "x"}],
        "resource_view_delete": [{"id": view["id"]}],
        "resource_view_reorder": [{"id": table, "order": [view["id"]]}],
        "resource_view_clear": [{}],
        "bulk_update_private": [{"org_id": owner, "datasets": [package]}],
        "bulk_update_public": [{"org_id": owner, "datasets": [private]}],
        "bulk_update_delete": [{"org_id": owner, "datasets": [package]}],
        "member_create": [member, member | {"object": package, "object_type": "package"}],
        "member_delete": [member | {"object": w.users["owner"]["id"]}],
        "organization_member_create": [{"id": owner, "username": me, "role": "admin"}],
        "organization_member_delete": [{"id": owner, "username": w.users["owner"]["id"]}],
        "organization_patch": [{"id": owner, "title": "x"}, {"id": owner, "budget_sirens": SIREN}],
        "organization_update": [{"id": owner, "name": "x", "budget_sirens": []}],
        "organization_delete": [{"id": owner}],
        "organization_purge": [{"id": owner}],
        "harvest_source_patch": [{"id": source, "url": "http://x.org"}],
        "harvest_source_update": [{"id": source, "name": "x", "url": "http://x.org"}],
        "harvest_source_delete": [{"id": source}],
        "harvest_source_clear": [{"id": source}],
        "harvest_source_index_clear": [{"id": source}],
        "harvest_source_job_history_clear": [{"id": source}],
        "harvest_source_reindex": [{"id": source}],
        "harvest_abort_failed_jobs": [{"life_span": "0"}, {}],
        "harvest_get_notifications_recipients": [{"source_id": source}],
        "harvest_job_create": [{"source_id": source, "run": True}],
        "harvest_job_create_all": [{"run": True}],
        "harvest_job_abort": [{"id": job}],
        "harvest_job_show": [{"id": job}],
        "harvest_job_list": [{"source_id": source}],
        "harvest_job_report": [{"id": job}],
        "harvest_jobs_run": [{}],
        "harvest_log_list": [{}, {"level": "ERROR"}],
        "harvest_objects_import": [{}],
        "harvest_send_job_to_gather_queue": [{"id": job}],
        "harvest_source_create": [{"name": "y", "url": "http://x.org", "source_type": "totem",
                                   "owner_org": owner, "title": "y"}],
        "harvest_sources_job_history_clear": [{}],
        "harvest_sources_reindex": [{}],
        "send_mail": [{}],
        "harvest_object_create": [{"guid": "x", "source_id": source, "job_id": job}],
        "datastore_create": [{"resource_id": table, "aliases": ["x"], **records}],
        "datastore_upsert": [{"resource_id": table, "method": "insert", **records}],
        "datastore_delete": [{"resource_id": table, "force": True}],
        "datastore_records_delete": [{"resource_id": table, "force": True, "filters": {}}],
        "datastore_search": [{"resource_id": hidden}],
        "datastore_info": [{"id": hidden}],
        "package_show": [{"id": private}],
        "resource_show": [{"id": hidden}],
        "resource_view_list": [{"id": hidden}],
        "config_option_update": [{"ckan.site_title": "x"}],
        "job_list": [{}],
        "task_status_update": [{"entity_id": package, "entity_type": "x", "task_type": "x",
                                "key": "x", "value": "x", "state": "x", "last_updated": "x"}],
    }  # fmt: skip


OPEN = {
    "harvest_object_list", "harvest_object_show", "harvest_source_list", "harvest_source_show",
    "harvest_source_show_status", "harvesters_info_show",
}  # fmt: skip
"""What ckanext-harvest tells everybody, redacted (``harvest.redaction``)."""


def test_every_action_of_the_harvest_is_tried(world: World) -> None:
    """One that a later version adds is found here before it is found by somebody else."""
    import ckan.plugins as p

    from ckanext.budget.harvest.foreign_doors import UNGUARDED

    modules = {f"ckanext.harvest.logic.action.{name}" for name in ("create", "delete", "get",
                                                                   "patch", "update")}  # fmt: skip
    theirs = {
        name
        for name, action in p.get_plugin("harvest").get_actions().items()
        if action.__module__ in modules
    }
    tried = doors(world).keys() | OPEN | set(UNGUARDED)
    assert theirs - tried == set()


def test_nobody_stops_the_jobs_of_others(world: World) -> None:
    """ckanext-harvest asks nobody who calls it; and its log asked itself, until Python gave up."""
    for name in ("stranger", "anonymous"):
        for action in ("harvest_abort_failed_jobs", "harvest_log_list", "send_mail"):
            with pytest.raises(tk.NotAuthorized, match="administrateurs du portail"):
                world.act(name, action, life_span="0")
    assert world.portal.action("harvest_log_list") == []
    assert "abort" in world.portal.action("harvest_abort_failed_jobs", life_span="0")


@pytest.mark.parametrize("who", ["stranger", "anonymous"])
def test_no_other_door_opens(who: str, world: World) -> None:
    """Refused in one French sentence, whatever the action; nothing has changed."""
    world.held()
    tried, before = doors(world), world.snapshot()
    wrong = []
    for name, calls in tried.items():
        for data in calls:
            case = Case(0, who, f"{name} {', '.join(sorted(data))}", "", _call(who, name, data))
            said = answer_of(case, world)
            note("door", case, said)
            model.Session.rollback()
            is_refused = isinstance(said, Refusal)
            if not is_refused or not said.strip() or ENGLISH.search(said):
                wrong.append(f"{name} {sorted(data)}: {said[:150]}")
    after = world.snapshot()
    assert not wrong, "\n".join(wrong)
    assert [name for name in before if before[name] != after[name]] == []


def _call(who: str, name: str, data: dict[str, Any]) -> Callable[[World], Any]:
    return lambda world: world.act(who, name, **data)


def note(table: str, case: Case, said: str) -> None:
    """Keep the answer for the tables of docs/attacks.md (``dev/document_attacks.py``)."""
    path = os.environ.get("BUDGET_ATTACKS")
    if path:
        row = [table, case.who, case.what, re.sub(r"\s+", " ", said[:400])]
        with Path(path).open("a", encoding="utf-8") as stream:
            stream.write("\t".join(row) + "\n")


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.point} {case.what}")
def test_nothing_of_the_other_changes_and_the_answer_is_clear(case: Case, world: World) -> None:
    before = world.snapshot()
    assert len(before["Solr"]) == 2 and len(before["storage"]) >= 4
    said = answer_of(case, world)
    after = world.snapshot()
    if "2024" in case.what or case.do is squatted:  # what the owner published meanwhile is his
        after = before if "kept for" in said else after
    changed = [name for name in before if before[name] != after[name]]
    note("case", case, f"**Changed: {', '.join(changed)}** {said}" if changed else said)
    assert not changed
    assert re.search(case.words, said), said
    assert "Traceback" not in said and "imprévue" not in said
    assert not (isinstance(said, Refusal) and ENGLISH.search(said)), said


DOORS = {
    "its charts through the years": lambda table: f"/budgets/evolution/{table}.json",
    "the page of the body": lambda _table: f"/budgets/collectivite/{SIREN}.json",
    "its comparison with others": lambda table: f"/budgets/comparaison/{table}.json",
}
"""Where figures of several datasets stand beside each other."""


@pytest.mark.parametrize("door", DOORS)
def test_nobody_s_own_table_stands_among_the_other_s_figures(door: str, world: World) -> None:
    """A sheet under the other's SIRET, with a table of one's own: it is read where it is, alone."""
    table = table_of(world)
    content = next(c for path, c in world.portal.files().items() if table[6:] in str(path))
    sheet = owned(world, name="a-le-mien", siret=SIRET, siren=SIREN, population="1234")
    forged = world.upload(content.replace(b"1500.25", b"7777.77"), "t.csv")
    told = {"package_id": sheet, "role": "scdl", "format": "CSV", "upload": forged}
    mine = world.act("stranger", "resource_create", **told)["id"]
    for identifier in (mine, table):
        world.page("anonymous", f"/budgets/resume/{identifier}.json")
    own = world.page("anonymous", DOORS["its charts through the years"](mine)).get_json()
    assert mine in [item["resource_id"] for item in own["documents"]]
    said = world.page("anonymous", DOORS[door](table)).get_data(as_text=True)
    kept = "the published table alone" if table in said and mine not in said else "both"
    note("case", Case(9, "stranger", f"one's own table under the other's SIRET: {door}", "", str),
         kept)  # fmt: skip
    assert table in said and mine not in said


def test_the_page_for_people_says_what_was_answered() -> None:
    """As the matrix of rights: the page is written from what is kept, and all that is tried is."""
    place = Path(__file__).parents[2] / "dev" / "document_attacks.py"
    spec = importlib.util.spec_from_file_location("document_attacks", place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    written = module.PAGE.read_text(encoding="utf-8")
    assert written == module.page(), "run: python dev/document_attacks.py"
    kept = {row["what"]: row["now"] for row in module.kept()}
    wrong = [case.what for case in CASES if not re.search(case.words, kept.get(case.what, ""))]
    assert not wrong, f"not as kept: run the file with BUDGET_ATTACKS, see {place.name}: {wrong}"


ENGLISH = re.compile(
    r"\b(the|this|not authorized|only those|you|is|must|input field|requires|found)\b",
    re.IGNORECASE,
)
"""Words of sentences that nobody translated."""
