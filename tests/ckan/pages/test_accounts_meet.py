"""CA and CFU are the same thing, the account: wherever stages are listed, compared or counted."""

from __future__ import annotations

from typing import Any

import pytest

from ckanext.budget.totem.identifiers import siret
from ckanext.budget.totem.model import alike

OLD, NEW = "217005677", "210803623"


@pytest.fixture
def plugins() -> str:
    return "budget budget_view totem_harvester harvest scheming_datasets datastore datatables_view"


@pytest.fixture
def published(portal: Any, make_document: Any) -> Any:
    """A body that went from CA to CFU, and another with both stages' budgets of one year."""
    portal.publish(make_document(siret=siret(OLD), stage="09", year=2021))
    portal.publish(make_document(siret=siret(OLD), stage="10", year=2022))
    portal.publish(make_document(siret=siret(NEW), stage="09", year=2022))
    portal.publish(make_document(siret=siret(NEW), stage="01", year=2022))
    return portal


def scdl(portal: Any, siren: str, year: int, stage: str) -> str:
    package = portal.action("package_show", id=f"budget-{siret(siren)}-{year}")
    return next(
        one["id"] for one in package["resources"] if (one["role"], one["stage"]) == ("scdl", stage)
    )


def read(app: Any, address: str) -> str:
    """The page, in a context of its own: that of ``portal`` remembers its language."""
    with app.flask_app.app_context():
        return app.get(address, status=200).get_data(as_text=True)


@pytest.mark.parametrize(
    ("stages", "listed"),
    [(["BP", "CFU"], ["BP", "CA"]), (["CA", "CFU"], ["CA"]), (["DM", "BS"], ["DM", "BS"]),
     (["odd", ""], ["odd", ""])],
)  # fmt: skip
def test_names_of_stages(stages: list[str], listed: list[str]) -> None:
    assert alike(stages) == listed


@pytest.mark.parametrize(
    ("query", "number"), [("etape=CA", 3), ("etape=CFU", 3), ("etape=BP", 1), ("etape=DM", 0)]
)
def test_the_filter(query: str, number: int, published: Any, app: Any) -> None:
    body = read(app, f"/fr/budgets?{query}")
    assert body.count('<article class="border') == number
    rows = read(app, f"/fr/budgets.csv?{query}")
    assert len(rows.strip().splitlines()) == number + 1


def test_the_choices_of_the_filter_and_of_the_facet(published: Any, app: Any) -> None:
    from ckanext.budget.pages.search import search

    choices = search.found(search.Question({})).choices["etape"]
    assert {one["value"]: one["count"] for one in choices} == {"BP": 1, "CA": 3}
    body = read(app, "/fr/budgets")
    assert "Comptes (CA et CFU) (3)" in body and "financier unique (" not in body
    facets = read(app, "/fr/budget/")
    assert "Comptes (CA et CFU)" in facets and "vocab_stages_alike=CA" in facets


def test_the_exact_stage_is_still_found_by_the_api(published: Any) -> None:
    found = published.action("package_search", fq="dataset_type:budget AND vocab_stages:CFU")
    assert found["count"] == 1


def test_history_follows_the_account(published: Any) -> None:
    own = scdl(published, OLD, 2022, "CFU")
    told = published.action("budget_series", id=own)["documents"]
    assert [(one["year"], one["stage"]) for one in told] == [(2021, "CA"), (2022, "CFU")]


@pytest.mark.parametrize(("siren", "stage", "other"), [(OLD, "CFU", NEW), (NEW, "CA", OLD)])
def test_comparison_is_between_accounts(siren: str, stage: str, other: str, published: Any) -> None:
    found = published.action("budget_compare", id=scdl(published, siren, 2022, stage))
    assert [one["siret"] for one in found["bodies"]] == [siret(other)]


def test_two_accounts_side_by_side_need_no_caution(published: Any, app: Any) -> None:
    a, b = scdl(published, OLD, 2022, "CFU"), scdl(published, NEW, 2022, "CA")
    body = read(app, f"/fr/budgets/comparer?a={a}&b={b}")
    assert "Compte financier unique 2022" in body and "l’autre ce qui a été fait" not in body


def test_the_page_of_a_body_pairs_the_years(published: Any, app: Any) -> None:
    body = read(app, f"/fr/budgets/collectivite/{OLD}")
    assert "2021 et 2022" in body


def test_the_map_counts_both(published: Any) -> None:
    from ckanext.budget.pages.territories import progress, store
    from ckanext.budget.pages.territories.reference import Territory

    store.save([Territory("commune", one, one, one, "67", "44", 1234) for one in (OLD, NEW)], "t")
    shown = progress.progress("2022", "CA").only("commune", "67").total
    assert (shown.published, shown.expected) == (2, 2)
