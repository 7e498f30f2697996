"""The deposit: from files dropped on a page to budgets on line, and back when the user changes."""

from __future__ import annotations

import io
import shutil
import zipfile
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any

import flask
import pytest
from ckan import model
from ckan.lib import jobs as rq_jobs
from ckan.plugins import toolkit as tk
from werkzeug.datastructures import FileStorage

from ckanext.budget.core import tables
from ckanext.budget.uploads.deposit import proposal, publish, receive, store

from ..uploaded import everything_of, upload

SECRET = "ZÉPHYRINE QUATREPLANCHES"
NAME = "budget-21670482500019-2022"


pytestmark = pytest.mark.validation


@pytest.fixture
def editor(portal: Any) -> dict[str, Any]:
    """Who may publish in the organisation."""
    return portal.member()


def zipped(**documents: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in documents.items():
            archive.writestr(f"dossier/{name}.xml", content)
    return target.getvalue()


def deposit(portal: Any, user: dict[str, Any], *files: FileStorage, **data: Any) -> dict[str, Any]:
    data = {"owner_org": portal.organization["id"], "upload": list(files)} | data
    return tk.get_action("budget_deposit")({"user": user["name"]}, data)


def test_document_is_proposed_before_anything_is_published(portal, editor, make_document):
    made = deposit(portal, editor, upload(make_document()))
    assert [item["state"] for item in made["files"]] == ["ready"]
    (proposed,) = made["datasets"]
    assert proposed["name"] == NAME
    assert proposed["answers"]["title"] == "Budget 2022 – COMMUNE D'ESSAI"
    assert portal.files() == {}
    assert SECRET.encode() not in everything_of(portal.spool)


def test_masked_values_are_told_by_element_and_number_only(portal, editor, make_document):
    made = deposit(portal, editor, upload(make_document()))
    (item,) = proposal.proposals(store.find(made["id"]))
    (document,) = item.documents
    assert [(e["container"], e["element"], e["masked"]) for e in document.masked] == [
        ("CONCOURS", "LibOrgaBenef", 1)
    ]
    assert document.figures["figures"]["operating_expenditure"] == 150025


def test_archive_becomes_one_proposal_per_budget_and_exercise(portal, editor, make_document):
    archive = zipped(
        bp=make_document(),
        dm=make_document(stage="02", number="1"),
        ca=make_document(stage="09", year=2021),
        broken=make_document()[:-40],
        twice=make_document(),
    )
    made = deposit(portal, editor, upload(archive, "lot.zip"))
    states = {item["name"]: item["state"] for item in made["files"]}
    assert states == {
        "dossier/bp.xml": "ready",
        "dossier/broken.xml": "refused",
        "dossier/ca.xml": "ready",
        "dossier/dm.xml": "ready",
        "dossier/twice.xml": "refused",
    }
    assert [len(item["documents"]) for item in made["datasets"]] == [1, 2]
    again = deposit(portal, editor, id=made["id"], publish=True)
    assert again["datasets"] == []
    assert portal.dataset(NAME)["stages"] == ["BP", "DM"]
    assert len(portal.files()) == 12


def test_answers_go_on_the_sheet_and_come_back_the_year_after(portal, editor, make_document):
    made = deposit(portal, editor, upload(make_document(year=2021)))
    (item,) = proposal.proposals(store.find(made["id"]))
    answers = {**item.answers, "service": "Service des finances", "email": "finances@essai.fr"}
    store.save_answers(made["id"], {item.key: answers})
    deposit(portal, editor, id=made["id"], publish=True)
    first = portal.dataset("budget-21670482500019-2021")
    assert first["contact"] == [{"name": "Service des finances", "email": "finances@essai.fr"}]
    second = deposit(portal, editor, upload(make_document()))
    assert second["datasets"][0]["answers"]["email"] == "finances@essai.fr"
    assert second["datasets"][0]["answers"]["title"] == "Budget 2022 – COMMUNE D'ESSAI"


def test_errors_block_and_say_where(portal, editor, make_document):
    broken = make_document().replace(b'<CodRD V="D"/>', b'<CodRD V="X"/>')
    made = deposit(portal, editor, upload(broken), publish=True)
    assert [item["state"] for item in made["files"]] == ["blocked"]
    assert portal.files() == {}


def test_large_document_waits_for_the_worker_and_leaves_nothing_raw(
    portal, editor, make_document, ckan_config, monkeypatch
):
    queued: list[Any] = []
    monkeypatch.setattr(receive.config, "background_size", lambda: 100)
    monkeypatch.setattr(receive.tk, "enqueue_job", lambda *job, **_: queued.append(job))
    made = deposit(portal, editor, upload(make_document()))
    assert (made["waiting"], made["files"][0]["state"]) == (True, "waiting")
    job, arguments = queued.pop()
    job(*arguments)
    after = tk.get_action("budget_deposit_show")({"user": editor["name"]}, {"id": made["id"]})
    assert (after["waiting"], after["files"][0]["state"]) == (False, "ready")
    assert SECRET.encode() not in everything_of(portal.spool)


def test_size_is_that_of_the_whole_file(portal, editor, make_document, monkeypatch):
    """The root of a document is in its first bytes: what was read is not its size."""
    queued: list[Any] = []
    large = make_document().replace(b"<Annexes>", b" " * 3_000_000 + b"<Annexes>")
    monkeypatch.setattr(receive.config, "background_size", lambda: 2_000_000)
    monkeypatch.setattr(receive.tk, "enqueue_job", lambda *job, **_: queued.append(job))
    made = deposit(portal, editor, upload(large))
    assert (len(queued), made["files"][0]["state"]) == (1, "waiting")


def test_long_archive_is_finished_by_the_worker(portal, editor, make_document, monkeypatch):
    queued: list[Any] = []
    monkeypatch.setattr(receive, "AT_ONCE", 2)
    monkeypatch.setattr(receive.tk, "enqueue_job", lambda *job, **_: queued.append(job))
    years = {f"bp{year}": make_document(year=year) for year in range(2018, 2022)}
    made = deposit(portal, editor, upload(zipped(**years), "lot.zip"))
    assert [item["state"] for item in made["files"]] == ["ready", "ready", "waiting", "waiting"]
    [(job, arguments)] = queued  # one for all of them
    job(*arguments)
    after = tk.get_action("budget_deposit_show")({"user": editor["name"]}, {"id": made["id"]})
    assert {item["state"] for item in after["files"]} == {"ready"}


def test_raw_bytes_go_even_when_the_worker_fails(portal, editor, make_document, monkeypatch):
    monkeypatch.setattr(receive.config, "background_size", lambda: 100)
    monkeypatch.setattr(receive.tk, "enqueue_job", lambda *_args, **_options: None)
    made = deposit(portal, editor, upload(make_document()))
    monkeypatch.setattr(receive, "prepare", lambda *_: 1 / 0)
    receive.check_all([made["files"][0]["id"]])
    assert SECRET.encode() not in everything_of(portal.spool)
    item = store.one_file(made["files"][0]["id"])
    assert (item.state, item.prepared) == ("refused", None)


def a_quarter_later() -> None:
    """Nothing has moved for fifteen minutes."""
    table = tables.deposit_file_table
    model.Session.execute(
        table.update().values(updated=datetime.now(timezone.utc) - timedelta(minutes=15))
    )
    model.Session.commit()


def shown(editor, made):
    return tk.get_action("budget_deposit_show")({"user": editor["name"]}, {"id": made["id"]})


@pytest.mark.parametrize(
    ("state", "raw", "after", "jobs"),
    [
        ("waiting", "kept", "waiting", 1),
        ("waiting", "gone", "refused", 0),
        ("publishing", "gone", "ready", 0),
    ],
)
def test_what_a_lost_queue_held_does_not_wait_for_ever(
    portal, editor, make_document, monkeypatch, state, raw, after, jobs
):
    clear = partial(tk.get_action("job_clear"), {"ignore_auth": True}, {})
    clear()
    module = receive if state == "waiting" else publish
    monkeypatch.setattr(module, "AT_ONCE", 0)
    made = deposit(portal, editor, upload(make_document()))
    if state == "publishing":
        publish.publish(store.find(made["id"]), {"user": editor["name"]})
    a_quarter_later()
    assert shown(editor, made)["files"][0]["state"] == state, "its job is in the queue"
    clear()
    if raw == "gone":
        shutil.rmtree(store.raw_folder(made["files"][0]["id"]), ignore_errors=True)
    known = shown(editor, made)
    assert (known["files"][0]["state"], known["waiting"]) == (after, after == "waiting")
    assert bool(known["files"][0]["message"]) == (after != "waiting")
    left = rq_jobs.get_queue().jobs
    assert len(left) == jobs
    for job in left:
        job.func(*job.args)
    assert shown(editor, made)["files"][0]["state"] == (after if raw == "gone" else "ready")
    clear()


def test_progress_says_that_it_waits_until_the_last_is_published(
    portal, editor, make_document, monkeypatch
):
    monkeypatch.setattr(publish, "AT_ONCE", 1)
    queued: list[Any] = []
    monkeypatch.setattr(publish, "enqueue_or_run", lambda *job: queued.append(job))
    years = {f"bp{year}": make_document(year=year) for year in range(2019, 2022)}
    made = deposit(portal, editor, upload(zipped(**years), "lot.zip"))
    publish.publish(store.find(made["id"]), {"user": editor["name"]})
    told: list[tuple[bool, int]] = []
    original = publish.publish_prepared

    def watched(*arguments):
        known = store.find(made["id"])
        told.append((known.is_waiting, [i.state for i in known.files].count("published")))
        return original(*arguments)

    monkeypatch.setattr(publish, "publish_prepared", watched)
    [(job, arguments, _title)] = queued
    job(*arguments)
    assert told == [(True, 0), (True, 1), (True, 2)]
    assert not store.find(made["id"]).is_waiting


def test_deposit_has_an_end(portal, editor, make_document, monkeypatch):
    made = deposit(portal, editor, upload(make_document()))
    assert store.sweep() == 0
    monkeypatch.setattr(store.config, "deposit_days", lambda: -1)
    assert store.sweep() == 1
    assert store.find(made["id"]) is None
    assert everything_of(portal.spool) == b""


def test_deposit_is_its_user_s_own(portal, editor, make_document):
    from ckan.tests import factories

    made = deposit(portal, editor, upload(make_document()))
    other = factories.User()
    for name in (other["name"], ""):
        with pytest.raises(tk.NotAuthorized):
            tk.get_action("budget_deposit_show")({"user": name}, {"id": made["id"]})
        with pytest.raises(tk.NotAuthorized):
            tk.get_action("budget_deposit")(
                {"user": name}, {"owner_org": portal.organization["id"]}
            )


def test_whole_way_without_script(portal, editor, make_document, app):
    def visit(method: str, url: str, **options: Any) -> Any:
        flask.g.pop("_login_user", None)
        headers = {"Authorization": editor["token"]}
        return getattr(app, method)(url, headers=headers, follow_redirects=False, **options)

    page = visit("get", "/budgets/deposer")
    assert "COMMUNE" not in page.body
    data = {
        "owner_org": portal.organization["id"],
        "upload": (io.BytesIO(make_document()), "bp.xml"),
    }
    sent = visit("post", "/budgets/deposer", data=data, content_type="multipart/form-data")
    assert sent.status_code == 302
    proposed = visit("get", sent.headers["Location"])
    assert "Budget 2022 – COMMUNE D&#39;ESSAI" in proposed.body
    assert "CONCOURS / LibOrgaBenef" in proposed.body
    assert SECRET not in proposed.body
    key = "21670482500019-2022"
    form = {"decision": "publish", "dataset": key, f"{key}-title": "Notre budget"}
    done = visit("post", sent.headers["Location"], data=form)
    assert done.headers["Location"].endswith(f"/budget/{portal.dataset(NAME)['id']}")
    assert portal.dataset(NAME)["title"] == "Notre budget"


def test_what_is_on_line_already_needs_no_choice(portal, editor, make_document, app):
    """Its dataset has no box to tick: publishing the rest leaves nothing of the deposit open."""
    deposit(portal, editor, id=deposit(portal, editor, upload(make_document()))["id"], publish=True)
    before = portal.files()
    archive = zipped(bp=make_document(), ca=make_document(stage="09", year=2021))
    made = deposit(portal, editor, upload(archive, "lot.zip"))
    flask.g.pop("_login_user", None)
    app.post(
        f"/budgets/deposer/{made['id']}",
        data={"decision": "publish", "dataset": "21670482500019-2021"},
        headers={"Authorization": editor["token"]},
        follow_redirects=False,
    )
    assert proposal.proposals(store.find(made["id"])) == []
    assert {item.state for item in store.find(made["id"]).files} == {"published"}
    assert portal.dataset("budget-21670482500019-2021")["stages"] == ["CA"]
    assert before.items() <= portal.files().items()


def test_draft_is_kept_then_deleted(portal, editor, make_document, app):
    made = deposit(portal, editor, upload(make_document()))
    key = "21670482500019-2022"

    def decide(decision: str, **more: str) -> Any:
        flask.g.pop("_login_user", None)
        return app.post(
            f"/budgets/deposer/{made['id']}",
            data={"decision": decision, f"{key}-territory": "Provins"} | more,
            headers={"Authorization": editor["token"]},
            follow_redirects=False,
        )

    decide("keep")
    (item,) = proposal.proposals(store.find(made["id"]))
    assert item.answers["territory"] == "Provins"
    assert portal.files() == {}
    assert "1 checked document" in decide("delete").body
    assert store.find(made["id"]) is not None
    decide("delete", sure="yes")
    assert store.find(made["id"]) is None
    assert everything_of(portal.spool) == b""


def test_deposit_that_holds_nothing_is_deleted_at_once(portal, editor, app):
    made = deposit(portal, editor, upload(b"<html/>", "page.xml"))
    flask.g.pop("_login_user", None)
    app.post(
        f"/budgets/deposer/{made['id']}",
        data={"decision": "delete"},
        headers={"Authorization": editor["token"]},
        follow_redirects=False,
    )
    assert store.find(made["id"]) is None


@pytest.mark.parametrize(
    ("email", "personal"),
    [
        ("jean.dupont@ville.fr", True),
        ("service.finances@ville.fr", False),
        ("finances@ville.fr", False),
        ("mairie-accueil@ville.fr", False),
        ("", False),
    ],
)
def test_address_of_a_person(email, personal):
    assert proposal.looks_personal(email) is personal
