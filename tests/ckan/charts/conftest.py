"""A portal with the budget charts enabled, and a web site to link to."""

from __future__ import annotations

import http.server
import io
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

COLUMNS = (
    b"BGT_NATDEC,BGT_ANNEE,BGT_SIRET,BGT_NOM,BGT_CONTNAT,BGT_CONTNAT_LABEL,BGT_NATURE,"
    b"BGT_NATURE_LABEL,BGT_SECTION,BGT_OPBUDG,BGT_CODRD,BGT_MTPREV\r\n"
)
CSV = (
    COLUMNS
    + (
        "budget primitif,2022,21670482500019,ESSAI,012,Personnel,6413,Salaires,"
        "fonctionnement,réel,dépense,10.50\r\n"
    ).encode()
)


@pytest.fixture
def language() -> str:
    """The portal's; a test may say ``parametrize("language", …)``."""
    return "fr"


@pytest.fixture
def charts(
    request: pytest.FixtureRequest,
    loaded: Any,
    language: str,
    ckan_config: Any,
    make_app: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[Charts]:
    """An empty portal whose plugin is enabled and whose tables exist."""
    plugins = "budget budget_view scheming_datasets datastore datatables_view"
    loaded.load(ckan_config, make_app, plugins, **{"ckan.locale_default": language})
    monkeypatch.setitem(ckan_config, "ckan.storage_path", str(tmp_path / "storage"))
    monkeypatch.setitem(ckan_config, "ckanext.budget.spool", str(tmp_path / "spool"))
    monkeypatch.setitem(ckan_config, "ckanext.budget.private_networks", ["127.0.0.0/8"])
    monkeypatch.setitem(ckan_config, "ckan.max_resource_size", 100)
    for name in ("clean_db", "clean_index", "clean_queues"):
        request.getfixturevalue(name)
    request.getfixturevalue("reset_storages")()
    from ckan import model

    if not sa.inspect(model.Session.get_bind()).has_table("budget_summary"):
        request.getfixturevalue("migrate_db_for")("budget")
    with model.meta.engine.begin() as connection:
        connection.execute(sa.text("TRUNCATE budget_summary, budget_summary_resource"))
    from ckan.tests import factories

    with loaded.app.flask_app.test_request_context():
        yield Charts(factories.Organization(name="collectivites"), tmp_path)


class Charts:
    """Shortcuts to the portal."""

    def __init__(self, organization: dict[str, Any], folder: Path) -> None:
        self.organization = organization
        self.folder = folder

    def context(self) -> dict[str, Any]:
        import ckan.plugins.toolkit as tk

        user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
        return {"user": user["name"], "ignore_auth": True}

    def action(self, name: str, /, **data: Any) -> Any:
        import ckan.plugins.toolkit as tk

        return tk.get_action(name)(self.context(), data)

    def token(self) -> str:
        """Of an administrator; the request of the fixtures forgets that nobody had signed in."""
        from ckan.tests import factories
        from flask import g

        token = factories.SysadminWithToken()["token"]
        g.pop("_login_user", None)
        return token

    def publish(self, content: bytes) -> dict[str, Any]:
        """The SCDL resource of a TOTEM document just published."""
        from ckanext.budget.publication.publish import Request, publish_file

        path = self.folder / "one.xml"
        path.write_bytes(content)
        done = publish_file(path, Request(self.organization["id"]), self.context())
        package = self.action("package_show", id=done.package_id)
        return next(
            item
            for item in package["resources"]
            if item["role"] == "scdl" and item["document"] == done.document
        )

    def dataset(self, **fields: Any) -> dict[str, Any]:
        """A dataset of CKAN's own type."""
        from ckan.tests import factories

        return factories.Dataset(owner_org=self.organization["id"], **fields)

    def upload(self, content: bytes = CSV, **fields: Any) -> dict[str, Any]:
        """A CSV put on the portal by hand."""
        from werkzeug.datastructures import FileStorage

        package = fields.pop("package", None) or self.dataset()
        upload = FileStorage(io.BytesIO(content), filename="budget-scdl.csv")
        wanted = {"name": "Budget SCDL", "format": "CSV", "url": "budget-scdl.csv"} | fields
        return self.action("resource_create", package_id=package["id"], upload=upload, **wanted)

    def link(self, url: str, **fields: Any) -> dict[str, Any]:
        """A CSV that is elsewhere."""
        package = self.dataset()
        wanted = {"name": "Budget SCDL", "format": "CSV"} | fields
        return self.action("resource_create", package_id=package["id"], url=url, **wanted)

    def jobs(self) -> int:
        """Run what is on the queue as a worker does; how many jobs."""
        from ckan.lib import jobs

        queue = jobs.get_queue()
        waiting = queue.jobs
        for job in waiting:
            job.func(*job.args, **job.kwargs)
            queue.remove(job)
        return len(waiting)

    def summary(self, resource: dict[str, Any]) -> dict[str, Any]:
        return self.action("budget_summary", id=resource["id"])

    def figure(self, resource: dict[str, Any], name: str) -> Any:
        figures = self.summary(resource)["figures"]
        return next(item["value"] for item in figures if item["id"] == name)

    def count(self, table: str) -> int:
        from ckan import model

        return model.Session.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar()

    def age(self, interval: str) -> None:
        """As if everything known had been found that long ago."""
        from ckan import model

        with model.meta.engine.begin() as connection:
            connection.execute(
                sa.text(
                    "UPDATE budget_summary_resource "
                    "SET updated = updated - CAST(:interval AS interval)"
                ),
                {"interval": interval},
            )

    def forbid_computing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """From now on reading or summarising a file is an error of the test."""
        from ckanext.budget.charts import compute, source

        def refuse(*args: Any, **kwargs: Any) -> Any:
            raise AssertionError("computed again")

        monkeypatch.setattr(source, "read", refuse)
        monkeypatch.setattr(compute, "summarise", refuse)


@pytest.fixture
def site() -> Iterator[tuple[str, dict[str, bytes]]]:
    """A web server on loopback: its address, and its files by path."""
    files: dict[str, bytes] = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = files.get(self.path)
            self.send_response(200 if body is not None else 404)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *args: Any) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", files
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def budget_csv() -> bytes:
    """One line of an initial budget: 10.50 euros of salaries."""
    return CSV
