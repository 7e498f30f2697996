"""An editor's way back, in a real browser: withdraw, put back, restore, settle, hand over."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import APIResponse, Page, expect

from .barriers import check_page


class Api:
    """CKAN's actions, as the visitor of the page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def __call__(self, name: str, /, **data: Any) -> Any:
        answer: APIResponse = self.page.request.post(
            f"/api/3/action/{name}",
            data=data,
            headers={"X-CSRFToken": self._token()},
            timeout=120_000,
        )
        assert answer.ok, answer.text()
        return answer.json()["result"]

    def _token(self) -> str:
        name = self.page.locator("meta[name=csrf_field_name]").get_attribute("content")
        return self.page.locator(f"meta[name='{name}']").get_attribute("content") or ""


@pytest.fixture
def api(administrator: Page) -> Api:
    return Api(administrator)


@pytest.fixture
def budget(budgets_now: list[dict[str, Any]]) -> dict[str, Any]:
    """A budget of the demonstration with a document from a file."""
    return next(
        item
        for item in budgets_now
        if any(resource.get("role") == "xml" for resource in item["resources"])
    )


def test_a_document_is_withdrawn_and_put_back(
    administrator: Page, page: Page, budget: dict[str, Any], visit: Any, portal_url: str
) -> None:
    address = f"/budget/{budget['name']}"
    reader = visit(base_url=portal_url).new_page()
    administrator.goto(address)
    documents = administrator.locator("#dataset-resources article")
    number = documents.count()
    documents.first.get_by_role("link", name="Retirer ce document").click()
    check_page(administrator, "Retirer ce document")
    administrator.get_by_label("Motif").fill("Un nom est visible")
    administrator.get_by_role("button", name="Retirer ce document").click()
    expect(administrator.get_by_text("Le document est retiré")).to_be_visible()
    expect(documents).to_have_count(number - 1)
    expect(administrator.get_by_text("motif : Un nom est visible")).to_be_visible()
    reader.goto(address)
    expect(reader.locator("#withdrawn")).to_be_visible()
    expect(reader.get_by_text("Un nom est visible")).to_have_count(0)
    expect(reader.locator("#dataset-resources article")).to_have_count(number - 1)
    administrator.get_by_role("link", name="Remettre en ligne").click()
    check_page(administrator, "Remettre ce document en ligne ?")
    administrator.get_by_role("button", name="Remettre en ligne").click()
    expect(administrator.get_by_text("Le document est de nouveau en ligne")).to_be_visible()
    expect(documents).to_have_count(number)
    administrator.get_by_text("Historique des retraits").click()
    expect(administrator.get_by_text("remis en ligne le")).to_be_visible()


def test_a_deleted_budget_is_restored(
    administrator: Page, api: Api, budget: dict[str, Any]
) -> None:
    api("package_delete", id=budget["id"])
    try:
        administrator.goto("/budgets/controle")
        check_page(administrator, "Contrôle des budgets locaux")
        name = f"Restaurer {budget['title']}"
        administrator.get_by_role("link", name=name).first.click()
        check_page(administrator, "Restaurer ce budget ?")
        administrator.get_by_role("button", name="Restaurer").click()
        expect(administrator.get_by_text("Le budget est de nouveau en ligne")).to_be_visible()
    finally:
        deleted = api("package_show", id=budget["id"])["state"] == "deleted"
        if deleted:
            api("budget_dataset_restore", package_id=budget["id"])
    documents = {item["document"] for item in budget["resources"] if item.get("document")}
    expect(administrator.locator("#dataset-resources article")).to_have_count(len(documents))


@pytest.fixture
def conflict(api: Api) -> Iterator[dict[str, Any]]:
    """The source of another organisation offers a document that the demonstration published."""
    [source] = api("harvest_source_list", only_active=True)
    document = sorted(Path(source["url"]).rglob("*.xml"))[0]
    organization = api("organization_create", name="voisine", title="Commune voisine")
    other = api(
        "harvest_source_create",
        name="source-voisine",
        title="Source voisine",
        url=str(document),
        source_type="totem",
        frequency="MANUAL",
        owner_org=organization["id"],
    )
    api("harvest_job_create", source_id=other["id"], run=True)
    found: list[dict[str, Any]] = []
    end = time.monotonic() + 120
    while not found and time.monotonic() < end:
        found = api("budget_conflict_list", source_id=other["id"])
        api.page.wait_for_timeout(500)
    assert found, "the harvest of the other organisation noted no conflict"
    yield found[0]
    api("harvest_source_delete", id=other["id"])
    api("organization_purge", id=organization["id"])


def test_a_conflict_is_settled_then_the_body_handed_over(
    administrator: Page, api: Api, conflict: dict[str, Any]
) -> None:
    administrator.goto("/budgets/controle")
    administrator.get_by_role("link", name="1 conflit à régler").click()
    check_page(administrator, "Conflits")
    expect(administrator.get_by_text("Source voisine")).to_be_visible()
    administrator.get_by_role("link", name="Régler").click()
    check_page(administrator, "Régler ce conflit")
    administrator.get_by_role("button", name="Garder le mien").click()
    expect(administrator.get_by_text("Refusé : votre document reste")).to_be_visible()
    expect(administrator.get_by_text("Source refusée")).to_be_visible()

    administrator.get_by_role("link", name="Confier la collectivité").click()
    check_page(administrator, "Collectivités et organisations")
    expect(administrator.get_by_label("SIREN de la collectivité")).to_have_value(conflict["siren"])
    administrator.get_by_role("button", name="Continuer").click()
    check_page(administrator, "Confier cette collectivité ?")
    administrator.get_by_role("button", name="Confier, sans rien déplacer").click()
    expect(administrator.get_by_text("La collectivité est confiée")).to_be_visible()
    expect(administrator.get_by_role("link", name="Commune voisine")).to_be_visible()
    api("budget_body_assign", siren=conflict["siren"], owner_org="")
