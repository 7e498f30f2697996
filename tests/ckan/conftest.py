"""A clean portal for each test, small TOTEM documents, and harvests run for real.

The databases, Solr and Redis are those of test.ini; nothing is mocked but what a test says.
"""

from __future__ import annotations

import html
import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

PLUGINS = "budget totem_harvester harvest scheming_datasets datastore datatables_view"

SECRET = "ZÉPHYRINE QUATREPLANCHES"
"""A natural person planted in every small document, as a grant's beneficiary."""


@pytest.fixture
def plugins(request: pytest.FixtureRequest) -> str:
    """Plugins of the portal; a module that needs others has its own fixture of this name."""
    validated = request.node.get_closest_marker("validation")
    return PLUGINS.replace("budget ", "budget budget_validation ", 1) if validated else PLUGINS


class Loaded:
    """CKAN with its plugins and its application: made again only when the settings change.

    Loading takes four times as long as a test. What a test changes in the configuration is undone
    by the fixture ``ckan_config``; what the plugins wrote there is kept here for the next test.
    """

    settings: Mapping[str, str]
    config: Mapping[str, Any]
    app: Any

    def __init__(self) -> None:
        self.settings, self.config = {}, {}

    def load(self, config: Any, make_app: Callable[[], Any], plugins: str, **more: str) -> None:
        """Have these plugins loaded with ``more`` settings, and ``config`` as they left it."""
        from ckan.plugins import core

        settings = {"ckan.plugins": plugins, **more}
        if self.settings != settings or plugins.split() != core._PLUGINS:
            core.unload_all()
            config.update(settings)
            self.app = make_app()
            self.settings, self.config = settings, config.copy()
        config.update(self.config)


@pytest.fixture(scope="session")
def loaded() -> Loaded:
    """What the last test had loaded."""
    return Loaded()


@pytest.fixture
def app(loaded: Loaded) -> Any:
    """The application of the plugins of ``portal``, or of a module's own portal."""
    return loaded.app


@pytest.fixture
def portal(
    request: pytest.FixtureRequest,
    loaded: Loaded,
    plugins: str,
    ckan_config: Any,
    make_app: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[Portal]:
    """An empty portal with one organisation."""
    from ckanext.budget.core import compat

    storage, spool, source = tmp_path / "storage", tmp_path / "spool", tmp_path / "source"
    source.mkdir()
    loaded.load(ckan_config, make_app, plugins)
    monkeypatch.setitem(ckan_config, "ckan.storage_path", str(storage))
    monkeypatch.setitem(ckan_config, "ckanext.budget.spool", str(spool))
    monkeypatch.setitem(ckan_config, "ckanext.budget.local_directories", [str(tmp_path)])
    monkeypatch.setitem(ckan_config, "ckan.max_resource_size", 100)
    monkeypatch.setitem(ckan_config, "ckanext.budget.withdrawn_share", "1")
    for name in ("clean_db", "clean_index"):
        request.getfixturevalue(name)
    if not compat.BEFORE_212:
        request.getfixturevalue("reset_storages")()
    _create_tables(request, plugins)
    for logger in logging.root.manager.loggerDict.values():
        # Migrations that run in this process turn off every logger that exists, and a test that
        # looks for a name in the log would look into nothing.
        logger.disabled = False
    import ckan.plugins.toolkit as tk
    from ckan.tests import factories

    with loaded.app.flask_app.test_request_context():
        if "activity" in plugins.split():  # it looks for whoever did it: the tables were emptied
            tk.get_action("get_site_user")({"ignore_auth": True}, {})
        yield Portal(storage, spool, source, factories.Organization(name="collectivites"))


def _create_tables(request: pytest.FixtureRequest, plugins: str) -> None:
    """Once per process: clean_db drops every table the first time, then only empties them."""
    import sqlalchemy as sa
    from ckan import model

    database = sa.inspect(model.Session.get_bind())
    tables = {"harvest": "harvest_object", "budget": "budget_report"}
    wanted = [plugin for plugin, table in tables.items() if not database.has_table(table)]
    # CKAN itself makes the table of activities, and its plugin the rest.
    columns = {column["name"] for column in database.get_columns("activity")}
    if "activity" in plugins.split() and "permission_labels" not in columns:
        wanted.append("activity")
    for plugin in wanted:
        request.getfixturevalue("migrate_db_for")(plugin)
    kept = (
        "budget_report, budget_deposit, budget_source_grant, budget_conflict, budget_version, "
        "budget_withdrawal, budget_confirmation, budget_territory, budget_body"
    )
    model.Session.execute(sa.text(f"TRUNCATE {kept} CASCADE"))
    model.Session.commit()


@pytest.fixture
def empty_datastore(portal: Portal) -> None:
    """No table of another test, or of another run: ``clean_db`` leaves those of the DataStore."""
    import sqlalchemy as sa
    from ckanext.datastore.backend.postgres import get_write_engine

    with get_write_engine().begin() as connection:
        connection.execute(sa.text("SET LOCAL lock_timeout = '20s'"))
        for table in sa.inspect(connection).get_table_names():
            if not table.startswith("_"):  # CKAN's own, as _table_stats
                connection.execute(sa.text(f'DROP TABLE "{table}" CASCADE'))


@dataclass
class Portal:
    """Where things are, and shortcuts to CKAN as the site's own user."""

    storage: Path
    spool: Path
    source: Path
    organization: dict[str, Any]

    def action(self, name: str, /, **data: Any) -> Any:
        """Call the action as the site user, who may do everything."""
        import ckan.plugins.toolkit as tk

        return tk.get_action(name)(self.context(), data)

    def context(self) -> dict[str, Any]:
        import ckan.plugins.toolkit as tk

        user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
        return {"user": user["name"], "ignore_auth": True}

    def member(
        self, organization: dict[str, Any] | None = None, role: str = "editor"
    ) -> dict[str, Any]:
        """A new user, with a token, who has this role in the organisation."""
        from ckan.tests import factories

        user = factories.UserWithToken()
        self.action(
            "organization_member_create",
            id=(organization or self.organization)["id"],
            username=user["name"],
            role=role,
        )
        return user

    def publish(self, content: bytes, **options: Any) -> Any:
        """Publish the document; see ``publication.publish.Request`` for the options."""
        from ckanext.budget.publication.publish import Request, publish_file

        path = self.source.parent / "one.xml"
        path.write_bytes(content)
        policy, context = options.pop("policy", ""), options.pop("context", self.context())
        request = Request(**({"organization_id": self.organization["id"]} | options))
        return publish_file(path, request, context, policy)

    def dataset(self, name: str) -> dict[str, Any]:
        """The dataset as the database holds it."""
        import ckan.plugins.toolkit as tk

        return tk.get_action("package_show")(self.context() | {"use_cache": False}, {"id": name})

    def budgets(self) -> list[str]:
        """Names of the budget datasets."""
        from ckan import model

        query = model.Session.query(model.Package.name).filter_by(type="budget", state="active")
        return sorted(row.name for row in query)

    def rows(self, resource_id: str, **query: Any) -> dict[str, Any]:
        return self.action("datastore_search", resource_id=resource_id, **query)

    def files(self) -> dict[Path, bytes]:
        """Every file of the storage."""
        return {path: path.read_bytes() for path in self.storage.rglob("*") if path.is_file()}


@dataclass
class Report:
    """What a harvest said: the statuses by file name, the errors, the counters."""

    statuses: dict[str, str]
    errors: dict[str, list[str]]
    gather_errors: list[str]
    stats: dict[str, int]
    fetched: int = 0
    job: dict[str, Any] = field(default_factory=dict)


@pytest.fixture
def harvest(portal: Portal) -> Callable[..., Report]:
    """``harvest(config="…", url=…)`` runs a whole job through ckanext-harvest's own stages."""

    def run(config: str = "", url: str = "", name: str = "source") -> Report:
        job = new_job(portal, config, url or str(portal.source), name)
        return finish(portal, job, gather(job))

    return run


def new_job(portal: Portal, config: str, url: str, name: str) -> Any:
    """A running job of the source, which is made when missing."""
    from ckan import model
    from ckanext.harvest.model import HarvestJob, HarvestSource

    if model.Package.get(name) is None:
        portal.action(
            "harvest_source_create",
            name=name,
            title=name,
            url=url,
            source_type="totem",
            config=config,
            owner_org=portal.organization["id"],
            frequency="MANUAL",
        )
    job = HarvestJob(source=HarvestSource.get(model.Package.get(name).id), status="Running")
    job.save()
    return job


def harvester() -> Any:
    from ckanext.harvest import queue

    return queue.get_harvester("totem")


def gather(job: Any) -> list[str]:
    from ckanext.harvest import queue

    return queue.gather_stage(harvester(), job)


def finish(portal: Portal, job: Any, identifiers: list[str]) -> Report:
    """Fetch and import each object as a consumer does, close the job, report."""
    import sqlalchemy as sa
    from ckan import model
    from ckanext.harvest import queue
    from ckanext.harvest.model import HarvestGatherError, HarvestJob, HarvestObject

    [job_id] = sa.inspect(job).identity
    source_id = HarvestJob.get(job_id).source_id
    for identifier in identifiers:
        queue.fetch_and_import_stages(harvester(), HarvestObject.get(identifier))
        model.Session.remove()
    portal.action("harvest_jobs_run", source_id=source_id)
    objects = model.Session.query(HarvestObject).filter_by(harvest_job_id=job_id).all()
    gathered = model.Session.query(HarvestGatherError).filter_by(harvest_job_id=job_id).all()
    shown = portal.action("harvest_job_show", id=job_id)
    return Report(
        {Path(item.guid).name: item.report_status for item in objects},
        {Path(item.guid).name: [e.message for e in item.errors] for item in objects if item.errors},
        [error.message for error in gathered],
        {name: count for name, count in shown["stats"].items() if count},
        len(identifiers),
        shown,
    )


@pytest.fixture
def web_folder(portal: Any, ckan_config: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The source folder served by HTTP on the loopback; ``requests`` are the paths asked for."""

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(portal.source))

        def log_request(self, *_args: Any) -> None:
            requests.append(self.path)

    requests: list[str] = []
    monkeypatch.setitem(ckan_config, "ckanext.budget.private_networks", ["127.0.0.0/8"])
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield SimpleNamespace(url=f"http://127.0.0.1:{server.server_port}/", requests=requests)
        server.shutdown()


@pytest.fixture
def consumer() -> Any:
    """The pieces of :func:`harvest`, for tests that interrupt a job."""

    class Consumer:
        new_job = staticmethod(new_job)
        gather = staticmethod(gather)
        finish = staticmethod(finish)

    return Consumer


@pytest.fixture
def budget(portal: Portal) -> dict[str, Any]:
    """A budget described by hand, without any file."""
    return portal.action(
        "package_create",
        type="budget",
        name="mon-budget",
        title="Mon budget",
        owner_org=portal.organization["id"],
        siret="21670482500019",
        body_kind="commune",
        budget_type="principal",
        fiscal_year="2022",
    )


Maker = Callable[..., bytes]


@pytest.fixture
def get(portal: Any, app: Any) -> Any:
    """``get(path)``: the words of the page, each in a context of its own: that of ``portal`` keeps
    its language."""

    def words(address: str, **options: Any) -> str:
        with app.flask_app.app_context():
            return html.unescape(app.get(address, **options).body)

    return words


@pytest.fixture
def make_document() -> Maker:
    """``make_document(stage="02", number="1", year=2022, …)``: a small TOTEM document."""
    return small_document


def small_document(
    *,
    siret: str = "21670482500019",
    name: str = "COMMUNE D'ESSAI",
    year: int = 2022,
    stage: str = "01",
    number: str = "",
    voted: str = "2022-03-31",
    draft: bool = False,
    amount: str = "1500.25",
    beneficiary: str = SECRET,
    body: str = "Commune",
    annexes: bool = True,
) -> bytes:
    """A budget of two lines and one grant, its only annex; ``stage`` is the ``NatDec`` code."""
    grant = f"""<DATA_CONCOURS><CONCOURS><CodArticle V="6574"/><LibOrgaBenef V="{beneficiary}"/>\
<CodNatJurBenefCA V="P3"/><MtSubv V="150.00"/></CONCOURS></DATA_CONCOURS>"""
    numbered = f'<NumDec V="{number}"/>' if number else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<DocumentBudgetaire xmlns="http://www.minefi.gouv.fr/cp/demat/docbudgetaire">
<VersionSchema V="113"/>
<EnTeteDocBudgetaire><LibelleColl V="{name}"/><IdColl V="{siret}"/><NatCEPL V="{body}"/>\
</EnTeteDocBudgetaire>
<Budget>
<EnTeteBudget><LibelleEtab V="BUDGET PRINCIPAL"/><IdEtab V="{siret}"/>\
<CodInseeColl V="67482"/><Nomenclature V="M57-M57_D"/></EnTeteBudget>
<BlocBudget><NatDec V="{stage}"/>{numbered}<Exer V="{year}"/>\
<ProjetBudget V="{str(draft).lower()}"/><DteDec V="{voted}"/><NatFonc V="3"/>\
<CodTypBud V="P"/></BlocBudget>
<InformationsGenerales><Information Code="PopTot" V="1 234"/></InformationsGenerales>
<LigneBudget><Nature V="6413"/><Fonction V="020"/><ContNat V="012"/><ArtSpe V="false"/>\
<CodRD V="D"/><MtBudgPrec V="1400.00"/><MtPropNouv V="{amount}"/><MtPrev V="{amount}"/>\
<OpBudg V="0"/></LigneBudget>
<LigneBudget><Nature V="001"/><ContNat V="001"/><ArtSpe V="false"/><CodRD V="R"/>\
<MtPropNouv V="20.00"/><MtPrev V="20.00"/><OpBudg V="0"/></LigneBudget>
<Annexes>{grant if annexes else ""}</Annexes>
</Budget>
</DocumentBudgetaire>
""".encode()


@pytest.fixture(scope="session")
def samples() -> Iterator[Path]:
    """The folder of real documents named by BUDGET_SAMPLES; skips the test without it."""
    folder = os.environ.get("BUDGET_SAMPLES", "")
    if not folder:
        pytest.skip("BUDGET_SAMPLES names no folder of real documents")
    yield Path(folder)
