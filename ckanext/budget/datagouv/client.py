"""The few calls of udata's API that publishing needs, made with care.

Behaviours relied upon were observed on udata 17.18.0. A POST is never repeated blindly: the
server has no protection against duplicates, and the answer that was lost may have been a success.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from ckanext.budget.collect import CollectError, Credential, Network
from ckanext.budget.collect.net import Adapter, Gate
from ckanext.budget.datagouv.errors import Gone, KeyRefused, Refused, Unreachable, WrongSettings

TIMEOUT = (10, 60)
TOTAL_SECONDS = 90
ATTEMPTS = 3
PAGE_SIZE = 100
MAX_BYTES = 20_000_000

_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})


class Udata:
    """One udata site. ``rate`` is in requests per second; ``sleep`` and ``clock`` are for tests."""

    def __init__(
        self,
        base_url: str,
        credential: Credential,
        network: Network,
        rate: float = 2.0,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._pause, self._sleep, self._clock = 1 / rate, sleep, clock
        self._last = float("-inf")
        self._credential = credential
        _check_address(self.base_url, credential)
        self._gate = Gate(network.allow_private_addresses, network.private_networks)
        self._session = session = requests.Session()
        session.trust_env = False
        session.proxies = dict(network.proxies)
        session.verify = network.ca_bundle or True
        session.headers.update({"User-Agent": network.user_agent, "Accept": "application/json"})
        for scheme in ("http://", "https://"):
            session.mount(scheme, Adapter(self._gate))

    def create(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """POST a dataset, once; its description with its new ``id``."""
        return self._call("POST", "/api/1/datasets/", body, attempts=1)

    def read(self, identifier: str) -> dict[str, Any]:
        """The dataset as it is there. Raises Gone."""
        return self._call("GET", f"/api/1/datasets/{identifier}/")

    def update(self, identifier: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """PUT the dataset: safe to repeat, since the same body gives the same dataset."""
        return self._call("PUT", f"/api/1/datasets/{identifier}/", body)

    def remove_resource(self, identifier: str, resource: str) -> None:
        """Delete a resource; one that is already gone is fine (an empty list deletes nothing)."""
        try:
            self._call("DELETE", f"/api/1/datasets/{identifier}/resources/{resource}/")
        except Gone:
            return

    def datasets_of(self, organization: str) -> Iterator[dict[str, Any]]:
        """Every dataset of the organisation: the API filters by no mark of ours."""
        for page in count(1):
            query = f"organization={organization}&page={page}&page_size={PAGE_SIZE}"
            answer = self._call("GET", f"/api/1/datasets/?{query}")
            yield from answer.get("data", ())
            if not answer.get("next_page"):
                return

    def _call(
        self, method: str, path: str, body: Any = None, attempts: int = ATTEMPTS
    ) -> dict[str, Any]:
        for attempt in range(attempts):
            try:
                return self._once(method, path, body)
            except Unreachable:
                if attempt + 1 == attempts:
                    raise
                self._sleep(2**attempt)
        raise AssertionError("unreachable")

    def _once(self, method: str, path: str, body: Any) -> dict[str, Any]:
        self._wait()
        self._gate.start(TOTAL_SECONDS)
        try:
            response = self._session.request(
                method,
                self.base_url + path,
                json=body,
                auth=self._credential.apply,
                timeout=TIMEOUT,
                allow_redirects=False,
                stream=True,
            )
            with response:
                content = response.raw.read(MAX_BYTES, decode_content=True)
        except (requests.RequestException, HTTPError, CollectError, OSError) as error:
            raise Unreachable(_reason(error)) from None
        _check_status(response.status_code, content)
        return _parsed(content) if content else {}

    def _wait(self) -> None:
        due = self._last + self._pause
        now = self._clock()
        if due > now:
            self._sleep(due - now)
        self._last = max(due, now)


def _check_address(base_url: str, credential: Credential) -> None:
    """The key leaves in clear on loopback only, and to the sites that its holder named."""
    parts = urlsplit(base_url)
    if parts.hostname not in credential.hosts:
        raise WrongSettings(
            f"La clé d'API n'est pas déclarée pour le site {parts.hostname or '?'} : ajoutez-le "
            "à « hosts » dans le fichier des identifiants d'accès du portail."
        )
    if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost"):
        raise WrongSettings("L'adresse de la plateforme distante doit commencer par https://.")


def _check_status(status: int, content: bytes) -> None:
    if status in (401, 403):
        raise KeyRefused
    if status in (404, 410):
        raise Gone
    if status in _PASSING:
        raise Unreachable(f"réponse {status}")
    if not 200 <= status < 300:
        raise Refused(status, _wrong_fields(content))


def _wrong_fields(content: bytes) -> str:
    """Names of the refused fields, never their values."""
    try:
        errors = json.loads(content).get("errors", {})
    except (ValueError, AttributeError):
        return ""
    return ", ".join(sorted(errors)) if isinstance(errors, dict) else ""


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(content)
    except ValueError:
        raise Unreachable("réponse illisible") from None
    if not isinstance(answer, dict):
        raise Unreachable("réponse inattendue")
    return answer


def _reason(error: Exception) -> str:
    text = repr(error)
    reasons = (
        ("timed out", "délai dépassé"),
        ("CERTIFICATE", "certificat refusé"),
        ("unknown host", "nom de site inconnu"),
        ("AddressRefused", "adresse interne refusée"),
    )
    return next((reason for mark, reason in reasons if mark in text), "connexion interrompue")
