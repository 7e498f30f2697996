"""Polite and wary HTTP: one pooled session, bounded in time, size, rate and reach.

Every redirection is followed by hand, hop by hop, with the same checks as the first request.
Bodies go to a file by pieces of 64 KiB and are decompressed by us, so that a small transfer
cannot become a large memory. Credentials are sent to the site of the source only.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeVar
from urllib.parse import unquote, urljoin, urlsplit
from urllib.request import (  # type: ignore[attr-defined]
    getproxies_environment,
    proxy_bypass_environment,
)

import requests
from requests.auth import HTTPBasicAuth
from urllib3.exceptions import HTTPError
from urllib3.util.retry import Retry

from . import errors
from .locator import normal_url
from .model import Known, Limits, NotModified
from .net import Adapter, Gate
from .unpack import CHUNK, gunzip, human, save

USER_AGENT = "ckanext-budget-collect/1.0"

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HOSTS_NOTED = 1000
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
_REFUSALS: dict[int, type[errors.CollectError]] = {
    401: errors.AccessDenied,
    403: errors.AccessDenied,
    404: errors.NotFound,
    407: errors.AccessDenied,
    410: errors.NotFound,
}


@dataclass(frozen=True, repr=False)
class Credential:
    """How to identify ourselves to a source: user and password, or a bearer token.

    ``header`` is the header that takes the token when it is not ``Authorization: Bearer``.
    ``hosts`` are the sites it is for: whoever edits a source may name a credential, and must
    not be able to have it sent to a site of their own. The representation shows nothing, so
    that no log can.
    """

    user: str = ""
    password: str = ""
    token: str = ""
    header: str = ""
    hosts: Collection[str] = ()

    def apply(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Sign ``request``."""
        if self.token:
            value = self.token if self.header else f"Bearer {self.token}"
            request.headers[self.header or "Authorization"] = value
            return request
        user, password = self.user.encode(), self.password.encode()
        signed: requests.PreparedRequest = HTTPBasicAuth(user, password)(request)
        return signed

    def __repr__(self) -> str:
        return "Credential(…)"


@dataclass(frozen=True)
class Network:
    """What the administrator of the portal says of the network. Never set by a source.

    ``private_networks`` opens some internal networks (CIDR); ``allow_private_addresses``
    opens all. ``proxies`` is as in requests (``{"https": "http://proxy:3128"}``), but for the
    hosts of ``direct``, written as in ``NO_PROXY``; ``ca_bundle`` is a file of certificate
    authorities.
    """

    allow_private_addresses: bool = False
    private_networks: tuple[str, ...] = ()
    proxies: tuple[tuple[str, str], ...] = ()
    direct: str = ""
    ca_bundle: str | None = None
    user_agent: str = USER_AGENT

    @classmethod
    def of_environment(cls, proxy: str = "", **more: Any) -> Network:
        """As other programs of the machine go out: ``HTTPS_PROXY``, ``HTTP_PROXY``, ``NO_PROXY``,
        ``REQUESTS_CA_BUNDLE``, ``SSL_CERT_FILE``. ``proxy`` comes before the variables."""
        named = getproxies_environment()
        proxies = {name: proxy or named.get(name, "") for name in ("http", "https")}
        bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("SSL_CERT_FILE")
        return cls(
            proxies=tuple((name, address) for name, address in proxies.items() if address),
            direct=no if (no := named.get("no", "")) == "*" else f"{_OWN},{no}",
            ca_bundle=bundle or None,
            **more,
        )

    def is_direct(self, url: str) -> bool:
        """Whether the host is reached without the proxy."""
        return bool(proxy_bypass_environment(urlsplit(url).hostname or "", {"no": self.direct}))


_OWN = "localhost,127.0.0.1,::1"
"""No proxy knows the way to this machine."""


@dataclass(frozen=True)
class Answer:
    """A body that was received whole: where it came from at last, and what it is."""

    url: str
    sha256: str
    size: int
    content_type: str
    charset: str | None
    etag: str | None
    modified: str | None


class _Session(requests.Session):
    """A session that leaves redirections to us.

    Even with ``allow_redirects=False`` requests looks at the target, and for that reads the
    whole body of the answer in memory.
    """

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


class _Again(Exception):
    """This attempt failed in a way that another one may not."""

    def __init__(self, error: errors.CollectError, wait: float = 0) -> None:
        super().__init__(str(error))
        self.error = error
        self.wait = wait


def split_credential(url: str) -> tuple[str, Credential | None]:
    """``url`` without ``user:password@``, and the credential that was there."""
    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return url, None
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    credential = Credential(user, password, hosts=(parts.hostname or "",))
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl(), credential


class Pace:
    """When each host was last asked, so that one process respects one rate per host."""

    def __init__(self) -> None:
        self._last: dict[str, float] = {}

    def delay(self, host: str, rate: float, now: float) -> float:
        """Seconds to wait before asking ``host`` at time ``now``; that request is noted."""
        due = max(self._last.get(host, float("-inf")) + 1 / rate, now)
        self._last[host] = due
        if len(self._last) > _HOSTS_NOTED:
            self._last = {name: last for name, last in self._last.items() if last > now - 100}
        return due - now


def share_pace(pace: Pace) -> None:
    """From now on, have the clients of this process ask ``pace``."""
    global _PACE
    _PACE = pace


class _Wire:
    """A pooled session and the gate of its connections."""

    def __init__(self, network: Network) -> None:
        self.gate = Gate(network.allow_private_addresses, network.private_networks)
        self.session = session = _Session()
        session.trust_env = False
        session.proxies = dict(network.proxies)
        session.verify = network.ca_bundle or True
        session.headers["User-Agent"] = network.user_agent
        session.headers["Accept-Encoding"] = "gzip"
        session.mount("http://", Adapter(self.gate))
        session.mount("https://", Adapter(self.gate))


Got = TypeVar("Got")

_PACE = Pace()
_NO_PROXY: Any = dict.fromkeys(("http", "https"))
"""What makes requests forget the proxies of its session."""
_WIRES = threading.local()


def _shared_wire(network: Network) -> _Wire:
    """The wire that this thread of this process keeps for ``network``.

    A consumer fetches each document with a source of its own: what they share is here.
    """
    wires: dict[str, _Wire] = vars(_WIRES)
    key = f"{os.getpid()} {network}"
    if key not in wires:
        wires[key] = _Wire(network)
    return wires[key]


class Client:
    """Downloads within ``limits``. Not to be shared between threads.

    Clients of one thread share connections, and those of one process the rate per host; those
    of a portal share it too (:func:`share_pace`).
    Tests give their own ``sleep`` and ``pace``.
    """

    def __init__(
        self,
        limits: Limits,
        network: Network | None = None,
        credential: Credential | None = None,
        home: str = "",
        sleep: Callable[[float], None] = time.sleep,
        pace: Pace | None = None,
    ) -> None:
        self.limits = limits
        self.credential = credential
        self.home = home
        self._sleep = sleep
        self._pace_kept = pace or _PACE
        self._network = network or Network()
        wire = _shared_wire(self._network)
        self._gate, self._session = wire.gate, wire.session
        self._clock = self._gate.clock

    def download(
        self, url: str, out: BinaryIO, max_bytes: int, known: Known | None = None
    ) -> Answer | NotModified:
        """Write the body found at ``url`` to the seekable file ``out``.

        ``max_bytes`` bounds the body as announced, as transferred and as decompressed. With
        ``known``, answers NotModified on a 304. Raises CollectError.
        """
        return self._persist(url, lambda: self._receive(url, out, max_bytes, known or Known()))

    def peek(self, url: str) -> tuple[str, str, bytes]:
        """The final URL, the content type and the first 4 KiB of what is at ``url``."""
        return self._persist(url, lambda: self._glance(url))

    def _glance(self, url: str) -> tuple[str, str, bytes]:
        with self._response(url, Known()) as (final, response):
            head = b""
            for chunk in self._body(response, url):
                head += chunk
                if len(head) >= 4096:
                    break
            return final, response.headers.get("Content-Type", ""), head[:4096]

    def _persist(self, url: str, attempt: Callable[[], Got]) -> Got:
        """Try ``attempt`` until it works, retries are used up, or time is over."""
        self._session.cookies.clear()
        self._gate.start(self.limits.total_timeout)
        retry = Retry(total=self.limits.retries, backoff_factor=self.limits.backoff)
        while True:
            try:
                with self._translated(url):
                    return attempt()
            except _Again as failure:
                if not retry.total:
                    raise failure.error from None
                retry = retry.increment("GET", "/", error=HTTPError())
                self._wait(max(failure.wait, retry.get_backoff_time()), failure.error)

    def _wait(self, seconds: float, error: errors.CollectError) -> None:
        """Wait before another attempt, or raise ``error`` when that would be too long."""
        if seconds > min(self.limits.max_wait, self._gate.deadline - self._clock()):
            raise error
        self._sleep(seconds)

    @contextmanager
    def _translated(self, url: str) -> Iterator[None]:
        """Turn the errors of requests and urllib3 into ours."""
        try:
            yield
        except (requests.RequestException, HTTPError, OSError) as error:
            if errors.is_disk_full(error):
                raise
            if self._gate.deadline <= self._clock():
                raise errors.TimedOut(url, seconds=round(self.limits.total_timeout)) from None
            raise self._failure(url, error) from None

    def _failure(self, url: str, error: Exception) -> Exception:
        text = repr(error)
        if "got more than" in text:
            return errors.UnexpectedAnswer(url, reason="en-têtes trop longs")
        if isinstance(error, (requests.exceptions.InvalidURL, requests.exceptions.InvalidHeader)):
            return errors.UnexpectedAnswer(url, reason="adresse ou en-tête invalide")
        if any(mark in text for mark in ("CERTIFICATE_VERIFY", "CertificateError")):
            return errors.Unreachable(url, reason="certificat de sécurité refusé")
        reasons = (("timed out", "délai dépassé"), ("unknown host", "nom de site inconnu"))
        found = [reason for mark, reason in reasons if mark in text]
        return _Again(errors.Unreachable(url, reason=(*found, "connexion interrompue")[0]))

    def _receive(self, url: str, out: BinaryIO, limit: int, known: Known) -> Answer | NotModified:
        with self._response(url, known) as (final, response):
            if response.status_code == 304:
                return NotModified()
            headers = response.headers
            declared = headers.get("Content-Length", "0")
            if declared.isdecimal() and int(declared) > limit:
                raise errors.TooLarge(url, limit=human(limit))
            out.seek(0)
            out.truncate()
            sha256, size = save(self._body(response, url), out, limit, url, self._gate.left)
            return Answer(final, sha256, size, *_content_type(headers), *_validators(headers))

    def _body(self, response: requests.Response, url: str) -> Iterator[bytes]:
        """The decoded body. Raises UnexpectedAnswer on an encoding that we did not ask for."""
        coding = response.headers.get("Content-Encoding", "identity").strip().lower()
        raw = self._transferred(response, url)
        if coding in ("", "identity"):
            return raw
        if coding in ("gzip", "x-gzip"):
            return gunzip(raw, url)
        raise errors.UnexpectedAnswer(url, reason="encodage de transfert inconnu")

    def _transferred(self, response: requests.Response, url: str) -> Iterator[bytes]:
        """The body as sent. Fails when it is shorter than announced."""
        size = 0
        while chunk := response.raw.read(CHUNK, decode_content=False):
            size += len(chunk)
            yield chunk
        declared = response.headers.get("Content-Length", "")
        if declared.isdecimal() and size < int(declared):
            raise _Again(errors.Unreachable(url, reason="transfert incomplet"))

    @contextmanager
    def _response(self, url: str, known: Known) -> Iterator[tuple[str, requests.Response]]:
        """The final URL and the response found there, after its redirections."""
        current = self._checked_url(url, url)
        for _hop in range(self.limits.max_redirects + 1):
            response = self._get(current, known)
            with response:
                self._check_headers(response, url)
                if response.status_code not in _REDIRECTS:
                    self._check_status(response, url, conditional=known != Known())
                    yield current, response
                    return
                target = response.headers.get("Location", "")
            current = self._checked_url(_joined(current, target), url)
        raise errors.RedirectRefused(url, reason="trop de redirections")

    def _get(self, url: str, known: Known) -> requests.Response:
        self._pace(url)
        left = self._gate.left()
        headers = {"If-None-Match": known.etag, "If-Modified-Since": known.modified}
        return self._session.get(
            url,
            headers={name: value for name, value in headers.items() if value},
            auth=self.credential.apply if self.credential and self._is_home(url) else None,
            proxies=_NO_PROXY if self._network.is_direct(url) else None,
            timeout=(min(self.limits.connect_timeout, left), min(self.limits.read_timeout, left)),
            allow_redirects=False,
            stream=True,
        )

    def _is_home(self, url: str) -> bool:
        """Whether ``url`` is on the site that our credential is for (or its HTTPS side)."""
        ours, theirs = urlsplit(self.home), urlsplit(url)
        if ours.hostname != theirs.hostname:
            return False
        upgraded = (ours.scheme, ours.port, theirs.scheme, theirs.port)
        return _origin(ours) == _origin(theirs) or upgraded == ("http", None, "https", None)

    def _pace(self, url: str) -> None:
        """Wait until the host of ``url`` may be asked again; that wait is not counted."""
        if not self.limits.rate:
            return
        host = urlsplit(url).netloc
        delay = self._pace_kept.delay(host, self.limits.rate, self._clock())
        if delay > 0:
            self._sleep(delay)
            self._gate.deadline += delay

    def _checked_url(self, url: str, asked: str) -> str:
        """``url`` in its normal form. Raises RedirectRefused or UnusableSource."""
        try:
            return normal_url(url)
        except ValueError:
            if url is asked:
                reason = "l'adresse doit commencer par http:// ou https://"
                raise errors.UnusableSource(asked, reason=reason) from None
            reason = "seules les adresses http:// et https:// sont suivies"
            raise errors.RedirectRefused(asked, reason=reason) from None

    def _check_headers(self, response: requests.Response, url: str) -> None:
        size = sum(len(name) + len(value) for name, value in response.headers.items())
        if size > self.limits.max_header_bytes:
            raise errors.UnexpectedAnswer(url, reason="en-têtes trop longs")

    def _check_status(self, response: requests.Response, url: str, conditional: bool) -> None:
        status = response.status_code
        if status in (200, 203) or (status == 304 and conditional):
            return
        if status in _REFUSALS:
            raise _REFUSALS[status](url)
        if status in _BUSY:
            raise _Again(errors.Unavailable(url, status=status), _retry_after(response))
        raise errors.UnexpectedAnswer(url, reason=f"réponse {status}")


def _origin(parts: Any) -> tuple[str, str | None, int]:
    default = 443 if parts.scheme == "https" else 80
    return parts.scheme, parts.hostname, parts.port or default


def _joined(base: str, target: str) -> str:
    """The URL that a ``Location`` header designates (in UTF-8, whatever HTTP says)."""
    try:
        text = target.encode("latin-1").decode("utf-8", "replace")
        return urljoin(base, text) if text else ""
    except ValueError:
        return ""


def _retry_after(response: requests.Response) -> float:
    """The seconds of a ``Retry-After`` header (number or date); 0 without a readable one."""
    value = response.headers.get("Retry-After")
    try:
        return Retry().parse_retry_after(value) if value else 0
    except (HTTPError, ValueError, OverflowError):
        return 0


def _content_type(headers: Any) -> tuple[str, str | None]:
    """``text/html`` and ``utf-8`` of a header ``Content-Type: text/html; charset=utf-8``."""
    value = headers.get("Content-Type", "").lower()
    charset = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", value)
    return value.partition(";")[0].strip(), charset[1] if charset else None


def _validators(headers: Any) -> tuple[str | None, str | None]:
    """ETag and Last-Modified, if fit to be kept and sent back."""
    values = (headers.get("ETag") or "", headers.get("Last-Modified") or "")
    etag, modified = (v if v.isprintable() and 0 < len(v) <= 200 else None for v in values)
    # No blank in an ETag (RFC 9110, 8.8.3): one is what urllib3 2.8 makes of a broken line.
    return None if etag and " " in etag else etag, modified
