"""What is on line is checked again when it must be, and only then; who may read what."""

from __future__ import annotations

import io
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import flask
import pytest
import sqlalchemy as sa
from ckan.plugins import toolkit as tk
from werkzeug.datastructures import FileStorage

from ckanext.budget.quality import due, rules, store
from ckanext.budget.quality.run import run

NAME = "budget-21670482500019-2022"


pytestmark = pytest.mark.validation


def resources(portal: Any) -> dict[str, dict[str, Any]]:
    """Those that the rules read: table and document."""
    found = {item["role"]: item for item in portal.dataset(NAME)["resources"]}
    for role in ("annexe", "subventions"):
        assert "quality" not in found.pop(role, {})
    return found


def test_publication_keeps_its_report(portal, make_document):
    outcome = portal.publish(make_document(), provenance={"origin": "command"})
    for resource in resources(portal).values():
        report = portal.action("budget_report_show", resource_id=resource["id"])
        assert report["sha256"] == resource["hash"]
        assert report["origin"] == "command"
        assert report["findings"] == outcome.report["findings"]
        assert report["header"]["fiscal_year"] == 2022


def test_nothing_is_read_again_while_files_and_rules_are_the_same(
    portal, make_document, monkeypatch
):
    portal.publish(make_document())
    module = __import__("ckanext.budget.quality.run", fromlist=["inspect"])

    def forbidden(_resource: Any) -> None:
        raise AssertionError("a file was read")

    monkeypatch.setattr(module, "inspect", forbidden)
    tally = run()
    assert (tally.checked, tally.failed) == (0, 0)


def test_new_rules_check_everything_and_a_stopped_run_goes_on(portal, make_document, monkeypatch):
    portal.publish(make_document())
    portal.publish(make_document(year=2021))
    for module in (due, store):
        monkeypatch.setattr(module, "rules_version", lambda: "2.0-test")
    first = run(stop=iter([False, True]).__next__)
    assert (first.checked, first.stopped) == (2, True)
    second = run()
    assert (second.checked, second.stopped) == (2, False)
    assert run().checked == 0


def test_a_run_left_to_the_worker_goes_on_by_pieces(portal, make_document, monkeypatch):
    queued: list[Any] = []
    module = __import__("ckanext.budget.quality.run", fromlist=["leave"])
    monkeypatch.setattr(module.tk, "enqueue_job", lambda job, *_, **_options: queued.append(job))
    monkeypatch.setattr(module, "_PIECE", 2)
    for year in (2021, 2022):
        portal.publish(make_document(year=year))
    for name in (due, store):
        monkeypatch.setattr(name, "rules_version", lambda: "2.0-test")
    module.leave()
    pieces = 0
    while queued:
        queued.pop()()
        pieces += 1
    assert pieces == 2
    assert run().checked == 0


def test_a_file_changed_behind_the_portal_s_back_changes_the_verdict(portal, make_document):
    portal.publish(make_document())
    xml = resources(portal)["xml"]
    path = next(p for p in portal.files() if p.as_posix().endswith(xml["id"][6:]))
    path.write_bytes(path.read_bytes().replace(b'<CodRD V="D"/>', b'<CodRD V="X"/>'))
    tally = run(everything=True)
    assert tally.changed == 1
    assert resources(portal)["xml"]["quality"] == "erreurs"
    assert portal.dataset(NAME)["quality"] == "erreurs"
    report = portal.action("budget_report_show", resource_id=xml["id"])
    assert report["origin"] == "control"
    assert report["counts"]["error"] >= 1


def test_new_look_at_unchanged_files_keeps_their_verdict(portal, make_document):
    portal.publish(make_document(voted="2029-03-31"))  # a warning that the table cannot show
    assert {item["quality"] for item in resources(portal).values()} == {"avertissements"}
    tally = run(everything=True)
    assert (tally.checked, tally.changed) == (2, 0)
    assert {item["quality"] for item in resources(portal).values()} == {"avertissements"}


def test_reports_of_purged_datasets_go(portal, make_document):
    portal.publish(make_document())
    portal.action("dataset_purge", id=NAME)
    assert portal.action("budget_report_list") == [], "nobody reads them"
    assert len(kept_reports()) == 2
    run()
    assert kept_reports() == []


def kept_reports() -> list[Any]:
    """Every report, those of resources that are no more included."""
    from ckan import model

    from ckanext.budget.core.tables import report_table

    return model.Session.execute(report_table.select()).all()


@pytest.mark.parametrize("page", [{"limit": "dix"}, {"offset": "-1"}, {"limit": [3]}], ids=str)
def test_a_page_that_is_no_number_is_refused(portal, page):
    with pytest.raises(tk.ValidationError) as caught:
        portal.action("budget_report_list", **page)
    assert list(caught.value.error_dict) == list(page)


def test_reports_come_by_pages(portal, make_document):
    portal.publish(make_document())
    first = portal.action("budget_report_list", limit="1")
    second = portal.action("budget_report_list", limit=1, offset="1")
    assert len({report["resource_id"] for report in first + second}) == 2


def test_a_failure_is_logged_without_the_values_of_the_statement(
    portal, make_document, monkeypatch, caplog
):
    from ckan import model

    def fails(*_args: Any, **_options: Any) -> None:
        model.Session.execute(sa.text("INSERT INTO nowhere VALUES (:name)"), {"name": "JEANNE"})

    portal.publish(make_document())
    monkeypatch.setattr(store, "record", fails)
    # alembic turns off the loggers that exist when it runs
    monkeypatch.setattr(logging.getLogger("ckanext.budget.quality.run"), "disabled", False)
    assert run(everything=True).failed == 2
    assert "JEANNE" not in caplog.text
    [line] = [row.getMessage() for row in caplog.records if row.name.endswith("quality.run")]
    assert "ProgrammingError (run.py:" in line


def test_a_lost_file_is_told(portal, make_document):
    portal.publish(make_document())
    csv = resources(portal)["scdl"]
    next(p for p in portal.files() if p.as_posix().endswith(csv["id"][6:])).unlink()
    run(everything=True)
    assert "L-FIC-001" in portal.action("budget_report_show", resource_id=csv["id"])["codes"]


def test_a_dead_link_is_told_and_not_asked_again_at_once(portal, make_document):
    portal.publish(make_document())
    link = portal.action(
        "resource_create", package_id=NAME, url="http://127.0.0.1:9/bp.xml", role="autre"
    )
    assert run().checked == 1
    report = portal.action("budget_report_show", resource_id=link["id"])
    assert (report["kind"], list(report["codes"])) == ("link", ["L-LIEN-001"])
    assert run().checked == 0


def test_rules_version_names_the_rules_and_the_plans(tmp_path, monkeypatch):
    from ckanext.budget.totem.checks import RULES_VERSION

    monkeypatch.setenv("BUDGET_NOMENCLATURE", str(tmp_path))
    before = rules.rules_version()
    assert before.startswith(f"{RULES_VERSION}-") and before == rules.rules_version()
    (tmp_path / "M57-M57_A.tsv").write_text("kind\tcode\tyears\tlabel\tfacts\n")
    (tmp_path / "index.tsv").write_text("norm\tvariant\tyears\tstated\nM57\tM57_A\t2031\t\n")
    assert rules.rules_version() not in ("", before)


def as_user(name: str, action: str, **data: Any) -> Any:
    return tk.get_action(action)({"user": name, "ignore_auth": False}, data)


def test_who_may_read_reports(portal, make_document):
    from ckan.tests import factories

    editor, other = portal.member(), factories.User()
    portal.publish(make_document())
    csv = resources(portal)["scdl"]
    assert as_user("", "budget_report_show", resource_id=csv["id"])["valid"] is True
    portal.action("package_patch", id=NAME, private=True)
    for name in ("", other["name"]):
        with pytest.raises(tk.NotAuthorized):
            as_user(name, "budget_report_show", resource_id=csv["id"])
        with pytest.raises(tk.NotAuthorized):
            as_user(name, "budget_report_list", organization=portal.organization["id"])
    assert as_user(editor["name"], "budget_report_show", resource_id=csv["id"])
    listed = as_user(editor["name"], "budget_report_list", organization=portal.organization["id"])
    assert {item["resource_id"] for item in listed} == {r["id"] for r in resources(portal).values()}
    with pytest.raises(tk.NotAuthorized):
        as_user(editor["name"], "budget_report_list")


def test_check_of_a_file_keeps_nothing(portal, make_document):
    from ckan.tests import factories

    user, reader = factories.User(), factories.User()
    factories.Organization(users=[{"name": user["name"], "capacity": "editor"}])
    upload = FileStorage(io.BytesIO(make_document()), filename="bp.xml")
    report = as_user(user["name"], "budget_check", upload=upload)
    assert (report["kind"], report["header"]["siret"]) == ("totem", "21670482500019")
    assert portal.files() == {}
    assert portal.action("budget_report_list") == []
    for name in ("", reader["name"]):
        with pytest.raises(tk.NotAuthorized):
            as_user(name, "budget_check", upload=upload)


def test_pages_of_reports(portal, make_document, app):
    portal.publish(make_document())
    csv = resources(portal)["scdl"]
    page = app.get(f"/budgets/rapport/{csv['id']}")
    assert page.status_code == 200
    report = app.get(f"/budgets/rapport/{csv['id']}.json").json
    for finding in report["findings"]:
        assert finding["code"] in page.body
    table = app.get(f"/budgets/rapport/{csv['id']}.csv")
    assert table.body.lstrip("\ufeff").startswith("severity,code,place")
    assert app.get("/budgets/rapport/no-such").status_code == 404
    assert f"/budgets/rapport/{csv['id']}" in app.get(f"/budget/{NAME}").body
    assert f"/budgets/rapport/{csv['id']}" in app.get(f"/budget/{NAME}/resource/{csv['id']}").body


def test_dashboard_is_for_publishers(portal, make_document, app):
    from ckan.tests import factories

    editor, other = portal.member(), factories.UserWithToken()
    portal.publish(make_document())

    def get(token: str | None) -> Any:
        flask.g.pop("_login_user", None)  # the test's own request context outlives each visit
        headers = {"Authorization": token} if token else {}
        return app.get("/budgets/controle", headers=headers, status=None)

    assert get(None).status_code == 403
    assert get(other["token"]).status_code == 403
    page = get(editor["token"])
    assert page.status_code == 200
    assert "COMMUNE D&#39;ESSAI" in page.body


def test_digest_reaches_administrators_of_organisations_with_something_to_correct(
    portal, make_document, mail_server, ckan_config, monkeypatch
):
    from ckan.tests import factories

    from ckanext.budget.quality.digest import send

    monkeypatch.setitem(ckan_config, "smtp.mail_from", "portail@example.com")
    admin = factories.User(email="service@example.com")
    portal.action(
        "organization_member_create",
        id=portal.organization["id"],
        username=admin["name"],
        role="admin",
    )
    portal.publish(make_document())
    expected = 1 if store.listed(None, 1, 0)[0]["warnings"] else 0
    assert send() == expected
    path = next(
        p for p in portal.files() if p.as_posix().endswith(resources(portal)["xml"]["id"][6:])
    )
    path.write_bytes(path.read_bytes().replace(b'<CodRD V="D"/>', b'<CodRD V="X"/>'))
    run(everything=True)
    mail_server.clear_smtp_messages()
    assert send() == 1
    (message,) = mail_server.get_smtp_messages()
    assert message[2] == ["service@example.com"]


@pytest.fixture
def distant(monkeypatch, ckan_config) -> Iterator[dict[str, bytes]]:
    """Another site: what it answers by path; its address is under the key ``address``."""
    pages: dict[str, Any] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = pages.get(self.path)
            self.send_response(200 if content is not None else 404)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *_args: Any) -> None:
            """Quiet."""

    monkeypatch.setitem(ckan_config, "ckanext.budget.private_networks", ["127.0.0.0/8"])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    pages["address"] = f"http://127.0.0.1:{server.server_port}"
    yield pages
    server.shutdown()
    server.server_close()


def test_links_are_followed_changes_and_names_in_clear_are_told(portal, make_document, distant):
    portal.publish(make_document())
    distant["/bp.xml"] = b"<?xml version='1.0'?><note>une page</note>"
    link = portal.action(
        "resource_create", package_id=NAME, url=f"{distant['address']}/bp.xml", role="autre"
    )

    def codes() -> set[str]:
        run(everything=True)
        return set(portal.action("budget_report_show", resource_id=link["id"])["codes"])

    assert codes() == set()
    assert codes() == set()
    distant["/bp.xml"] = make_document()
    assert codes() == {"L-LIEN-002", "L-LIEN-003"}
    assert codes() == {"L-LIEN-003"}
    del distant["/bp.xml"]
    assert codes() == {"L-LIEN-001"}
