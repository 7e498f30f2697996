"""Going out through a proxy: a real one, on this machine."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import pytest

from ckanext.budget.collect import Limits, Network
from ckanext.budget.collect.http import Client

FAR = "http://192.0.2.7/budgets/bp.xml"
"""An address of documentation (RFC 5737): nothing answers there but a proxy that pretends."""

VARIABLES = ("http_proxy", "https_proxy", "no_proxy", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def proxy() -> Iterator[Any]:
    """A proxy that answers itself; ``asked`` are the whole addresses, ``agents`` who asked."""
    seen = SimpleNamespace(asked=[], agents=[])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.asked.append(self.path)
            seen.agents.append(self.headers["User-Agent"])
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"through the proxy")

        def log_message(self, *_args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        seen.url = f"http://127.0.0.1:{server.server_port}"
        yield seen
        server.shutdown()


def network(proxy: str = "", **more: Any) -> Network:
    return Network.of_environment(proxy, private_networks=("192.0.2.0/24", "127.0.0.0/8"), **more)


def read(url: str, by: Network) -> bytes:
    body = io.BytesIO()
    Client(Limits(retries=0, connect_timeout=1), by).download(url, body, 1000)
    return body.getvalue()


@pytest.mark.parametrize("setting", [True, False], ids=["setting", "variable"])
def test_the_proxy_is_asked(setting: bool, proxy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    if not setting:
        monkeypatch.setenv("http_proxy", proxy.url)
    by = network(proxy.url if setting else "", user_agent="portal/1 (+https://portal.test)")
    assert read(FAR, by) == b"through the proxy"
    assert (proxy.asked, proxy.agents) == ([FAR], ["portal/1 (+https://portal.test)"])


def test_the_setting_comes_before_the_variable(proxy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert read(FAR, network(proxy.url)) == b"through the proxy"


@pytest.mark.parametrize("direct", ["192.0.2.7", "*"])
def test_no_proxy_goes_straight(direct: str, proxy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", direct)
    by = network(proxy.url)
    assert by.is_direct(FAR)
    assert not replace(by, direct="").is_direct(FAR)


def test_this_machine_is_reached_without_the_proxy(proxy: Any) -> None:
    assert read(f"{proxy.url}/bp.xml", network("http://127.0.0.1:1")) == b"through the proxy"
    assert proxy.asked == ["/bp.xml"]  # as a site is asked, not as a proxy is


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
def test_the_certificates_of_the_environment(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert network().ca_bundle is None
    monkeypatch.setenv(name, "/etc/ssl/portal.pem")
    assert network().ca_bundle == "/etc/ssl/portal.pem"
