"""HTTPS: the certificate is that of the name asked, although we connect to a checked address."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
from dataclasses import replace

import pytest

from ckanext.budget.collect import errors, source_for

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl makes the certificate")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A self-signed certificate for tls.test, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    names = ["-subj", "/CN=tls.test", "-addext", "subjectAltName=DNS:tls.test"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    subprocess.run([*command, *names, *files], check=True, capture_output=True)
    return folder


@pytest.fixture
def secure(site, certificate, monkeypatch):
    """The site over TLS; tls.test and wrong.test are 127.0.0.1."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    site.server.socket = context.wrap_socket(site.server.socket, server_side=True)
    real = socket.getaddrinfo

    def resolve(host, *args, **kwargs):
        return real("127.0.0.1" if host.endswith(".test") else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    site.routes["/doc.xml"] = site.document
    return site


def fetch(site, into, host, ca_bundle):
    url = site.url("/doc.xml").replace("http://127.0.0.1", f"https://{host}")
    network = replace(site.network, ca_bundle=ca_bundle)
    with source_for(url, {"kind": "file"}, site.limits, network=network) as source:
        return source.fetch(url, into)


def test_a_certificate_of_the_right_name_is_accepted(secure, into, certificate):
    fetch(secure, into, "tls.test", str(certificate / "cert.pem"))
    assert into.read_bytes() == secure.document


@pytest.mark.parametrize(("host", "known"), [("wrong.test", True), ("tls.test", False)])
def test_another_certificate_is_refused(secure, into, certificate, host, known):
    with pytest.raises(errors.Unreachable, match="certificat"):
        fetch(secure, into, host, str(certificate / "cert.pem") if known else None)
    assert not into.exists()
