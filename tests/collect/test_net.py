"""The gate: which addresses may be reached, and that the checked one is the connected one."""

from __future__ import annotations

import socket
from dataclasses import replace
from ipaddress import ip_address

import pytest

from ckanext.budget.collect import Network, errors, source_for
from ckanext.budget.collect.net import Gate, is_public


def resolving(monkeypatch, answers):
    """Make every name resolve to ``answers``: one list of addresses for each look-up."""
    asked = []
    real = socket.getaddrinfo

    def fake(host, port, *args, **kwargs):
        if not host.endswith(".test"):
            return real(host, port, *args, **kwargs)
        found = answers[min(len(asked), len(answers) - 1)]
        asked.append(host)
        kinds = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in found]
        return [
            (kind, socket.SOCK_STREAM, 6, "", (address, port))
            for kind, address in zip(kinds, found, strict=True)
        ]

    monkeypatch.setattr(socket, "getaddrinfo", fake)
    return asked


@pytest.mark.parametrize("address", ["8.8.8.8", "2a01:e00::1", "64:ff9b::808:808"])
def test_public_addresses(address):
    assert is_public(ip_address(address))


def test_a_name_with_one_internal_address_is_refused(monkeypatch):
    resolving(monkeypatch, [["8.8.8.8", "10.0.0.1"]])
    with pytest.raises(errors.AddressRefused):
        Gate().addresses("mixed.test", 80)


def test_few_addresses_are_tried(monkeypatch):
    resolving(monkeypatch, [[f"8.8.8.{n}" for n in range(100)]])
    assert len(Gate().addresses("many.test", 80)) <= 4


def test_only_the_named_networks_open(monkeypatch):
    gate = Gate(private_networks=["10.1.0.0/16"])
    assert gate.allows(ip_address("10.1.2.3"))
    assert gate.allows(ip_address("::ffff:10.1.2.3"))
    assert not gate.allows(ip_address("10.2.0.1"))


def test_a_name_that_changes_its_address_gains_nothing(site, into, monkeypatch):
    """DNS rebinding: the address that was checked is the one that is connected to."""
    asked = resolving(monkeypatch, [["127.0.0.1"], ["127.0.0.9"]])
    site.routes["/doc.xml"] = site.document
    url = site.url("/doc.xml").replace("127.0.0.1", "rebind.test")
    with source_for(url, {"kind": "file"}, site.limits, network=site.network) as source:
        source.fetch(url, into)
        source.places.client._session.close()
        with pytest.raises(errors.AddressRefused):
            source.fetch(url, into)
    assert asked == ["rebind.test", "rebind.test"]
    assert site.requests[0][1]["Host"].startswith("rebind.test:")


def test_an_unknown_name_says_so(monkeypatch, into, site):
    def unknown(*args, **kwargs):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    limits = replace(site.limits, retries=0)
    with (
        source_for("http://nowhere.test/a.xml", None, limits) as source,
        pytest.raises(errors.Unreachable, match="nom de site inconnu"),
    ):
        source.fetch("http://nowhere.test/a.xml", into)


def test_the_next_address_is_tried_when_one_is_deaf(site, into, monkeypatch):
    resolving(monkeypatch, [["127.0.0.3", "127.0.0.1"]])
    site.routes["/doc.xml"] = site.document
    url = site.url("/doc.xml").replace("127.0.0.1", "two.test")
    network = Network(private_networks=("127.0.0.0/8",))
    with source_for(url, {"kind": "file"}, site.limits, network=network) as source:
        source.fetch(url, into)
    assert into.read_bytes() == site.document


def test_behind_a_proxy_internal_names_stay_refused(site, into, monkeypatch):
    resolving(monkeypatch, [["8.8.8.8"], ["10.0.0.1"]])
    proxy = (("http", site.url("")),)
    network = replace(site.network, proxies=proxy)
    site.routes["http://public.test/doc.xml"] = site.document
    with source_for("http://public.test/", None, site.limits, network=network) as source:
        source.fetch("http://public.test/doc.xml", into)
        assert into.read_bytes() == site.document
        with pytest.raises(errors.AddressRefused):
            source.fetch("http://inside.test/doc.xml", into)
    assert site.asked == ["http://public.test/doc.xml"]


def test_time_left_runs_out():
    now = [0.0]
    gate = Gate(clock=lambda: now[0])
    gate.start(10)
    assert gate.left() == 10
    now[0] = 10
    with pytest.raises(TimeoutError):
        gate.left()
