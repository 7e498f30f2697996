"""Connections that cannot be led astray: which address we talk to, and for how long.

:class:`Gate` answers both questions for every connection of a session. It resolves a host
name once, refuses the addresses that are not public, and makes the connection to the very
address that it checked: a name that changes its address between two look-ups (DNS rebinding)
gains nothing. The time left bounds each read, so that a server which sends one byte now and
then cannot hold a download longer than its total time.
"""

from __future__ import annotations

import io
import socket
import time
from collections.abc import Callable, Iterable
from http.client import HTTPResponse
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from .errors import AddressRefused

Address = IPv4Address | IPv6Address

_NAT64 = IPv6Network("64:ff9b::/96")
_ADDRESSES_TRIED = 4


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for (mapped, 6to4, Teredo, NAT64), or itself."""
    if isinstance(address, IPv4Address):
        return address
    teredo = address.teredo[1] if address.teredo else None
    nat64 = IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None
    return address.ipv4_mapped or address.sixtofour or teredo or nat64 or address


def is_public(address: Address) -> bool:
    """Whether ``address`` is on the public Internet (not private, loopback, link-local…)."""
    address = _inner(address)
    return address.is_global and not address.is_multicast and not address.is_reserved


class Gate:
    """Which addresses may be reached, and how much time is left for the current download.

    ``allow_private`` opens every address; ``private_networks`` (CIDR) only these networks.
    """

    def __init__(
        self,
        allow_private: bool = False,
        private_networks: Iterable[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.allow_private = allow_private
        self.networks = [ip_network(network, strict=False) for network in private_networks]
        self.clock = clock
        self.deadline = float("inf")

    def start(self, seconds: float) -> None:
        """The current download has ``seconds`` from now."""
        self.deadline = self.clock() + seconds

    def left(self) -> float:
        """Seconds left to the current download; raises TimeoutError when there is none."""
        left = self.deadline - self.clock()
        if left <= 0:
            raise TimeoutError("total time is over")
        return left

    def allows(self, address: Address) -> bool:
        """Whether a connection to ``address`` is permitted."""
        inner = _inner(address)
        if self.allow_private or is_public(address):
            return True
        return any(inner in network for network in self.networks)

    def addresses(self, host: str, port: int) -> list[str]:
        """The addresses of ``host`` that may be reached. Raises AddressRefused, OSError."""
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        texts = list(dict.fromkeys(str(info[4][0]) for info in found))
        if not all(self.allows(ip_address(text.partition("%")[0])) for text in texts):
            raise AddressRefused(host)
        return texts[:_ADDRESSES_TRIED]


class _TimedRaw(io.RawIOBase):
    """The bytes of a socket, each read bounded by the time left to the download."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, gate: Gate) -> None:
        self._raw = raw
        self._sock = sock
        self._gate = gate
        self._pause = sock.gettimeout() or float("inf")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        wait = min(self._pause, self._gate.left())
        self._sock.settimeout(None if wait == float("inf") else wait)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


def _response_class(gate: Gate) -> type[HTTPResponse]:
    class TimedResponse(HTTPResponse):
        def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
            super().__init__(sock, *args, **kwargs)
            self.fp = io.BufferedReader(_TimedRaw(self.fp.detach(), sock, gate))

    return TimedResponse


def _connection_class(base: type[HTTPConnection], gate: Gate, direct: bool) -> type[HTTPConnection]:
    """``base`` with timed reads; when ``direct``, it connects to checked addresses only."""

    class GatedConnection(base):  # type: ignore[misc,valid-type]
        response_class = _response_class(gate)

        def _new_conn(self) -> socket.socket:
            if not direct:
                return self._connected()
            name: str = self._dns_host  # type: ignore[has-type]
            error: Exception = NewConnectionError(self, "no address")
            for address in _checked(self, name, gate):
                self._dns_host = address
                try:
                    return self._connected()
                except (NewConnectionError, ConnectTimeoutError) as failure:
                    error = failure
                finally:
                    self._dns_host = name
            raise error

        def _connected(self) -> socket.socket:
            sock: socket.socket = super()._new_conn()
            return sock

    return GatedConnection


def _checked(connection: HTTPConnection, name: str, gate: Gate) -> list[str]:
    try:
        return gate.addresses(name.strip("[]"), connection.port)
    except (OSError, UnicodeError) as error:
        raise NewConnectionError(connection, "unknown host") from error


def _pools(gate: Gate, direct: bool) -> dict[str, type[HTTPConnectionPool]]:
    class GatedHTTPPool(HTTPConnectionPool):
        ConnectionCls = _connection_class(HTTPConnection, gate, direct)

    class GatedHTTPSPool(HTTPSConnectionPool):
        ConnectionCls = _connection_class(HTTPSConnection, gate, direct)  # type: ignore[assignment]

    return {"http": GatedHTTPPool, "https": GatedHTTPSPool}


class Adapter(HTTPAdapter):
    """A requests adapter whose every connection passes through one :class:`Gate`.

    Behind an outgoing proxy the connected peer is the proxy: the gate then checks the name
    of the target before the request, where this machine can resolve it.
    """

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        super().__init__(pool_connections=8, pool_maxsize=2, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pools(self.gate, direct=True)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = _pools(self.gate, direct=False)
        return manager

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> Any:
        if kwargs.get("proxies"):
            self._check_target(request.url or "")
        return super().send(request, *args, **kwargs)

    def _check_target(self, url: str) -> None:
        parts = urlsplit(url)
        try:
            self.gate.addresses(parts.hostname or "", parts.port or 443)
        except OSError:
            return
