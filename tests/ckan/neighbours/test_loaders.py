"""Other plugins that load files into the DataStore: none of them touches a budget's table.

ckanext-xloader is the real one where it is installed: its pins are not CKAN's, hence it is in no
requirement of this project (docs/neighbours.md says which version was tried). DataPusher is CKAN's
own, and its service a double that keeps what it is asked for.
"""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.plugins import core as plugins_core
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from werkzeug.datastructures import FileStorage
from werkzeug.serving import make_server

from ckanext.budget.core.compat import datastore_engine
from ckanext.budget.core.errors import DatasetBusy
from ckanext.budget.publication import datastore
from ckanext.budget.quality.run import run as control
from ckanext.budget.sheet.identity import resource_id

NAME = "budget-21670482500019-2022"
TABLES = [resource_id(f"21670482500019-2022-{stage}", "scdl") for stage in ("bp", "dm-1")]
OURS = "budget totem_harvester harvest scheming_datasets"


@pytest.fixture
def live(app: Any) -> Iterator[str]:
    """The portal's address: loaders download files and call back by HTTP."""
    server = make_server("127.0.0.1", 0, app.flask_app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    server.server_close()


def figures() -> list[tuple[int, str] | None]:
    """Rows and total of each table, as PostgreSQL holds them; None for a table that is lost."""
    names = set(datastore.table_names())
    found: list[tuple[int, str] | None] = []
    with datastore_engine().connect() as connection:
        for table in TABLES:
            query = f'SELECT count(*), sum("BGT_MTPREV") FROM "{table}"'
            row = connection.exec_driver_sql(query).one() if table in names else None
            found.append((row[0], str(row[1])) if row else None)
    return found


def flags(portal: Any) -> list[Any]:
    """What each table's resource says of its table."""
    shown = portal.dataset(NAME)["resources"]
    return [item["datastore_active"] for item in shown if item["role"] == "scdl"]


def work() -> None:
    """Run the jobs that wait, as ``ckan jobs worker`` does."""
    from ckan.lib import jobs

    model.Session.commit()
    jobs.Worker(["default"]).work(burst=True, logging_level="ERROR")
    model.Session.remove()


def plain_table(portal: Any) -> dict[str, Any]:
    """A CSV of an ordinary dataset: what loaders are there for."""
    package = factories.Dataset(owner_org=portal.organization["id"])
    file = FileStorage(io.BytesIO(b"nom,nombre\nun,1\ndeux,2\n"), filename="liste.csv")
    return portal.action("resource_create", package_id=package["id"], format="CSV", upload=file)


@pytest.mark.skipif(
    find_spec("ckanext.xloader") is None,
    reason="ckanext-xloader is not installed (pip install ckanext-xloader, in an environment "
    "that is thrown away: its pins are not CKAN's)",
)
class TestXloader:
    """The usual loader, in its own words: hooks, jobs and ``ckan xloader submit``."""

    @pytest.fixture(params=["budget_validation ", ""], ids=["with validation", "without"])
    def plugins(self, request: pytest.FixtureRequest) -> str:
        return f"{request.param}{OURS} xloader datastore datatables_view".replace(
            "budget_validation budget", "budget budget_validation"
        )

    @pytest.fixture
    def settings(self, live: str, ckan_config: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        token = factories.SysadminWithToken()["token"]
        monkeypatch.setitem(ckan_config, "ckanext.xloader.api_token", token)
        monkeypatch.setitem(ckan_config, "ckanext.xloader.site_url", live)
        tk.get_action("job_clear")({"ignore_auth": True}, {})

    def test_ten_rounds(
        self, portal: Any, settings: None, harvest: Any, cli: Any, make_document: Any
    ) -> None:
        from ckanext.xloader.cli import xloader

        witness = plain_table(portal)
        for number in range(10):
            amounts = (f"{1000 + number}.25", f"{number + 1}.50")
            (portal.source / "bp.xml").write_bytes(make_document(amount=amounts[0]))
            assert not harvest().errors
            portal.publish(make_document(stage="02", number="1", amount=amounts[1]))
            expected = [(2, f"{1020 + number}.25"), (2, f"{number + 21}.50")]
            assert figures() == expected
            work()
            assert figures() == expected
            if number == 0:  # later, --sync keeps a lock on it until its own process ends
                assert portal.rows(witness["id"])["total"] == 2
                portal.action("package_delete", id=witness["package_id"])
            portal.action("package_patch", id=NAME, notes=f"Tour {number}")
            for table in TABLES:
                portal.action("resource_patch", id=table, description=f"Tour {number}")
            work()
            assert figures() == expected
            for options in (["all"], ["all", "--sync"], ["all-existing", "-y"]):
                cli.invoke(xloader, ["submit", *options])
                work()
                assert figures() == expected, options
        assert flags(portal) == [True, True]


class Service(BaseHTTPRequestHandler):
    """DataPusher's service: it keeps the id of each resource that it is asked to load."""

    asked: list[str]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.asked.append(json.loads(body)["metadata"]["resource_id"])
        answer = json.dumps({"job_id": "1", "job_key": "1"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_args: Any) -> None:
        pass


class TestDataPusher:
    @pytest.fixture
    def plugins(self) -> str:
        return f"{OURS} datastore datapusher datatables_view"

    @pytest.fixture(autouse=True)
    def settings(self, ckan_config: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """DataPusher asks for them when it is loaded."""
        monkeypatch.setitem(ckan_config, "ckan.datapusher.url", "http://127.0.0.1:9/")
        monkeypatch.setitem(ckan_config, "ckan.datapusher.api_token", "not-a-secret")

    def test_is_asked_for_ordinary_files_only(
        self, portal: Any, make_document: Any, ckan_config: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        Service.asked = []
        with ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            address = f"http://127.0.0.1:{server.server_port}/"
            monkeypatch.setitem(ckan_config, "ckan.datapusher.url", address)
            witness = plain_table(portal)["id"]
            portal.publish(make_document())
            portal.publish(make_document(amount="2.00"))
            for name in (witness, TABLES[0]):
                portal.action("resource_patch", id=name, description="Autre")
                portal.action("datapusher_submit", resource_id=name)
            server.shutdown()
        assert set(Service.asked) == {witness}


class TestOurTransactions:
    """Nothing of ours is open while another plugin works, and nothing of ours waits for ever."""

    def test_hooks_may_lock_the_table(
        self, portal: Any, make_document: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As a loader that changes the table does, in each hook of a save."""
        portal.publish(make_document())
        locked = []

        def lock(*_args: Any) -> None:
            with datastore_engine().begin() as connection:
                connection.exec_driver_sql(
                    f'LOCK TABLE "{TABLES[0]}" IN ACCESS EXCLUSIVE MODE NOWAIT'
                )
            locked.append(True)

        plugin = plugins_core.get_plugin("budget")
        monkeypatch.setattr(plugin, "after_dataset_update", lock)
        sa.event.listen(model.Session, "before_commit", lock)
        try:
            portal.publish(make_document(amount="7.00"))
        finally:
            sa.event.remove(model.Session, "before_commit", lock)
        assert len(locked) >= 2
        assert figures()[0] == (2, "27.00")

    @pytest.mark.parametrize(
        ("statement", "database"),
        [
            ('LOCK TABLE "{table}"', "datastore"),
            ("SELECT id FROM package WHERE name = '{name}' FOR UPDATE", "ckan"),
        ],
    )
    def test_a_lock_that_never_comes_is_told(
        self, portal, make_document, ckan_config, monkeypatch, statement, database
    ):
        portal.publish(make_document())
        monkeypatch.setitem(ckan_config, "ckanext.budget.lock_timeout", 1)
        engine = datastore_engine() if database == "datastore" else model.meta.engine
        with engine.connect() as other, other.begin():
            other.exec_driver_sql(statement.format(table=TABLES[0], name=NAME))
            with pytest.raises(DatasetBusy):
                portal.publish(make_document(amount="7.00"))
        assert figures()[0] == (2, "1520.25")
        portal.publish(make_document(amount="7.00"))
        assert figures()[0] == (2, "27.00")


class TestLostTables:
    def test_the_control_loads_them_again(self, portal: Any, make_document: Any) -> None:
        portal.publish(make_document())
        portal.publish(make_document(stage="02", number="1", amount="5.00"))
        expected = figures()
        datastore.drop(TABLES[0])
        portal.action("resource_patch", id=TABLES[0], datastore_active=False)
        with datastore_engine().begin() as connection:  # as xloader would have left it
            connection.exec_driver_sql(
                f'ALTER TABLE "{TABLES[1]}" ALTER COLUMN "BGT_MTPREV" TYPE text'
            )
        tally = control()
        assert (tally.mended, tally.failed) == (2, 0)
        assert figures() == expected
        assert flags(portal) == [True, True]
        assert control().mended == 0

    def test_a_file_that_is_gone_too_is_told(self, portal: Any, make_document: Any) -> None:
        portal.publish(make_document())
        datastore.drop(TABLES[0])
        for path in portal.files():
            path.unlink()
        assert control().mended == 0
        assert figures()[0] is None
