"""What the work on one budget costs when the portal has 1,000, 20,000 and 300,000 of them.

    python benchmarks/growth.py .dev/test.ini [--sizes 1000,20000,300000] [--explain]

Two documents of one budget are harvested for real; their rows (datasets, resources, summaries,
reports, digests, harvest objects and what these remember) are then copied in bulk. Each line is the
function that a request, a consumer or a timer calls, for one dataset among all. ``--explain`` adds
the statements of each that read a whole table. THE DATABASE OF THE INI IS EMPTIED: its name must
end with ``test``. Files, Solr and the DataStore are not copied. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

_INI = """[app:main]
use = config:{ini}
ckan.plugins = budget budget_view totem_harvester harvest scheming_datasets datastore
ckan.storage_path = {folder}/storage
ckanext.budget.spool = {folder}/spool
ckanext.budget.local_directories = {folder}
ckanext.budget.free_space = 0
ckan.site_id = budget.growth
"""
SIREN = "lpad((100000000 + i % 36000)::text, 9, '0')"
YEAR = "(2000 + i % 25)::text"
ROUNDS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ini")
    parser.add_argument("--sizes", default="1000,20000,300000")
    parser.add_argument("--explain", action="store_true")
    arguments = parser.parse_args()
    from ckan.cli import CKANConfigLoader
    from ckan.config.middleware import make_app
    from ckan.tests import helpers

    folder = tempfile.TemporaryDirectory()
    ini = Path(folder.name, "growth.ini")
    ini.write_text(_INI.format(ini=Path(arguments.ini).resolve(), folder=folder.name))
    config = CKANConfigLoader(str(ini)).get_config()
    assert config["sqlalchemy.url"].endswith("test"), config["sqlalchemy.url"]
    app: Any = make_app(config)
    command = [str(Path(sys.executable).with_name("ckan")), "-c", str(ini)]
    table: dict[str, list[str]] = {}
    sizes = [int(size) for size in arguments.sizes.split(",")]
    with app._wsgi_app.test_request_context():
        helpers.reset_db()
        subprocess.run([*command, "db", "upgrade"], check=True, capture_output=True)
        first = _harvested(Path(folder.name))
        there = 1
        for size in sizes:
            began = time.monotonic()
            _copy(first, there, size)
            there = size
            print(
                f"# {size} datasets of two documents after {time.monotonic() - began:.0f} s",
                flush=True,
            )
            for name, call in _calls(size).items():
                found, blocks, plans = _measured(call, arguments.explain)
                table.setdefault(name, []).append(f"{blocks:,} ({found:.1f} ms)")
                print(f"{name:60} {blocks:9,} blocks {found:9.2f} ms", flush=True)
                for plan in plans:
                    print(f"    reads all of {plan}", flush=True)
        _sizes(sizes[-1])
        helpers.reset_db()
    print("| What | " + " | ".join(f"{size:,}" for size in sizes) + " |")
    print("|---" * (len(sizes) + 1) + "|")
    for name, times in table.items():
        print(f"| {name} | " + " | ".join(times) + " |")


def _harvested(folder: Path) -> dict[str, Any]:
    """Publish two documents of one budget by a harvest; the ids of what was made."""
    import ckan.plugins.toolkit as tk
    from ckan import model
    from ckan.tests import factories
    from ckanext.harvest import queue
    from ckanext.harvest.model import HarvestJob, HarvestObject, HarvestSource

    from ckanext.budget.totem.generate import generate

    generate(folder / "made", 3, 1)
    here = folder / "source"
    here.mkdir()
    for path in sorted((folder / "made").glob("*.xml"))[:2]:
        path.rename(here / path.name)
    organization = factories.Organization()
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    source = tk.get_action("harvest_source_create")(
        {"user": user["name"], "ignore_auth": True},
        {
            "name": "source",
            "title": "source",
            "url": str(here),
            "source_type": "totem",
            "owner_org": organization["id"],
            "frequency": "MANUAL",
            "config": "",
        },
    )
    job = HarvestJob(source=HarvestSource.get(source["id"]), status="Running")
    job.save()
    harvester = queue.get_harvester("totem")
    for identifier in queue.gather_stage(harvester, job):
        queue.fetch_and_import_stages(harvester, HarvestObject.get(identifier))
    job = model.Session.query(HarvestJob).one()
    job.status = "Finished"
    model.Session.commit()
    package = model.Session.query(model.Package).filter_by(type="budget").first()
    return {"package": package.id, "source": source["id"], "organization": organization["id"]}


def _copy(first: dict[str, Any], there: int, size: int) -> None:
    """Bring the portal from ``there`` datasets of two documents to ``size``."""
    from ckan import model

    from ckanext.budget.core import tables

    span = {"first": there, "last": size - 1}
    made = "md5({} || i)::uuid::text".format
    extras = (
        f"extras || jsonb_build_object('siren', {SIREN}, 'siret', {SIREN} || '00013', "
        f"'fiscal_year', {YEAR}, 'body_name', 'Commune ' || i % 36000)"
    )
    ours = "SELECT id FROM resource WHERE package_id = :package"
    bound = {**span, "package": first["package"]}
    _copies(
        "package",
        "id = :package",
        bound,
        id=made("t.id"),
        name="'budget-copie-' || i",
        extras=extras,
        metadata_modified="t.metadata_modified - i * interval '1 second'",
    )
    _copies(
        "resource", "package_id = :package", bound, id=made("t.id"), package_id=made("t.package_id")
    )
    keys = f"SELECT key FROM budget_summary_resource WHERE resource_id IN ({ours})"
    _copies(
        "budget_summary",
        f"key IN ({keys})",
        bound,
        key="md5(t.key || i)",
        body="substring(t.body for 2000)",
        year=f"{YEAR}::int",
        population="(i * 37) % 90000",
        siret=f"{SIREN} || '00013'",
    )
    _copies(
        "budget_summary_resource",
        f"resource_id IN ({ours})",
        bound,
        resource_id=made("t.resource_id"),
        key="md5(t.key || i)",
    )
    _copies(
        "budget_report",
        f"resource_id IN ({ours})",
        bound,
        id=made("t.id"),
        resource_id=made("t.resource_id"),
        package_id=made("t.package_id"),
        result="'{}'",
    )
    for name in ("budget_version", "budget_masking"):
        _copies(name, f"resource_id IN ({ours})", bound, resource_id=made("t.resource_id"))
    objects = "package_id = :package AND current"
    _copies(
        "harvest_object",
        objects,
        bound,
        id=made("t.id"),
        guid="t.guid || '/' || i",
        package_id=made("t.package_id"),
    )
    mine = f"harvest_object_id IN (SELECT id FROM harvest_object WHERE {objects})"
    _copies(
        "harvest_object_extra",
        mine,
        bound,
        id=made("t.id"),
        harvest_object_id=made("t.harvest_object_id"),
    )
    deposits = tables.deposit_table.insert().from_select(
        ["id", "user_id", "organization_id", "answers", "created"],
        _select("'d' || i, 'u' || i % 500, 'o', CAST('{}' AS jsonb), now()", span),
    )
    files = tables.deposit_file_table.insert().from_select(
        ["id", "deposit_id", "position", "name", "state", "message", "slug", "updated"],
        _select("'f' || i, 'd' || i, 0, 'n', 'published', '', '', now() - interval '1 day'", span),
    )
    if size <= 20_000:  # deposits end: the portal never has 300,000 of them
        model.Session.execute(deposits)
        model.Session.execute(files)
    model.Session.commit()
    with model.meta.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")


def _sizes(datasets: int) -> None:
    """Bytes that each table takes for one dataset, indexes included."""
    import sqlalchemy as sa
    from ckan import model

    query = sa.text(
        "SELECT relname, pg_total_relation_size(oid) AS size FROM pg_class "
        "WHERE relkind = 'r' AND pg_total_relation_size(oid) > 1000000 ORDER BY 2 DESC"
    )
    for row in model.Session.execute(query):
        print(f"# {row.relname}: {row.size / datasets:.0f} bytes a dataset", flush=True)


def _select(columns: str, span: dict[str, int]) -> Any:
    import sqlalchemy as sa

    names = [sa.column(f"c{number}") for number, _one in enumerate(columns.split(", "))]
    text = sa.text(f"SELECT {columns} FROM generate_series(:first, :last) i")
    return text.bindparams(**span).columns(*names)


def _copies(table: str, where: str, bound: dict[str, Any], **changed: str) -> None:
    """Copies number ``first`` to ``last`` of the rows of ``table``; ``changed``: SQL by column."""
    import sqlalchemy as sa
    from ckan import model

    columns = [column["name"] for column in sa.inspect(model.meta.engine).get_columns(table)]
    told = ", ".join(changed.get(name, f't."{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    model.Session.execute(
        sa.text(
            f'INSERT INTO "{table}" ({names}) SELECT {told} '
            f"FROM (SELECT * FROM {table} WHERE {where}) t, generate_series(:first, :last) i"
        ),
        bound,
    )


def _calls(size: int) -> dict[str, Callable[[], Any]]:
    """What is measured, about the copy in the middle."""
    from ckan import model
    from ckanext.harvest.model import HarvestObject

    from ckanext.budget.charts import store as charts
    from ckanext.budget.harvest import objects, precedence, recovery, status
    from ckanext.budget.pages import bodies
    from ckanext.budget.pages.body import store as body
    from ckanext.budget.pages.territories import progress
    from ckanext.budget.publication import purge, versions, withdrawals
    from ckanext.budget.quality import store as quality
    from ckanext.budget.uploads.deposit import background, proposal, store

    package = model.Package.get(f"budget-copie-{size // 2}")
    resource = next(r for r in package.resources if r.extras.get("role") == "scdl")
    item = model.Session.query(HarvestObject).filter_by(package_id=package.id).first()
    slug = resource.extras["document"]
    extras = package.extras
    like = {
        "body_kind": extras["body_kind"],
        "budget_type": extras["budget_type"],
        "year": int(extras["fiscal_year"]),
        "stages": ["BP", "CA"],
        "norm": "",
        "nature": "",
        "population_min": 1000,
        "population_max": 3000,
    }
    now = datetime.utcnow()
    source, guid, job = item.harvest_source_id, item.guid, item.harvest_job_id

    def forgotten() -> None:
        charts.forget([f"{resource.id}-never"])
        charts.find(resource.id)

    def changed(function: Callable[[], Any], *caches: Any) -> Callable[[], Any]:
        def call() -> Any:
            for cache in caches:
                cache.clear()
            return function()

        return call

    return {
        "publication: what is known of the place": lambda: objects.remembered(source, guid),
        "publication: the places that offer it": lambda: precedence.holders(package.id, slug),
        "publication: its object becomes the current one": lambda: objects.make_current(
            item, item.package_id
        ),
        "publication: whether it was published before": lambda: objects.has_past(item),
        "publication: whether a harvest deleted it": lambda: objects.deleted_dataset(package.id),
        "publication: the last listing of a source": lambda: objects.last_job(source),
        "publication: its withdrawal": lambda: withdrawals.pending(package.id, slug),
        "publication: its digest": lambda: versions.of([resource.id]),
        "publication: its last report": lambda: quality.latest(resource.id),
        "deletion: its summary is forgotten": forgotten,
        "deposit: the nearest exercise": lambda: proposal._nearest(
            package.owner_org, extras["siret"], int(extras["fiscal_year"])
        ),
        "deposit: a large file on its way": lambda: store.of_resource(resource.id),
        "deposit: what a lost queue left": lambda: background.recover("d1"),
        "chart: its summary": lambda: charts.find(resource.id),
        "chart: nothing has changed": lambda: charts.stamp(resource.id),
        "chart: bodies of its size": lambda: charts.nearest(like, 2000, resource.id, 20),
        "page of a body": lambda: body.documents(extras["siren"]),
        "map: nothing has changed": progress.state,
        "map: years, after a change": changed(progress.years, progress._years),
        "map: one exercise, after a change": changed(
            lambda: progress.progress(extras["fiscal_year"], "BP"), progress._cache
        ),
        "names while typing, after a change": changed(
            lambda: bodies.matching("commune 12", 10), bodies._cache
        ),
        "timer, 5 min: outcomes": lambda: status._outcomes(),
        "timer, 5 min: given up": recovery._explain_given_up,
        "timer, 5 min: reported": lambda: recovery._report_outcomes(now),
        "timer, night: summaries of nobody": charts.sweep,
        "timer, night: rows of what is no more": lambda: purge._purge_rows(purge.Tally()),
        "timer, night: objects of old harvests": lambda: objects.prune(source),
        "gather: the whole source": lambda: objects.remembered(source),
        "gather: what waits in the job": lambda: objects.waiting(model.Session.merge(item.job)),
        "withdrawal: the job's documents are settled": lambda: objects.unfinished(job),
    }


def _measured(call: Callable[[], Any], explain: bool) -> tuple[float, int, list[str]]:
    """Least milliseconds, blocks of 8 kB that PostgreSQL looks at, and tables that are read whole.

    Blocks are the same on a busy machine and on a quiet one.
    """
    from ckan import model

    times = []
    for _round in range(ROUNDS):
        began = time.perf_counter()
        call()
        times.append(1000 * (time.perf_counter() - began))
        model.Session.rollback()
        if sum(times) > 20_000:
            break
    with _heard() as statements:
        call()
    model.Session.rollback()
    plans = [(statement, _plan(statement, values)) for statement, values in statements]
    blocks = sum(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] for _one, plan in plans)
    whole = {line for one, plan in plans for line in _read_whole(one, plan)} if explain else ()
    return min(times), blocks, sorted(whole)


@contextmanager
def _heard() -> Iterator[list[tuple[str, Any]]]:
    """The statements of the block, with their values."""
    import sqlalchemy as sa
    from ckan import model

    from ckanext.budget.core.locks import second_engine

    engines = (model.meta.engine, second_engine(model.meta.engine))
    heard: list[tuple[str, Any]] = []

    def hear(_connection: Any, _cursor: Any, statement: str, values: Any, *_more: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH", "UPDATE", "DELETE")):
            heard.append((statement, values))

    for engine in engines:
        sa.event.listen(engine, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        for engine in engines:
            sa.event.remove(engine, "before_cursor_execute", hear)


def _plan(statement: str, values: Any) -> dict[str, Any]:
    """What PostgreSQL did, in a transaction that is rolled back."""
    from ckan import model

    with model.meta.engine.connect() as connection:
        asked = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}"
        found = connection.exec_driver_sql(asked, values).scalar()
        connection.rollback()
    return (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]


def _read_whole(statement: str, plan: dict[str, Any]) -> Iterator[str]:
    """Tables that the plan reads from one end to the other, when that takes a hundred blocks."""
    nodes = [plan]
    while nodes:
        node = nodes.pop()
        nodes += node.get("Plans", [])
        blocks = node["Shared Hit Blocks"] + node["Shared Read Blocks"]
        if node["Node Type"] == "Seq Scan" and blocks > 100:
            yield f"{node['Relation Name']} ({blocks} blocks): {' '.join(statement.split())[:110]}"


if __name__ == "__main__":
    main()
