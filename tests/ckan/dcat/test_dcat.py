"""The catalogue's feeds, read as a national harvester reads them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from ckan.lib.helpers import url_for
from rdflib import RDF, Graph, Literal, URIRef

from ckanext.budget.dcat import authorities
from ckanext.budget.dcat.check import (
    DCAT,
    DCT,
    FOAF,
    REQUIREMENTS,
    budgets,
    check,
    number_of_pages,
    pages,
)

EU = "http://publications.europa.eu/resource/authority"
SYNTAXES = {"ttl": "turtle", "jsonld": "json-ld", "xml": "xml"}


@pytest.fixture
def plugins() -> str:
    return "budget harvest scheming_datasets dcat datastore datatables_view"


@pytest.fixture
def get(portal: Any, app: Any) -> Any:
    """The body of a page of the portal, given its absolute or local address."""

    def read(address: str) -> bytes:
        return app.get(address.removeprefix("http://test.ckan.net"), status=200).data

    return read


def publish(portal: Any, make_document: Any, years: Any = (2022,)) -> None:
    for year in years:
        portal.publish(make_document(year=year))


def one_budget(graph: Graph) -> Any:
    [dataset] = budgets(graph)
    return dataset


@pytest.mark.parametrize("suffix", SYNTAXES)
def test_every_property_that_a_harvester_needs_is_there(
    suffix: str, portal: Any, make_document: Any, get: Any
) -> None:
    publish(portal, make_document)
    [graph] = pages(get, f"/catalog.{suffix}", SYNTAXES[suffix])
    assert one_budget(graph)
    assert [lack.requirement.code for lack in check(graph)] == ["courriel"]


def test_the_dataset_page_says_the_same(portal: Any, make_document: Any, get: Any) -> None:
    publish(portal, make_document)
    graph = Graph().parse(data=get("/dataset/budget-21670482500019-2022.ttl"), format="turtle")
    assert [lack.requirement.code for lack in check(graph)] == ["courriel"]


def test_values_come_from_the_document_and_from_official_tables(
    portal: Any, make_document: Any, get: Any
) -> None:
    publish(portal, make_document)
    graph = next(pages(get, "/catalog.ttl", "turtle"))
    dataset = one_budget(graph)
    publisher = graph.value(dataset, DCT.publisher)
    assert graph.value(publisher, DCT.identifier) == Literal("21670482500019")
    assert graph.value(publisher, FOAF.name) == Literal("COMMUNE D'ESSAI")
    assert graph.value(dataset, DCT.identifier) == Literal(str(dataset))
    assert str(dataset).startswith("http://test.ckan.net/dataset/")
    assert graph.value(dataset, DCT.accrualPeriodicity) == URIRef(f"{EU}/frequency/ANNUAL")
    assert URIRef(f"{EU}/data-theme/GOVE") in graph.objects(dataset, DCAT.theme)
    assert URIRef("http://data.europa.eu/nuts/code/FRF11") in graph.objects(dataset, DCT.spatial)
    period = graph.value(dataset, DCT.temporal)
    assert str(graph.value(period, DCAT.startDate)) == "2022-01-01"
    assert str(graph.value(period, DCAT.endDate)) == "2022-12-31"
    licence = graph.value(dataset, DCT.license)
    assert "etalab.gouv.fr/licence-ouverte" in str(licence)
    assert [str(page) for page in graph.objects(dataset, DCAT.landingPage)] == [
        url_for("budget.read", id="budget-21670482500019-2022", _external=True)
    ]


def test_the_table_says_which_version_of_scdl_it_follows(
    portal: Any, make_document: Any, get: Any
) -> None:
    publish(portal, make_document)
    graph = next(pages(get, "/catalog.ttl", "turtle"))
    files = {
        str(graph.value(item, DCAT.mediaType)).rsplit("/", 1)[-1]: item
        for item in graph.objects(one_budget(graph), DCAT.distribution)
    }
    assert set(files) == {"csv", "xml", "zip"}
    [schema] = graph.objects(files["csv"], DCT.conformsTo)
    assert str(schema) == "https://schema.data.gouv.fr/scdl/budget/0.8.3/documentation.html"
    assert list(graph.objects(files["xml"], DCT.conformsTo)) == []
    assert graph.value(files["csv"], DCT["format"]) == URIRef(f"{EU}/file-type/CSV")


def test_the_contact_of_the_sheet_wins(portal: Any, make_document: Any, get: Any) -> None:
    publish(portal, make_document)
    contact = {"name": "Service des finances", "email": "finances@essai.example"}
    portal.action("package_patch", id="budget-21670482500019-2022", contact=[contact])
    graph = next(pages(get, "/catalog.ttl", "turtle"))
    assert list(check(graph)) == []


def test_a_missing_property_is_told() -> None:
    graph = Graph()
    dataset, page = URIRef("https://p.example/1"), URIRef("https://p.example/budget/x")
    graph.add((dataset, RDF.type, DCAT.Dataset))
    graph.add((dataset, DCAT.landingPage, page))
    codes = {lack.requirement.code for lack in check(graph)}
    assert codes == {item.code for item in REQUIREMENTS if item.scope == "dataset"} - {"page"}


def test_a_value_of_another_table_is_not_accepted() -> None:
    graph = Graph()
    dataset = URIRef("https://p.example/1")
    graph.add((dataset, RDF.type, DCAT.Dataset))
    graph.add((dataset, DCAT.landingPage, URIRef("https://p.example/budget/x")))
    graph.add((dataset, DCT.accrualPeriodicity, Literal("annuelle")))
    assert "frequence" in {lack.requirement.code for lack in check(graph)}


def test_pages_are_followed_to_the_last(
    portal: Any, make_document: Any, get: Any, ckan_config: Any, monkeypatch: Any
) -> None:
    monkeypatch.setitem(ckan_config, "ckanext.dcat.datasets_per_page", 2)
    publish(portal, make_document, range(2018, 2023))
    read = list(pages(get, "/catalog.jsonld", "json-ld"))
    assert [len(budgets(graph)) for graph in read] == [2, 2, 1]
    assert {number_of_pages(graph) for graph in read} == {3}
    assert len({dataset for graph in read for dataset in budgets(graph)}) == 5


@pytest.mark.parametrize("suffix", ["rdf", "xml", "ttl", "jsonld", "n3"])
def test_the_address_of_a_budget_gives_its_description(
    suffix: str, portal: Any, make_document: Any, get: Any
) -> None:
    publish(portal, make_document)
    name = "budget-21670482500019-2022"
    ours, theirs = get(f"/budget/{name}.{suffix}"), get(f"/dataset/{name}.{suffix}")
    syntax = SYNTAXES.get(suffix) or {"rdf": "xml", "n3": "n3"}[suffix]
    graphs = [Graph().parse(data=data, format=syntax) for data in (ours, theirs)]
    assert len(graphs[0]) == len(graphs[1]) > 20


def test_a_page_of_the_catalogue_is_made_once_until_something_changes(
    portal: Any, make_document: Any, app: Any, monkeypatch: Any
) -> None:
    from ckanext.budget.dcat import blueprint

    made: list[None] = []
    original = blueprint._made
    publish(portal, make_document)
    assert "ETag" not in app.get("/catalog.ttl", status=200).headers, "Solr may be late"
    monkeypatch.setattr(blueprint, "SETTLED", timedelta(0))
    monkeypatch.setattr(blueprint, "_made", lambda: made.append(None) or original())
    first = app.get("/catalog.ttl", status=200)
    again = app.get("/catalog.ttl", status=200)
    assert (again.data, again.headers["ETag"], len(made)) == (first.data, first.headers["ETag"], 1)
    asked = {"If-None-Match": first.headers["ETag"]}
    assert app.get("/catalog.ttl", headers=asked, status=304).data == b""
    publish(portal, make_document, (2023,))
    changed = app.get("/catalog.ttl", headers=asked, status=200)
    assert b"budget-21670482500019-2023" in changed.data
    portal.action("package_patch", id="budget-21670482500019-2023", private=True)
    hidden = app.get("/catalog.ttl", status=200)
    assert b"budget-21670482500019-2023" not in hidden.data
    portal.action("organization_patch", id=portal.organization["id"], title="Autre nom")
    assert app.get("/catalog.ttl", status=200).headers["ETag"] != hidden.headers["ETag"]


def test_invented_pages_do_not_make_the_memory_grow(
    portal: Any, app: Any, monkeypatch: Any
) -> None:
    from ckanext.budget.dcat import blueprint

    monkeypatch.setattr(blueprint, "SETTLED", timedelta(0))
    for page in range(1000, 1070):
        app.get(f"/catalog.ttl?page={page}", status=200)
    assert 0 < len(blueprint._pages._kept) <= 64
    assert app.get("/catalog.ttl?page=x", status=409)
    assert app.get("/catalog.ttl?q=x", status=200)


def test_what_changed_since_is_paged_too(
    portal: Any, make_document: Any, get: Any, ckan_config: Any, monkeypatch: Any
) -> None:
    monkeypatch.setitem(ckan_config, "ckanext.dcat.datasets_per_page", 2)
    publish(portal, make_document, range(2018, 2023))
    portal.action("package_patch", id="budget-21670482500019-2018", notes="Changé depuis.")
    changed = portal.dataset("budget-21670482500019-2018")["metadata_modified"]
    [graph] = pages(get, f"/catalog.ttl?modified_since={changed}", "turtle")
    assert [str(one).rsplit("/", 1)[-1] for one in budgets(graph)] == [
        portal.dataset("budget-21670482500019-2018")["id"]
    ]
    read = list(pages(get, "/catalog.ttl?modified_since=2020-01-01T00:00:00%2B02:00", "turtle"))
    assert [len(budgets(graph)) for graph in read] == [2, 2, 1]


@pytest.mark.parametrize(
    ("since", "number"),
    [
        ("2020-01-01", 1),
        ("2020-01-01T00:00:00", 1),
        ("2020-01-01T00:00:00Z", 1),
        ("2020-01-01T00:00:00%2B02:00", 1),
        ("2099-01-01T00:00:00Z", 0),
    ],
)
def test_modified_since_takes_any_iso_date(
    since: str, number: int, portal: Any, make_document: Any, get: Any
) -> None:
    publish(portal, make_document)
    graph = Graph().parse(data=get(f"/catalog.ttl?modified_since={since}"), format="turtle")
    assert len(budgets(graph)) == number


def test_a_date_that_is_none_is_refused(portal: Any, app: Any) -> None:
    assert app.get("/catalog.ttl?modified_since=hier", status=409)


def test_the_command_says_what_is_missing(portal: Any, make_document: Any, cli: Any) -> None:
    from ckanext.budget.plugin.cli import budget

    publish(portal, make_document)
    result = cli.invoke(budget, ["dcat", "check"], catch_exceptions=False)
    assert result.exit_code == 0
    assert "1 budget(s) dans 1 page(s)" in result.output
    assert "Sans courriel du contact : 1" in result.output
    other = cli.invoke(budget, ["dcat", "check", "--org", "nobody"], catch_exceptions=False)
    assert "0 budget(s)" in other.output
    portal.action("package_patch", id="budget-21670482500019-2022", frequency="")
    result = cli.invoke(budget, ["dcat", "check"], catch_exceptions=False)
    assert result.exit_code == 1
    assert "Sans fréquence" in result.output


@pytest.mark.parametrize(
    ("department", "kind", "code"),
    [
        ("67", "commune", "FRF11"),
        ("067", "commune", "FRF11"),
        ("67", "region", "FRF"),
        ("2A", "departement", "FRM01"),
        ("974", "region", "FRY4"),
    ],
)
def test_nuts_codes(department: str, kind: str, code: str) -> None:
    assert authorities.nuts(department, kind) == f"http://data.europa.eu/nuts/code/{code}"


def test_an_unknown_departement_has_no_nuts_code() -> None:
    assert authorities.nuts("99") == ""
