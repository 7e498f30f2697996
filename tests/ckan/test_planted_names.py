"""One table: every way in × every place where something could be left. A name is found in none.

Each way sends its own document, with a private name in each element that the policy masks. At the
end everything that the portal holds is read once, and searched for all of them.
"""

from __future__ import annotations

import gzip
import io
import logging
import re
import shutil
import subprocess
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import flask
import pytest
import requests
import sqlalchemy as sa
from ckan.lib.redis import connect_to_redis
from ckan.plugins import toolkit as tk
from werkzeug.datastructures import FileStorage

from ckanext.budget.core import compat

from ..totem.recognise.wrappings import CONTAINERS, TEXTS, mailed, pes, tarred
from .planted import planted_document
from .uploaded import readable

SIRET = "21670482500019"


pytestmark = pytest.mark.validation


# --- ways in -------------------------------------------------------------------------------------


class Sender:
    """One way's document, and what a way needs."""

    def __init__(self, portal: Any, app: Any, token: str, make: Any, harvest: Any, rank: int):
        self.portal, self.app, self.token = portal, app, token
        self.harvest = harvest
        self.mark = f"{100 + rank}"
        self.year = 2001 + rank
        self.witness = f"TEMOIN{self.mark}"
        plain = make(year=self.year, name=f"COMMUNE {self.witness}")
        self.former = make(year=self.year, name=f"COMMUNE {self.witness}", amount="3.00")
        self.content, self.names = planted_document(plain, self.mark)

    @property
    def upload(self) -> FileStorage:
        return self.file(self.content)

    def file(self, content: bytes, name: str = "export.xml") -> FileStorage:
        return FileStorage(io.BytesIO(content), filename=name)

    def budget(self, with_resource: bool = False) -> dict[str, Any]:
        """A budget described by hand, maybe with an empty resource."""
        made = self.portal.action(
            "package_create",
            type="budget",
            name=f"mon-budget-{self.year}",
            title="Mon budget",
            owner_org=self.portal.organization["id"],
            siret=SIRET,
            body_kind="commune",
            budget_type="principal",
            fiscal_year=str(self.year),
        )
        if with_resource:
            self.portal.action("resource_create", package_id=made["id"], name="vide")
        return self.portal.dataset(made["id"])

    def other(self) -> dict[str, Any]:
        """A dataset of another type, with an empty resource."""
        from ckan.tests import factories

        made = factories.Dataset(owner_org=self.portal.organization["id"])
        self.portal.action("resource_create", package_id=made["id"], name="vide")
        return self.portal.dataset(made["id"])

    def post(self, path: str, **data: Any) -> Any:
        flask.g.pop("_login_user", None)
        return self.app.post(
            path,
            data=data,
            headers={"Authorization": self.token},
            content_type="multipart/form-data",
            follow_redirects=False,
        )


def zipped(content: bytes) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("dossier/bp.xml", content)
    return archive.getvalue()


def form_of_a_resource(sender: Sender) -> None:
    name = sender.budget()["name"]
    file = (io.BytesIO(sender.content), "export.xml")
    answer = sender.post(
        f"/budget/{name}/resource/new", id="", save="go-metadata", url="", upload=file
    )
    assert answer.status_code == 302, answer.body


def resource_create(sender: Sender) -> None:
    sender.portal.action("resource_create", package_id=sender.budget()["id"], upload=sender.upload)


def resource_update(sender: Sender) -> None:
    [empty] = sender.budget(with_resource=True)["resources"]
    sender.portal.action("resource_update", id=empty["id"], upload=sender.upload)


def resource_patch(sender: Sender) -> None:
    [empty] = sender.budget(with_resource=True)["resources"]
    sender.portal.action("resource_patch", id=empty["id"], upload=sender.upload)


def package_update(sender: Sender) -> None:
    package = sender.budget()
    sender.portal.action("package_update", **package | {"resources": [{"upload": sender.upload}]})


def package_revise(sender: Sender) -> None:
    package = sender.budget(with_resource=True)
    data = {"match__id": package["id"], "update__resources__0__upload": sender.upload}
    tk.get_action("package_revise")(sender.portal.context(), data)


def replaced_file(sender: Sender) -> None:
    """The names come with the new version of a document that is on line."""
    made = sender.portal.action(
        "resource_create", package_id=sender.budget()["id"], upload=sender.file(sender.former)
    )
    sender.portal.action("resource_patch", id=made["id"], upload=sender.upload)


def large_file(sender: Sender) -> None:
    """Left to a worker by the form."""
    from ckanext.budget import config
    from ckanext.budget.uploads.deposit import background, store

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(config, "background_size", lambda: 100)
        resource_create(sender)
    [file_id] = store.model.Session.scalars(
        sa.text("SELECT id FROM budget_deposit_file WHERE state = 'waiting'")
    )
    background.check_and_publish(file_id, sender.portal.context()["user"])


def other_dataset(sender: Sender) -> None:
    [empty] = sender.other()["resources"]
    sender.portal.action("resource_update", id=empty["id"], upload=sender.upload)


def deposit(sender: Sender, file: FileStorage | None = None) -> None:
    owner = sender.portal.organization["id"]
    sender.portal.action(
        "budget_deposit", owner_org=owner, upload=file or sender.upload, publish=True
    )


def deposit_of_an_archive(sender: Sender) -> None:
    deposit(sender, sender.file(zipped(sender.content), "lot.zip"))


def deposit_of_a_compressed_file(sender: Sender) -> None:
    deposit(sender, sender.file(gzip.compress(sender.content), "bp.xml.gz"))


def page_of_the_deposit(sender: Sender) -> None:
    file = (io.BytesIO(sender.content), "bp.xml")
    owner = sender.portal.organization["id"]
    sent = sender.post("/budgets/deposer", owner_org=owner, upload=file)
    key = f"{SIRET}-{sender.year}"
    sender.post(sent.headers["Location"], decision="publish", dataset=key)


def budget_publish(sender: Sender) -> None:
    owner = sender.portal.organization["name"]
    sender.portal.action("budget_publish", upload=sender.upload, owner_org=owner)


def harvest_of_a_folder(sender: Sender) -> None:
    (sender.portal.source / "bp.xml").write_bytes(sender.content)
    assert sender.harvest().stats == {"added": 1}


def draft_of_a_deposit(sender: Sender) -> None:
    """Checked, and kept for later."""
    owner = sender.portal.organization["id"]
    sender.portal.action("budget_deposit", owner_org=owner, upload=sender.upload)


def check_alone(sender: Sender) -> None:
    sender.portal.action("budget_check", upload=sender.upload)


def refused(name: str, /, **data: Any) -> None:
    if name == "file_create" and not compat.has_file_api():
        return  # CKAN 2.11 has no such way
    with pytest.raises(tk.ValidationError):
        tk.get_action(name)(data.pop("context"), data)


def cut_file(sender: Sender) -> None:
    """Refused after most of it was read."""
    refused(
        "resource_create",
        context=sender.portal.context(),
        package_id=sender.budget()["id"],
        upload=sender.file(sender.content[:-40]),
    )


def cut_file_of_a_deposit(sender: Sender) -> None:
    deposit(sender, sender.file(sender.content[:-40]))


def archive_in_a_resource(sender: Sender) -> None:
    refused(
        "resource_create",
        context=sender.portal.context(),
        package_id=sender.other()["id"],
        upload=sender.file(zipped(sender.content), "lot.zip"),
    )


def new_dataset(sender: Sender) -> None:
    refused(
        "package_create",
        context=sender.portal.context(),
        name="nouveau",
        owner_org=sender.portal.organization["id"],
        resources=[{"upload": sender.upload}],
    )


def file_storage(sender: Sender) -> None:
    refused("file_create", context=sender.portal.context(), name="a.xml", upload=sender.upload)


def rows_of_the_datastore(sender: Sender) -> None:
    refused(
        "datastore_create",
        context=sender.portal.context(),
        resource_id=sender.other()["resources"][0]["id"],
        force=True,
        records=[{"document": sender.content.decode()}],
    )


def deposit_of_an_envelope(sender: Sender) -> None:
    deposit(sender, sender.file(gzip.compress(tarred(sender.content)), "enveloppe.tar.gz"))


def deposit_of_an_e_mail(sender: Sender) -> None:
    deposit(sender, sender.file(mailed(sender.content, "base64"), "message.eml"))


def deposit_of_a_pes_file(sender: Sender) -> None:
    deposit(sender, sender.file(pes(sender.content), "flux.xml"))


def every_container_at_every_door(sender: Sender) -> None:
    """The document in each container, refused by each door that does not take it out."""
    doors: list[tuple[str, str, dict[str, Any]]] = [
        ("resource_create", "upload", {"package_id": sender.budget()["id"], "role": "autre"}),
        ("package_revise", "update__resources__0__upload", {"match__id": sender.other()["id"]}),
        ("file_create", "upload", {"name": "a.bin"}),
        ("organization_patch", "image_upload", {"id": sender.portal.organization["id"]}),
    ]
    for wrap in (CONTAINERS | TEXTS).values():
        content = wrap(sender.content)
        for door, field, data in doors:
            file = {field: sender.file(content, "photo.png")}
            refused(door, context=sender.portal.context(), **data, **file)
        with suppress(tk.ValidationError):
            sender.portal.action("budget_check", upload=sender.file(content))


PUBLISH: list[Callable[[Sender], None]] = [
    form_of_a_resource,
    resource_create,
    resource_update,
    resource_patch,
    package_update,
    package_revise,
    replaced_file,
    large_file,
    other_dataset,
    deposit,
    deposit_of_an_archive,
    deposit_of_a_compressed_file,
    deposit_of_an_envelope,
    deposit_of_an_e_mail,
    deposit_of_a_pes_file,
    page_of_the_deposit,
    budget_publish,
    harvest_of_a_folder,
]
"""Ways at the end of which the document is on line."""

KEEP_NOTHING: list[Callable[[Sender], None]] = [
    draft_of_a_deposit,
    check_alone,
    cut_file,
    cut_file_of_a_deposit,
    archive_in_a_resource,
    new_dataset,
    file_storage,
    rows_of_the_datastore,
    every_container_at_every_door,
]
"""Ways that publish nothing."""


# --- places --------------------------------------------------------------------------------------


def files_of(*folders: Path) -> bytes:
    paths = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    return b"\n".join(str(path).encode() + b"\n" + readable(path) for path in paths)


def dump(url: str) -> bytes:
    """The database as PostgreSQL's own program writes it."""
    program = shutil.which("pg_dump") or max(
        map(str, Path("/usr/lib/postgresql").glob("*/bin/pg_dump"))
    )
    address = sa.engine.make_url(url).render_as_string(hide_password=False)
    done = subprocess.run([program, "--dbname", address], capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def solr(path: str, **query: Any) -> requests.Response:
    answer = requests.get(f"{tk.config['solr_url']}/{path}", params=query, timeout=30)
    answer.raise_for_status()
    return answer


def index() -> bytes:
    """All stored fields of all documents, all terms of the text, and the bytes of the files."""
    stored = solr("select", q="*:*", rows=100_000, fl="*").content
    words = {"terms.fl": ["text", "title", "name", "notes"], "terms.limit": -1, "distrib": "false"}
    terms = solr("terms", **words) if _has_terms() else _facets()
    core = tk.config["solr_url"].rpartition("/")[2]
    status = requests.get(
        f"{tk.config['solr_url'].rpartition('/')[0]}/admin/cores",
        params={"action": "STATUS", "core": core},
        timeout=30,
    ).json()
    return b"\n".join((stored, terms.content, files_of(Path(status["status"][core]["dataDir"]))))


def _has_terms() -> bool:
    answer = requests.get(f"{tk.config['solr_url']}/terms", params={"terms": "true"}, timeout=30)
    return answer.ok


def _facets() -> requests.Response:
    query = {"facet": "true", "facet.field": ["text"], "facet.limit": -1, "facet.mincount": 1}
    return solr("select", q="*:*", rows=0, **query)


def redis() -> bytes:
    """Every key with its values; those of RQ are compressed."""
    server = connect_to_redis()
    readers: dict[bytes, Callable[[bytes], Iterable[Any]]] = {
        b"string": lambda key: [server.get(key)],
        b"list": lambda key: server.lrange(key, 0, -1),
        b"set": server.smembers,
        b"zset": lambda key: server.zrange(key, 0, -1),
        b"hash": lambda key: [part for pair in server.hgetall(key).items() for part in pair],
        b"stream": lambda key: [repr(server.xrange(key)).encode()],
    }
    values = [value for key in server.keys("*") for value in [key, *readers[server.type(key)](key)]]
    return b"\n".join(map(_unpacked, filter(None, values)))


def _unpacked(value: bytes) -> bytes:
    try:
        return zlib.decompress(value)
    except zlib.error:
        return value


def places(portal: Any, temporary: Path, log: str) -> dict[str, bytes]:
    """Everything that is left, by place."""
    return {
        "storage": files_of(portal.storage),
        "working files": files_of(portal.spool),
        "temporary files": files_of(temporary),
        "database": dump(tk.config["sqlalchemy.url"]),
        "DataStore": dump(tk.config["ckan.datastore.write_url"]),
        "Solr": index(),
        "Redis": redis(),
        "log": log.encode(),
    }


def core_of(name: str) -> bytes:
    """The part of a planted name that no encoding changes, in small letters as Solr keeps it."""
    return re.sub(r".*(?=PLANCHES)", "", name).lower().encode()


def leaks(sender: Sender, left: dict[str, bytes]) -> set[tuple[str, str]]:
    return {
        (element, place)
        for element, name in sender.names.items()
        for place, content in left.items()
        if core_of(name) in content
    }


def test_no_planted_name_is_left_anywhere(
    portal, app, harvest, make_document, tmp_path, monkeypatch, caplog
):
    from ckan.tests import factories

    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setenv("TMPDIR", str(temporary))
    caplog.set_level(logging.DEBUG)
    token = factories.SysadminWithToken()["token"]
    ways = [*PUBLISH, *KEEP_NOTHING]
    senders = {
        way.__name__: Sender(portal, app, token, make_document, harvest, rank)
        for rank, way in enumerate(ways)
    }
    for way in ways:
        way(senders[way.__name__])
    caplog.handler.flush()
    left = {name: text.lower() for name, text in places(portal, temporary, caplog.text).items()}

    table = {name: leaks(sender, left) for name, sender in senders.items()}
    assert {name: found for name, found in table.items() if found} == {}

    # The search sees what is there: each published document's body, which is public.
    for way in PUBLISH:
        witness = senders[way.__name__].witness.lower().encode()
        assert witness in left["storage"], way.__name__
        if way is not other_dataset:
            for place in ("database", "DataStore", "Solr"):
                assert witness in left[place], (way.__name__, place)
    for way in KEEP_NOTHING:
        assert senders[way.__name__].witness.lower().encode() not in left["storage"]


def test_the_search_finds_what_is_there(portal, tmp_path, caplog):
    """The test of the test, for the places where nothing at all is ever expected."""
    mark = "ZOÉ QUATREPLANCHES999X07"
    server = connect_to_redis()
    server.hset("budget-test", "data", zlib.compress(mark.encode()))
    try:
        (tmp_path / "a").mkdir()
        (tmp_path / "a" / "left.txt").write_text(mark)
        portal.spool.mkdir(exist_ok=True)
        (portal.spool / "raw").write_text(mark)
        logging.getLogger("ckanext.budget").error(mark)
        portal.action("package_create", name="un", notes=mark, owner_org="collectivites")
        left = places(portal, tmp_path / "a", caplog.text)
    finally:
        server.delete("budget-test")
    found = {place for place, content in left.items() if core_of(mark) in content.lower()}
    assert found == {"working files", "temporary files", "database", "Solr", "Redis", "log"}
