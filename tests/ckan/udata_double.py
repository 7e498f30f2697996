"""A local udata with the behaviours that were observed on udata 17.18.0, traps included."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import Any

from flask import Flask, jsonify, request
from werkzeug.serving import make_server

LICENCES = {"lov2", "fr-lo", "odc-odbl", "notspecified"}
FREQUENCIES = {"annual", "irregular", "never", "unknown"}


class UdataDouble:
    """``datasets`` is what it holds; ``requests`` what it was asked, as ``"POST /api/…"``."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.datasets: dict[str, dict[str, Any]] = {}
        self.requests: list[str] = []
        self.after: Callable[[str, str], int | None] = lambda method, path: None
        """What to answer instead, once the work is done: the answer that gets lost."""
        self.before: Callable[[str, str], int | None] = lambda method, path: None
        self._ids = (f"{number:024x}" for number in itertools.count(1))
        self._server = make_server("127.0.0.1", 0, self._app(), threaded=True)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> UdataDouble:
        self._thread.start()
        return self

    def __exit__(self, *_error: Any) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def of(self, kind: str) -> list[str]:
        return [item for item in self.requests if item.startswith(kind)]

    def _app(self) -> Flask:
        app = Flask("udata")
        app.before_request(self._arrive)
        app.after_request(self._leave)
        root = "/api/1/datasets/"
        app.add_url_rule(root, "list", self._list, methods=["GET"])
        app.add_url_rule(root, "create", self._create, methods=["POST"])
        app.add_url_rule(f"{root}<key>/", "read", self._read, methods=["GET"])
        app.add_url_rule(f"{root}<key>/", "update", self._update, methods=["PUT"])
        app.add_url_rule(
            f"{root}<key>/resources/<resource>/", "remove", self._remove, methods=["DELETE"]
        )
        return app

    def _arrive(self) -> Any:
        self.requests.append(f"{request.method} {request.full_path}")
        if status := self.before(request.method, request.path):
            return {}, status
        if request.headers.get("X-API-KEY") != self.key:
            return {"message": "Invalid API Key"}, 401
        return None

    def _leave(self, response: Any) -> Any:
        if status := self.after(request.method, request.path):
            response.status_code = status
            response.set_data(b"<html>Bad gateway</html>")
        return response

    def _list(self) -> Any:
        organization = request.args["organization"]
        page, size = int(request.args["page"]), int(request.args["page_size"])
        found = [
            item
            for item in self.datasets.values()
            if item["organization"]["id"] == organization and not item["deleted"]
        ]
        part = found[(page - 1) * size : page * size]
        return jsonify(data=part, total=len(found), page=page, page_size=size)

    def _read(self, key: str) -> Any:
        return self._found(key) or self.datasets[key]

    def _found(self, key: str) -> Any:
        if key not in self.datasets:
            return {}, 404
        return ({}, 410) if self.datasets[key]["deleted"] else None

    def _create(self) -> Any:
        body = request.get_json()
        if errors := _errors(body):
            return {"errors": errors}, 400
        key = next(self._ids)
        self.datasets[key] = {
            "id": key,
            "deleted": None,
            "archived": None,
            "organization": {"id": body["organization"]},
            "page": f"{self.url}/datasets/{key}/",
            "resources": [],
        }
        self._write(self.datasets[key], body)
        return self.datasets[key], 201

    def _update(self, key: str) -> Any:
        if missing := self._found(key):
            return missing
        body = request.get_json()
        if "organization" in body and body["organization"] is None:
            return {}, 500
        if errors := _errors(body):
            return {"errors": errors}, 400
        self._write(self.datasets[key], body)
        return self.datasets[key]

    def _write(self, dataset: dict[str, Any], body: dict[str, Any]) -> None:
        for name in ("title", "description", "frequency", "temporal_coverage"):
            if name in body:
                dataset[name] = body[name]
        if "archived" in body:
            dataset["archived"] = body["archived"]
        if "extras" in body:
            dataset["extras"] = dict(body["extras"])
        dataset["tags"] = list(body.get("tags", []))
        if "license" in body:
            known = body["license"] in LICENCES
            dataset["license"] = body["license"] if known else "notspecified"
        if body.get("resources"):
            dataset["resources"] = [self._resource(item) for item in body["resources"]]

    def _resource(self, item: dict[str, Any]) -> dict[str, Any]:
        kept = {**item, "id": item.get("id") or f"r-{next(self._ids)}"}
        if isinstance(kept.get("schema"), str):
            kept.pop("schema")
        return {**kept, "latest": f"{self.url}/r/{kept['id']}", "metrics": {}}

    def _remove(self, key: str, resource: str) -> Any:
        kept = [item for item in self.datasets[key]["resources"] if item["id"] != resource]
        if len(kept) == len(self.datasets[key]["resources"]):
            return {}, 404
        self.datasets[key]["resources"] = kept
        return "", 204


def _errors(body: dict[str, Any]) -> dict[str, list[str]]:
    errors = {name: ["required"] for name in ("title", "description") if not body.get(name)}
    if any(len(tag) < 3 for tag in body.get("tags", [])):
        errors["tags"] = ["too short"]
    if body.get("frequency", "unknown") not in FREQUENCIES:
        errors["frequency"] = ["unknown"]
    if any(value is None for value in (body.get("extras") or {}).values()):
        errors["extras"] = ["null"]
    for resource in body.get("resources", []):
        schema = resource.get("schema")
        if isinstance(schema, dict) and not (schema.get("name") or schema.get("url")):
            errors["resources"] = ["schema"]
    return errors
