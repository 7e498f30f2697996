"""Long work is done by a real ``ckan jobs worker``, another process, through the real queue."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk

from ckanext.budget.uploads.deposit import store

from ..uploaded import everything_of, upload

SECRET = "ZÉPHYRINE QUATREPLANCHES"
SIRET = "21670482500019"
PATIENCE = 250
"""Seconds after which what is waited for is taken to have failed."""


pytestmark = pytest.mark.validation


class Worker:
    """The process, and what it wrote."""

    def __init__(self, ini: Path, log: Path) -> None:
        self.log = log
        command = [str(Path(sys.executable).with_name("ckan")), "-c", str(ini), "jobs", "worker"]
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                command, stdout=output, stderr=subprocess.STDOUT, env=os.environ | {"HOME": "/"}
            )

    def until(self, done: Callable[[], bool]) -> None:
        """Wait for what the worker does."""
        end = time.monotonic() + PATIENCE
        while not done():
            model.Session.rollback()
            model.Session.expire_all()
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.1)  # between two looks at the condition

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE)


@pytest.fixture
def worker(portal: Any, plugins: str, tmp_path: Path, ckan_config: Any) -> Iterator[Worker]:
    """A worker of the same portal: same databases, queue, storage and working directory."""
    same = (
        "ckan.storage_path",
        "ckanext.budget.spool",
        "ckan.max_resource_size",
    )
    lines = [f"{name} = {ckan_config[name]}" for name in same]
    ini = tmp_path / "worker.ini"
    ini.write_text(
        f"[app:main]\nuse = config:{ckan_config['__file__']}\nckan.plugins = {plugins}\n"
        + "\n".join(lines)
        + "\n[loggers]\nkeys = root\n[handlers]\nkeys = console\n[formatters]\nkeys =\n"
        "[logger_root]\nlevel = DEBUG\nhandlers = console\n"
        "[handler_console]\nclass = StreamHandler\nargs = (sys.stderr,)\nlevel = NOTSET\n"
    )
    tk.get_action("job_clear")({"ignore_auth": True}, {})
    process = Worker(ini, tmp_path / "worker.log")
    yield process
    process.end()
    assert SECRET not in process.log.read_text()


def large(document: bytes) -> bytes:
    """More than a megabyte of the same budget."""
    line = document[document.index(b"<LigneBudget>") : document.index(b"</LigneBudget>") + 14]
    many = (line + b"\n") * (1_100_000 // len(line))
    return document.replace(b"<Annexes>", many + b"<Annexes>", 1)


def test_large_file_of_the_form_is_published_by_the_worker(
    portal, worker, budget, make_document, monkeypatch, ckan_config
):
    from ckanext.budget.uploads.plugin import budget_pending

    monkeypatch.setitem(ckan_config, "ckanext.budget.background_size", 1)
    made = portal.action(
        "resource_create", package_id=budget["id"], upload=upload(large(make_document()))
    )
    assert made["url"] == ""
    worker.until(lambda: budget_pending(made["id"]) is None)
    worker.end()  # working files are removed after that
    files = {item["role"]: item for item in portal.dataset("mon-budget")["resources"]}
    assert files["xml"]["id"] == made["id"]
    assert portal.rows(files["scdl"]["id"])["total"] > 1000
    assert SECRET.encode() not in everything_of(portal.storage, portal.spool)
    assert not list(portal.spool.glob("queued-*"))


def test_long_deposit_is_checked_and_published_by_the_worker(
    portal, worker, make_document, monkeypatch
):
    from ckanext.budget.uploads.deposit import publish, receive

    for module in (receive, publish):
        monkeypatch.setattr(module, "AT_ONCE", 1)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        for year in (2020, 2021, 2022):
            target.writestr(f"bp{year}.xml", make_document(year=year))
    made = portal.action(
        "budget_deposit",
        owner_org=portal.organization["id"],
        upload=upload(archive.getvalue(), "lot.zip"),
    )

    def states() -> list[str]:
        return [
            item["state"] for item in portal.action("budget_deposit_show", id=made["id"])["files"]
        ]

    worker.until(lambda: states() == ["ready"] * 3)
    portal.action("budget_deposit", id=made["id"], publish=True)
    worker.until(lambda: states() == ["published"] * 3)
    assert portal.budgets() == [f"budget-{SIRET}-{year}" for year in (2020, 2021, 2022)]
    assert SECRET.encode() not in everything_of(portal.storage, portal.spool)


def test_who_deposits_a_large_document_is_asked_and_answers(
    portal, worker, make_document, monkeypatch, ckan_config
):
    """The names are in the answer to the sender; the worker gets tokens."""
    name = "LA BOULE JOYEUSE"
    monkeypatch.setitem(ckan_config, "ckanext.budget.background_size", 1)
    code = b'<CodNatJurBenefCA V="P3"/>'
    document = large(make_document(beneficiary=name).replace(code, b""))
    owner = portal.organization["id"]
    made = portal.action("budget_deposit", owner_org=owner, upload=upload(document))
    assert [item["name"] for item in made["asked"]] == [name]
    assert [item["state"] for item in made["files"]] == ["waiting"]

    def files() -> list[tuple[str, int]]:
        store.model.Session.rollback()
        found = store.find(made["id"])
        return [(f.state, f.prepared.report["masked"]["asked"]) for f in found.files if f.prepared]

    worker.until(lambda: files() == [("ready", 1)])
    assert name.encode() not in everything_of(portal.storage, portal.spool)
    tokens = [item["token"] for item in made["asked"]]
    again = portal.action("budget_deposit", id=made["id"], upload=upload(document), confirm=tokens)
    assert again["asked"] == []
    worker.until(lambda: files() == [("ready", 0)])
    portal.action("budget_deposit", id=made["id"], publish=True)
    assert name.encode() in everything_of(portal.storage)
    worker.end()
    assert name not in worker.log.read_text()


def test_control_is_made_by_the_worker_in_pieces(portal, worker, make_document):
    """Nothing was checked with today's rules, as when they have just changed."""
    from ckanext.budget.quality.due import due
    from ckanext.budget.quality.run import leave

    for year in (2020, 2021, 2022):
        portal.publish(make_document(year=year))
    model.Session.execute(sa.text("UPDATE budget_report SET rules_version = 'former'"))
    model.Session.commit()
    assert len(list(due())) == 3
    leave()
    worker.until(lambda: not list(due()))
    assert len(portal.action("budget_report_list")) == 6
