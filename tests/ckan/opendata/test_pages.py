"""The pages that ask the open dataset: answers, files, the region; bounded, and honest."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from ckanext.budget.opendata import engine, questions, region
from ckanext.budget.opendata.errors import TooLong
from ckanext.budget.opendata.questions import Question
from ckanext.budget.opendata.shown import columns, shown

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
        assert {*question.label.split(), question.value} <= set(found.columns), name
        assert asked.get(f"/budgets/donnees/{name}").status_code == 200, name


STAGES = {
    "execute": "comptes exécutés (CA et CFU, réalisé)",
    "vote execute": "budgets primitifs (prévu) et comptes exécutés (CA et CFU, réalisé)",
    "all": "toutes les étapes (BP, BS, DM, CA et CFU)",
}
BUDGETS = {"principal": "budgets principaux seulement", "all": "budgets principaux et annexes"}
BODIES = {
    "commune": "communes seulement (ni intercommunalités, ni départements, ni région)",
    "commune epci": "communes et intercommunalités (EPCI), sans les départements ni la région",
    "all": "toutes les collectivités : communes, intercommunalités (EPCI), départements",
}


@pytest.mark.parametrize("name", NAMES)
def test_the_query_counts_what_is_declared(name: str) -> None:
    question = questions.questions()[name]
    assert bool(question.scope) == ("{champ}" in question.sql), "declared, hence filtered"
    written = question.written(2022)
    assert "{" not in written
    for column in ("reference", "type_budget", "type_collectivite"):
        assert f"{column} IN" not in question.sql, "only the declaration filters"
        assert f"{column} NOT IN" not in question.sql
    asked_of = {"reference": question.stages, "type_budget": question.budgets}
    for column, names in (asked_of | {"type_collectivite": question.bodies}).items():
        assert (f"d.{column} IN (" in written) == (names != "all")


def test_every_page_says_which_stage_and_bodies_it_counts(asked: Any, get: Any) -> None:
    index = get("/fr/budgets/donnees")
    for name, question in questions.questions().items():
        told = (STAGES[question.stages], BUDGETS[question.budgets], BODIES[question.bodies])
        page = get(f"/fr/budgets/donnees/{name}")
        head = page[page.index("<h1") : page.index("budget-code")]
        for text in told:
            assert text in head, name
            assert text in index, name
        if question.by_year and "<table" in head:
            assert f"La réponse en tableau : 2022, {told[0]}" in head, name


@pytest.mark.parametrize(
    ("bodies", "year"),
    [
        ({}, None),
        ({2023: 1}, 2023),
        ({2023: 1, 2021: 414, 2020: 529}, 2021),
        ({2023: 264, 2022: 529}, 2022),
        ({2023: 265, 2022: 529}, 2023),
        ({2023: 3, 2022: 4, 2021: 4, 2020: 4, 2019: 4, 2010: 900}, 2023),
    ],
)
def test_the_usual_exercise_is_the_latest_well_covered(bodies: Any, year: int | None) -> None:
    assert questions.usual(bodies) == year


def test_a_question_on_two_stages_counts_bodies_with_both(
    portal: Any, make_document: Any, built: Any
) -> None:
    for year, stage in ((2021, "01"), (2021, "09"), (2022, "01")):
        portal.publish(make_document(year=year, stage=stage))
    built()
    known = questions.questions()
    assert questions.counted(known["vote-realise"]) == {2021: 1}
    assert questions.counted(known["recettes"]) == {2021: 1}
    assert questions.counted(known["couverture"]) == {2022: 1, 2021: 1}


@pytest.mark.parametrize(
    ("answer", "texts"),
    [
        (("annees", Decimal("13.5")), "13,5 ans"),
        (("pourcent", Decimal("53.5")), "53,5 %"),
        (("taux_median", Decimal("20.16")), "20,2 %"),
        (("euros_par_habitant", Decimal("519.4")), "519,40 €"),
        (("mediane", 1553.86), "1 553,86 €"),
        (("premier_quart", None), "–"),
        (("population_minimum", 0), "Moins de 500"),
        (("population_minimum", 2000), "2 000 à 9 999"),
        (("population_minimum", 50000), "50 000 et plus"),
    ],
)
def test_numbers_have_their_unit(app: Any, answer: tuple[str, Any], texts: str) -> None:
    name, value = answer
    question = Question("x", "x", "x", "x", "x", "all", "all", "all", name, name, "")
    with app.flask_app.test_request_context("/", environ_overrides={"CKAN_LANG": "fr"}):
        found = shown(question, questions.Answer([name], [(value,)]))
    assert re.sub("[\u202f\xa0]", " ", found.rows[0][0].text) == texts


def test_a_file_has_labels_beside_codes(asked: Any, get: Any) -> None:
    text = get("/fr/budgets/donnees/depenses-par-habitant.csv").lstrip("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text)))
    page = get("/fr/budgets/donnees/depenses-par-habitant")
    assert rows
    for row in rows:
        assert row["population_minimum_libelle"] != row["population_minimum"]
        assert row["population_minimum_libelle"] in page


def test_another_exercise_than_asked_is_told(
    portal: Any, make_document: Any, built: Any, get: Any
) -> None:
    portal.publish(make_document(year=2022, stage="01"))
    portal.publish(make_document(year=2021, stage="09"))
    built()
    for address in ("/fr/budgets/region?etape=CA&", "/fr/budgets/donnees/recettes?"):
        told = get(f"{address}exercice=2022")
        assert "pour 2022" in told and re.search("(la page|elle) montre 2021", told), address
        assert "montre 2021" not in get(f"{address}exercice=2021")


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
        "x", "x", "x", "x", "x", "all", "all", "all", "n", "n",
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


@pytest.mark.parametrize("stage", ["BP", "CA"])
def test_every_title_of_the_region_says_stage_and_year(
    asked: Any, get: Any, listed: Callable[..., None], stage: str
) -> None:
    listed()
    page = get(f"/fr/budgets/region?etape={stage}&exercice=2021")
    main = page[page.index('role="main"') :]
    titles = re.findall(r'<h2 id="(\w+)">(.*?)</h2>', main)
    assert {name for name, _ in titles} >= {"coverage", "totals", "rates", "history", "strata"}
    said = {"BP": "budgets primitifs (prévu)", "CA": "comptes exécutés (CA et CFU, réalisé)"}[stage]
    for name, title in titles:
        assert title.endswith(said), name
        assert name == "history" or "2021" in title, name
    assert ("portent sur les comptes exécutés" in page) == (stage == "BP")
    assert "les ventes de biens (compte 775) sont mises à part" in page
    assert "Jusqu'en 2020, la liste attend le Bas-Rhin et le Haut-Rhin" in page


def test_published_and_counted_are_one_count(
    asked: Any, get: Any, portal: Any, make_document: Any, built: Any, listed: Callable[..., None]
) -> None:
    portal.publish(make_document(siret="21670482500027", stage="01"))
    built()
    listed()
    [row] = [row for row in region.by_kind(2022, "BP") if row.kind == "commune"]
    total = row.totals["real_operating_expenditure"]
    assert (row.listed, row.others, row.published, total.bodies) == (1, (), 1, 1), "two budgets"
    assert row.expected > 1000
    listed(without="67482")
    [row] = [row for row in region.by_kind(2022, "BP") if row.kind == "commune"]
    assert (row.listed, row.others, row.published) == (0, ("COMMUNE D'ESSAI",), 1)
    page = get("/fr/budgets/region?etape=BP&exercice=2022")
    assert "1 (COMMUNE D'ESSAI)" in page and "dont 1 hors liste" in page


@pytest.fixture
def listed(portal: Any) -> Iterator[Callable[..., None]]:
    """``listed(without=code)``: load the shipped list of bodies, less one."""
    import sqlalchemy as sa
    from ckan import model

    from ckanext.budget.core.tables import territory_table
    from ckanext.budget.pages.territories import reference, store

    def empty() -> None:
        model.Session.execute(sa.delete(territory_table))
        model.Session.commit()

    def load(without: str = "") -> None:
        empty()
        store.save([one for one in reference.shipped() if one.code != without], "test")

    yield load
    empty()


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
    questions._answers._kept.clear()
    for number in range(40):
        asked.get(f"/budgets/region.geojson?etape=x{number}&exercice={number}&indicateur={number}")
        asked.get(f"/budgets/donnees/recettes?exercice={number}")
    assert len(blueprint._layers._kept) <= 1
    texts = [key for key in questions._answers._kept if "t.sens = 'recette'" in str(key)]
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
def catalogued(asked: Any, portal: Any, ckan_config: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """``catalogued()``: the dataset of CKAN, brought up to date."""
    from ckanext.budget.opendata import catalogue

    monkeypatch.setitem(
        ckan_config, "ckanext.budget.dataset_organization", portal.organization["name"]
    )

    def show() -> dict[str, Any]:
        return portal.dataset(catalogue.show())

    return show


def test_the_catalogue_shows_the_files(
    catalogued: Any, asked: Any, portal: Any, built: Any
) -> None:
    package = catalogued()
    assert package["license_id"] == "lov2"
    assert all(resource["url"].startswith("http") for resource in package["resources"])
    hashed = [r for r in package["resources"] if r["format"] == "Parquet"]
    assert hashed and all(r["hash"] and r["size"] for r in hashed)
    before = {r["name"]: r["id"] for r in package["resources"]}
    portal.action("package_delete", id="budget-21670482500019-2021")
    built()
    after = {r["name"]: r["id"] for r in catalogued()["resources"]}
    assert set(after) < set(before)
    assert all(before[name] == identifier for name, identifier in after.items())


def test_other_catalogues_read_its_distributions(catalogued: Any, app: Any) -> None:
    package = catalogued()
    text = app.get(f"/dataset/{package['name']}.ttl").body
    assert text.count("a dcat:Distribution") == len(package["resources"])
    assert "spdx:checksumValue" in text


def test_nobody_else_takes_its_address(portal: Any) -> None:
    import ckan.plugins.toolkit as tk

    from ckanext.budget.sheet.identity import OPEN_DATASET

    with pytest.raises(tk.ValidationError):
        portal.action("package_create", name=OPEN_DATASET, owner_org=portal.organization["id"])


def test_a_deleted_dataset_stays_deleted(catalogued: Any, portal: Any) -> None:
    from ckanext.budget.core.errors import DatasetDeleted

    portal.action("package_delete", id=catalogued()["id"])
    with pytest.raises(DatasetDeleted):
        catalogued()
