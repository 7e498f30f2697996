"""The pages that ask the open dataset: answers, files, the region; bounded, and honest."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from ckanext.budget.opendata import engine, questions, region
from ckanext.budget.opendata.errors import TooLong
from ckanext.budget.opendata.questions import Question
from ckanext.budget.opendata.shown import columns

NAMES = list(questions.questions())


@pytest.fixture
def asked(portal: Any, make_document: Any, built: Callable[..., Any], app: Any) -> Any:
    """A portal with a budget and an account of two years, built."""
    for year in (2021, 2022):
        for stage in ("01", "09"):
            portal.publish(make_document(year=year, stage=stage))
    built()
    return app


@pytest.mark.parametrize("name", NAMES)
def test_a_question_is_told_in_both_languages(name: str) -> None:
    question = questions.questions()[name]
    for language in ("fr", "en"):
        assert question.title(language) and question.text(language)
    assert question.title("fr") != question.title("en")


def test_every_question_runs_and_each_column_has_its_label(asked: Any) -> None:
    for name, question in questions.questions().items():
        found = questions.answer(question, 2022)
        assert set(found.columns) <= set(columns()), name
        assert {question.label, question.value} <= set(found.columns), name
        assert asked.get(f"/budgets/donnees/{name}").status_code == 200, name


def test_there_are_a_dozen() -> None:
    assert len(NAMES) == 12


def test_the_page_shows_the_answer_its_query_and_its_file(asked: Any) -> None:
    page = asked.get("/budgets/donnees/couverture").body
    assert "FROM documents" in page
    assert "CREATE VIEW documents AS FROM" in page
    text = asked.get("/budgets/donnees/couverture.csv").body.lstrip("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["exercice"], row["etape"], row["documents"]) for row in rows] == [
        ("2022", "BP", "1"), ("2022", "CA", "1"), ("2021", "BP", "1"), ("2021", "CA", "1"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "address",
    [
        "/budgets/donnees/inconnue",
        "/budgets/donnees/inconnue.csv",
        "/budgets/donnees/fichiers/.state.json",
        "/budgets/donnees/fichiers/../../../etc/passwd",
        "/budgets/donnees/fichiers/lignes",
    ],
)
def test_nothing_else_is_served(asked: Any, address: str) -> None:
    assert asked.get(address, status=404).status_code == 404


@pytest.mark.parametrize("year", ["1999", "2022; DROP", "²", "'"])
def test_an_exercise_that_does_not_exist_is_the_latest(asked: Any, year: str) -> None:
    page = asked.get("/budgets/donnees/recettes", query_string={"exercice": year}).body
    assert "t.exercice = 2022" in page


def test_a_file_is_read_in_parts_by_any_page(asked: Any, files: Any) -> None:
    path = "documents/documents.parquet"
    whole = (files.folder / path).read_bytes()
    answer = asked.get(f"/budgets/donnees/fichiers/{path}", headers={"Range": "bytes=0-3"})
    assert answer.status_code == 206
    assert answer.data == whole[:4] == b"PAR1"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_answers_are_of_the_current_build(asked: Any, portal: Any, built: Any) -> None:
    question = questions.questions()["couverture"]
    assert len(questions.answer(question, 2022).rows) == 4
    portal.action("package_delete", id="budget-21670482500019-2021")
    built()
    assert len(questions.answer(question, 2022).rows) == 2


def test_a_question_that_lasts_is_given_up(asked: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    endless = Question(
        "x", "x", "x", "x", "x", "n", "n",
        "SELECT count(*) AS n FROM range(1000000) a, range(1000000) b, documents",
    )  # fmt: skip
    monkeypatch.setattr(engine, "SECONDS", 0.2)
    with pytest.raises(TooLong):
        questions.answer(endless, 2022)


def test_memory_has_a_limit(asked: Any) -> None:
    greedy = "SELECT list(a.range) AS n FROM range(200000000) a, documents"
    with pytest.raises(TooLong):
        questions.run(greedy)


def test_before_the_first_build_the_pages_say_so(portal: Any, app: Any) -> None:
    for address in ("/budgets/donnees", "/budgets/region"):
        assert "ckan budget dataset build" in app.get(address).body
    assert app.get("/budgets/donnees/couverture", status=404).status_code == 404


def test_an_empty_dataset_has_pages(portal: Any, built: Any, app: Any) -> None:
    built()
    for address in ("/budgets/donnees", "/budgets/region", "/budgets/donnees/couverture"):
        assert app.get(address).status_code == 200


def test_totals_of_the_region_are_of_those_that_published(asked: Any) -> None:
    [row] = region.by_kind(2022, "BP")
    total = row.totals["real_operating_expenditure"]
    assert (row.kind, row.published, total.bodies) == ("commune", 1, 1)
    assert total.euros == Decimal("1500.25")
    assert total.per_inhabitant == Decimal("1.22")
    assert [year for year, _ in region.by_year("real_operating_expenditure", "BP")] == [2021, 2022]
    [stratum] = region.strata(2022, "real_operating_expenditure", "BP")
    assert (stratum.start, stratum.bodies) == (500, 1)


def test_the_region_tells_who_is_missing(asked: Any) -> None:
    import sqlalchemy as sa
    from ckan import model

    from ckanext.budget.core.tables import territory_table
    from ckanext.budget.pages.territories import reference, store

    page = asked.get("/budgets/region?etape=BP").body
    assert "pas chargée" in page or "not loaded" in page
    store.save(reference.shipped(), "test")
    try:
        page = asked.get("/budgets/region?etape=BP").body
        assert "etat=manquants" in page
    finally:
        model.Session.execute(sa.delete(territory_table))
        model.Session.commit()


def test_the_map_draws_the_figure_of_each_commune(asked: Any) -> None:
    import sqlalchemy as sa
    from ckan import model

    from ckanext.budget.core.tables import territory_table
    from ckanext.budget.pages.territories import reference, store

    query = "etape=BP&exercice=2022&indicateur=real_operating_expenditure"
    assert 'id="map"' not in asked.get(f"/budgets/region?{query}").body, "no list of communes"
    store.save(reference.shipped(), "test")
    try:
        page = asked.get(f"/budgets/region?{query}").body
        assert "/budgets/region.geojson?exercice=2022&etape=BP" in page.replace("&amp;", "&")
        answer = asked.get(f"/budgets/region.geojson?{query}")
        places = {one["properties"]["code"]: one for one in answer.json["features"]}
        known = places["67482"]
        assert known["geometry"]["type"] == "Point"
        assert known["properties"]["euros_par_habitant"] == 1.22
        assert known["properties"]["tiers"] == 2, "too few to part"
        others = [one["properties"] for code, one in places.items() if code != "67482"]
        assert len(others) > 1000
        assert {(one["tiers"], one["euros_par_habitant"]) for one in others} == {(None, None)}
        again = asked.get(
            f"/budgets/region.geojson?{query}", headers={"If-None-Match": answer.headers["ETag"]}
        )
        assert again.status_code == 304
        text = asked.get(f"/budgets/region/communes.csv?{query}").body.lstrip("\ufeff")
        rows = {row["code_insee"]: row for row in csv.DictReader(io.StringIO(text))}
        assert len(rows) == len(places)
        assert rows["67482"]["euros_par_habitant"] == "1.22"
        assert rows["67001"]["euros_par_habitant"] == ""
    finally:
        model.Session.execute(sa.delete(territory_table))
        model.Session.commit()


@pytest.mark.parametrize("address", ["/budgets/region.geojson", "/budgets/region/communes.csv"])
def test_no_map_without_figures(portal: Any, built: Any, app: Any, address: str) -> None:
    built()
    assert app.get(address, status=404).status_code == 404


def test_addresses_do_not_make_the_memory_grow(asked: Any) -> None:
    from ckanext.budget.opendata import blueprint

    blueprint._layers.clear()
    for number in range(40):
        asked.get(f"/budgets/region.geojson?etape=x{number}&exercice={number}&indicateur={number}")
        asked.get(f"/budgets/donnees/recettes?exercice={number}")
    assert len(blueprint._layers._kept) <= 1
    texts = [
        key for key in questions._answers._kept if "recettes" in str(key) or "sens" in str(key)
    ]
    assert len(texts) <= 2


@pytest.mark.parametrize(
    ("values", "limits"),
    [([], None), ([1, 2], None), ([3, 1, 2], (1, 2)), (range(1, 10), (3, 6)), ([5] * 9, (5, 5))],
)
def test_thirds(values: Any, limits: Any) -> None:
    found = region.thirds(map(Decimal, values))
    assert found == limits
    if found:
        counts = [sum(region.third(Decimal(v), found) == n for v in values) for n in (1, 2, 3)]
        assert counts in ([len(values) // 3] * 3, [len(values), 0, 0])


@pytest.fixture
def shown(asked: Any, portal: Any, ckan_config: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """``shown()``: the dataset of CKAN, brought up to date."""
    from ckanext.budget.opendata import catalogue

    monkeypatch.setitem(
        ckan_config, "ckanext.budget.dataset_organization", portal.organization["name"]
    )

    def show() -> dict[str, Any]:
        return portal.dataset(catalogue.show())

    return show


def test_the_catalogue_shows_the_files(shown: Any, asked: Any, portal: Any, built: Any) -> None:
    package = shown()
    assert package["license_id"] == "lov2"
    assert all(resource["url"].startswith("http") for resource in package["resources"])
    hashed = [r for r in package["resources"] if r["format"] == "Parquet"]
    assert hashed and all(r["hash"] and r["size"] for r in hashed)
    before = {r["name"]: r["id"] for r in package["resources"]}
    portal.action("package_delete", id="budget-21670482500019-2021")
    built()
    after = {r["name"]: r["id"] for r in shown()["resources"]}
    assert set(after) < set(before)
    assert all(before[name] == identifier for name, identifier in after.items())


def test_other_catalogues_read_its_distributions(shown: Any, app: Any) -> None:
    package = shown()
    text = app.get(f"/dataset/{package['name']}.ttl").body
    assert text.count("a dcat:Distribution") == len(package["resources"])
    assert "spdx:checksumValue" in text


def test_nobody_else_takes_its_address(portal: Any) -> None:
    import ckan.plugins.toolkit as tk

    from ckanext.budget.sheet.identity import OPEN_DATASET

    with pytest.raises(tk.ValidationError):
        portal.action("package_create", name=OPEN_DATASET, owner_org=portal.organization["id"])


def test_a_deleted_dataset_stays_deleted(shown: Any, portal: Any) -> None:
    from ckanext.budget.core.errors import DatasetDeleted

    portal.action("package_delete", id=shown()["id"])
    with pytest.raises(DatasetDeleted):
        shown()
