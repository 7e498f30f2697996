"""DCAT catalogues (W3C DCAT, DCAT-AP) in Turtle, RDF/XML, JSON-LD or N-Triples, with Hydra pages.

Parsed by rdflib, which ckanext-dcat brings. Two things that it would do are refused before it sees
a page: reading a JSON-LD context somewhere else on the network, and XML entities.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

from .catalogue import CatalogueSource, File, size_of
from .errors import BadListing, UnusableSource
from .source import register

_DCAT = "http://www.w3.org/ns/dcat#"
_DCT = "http://purl.org/dc/terms/"
_HYDRA = "http://www.w3.org/ns/hydra/core#"
_SPDX = "http://spdx.org/rdf/terms#"

_FORMATS = {
    "text/turtle": "turtle",
    "application/rdf+xml": "xml",
    "application/xml": "xml",
    "text/xml": "xml",
    "application/ld+json": "json-ld",
    "application/json": "json-ld",
    "application/n-triples": "nt",
}
_ENDINGS = {".ttl": "turtle", ".rdf": "xml", ".xml": "xml", ".jsonld": "json-ld", ".nt": "nt"}


@register("dcat")
class DcatSource(CatalogueSource):
    """The XML, zip and SCDL distributions of the datasets of a catalogue."""

    def _files(self) -> Iterator[File]:
        url, seen = self.url, set()
        while url and url not in seen:
            seen.add(url)
            self._check_pages(len(seen))
            graph, final = self._graph(url)
            if len(seen) == 1 and not _is_catalogue(graph):
                raise BadListing(url, reason="il n'y a ni catalogue ni jeu de données")
            yield from _files_of(graph)
            url = _next_page(graph, final)

    def _graph(self, url: str) -> tuple[Any, str]:
        """The triples of one page, and its final address. Raises BadListing."""
        content, answer = self._page(url)
        kind = _FORMATS.get(answer.content_type) or _ending(answer.url)
        if kind is None:
            raise BadListing(url, reason="format inconnu, donnez du Turtle, RDF/XML ou JSON-LD")
        _refuse_traps(content, kind, url)
        try:
            from rdflib import Graph
        except ImportError:
            reason = "le portail n'a pas rdflib : installez ckanext-dcat"
            raise UnusableSource(url, reason=reason) from None
        try:
            return Graph().parse(data=content, format=kind, publicID=answer.url), answer.url
        except Exception:  # rdflib's parsers raise what they like
            raise BadListing(url, reason="RDF mal formé") from None


def _ending(url: str) -> str | None:
    path = urlsplit(url).path.lower()
    return next((kind for end, kind in _ENDINGS.items() if path.endswith(end)), None)


def _refuse_traps(content: bytes, kind: str, url: str) -> None:
    """Raise BadListing for what would make the parser read elsewhere, or grow."""
    if kind == "xml" and b"<!ENTITY" in content:
        raise BadListing(url, reason="les entités XML sont refusées")
    if kind == "json-ld":
        try:
            contexts = list(_contexts(json.loads(content)))
        except (ValueError, RecursionError):
            raise BadListing(url, reason="JSON mal formé") from None
        if any(isinstance(item, str) for item in contexts):
            raise BadListing(url, reason="le contexte JSON-LD doit être dans le fichier")


def _contexts(data: Any) -> Iterator[Any]:
    """Every ``@context`` and ``@import`` of the document, lists opened."""
    if isinstance(data, dict):
        for key, value in data.items():
            if key in ("@context", "@import"):
                yield from value if isinstance(value, list) else [value]
            yield from _contexts(value)
    elif isinstance(data, list):
        for item in data:
            yield from _contexts(item)


def _is_catalogue(graph: Any) -> bool:
    """Whether the page describes something: an error in JSON is valid JSON-LD too."""
    from rdflib import RDF, Namespace

    dcat = Namespace(_DCAT)
    kinds = {*graph.objects(None, RDF.type)}
    return bool(kinds & {dcat.Catalog, dcat.Dataset}) or (None, dcat.distribution, None) in graph


def _files_of(graph: Any) -> Iterator[File]:
    """The distributions of the page, in a stable order."""
    from rdflib import Namespace

    dcat, dct, spdx = Namespace(_DCAT), Namespace(_DCT), Namespace(_SPDX)
    for dataset, link in sorted(graph.subject_objects(dcat.distribution)):

        def first(*names: Any, node: Any = link) -> str:
            values = [str(value) for name in names for value in sorted(graph.objects(node, name))]
            return values[0] if values else ""

        checksum = graph.value(link, spdx.checksum)
        digest = first(spdx.checksumValue, node=checksum) if checksum is not None else ""
        yield File(
            url=first(dcat.downloadURL, dcat.accessURL),
            dataset=first(dct.title, node=dataset),
            title=first(dct.title),
            format=first(dcat.mediaType, dct["format"]),
            size=size_of(first(dcat.byteSize).partition(".")[0]),
            modified=first(dct.modified) or None,
            etag=f"checksum:{digest}" if digest else None,
            schema=" ".join(map(str, sorted(graph.objects(link, dct.conformsTo)))),
        )


def _next_page(graph: Any, url: str) -> str:
    """The next page of a Hydra collection, or nothing; on the same site only."""
    from rdflib import Namespace

    hydra = Namespace(_HYDRA)
    for name in (hydra["next"], hydra.nextPage):
        for target in sorted(graph.objects(None, name)):
            following = urljoin(url, str(target))
            if urlsplit(following).netloc == urlsplit(url).netloc:
                return following
    return ""
