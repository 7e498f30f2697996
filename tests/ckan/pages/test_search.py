"""The page /budgets: filters, counts, shareable addresses, CSV, type-ahead."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest

from ckanext.budget.pages.bodies import matching, meant
from ckanext.budget.pages.search import search


def sirets() -> list[str]:
    """SIRET with a right key."""
    from ckanext.budget.totem.identifiers import siret

    return [siret(siren) for siren in ("210803623", "200000545", "225100015")]


@pytest.fixture
def published(portal: Any, make_document: Any) -> Any:
    commune, epci, _department = sirets()
    for year in (2021, 2022):
        portal.publish(make_document(name="COMMUNE DE RETHEL", siret=commune, year=year))
    portal.publish(make_document(name="CC DE L'ÉTANG", siret=epci, body="EPCI", stage="09"))
    return portal


def titles(body: str) -> list[str]:
    return re.findall(r'<h3 class="h5 mt-0"><a href="[^"]*">([^<]*)</a>', body)


def read(app: Any, query: str = "") -> str:
    return app.get(f"/budgets?{query}", status=200).body


def test_everything_is_there_latest_exercise_first(published: Any, app: Any) -> None:
    found = titles(read(app))
    assert len(found) == 3
    assert "2021" in found[-1]


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("exercice=2022", 2),
        ("exercice=2022&type=commune", 1),
        ("etape=CA", 1),
        ("etape=BP&exercice=2021", 1),
        ("norme=M57", 3),
        ("collectivite=rethel", 2),
        ("collectivite=etang", 1),
        ("collectivite=200000545", 1),
        ("collectivite=inconnue", 0),
        ("qualite=nimporte", 0),
        ("q=reth", 2),
        ("q=RETHEL+2021", 1),
        ("q=etang", 1),
        ("q=210803623", 2),
        ("q=cafe%22%29+OR+%28text:*", 0),
        ("q=*:*", 3),
        ("exercice=2022%22%20OR%20*:*", 0),
    ],
)
def test_filters(query: str, number: int, published: Any, app: Any) -> None:
    assert len(titles(read(app, query))) == number


def test_counts_are_those_of_the_other_filters(published: Any) -> None:
    results = search.found(search.Question({"exercice": "2021"}))
    years = {one["value"]: one["count"] for one in results.choices["exercice"]}
    kinds = {one["value"]: one["count"] for one in results.choices["type"]}
    assert years == {"2022": 2, "2021": 1}
    assert kinds == {"commune": 1}


def test_choices_have_labels(published: Any, app: Any) -> None:
    body = read(app)
    assert re.search(r'<option value="commune">\s*Commune \(2\)', body)


def test_csv_has_every_budget_of_the_result(published: Any, app: Any) -> None:
    answer = app.get("/budgets.csv?exercice=2022", status=200)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert {row["collectivite"] for row in rows} == {"COMMUNE DE RETHEL", "CC DE L'ÉTANG"}
    assert {row["etapes"] for row in rows} == {"BP", "CA"}
    assert {row["exercice"] for row in rows} == {"2022"}


def test_a_cell_is_never_a_formula(portal: Any, app: Any, make_document: Any) -> None:
    portal.publish(make_document(name="=CMD()"))
    table = app.get("/budgets.csv", status=200).get_data(as_text=True)
    assert "'=CMD()" in table and ",=CMD()" not in table
    assert search._cell("stages", '["BP", "CA"]') == "BP|CA"


TITLES = ("[un budget", "[1]", "{", '"', "=1+1", "\r\nx")
WORDS = (
    '"', "{!complexphrase}a", "{!xmlparser v='<a/>'}", "a AND", "OR", "NOT", "(", "a:b", "*:*",
    "[a TO", "~", "^", "\\", "a" * 5000, "%00", "é\u0301", "&&", "||", "a\x00b", "٢٠٢٢",
)  # fmt: skip


def test_no_title_cuts_the_table(portal: Any, app: Any, make_document: Any) -> None:
    portal.publish(make_document())
    for title in TITLES:
        portal.action("package_patch", id="budget-21670482500019-2022", title=title)
        table = app.get("/budgets.csv", status=200).get_data(as_text=True)
        assert len(list(csv.reader(io.StringIO(table, newline="")))) == 2, title


@pytest.mark.parametrize("name", ["q", "collectivite", "departement", "etape", "exercice", "page"])
def test_no_question_breaks_a_page(portal: Any, app: Any, name: str) -> None:
    for words in WORDS:
        for page in ("/budgets", "/budgets.csv", "/budgets/carte", "/budgets/carte.csv"):
            assert app.get(page, query_string={name: words}).status_code == 200, (page, words)


def test_csv_goes_beyond_one_batch(published: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(search, "_BATCH", 2)
    rows = list(search.rows(search.Question({})))
    assert len(rows) == 1 + 3
    assert len({row[0] for row in rows}) == 4


def test_type_ahead_ignores_accents_and_case(published: Any, app: Any) -> None:
    found = app.get("/budgets/collectivites.json?q=ETANG", status=200).json
    assert [(one["name"], one["budgets"]) for one in found] == [("CC DE L'ÉTANG", 1)]
    assert app.get("/budgets/collectivites.json", status=200).json == []


@pytest.fixture
def listed(published: Any) -> Any:
    """Three bodies that are expected to publish; the last has."""
    from ckanext.budget.pages.territories import store
    from ckanext.budget.pages.territories.reference import Territory

    found = [
        Territory("commune", "08125", "Craon-Saint-Rémy", "217503552", "08", "44", 900),
        Territory("commune", "2A004", "Ajaccio", "212000046", "2A", "94", 70000),
        Territory("commune", "08362", "Rethel", sirets()[0][:9], "08", "44", 7600),
    ]
    store.save(found, "test")
    return published


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("crao", ["Craon-Saint-Rémy"]),
        ("REMY", ["Craon-Saint-Rémy"]),
        ("craon st remy", ["Craon-Saint-Rémy"]),
        ("commune de Craon", ["Craon-Saint-Rémy"]),
        ("08125", ["Craon-Saint-Rémy"]),
        ("2a004", ["Ajaccio"]),
        ("212 000 046", ["Ajaccio"]),
        ("aon", []),
        ("rethel", ["COMMUNE DE RETHEL"]),
        ("08362", ["COMMUNE DE RETHEL"]),
        (sirets()[0], ["COMMUNE DE RETHEL"]),
        ("0", ["COMMUNE DE RETHEL", "Craon-Saint-Rémy"]),
        ("' OR 1=1 --", []),
        ("", []),
    ],
)
def test_a_body_is_found_by_name_and_number(text: str, names: list[str], listed: Any) -> None:
    assert [body.name for body in matching(text, 5)] == names


def test_an_address_goes_straight_to_the_body(listed: Any, app: Any) -> None:
    def asked(text: str) -> str:
        answer = app.get(f"/budgets/trouver?q={text}", status=302, follow_redirects=False)
        return answer.headers["Location"]

    assert sirets()[0][:9] in asked("rethel")
    assert asked("zzz").endswith("/budgets?q=zzz")


def test_a_name_that_begins_others_hides_none(published: Any, make_document: Any) -> None:
    published.publish(make_document(name="RETHEL", siret=sirets()[2]))
    assert [body.name for body in matching("rethel", 5)] == ["RETHEL", "COMMUNE DE RETHEL"]
    assert [body.name for body in meant("rethel", 5)] == ["RETHEL"]


def test_a_new_body_is_known_at_once(published: Any, make_document: Any) -> None:
    assert matching("marne", 5) == []
    published.publish(make_document(name="MARNE", siret=sirets()[2], body="Département"))
    assert [body.name for body in matching("marne", 5)] == ["MARNE"]


def test_private_budgets_are_nowhere(published: Any, app: Any) -> None:
    name = f"budget-{sirets()[1]}-2022"
    published.action("package_patch", id=name, private=True)
    assert len(titles(read(app))) == 2
    assert matching("etang", 5) == []
    assert "ÉTANG" not in app.get("/budgets.csv").data.decode()


def test_table_and_cards_share_the_address(published: Any, app: Any) -> None:
    body = read(app, "exercice=2022&vue=tableau")
    assert titles(body) == []
    assert body.count('<th scope="row"') == 2
    assert 'href="?exercice=2022"' in body


def test_addresses_are_read_back_the_same() -> None:
    question = search.Question.read({"type": "epci", "q": "eau & gaz", "tri": "nom", "page": "3"})
    assert question.page == 3
    again = dict(re.findall(r"([a-z]+)=([^&]*)", question.address(page=3)))
    assert again == {"type": "epci", "q": "eau+%26+gaz", "tri": "nom", "page": "3"}
    assert "page" not in question.address(tri="")


@pytest.mark.parametrize("page", ["0", "-1", "x", "", "9999999999", "²"])
def test_a_wrong_page_is_the_first(page: str) -> None:
    assert search.Question.read({"page": page}).page == 1


def test_pages_of_results(published: Any, app: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(search, "PAGE_SIZE", 2)
    assert len(titles(read(app))) == 2
    assert len(titles(read(app, "page=2"))) == 1
    assert 'rel="next"' in read(app)


def test_a_page_too_far_says_so(published: Any, app: Any) -> None:
    body = app.get("/fr/budgets?page=99", status=200).body
    assert "page 99" in body
    assert "3 budgets" in body.replace("\xa0", " ")
    assert titles(body) == []


@pytest.mark.parametrize(
    ("word", "anchor"),
    [
        ("cantine", "categorie-education"),
        ("dette", "dette"),
        ("école", "categorie-education"),
        ("ECOLES", "categorie-education"),
        ("piscine", "categorie-users"),
    ],
)
def test_a_word_of_policy_leads_somewhere(portal, app, word, anchor):
    body = app.get("/fr/budgets", query_string={"q": word}, status=200).body
    assert f'/budgets/glossaire#{anchor}"' in body
    assert f'<dt id="{anchor}">' in app.get("/fr/budgets/glossaire", status=200).body


@pytest.mark.parametrize("word", ["Mohon", "la", "", "é"])
def test_a_name_or_an_article_is_no_word_of_policy(portal, app, word):
    assert "budget-words" not in app.get("/fr/budgets", query_string={"q": word}, status=200).body
