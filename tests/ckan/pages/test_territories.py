"""Bodies, progress against a plain count, the map's data, imports."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model

from ckanext.budget.pages.territories import outlines, progress, reference, store
from ckanext.budget.pages.territories.reference import BadList, Territory
from ckanext.budget.totem.identifiers import is_siret

SQUARE = {
    "type": "Polygon",
    "coordinates": [[[4.0, 48.0], [4.1, 48.0], [4.1, 48.1], [4.0, 48.1], [4.0, 48.0]]],
}
BODIES = (
    Territory("commune", "08362", "Rethel", "210803268", "08", "44", 7500),
    Territory("commune", "08001", "Acy-Romance", "210800017", "08", "44", 479),
    Territory("epci", "200000545", "CC des Portes", "200000545", "10", "44", 19206),
    Territory("departement", "51", "Marne", "", "51", "44"),
)


def siret(siren: str) -> str:
    return next(f"{siren}{n:05}" for n in range(1000) if is_siret(f"{siren}{n:05}"))


@pytest.fixture
def bodies(portal: Any) -> Any:
    model.Session.execute(sa.text("TRUNCATE budget_territory"))
    store.save(BODIES, "test")
    return portal


@pytest.fixture
def published(bodies: Any, make_document: Any) -> Any:
    bodies.publish(make_document(siret=siret("210803268"), name="RETHEL"))
    bodies.publish(make_document(siret=siret("200000545"), body="EPCI", stage="09"))
    return bodies


def names(found: progress.Progress) -> set[str]:
    return {row.name for row in found.rows if row.dataset}


def test_what_counts_for_each_stage(published: Any) -> None:
    assert names(progress.progress("2022", "BP")) == {"Rethel"}
    assert names(progress.progress("2022", "CA")) == {"CC des Portes"}
    assert names(progress.progress("2021", "BP")) == set()
    assert progress.years() == ["2022"]


def test_shares_are_a_plain_count(published: Any) -> None:
    found = progress.progress("2022", "BP")
    assert found.shares("kind") == {"commune": (1, 2), "departement": (0, 1), "epci": (0, 1)}
    assert found.shares("department") == {"08": (1, 2), "10": (0, 1), "51": (0, 1)}
    assert found.only("commune").total == (1, 2)
    assert found.total.percent == 25


def test_a_new_budget_shows_at_once(published: Any, make_document: Any) -> None:
    assert progress.progress("2022", "BP").total.published == 1
    published.publish(make_document(siret=siret("210800017")))
    assert progress.progress("2022", "BP").total.published == 2
    published.action("package_delete", id=f"budget-{siret('210800017')}-2022")
    assert progress.progress("2022", "BP").total.published == 1
    assert progress.years() == ["2022"]
    published.publish(make_document(siret=siret("210800017"), year=2021))
    assert progress.years() == ["2022", "2021"]


def test_a_new_body_shows_at_once(published: Any) -> None:
    assert progress.progress("2022", "BP").total.expected == 4
    store.save([Territory("commune", "08003", "Aiglemont", "210800033", "08", "44", 1600)], "x")
    assert progress.progress("2022", "BP").total.expected == 5


def test_supplementary_budgets_and_private_ones_do_not_count(published: Any) -> None:
    name = f"budget-{siret('210803268')}-2022"
    published.action("package_patch", id=name, budget_type="annexe")
    assert names(progress.progress("2022", "BP")) == set()
    published.action("package_patch", id=name, budget_type="principal", private=True)
    assert names(progress.progress("2022", "BP")) == set()


def test_a_departement_is_found_by_its_code(published: Any, make_document: Any) -> None:
    published.publish(make_document(siret=siret("225100015"), body="Département"))
    published.action(
        "package_patch", id=f"budget-{siret('225100015')}-2022", department="051", insee_code=""
    )
    assert "Marne" in names(progress.progress("2022", "BP"))


@pytest.mark.parametrize(
    ("year", "expected"), [("2020", {"67", "68"}), ("2021", {"6AE"}), ("2024", {"6AE"})]
)
def test_alsace_is_one_body_since_2021(year: str, expected: set[str], bodies: Any) -> None:
    store.save(reference.shipped(), "test")
    rows = progress.progress(year, "BP").only("departement").rows
    assert {row.code for row in rows} & {"67", "68", "6AE"} == expected
    assert len(rows) == (10 if year == "2020" else 9)


def test_the_budget_of_alsace_is_found_and_drawn(bodies: Any, make_document: Any, app: Any) -> None:
    store.save(reference.shipped(), "test")
    bodies.publish(make_document(siret=siret("200094332"), body="Département"))
    assert "Collectivité européenne d'Alsace" in names(progress.progress("2022", "BP"))
    query = "exercice=2022&etape=BP&type=departement"
    [alsace] = [
        item for item in layer(app, query)["features"] if item["properties"]["siren"] == "200094332"
    ]
    assert alsace["properties"]["publie"] is True
    parts = [reference._polygons(reference.outlines()[code]) for code in ("67", "68")]
    assert alsace["geometry"]["coordinates"] == [*parts[0], *parts[1]]
    body = app.get(f"/budgets/carte?{query}", status=200).body
    assert '<option value="6AE">Alsace</option>' in body
    assert '<option value="67"' not in body


def layer(app: Any, query: str = "", path: str = "") -> dict[str, Any]:
    answer = app.get(f"/budgets/carte{path}.geojson?{query}", status=200)
    assert answer.headers["Content-Type"].startswith("application/geo+json")
    return json.loads(answer.data)


def test_the_layer_has_stable_fields(published: Any, app: Any) -> None:
    found = layer(app, "exercice=2022&etape=BP&type=commune")
    one = next(item for item in found["features"] if item["properties"]["code"] == "08362")
    assert one["properties"] == {
        "type": "commune",
        "code": "08362",
        "nom": "Rethel",
        "siren": "210803268",
        "departement": "08",
        "population": 7500,
        "exercice": 2022,
        "etape": "BP",
        "publie": True,
        "adresse": f"http://test.ckan.net/budget/budget-{siret('210803268')}-2022",
        "etapes": "BP",
    }
    assert one["geometry"] is None


def test_departements_have_their_outlines(published: Any, app: Any) -> None:
    found = layer(app, "exercice=2022&etape=BP&type=commune", "/departements")
    [ardennes] = found["features"]
    assert ardennes["properties"]["publies"] == 1
    assert ardennes["properties"]["taux"] == 50
    longitude, latitude = ardennes["geometry"]["coordinates"][0][0][0]
    assert 3.9 < longitude < 5.5
    assert 49.1 < latitude < 50.3


def test_an_unchanged_layer_is_not_sent_again(published: Any, app: Any, make_document: Any) -> None:
    path = "/budgets/carte.geojson?exercice=2022"
    tag = app.get(path, status=200).headers["ETag"]
    app.get(path, headers={"If-None-Match": tag}, status=304)
    published.publish(make_document(siret=siret("210800017")))
    app.get(path, headers={"If-None-Match": tag}, status=200)


def test_the_page_says_it_in_words(published: Any, app: Any) -> None:
    body = app.get("/budgets/carte?exercice=2022&etape=BP&type=commune", status=200).body
    assert "Acy-Romance" in body
    assert f"/budget/budget-{siret('210803268')}-2022" in body
    missing = app.get("/budgets/carte?exercice=2022&etape=BP&etat=manquants", status=200).body
    assert "Acy-Romance" in missing
    assert '<th scope="row" class="fw-normal">Rethel' not in missing


@pytest.mark.parametrize(
    "query", ["exercice=abcd", "etape=ZZ", "type=x", "page=-3", "departement='"]
)
def test_wrong_addresses_are_harmless(query: str, published: Any, app: Any) -> None:
    app.get(f"/budgets/carte?{query}", status=200)


def test_csv(published: Any, app: Any) -> None:
    answer = app.get("/budgets/carte.csv?exercice=2022&etape=BP&type=commune", status=200)
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert {row["nom"]: row["publie"] for row in rows} == {"Rethel": "oui", "Acy-Romance": "non"}


def test_an_empty_list_is_said(portal: Any, app: Any) -> None:
    model.Session.execute(sa.text("TRUNCATE budget_territory"))
    model.Session.commit()
    assert "territories load" in app.get("/budgets/carte", status=200).body


def test_the_shipped_list_is_grand_est() -> None:
    found = list(reference.shipped())
    kinds = {kind: sum(one.kind == kind for one in found) for kind in ("commune", "epci")}
    assert kinds == {"commune": 5115, "epci": 150}
    assert len({(one.kind, one.code) for one in found}) == len(found)
    from ckanext.budget.totem.identifiers import is_siren

    assert [one.name for one in found if one.siren and not is_siren(one.siren)] == []
    assert {one.department for one in found} - {""} <= set(reference.outlines())
    upper = [one for one in found if one.kind in ("departement", "region")]
    assert len(upper) == 12
    assert all(one.siren for one in upper)
    known = reference._known()
    assert all(one.siren == known[one.kind, one.code].siren for one in upper)


@pytest.mark.parametrize(
    ("properties", "kind", "expected"),
    [
        ({"code": "08362", "nom": "Rethel"}, "", ("commune", "08362")),
        ({"INSEE_COM": "08362", "NOM": "Rethel"}, "", ("commune", "08362")),
        ({"CODE_SIREN": "200000545"}, "", ("epci", "200000545")),
        ({"code": "200000545"}, "", ("epci", "200000545")),
        ({"INSEE_DEP": "51"}, "", ("departement", "51")),
        ({"code": "51"}, "departement", ("departement", "51")),
    ],
)
def test_outlines_of_usual_formats(
    properties: Any, kind: str, expected: Any, tmp_path: Path
) -> None:
    path = geojson(tmp_path, properties)
    assert [(one.kind, one.code) for one in outlines.read(path, kind)] == [expected]


def geojson(folder: Path, properties: Any, geometry: Any = SQUARE) -> Path:
    path = folder / "outlines.geojson"
    feature = {"type": "Feature", "properties": properties, "geometry": geometry}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return path


def test_ambiguous_or_projected_outlines_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadList, match="--kind"):
        list(outlines.read(geojson(tmp_path, {"code": "51"})))
    lambert = {"type": "Polygon", "coordinates": [[[652000.0, 6862000.0]] * 4]}
    with pytest.raises(BadList, match="WGS"):
        list(outlines.read(geojson(tmp_path, {"code": "08362"}, lambert)))
    (tmp_path / "x.geojson").write_text("pas du json")
    with pytest.raises(BadList, match="GeoJSON"):
        list(outlines.read(tmp_path / "x.geojson"))


def test_commands(bodies: Any, cli: Any, app: Any, tmp_path: Path) -> None:
    from ckanext.budget.plugin.cli import budget

    result = cli.invoke(
        budget, ["territories", "import", str(geojson(tmp_path, {"code": "08362"}))]
    )
    assert "1 contours importés" in result.output
    assert layer(app)["features"][1]["geometry"]["type"] == "MultiPolygon"
    table = tmp_path / "parcs.csv"
    table.write_text("type;code;nom;siren\npnr;FR8000;Parc d'essai;200000545\n")
    result = cli.invoke(budget, ["territories", "import", str(table)])
    assert result.exit_code == 0, result.output
    assert progress.progress("2022", "BP").shares("kind")["pnr"] == (0, 1)
    table.write_text("type;code;nom\nplanete;1;Mars\n")
    result = cli.invoke(budget, ["territories", "import", str(table)])
    assert result.exit_code == 1
    assert "Type inconnu" in result.output


CRESCENT = [[0, 0], [10, 0], [10, 10], [0, 10], [0, 9], [9, 9], [9, 1], [0, 1], [0, 0]]
HOLE = [[[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]], [[1, 1], [9, 1], [9, 9], [1, 9], [1, 1]]]


@pytest.mark.parametrize(
    ("geometry", "point"),
    [
        (SQUARE, (4.05, 48.05)),
        ({"type": "Polygon", "coordinates": [CRESCENT]}, (9.5, 5)),
        ({"type": "Polygon", "coordinates": HOLE}, (0.5, 5)),
        ({"type": "MultiPolygon", "coordinates": [[CRESCENT], SQUARE["coordinates"]]}, (9.5, 5)),
        ({"type": "Polygon", "coordinates": [[[1, 1], [1, 1], [1, 1]]]}, (1, 1)),
    ],
)
def test_a_point_of_a_shape_is_inside(geometry: Any, point: tuple[float, float]) -> None:
    assert outlines.inside(geometry) == pytest.approx(point)


def test_every_shipped_commune_has_a_point_in_its_region() -> None:
    communes = [one for one in reference.shipped() if one.kind == "commune"]
    assert len(communes) > 5000
    for one in communes:
        assert one.point, one.name
        assert 3.3 < one.point[0] < 8.3, one.name
        assert 47.4 < one.point[1] < 50.2, one.name


def test_a_point_is_drawn_until_an_outline_is_known(bodies: Any, app: Any, tmp_path: Path) -> None:
    def drawn() -> Any:
        layer = app.get("/budgets/carte.geojson?exercice=2022", status=200).json
        return {one["properties"]["code"]: one["geometry"] for one in layer["features"]}["08362"]

    assert drawn() is None
    with_point = BODIES[0]._replace(point=(4.367, 49.51))
    store.save([with_point], "test")
    assert drawn() == {"type": "Point", "coordinates": [4.367, 49.51]}
    store.save_outlines(outlines.read(geojson(tmp_path, {"code": "08362"})))
    assert drawn()["type"] == "MultiPolygon"
    store.save([with_point], "test")
    assert drawn()["type"] == "MultiPolygon"


def test_an_outline_of_the_same_size_that_is_imported_again_is_served(
    bodies: Any, app: Any, tmp_path: Path
) -> None:
    def drawn() -> Any:
        layer = app.get("/budgets/carte.geojson?exercice=2022", status=200).json
        return {one["properties"]["code"]: one["geometry"] for one in layer["features"]}["08362"]

    store.save_outlines(outlines.read(geojson(tmp_path, {"code": "08362"})))
    former = drawn()
    moved = json.loads(json.dumps(former))
    for point in moved["coordinates"][0][0]:
        point[0] = float(str(point[0])[:-1] + ("1" if str(point[0])[-1] != "1" else "2"))
    store.save_outlines([outlines.Outline("commune", "08362", moved)])
    assert len(json.dumps(moved)) == len(json.dumps(former))
    assert drawn() == moved


def test_the_map_says_the_stages_of_the_year(published: Any, app: Any) -> None:
    layer = app.get("/budgets/carte.geojson?exercice=2022&etape=BP", status=200).json
    told = {one["properties"]["code"]: one["properties"]["etapes"] for one in layer["features"]}
    assert told == {"08362": "BP", "08001": ""}


def test_progress_year_after_year(published: Any, make_document: Any) -> None:
    published.publish(make_document(siret=siret("210800017"), year=2023, stage="09"))
    found = progress.history("commune")
    assert [year for year, _shares in found] == ["2023", "2022"]
    assert [(shares["BP"], shares["CA"]) for _year, shares in found] == [
        ((0, 2), (1, 2)),
        ((1, 2), (0, 2)),
    ]
    assert progress.history("commune", "51")[0][1]["CA"] == (0, 0)


def test_a_page_too_far_says_so(published: Any, app: Any) -> None:
    body = app.get("/fr/budgets/carte?exercice=2022&page=99", status=200).body
    assert "page 99" in body
