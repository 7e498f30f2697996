"""What the sources that read a catalogue share: from described resources to candidates.

A catalogue (udata, CKAN, DCAT) describes datasets and their files. A file counts when its address
or its format says XML or zip, or when it is a CSV that declares the SCDL schema of budgets; what it
holds is known once it has been read.
"""

from __future__ import annotations

import json
import tempfile
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from .archive import is_archive, is_document
from .errors import BadListing, EntryRefused, LimitReached, UnusableSource, shown
from .http import Answer
from .locator import is_remote, normal_url
from .model import Candidate, Listed
from .remote import list_remote_archive
from .source import Source

_DOCUMENTS = frozenset({"xml", "totem", "application/xml", "text/xml"})
_TABLES = frozenset({"csv", "text/csv"})
_SCDL = "scdl/budget"
_ARCHIVES = frozenset({"zip", "application/zip", "application/x-zip-compressed"})


@dataclass(frozen=True)
class File:
    """A file that a catalogue describes; ``format`` is a name, a media type or the URI of one.

    ``schema`` is whatever names the schema that the file declares.
    """

    url: str
    dataset: str
    title: str = ""
    format: str = ""
    size: int | None = None
    modified: str | None = None
    etag: str | None = None
    schema: str = ""

    @property
    def name(self) -> str:
        """``title of the dataset/title of the file``."""
        title = self.title or urlsplit(self.url).path.rstrip("/").rpartition("/")[2]
        return shown("/".join(part.replace("/", "-") for part in (self.dataset, title) if part))

    @property
    def is_archive(self) -> bool:
        return is_archive(urlsplit(self.url).path) or self._format in _ARCHIVES

    @property
    def is_wanted(self) -> bool:
        """Whether the address or the format says XML or zip, or the schema SCDL budget."""
        is_xml = is_document(urlsplit(self.url).path) or self._format in _DOCUMENTS
        return is_xml or self.is_archive or self.is_table

    @property
    def is_table(self) -> bool:
        """Whether it is declared as an SCDL table of a budget."""
        is_csv = urlsplit(self.url).path.lower().endswith(".csv") or self._format in _TABLES
        return is_csv and _SCDL in self.schema.lower()

    @property
    def _format(self) -> str:
        text = self.format.strip().lower()
        if "://" not in text:
            return text
        kind = text.rpartition("media-types/")[2]
        return kind if kind != text else text.rstrip("/").rpartition("/")[2]


class CatalogueSource(Source):
    """A source whose ``_files`` come from the pages of a catalogue on the web."""

    @abstractmethod
    def _files(self) -> Iterator[File]:
        """Every file that the catalogue describes. Raises CollectError."""

    def _list(self) -> Iterator[Listed]:
        if not is_remote(self.url):
            raise UnusableSource(self.url, reason="ce n'est pas une adresse web")
        seen: set[str] = set()
        for file in self._files():
            if not file.is_wanted:
                continue
            item = _candidate(file)
            if item.locator in seen:
                continue
            seen.add(item.locator)
            if len(seen) > self.limits.max_entries:
                yield LimitReached(self.url, reason=f"plus de {self.limits.max_entries} fichiers")
                return
            if isinstance(item, Candidate) and file.is_archive:
                yield from list_remote_archive(self.places, item)
            else:
                yield item

    def _page(self, url: str) -> tuple[bytes, Answer]:
        """The body found at ``url``, bounded. Raises CollectError."""
        with tempfile.TemporaryFile() as body:
            answer = self.places.client.download(url, body, self.limits.max_listing_bytes)
            if not isinstance(answer, Answer):
                raise BadListing(url, reason="réponse vide")
            body.seek(0)
            return body.read(), answer

    def _json(self, url: str) -> dict[str, Any]:
        """The JSON object found at ``url``. Raises BadListing."""
        content, _answer = self._page(url)
        try:
            data = json.loads(content)
        except (ValueError, RecursionError):
            raise BadListing(url, reason="ce n'est pas du JSON") from None
        if not isinstance(data, dict):
            raise BadListing(url, reason="réponse inattendue")
        return data

    def _check_pages(self, count: int) -> None:
        """Raise LimitReached when the catalogue has too many pages."""
        if count > self.limits.max_pages:
            raise LimitReached(self.url, reason=f"plus de {self.limits.max_pages} pages")


def _candidate(file: File) -> Candidate | EntryRefused:
    try:
        locator = normal_url(file.url)
    except ValueError:
        return EntryRefused(file.url or file.name, reason="ce n'est pas une adresse de document")
    return Candidate(locator, file.name, file.size, file.modified, file.etag, file.is_table)


def with_query(url: str, query: dict[str, Any]) -> str:
    """``url`` with these parameters; those that are empty are left out."""
    kept = {name: value for name, value in query.items() if value not in (None, "")}
    return f"{url}?{urlencode(kept)}" if kept else url


def text_of(value: Any) -> str:
    """A field of a catalogue that should be text."""
    return value if isinstance(value, str) else ""


def schema_of(resource: dict[str, Any]) -> str:
    """Whatever a resource says of its schema, as one text: portals do it in several ways."""
    names = ("schema", "schema_name", "schema_url", "conforms_to", "conformsTo")
    return json.dumps([resource.get(name) for name in names])


def size_of(value: Any) -> int | None:
    """A size in bytes, if the field says one."""
    digits = str(value) if isinstance(value, (int, str)) else ""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else None


def dicts_of(value: Any) -> list[dict[str, Any]]:
    """The objects of a field that should be a list of objects."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
