"""From what anybody may read, nothing that masking hides can be confirmed.

All that the portal gives to a reader without account is gathered: files, archives unpacked, the
actions, pages, DCAT, DataStore, what Solr and the log at INFO hold. Whoever guesses a hidden value
can compare it, look for it, or compare its digest, or that of the raw file: none is there.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from ckan import model
from ckan.plugins import toolkit as tk

from ckanext.budget.config import PACKAGE

from .planted import planted_document
from .test_privacy import solr_text

SIRET = "21670482500019"
SHORTEST = 6
"""Characters of a real value below which it is found anywhere by chance."""
FILE_NAME = "export-de-Zoe-Quatreplanches"
DIGESTS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "blake2b", "blake2s")
LISTS = ("package_list", "organization_list", "package_search", "harvest_source_list",
         "current_package_list_with_resources",
         "budget_report_list", "budget_withdrawal_list", "budget_conflict_list")  # fmt: skip
OF_DATASET = ("package_show", "harvest_source_show_status")
OF_RESOURCE = ("resource_show", "resource_view_list", "datastore_info", "budget_summary",
               "budget_series", "budget_compare", "budget_report_show")  # fmt: skip
PAGES = ("/", "/dataset/", "/budgets", "/budgets.csv", "/budgets/carte.csv", "/catalog.ttl",
         "/catalog.xml", "/catalog.jsonld", "/harvest", "/feeds/dataset.atom")  # fmt: skip


@pytest.fixture
def plugins() -> str:
    return (
        "budget budget_view budget_validation totem_harvester harvest scheming_datasets dcat "
        "datastore datatables_view"
    )


class Reader:
    """Somebody without account who keeps all that he reads."""

    def __init__(self, portal: Any, app: Any) -> None:
        self.portal, self.app, self.seen = portal, app, [b""]

    def keep(self, content: bytes) -> None:
        self.seen.append(content)
        if zipfile.is_zipfile(BytesIO(content)):
            with zipfile.ZipFile(BytesIO(content)) as archive:
                for name in archive.namelist():
                    self.seen += [name.encode(), archive.read(name)]

    def get(self, path: str) -> int:
        with self.app.flask_app.app_context():
            answer = self.app.get(path, status=None)
        self.keep(f"{path} {answer.headers}".encode())
        self.keep(answer.get_data())
        return answer.status_code

    def call(self, name: str, **data: Any) -> None:
        """The action as anonymous, by its Python self: what it refuses says something too."""
        context = {"user": "", "auth_user_obj": model.AnonymousUser()}
        try:
            said: Any = tk.get_action(name)(context, data)
        except (tk.NotAuthorized, tk.ObjectNotFound, tk.ValidationError, KeyError) as refusal:
            said = str(refusal)
        self.keep(json.dumps(said, ensure_ascii=False, default=str).encode())

    def read_all(self) -> bytes:
        """Everything that anybody may read, in one piece."""
        for name in LISTS:
            self.call(name)
        for path in PAGES:
            assert self.get(path) == 200, path
        self.call("package_search", q="*:*", rows=1000, facet="true")
        for package in self.portal.action("package_search", rows=1000)["results"]:
            for name in OF_DATASET:
                self.call(name, id=package["id"])
            kind = "harvest" if package["type"] == "harvest" else package["type"]
            for path in ("", ".ttl", ".xml", ".jsonld"):
                assert self.get(f"/{kind}/{package['name']}{path}") < 500
            assert self.get(f"/{kind}/{package['name']}") == 200
            for resource in package["resources"]:
                self.resource(package, resource)
        for identifier in self._objects():
            self.call("harvest_object_show", id=identifier)
            self.get(f"/harvest/object/{identifier}")
        self.keep(solr_text().encode())
        return b"\n".join(self.seen)

    def resource(self, package: dict[str, Any], resource: dict[str, Any]) -> None:
        for name in OF_RESOURCE:
            self.call(name, id=resource["id"], resource_id=resource["id"])
        self.call("datastore_search", resource_id=resource["id"], limit=32000)
        self.get(f"/datastore/dump/{resource['id']}")
        self.get(f"/budgets/resume/{resource['id']}.json")
        for kind in ("", ".json", ".csv"):
            self.get(f"/budgets/rapport/{resource['id']}{kind}")
        assert self.get(f"/{package['type']}/{package['name']}/resource/{resource['id']}") == 200
        assert self.get(re.sub("https?://[^/]+", "", resource["url"])) == 200

    def _objects(self) -> list[str]:
        from ckanext.harvest.model import HarvestObject

        return [row.id for row in model.Session.query(HarvestObject.id)]


def digests(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Each way in which a digest of this may be written, with its name."""
    for name in DIGESTS:
        raw = hashlib.new(name, content).digest()
        yield f"{name} hex", raw.hex().encode()
        yield f"{name} base64", base64.b64encode(raw).rstrip(b"=")
        yield f"{name} url", base64.urlsafe_b64encode(raw).rstrip(b"=")
    yield "blake2b 16", hashlib.blake2b(content, digest_size=16).hexdigest().encode()
    yield "blake2b 32", hashlib.blake2b(content, digest_size=32).hexdigest().encode()
    if len(content) > 200:  # eight digits are found by chance for a short value
        yield "crc32", f"{zlib.crc32(content):08x}".encode()


def spellings(value: str) -> set[bytes]:
    """What somebody who guesses would hash."""
    dressed = {value, value.upper(), value.lower(), value.strip(), f'V="{value}"'}
    return {text.encode() for text in dressed} | {value.encode("latin-1", "ignore")}


def confirmed(corpus: bytes, raw: Iterable[bytes], hidden: Iterable[str]) -> list[str]:
    """What can be confirmed, by which means. ``raw``: files; ``hidden``: values."""
    lower = corpus.lower()
    found = []
    for content in raw:
        for name, digest in digests(content):
            if digest in (lower if name.endswith("hex") else corpus):
                found.append(f"file: {name}")
    # There are thousands of values: their digests are compared with whatever looks like one.
    runs = set(re.findall(rb"[0-9a-f]{32,}", lower))
    runs |= set(re.findall(rb"[0-9A-Za-z+/_-]{20,}", corpus))
    for value in hidden:
        for text in {value, json.dumps(value)[1:-1]}:
            if text.lower().encode() in lower:
                found.append(f"{value[:20]}: in clear")
        for spelling in spellings(value):
            found += [f"{value[:20]}: {name}" for name, run in digests(spelling) if run in runs]
    return found


def raw_forms(content: bytes) -> list[bytes]:
    """The file, and what is made of it before it is masked."""
    return [
        content,
        content.strip(),
        content.replace(b"\r\n", b"\n"),
        content.split(b"?>", 1)[-1],
        ElementTree.canonicalize(content.decode("utf-8", "ignore")).encode()
        if content.startswith(b"<?xml") and b"UTF-8" in content[:60]
        else content,
        base64.b64encode(content),
    ]


def values(content: bytes) -> set[str]:
    """All attributes and texts of a document."""
    found = set()
    for _event, element in ElementTree.iterparse(BytesIO(content)):
        found |= {*element.attrib.values(), element.text or ""}
    return found


def labels() -> str:
    """Code lists, charts of accounts, titles of annexes: the library says them of any document."""
    tables = (path for kind in ("tsv", "json", "py") for path in PACKAGE.rglob(f"*.{kind}"))
    return " ".join(path.read_text("utf-8", "replace").lower() for path in tables)


@pytest.fixture
def info(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO)
    return caplog


@pytest.mark.parametrize("policy", ["strict", "standard"])
def test_nothing_planted_is_confirmed(
    portal, app, harvest, make_document, ckan_config, monkeypatch, info, policy
):
    monkeypatch.setitem(ckan_config, "ckanext.budget.masking_policy", policy)
    raw, names = [], {}
    for rank, stage in enumerate(("01", "09")):
        planted = planted_document(make_document(stage=stage), f"{310 + rank}")
        raw.append(planted.content)
        names |= {f"{place} {rank}": name for place, name in planted.names.items()}
    portal.publish(raw[0])
    (portal.source / f"{FILE_NAME}.xml").write_bytes(raw[1])
    assert harvest().statuses == {f"{FILE_NAME}.xml": "added"}
    published = b"".join(portal.files().values())
    hidden = [name for name in names.values() if name.encode() not in published]
    assert len(hidden) > (100 if policy == "strict" else 60)

    corpus = Reader(portal, app).read_all() + info.text.encode()
    forms = [form for content in raw for form in raw_forms(content)]
    assert confirmed(corpus, forms, [*hidden, FILE_NAME]) == []
    # what may be known is found by the same means: the search is not blind
    [table] = [content for content in portal.files().values() if b"BGT_SIRET" in content][:1]
    assert confirmed(corpus, [table], []) == ["file: sha256 hex"]
    assert confirmed(corpus, [], [SIRET]) == [f"{SIRET}: in clear"]


@pytest.mark.parametrize("policy", ["strict", "standard"])
def test_nothing_of_the_samples_is_confirmed(
    portal, app, samples, make_document, ckan_config, monkeypatch, info, policy
):
    """What masking changed in a real document, and no other part of the portal says."""
    monkeypatch.setitem(ckan_config, "ckanext.budget.masking_policy", policy)
    portal.publish(make_document())  # words of the portal itself, whatever it publishes
    before = Reader(portal, app).read_all().lower()
    for path in sorted(Path(samples).glob("*.xml")):
        portal.publish(path.read_bytes())
    stored = [content for content in portal.files().values() if content.startswith(b"<?xml")]
    known = {value.lower() for content in stored for value in values(content)}
    text = " ".join(known) + labels()
    hidden = {
        value
        for path in Path(samples).glob("*.xml")
        for value in values(path.read_bytes())
        if len(value.strip()) >= SHORTEST
        and value.lower() not in text
        and value.lower().encode() not in before
    }
    assert len(hidden) > 100
    corpus = Reader(portal, app).read_all() + info.text.encode()
    raw = [form for path in Path(samples).glob("*.xml") for form in raw_forms(path.read_bytes())]
    assert confirmed(corpus, raw, hidden) == []
