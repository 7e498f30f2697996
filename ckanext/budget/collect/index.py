"""A folder published on the web as HTML: the listings of Apache, nginx, IIS and the like."""

from __future__ import annotations

import re
import tempfile
import time
from codecs import getincrementaldecoder
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO
from urllib.parse import unquote, urljoin, urlsplit

from .archive import is_archive, is_document
from .errors import (
    BadListing,
    CollectError,
    LimitReached,
    TimedOut,
    UnusableSource,
)
from .http import Client
from .locator import is_remote, normal_url
from .model import Candidate, Limits, Listed, NotModified
from .remote import list_remote_archive
from .source import Source, register
from .unpack import chunks_of

_SIZE = r"(?P<size>[\d.,]+\s?[KMGT]?i?B?|-)"
_AFTER = re.compile(
    r"\s*(?P<date>\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?|\d\d?-\w{3}-\d{4} \d\d:\d\d(?::\d\d)?)"
    rf"(?:\s+{_SIZE}(?=\s|$))?"
)
_BEFORE = re.compile(
    r"(?P<date>\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4},?\s+\d{1,2}:\d\d(?:\s?[AP]M)?)"
    r"\s+(?P<size>[\d.,\s]+|<dir>)\s*$"
)
_UNITS = {"": 1, "B": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}
_META = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_CHARSETS = dict.fromkeys(("iso-8859-1", "latin1", "windows-1252", "cp1252"), "cp1252")
_CHARSETS["iso-8859-15"] = "iso-8859-15"
_CONTEXT = 200
_LONGEST_LINK = 4096
_NO_LISTING = "cette page ne liste ni document ni dossier"
_READ_PER_ENTRY = 10
"""Links read for one link kept: beyond, the pages only repeat each other."""


@dataclass
class Link:
    """One link of a listing, with the text around it where dates and sizes are written."""

    href: str
    before: str = ""
    after: str = ""

    @property
    def date_and_size(self) -> tuple[str | None, int | None]:
        """The date as written, and the size in bytes (rounded by some servers)."""
        found = _AFTER.match(self.after) or _BEFORE.search(self.before)
        if not found:
            return None, None
        return " ".join(found["date"].split()), _bytes(found["size"])


def _bytes(text: str | None) -> int | None:
    """``137K``, ``1.5M``, ``140 677`` or ``140,677`` in bytes; None when not a size."""
    found = re.fullmatch(r"([\d.,\s]+?)\s?([KMGT]?)i?B?", (text or "").strip())
    if not found:
        return None
    number, unit = found.groups()
    digits = number.replace(",", ".") if unit else re.sub(r"[\s.,]", "", number)
    try:
        return int(float(digits) * _UNITS[unit])
    except (ValueError, OverflowError):
        return None


class _LinkTarget:
    """What lxml's HTML parser feeds: keeps the links, and a little text around each."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.links: list[Link] = []
        self.text = ""
        self.inside = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        href = attributes.get("href")
        if tag == "a" and href and len(href) <= _LONGEST_LINK and len(self.links) <= self.limit:
            self.links.append(Link(href, before=self.text))
            self.text = ""
            self.inside = True

    def end(self, tag: str) -> None:
        if tag == "a":
            self.inside = False

    def data(self, text: str) -> None:
        if self.inside:
            return
        if self.links and len(self.links[-1].after) < _CONTEXT:
            self.links[-1].after += text[:_CONTEXT]
        self.text = (self.text + text[-_CONTEXT:])[-_CONTEXT:]

    def close(self) -> list[Link]:
        return self.links


def links(stream: BinaryIO, limit: int, charset: str | None = None) -> list[Link]:
    """The links of the HTML page in ``stream``, ``limit`` + 1 of them at most.

    ``charset`` is what the server says; failing that the page's own, failing that UTF-8.
    """
    from lxml import etree

    target = _LinkTarget(limit)
    parser = etree.HTMLParser(target=target, encoding="utf-8")
    try:
        for text in _texts(stream, charset):
            parser.feed(text.encode("utf-8", "replace"))
        found: list[Link] = parser.close()
        return found
    except etree.XMLSyntaxError:
        return target.links


def _texts(stream: BinaryIO, charset: str | None) -> Iterator[str]:
    """The page as text, by pieces. Only well-known charsets are believed."""
    chunks = chunks_of(stream)
    head = next(chunks, b"")
    own = _META.search(head[:4096])
    name = charset or (own[1].decode().lower() if own else "")
    decoder = getincrementaldecoder(_CHARSETS.get(name, "utf-8"))("replace")
    for chunk in chain([head], chunks):
        yield decoder.decode(chunk).replace("\0", "")


@register("index")
class IndexSource(Source):
    """The documents of a listing and of the listings below it, level by level."""

    def _list(self) -> Iterator[Listed]:
        if not is_remote(self.url):
            raise UnusableSource(self.url, reason="ce n'est pas une adresse web")
        crawl = _Crawl(self.places.client, self.limits, normal_url(self.url))
        for item in crawl.run():
            if isinstance(item, Candidate) and is_archive(item.name):
                yield from list_remote_archive(self.places, item)
            else:
                yield item


class _Crawl:
    """One visit of a web folder: never the same page twice, never out of the start folder."""

    def __init__(self, client: Client, limits: Limits, start: str) -> None:
        self.client = client
        self.limits = limits
        self.start = start
        self.base = start
        self.queue = deque([(start, 0)])
        self.seen = {start}
        self.pages = 0
        self.read = 0
        self.end = time.monotonic() + limits.listing_timeout

    def run(self) -> Iterator[Listed]:
        """Candidates (archives not opened yet) and errors. Raises if the first page fails."""
        while self.queue:
            url, depth = self.queue.popleft()
            problem = self._limit(depth)
            if problem:
                yield problem
                return
            try:
                page, found = self._page(url)
            except CollectError as error:
                if self.pages == 1:
                    raise
                yield error
                continue
            if self.pages == 1 and not self._is_listing(page, found):
                raise BadListing(self.start, reason=_NO_LISTING)
            yield from self._sorted_out(page, found, depth)

    def _is_listing(self, page: str, found: list[Link]) -> bool:
        """Whether the first page lists something, or is the listing of an empty folder.

        A maintenance page answered with 200 is no folder whose documents were withdrawn.
        """
        for link in found:
            if link.href.strip() in ("../", "..") or link.href.startswith("?C="):
                return True
            url = self._inside(page, link.href)
            if url and (url.endswith("/") or is_document(url) or is_archive(url)):
                return True
            if url and link.date_and_size[0]:
                return True
        return False

    def _limit(self, depth: int) -> CollectError | None:
        """The reason to stop here, if there is one."""
        self.pages += 1
        if self.pages > self.limits.max_pages:
            return LimitReached(self.start, reason=f"plus de {self.limits.max_pages} pages")
        if depth > self.limits.max_depth:
            return LimitReached(self.start, reason=f"plus de {self.limits.max_depth} niveaux")
        if time.monotonic() > self.end:
            return TimedOut(self.start, seconds=round(self.limits.listing_timeout))
        return None

    def _page(self, url: str) -> tuple[str, list[Link]]:
        """The final URL of a listing, and its links."""
        with tempfile.TemporaryFile() as body:
            answer = self.client.download(url, body, self.limits.max_listing_bytes)
            if isinstance(answer, NotModified) or "html" not in answer.content_type:
                raise BadListing(url, reason="ce n'est pas une page HTML")
            if self.pages == 1:
                self.base = answer.url.rpartition("/")[0] + "/" if "/" in answer.url else url
            body.seek(0)
            return answer.url, links(body, self.limits.max_entries, answer.charset)

    def _sorted_out(self, page: str, found: list[Link], depth: int) -> Iterator[Listed]:
        self.read += len(found)
        too_many = self.read > _READ_PER_ENTRY * self.limits.max_entries
        for link in found:
            url = self._inside(page, link.href)
            if not url or url in self.seen:
                continue
            if len(self.seen) > self.limits.max_entries:
                too_many = True
                break
            self.seen.add(url)
            yield from self._one(url, link, depth)
        if too_many:
            self.queue.clear()
            yield LimitReached(self.start, reason=f"plus de {self.limits.max_entries} liens")

    def _one(self, url: str, link: Link, depth: int) -> Iterator[Listed]:
        if url.endswith("/"):
            if self.limits.goes_to(depth + 1):
                self.queue.append((url, depth + 1))
        elif is_document(url) or is_archive(url):
            date, size = link.date_and_size
            yield Candidate(url, unquote(url[len(self.base) :]), size, date)

    def _inside(self, page: str, href: str) -> str | None:
        """The URL that ``href`` means, if it is a file or folder below the start folder."""
        try:
            url = normal_url(urljoin(page, href.strip()))
        except ValueError:
            return None
        path = unquote(url[len(self.base) :])
        unsafe = urlsplit(url).query or ".." in path.split("/") or "\\" in path or "//" in path
        return url if url.startswith(self.base) and path and not unsafe else None
