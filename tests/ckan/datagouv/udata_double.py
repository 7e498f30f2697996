"""A local udata with the behaviours that were observed on udata 17.18.0, traps included.

A real one needs a MongoDB, half a gigabyte and a minute: ``dev/udata/run`` starts it, and the tests
of this double then run on it too.
"""

from __future__ import annotations

import itertools
from typing import Any

from flask import Flask, jsonify, request

from .udata_site import Answer

LICENCES = {"lov2", "fr-lo", "odc-odbl", "notspecified"}
FREQUENCIES = {"annual", "irregular", "never", "unknown"}


class UdataDouble:
    """See ``udata_site.Backend``."""

    def __init__(self) -> None:
        self._keys: set[str] = set()
        self._ids = (f"{number:024x}" for number in itertools.count(1))
        self._organizations: set[str] = set()
        self._datasets: dict[str, dict[str, Any]] = {}
        self._client = self._app().test_client()

    def answer(self, method: str, path: str, body: bytes, key: str) -> Answer:
        response = self._client.open(
            path,
            method=method,
            data=body,
            headers={"X-API-KEY": key, "Content-Type": "application/json"},
        )
        return response.status_code, response.data, response.content_type

    def new_key(self) -> str:
        key = f"udata_key-{next(self._ids)}"
        self._keys.add(key)
        return key

    def revoke(self, key: str) -> None:
        self._keys.discard(key)

    def _app(self) -> Flask:
        app = Flask("udata")
        app.before_request(self._arrive)
        one = "/api/1/datasets/<key>/"
        rules = (
            ("POST", "/api/1/organizations/", self._organization),
            ("GET", "/api/1/datasets/", self._list),
            ("POST", "/api/1/datasets/", self._create),
            ("GET", one, self._read),
            ("PUT", one, self._update),
            ("DELETE", one, self._delete),
            ("POST", f"{one}resources/", self._add),
            ("DELETE", f"{one}resources/<resource>/", self._remove),
        )
        for method, path, view in rules:
            app.add_url_rule(path, view.__name__, view, methods=[method])
        return app

    def _arrive(self) -> Any:
        if request.headers.get("X-API-KEY") not in self._keys:
            return {"message": "Invalid API token"}, 401
        return None

    def _organization(self) -> Any:
        key = next(self._ids)
        self._organizations.add(key)
        return {"id": key}, 201

    def _list(self) -> Any:
        """With a key of the organisation: archived datasets too. No page after the last."""
        page, size = int(request.args.get("page", 1)), int(request.args.get("page_size", 20))
        found = [
            item
            for item in self._datasets.values()
            if item["organization"]["id"] == request.args["organization"] and not item["deleted"]
        ]
        part = found[(page - 1) * size : page * size]
        if page > 1 and not part:
            return {"message": "The requested URL was not found"}, 404
        more = f"{request.base_url}?page={page + 1}" if page * size < len(found) else None
        return jsonify(data=part, total=len(found), page=page, page_size=size, next_page=more)

    def _read(self, key: str) -> Any:
        """A deleted dataset is still read by who may edit it."""
        return self._datasets.get(key) or ({}, 404)

    def _gone(self, key: str) -> Any:
        if key not in self._datasets:
            return {}, 404
        return ({"message": "Dataset has been deleted"}, 410) if self._is_deleted(key) else None

    def _is_deleted(self, key: str) -> bool:
        return bool(self._datasets[key]["deleted"])

    def _create(self) -> Any:
        body = request.get_json()
        if refusal := self._refusal(body):
            return refusal
        key = next(self._ids)
        self._datasets[key] = {
            "id": key,
            "deleted": None,
            "archived": None,
            "organization": {"id": body["organization"]},
            "page": f"http://127.0.0.1/datasets/{key}",
            "resources": [],
        }
        self._write(self._datasets[key], body)
        return self._datasets[key], 201

    def _update(self, key: str) -> Any:
        if gone := self._gone(key):
            return gone
        body = request.get_json()
        if "organization" in body and body["organization"] is None:
            return {}, 500
        if refusal := self._refusal(body):
            return refusal
        self._write(self._datasets[key], body)
        return self._datasets[key]

    def _delete(self, key: str) -> Any:
        self._datasets[key]["deleted"] = "2026-01-01T00:00:00+00:00"
        return "", 204

    def _write(self, dataset: dict[str, Any], body: dict[str, Any]) -> None:
        """Absent tags and period are emptied; every other absent field stays as it is."""
        for name in ("title", "description", "frequency", "archived"):
            if name in body:
                dataset[name] = body[name]
        dataset["temporal_coverage"] = body.get("temporal_coverage")
        dataset["tags"] = list(body.get("tags", []))
        if "extras" in body:
            dataset["extras"] = dict(body["extras"])
        if "license" in body:
            known = body["license"] in LICENCES
            dataset["license"] = body["license"] if known else "notspecified"
        if body.get("resources"):
            dataset["resources"] = [self._resource(item) for item in body["resources"]]

    def _resource(self, item: dict[str, Any]) -> dict[str, Any]:
        """A schema that is a plain string is dropped; empty texts become null."""
        kept = {name: value or None for name, value in item.items()}
        schema = kept.get("schema")
        kept["schema"] = (
            {"name": None, "url": None, "version": None, **schema}
            if isinstance(schema, dict)
            else None
        )
        kept["id"] = item.get("id") or f"r-{next(self._ids)}"
        return {**kept, "latest": f"http://127.0.0.1/r/{kept['id']}", "metrics": {}}

    def _add(self, key: str) -> Any:
        resource = self._resource(request.get_json())
        self._datasets[key]["resources"].insert(0, resource)
        return resource, 201

    def _remove(self, key: str, resource: str) -> Any:
        kept = [item for item in self._datasets[key]["resources"] if item["id"] != resource]
        if len(kept) == len(self._datasets[key]["resources"]):
            return {"message": "Resource does not exist"}, 404
        self._datasets[key]["resources"] = kept
        return "", 204

    def _refusal(self, body: dict[str, Any]) -> Any:
        if body.get("frequency", "unknown") not in FREQUENCIES:
            return {"message": "is not a valid UpdateFrequency"}, 400
        errors: dict[str, Any] = {
            name: ["This field is required."]
            for name in ("title", "description")
            if not body.get(name)
        }
        if body.get("organization", "none") not in {*self._organizations, "none"}:
            errors["organization"] = ["Organization does not exists"]
        if any(len(tag) < 3 for tag in body.get("tags", [])):
            errors["tags"] = ["must be between 3 and 96 characters long."]
        if any(value is None for value in (body.get("extras") or {}).values()):
            errors["extras"] = ["null"]
        if resources := list(filter(None, map(_wrong_resource, body.get("resources", [])))):
            errors["resources"] = resources
        return ({"errors": errors}, 400) if errors else None


def _wrong_resource(resource: dict[str, Any]) -> dict[str, list[str]]:
    schema, checksum = resource.get("schema"), resource.get("checksum")
    errors = {}
    if isinstance(schema, dict) and not (schema.get("name") or schema.get("url")):
        errors["schema"] = ["a name or an address is required"]
    if checksum and not checksum.get("value"):
        errors["checksum"] = ["This field is required."]
    if "//127.0.0.1" in resource.get("url", ""):
        errors["url"] = ["is a local URL"]
    return errors
