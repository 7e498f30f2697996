"""Sources that are one file: an archive, a document, or what the first bytes will tell."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from .archive import is_archive, is_document, list_archive
from .errors import UnusableSource
from .local import list_file
from .locator import is_remote, local_locator, normal_url
from .model import Candidate, Listed
from .places import opened_file
from .source import KINDS, Source, register
from .unpack import GZIP_MAGIC, ZIP_EMPTY_MAGIC, ZIP_MAGIC

_LIST = re.compile(r"\.(txt|csv|tsv|json)$", re.IGNORECASE)
_CATALOGUES = (
    ("udata", re.compile(r"^[^/]*//(www\.)?data\.gouv\.fr/|/api/1(/|$)")),
    ("ckan", re.compile(r"/api/3(/|$)")),
    ("dcat", re.compile(r"\.(ttl|rdf|jsonld)$", re.IGNORECASE)),
)
"""Addresses that can only be those of a catalogue; others need their ``kind``."""

_MARKUP = re.compile(rb"\s*(<!doctype html|<html|<head|<body|<pre)", re.IGNORECASE)


def _own_locator(source: Source) -> str:
    """The locator of the file that the whole source is."""
    if is_remote(source.url):
        return normal_url(source.url)
    return local_locator(Path(source.url).name)


def _own_name(source: Source) -> str:
    path = unquote(urlsplit(source.url).path) if is_remote(source.url) else source.url
    return path.rstrip("/").rpartition("/")[2]


@register("zip")
class ZipSource(Source):
    """The documents of one archive, on the web or on this machine."""

    def _list(self) -> Iterator[Listed]:
        locator = _own_locator(self)
        with self.places.opened(locator) as stream:
            yield from list_archive(stream, self.limits, locator, "")


@register("file")
class FileSource(Source):
    """One document, on the web or on this machine."""

    def _list(self) -> Iterator[Listed]:
        locator = _own_locator(self)
        if is_remote(locator):
            yield Candidate(locator, _own_name(self))
        else:
            yield from list_file(self.places.local(locator), locator, _own_name(self), self.places)


def kind_of_name(path: str) -> str | None:
    """The kind of source that the end of a path tells, if it does."""
    if path.endswith("/"):
        return "index"
    tests = (("zip", is_archive(path)), ("file", is_document(path)), ("list", _LIST.search(path)))
    return next((kind for kind, matches in tests if matches), None)


def kind_of_catalogue(url: str) -> str | None:
    """The kind of catalogue that has such an address, if there is one."""
    address = url.partition("?")[0]
    return next((kind for kind, pattern in _CATALOGUES if pattern.search(address)), None)


def kind_of_bytes(head: bytes, content_type: str = "") -> str:
    """The kind of source that the first bytes of a file tell."""
    if head.startswith((ZIP_MAGIC, ZIP_EMPTY_MAGIC)):
        return "zip"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    is_xml = text.startswith(b"<?xml") and b"<html" not in text
    if _MARKUP.match(text) or ("html" in content_type and not is_xml):
        return "index"
    return "file" if text.startswith((b"<", GZIP_MAGIC)) else "list"


@register("auto")
class AutoSource(Source):
    """A source whose kind is found out when it is listed, by its name or its first bytes."""

    def _list(self) -> Iterator[Listed]:
        yield from KINDS[self._kind()](self.url, self.places, query=self.query)._list()

    def _kind(self) -> str:
        if is_remote(self.url):
            name = urlsplit(self.url).path
            return kind_of_catalogue(self.url) or kind_of_name(name) or self._remote_kind()
        path = self.places.allowed(Path(self.url), self.url)
        if path.is_dir():
            return "folder"
        return kind_of_name(path.name) or self._local_kind(path)

    def _remote_kind(self) -> str:
        _url, content_type, head = self.places.client.peek(self.url)
        return kind_of_bytes(head, content_type)

    def _local_kind(self, path: Path) -> str:
        with opened_file(path, self.url) as stream:
            head = os.read(stream.fileno(), 4096)
        if not head:
            raise UnusableSource(self.url, reason="le fichier est vide")
        return kind_of_bytes(head)
