"""The pages, as the web application answers them."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import html

NAME = "budget-21670482500019-2022"


# The context of the ``portal`` fixture remembers its user and its language: each request of these
# tests has its own.


class Page:
    """An answer as a tree; ``text`` of an XPath is that of its first node."""

    def __init__(self, body: str) -> None:
        self.tree = html.fromstring(body)

    def all(self, xpath: str) -> list[Any]:
        return self.tree.xpath(xpath)

    def text(self, xpath: str = "//body") -> str:
        return flat(self.all(xpath)[0])

    def form(self) -> dict[str, Any]:
        """What a browser would send for the dataset or resource form as it stands."""
        [form] = self.all("//form[@id='dataset-edit' or @id='resource-edit']")
        data: dict[str, Any] = {}
        for name, value in form.form_values():
            data.setdefault(name, []).append(value)
        return {name: values if len(values) > 1 else values[0] for name, values in data.items()}


def flat(node: Any) -> str:
    return " ".join(node.text_content().split())


def having(css_class: str) -> str:
    return f"contains(concat(' ', @class, ' '), ' {css_class} ')"


@pytest.fixture
def browse(portal: Any, app: Any) -> Any:
    """``browse(path)``: the page as a sysadmin sees it."""
    from ckan.tests import factories

    headers = {"Authorization": factories.SysadminWithToken()["token"]}

    class Browser:
        def __call__(self, path: str) -> Page:
            with app.flask_app.app_context():
                return Page(app.get(path, headers=headers).body)

        def post(self, path: str, data: dict[str, Any]) -> Any:
            with app.flask_app.app_context():
                return app.post(path, data=data, headers=headers, follow_redirects=False)

        def anonymous(self, path: str) -> Page:
            with app.flask_app.app_context():
                return Page(app.get(path).body)

    return Browser()


def test_budget_page_says_the_essential_in_french(portal, browse, make_document):
    portal.publish(make_document())
    portal.publish(make_document(stage="02", number="3"))
    portal.publish(make_document(year=2023))
    page = browse.anonymous(f"/fr/budget/{NAME}")
    facts = page.text(f"//section[{having('budget-facts')}]")
    for expected in ("COMMUNE D'ESSAI", "(Commune)", "2022", "Budget principal", "M57", "2023"):
        assert expected in facts
    titles = [flat(title) for title in page.all("//*[@id='dataset-resources']//h3/a")]
    assert titles == ["Budget primitif", "Décision modificative n° 3"]
    links = page.all(f"//*[@id='dataset-resources']//a[{having('resource-url-analytics')}]/@href")
    assert [link.rsplit("/", 1)[1] for link in links] == [
        "21670482500019-2022-bp.csv",
        "21670482500019-2022-bp.xml",
        "21670482500019-2022-bp.annexes.zip",
        "21670482500019-2022-bp.subventions.csv",
        "21670482500019-2022-dm-3.csv",
        "21670482500019-2022-dm-3.xml",
        "21670482500019-2022-dm-3.annexes.zip",
        "21670482500019-2022-dm-3.subventions.csv",
    ]
    texts = page.all(f"//*[@id='dataset-resources']//a[{having('resource-url-analytics')}]")
    assert [flat(text).split()[0] for text in texts[:3]] == ["CSV", "XML", "Annexes"]
    table = page.text(f"//section[{having('additional-info')}]")
    assert "Première publication" in table
    assert "Territoire" not in table, "empty fields are not shown"


def test_published_file_is_downloaded(portal, app, make_document):
    portal.publish(make_document())
    scdl = portal.dataset(NAME)["resources"][0]
    answer = app.get(scdl["url"])
    assert answer.body.startswith("BGT_NATDEC,") or answer.body.startswith("\ufeffBGT_NATDEC,")


def test_resource_page_shows_the_table(portal, browse, make_document):
    portal.publish(make_document())
    scdl = portal.dataset(NAME)["resources"][0]
    page = browse.anonymous(f"/fr/budget/{NAME}/resource/{scdl['id']}")
    [source] = page.all("//iframe/@src")
    assert scdl["id"] in source
    text = page.text()
    assert "Budget au format SCDL (CSV)" in text
    assert "Withdrawn" not in text


@pytest.mark.parametrize("page", ["/1", "/2", "/3"])
def test_dataset_form_sent_back_as_it_is_changes_nothing(portal, browse, make_document, page):
    portal.publish(make_document())
    before = portal.dataset(NAME)
    form = browse(f"/budget/edit/{NAME}{page}").form()
    answer = browse.post(f"/budget/edit/{NAME}{page}", form | {"save": "save"})
    assert answer.status_code == 302, Page(answer.body).text(f"//*[{having('error-explanation')}]")
    after = portal.dataset(NAME)
    assert different(before, after) == {}


def test_resource_form_keeps_what_the_publication_wrote(portal, browse, make_document):
    portal.publish(make_document(amount="1.00"))
    portal.publish(make_document(amount="2.00"))
    before = portal.dataset(NAME)["resources"][0]
    path = f"/budget/{NAME}/resource/{before['id']}/edit"
    answer = browse.post(path, browse(path).form() | {"description": "Une note.", "save": ""})
    assert answer.status_code == 302
    after = portal.dataset(NAME)["resources"][0]
    assert different(before, after) == {"description": (None, "Une note.")}
    assert portal.publish(make_document(amount="2.00")).status == "unchanged"


def different(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Fields that changed, dates of change aside."""
    return {
        name: (before.get(name), after.get(name))
        for name in set(before) | set(after)
        if name not in ("metadata_modified", "resources", "organization")
        and (before.get(name) or "") != (after.get(name) or "")
    }


def test_new_budget_by_hand_in_three_pages(portal, browse):
    first = {
        "title": "Budget 2021",
        "name": "budget-2021",
        "owner_org": portal.organization["id"],
        "body_kind": "commune",
        "siret": "21670482500019",
        "_ckan_phase": "1",
        "save": "next",
    }
    refused = browse.post("/budget/new", first | {"siret": "21670482500018"})
    assert refused.status_code == 200
    assert "SIRET" in Page(refused.body).text(f"//*[{having('error-explanation')}]")
    assert browse.post("/budget/new", first).status_code == 302
    form = browse("/budget/new/budget-2021/2").form()
    second = form | {"budget_type": "principal", "fiscal_year": "2021", "save": "next"}
    refused = browse.post("/budget/new/budget-2021/2", second | {"fiscal_year": ""})
    assert refused.status_code == 200
    assert browse.post("/budget/new/budget-2021/2", second).status_code == 302
    form = browse("/budget/new/budget-2021/3").form()
    data = form | {"save": "next"}
    assert browse.post("/budget/new/budget-2021/3", data).status_code == 302
    dataset = portal.dataset("budget-2021")
    assert (dataset["siret"], dataset["fiscal_year"]) == ("21670482500019", "2021")


def test_source_form_helps_and_says_faults_in_french_only(portal, browse):
    page = browse("/fr/harvest/new")
    assert page.all("//input[@name='source_type' and @value='totem']")
    assert page.all("//details[@id='totem-help']")
    data = {
        "url": str(portal.source),
        "title": "Essai",
        "name": "essai",
        "source_type": "totem",
        "frequency": "MANUAL",
        "config": '{"organisation": "create"}',
        "owner_org": portal.organization["id"],
    }
    page = Page(browse.post("/fr/harvest/new", data).body)
    said = page.text(f"//*[{having('error-explanation')}]")
    said += page.text(f"//*[{having('error-block')}]")
    assert said.count("vouliez-vous écrire « organization »") == 2
    assert "Error parsing" not in said


def test_report_of_a_job_shows_the_errors(portal, browse, harvest):
    (portal.source / "page.xml").write_bytes(b"<!DOCTYPE html><html></html>")
    report = harvest()
    page = browse(f"/harvest/source/job/{report.job['id']}")
    assert "page.xml : " in page.text(f"//div[{having('module-content')}]//li")


def test_catalogue_lists_the_licence(portal, make_document):
    portal.publish(make_document())
    licences = {item["id"]: item for item in portal.action("license_list")}
    assert licences["lov2"]["url"].startswith("https://www.etalab.gouv.fr/")
