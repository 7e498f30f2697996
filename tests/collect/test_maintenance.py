"""A site that answers anything with 200 lists nothing: its documents were not withdrawn."""

from __future__ import annotations

import pytest

from ckanext.budget.collect.errors import CollectError

SOURCES = {
    "index": ("/budgets/", {"kind": "index"}),
    "list as text": ("/list.txt", {"kind": "list"}),
    "list as CSV": ("/list.csv", {"kind": "list"}),
    "list as JSON": ("/list.json", {"kind": "list"}),
    "zip": ("/budgets.zip", {"kind": "zip"}),
    "udata, a dataset": ("/fr/datasets/budget/", {"kind": "udata"}),
    "udata, an organisation": ("/fr/organizations/region/", {"kind": "udata"}),
    "udata, a search": ("/", {"kind": "udata", "query": {"tag": "totem"}}),
    "ckan, a dataset": ("/dataset/budget", {"kind": "ckan"}),
    "ckan, a search": ("/", {"kind": "ckan", "query": {"q": "totem"}}),
    "dcat, Turtle": ("/catalog.ttl", {"kind": "dcat"}),
    "dcat, JSON-LD": ("/catalog.jsonld", {"kind": "dcat"}),
    "dcat, RDF/XML": ("/catalog.rdf", {"kind": "dcat"}),
}

PAGES = {
    "page": ("text/html", b"<!DOCTYPE html>\n<h1>Maintenance</h1>\n<a href='/'>Accueil</a>\n"),
    "page as text": ("text/plain", b"<html>\n<p>De retour demain</p>\n</html>\n"),
    "error as JSON": ("application/json", b'{"message": "maintenance"}'),
    "success without anything": ("application/json", b'{"success": true, "result": {}}'),
}


class Everywhere(dict):
    """One answer at every address."""

    def __init__(self, kind: str, body: bytes) -> None:
        super().__init__()
        self.kind, self.body = kind, body

    def get(self, _path, _default=None):
        return lambda handler: handler.reply(200, self.body, {"Content-Type": self.kind})


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("kind", SOURCES)
def test_an_answer_that_is_no_listing_withdraws_nothing(site, kind, page):
    site.routes = Everywhere(*PAGES[page])
    address, config = SOURCES[kind]
    source = site.source(address, config)
    with pytest.raises(CollectError):
        list(source.list())
    assert not source.complete
