"""Nothing that names a natural person is left anywhere, whichever way the file came in."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest
import requests
from werkzeug.datastructures import FileStorage

from ckanext.budget.core.errors import PublicationError

from .uploaded import readable

SECRET = "ZÉPHYRINE QUATREPLANCHES"

pytestmark = pytest.mark.usefixtures("empty_datastore")


def everywhere(portal: Any, log: str) -> dict[str, str]:
    """All the text that the portal holds, by place."""
    from ckan import model
    from ckanext.datastore.backend.postgres import get_write_engine

    texts = {"log": log}
    for path in portal.files():
        texts[f"storage {path.name}"] = readable(path).decode("utf-8", "replace")
    for root in (portal.spool, Path(os.environ.get("TMPDIR", "/tmp")) / "werkzeug"):
        for path in root.rglob("*") if root.exists() else ():
            if path.is_file():
                texts[f"working file {path.name}"] = path.read_text("utf-8", "replace")
    for name, engine in (("main", model.Session.get_bind()), ("datastore", get_write_engine())):
        texts[f"{name} database"] = database_text(engine)
    texts["solr"] = solr_text()
    return texts


def database_text(engine: Any) -> str:
    """Every row of every table of the public schema, as text."""
    import sqlalchemy as sa

    with engine.connect() as connection:
        tables = sa.inspect(connection).get_table_names()
        rows = [
            row[0]
            for table in tables
            for row in connection.execute(sa.text(f'SELECT t::text FROM "{table}" AS t'))
        ]
    return "\n".join(rows)


def solr_text() -> str:
    import ckan.plugins.toolkit as tk

    answer = requests.get(
        f"{tk.config['solr_url']}/select",
        params={"q": f"+site_id:{tk.config['ckan.site_id']}", "rows": 1000, "fl": "*"},
        timeout=120,
    )
    answer.raise_for_status()
    assert answer.json()["response"]["numFound"], "the index must be read for the test to mean it"
    return json.dumps(answer.json(), ensure_ascii=False)


def plain(text: str) -> str:
    """Composed letters, and ``\\u00c9`` of JSON inside JSON as the letter that it means."""
    letters = re.sub(r"\\+u([0-9a-fA-F]{4})", lambda code: chr(int(code[1], 16)), text)
    return unicodedata.normalize("NFC", letters)


def found(texts: dict[str, str], names: set[str]) -> list[tuple[str, str]]:
    texts = {place: plain(text) for place, text in texts.items()}
    return [(name, place) for name in sorted(names) for place in texts if name in texts[place]]


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    return caplog


def test_the_search_finds_what_is_there(portal, make_document, log):
    """The test of the tests: the body's name is public, and is found in every place."""
    portal.publish(make_document(name="COMMUNE DE TOUTELUNÉ"))
    logging.getLogger("ckanext.budget").info("COMMUNE DE TOUTELUNÉ")
    hits = found(everywhere(portal, log.text), {"TOUTELUNÉ"})
    places = {place.split()[0] for _name, place in hits}
    assert places == {"log", "storage", "main", "datastore", "solr"}


def test_harvest_of_generated_documents(portal, harvest, log):
    from ckanext.budget.totem.generate import generate, plan, planted_names

    generate(portal.source, 8, 11)
    names = {planted.name for spec in plan(8, 11) for planted in planted_names(spec)}
    assert len(names) > 20
    report = harvest('{"organization": "create"}')
    assert report.stats == {"added": 8}, report.errors
    assert found(everywhere(portal, log.text), names) == []


def test_command_line(portal, make_document, log):
    portal.publish(make_document())
    assert found(everywhere(portal, log.text), {SECRET}) == []


def test_action(portal, make_document, log):
    upload = FileStorage(io.BytesIO(make_document()), filename=f"{SECRET}.xml")
    done = portal.action("budget_publish", upload=upload, owner_org="collectivites")
    assert done["status"] == "created"
    assert found(everywhere(portal, log.text), {SECRET}) == []


def test_refused_documents(portal, harvest, make_document, log):
    good = make_document()
    (portal.source / "brouillon.xml").write_bytes(make_document(draft=True))
    (portal.source / "coupe.xml").write_bytes(good[: good.index(b"</CONCOURS>")])
    (portal.source / "siret.xml").write_bytes(make_document(siret="21670482500018"))
    assert harvest().stats == {"errored": 3}
    with pytest.raises(PublicationError):
        portal.publish(make_document(draft=True))
    assert found(everywhere(portal, log.text), {SECRET}) == []


def test_nothing_is_published_when_the_masking_fails(portal, make_document, monkeypatch):
    from ckanext.budget.totem.errors import UnexpectedFailure

    def fails(*_args: Any, **_options: Any) -> None:
        raise UnexpectedFailure("Le masquage n'a pas pu être prouvé : rien n'est publié.")

    monkeypatch.setattr("ckanext.budget.totem.publish.publish", fails)
    with pytest.raises(UnexpectedFailure):
        portal.publish(make_document())
    assert portal.budgets() == []
    assert portal.files() == {}
