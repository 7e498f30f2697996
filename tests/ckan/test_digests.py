"""No digest of raw bytes is left anywhere: with one, a guess of a masked value is confirmed."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import json
import logging
import threading
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from ckan import model
from ckan.lib import jobs
from ckan.lib.redis import connect_to_redis
from werkzeug.datastructures import FileStorage

from .test_privacy import everywhere

ALGORITHMS = ("md5", "sha1", "sha256", "sha512", "blake2b")


def digests(content: bytes) -> set[str]:
    """Each digest of the bytes, as it may be written; without the padding of base64."""
    found = set()
    for algorithm in ALGORITHMS:
        value = hashlib.new(algorithm, content).digest()
        found |= {value.hex(), value.hex().upper()}
        for encoded in (base64.b64encode(value), base64.urlsafe_b64encode(value)):
            found.add(encoded.decode().rstrip("="))
    return found


def opened(value: bytes) -> bytes:
    """What RQ packed: a job's data and its failure are compressed, a result is in base64."""
    with contextlib.suppress(ValueError):
        value = base64.b64decode(value, validate=True) or value
    with contextlib.suppress(zlib.error):
        value = zlib.decompress(value)
    return value


def inside(value: Any) -> Iterator[bytes]:
    """Each string of bytes of a value of Redis, as it is and opened."""
    if isinstance(value, bytes):
        yield from (value, opened(value))
    elif isinstance(value, dict):
        yield from inside([*value.keys(), *value.values()])
    elif isinstance(value, (list, tuple, set)):
        for item in value:
            yield from inside(item)


def redis_text() -> str:
    """Every key of Redis with what it holds."""
    redis = connect_to_redis()
    told = []
    for key in redis.scan_iter():
        kind = redis.type(key).decode()
        read = {
            "string": redis.get,
            "hash": redis.hgetall,
            "set": redis.smembers,
            "list": lambda name: redis.lrange(name, 0, -1),
            "zset": lambda name: redis.zrange(name, 0, -1),
            "stream": redis.xrange,
        }[kind]
        told += [repr(key), *map(repr, inside(read(key)))]
    return "\n".join(told)


@pytest.fixture
def plugins() -> str:
    return (
        "budget budget_validation totem_harvester harvest scheming_datasets datastore "
        "datatables_view"
    )


@pytest.fixture
def tagged(portal: Any, ckan_config: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A list of addresses that tells digests, of files whose tags are digests."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = (portal.source / self.path.strip("/")).read_bytes()
            self.send_response(200)
            self.send_header("ETag", f'"{hashlib.md5(body).hexdigest()}"')
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: Any) -> None:
            pass

    monkeypatch.setitem(ckan_config, "ckanext.budget.private_networks", ["127.0.0.0/8"])
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def listed(portal: Any, url: str, **documents: bytes) -> str:
    """Write the documents and their list; its address."""
    items = []
    for name, content in documents.items():
        (portal.source / f"{name}.xml").write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        items.append({"url": f"{url}/{name}.xml", "name": name, "sha256": digest})
    (portal.source / "list.json").write_text(json.dumps({"documents": items}))
    return f"{url}/list.json"


def answers(digest: str) -> str:
    return digest


def fails(digest: str) -> None:
    raise ValueError(digest)


@pytest.mark.usefixtures("clean_redis")
@pytest.mark.parametrize("job", [answers, fails])
def test_what_jobs_leave_in_redis_is_read(portal, job):
    """What they are asked, answer and fail with: the test below must see it."""
    secret = hashlib.sha256(b"raw").hexdigest()
    waiting = jobs.enqueue(job, [secret])
    assert secret in redis_text()
    jobs.Worker().work(burst=True, logging_level="CRITICAL")
    connect_to_redis().delete(f"rq:job:{waiting.id}")
    assert secret in redis_text(), "its result is a stream"


@pytest.mark.usefixtures("clean_redis", "empty_datastore")
def test_no_digest_of_raw_bytes_is_left(portal, harvest, tagged, make_document, budget, caplog):
    caplog.set_level(logging.DEBUG)
    made = {f"y{year}": make_document(year=year) for year in (2019, 2020)}
    deposited, sent = make_document(year=2021), make_document(year=2022)
    address = listed(portal, tagged, **made)
    report = harvest(url=address)
    assert report.stats == {"added": 2}, report
    made["y2020"] = make_document(year=2020, amount="7.00")
    listed(portal, tagged, **made)
    assert harvest(url=address).stats == {"updated": 1, "not modified": 1}

    upload = FileStorage(io.BytesIO(deposited), filename="bp.xml")
    deposit = portal.action("budget_deposit", upload=[upload], owner_org="collectivites")
    portal.action(
        "resource_create",
        package_id=budget["id"],
        upload=FileStorage(io.BytesIO(sent), filename="bp.xml"),
    )
    texts = everywhere(portal, caplog.text) | {"redis": redis_text()}
    raw = [*made.values(), make_document(year=2020), deposited, sent]
    secrets = set().union(*map(digests, raw))
    places = {place for place, text in texts.items() for item in secrets if item in text}
    assert places == set()
    assert deposit["files"], "the deposit waits: its folder was looked into"
    public = model.Session.query(model.Resource).filter(model.Resource.hash != "").first()
    assert public.hash in texts["main database"], "the test must see what it looks for"
