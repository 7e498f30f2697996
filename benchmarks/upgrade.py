"""How long `ckan budget upgrade` takes on a portal of a former version, interrupted and resumed.

    python benchmarks/upgrade.py .dev/test.ini [--documents 10000] [--kill-after 30]

One document is published; its rows and files are then copied in bulk, as version 0.2 left them:
digests of raw bytes in the resources, in the harvest objects, and in the seal of the masked XML.
The command runs in a process of its own, is killed (SIGKILL) once, and run again. The database of
the ini is emptied: its name must end with ``test``. Nothing is asserted but that nothing is left.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

_INI = """[app:main]
use = config:{ini}
ckan.plugins = budget totem_harvester harvest scheming_datasets datastore
ckan.storage_path = {folder}/storage
ckanext.budget.spool = {folder}/spool
"""
MD5, SHA1, RAW = "0123456789abcdef" * 2, "fedcba98" * 5, "ab" * 32


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ini")
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--kill-after", type=float, default=30, metavar="SECONDS")
    arguments = parser.parse_args()

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
        make(arguments.documents)
        print(f"made in {time.monotonic() - began:.0f} s: {told()}", flush=True)
        began = time.monotonic()
        first = subprocess.Popen([*command, "budget", "upgrade"], stderr=subprocess.DEVNULL)
        try:
            first.wait(arguments.kill_after)
        except subprocess.TimeoutExpired:
            first.kill()
            first.wait()
        print(f"killed after {time.monotonic() - began:.0f} s: {told()}", flush=True)
        again = time.monotonic()
        subprocess.run([*command, "budget", "upgrade"], check=True, stderr=subprocess.DEVNULL)
        ended = time.monotonic()
        print(f"resumed, {ended - again:.0f} s; {ended - began:.0f} s in all, of which "
              f"{os.times().children_user:.0f} s of processor: {told()}", flush=True)  # fmt: skip
        assert not any(told().values())


def told() -> dict[str, int]:
    """What is left to clean."""
    from ckan import model

    from ckanext.budget.harvest import notes
    from ckanext.budget.publication import upgrade

    model.Session.remove()
    return {"datasets": len(upgrade.left()), "objects": notes.left()}


def make(documents: int) -> None:
    """One published document, then its copies: one dataset of three documents each."""
    from ckan import model
    from ckan.tests import factories
    from ckanext.harvest.model import HarvestJob, HarvestObject, HarvestSource

    from ckanext.budget.core.contexts import site_context
    from ckanext.budget.core.storage import path_of
    from ckanext.budget.publication.publish import Request, publish_file
    from ckanext.budget.totem.generate import generate

    organization = factories.Organization()
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder), 3, 1)
        source = sorted(Path(folder).glob("*.xml"))[0]
        done = publish_file(source, Request(organization["id"]), site_context())
    source = HarvestSource(url="https://example.org/", type="totem", title="t")
    source.save()
    job = HarvestJob(source=source, status="Finished")
    job.save()
    package = model.Package.get(done.package_id)
    resources = list(package.resources)
    former = {"source_sha256": RAW, "history": json.dumps([{"sha256": RAW}])}
    files = {item.id: path_of(item.id) for item in resources}
    xml = next(item.id for item in resources if item.extras["role"] == "xml")
    data = files[xml].read_bytes().replace(b"0" * 32, MD5.encode(), 1)
    files[xml].write_bytes(data.replace(b"0" * 40, SHA1.encode(), 1))

    packages, rows, objects = [], [], []
    for number in range(documents // 3):
        identifier = str(uuid.uuid4())
        packages.append(_row(package, id=identifier, name=f"budget-copie-{number}"))
        for position in range(3 * len(resources)):
            item = resources[position % len(resources)]
            copy = str(uuid.uuid4())
            rows.append(_row(item, id=copy, package_id=identifier, position=position,
                             extras={**item.extras, **former}))  # fmt: skip
            target = path_of(copy)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(files[item.id], target)
            if item.extras["role"] == "xml":
                note = {"name": "bp.xml", "settings": "0", "sha256": RAW, "slug": "s"}
                objects.append({"id": str(uuid.uuid4()), "guid": copy, "current": True,
                                "content": json.dumps(note), "package_id": identifier,
                                "harvest_job_id": job.id, "harvest_source_id": source.id,
                                "state": "COMPLETE"})  # fmt: skip
    for table, made in (
        (model.Package, packages),
        (model.Resource, rows),
        (HarvestObject, objects),
    ):
        model.Session.bulk_insert_mappings(table, made)
    model.Session.commit()


def _row(item: Any, **changed: Any) -> dict[str, Any]:
    """The columns of the row, as a mapping of attributes."""
    import sqlalchemy as sa

    names = [attribute.key for attribute in sa.inspect(item).mapper.column_attrs]
    return {name: getattr(item, name) for name in names} | changed


if __name__ == "__main__":
    main()
