"""The page of a body: its years, its budgets added up, what is missing, for whom it may be read."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import pytest
from lxml import html

from ckanext.budget.pages.body.history import body_of
from ckanext.budget.pages.body.store import Document
from ckanext.budget.pages.body.whole import whole_of
from ckanext.budget.totem.identifiers import siret

SIREN = "217005677"
OWN, MOVED, WATER, LAND = (siret(SIREN, number) for number in (1, 9, 2, 3))


@pytest.fixture
def plugins() -> str:
    return "budget budget_view totem_harvester harvest scheming_datasets datastore datatables_view"


def annex(content: bytes, number: str = WATER, name: str = "EAU - M49") -> bytes:
    """The same document, of an annex budget of the same body."""
    return (
        content.replace(f'<IdEtab V="{OWN}"/>'.encode(), f'<IdEtab V="{number}"/>'.encode())
        .replace(b'<CodTypBud V="P"/>', b'<CodTypBud V="A"/>')
        .replace(b'<LibelleEtab V="BUDGET PRINCIPAL"/>', f'<LibelleEtab V="{name}"/>'.encode())
    )


@pytest.fixture
def published(portal: Any, make_document: Any) -> Any:
    for year in (2021, 2022):
        portal.publish(make_document(siret=OWN, name="COMMUNE DE RETHEL", year=year))
    portal.publish(annex(make_document(siret=OWN, name="COMMUNE DE RETHEL")))
    return portal


def page(app: Any, address: str = f"/fr/budgets/collectivite/{SIREN}", **options: Any) -> Any:
    """The answer as a tree, in a context of its own: that of ``portal`` remembers its language."""
    with app.flask_app.app_context():
        return html.fromstring(app.get(address, status=200, **options).body)


def said(tree: Any, xpath: str = "//main") -> str:
    return " ".join(" ".join(tree.xpath(f"{xpath}//text()")).split())


def test_the_page_says_whose_years_and_budgets(published: Any, app: Any) -> None:
    tree = page(app)
    text = said(tree)
    assert tree.xpath("string(//h1)") == "Rethel"
    assert f"SIREN {SIREN}" in text and "1 budget annexe" in text and "Eau" in text
    for year in ("2021", "2022"):
        assert tree.xpath(f"//table//th[normalize-space()='{year}']"), year


def test_the_sum_is_that_of_the_budgets_and_says_what_it_is(published: Any, app: Any) -> None:
    tree = page(app)
    [row] = tree.xpath("//tr[@data-budget-sum]")
    assert "3 001 €" in said(row, ".").replace("\xa0", " ").replace("\u202f", " ")
    assert "Aucun compte ne nomme de versement" in said(tree)


def test_a_body_that_moved_keeps_its_history(portal: Any, app: Any, make_document: Any) -> None:
    portal.publish(make_document(siret=OWN, year=2020))
    portal.publish(make_document(siret=MOVED, year=2021))
    told = app.get(f"/budgets/collectivite/{SIREN}.json", status=200).json
    [budget] = told["budgets"]
    assert budget["sirets"] == sorted((OWN, MOVED))
    assert [one["fiscal_year"] for one in budget["documents"]] == [2021, 2020]


def test_what_nobody_may_read_is_not_counted(published: Any, app: Any) -> None:
    """Neither shown to the anonymous, nor added for those who may read it."""
    before = said(page(app))
    published.action("package_patch", id=f"budget-{WATER}-2022", private=True)
    text = said(page(app))
    assert "Eau" in before and "Eau" not in text
    from ckan.tests import factories

    headers = {"Authorization": factories.SysadminWithToken()["token"]}
    assert "Eau" not in said(page(app, headers=headers))
    for year in (2021, 2022):
        published.action("package_patch", id=f"budget-{OWN}-{year}", private=True)
    app.get(f"/budgets/collectivite/{SIREN}", status=404)
    app.get(f"/budgets/collectivite/{SIREN}.csv", status=404)


@pytest.mark.parametrize("siren", ["123456789", "12345678", "21700567a", "2170056770"])
def test_no_such_body(siren: str, portal: Any, app: Any) -> None:
    app.get(f"/budgets/collectivite/{siren}", status=404)


def test_a_body_of_the_list_that_has_published_nothing(portal: Any, app: Any) -> None:
    from ckanext.budget.pages.territories import store
    from ckanext.budget.pages.territories.reference import Territory

    store.save([Territory("commune", "08362", "Rethel", SIREN, "08", "44", 7000)], "test")
    assert "n’a encore publié aucun budget" in said(page(app))


def test_csv_has_a_row_for_each_document(published: Any, app: Any) -> None:
    text = app.get(f"/budgets/collectivite/{SIREN}.csv", status=200).body.lstrip("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["exercice"], row["budget"], row["nom_budget"]) for row in rows] == [
        ("2022", "principal", ""),
        ("2021", "principal", ""),
        ("2022", "annexe", "Eau"),
    ]
    assert {row["real_operating_expenditure"] for row in rows} == {"1500.25"}


def test_links_both_ways(published: Any, app: Any) -> None:
    address = f"/budgets/collectivite/{SIREN}"
    for place in (f"/budget/budget-{OWN}-2022", "/budgets", "/budgets?vue=tableau",
                  "/budgets?collectivite=rethel"):  # fmt: skip
        assert address in app.get(place, status=200).body, place
    links = page(app).xpath("//main//a/@href")
    assert any(link.startswith(f"/fr/budget/budget-{WATER}-2022/resource/") for link in links)
    assert "Eau" in said(
        page(app, f"/budget/budget-{OWN}-2022"), "//section[@aria-labelledby='budget-facts-title']"
    )


def test_embed_is_the_figures_alone(published: Any, app: Any) -> None:
    tree = page(app, f"/budgets/collectivite/{SIREN}/integrer")
    assert tree.xpath("//*[@data-figure='real_operating_expenditure']/@data-value") == ["150025"]
    assert not tree.xpath("//header | //table")


def test_names_of_the_list_come_first(published: Any, app: Any) -> None:
    from ckanext.budget.pages.territories import store
    from ckanext.budget.pages.territories.reference import Territory

    store.save([Territory("commune", "08362", "Réthel", SIREN, "08", "44", 7000)], "test")
    published.action("package_patch", id=f"budget-{OWN}-2022", notes="x")
    assert page(app).xpath("string(//h1)") == "Réthel"


# Without a portal: what is missing, what may be added.


def document(**values: Any) -> Document:
    usual = dict.fromkeys(Document._fields, "") | {
        "siret": OWN, "body_name": "ESSAI", "body_kind": "commune", "budget_type": "principal",
        "year": 2022, "stage": "BP", "population": 1000, "figures": {}, "package": "p",
    }  # fmt: skip
    return Document(**usual | values)


@pytest.mark.parametrize(
    ("published", "today", "late", "coming"),
    [
        ([(2022, "BP")], date(2022, 12, 1), [], [(2022, "account")]),
        ([(2022, "BP")], date(2023, 7, 1), [(2022, "account"), (2023, "budget")],
         [(2023, "account")]),
        ([(2022, "BP"), (2022, "CFU")], date(2023, 1, 1), [],
         [(2023, "budget"), (2023, "account")]),
        ([(2022, "CA")], date(2022, 12, 31), [(2022, "budget")], []),
        ([(2022, "BP"), (2022, "DM")], date(2022, 4, 1), [], [(2022, "account")]),
    ],
)  # fmt: skip
def test_what_the_law_expects(published: list, today: date, late: list, coming: list) -> None:
    documents = [document(year=year, stage=stage) for year, stage in published]
    gaps = body_of(SIREN, documents, None).gaps(today)
    assert sorted((gap.year, gap.kind) for gap in gaps if gap.is_late) == sorted(late)
    assert sorted((gap.year, gap.kind) for gap in gaps if not gap.is_late) == sorted(coming)


def test_an_annex_budget_may_have_been_closed() -> None:
    some = [document(year=year, stage="CA", budget_type="annexe", budget_name="EAU")
            for year in (2018, 2020)]  # fmt: skip
    gaps = body_of(SIREN, some, None).gaps(date(2026, 1, 1))
    assert {gap.year for gap in gaps if gap.kind == "account"} == {2019}


@pytest.mark.parametrize(
    ("kind", "budget_type", "people"),
    [("commune", "principal", 1000), ("epci", "principal", 1000), ("commune", "annexe", None),
     ("ccas_cias", "principal", None), ("syndicat", "principal", None)],
)  # fmt: skip
def test_a_population_is_its_own_or_divides_nothing(
    kind: str, budget_type: str, people: int | None
) -> None:
    one = document(body_kind=kind, budget_type=budget_type)
    assert body_of(SIREN, [one], None).people(one) == people


def summary(flows: list[tuple[str, int]] = (), printed: list[tuple] = (), **status: str) -> dict:
    return {
        "figures": [{"id": name, "status": value} for name, value in status.items()],
        "internal_flows": [
            {"section": "F", "direction": side, "code": "1", "label": "x", "amount": amount}
            for side, amount in flows
        ],
        "consolidation": [
            dict(zip(("kind", "siret", "section", "direction", "voted"), row, strict=True))
            | {"carried_out": row[4], "remainders": 0}
            for row in printed
        ],
    }


FIGURES = {"current_operating_revenue": 1000, "real_operating_expenditure": 800,
           "gross_saving": 200, "equipment_expenditure": 50, "debt_opening": 10}  # fmt: skip


def whole(own: dict, other: dict, **changes: Any) -> Any:
    some = [
        document(key="own", figures=FIGURES),
        document(key="other", siret=WATER, budget_type="annexe", budget_name="EAU",
                 figures=FIGURES | changes),
    ]  # fmt: skip
    return whole_of(body_of(SIREN, some, None), 2022, {"own": own, "other": other})


def test_flows_that_agree_are_taken_out() -> None:
    found = whole(summary([("D", 100)]), summary([("R", 100)]))
    assert found.state == "balanced"
    assert found.sums["current_operating_revenue"].cents == 2000
    assert found.after_flows("current_operating_revenue") == 1900
    assert found.after_flows("gross_saving") == found.sums["gross_saving"].cents == 400


@pytest.mark.parametrize(
    ("own", "other", "state"),
    [
        ([("D", 100)], [], "unbalanced"),
        ([("D", 100)], [("R", 99)], "unbalanced"),
        ([], [], "unseen"),
    ],
)
def test_flows_that_do_not_agree_are_told(own: list, other: list, state: str) -> None:
    found = whole(summary(own), summary(other))
    assert found.state == state
    assert found.after_flows("current_operating_revenue") is None


@pytest.mark.parametrize(
    ("own", "other", "told"),
    [
        (("62872", "D"), None, "Les dépenses de la somme ci-dessus sont trop hautes de 1 500 €"),
        (None, ("70872", "R"), "Les recettes de la somme ci-dessus sont trop hautes de 1 500 €"),
    ],
)
def test_a_flow_with_one_side_says_which_and_how_much(
    portal: Any, app: Any, make_document: Any, own: Any, other: Any, told: str
) -> None:
    """Nobody counts twice what one budget alone writes."""

    def paying(flow: Any) -> bytes:
        content = make_document(siret=OWN, name="COMMUNE DE RETHEL")
        if flow is None:
            return content
        nature, side = flow
        given = '<Nature V="{}"/><Fonction V="020"/><ContNat V="{}"/>'
        chapter = {"D": "011", "R": "70"}[side]
        line = given.format(nature, chapter).encode()
        content = content.replace(given.format("6413", "012").encode(), line, 1)
        return content.replace(b'<CodRD V="D"/>', f'<CodRD V="{side}"/>'.encode(), 1)

    portal.publish(paying(own))
    portal.publish(annex(paying(other)))
    text = said(page(app)).replace("\xa0", " ").replace("\u202f", " ")
    assert told in text and "un côté manque" in text
    assert "deux fois" not in text.split("se versent")[-1]


def test_printed_flows_and_budgets_that_are_not_here() -> None:
    rows = [("principal", OWN, "F", "D", 800), ("annex", WATER, "F", "D", 300),
            ("annex", LAND, "F", "D", 70), ("flows", "", "F", "D", 100)]  # fmt: skip
    found = whole(summary([("D", 100)], rows), summary([("R", 100)]))
    assert found.state == "printed"
    assert found.unpublished == [LAND]
    side = next(one for one in found.printed if (one.section, one.direction) == ("F", "D"))
    assert (side.principal, side.annexes, side.flows, side.total) == (800, 370, 100, 1070)


def test_no_false_total() -> None:
    unknown = whole(summary(), summary(), debt_opening=None)
    assert unknown.sums["debt_opening"] == (10, 1), "at least"
    land = whole(summary(), summary(gross_saving="not_applicable"), gross_saving=None)
    assert land.sums["gross_saving"].cents is None


def test_averages_that_the_document_prints(portal: Any, app: Any, make_document: Any) -> None:
    """A landmark even when no other body publishes here; nothing without one."""
    plain = make_document(siret=OWN, name="RETHEL", year=2021)
    portal.publish(plain)
    assert not page(app).xpath("//*[@id='averages']")
    told = b'<Information Code="MoyNatDepRFonc" V="578"/></InformationsGenerales>'
    content = make_document(siret=OWN, name="RETHEL").replace(b"</InformationsGenerales>", told)
    portal.publish(content)
    [row] = page(app).xpath("//tr[@data-ratio]")
    assert "578 €" in said(row, ".").replace("\xa0", " ").replace("\u202f", " ")
