"""Any two documents side by side, for whom may read both."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import html

from ckanext.budget.pages.compare.sides import (
    Side,
    category_rows,
    cautions,
    figure_rows,
    side_of,
)
from ckanext.budget.totem.identifiers import siret


@pytest.fixture
def plugins() -> str:
    return "budget budget_view totem_harvester harvest scheming_datasets datastore datatables_view"


OWN, OTHER = siret("217005677"), siret("216704825")


@pytest.fixture
def published(portal: Any, make_document: Any) -> Any:
    """Resource ids by what they are."""

    def of(**options: Any) -> str:
        done = portal.publish(make_document(**options))
        package = portal.action("package_show", id=done.package_id)
        return next(one["id"] for one in package["resources"]
                    if one["role"] == "scdl" and one["document"] == done.document)  # fmt: skip

    return {
        "voted": of(siret=OWN, name="RETHEL"),
        "later": of(siret=OWN, name="RETHEL", year=2023, amount="3000.50"),
        "changed": of(siret=OWN, name="RETHEL", stage="02", number="1"),
        "other": of(siret=OTHER, name="SEDAN", amount="750.00"),
    }


def page(app: Any, query: str = "", status: int = 200, **options: Any) -> Any:
    with app.flask_app.app_context():
        return html.fromstring(
            app.get(f"/fr/budgets/comparer{query}", status=status, **options).body
        )


def said(tree: Any) -> str:
    text = " ".join(" ".join(tree.xpath("//main//text()")).split())
    return text.replace("\xa0", " ").replace("\u202f", " ")


def cells(tree: Any, name: str) -> list[str]:
    [row] = tree.xpath(f"//tr[@data-compared='{name}']")
    return [said_in(cell) for cell in row.xpath("td")]


def said_in(node: Any) -> str:
    return " ".join(node.text_content().split()).replace("\xa0", " ").replace("\u202f", " ")


def test_year_against_year(published: dict, app: Any) -> None:
    tree = page(app, f"?a={published['voted']}&b={published['later']}")
    assert cells(tree, "real_operating_expenditure") == ["1 500 €", "3 001 €", "+1 500 € (+100 %)"]
    assert cells(tree, "staff") == ["1 500 €", "3 001 €", "+1 500 € (+100 %)"]


def test_body_against_body_is_by_inhabitant(published: dict, app: Any) -> None:
    address = f"?a={published['voted']}&b={published['other']}"
    assert cells(page(app, address), "real_operating_expenditure")[:2] == ["1 €", "1 €"]
    assert cells(page(app, address + "&par=total"), "real_operating_expenditure")[:2] == [
        "1 500 €", "750 €"]  # fmt: skip


def test_a_change_is_no_budget(published: dict, app: Any) -> None:
    text = said(page(app, f"?a={published['voted']}&b={published['changed']}"))
    assert "ne contient que des changements" in text


def test_choices_are_the_documents_of_the_body_then_of_another(published: dict, app: Any) -> None:
    tree = page(app, f"?a={published['voted']}")
    links = tree.xpath("//main//li/a/@href")
    assert f"?a={published['voted']}&b={published['later']}" in links
    assert not any(published["other"] in link for link in links)
    tree = page(app, f"?a={published['voted']}&collectivite=sedan")
    assert f"?a={published['voted']}&b={published['other']}" in tree.xpath("//main//li/a/@href")


@pytest.mark.parametrize("side", ["a", "b"])
def test_what_the_reader_may_not_see(side: str, portal: Any, published: dict, app: Any) -> None:
    portal.action("package_patch", id=f"budget-{OWN}-2023", private=True)
    address = f"?{side}={published['later']}"
    page(app, address, status=404)
    app.get(f"/budgets/comparer.csv?a={published['voted']}&b={published['later']}", status=404)
    from ckan.tests import factories

    page(app, address, headers={"Authorization": factories.SysadminWithToken()["token"]})
    assert published["later"] not in said(page(app, f"?a={published['voted']}"))


@pytest.mark.parametrize("query", ["?a=x", "?a=x&b=y", "?b=%27%22%3E"])
def test_no_such_document(query: str, published: dict, app: Any) -> None:
    page(app, query, status=404)


def test_csv_has_both(published: dict, app: Any) -> None:
    answer = app.get(f"/budgets/comparer.csv?a={published['voted']}&b={published['later']}")
    assert "real_operating_expenditure" in answer.body
    assert "1500.25,3000.50,1500.25" in answer.body


# Without a portal.


def side(stage: str = "BP", value: int | None = 100, **package: Any) -> Side:
    kinds = {"BP": "budget", "DM": "change", "CA": "account", "CFU": "account"}
    summary = {
        "document": {"stage": stage, "kind": kinds[stage], "year": package.pop("year", 2022),
                     "population": package.pop("population", 10), "number": "",
                     "land_development": package.pop("land", False)},
        "figures": [
            {"id": "gross_saving", "unit": "EUR", "value": value, "status": "known"},
            {"id": "gross_saving_rate", "unit": "bp", "value": 500, "status": "known"},
        ],
        "plain": {"nature": [
            {"id": "staff", "direction": "D", "section": "F", "amount": 30},
            {"id": "staff", "direction": "D", "section": "I", "amount": 10},
        ]},
    }  # fmt: skip
    usual = {"name": "p", "title": "t", "body_name": "ESSAI", "body_kind": "commune",
             "siren": "1", "budget_type": "principal"}  # fmt: skip
    return side_of(usual | package, {"id": "r"}, summary)


@pytest.mark.parametrize(
    ("a", "b", "told"),
    [
        ({}, {}, []),
        ({"stage": "CA"}, {"stage": "CFU", "year": 2023}, []),
        ({}, {"stage": "CA"}, ["kinds"]),
        ({}, {"stage": "DM"}, ["change"]),
        ({}, {"siren": "2"}, []),
        ({}, {"siren": "2", "year": 2021}, ["years"]),
        ({}, {"siren": "2", "population": None}, ["people"]),
        ({}, {"budget_type": "annexe"}, ["annex"]),
        ({}, {"land": True}, ["land"]),
    ],
)
def test_what_is_told_of_two_documents(a: dict, b: dict, told: list[str]) -> None:
    assert list(cautions(side(**a), side(**b))) == told


def test_rates_are_not_divided_and_unknown_is_not_zero() -> None:
    rows = {row.id: row for row in figure_rows(side(), side(value=None), True)}
    assert rows["gross_saving"].values == (10, None)
    assert rows["gross_saving"].difference is None
    assert rows["gross_saving_rate"].values == (500, 500)


def test_a_negative_start_has_no_percentage() -> None:
    [row, _rate] = figure_rows(side(value=-100), side(value=50), False)
    assert (row.difference, row.change) == (150, None)


def test_categories_add_up_over_sections() -> None:
    [(direction, row)] = category_rows(side(), side(), False)
    assert (direction, row.values) == ("D", (40, 40))
