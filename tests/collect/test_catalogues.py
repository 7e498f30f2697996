"""udata, CKAN and DCAT catalogues, played by a local site that answers as they do."""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from ckanext.budget.collect import Candidate, CollectError, source_for
from ckanext.budget.collect.catalogue import File, schema_of
from ckanext.budget.collect.single import kind_of_catalogue

ORGANIZATION = "534fff80a3a7292c64a77e41"


def asked(handler):
    return {name: values[0] for name, values in parse_qs(urlsplit(handler.path).query).items()}


def answer(handler, data, status=200):
    handler.reply(status, json.dumps(data).encode(), {"Content-Type": "application/json"})


def resource(site, path, **more):
    """A resource as udata writes it."""
    return {
        "id": path,
        "title": path.rpartition("/")[2],
        "url": site.url(path),
        "format": "xml",
        "mime": "application/xml",
        "filesize": 42,
        "last_modified": "2023-04-01T10:00:00+00:00",
        "checksum": {"type": "sha1", "value": f"digest of {path}"},
        "schema": {"name": "scdl/budget"},
        "type": "main",
    } | more


class Udata:
    """The parts of udata 17 that are read: organisations, datasets, pages."""

    def __init__(self, site, datasets, page_size=2):
        self.site, self.datasets, self.page_size = site, datasets, page_size
        site.routes["/api/1/datasets/"] = self.search
        site.routes["/api/1/organizations/region/"] = lambda h: answer(
            h, {"id": ORGANIZATION, "slug": "region"}
        )
        site.routes["/api/1/organizations/gone/"] = lambda h: answer(h, {"message": "x"}, 410)
        for dataset in datasets:
            path = f"/api/1/datasets/{dataset['slug']}/"
            site.routes[path] = lambda h, found=dataset: answer(h, found)

    def search(self, handler):
        query = asked(handler)
        found = [
            item
            for item in self.datasets
            if query.get("organization", item["organization"]["id"]) == item["organization"]["id"]
            and query.get("tag", item["tags"][0]) in item["tags"]
        ]
        number = int(query["page"])
        start = (number - 1) * self.page_size
        more = start + self.page_size < len(found)
        after = self.site.url(f"/api/1/datasets/?page={number + 1}") if more else None
        page = found[start : start + self.page_size]
        answer(handler, {"data": page, "page": number, "next_page": after, "total": len(found)})


@pytest.fixture
def udata(site):
    def dataset(slug, organization, tag, *resources):
        return {
            "id": slug,
            "slug": slug,
            "title": f"Budget {slug}",
            "organization": {"id": organization},
            "tags": [tag],
            "resources": list(resources),
        }

    other = "000000000000000000000000"
    return Udata(
        site,
        [
            dataset("a", ORGANIZATION, "totem", resource(site, "/f/a-bp.xml")),
            dataset("b", ORGANIZATION, "autre", resource(site, "/f/b", title="CA 2021")),
            dataset(
                "c",
                ORGANIZATION,
                "totem",
                resource(site, "/f/c.xml"),
                resource(site, "/f/c.csv", format="csv", mime="text/csv"),
                resource(site, "/f/autre.csv", format="csv", mime="text/csv", schema=None),
                resource(site, "/f/a-bp.xml"),
                resource(site, "ftp://x/c.xml", url="ftp://host/c.xml"),
            ),
            dataset("d", other, "totem", resource(site, "/f/d.xml")),
        ],
    )


def names(source):
    return [item.name for item in source.list() if isinstance(item, Candidate)]


def test_organisation_of_udata_by_its_short_name(site, udata, into):
    site.routes["/f/b"] = site.document
    source = site.source("/fr/organizations/region/", {"kind": "udata"})
    items = list(source.list())
    found = [item for item in items if isinstance(item, Candidate)]
    assert [item.name for item in found] == [
        "Budget a/a-bp.xml",
        "Budget b/CA 2021",
        "Budget c/c.xml",
        "Budget c/c.csv",
    ]
    assert [item.is_table for item in found] == [False, False, False, True]
    assert [type(item).__name__ for item in items if isinstance(item, CollectError)] == [
        "EntryRefused"
    ]
    assert found[0].version == "etag sha1:digest of /f/a-bp.xml"
    assert source.complete
    source.fetch(found[1].locator, into)
    assert into.read_bytes() == site.document


@pytest.mark.parametrize(
    ("path", "config", "expected"),
    [
        ("/fr/datasets/d/", {}, ["Budget d/d.xml"]),
        ("/api/1/datasets/d/", {}, ["Budget d/d.xml"]),
        ("/", {"query": {"tag": "autre"}}, ["Budget b/CA 2021"]),
        ("/fr/datasets/?tag=autre", {}, ["Budget b/CA 2021"]),
        ("/", {"filters": {"include": "*d.xml"}}, ["Budget d/d.xml"]),
    ],
)
def test_dataset_tag_and_search_of_udata(site, udata, path, config, expected):
    assert names(site.source(path, {"kind": "udata", **config})) == expected


def test_what_udata_does_not_have_makes_the_source_unusable(site, udata):
    for path in ("/fr/organizations/gone/", "/fr/datasets/unknown/"):
        with pytest.raises(CollectError):
            list(site.source(path, {"kind": "udata"}).list())


def test_a_portal_that_never_ends_is_left(site, udata):
    endless = {"data": [udata.datasets[0]], "next_page": "x"}
    site.routes["/api/1/datasets/"] = lambda h: answer(h, endless)
    source = site.source("/", {"kind": "udata"}, limits=replace(site.limits, max_pages=20))
    with pytest.raises(CollectError, match="plus de 20 pages"):
        list(source.list())
    assert not source.complete
    assert len(site.asked) <= source.limits.max_pages


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"data": 3}', b"[" * 50_000])
def test_an_api_that_answers_something_else_is_explained(site, body):
    site.routes["/api/1/datasets/"] = body
    site.routes["/api/3/action/package_search"] = body
    for kind in ("udata", "ckan"):
        with pytest.raises(CollectError, match="illisible"):
            list(site.source("/", {"kind": kind}).list())


# --- CKAN ---


@pytest.fixture
def portal(site):
    """A CKAN portal of 250 datasets: its pages are of 100."""
    datasets = [
        {
            "name": f"budget-{rank}",
            "title": f"Budget {rank}",
            "resources": [
                {
                    "url": site.url(f"/f/{rank}.xml"),
                    "name": "TOTEM",
                    "format": "XML",
                    "size": 10,
                    "hash": f"h{rank}",
                    "last_modified": "2023-01-01T00:00:00",
                },
                {"url": site.url(f"/f/{rank}.pdf"), "name": "PDF", "format": "PDF"},
            ],
        }
        for rank in range(250)
    ]

    def search(handler):
        query = asked(handler)
        start, rows = int(query["start"]), min(int(query["rows"]), 100)
        found = datasets if "fq" not in query else datasets[:1]
        page = found[start : start + rows]
        answer(handler, {"success": True, "result": {"count": len(found), "results": page}})

    site.routes["/data/api/3/action/package_search"] = search
    site.routes["/data/api/3/action/package_show"] = lambda h: answer(
        h, {"success": True, "result": datasets[7]}
    )
    return site


def test_every_page_of_a_ckan_search(portal):
    source = portal.source("/data/", {"kind": "ckan", "query": {"q": "totem"}})
    found = list(source.list())
    assert len(found) == 250
    assert found[0] == Candidate(
        portal.url("/f/0.xml"), "Budget 0/TOTEM", 10, "2023-01-01T00:00:00", "hash:h0"
    )
    assert all("q=totem" in path for path in portal.asked)


def test_organisation_and_dataset_of_a_ckan_portal(portal):
    source = portal.source("/data/fr/organization/region", {"kind": "ckan"})
    assert names(source) == ["Budget 0/TOTEM"]
    assert "organization%3A%22region%22" in portal.asked[0]
    assert names(portal.source("/data/dataset/budget-7", {"kind": "ckan"})) == ["Budget 7/TOTEM"]


# --- DCAT ---

TURTLE = """
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix hydra: <http://www.w3.org/ns/hydra/core#> . @prefix spdx: <http://spdx.org/rdf/terms#> .
<{site}c> a dcat:Catalog ; dcat:dataset <{site}d{page}> .
<{site}d{page}> a dcat:Dataset ; dct:title "Budget {page}" ;
  dcat:distribution <{site}x{page}>, <{site}y{page}> .
<{site}x{page}> dct:title "BP {page}" ; dcat:downloadURL <{site}f/{page}> ; dcat:byteSize "12.0" ;
  dcat:mediaType <https://www.iana.org/assignments/media-types/application/xml> ;
  spdx:checksum [ spdx:checksumValue "abc" ] .
<{site}y{page}> dct:title "Notice" ; dcat:accessURL <{site}n/{page}.pdf> .
<{site}p{page}> a hydra:PagedCollection ; hydra:nextPage "{after}" .
"""


def turtle(site, path, page, after):
    body = TURTLE.format(site=site.url("/"), page=page, after=after).encode()
    site.routes[path] = lambda h: h.reply(200, body, {"Content-Type": "text/turtle"})


def test_pages_of_a_dcat_catalogue(site):
    pytest.importorskip("rdflib")
    turtle(site, "/catalog.ttl", 1, site.url("/two.ttl"))
    turtle(site, "/two.ttl", 2, "http://elsewhere.example/three.ttl")
    found = list(site.source("/catalog.ttl").list())
    assert found == [
        Candidate(site.url("/f/1"), "Budget 1/BP 1", 12, None, "checksum:abc"),
        Candidate(site.url("/f/2"), "Budget 2/BP 2", 12, None, "checksum:abc"),
    ]


def test_json_ld_with_its_own_context(site):
    pytest.importorskip("rdflib")
    page = {
        "@context": {"dcat": "http://www.w3.org/ns/dcat#"},
        "@id": site.url("/d"),
        "dcat:distribution": {
            "@id": site.url("/x"),
            "dcat:downloadURL": {"@id": site.url("/f/bp.xml")},
        },
    }
    site.routes["/c.jsonld"] = lambda h: h.reply(
        200, json.dumps(page).encode(), {"Content-Type": "application/ld+json"}
    )
    assert names(site.source("/c.jsonld")) == ["bp.xml"]


@pytest.mark.parametrize(
    ("kind", "body", "reason"),
    [
        ("application/ld+json", b'{"@context": "http://127.0.0.1:1/c.jsonld"}', "contexte"),
        ("application/ld+json", b'{"a": [{"@context": {"@import": "http://h/"}}]}', "contexte"),
        ("application/rdf+xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "entités"),
        ("application/rdf+xml", b"<a", "RDF mal"),
        ("text/turtle", b"@prefix", "RDF mal"),
        ("image/png", b"x", "format inconnu"),
    ],
)
def test_dcat_that_is_dangerous_or_unreadable_is_refused(site, kind, body, reason):
    pytest.importorskip("rdflib")
    site.routes["/catalogue"] = lambda h: h.reply(200, body, {"Content-Type": kind})
    with pytest.raises(CollectError, match=reason):
        list(site.source("/catalogue", {"kind": "dcat"}).list())


def test_the_kind_of_a_catalogue_is_found_by_its_address():
    kinds = {
        "https://www.data.gouv.fr/fr/organizations/region/": "udata",
        "https://example.org/api/1/datasets/": "udata",
        "https://example.org/api/3/action/package_search": "ckan",
        "https://example.org/catalog.ttl?page=1": "dcat",
        "https://example.org/datasets/2022/": None,
    }
    assert {url: kind_of_catalogue(url) for url in kinds} == kinds


@pytest.mark.parametrize(
    ("url", "kind", "wanted"),
    [
        ("http://h/a", "http://publications.europa.eu/resource/authority/file-type/XML", True),
        ("http://h/a", "TOTEM", True),
        ("http://h/a.zip?x=1", "", True),
        ("http://h/a.csv", "csv", False),
        ("http://h/a", "", False),
    ],
)
def test_which_files_of_a_catalogue_count(url, kind, wanted):
    assert File(url, "", format=kind).is_wanted is wanted


@pytest.mark.parametrize(
    ("declared", "wanted"),
    [
        ({"schema": {"name": "scdl/budget", "version": "0.8.1"}}, True),
        ({"schema_name": "scdl/budget"}, True),
        ({"conforms_to": ["https://schema.data.gouv.fr/scdl/budget/"]}, True),
        ({"schema": {"name": "scdl/subventions"}}, False),
        ({"schema": None}, False),
    ],
)
def test_a_table_counts_when_it_declares_the_schema_of_budgets(declared, wanted):
    for url, kind in (("http://h/a.csv", ""), ("http://h/a", "csv")):
        assert File(url, "", format=kind, schema=schema_of(declared)).is_wanted is wanted
    assert not File("http://h/a.pdf", "", format="pdf", schema=schema_of(declared)).is_wanted


def test_a_local_catalogue_is_refused(tmp_path):
    for kind in ("udata", "ckan", "dcat"):
        with pytest.raises(CollectError, match="adresse web"):
            list(source_for(str(tmp_path), {"kind": kind}).list())
