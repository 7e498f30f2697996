"""How long `ckan budget upgrade` takes on a portal of a former version, interrupted and resumed.

    python benchmarks/upgrade.py .dev/test.ini [--documents 10000] [--published 60]

Generated documents are published for real, then put back as versions before 0.3 left them: digests
of their raw bytes in resources, notes of harvest objects, revisions of the activity stream, seals
of masked XML and index; the name of a file in ``source_url``. Their rows, masked XML and documents
of the index are then copied under ids of their own until there are enough. The other files are
second names of the same ones, the DataStore has the published tables: neither is looked at.

The command runs in a process of its own, is killed (SIGKILL) when half of the datasets are done,
run again, and a third time. Then all of the database, the index and the storage is searched for any
of the digests and the name. The database of the ini is emptied: its name must end with ``test``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_INI = """[app:main]
use = config:{ini}
ckan.plugins = budget totem_harvester harvest scheming_datasets datastore activity
ckan.storage_path = {folder}/storage
ckanext.budget.spool = {folder}/spool
"""
SOURCE, NAME = "https://depot.example.org/budgets/", "export-de-Zoe-Quatreplanches"
_SEAL = re.compile(rb'<Scellement\b[^>]*md5="(\w+)"[^>]*sha1="(\w+)"')
_BLANK = re.compile(rb'(<Scellement\b[^>]*md5=")0+("[^>]*sha1=")0+(")')
_TABLES = {
    "package": "id = :id",
    "resource": "package_id = :id",
    "activity": "object_id = :id AND activity_type LIKE '% package'",
    "harvest_object": "package_id = :id",
    "budget_report": "package_id = :id",
}
"""What is copied of a dataset, in this order."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ini")
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--published", type=int, default=60)
    arguments = parser.parse_args()

    from ckan import model
    from ckan.cli import CKANConfigLoader
    from ckan.config.middleware import make_app
    from ckan.tests import helpers

    folder = tempfile.TemporaryDirectory()
    ini = Path(folder.name, "upgrade.ini")
    ini.write_text(_INI.format(ini=Path(arguments.ini).resolve(), folder=folder.name))
    config = CKANConfigLoader(str(ini)).get_config()
    assert config["sqlalchemy.url"].endswith("test"), config["sqlalchemy.url"]
    app: Any = make_app(config)
    command = [str(Path(sys.executable).with_name("ckan")), "-c", str(ini)]
    with app._wsgi_app.test_request_context():
        began = time.monotonic()
        helpers.reset_db()
        subprocess.run([*command, "db", "upgrade"], check=True, capture_output=True)
        secrets = publish_as_formerly(arguments.published)
        print(f"{arguments.published} published in {time.monotonic() - began:.0f} s", flush=True)
        multiply(arguments.documents / arguments.published)
        print(f"made in {time.monotonic() - began:.0f} s, {told()}", flush=True)
        print(f"digests and names before: {search(secrets, config)}", flush=True)
        total = len(_left())
        first = subprocess.Popen([*command, "budget", "upgrade"], stderr=subprocess.DEVNULL)
        began = time.monotonic()
        while first.poll() is None and len(_left()) > total / 2:
            model.Session.remove()
            time.sleep(2)
        first.kill()
        first.wait()
        _say("killed", began)
        for name in ("resumed", "once more"):
            began = time.monotonic()
            subprocess.run([*command, "budget", "upgrade"], check=True, stderr=subprocess.DEVNULL)
            _say(name, began)
        assert not any(told().values())
        print(f"digests and names after: {search(secrets, config)}; {time.strftime('%H:%M')}")


def _say(what: str, began: float) -> None:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    took, processor = time.monotonic() - began, used.ru_utime + used.ru_stime
    print(f"{what}: {took:.0f} s; all commands {processor:.0f} s of processor, "
          f"{used.ru_maxrss // 1024} MB at most; load {os.getloadavg()[0]:.1f}; {told()}",
          flush=True)  # fmt: skip


def _left() -> list[str]:
    from ckan import model

    from ckanext.budget.publication import upgrade

    model.Session.remove()
    return upgrade.left()


def told() -> dict[str, int]:
    """What is left to clean."""
    from ckanext.budget.harvest import notes

    return {"datasets": len(_left()), "objects": notes.left()}


def publish_as_formerly(documents: int) -> set[bytes]:
    """Harvested documents of a former version; the digests and the name that they tell."""
    from ckan import model
    from ckan.lib import search as index
    from ckan.tests import factories
    from ckanext.harvest.model import HarvestJob, HarvestObject, HarvestSource

    from ckanext.budget.core.contexts import site_context
    from ckanext.budget.publication.publish import Request, publish_file
    from ckanext.budget.totem.generate import generate

    organization = factories.Organization()
    source = HarvestSource(url=SOURCE, type="totem", title="t")
    source.save()
    job = HarvestJob(source=source, status="Finished")
    job.save()
    secrets, published = {NAME.encode()}, []
    with tempfile.TemporaryDirectory() as folder:
        for path in generate(Path(folder), documents, 1):
            raw = path.read_bytes()
            done = publish_file(path, Request(organization["id"]), site_context())
            digest, sealed = hashlib.sha256(raw).hexdigest(), _SEAL.search(raw)
            seal = sealed.groups() if sealed else ()
            secrets |= {digest.encode(), *map(bytes.lower, seal)}
            url = f"{SOURCE}{NAME}-{path.stem}.xml"
            note = {"name": path.name, "settings": "0", "sha256": digest, "slug": done.document}
            held = HarvestObject(
                guid=url, current=True, content=json.dumps(note), job=job, source=source,
                package_id=done.package_id, state="COMPLETE",
            )  # fmt: skip
            held.save()
            former = {"source_sha256": digest, "history": json.dumps([{"sha256": digest}]),
                      "source_url": url, "harvest_object_id": held.id}  # fmt: skip
            published.append((done.package_id, done.document, former, seal))
    for package_id, *told in published:
        _as_formerly(model.Package.get(package_id), *told)
    index.rebuild(quiet=True)
    return secrets


def _as_formerly(package: Any, slug: str, former: dict[str, str], seal: Any) -> None:
    import sqlalchemy as sa
    from ckan import model
    from ckanext.activity.model import Activity

    from ckanext.budget.core.storage import path_of
    from ckanext.budget.core.tables import masking_table, version_table

    for item in package.resources:
        if item.extras["document"] != slug:
            continue
        item.extras = {**item.extras, **former}
        for table in (version_table, masking_table):
            model.Session.execute(sa.delete(table).where(table.c.resource_id == item.id))
        if item.extras["role"] == "xml" and seal:
            path = path_of(item.id)
            md5, sha1 = seal
            put = _BLANK.sub(rb"\g<1>%s\g<2>%s\g<3>" % (md5, sha1), path.read_bytes(), count=1)
            path.write_bytes(put)
            item.hash = hashlib.sha256(path.read_bytes()).hexdigest()
    for activity in model.Session.query(Activity).filter_by(object_id=package.id):
        data = json.loads(json.dumps(activity.data))
        for item in data.get("package", {}).get("resources", []):
            if item["document"] == slug:
                item.update(former)
        activity.data = data
    model.Session.commit()


def multiply(times: float) -> None:
    """As many copies of each dataset, itself included; the last ones of some datasets only."""
    import sqlalchemy as sa
    from ckan import model
    from ckan.lib.search.common import make_connection

    packages = model.Session.query(model.Package).filter_by(type="budget").order_by("id").all()
    solr = make_connection()
    documents = {item["id"]: item for item in solr.search("dataset_type:budget", fl="*", rows=9999)}
    rows = {package.id: _rows(package.id) for package in packages}
    names = {package.id: package.name for package in packages}
    wanted, batch = round(len(packages) * (times - 1)), []
    for number in range(wanted):
        identifier = packages[number % len(packages)].id
        held = rows[identifier]
        ids = {row["id"]: str(uuid.uuid4()) for table in held.values() for row in table}
        ids[names[identifier]] = f"{names[identifier]}-copie-{number}"
        any_id = re.compile("|".join(map(re.escape, ids)))

        def copied(value: Any, ids: Any = ids, any_id: Any = any_id) -> str:
            return any_id.sub(lambda found: ids[found[0]], json.dumps(value))

        for table, some in held.items():
            into = (
                f"INSERT INTO {table} SELECT * FROM jsonb_populate_recordset(NULL::{table}, :rows)"
            )
            model.Session.execute(sa.text(into), {"rows": copied(some)})
        for row in held["resource"]:
            _copy_file(row["id"], ids[row["id"]], json.loads(row["extras"])["role"])
        batch.append(_document(documents[identifier], copied))
        if len(batch) == 100 or number == wanted - 1:
            model.Session.commit()
            solr.add(batch, commit=number == wanted - 1)
            batch = []


def _rows(package_id: str) -> dict[str, list[dict[str, Any]]]:
    """Those of the dataset, by table."""
    import sqlalchemy as sa
    from ckan import model

    return {
        table: [
            json.loads(text)
            for text in model.Session.execute(
                sa.text(f"SELECT to_jsonb(t)::text FROM {table} t WHERE {which}"),
                {"id": package_id},
            ).scalars()
        ]
        for table, which in _TABLES.items()
    }


def _copy_file(identifier: str, copy: str, role: str) -> None:
    from ckanext.budget.core.storage import path_of

    path, target = path_of(identifier), path_of(copy)
    target.parent.mkdir(parents=True, exist_ok=True)
    (shutil.copyfile if role == "xml" else os.link)(path, target)


def _document(base: dict[str, Any], copied: Any) -> dict[str, Any]:
    """The document of a copy in the index, under the key that CKAN gives it."""
    kept = {
        key: f"{value:%Y-%m-%dT%H:%M:%SZ}" if hasattr(value, "strftime") else value
        for key, value in base.items()
        if not key.startswith("_")
    }
    made = json.loads(copied(kept))
    made["index_id"] = hashlib.md5(f"{made['id']}{made['site_id']}".encode()).hexdigest()
    return made


def search(secrets: set[bytes], config: Any) -> dict[str, int]:
    """How many rows, documents of the index and files tell a digest or the name, by place."""
    digests = re.compile(rb"[0-9a-f]{32,}")
    found: dict[str, int] = {}
    for place, content in _everything(config):
        told = digests.findall(content.lower())
        if NAME.encode() in content or not secrets.isdisjoint(told):
            found[place] = found.get(place, 0) + 1
    return found


def _everything(config: Any) -> Iterator[tuple[str, bytes]]:
    import sqlalchemy as sa
    from ckan import model
    from ckan.lib.search.common import make_connection

    engine = model.Session.get_bind()
    with engine.connect().execution_options(stream_results=True) as connection:
        for table in sa.inspect(engine).get_table_names():
            if table == "harvest_object":  # its address is for its editors: anybody reads its id
                query = "SELECT (to_jsonb(t) - 'guid')::text FROM harvest_object t"
            else:
                query = f'SELECT t::text FROM "{table}" t'
            for text in connection.execute(sa.text(query)).scalars():
                yield table, text.encode()
    solr = make_connection()
    for start in range(0, solr.search("*:*", rows=0).hits, 500):
        for item in solr.search("*:*", fl="*", rows=500, start=start, sort="id asc"):
            yield "index", json.dumps(item, default=str).encode()
    seen = set()
    for path in Path(config["ckan.storage_path"]).rglob("*"):
        if path.is_file() and (inode := path.stat().st_ino) not in seen:
            seen.add(inode)
            yield "files", path.read_bytes()


if __name__ == "__main__":
    main()
