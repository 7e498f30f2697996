"""Any CKAN portal, by its action API (version 3).

The address is that of the portal, of one of its organisations or of a dataset, as the browser shows
it. The ``query`` of the configuration is that of ``package_search``: ``{"q": "totem", "fq": "…"}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .catalogue import CatalogueSource, File, dicts_of, schema_of, size_of, text_of, with_query
from .errors import BadListing
from .source import register

_ROWS = 100
_PLACE = re.compile(
    r"(?:/[a-z]{2}(?:_[A-Z]{2})?)?/(dataset|organization|group|api)(?:/([^/]+))?(?:/.*)?$"
)
_FILTERS = {"organization": "organization", "group": "groups"}


@register("ckan")
class CkanSource(CatalogueSource):
    """The XML, zip and SCDL resources of the datasets that a search finds."""

    def _files(self) -> Iterator[File]:
        for dataset in self._datasets():
            title = text_of(dataset.get("title")) or text_of(dataset.get("name"))
            for resource in dicts_of(dataset.get("resources")):
                yield _file(title, resource)

    def _datasets(self) -> Iterator[dict[str, Any]]:
        parts = urlsplit(self.url)
        place = _PLACE.search(parts.path)
        kind, name = place.groups() if place else (None, None)
        root = parts.path[: place.start()] if place else parts.path.rstrip("/")
        self._api = f"{parts.scheme}://{parts.netloc}{root}/api/3/action"
        if kind == "dataset" and name:
            dataset = self._result("package_show", {"id": name})
            if not isinstance(dataset.get("resources"), list):
                raise BadListing(self.url, reason="réponse inattendue de l'API")
            yield dataset
            return
        asked = dict(parse_qsl(parts.query)) | self.query
        if kind in _FILTERS and name:
            asked["fq"] = f'+{_FILTERS[kind]}:"{name}" {asked.get("fq", "")}'.strip()
        yield from self._search({key: asked[key] for key in ("q", "fq") if key in asked})

    def _search(self, asked: dict[str, str]) -> Iterator[dict[str, Any]]:
        start = pages = 0
        while True:
            pages += 1
            self._check_pages(pages)
            query = {**asked, "rows": _ROWS, "start": start, "sort": "id asc"}
            results = self._result("package_search", query).get("results")
            if not isinstance(results, list):
                raise BadListing(self.url, reason="réponse inattendue de l'API")
            found = dicts_of(results)
            yield from found
            if not found:
                return
            start += len(found)

    def _result(self, action: str, query: dict[str, Any]) -> dict[str, Any]:
        answer = self._json(with_query(f"{self._api}/{action}", query))
        result = answer.get("result")
        if answer.get("success") is not True or not isinstance(result, dict):
            raise BadListing(self.url, reason="réponse inattendue de l'API")
        return result


def _file(dataset: str, resource: dict[str, Any]) -> File:
    digest = text_of(resource.get("hash"))
    return File(
        url=text_of(resource.get("url")),
        dataset=dataset,
        title=text_of(resource.get("name")),
        format=text_of(resource.get("format")) or text_of(resource.get("mimetype")),
        size=size_of(resource.get("size")),
        modified=text_of(resource.get("last_modified")) or None,
        etag=f"hash:{digest}" if digest else None,
        schema=schema_of(resource),
    )
