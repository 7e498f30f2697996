"""A list of addresses: one per line, a CSV with a column of addresses, or JSON."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from .archive import is_archive
from .errors import BadListing, CollectError, EntryRefused, LimitReached, TooLarge, shown
from .local import list_file
from .locator import is_remote, local_locator, local_path, normal_url
from .model import Candidate, Listed
from .remote import list_remote_archive
from .source import Source, register
from .unpack import human

_COLUMNS = {
    "url": ("url", "lien", "link", "href", "adresse", "fichier", "file", "path", "chemin"),
    "name": ("name", "nom", "title", "titre"),
    "size": ("size", "taille", "filesize", "bytes"),
    "modified": ("modified", "last_modified", "date", "date_modification"),
    "etag": ("etag", "sha256", "sha1", "md5", "hash", "checksum", "version"),
}
_JSON_LISTS = ("urls", "documents", "files", "fichiers", "resources", "items", "data", "results")
# All that ``splitlines`` cuts at, in UTF-8 and in windows-1252.
_LINE_BREAK = re.compile(rb"\r\n|[\r\x0b\x0c\x1c\x1d\x1e]|\xc2\x85|\xe2\x80[\xa8\xa9]")
_DELIMITERS = ";,\t|"


@dataclass(frozen=True)
class Row:
    """One line of a list: an address, and what the list says of the document."""

    url: str
    name: str = ""
    size: int | None = None
    modified: str | None = None
    etag: str | None = None


def rows(content: bytes, where: str) -> list[Row]:
    """The rows of a list in text, CSV or JSON (recognised by content). Raises BadListing."""
    text = _decoded(content).strip()
    if text[:1] == "<":
        raise BadListing(where, reason="c'est une page web ou du XML, pas une liste d'adresses")
    if text[:1] in ("[", "{"):
        return _json_rows(text, where)
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if not lines:
        return []
    delimiter = max(_DELIMITERS, key=lines[0].count)
    heads = [_column(cell) for cell in lines[0].split(delimiter)]
    if "url" in heads:
        return _csv_rows(lines, delimiter, where)
    return [Row(line.strip()) for line in lines]


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _column(head: str) -> str | None:
    """Which of our columns a heading stands for."""
    plain = head.strip().strip('"').lower().replace(" ", "_")
    return next((ours for ours, theirs in _COLUMNS.items() if plain in theirs), None)


def _csv_rows(lines: list[str], delimiter: str, where: str) -> list[Row]:
    reader = csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter)
    try:
        heads = [_column(cell) for cell in next(reader)]
        return [_row(zip(heads, cells, strict=False)) for cells in reader]
    except csv.Error:
        raise BadListing(where, reason="CSV mal formé") from None


def _json_rows(text: str, where: str) -> list[Row]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise BadListing(where, reason="JSON mal formé") from None
    if isinstance(data, dict):
        data = next((data[key] for key in _JSON_LISTS if isinstance(data.get(key), list)), None)
    if not isinstance(data, list):
        raise BadListing(where, reason="le JSON ne contient pas de liste d'adresses")
    return [_json_row(item) for item in data]


def _json_row(item: Any) -> Row:
    if not isinstance(item, dict):
        return Row(item if isinstance(item, str) else "")
    return _row((_column(key), str(value)) for key, value in item.items() if value is not None)


def _row(cells: Iterable[tuple[str | None, str]]) -> Row:
    values: dict[str, Any] = {}
    for column, value in cells:
        if column and value.strip():
            values.setdefault(column, value.strip())
    size = values.pop("size", "")
    known = int(size) if re.fullmatch(r"[0-9]{1,18}", size) else None
    return Row(**{"url": "", **values}, size=known)


@register("list")
class ListSource(Source):
    """The documents and archives whose addresses a text, CSV or JSON file lists.

    The addresses are relative to the list. A list on the web can only name the web; a list
    on this machine can also name files of the allowed directories.
    """

    def _list(self) -> Iterator[Listed]:
        found = rows(self._content(), self.url)
        if len(found) > self.limits.max_entries:
            raise LimitReached(self.url, reason=f"plus de {self.limits.max_entries} adresses")
        seen: set[str] = set()
        for row in found:
            item = self._candidate(row)
            if isinstance(item, CollectError):
                yield item
            elif item.locator not in seen:
                seen.add(item.locator)
                yield from self._expanded(item)

    def _content(self) -> bytes:
        limit = self.limits.max_listing_bytes
        with self.places.text(self.url, limit) as stream:
            content = stream.read(limit + 1)
        if len(content) > limit:
            raise TooLarge(self.url, limit=human(limit))
        if _LINE_BREAK.sub(b"\n", content).count(b"\n") > self.limits.max_entries:
            raise LimitReached(self.url, reason=f"plus de {self.limits.max_entries} lignes")
        return content

    def _candidate(self, row: Row) -> Candidate | EntryRefused:
        try:
            locator = self._locator(row.url)
        except ValueError:
            return EntryRefused(row.url or self.url, reason="ce n'est pas une adresse de document")
        name = row.name or _name(locator)
        return Candidate(locator, shown(name), row.size, row.modified, row.etag)

    def _locator(self, address: str) -> str:
        """Raises ValueError when ``address`` cannot be that of a document."""
        if not address:
            raise ValueError("no address")
        if is_remote(self.url):
            return normal_url(urljoin(self.url, address))
        if urlsplit(address).scheme:
            return normal_url(address)
        return local_locator(address)

    def _expanded(self, item: Candidate) -> Iterator[Listed]:
        if not is_remote(item.locator):
            yield from self._local(item)
        elif is_archive(urlsplit(item.locator).path):
            yield from list_remote_archive(self.places, item)
        else:
            yield item

    def _local(self, item: Candidate) -> Iterator[Listed]:
        try:
            path = self.places.local(item.locator)
            yield from list_file(path, item.locator, item.name, self.places)
        except CollectError as error:
            yield error


def _name(locator: str) -> str:
    if is_remote(locator):
        return unquote(urlsplit(locator).path).lstrip("/") or urlsplit(locator).netloc
    return local_path(locator)
