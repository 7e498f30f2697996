"""A real udata, started by ``dev/udata/run``."""

from __future__ import annotations

import json
import os
from pathlib import Path

import requests

from .udata_site import Answer

SITE = Path(os.environ.get("BUDGET_DEV", Path(__file__).parents[3] / ".dev"), "udata", "site.json")


class RealUdata:
    """See ``udata_site.Backend``."""

    def __init__(self) -> None:
        site = json.loads(SITE.read_text())
        self._url, self._key = site["url"], site["key"]
        self._tokens: dict[str, str] = {}

    @staticmethod
    def is_there() -> bool:
        """Whether ``dev/udata/run start`` was run; a file without a server fails the tests."""
        return SITE.exists()

    def answer(self, method: str, path: str, body: bytes, key: str) -> Answer:
        with requests.Session() as session:  # one each time: no cookie stands for a key
            session.trust_env = False
            response = session.request(
                method,
                self._url + path,
                data=body,
                headers={"X-API-KEY": key, "Content-Type": "application/json"},
                timeout=60,
            )
        kind = response.headers.get("Content-Type", "application/json")
        return response.status_code, response.content, kind

    def new_key(self) -> str:
        body = json.dumps({"name": "essai"}).encode()
        _status, content, _kind = self.answer("POST", "/api/1/me/api_tokens/", body, self._key)
        token = json.loads(content)
        self._tokens[token["token"]] = token["id"]
        return token["token"]

    def revoke(self, key: str) -> None:
        path = f"/api/1/me/api_tokens/{self._tokens[key]}/"
        assert self.answer("DELETE", path, b"", self._key)[0] == 204
