"""A disk without room, for real: whoever is concerned reads which disk, and it is tried again."""

from __future__ import annotations

import io
import logging
import os
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ckan import model
from ckan.plugins import toolkit as tk

from ckanext.budget.harvest import notes

from ..uploaded import everything_of, upload

pytestmark = pytest.mark.validation

PLACES = {"spool": "ckanext.budget.spool", "storage": "ckan.storage_path"}


@pytest.fixture
def full(portal: Any, monkeypatch: Any, ckan_config: Any) -> Iterator[Callable[..., Path]]:
    """``full("storage")``: the folder on a file system of its own, with a page of room."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a file system")
    mounted: list[Path] = []

    def fill(place: str) -> Path:
        path: Path = getattr(portal, place)
        path.mkdir(mode=0o700, exist_ok=True)
        command = ["mount", "-t", "tmpfs", "-o", "size=256k,mode=700", "none", str(path)]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("this machine mounts nothing")
        mounted.append(path)
        (path / "raw-filler").write_bytes(b"")
        with (path / "raw-filler").open("ab", buffering=0) as filler:
            while os.statvfs(path).f_bavail > 1:
                filler.write(b"0" * 4096)
        return path

    monkeypatch.setitem(ckan_config, "ckanext.budget.free_space", 0)
    yield fill
    for path in mounted:
        subprocess.run(["umount", "--lazy", str(path)], check=True)


def by_harvest(portal: Any, request: Any, document: bytes) -> str:
    from ckanext.harvest import queue
    from ckanext.harvest.model import HarvestObject

    (portal.source / "bp.xml").write_bytes(document)
    consumer = request.getfixturevalue("consumer")
    [identifier] = consumer.gather(consumer.new_job(portal, "", str(portal.source), "source"))
    harvester = queue.get_harvester("totem")
    queue.fetch_and_import_stages(harvester, HarvestObject.get(identifier))
    [error] = HarvestObject.get(identifier).errors
    assert notes.of(HarvestObject.get(identifier)).transient, "the next run tries again"
    return error.message


def by_deposit(portal: Any, request: Any, document: bytes) -> str:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bp.xml", document)
    context = {"user": portal.member()["name"]}
    data = {"owner_org": portal.organization["id"], "publish": True}
    file = upload(target.getvalue(), "lot.zip")
    made = tk.get_action("budget_deposit")(context, data | {"upload": [file]})
    assert not made["waiting"]
    return made["files"][0]["message"]


def by_form(portal: Any, request: Any, document: bytes) -> str:
    package = request.getfixturevalue("budget")
    with pytest.raises(tk.ValidationError) as refusal:
        portal.action("resource_create", package_id=package["id"], upload=upload(document))
    return str(refusal.value.error_dict)


@pytest.mark.parametrize("door", [by_harvest, by_deposit, by_form])
@pytest.mark.parametrize("place", PLACES)
def test_a_full_disk_is_told_as_such(portal, full, request, make_document, caplog, place, door):
    full(place)
    document = make_document().replace(b"<Annexes>", b" " * 9000 + b"<Annexes>")
    with caplog.at_level(logging.ERROR, "ckanext.budget"):
        message = door(portal, request, document)
    assert "plus assez de place" in message
    assert PLACES[place] in message
    assert "ENOSPC" in caplog.text, "the administrator's log says what the system said"
    model.Session.rollback()
    left = everything_of(portal.storage, portal.spool)
    assert "ZÉPHYRINE QUATREPLANCHES".encode() not in left


def test_room_is_looked_at_before_anything_is_fetched(
    portal, harvest, web_folder, make_document, ckan_config, monkeypatch
):
    (portal.source / "bp.xml").write_bytes(make_document())
    monkeypatch.setitem(ckan_config, "ckanext.budget.free_space", 10**9)
    report = harvest(url=web_folder.url)
    assert "plus assez de place" in report.gather_errors[0]
    assert web_folder.requests == []
    assert "plus assez de place" in by_deposit(portal, None, make_document())
    monkeypatch.setitem(ckan_config, "ckanext.budget.free_space", 0)
    assert harvest().stats == {"added": 1}
