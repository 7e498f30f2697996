"""Files of the catalogue's own forms and actions: checked, masked, converted, or refused."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Callable
from typing import Any

import flask
import pytest
import sqlalchemy as sa
from ckan.plugins import toolkit as tk
from werkzeug.datastructures import FileStorage

from ..uploaded import everything_of

SECRET = "ZÉPHYRINE QUATREPLANCHES"
SIRET = "21670482500019"


pytestmark = pytest.mark.validation


def upload(content: bytes, name: str = "export logiciel.xml") -> FileStorage:
    return FileStorage(io.BytesIO(content), filename=name, content_type="text/xml")


def by_role(portal: Any, name: str = "mon-budget") -> dict[str, dict[str, Any]]:
    return {resource["role"]: resource for resource in portal.dataset(name)["resources"]}


WAYS = ("resource_create", "resource_update", "resource_patch", "package_update", "package_revise")


def send(portal: Any, budget: dict[str, Any], way: str, content: bytes) -> None:
    """Upload the document by one of the ways in."""
    if way == "resource_create":
        portal.action(way, package_id=budget["id"], upload=upload(content), name="Mon nom")
        return
    if way in ("resource_update", "resource_patch"):
        empty = portal.action("resource_create", package_id=budget["id"], name="Mon nom")
        portal.action(way, id=empty["id"], name="Mon nom", upload=upload(content))
        return
    if way == "package_update":
        resource = {"name": "Mon nom", "upload": upload(content)}
        portal.action(way, **{**portal.dataset(budget["id"]), "resources": [resource]})
        return
    portal.action("resource_create", package_id=budget["id"], name="Mon nom")
    tk.get_action(way)(
        portal.context(),
        {"match__id": budget["id"], "update__resources__0__upload": upload(content)},
    )


@pytest.mark.parametrize("way", WAYS)
def test_totem_document_becomes_masked_xml_and_csv(portal, budget, make_document, way):
    send(portal, budget, way, make_document())
    files = by_role(portal)
    assert set(files) == {"scdl", "xml", "annexe", "subventions"}
    assert files["xml"]["name"] == "Mon nom"
    assert files["xml"]["url"].endswith(f"/{SIRET}-2022-bp.xml")
    assert files["scdl"]["url"].endswith(f"/{SIRET}-2022-bp.csv")
    assert portal.rows(files["scdl"]["id"])["total"] == 2
    stored = everything_of(portal.storage)
    assert SECRET.encode() not in stored
    assert b"<DocumentBudgetaire" in stored and b"LibOrgaBenef" in stored
    dataset = portal.dataset("mon-budget")
    assert (dataset["body_name"], dataset["stages"], dataset["origin"]) == (
        "COMMUNE D'ESSAI",
        ["BP"],
        "upload",
    )


def test_file_name_written_by_the_form_is_not_the_title(portal, budget, make_document):
    file = upload(make_document(), "export DUPONT.xml")
    portal.action("resource_create", package_id=budget["id"], upload=file, name="export DUPONT.xml")
    assert by_role(portal)["xml"]["name"] == "Budget primitif 2022 – document TOTEM anonymisé"


def test_new_file_replaces_both_resources_in_place(portal, budget, make_document):
    send(portal, budget, "resource_create", make_document())
    before = by_role(portal)
    portal.action(
        "resource_patch", id=before["xml"]["id"], upload=upload(make_document(amount="77.00"))
    )
    after = by_role(portal)
    assert {role: item["id"] for role, item in after.items()} == {
        role: item["id"] for role, item in before.items()
    }
    assert any(b"77.00" in content for content in portal.files().values())
    assert len(portal.files()) == 4


def test_new_file_without_annexes_leaves_an_empty_archive(portal, budget, make_document):
    """CKAN finds the uploaded resource by its place: none may go while it is replaced."""
    send(portal, budget, "resource_create", make_document())
    before = by_role(portal)
    changed = upload(make_document(annexes=False))
    made = portal.action("resource_patch", id=before["xml"]["id"], upload=changed)
    assert made["id"] == before["xml"]["id"]
    after = by_role(portal)
    assert after["annexe"]["url"] == before["annexe"]["url"]
    assert b"LibOrgaBenef" not in everything_of(portal.storage)


@pytest.mark.parametrize("content", [b"anything", b"PK\x05\x06" + bytes(18)], ids=["text", "zip"])
def test_annexes_are_changed_by_their_document_alone(portal, budget, make_document, content):
    send(portal, budget, "resource_create", make_document())
    before, files = by_role(portal), portal.files()
    with pytest.raises(tk.ValidationError) as caught:
        portal.action(
            "resource_patch", id=before["annexe"]["id"], role="autre", upload=upload(content)
        )
    assert "XML" in caught.value.error_dict["upload"][0]
    assert (by_role(portal), portal.files()) == (before, files)


def test_document_without_annexes_may_have_some_later(portal, budget, make_document):
    send(portal, budget, "resource_create", make_document(annexes=False))
    before = by_role(portal)
    assert set(before) == {"scdl", "xml"}
    portal.action("resource_patch", id=before["xml"]["id"], upload=upload(make_document()))
    assert set(by_role(portal)) == {"scdl", "xml", "annexe", "subventions"}


def test_harvest_of_the_same_document_changes_nothing_after_an_upload(
    portal, budget, make_document
):
    send(portal, budget, "resource_create", make_document())
    outcome = portal.publish(make_document(), package_id=budget["id"])
    assert outcome.status == "unchanged"


def refused(portal: Any, **data: Any) -> list[str]:
    with pytest.raises(tk.ValidationError) as caught:
        portal.action("resource_create", **data)
    return caught.value.error_dict["upload"]


def test_same_document_twice_is_refused_with_the_way_to_replace_it(portal, budget, make_document):
    send(portal, budget, "resource_create", make_document())
    messages = refused(portal, package_id=budget["id"], upload=upload(make_document()))
    assert "Mon nom" in messages[0]
    assert len(portal.dataset("mon-budget")["resources"]) == 4


@pytest.mark.parametrize(
    "change", [{"siret": "21570463600014"}, {"year": 2021}, {"draft": True}], ids=str
)
def test_document_of_another_budget_or_not_voted_is_refused(portal, budget, make_document, change):
    refused(portal, package_id=budget["id"], upload=upload(make_document(**change)))
    assert portal.dataset("mon-budget")["resources"] == []
    assert portal.files() == {}


def broken(document: bytes) -> bytes:
    """A budget whose receipts are gone: an error of the rules."""
    return document.replace(b'<CodRD V="D"/>', b'<CodRD V="X"/>')


def test_errors_of_the_rules_refuse_the_file_and_say_where(portal, budget, make_document):
    messages = refused(portal, package_id=budget["id"], upload=upload(broken(make_document())))
    assert any("ligne" in message.lower() and "T-" in message for message in messages[1:])
    assert portal.files() == {}


@pytest.mark.parametrize("mode", ["warn", "off"])
def test_organisation_may_choose_to_publish_with_the_report(portal, budget, make_document, mode):
    portal.action(
        "organization_patch",
        id=portal.organization["id"],
        extras=[{"key": "budget_validation", "value": mode}],
    )
    content = broken(make_document())
    portal.action("resource_create", package_id=budget["id"], upload=upload(content))
    assert by_role(portal)["xml"]["quality"] == "erreurs"
    assert SECRET.encode() not in b"".join(portal.files().values())


def test_portal_may_choose_to_publish_with_the_report(
    portal, budget, make_document, ckan_config, monkeypatch
):
    monkeypatch.setitem(ckan_config, "ckanext.budget.validation", "warn")
    content = broken(make_document())
    portal.action("resource_create", package_id=budget["id"], upload=upload(content))
    assert portal.dataset("mon-budget")["quality"] == "erreurs"


def zipped(content: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("bp.xml", content)
    return target.getvalue()


@pytest.mark.parametrize("wrap", [zipped, lambda content: content[:-30]], ids=["zip", "cut"])
@pytest.mark.parametrize("mode", ["block", "off"])
def test_document_that_cannot_be_masked_is_refused_in_every_mode(
    portal, budget, make_document, ckan_config, monkeypatch, wrap, mode
):
    monkeypatch.setitem(ckan_config, "ckanext.budget.validation", mode)
    refused(portal, package_id=budget["id"], role="autre", upload=upload(wrap(make_document())))
    assert portal.files() == {}


def test_document_in_utf16_is_seen_and_refused(portal, budget, make_document):
    content = make_document().decode().replace("UTF-8", "UTF-16").encode("utf-16")
    messages = refused(portal, package_id=budget["id"], role="autre", upload=upload(content))
    assert "UTF-16" in messages[0]


def test_file_that_is_neither_is_refused_or_left_alone_by_its_role(portal, budget):
    refused(portal, package_id=budget["id"], role="xml", upload=upload(b"%PDF-1.4 note"))
    refused(portal, package_id=budget["id"], role="scdl", upload=upload(b"%PDF-1.4", "note.csv"))
    made = portal.action(
        "resource_create", package_id=budget["id"], role="autre", upload=upload(b"%PDF-1.4 note")
    )
    assert made["url"].endswith("/export-logiciel.xml")
    assert list(portal.files().values()) == [b"%PDF-1.4 note"]


def test_scdl_table_is_checked_described_and_loaded(portal, budget, make_document):
    portal.publish(make_document())
    table = next(c for path, c in portal.files().items() if c.startswith(b"BGT_"))
    made = portal.action(
        "resource_create", package_id=budget["id"], upload=upload(table, "budget.csv")
    )
    assert (made["role"], made["stage"], made["schema_name"]) == ("scdl", "BP", "scdl/budget")
    assert portal.rows(made["id"])["total"] == 2
    wrong = table.replace(b"r\xc3\xa9el", b"peut-etre")
    messages = refused(portal, package_id=budget["id"], upload=upload(wrong, "budget.csv"))
    assert any("BGT_OPBUDG" in message for message in messages)


def test_new_dataset_with_files_says_where_to_put_them(portal, make_document):
    with pytest.raises(tk.ValidationError) as caught:
        portal.action(
            "package_create",
            type="budget",
            name="autre",
            owner_org=portal.organization["id"],
            resources=[{"upload": upload(make_document())}],
        )
    assert "/budgets/deposer" in caught.value.error_dict["upload"][0]


@pytest.mark.parametrize("wrap", [upload, bytes], ids=["file", "bytes"])
def test_file_storage_takes_no_document(portal, make_document, wrap):
    with pytest.raises(tk.ValidationError) as caught:
        portal.action("file_create", name="a.xml", upload=wrap(make_document()))
    assert "/budgets/deposer" in caught.value.error_dict["upload"][0]


@pytest.fixture
def other(portal: Any) -> dict[str, Any]:
    """A dataset of another type than ours, with an empty resource."""
    from ckan.tests import factories

    dataset = factories.Dataset(name="autre", owner_org=portal.organization["id"])
    portal.action("resource_create", package_id=dataset["id"], name="Mon nom")
    return portal.dataset("autre")


def send_elsewhere(portal: Any, other: dict[str, Any], way: str, file: FileStorage) -> None:
    [resource] = other["resources"]
    data: dict[str, dict[str, Any]] = {
        "resource_create": {"package_id": other["id"], "upload": file},
        "resource_update": {"id": resource["id"], "upload": file},
        "resource_patch": {"id": resource["id"], "upload": file},
        "package_update": {**other, "resources": [resource | {"upload": file}]},
        "package_revise": {"match__id": other["id"], "update__resources__0__upload": file},
    }
    tk.get_action(way)(portal.context(), data[way])


@pytest.mark.parametrize("way", WAYS)
def test_document_in_another_dataset_is_masked(portal, other, make_document, way):
    send_elsewhere(portal, other, way, upload(make_document(), "photo.jpg"))
    (content,) = portal.files().values()
    assert b"<DocumentBudgetaire" in content
    assert SECRET.encode() not in content
    resource = portal.dataset("autre")["resources"][-1]
    assert resource["url"].endswith(f"/{SIRET}-2022-bp.xml")
    assert list(portal.spool.glob("*")) == []


@pytest.mark.parametrize("way", WAYS)
def test_archive_of_documents_in_another_dataset_is_refused(portal, other, make_document, way):
    with pytest.raises(tk.ValidationError) as caught:
        send_elsewhere(portal, other, way, upload(zipped(make_document()), "lot.zip"))
    assert "/budgets/deposer" in str(caught.value.error_dict)
    assert portal.files() == {}


def test_document_that_cannot_be_masked_is_refused_everywhere(portal, other, make_document):
    with pytest.raises(tk.ValidationError) as caught:
        portal.action(
            "resource_create", package_id=other["id"], upload=upload(make_document()[:-40])
        )
    assert caught.value.error_dict["upload"]
    assert portal.files() == {}


@pytest.mark.parametrize("setting", ["refuse", "accept"])
def test_what_cannot_be_looked_into_goes_nowhere_unless_the_portal_accepts_it(
    portal, budget, other, ckan_config, monkeypatch, setting
):
    monkeypatch.setitem(ckan_config, "ckanext.budget.opaque_files", setting)
    sealed = b"7z\xbc\xaf\x27\x1c sealed"
    messages = refused(portal, package_id=budget["id"], role="autre", upload=upload(sealed))
    assert "7z" in messages[0]
    if setting == "refuse":
        refused(portal, package_id=other["id"], upload=upload(sealed))
        assert portal.files() == {}
    else:
        send_elsewhere(portal, other, "resource_patch", upload(sealed, "lot.7z"))
        assert list(portal.files().values()) == [sealed]


PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.mark.parametrize(
    "action", ["organization_patch", "group_create", "user_patch", "config_option_update"]
)
def test_a_logo_is_a_picture_and_nothing_more(
    portal, make_document, action, ckan_config, monkeypatch
):
    from ckan.tests import factories

    monkeypatch.setitem(ckan_config, "ckan.upload.admin.mimetypes", ["image/png"])
    monkeypatch.setitem(ckan_config, "ckan.upload.admin.types", ["image"])
    owners: dict[str, Callable[[], dict[str, Any]]] = {
        "organization_patch": lambda: {"id": portal.organization["id"]},
        "group_create": lambda: {"name": "un-groupe"},
        "user_patch": lambda: {"id": factories.User()["id"]},
        "config_option_update": lambda: {},
    }
    field = "logo_upload" if action == "config_option_update" else "image_upload"
    data = owners[action]()
    hidden = FileStorage(io.BytesIO(PIXEL + make_document()), "logo.png", content_type="image/png")
    with pytest.raises(tk.ValidationError) as caught:
        portal.action(action, **data, **{field: hidden})
    assert "/budgets/deposer" in str(caught.value.error_dict)
    assert portal.files() == {}
    sound = FileStorage(io.BytesIO(PIXEL), "logo.png", content_type="image/png")
    portal.action(action, **data, **{field: sound})
    assert list(portal.files().values()) == [PIXEL]


@pytest.mark.parametrize("content", [b"%PDF-1.4 note", zipped(b"a report")], ids=len)
def test_files_of_other_datasets_stay_as_they_are(portal, other, content):
    send_elsewhere(portal, other, "resource_patch", upload(content, "note.bin"))
    assert list(portal.files().values()) == [content]


def test_who_uses_the_form_of_another_dataset_is_told(portal, other, make_document, app):
    path = f"/dataset/autre/resource/{other['resources'][0]['id']}/edit"
    with app.flask_app.test_request_context(path, method="POST"):
        send_elsewhere(portal, other, "resource_patch", upload(make_document()))
        messages = flask.get_flashed_messages()
    assert any("/budgets/deposer" in str(message) for message in messages)


@pytest.mark.parametrize("name", ["resource_id", "id", "alias"])
@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("datastore_create", {"fields": [{"id": "nom", "type": "text"}]}),
        ("datastore_upsert", {"records": [{"BGT_NOM": "AILLEURS"}], "method": "insert"}),
        ("datastore_delete", {}),
        ("datastore_records_delete", {"filters": {"_id": 1}}),
        ("datastore_run_triggers", {}),
    ],
)
def test_rows_of_a_budget_are_written_by_its_file_alone(
    portal, budget, make_document, action, data, name
):
    """By each name that CKAN understands: an alias is looked up as the DataStore does."""
    send(portal, budget, "resource_create", make_document())
    table = by_role(portal)["scdl"]["id"]
    before = portal.rows(table)["records"]
    meant = {"alias": {"resource_id": _alias(table)}}.get(name, {name: table})
    with pytest.raises(tk.ValidationError) as caught:
        portal.action(action, force=True, **meant, **data)
    assert "resource_id" in caught.value.error_dict
    assert portal.rows(table)["records"] == before


def _alias(table: str) -> str:
    """A second name of the table, as an administrator may have given it."""
    from ckanext.datastore.backend.postgres import get_write_engine

    with get_write_engine().begin() as connection:
        connection.execute(
            sa.text(f'CREATE OR REPLACE VIEW "un_autre_nom" AS SELECT * FROM "{table}"')
        )
    return "un_autre_nom"


def test_tables_of_others_are_theirs_but_for_raw_documents(portal, other, make_document):
    table = other["resources"][0]["id"]
    portal.action(
        "datastore_create", resource_id=table, force=True, records=[{"a": "un"}], primary_key=["a"]
    )
    portal.action("datastore_upsert", resource_id=table, force=True, records=[{"a": "deux"}])
    raw = [{"a": {"b": ["", [make_document().decode()]]}}]
    with pytest.raises(tk.ValidationError) as caught:
        portal.action("datastore_upsert", resource_id=table, force=True, records=raw)
    assert "/budgets/deposer" in caught.value.error_dict["records"][0]
    assert [row["a"] for row in portal.rows(table)["records"]] == ["un", "deux"]


@pytest.fixture
def worker(monkeypatch) -> list[Any]:
    """Jobs that wait for a worker; every document is a large one."""
    from ckanext.budget.core import jobs

    queued: list[Any] = []
    monkeypatch.setattr("ckanext.budget.config.background_size", lambda: 100)
    monkeypatch.setattr(jobs.tk, "enqueue_job", lambda *job, **_: queued.append(job))
    return queued


def test_large_document_waits_for_the_worker_with_a_visible_state(
    portal, budget, make_document, worker, app
):
    made = portal.action("resource_create", package_id=budget["id"], upload=upload(make_document()))
    assert (made["role"], made["url"]) == ("xml", "")
    page = app.get(f"/budget/mon-budget/resource/{made['id']}")
    assert 'role="status"' in page.body
    job, arguments = worker.pop()
    job(*arguments)
    files = by_role(portal)
    assert files["xml"]["id"] == made["id"]
    assert set(files) == {"scdl", "xml", "annexe", "subventions"}
    assert portal.rows(files["scdl"]["id"])["total"] == 2
    page = app.get(f"/budget/mon-budget/resource/{made['id']}")
    assert 'role="status"' not in page.body
    for folder in (portal.storage, portal.spool):
        assert SECRET.encode() not in everything_of(folder)


def test_large_document_with_errors_says_so_on_its_resource(
    portal, budget, make_document, worker, app
):
    made = portal.action(
        "resource_create", package_id=budget["id"], upload=upload(broken(make_document()))
    )
    job, arguments = worker.pop()
    job(*arguments)
    assert portal.files() == {}
    assert SECRET.encode() not in everything_of(portal.spool)
    page = app.get(f"/budget/mon-budget/resource/{made['id']}").body
    assert "alert-danger" in page
    assert "(T-" in page


@pytest.fixture
def file_storage(monkeypatch, ckan_config, tmp_path) -> Any:
    """Resources go to a storage of CKAN 2.12's file API instead of the former directory."""
    root = tmp_path / "files"
    root.mkdir()
    monkeypatch.setitem(ckan_config, "ckan.files.storage.resources.type", "ckan:fs")
    monkeypatch.setitem(ckan_config, "ckan.files.storage.resources.path", str(root))
    return root


def test_file_api_storage_receives_masked_files_that_the_control_reads(
    file_storage, reset_storages, portal, budget, make_document
):
    from ckanext.budget.quality.run import run

    send(portal, budget, "resource_create", make_document())
    assert set(by_role(portal)) == {"scdl", "xml", "annexe", "subventions"}
    stored = everything_of(file_storage)
    assert b"<DocumentBudgetaire" in stored
    assert SECRET.encode() not in stored
    tally = run(everything=True)
    assert (tally.checked, tally.failed, tally.changed) == (2, 0, 0)


def test_nothing_is_read_of_somebody_who_may_not_edit(portal, budget, make_document, monkeypatch):
    from ckan.tests import factories

    from ckanext.budget.core import recognise

    def forbidden(_upload: Any) -> str:
        raise AssertionError("the file was read")

    monkeypatch.setattr(recognise, "recognised", forbidden)
    stranger = factories.User()
    data = portal.dataset("mon-budget") | {"resources": [{"upload": upload(make_document())}]}
    with pytest.raises(tk.NotAuthorized):
        tk.get_action("package_update")({"user": stranger["name"]}, data)


@pytest.mark.parametrize(
    ("email", "warned"), [("jean.dupont@ville.fr", True), ("finances@ville.fr", False)]
)
def test_contact_that_looks_like_a_person_is_saved_with_a_warning(
    portal, budget, app, email, warned
):
    form = {"contact-0-email": email}
    with app.flask_app.test_request_context("/budget/edit/x", method="POST", data=form):
        portal.action("package_patch", id=budget["id"], contact=[{"email": email}])
        messages = flask.get_flashed_messages()
    assert portal.dataset("mon-budget")["contact"] == [{"email": email}]
    assert any("person" in str(message) for message in messages) is warned
