"""data.gouv.fr and every other udata portal, by its REST API (``/api/1``, without a key).

The address is that of an organisation, of a dataset, of a search or of the portal itself, as the
browser shows it: ``https://www.data.gouv.fr/fr/organizations/region-grand-est/``. The ``query`` of
the configuration adds search parameters of the API: ``{"tag": "totem"}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .catalogue import CatalogueSource, File, dicts_of, schema_of, size_of, text_of, with_query
from .errors import BadListing
from .source import register

_PAGE_SIZE = 100
_PLACE = re.compile(r"/(organizations|datasets|reuses|tags)(?:/([^/?]+))?/?$")


@register("udata")
class UdataSource(CatalogueSource):
    """The XML, zip and SCDL resources of an organisation, a tag, a dataset or a search."""

    def _files(self) -> Iterator[File]:
        for dataset in self._datasets():
            title = text_of(dataset.get("title"))
            for resource in dicts_of(dataset.get("resources")):
                yield _file(title, resource)

    def _datasets(self) -> Iterator[dict[str, Any]]:
        place = _PLACE.search(urlsplit(self.url).path)
        kind, name = place.groups() if place else (None, None)
        asked = dict(parse_qsl(urlsplit(self.url).query)) | self.query
        if kind == "datasets" and name:
            dataset = self._json(f"{self._api}/datasets/{name}/")
            if not isinstance(dataset.get("resources"), list):
                raise BadListing(self.url, reason="réponse inattendue de l'API")
            yield dataset
            return
        if kind == "organizations" and name:
            asked["organization"] = self._organization(name)
        if kind == "tags" and name:
            asked["tag"] = name
        yield from self._search(asked)

    @property
    def _api(self) -> str:
        parts = urlsplit(self.url)
        prefix = parts.path.partition("/api/1")[0] if "/api/1" in parts.path else ""
        return f"{parts.scheme}://{parts.netloc}{prefix}/api/1"

    def _organization(self, name: str) -> str:
        """The identifier of an organisation: the search does not take its short name."""
        found = text_of(self._json(f"{self._api}/organizations/{name}/").get("id"))
        if not found:
            raise BadListing(self.url, reason="organisation sans identifiant")
        return found

    def _search(self, asked: dict[str, str]) -> Iterator[dict[str, Any]]:
        """Datasets page by page; the portal says when there is no next page."""
        number = 1
        while True:
            self._check_pages(number)
            query = {**asked, "page": number, "page_size": _PAGE_SIZE}
            page = self._json(with_query(f"{self._api}/datasets/", query))
            if not isinstance(page.get("data"), list):
                raise BadListing(self.url, reason="réponse inattendue de l'API")
            yield from dicts_of(page["data"])
            if not page.get("next_page") or not page["data"]:
                return
            number += 1


def _file(dataset: str, resource: dict[str, Any]) -> File:
    checksum = resource.get("checksum")
    checksum = checksum if isinstance(checksum, dict) else {}
    digest = text_of(checksum.get("value"))
    return File(
        url=text_of(resource.get("url")),
        dataset=dataset,
        title=text_of(resource.get("title")),
        format=text_of(resource.get("format")) or text_of(resource.get("mime")),
        size=size_of(resource.get("filesize")),
        modified=text_of(resource.get("last_modified")) or None,
        etag=f"{text_of(checksum.get('type'))}:{digest}" if digest else None,
        schema=schema_of(resource),
    )
